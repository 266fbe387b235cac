"""A large tree is freed in slices, once nothing else has it, and what another tree shares with it stays."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import pairwise

import pytest

from dav424.core import memory
from dav424.core.batch import Refused
from dav424.core.memory import Budget
from dav424.store import disposal
from dav424.store.disposal import HEAVY, LARGE, Disposal, dispose_if_lost
from dav424.store.savepoint import DraftSavepoint
from dav424.store.state import State
from dav424.store.tree import Collection, find, new_collection, new_document, walk, with_child, with_property
from tests.conftest import Served

NOW = 1.0
LONG = 60.0
"""Seconds: a bound against a hang."""


class Marked(str):
    """An entity-tag to which a weak reference can be made."""

    __slots__ = ("__weakref__",)


Alive = Callable[[], int]


def filled(count: int = 2 * LARGE, content: bytes = b"x") -> tuple[Collection, Alive]:
    """Make a collection of so many documents; the function tells how many of them are in memory."""
    marks: list[weakref.ref[Marked]] = []
    made = new_collection(NOW)
    for number in range(count):
        mark = Marked(f'"{number}"')
        marks.append(weakref.ref(mark))
        made = with_child(made, f"{number}.txt", new_document(content, "text/plain", mark, NOW))
    return made, lambda: sum(mark() is not None for mark in marks)


def rooted(**members: Collection) -> Collection:
    """Make a root with these members."""
    root = new_collection(NOW)
    for name, member in members.items():
        root = with_child(root, name, member)
    return root


def test_a_tree_is_freed() -> None:
    """All of its documents, at any depth."""
    own = Disposal()
    member, alive = filled()
    root = rooted(a=rooted(b=member))
    del member
    assert alive() == 2 * LARGE
    own(root)
    del root
    assert own.idle(LONG)
    assert alive() == 0


def test_a_tree_is_freed_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pauses, in which other threads run, no more than a slice is freed."""
    member, alive = filled()
    root = rooted(a=member)
    del member
    seen = [alive()]
    monkeypatch.setattr(disposal, "sleep", lambda _: seen.append(alive()))
    own = Disposal()
    own(root)
    del root
    assert own.idle(LONG)
    seen.append(alive())
    assert seen[-1] == 0
    assert len(seen) >= 2 * LARGE // 100
    assert max(before - after for before, after in pairwise(seen)) <= 101


def test_a_tree_that_is_in_use_stays() -> None:
    """It is whole while anything has it, and it is freed after that."""
    own = Disposal()
    root, alive = filled()
    own(root)
    assert not own.idle(0.05)
    assert alive() == 2 * LARGE
    assert sum(1 for _ in walk(root, ())) == 2 * LARGE + 1
    del root
    assert own.idle(LONG)
    assert alive() == 0


def test_what_another_tree_shares_stays() -> None:
    """A copy under another name, and a member of a later version of the collection."""
    own = Disposal()
    member, alive = filled()
    root = rooted(a=member)
    copied = with_child(with_child(root, "b", find(root, ("a",))), "a", None)
    later = with_child(root, "a", with_child(member, "new.txt", new_document(b"y", "text/plain", '"y"', NOW)))
    del member
    own(root)
    del root
    assert own.idle(LONG)
    assert alive() == 2 * LARGE
    assert sum(1 for _ in walk(copied, ())) == 2 * LARGE + 2
    assert sum(1 for _ in walk(later, ())) == 2 * LARGE + 3
    for other in (copied, later):
        own(other)
    del copied, later, other
    assert own.idle(LONG)
    assert alive() == 0


def test_copies_of_copies_are_freed() -> None:
    """Each node once: the tree has a million resources and forty nodes."""
    own = Disposal()
    node, alive = filled(LARGE)
    for _ in range(10):
        node = rooted(a=node, b=node)
    assert node.resources > LARGE * 1024
    own(node)
    del node
    assert own.idle(LONG)
    assert alive() == 0


