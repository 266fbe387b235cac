"""JSON batches as a whole, in process: any graph of dependencies, with groups, against a model of a few lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dav424.causes.cause import Cause
from dav424.causes.denied import Denied
from dav424.causes.lock import Locked
from dav424.core.message import Request
from dav424.methods import METHOD_FACTS, METHODS
from dav424.scenario.blueprint import build_tree
from dav424.scenario.model import TreeEntry
from dav424.spine.handle import handle
from dav424.store.tree import walk
from dav424.worlds.world import Blueprint, World, initial_state

QUICK = [Phase.explicit, Phase.generate, Phase.shrink]
NOW = 1_700_000_000.0
MOST = 9
SUCCESS = {"write": 201, "make": 201, "find": 207}
FAILURE = {"locked": 423, "orphan": 409, "protected": 207, "unknown": 501}
TEXT = {"content-type": "text/xml"}
PROTECTED = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set></D:propertyupdate>'
)


@dataclass(frozen=True)
class Asked:
    """A request of a random batch: what it does, the group it is in, and the names that it depends on."""

    kind: str
    group: str | None
    needs: tuple[str, ...]

    def spelled(self, number: int) -> dict[str, Any]:
        """Write it as a request object; its own place is /rNUMBER, so that it can be seen whether it was tried."""
        place = f"r{number}"
        method, url, body = {
            "write": ("PUT", place, "x"),
            "make": ("MKCOL", f"{place}/", None),
            "find": ("PROPFIND", f"{place}x", None),
            "locked": ("PUT", f"{place}l", "x"),
            "orphan": ("PUT", f"{place}/none/f", "x"),
            "protected": ("PROPPATCH", f"{place}x", PROTECTED),
            "unknown": ("PATCH", f"{place}", None),
        }[self.kind]
        spelled: dict[str, Any] = {"id": str(number), "method": method, "url": url, "headers": {**TEXT, "depth": "0"}}
        if method == "PATCH":
            spelled["method"] = "BREW"
        spelled |= {"body": body} if body is not None else {}
        spelled |= {"atomicityGroup": self.group} if self.group else {}
        return spelled | ({"dependsOn": list(self.needs)} if self.needs else {})


@dataclass(frozen=True)
class Model:
    """What ought to come of a batch: who was tried, who has succeeded, and how many are answered."""

    tried: set[int]
    succeeded: set[int]
    answered: int

    @classmethod
    def of(cls, batch: list[Asked], *, stops: bool = False) -> Model:
        """Carry a batch out on paper, group by group."""
        tried: set[int] = set()
        succeeded: set[int] = set()
        for members in groups(batch):
            so_far: set[int] = set()
            for number in members:
                if all(all(each in succeeded | so_far for each in meant(batch, name)) for name in batch[number].needs):
                    tried.add(number)
                    so_far |= {number} if batch[number].kind in SUCCESS else set()
            succeeded |= so_far if len(so_far) == len(members) else set()
            if stops and len(so_far) < len(members):
                return cls(tried, succeeded, members[-1] + 1)
        return cls(tried, succeeded, len(batch))

    def statuses(self, batch: list[Asked]) -> list[int]:
        """Give the status that each request is answered with."""
        found = []
        for number in range(self.answered):
            kind = batch[number].kind
            if number in self.succeeded:
                found.append(SUCCESS[kind])
            else:
                found.append(FAILURE[kind] if number in self.tried and kind in FAILURE else 424)
        return found


def groups(batch: list[Asked]) -> list[list[int]]:
    """Put the members of each group together; one without a group is by itself."""
    found: list[list[int]] = []
    for number, asked in enumerate(batch):
        if asked.group and number and batch[number - 1].group == asked.group:
            found[-1].append(number)
        else:
            found.append([number])
    return found


def meant(batch: list[Asked], name: str) -> list[int]:
    """Give the requests that a dependency is on: one, or the members of a group."""
    return [int(name)] if name.isdecimal() else [number for number, asked in enumerate(batch) if asked.group == name]


@st.composite
def batches(draw: st.DrawFn) -> list[Asked]:
    """Draw a batch of groups and single requests, each with any dependencies that it may have."""
    batch: list[Asked] = []
    for group in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from([None, f"g{group}"]))
        for _ in range(draw(st.integers(1, 3)) if name else 1):
            if len(batch) == MOST:
                return batch
            known = {asked.group if asked.group and asked.group != name else str(at) for at, asked in enumerate(batch)}
            needs = draw(st.lists(st.sampled_from(sorted(known)), max_size=2, unique=True)) if known else []
            kind = draw(st.sampled_from([*SUCCESS, *SUCCESS, *FAILURE]))
            batch.append(Asked(kind, name, tuple(needs)))
    return batch


def world() -> World:
    """Build a world with a free and a locked document for each request, and causes that count who is tried."""
    tree = {f"/r{number}{letter}": TreeEntry(content="old") for number in range(MOST) for letter in "xl"}
    causes: list[Cause] = [Locked(id=f"lock{number}", path=f"/r{number}l") for number in range(MOST)]
    causes += [
        Denied(id=f"seen{number}{letter}", path=f"/r{number}{letter}", after=10**6)
        for number in range(MOST)
        for letter in ("", "x", "l")
    ]
    return World(Blueprint("w", initial_state(build_tree(tree, NOW), causes, NOW)), METHOD_FACTS, clock=lambda: NOW)


def play(batch: list[Asked], at: World, prefer: str = "") -> list[dict[str, Any]]:
    """Send a batch down the spine, and give the response objects."""
    body = json.dumps({"requests": [asked.spelled(number) for number, asked in enumerate(batch)]}).encode()
    headers = {"content-type": "application/json", "prefer": prefer}
    request = Request("POST", ("$batch",), headers=headers, body=body, base_path=("w",))
    response, _ = handle(METHODS["POST"], request, at)
    assert isinstance(response.body, bytes)
    assert response.status == 200, response.body
    found: list[dict[str, Any]] = json.loads(response.body)["responses"]
    return found


def tried(at: World) -> set[int]:
    """Say which requests were tried, by the causes that looked at them; one of an unknown method meets none."""
    return {int(name[4]) for name in at.counts if name.startswith("seen")}


any_batch = settings(max_examples=100, phases=QUICK)


@any_batch
@given(batches())
def test_every_request_is_answered_as_the_model_says(batch: list[Asked]) -> None:
    """A success with its own status, a cause with its own, all else 424; in the order of the batch."""
    found = play(batch, world())
    assert [each["id"] for each in found] == [str(number) for number in range(len(batch))]
    assert [each["status"] for each in found] == Model.of(batch).statuses(batch)


@any_batch
@given(batches())
def test_a_request_is_tried_if_and_only_if_what_it_needs_has_succeeded(batch: list[Asked]) -> None:
    """So far in its own group, for good outside of it."""
    at = world()
    play(batch, at)
    assert tried(at) == {number for number in Model.of(batch).tried if batch[number].kind != "unknown"}


@any_batch
@given(batches())
def test_exactly_the_transitive_dependents_of_a_cause_are_424(batch: list[Asked]) -> None:
    """Whoever needs what failed, and whoever is in a group with either, and so on; and nobody else."""
    found = play(batch, world())
    causes = {number for number in Model.of(batch).tried if batch[number].kind in FAILURE}
    fallen = set(causes)
    while True:
        more = {
            number
            for number, asked in enumerate(batch)
            if any(fallen & set(meant(batch, name)) for name in asked.needs)
            or (asked.group and any(batch[each].group == asked.group for each in fallen))
        }
        if more <= fallen:
            break
        fallen |= more
    assert {int(each["id"]) for each in found if each["status"] == 424} == fallen - causes


@any_batch
@given(batches())
def test_the_tree_holds_exactly_what_the_successful_ones_wrote(batch: list[Asked]) -> None:
    """Nothing of what was undone, and nothing of what was not tried."""
    at = world()
    before = {path for path, _ in walk(at.state.root, ())}
    play(batch, at)
    new = {path for path, _ in walk(at.state.root, ())} - before
    assert new == {(f"r{number}",) for number in Model.of(batch).succeeded if batch[number].kind in ("write", "make")}


@any_batch
@given(batches())
def test_the_first_failure_ends_the_batch_if_that_is_asked_for(batch: list[Asked]) -> None:
    """The answers are those up to the group that failed, and the tree holds what was done until then."""
    at = world()
    found = play(batch, at, "continue-on-error=false")
    model = Model.of(batch, stops=True)
    assert [each["status"] for each in found] == model.statuses(batch)
    written = {number for number in model.succeeded if batch[number].kind in ("write", "make")}
    assert {int(path[0][1:]) for path, _ in walk(at.state.root, ()) if path and path[0][1:].isdecimal()} == written


@any_batch
@given(batches())
def test_every_424_names_only_what_failed_and_a_cause_at_the_end(batch: list[Asked]) -> None:
    """What stands in ``because`` is in the answer with that status; it ends in causes, and the sentence names one."""
    found = play(batch, world())
    statuses = {each["id"]: each["status"] for each in found}

    def check(entries: list[dict[str, Any]]) -> None:
        assert entries
        for entry in entries:
            if "id" in entry:
                assert entry["status"] == statuses[entry["id"]]
            if entry["status"] == 424:
                check(entry["because"]) if "abridged" not in entry else None

    for each in found:
        if each["status"] == 424:
            check(each["body"]["because"])
            causes = [int(number) for number in statuses if f"request {number} (" in each["body"]["detail"]]
            assert causes
            assert all(batch[number].kind in FAILURE for number in causes)


@any_batch
@given(batches())
def test_the_same_batch_in_the_same_world_has_the_same_answer(batch: list[Asked]) -> None:
    """To the byte, and with the same tree."""
    first, second = world(), world()
    assert (play(batch, first), first.state) == (play(batch, second), second.state)