def test_a_heavy_document_is_freed() -> None:
    """A tree with few resources, but with many properties."""
    own = Disposal()
    document = new_document(b"x", "text/plain", Marked('"x"'), NOW)
    alive = weakref.ref(document.etag)
    for number in range(200):
        document = with_property(document, f"{{u}}p{number}", "x" * (HEAVY // 200 + 1))
    root = with_child(new_collection(NOW), "f", document)
    del document
    own(root)
    del root
    assert own.idle(LONG)
    assert alive() is None


def test_properties_whose_texts_are_in_use_are_freed_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is undone still has the texts of its properties."""
    texts = [f"<p xmlns='u'>{'x' * (HEAVY // 2000)} {number}</p>" for number in range(3000)]
    document = new_document(b"x", "text/plain", '"x"', NOW)
    for number, text in enumerate(texts):
        document = with_property(document, f"{{u}}p{number}", text)
    root = with_child(new_collection(NOW), "f", document)
    del document
    seen = [memory.total()]
    monkeypatch.setattr(disposal, "sleep", lambda _: seen.append(memory.total()))
    own = Disposal()
    own(root)
    del root
    assert own.idle(LONG)
    assert len(seen) >= 3000 // 100
    assert max(before - after for before, after in pairwise(seen)) <= 101 * (HEAVY // 2000 + 1000)


def test_a_small_tree_needs_no_thread() -> None:
    """It is freed by its last owner, in a millisecond."""
    own = Disposal()
    own(new_collection(NOW))
    assert own.idle(0)


@pytest.mark.parametrize("lost", ["removed", "replaced", "undone"])
def test_a_tree_that_a_request_drops_is_freed(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is removed, replaced with another of its size, or undone."""
    given: list[Collection] = []
    monkeypatch.setattr(disposal, "dispose", given.append)
    large = rooted(a=filled()[0])
    small = new_collection(NOW)
    match lost:
        case "removed":
            dispose_if_lost(State(large), State(small))
        case "replaced":
            dispose_if_lost(State(large), State(rooted(a=filled()[0]), removed=2 * LARGE))
        case _:

            class Changed:
                state = State(small)

            draft = Changed()
            with DraftSavepoint(draft):
                draft.state = State(large)
    assert given == [large]
    assert given[0] is large


def test_a_tree_that_grows_is_not_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its nodes are in the new one."""
    given: list[Collection] = []
    monkeypatch.setattr(disposal, "dispose", given.append)
    large = filled()[0]
    dispose_if_lost(State(large), State(with_child(large, "new.txt", new_document(b"y", "text/plain", '"y"', NOW))))
    assert given == []


def test_the_tree_of_a_scenario_is_not_waited_for(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its blueprint keeps it for the other spaces; what a client has stored since is freed."""
    given: list[Collection] = []
    monkeypatch.setattr(disposal, "dispose", given.append)
    served = serve(f"tree: {{/c/: {{}}, /c/f: {{content: {'x' * HEAVY}}}}}")
    assert served.client("DELETE", "/c/").status == 204
    assert given == []
    assert served.client("PUT", "/f", "x" * HEAVY).status == 201
    stored = served.world.state.root
    assert served.client("DELETE", "/f").status == 204
    assert given == [stored]


def test_a_full_memory_waits_for_a_tree_that_is_being_freed() -> None:
    """A request behind a large DELETE has room, although its tree is freed in slices."""
    own = Disposal()
    before = memory.total()
    root = rooted(a=filled(10 * LARGE, b"x" * 1000)[0])
    budget = Budget(before + (memory.total() - before) // 10)
    assert budget.exceeded()
    own(root)
    del root
    budget.check()
    assert not budget.exceeded()


def test_a_full_memory_of_which_nothing_is_freed_refuses() -> None:
    """507, after a moment."""
    kept = memory.hold(1 << 40)
    with pytest.raises(Refused) as refused:
        Budget(int(kept) - 1).check()
    assert refused.value.status == 507
