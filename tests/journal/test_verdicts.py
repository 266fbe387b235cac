"""One verdict for each thing: what the journal says of each resource, property and request of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from rpds import HashTrieMap

from dav424.core.subject import MOST_MEMBERS_NAMED, MOST_MEMBERS_SORTED, Members, members
from dav424.journal.render import as_html, as_text
from dav424.journal.report import ExchangeReport, report
from dav424.methods import METHODS
from dav424.testing.journal import Outcomes
from tests.batches import batches
from tests.conftest import Served
from tests.effort import calls
from tests.journal.test_journal import REQUESTS
from tests.trees import XML, lockinfo

BOX = "tree: {/box/old.txt: {}, /box/empty/: {}, /box/locked.txt: {}, /box/sub/in.txt: {}, /f.txt: {content: f}}\n"
LOCKED = "causes: [{id: c, kind: lock, path: /box/locked.txt}]"
Serve = Callable[..., Served]


def last(served: Served) -> ExchangeReport:
    """Give the report of the last exchange."""
    return report(list(served.world.journal)[-1])


def lines(found: ExchangeReport) -> list[str]:
    """Write each verdict in a few words, such as ``delete /box 424``."""
    return [f"{fact.what()} {fact.status}" for fact in found.facts]


def test_a_partial_delete_names_the_members_that_went(serve: Serve) -> None:
    """The collection itself has one verdict: 424."""
    served = serve(BOX + LOCKED)
    served.client("DELETE", "/box/")
    assert lines(last(served)) == [
        "delete /box/empty 200",
        "delete /box/old.txt 200",
        "delete /box/sub 200",
        "delete /box/locked.txt 423",
        "delete /box 424",
    ]


def test_a_partial_move_names_what_left_and_what_arrived(serve: Serve) -> None:
    """A source that could not leave whole is 424; the resources at the destination are created."""
    served = serve(BOX + LOCKED)
    served.client("MOVE", "/box/", headers={"Destination": "{base}/new/"})
    assert lines(last(served)) == [
        "move /box/empty 200",
        "move /box/old.txt 200",
        "move /box/sub 200",
        "move /new 201",
        "move /new/empty 201",
        "move /new/old.txt 201",
        "move /new/sub 201",
        "move /box/locked.txt 423",
        "move /new/locked.txt 424",
        "move /box 424",
    ]


def test_a_partial_copy_names_what_it_created_replaced_and_removed(serve: Serve) -> None:
    """The members that need no step of their own are named with the step that dealt with them."""
    tree = "tree: {/a/one: {}, /a/two: {}, /a/held: {}, /b/two: {}, /b/three: {}, /b/held: {}}\n"
    served = serve(tree + "causes: [{id: c, kind: read-only, path: /b/held}]")
    served.client("COPY", "/a/", headers={"Destination": "{base}/b/"})
    assert lines(last(served)) == [
        "copy /b 200",
        "copy /b/one 201",
        "copy /b/two 200",
        "delete /b/three 200",
        "copy /b/held 403",
    ]


def test_an_atomic_delete_has_one_424_and_names_no_member(serve: Serve) -> None:
    """Nothing went."""
    served = serve(BOX + LOCKED + "\natomic: true")
    served.client("DELETE", "/box/")
    assert lines(last(served)) == ["delete /box/locked.txt 423", "delete /box 424"]


def test_of_very_many_members_the_number_is_told() -> None:
    """The cost of naming members does not follow their number, and a few are named."""
    few = HashTrieMap({f"m{number:03}": None for number in range(MOST_MEMBERS_NAMED + 4)})
    named = members("delete", few, {"m000", "m001", "nothing"})
    assert (named.names[0], len(named.names), named.more) == ("m002", MOST_MEMBERS_NAMED, 2)
    many = [HashTrieMap(dict.fromkeys(map(str, range(size)))) for size in (10_000, 100_000)]
    assert [members("delete", each, {"7"}) for each in many] == [
        Members("delete", (), 9_999),
        Members("delete", (), 99_999),
    ]
    costs = [calls(lambda each=each: members("delete", each, {"7"})) for each in many]
    assert costs[0] == costs[1] < 20


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (MOST_MEMBERS_NAMED + 3, "delete 2 more members of /box: 200 OK"),
        (MOST_MEMBERS_NAMED + 2, "delete 1 more member of /box: 200 OK"),
        (MOST_MEMBERS_SORTED + 1, f"delete {MOST_MEMBERS_SORTED} members of /box: 200 OK"),
    ],
)
def test_members_that_are_not_named_are_counted(serve: Serve, count: int, expected: str) -> None:
    """In the explanation, and as an outcome with a name."""
    tree = ", ".join(f"/box/m{number}: {{}}" for number in range(count))
    served = serve(f"tree: {{{tree}}}\ncauses: [{{id: c, kind: lock, path: /box/m0}}]")
    served.client("DELETE", "/box/")
    found = last(served)
    assert expected in map(str, found.facts)
    (counted,) = [fact for fact in found.facts if fact.name]
    outcomes = Outcomes(list(found.facts))
    assert outcomes["box", counted.name] is counted
    assert outcomes["box"].status == 424


def test_a_batch_has_one_verdict_for_each_request(serve: Serve) -> None:
    """A request that is done has the status of its response."""
    served = serve(BOX + LOCKED)
    batches.send(
        served.client,
        batches.put("1", "new.txt"),
        batches.put("2", "new.txt"),
        batches.ask("3", "delete", "new.txt"),
        batches.put("4", "box/locked.txt"),
        batches.put("5", "g.txt", dependsOn=["4"]),
        batches.ask("6", "get", "f.txt"),
    )
    assert lines(last(served)) == [
        "send request 1 (PUT new.txt) 201",
        "send request 2 (PUT new.txt) 204",
        "send request 3 (DELETE new.txt) 204",
        "send request 4 (PUT box/locked.txt) 423",
        "send request 5 (PUT g.txt) 424",
        "send request 6 (GET f.txt) 200",
    ]
    assert last(served).facts[4].because == [3]
    assert last(served).facts[4].needs == (3,)


def test_a_condition_that_does_not_hold_is_a_thing_of_its_own(serve: Serve) -> None:
    """The request is 424, as for the client; the condition is the failure. A condition that holds is not listed."""
    served = serve(BOX + LOCKED)
    batches.send(
        served.client,
        batches.put("1", "box/locked.txt"),
        batches.put("2", "a.txt", dependsOn=["1"], **{"if": "$1/$succeeded"}),
        batches.put("3", "b.txt", dependsOn=["1"], **{"if": "not $1/$succeeded"}),
    )
    found = last(served)
    assert lines(found)[1:] == [
        "check the condition of request 2 (PUT a.txt) 412",
        "send request 2 (PUT a.txt) 424",
        "send request 3 (PUT b.txt) 201",
    ]
    outcomes = Outcomes(list(found.facts))
    assert outcomes["request 2 (PUT a.txt)"].status == 424
    assert outcomes["request 2 (PUT a.txt)", "the condition"].status == 412


def test_a_424_of_a_batch_names_the_rule_that_it_follows(serve: Serve) -> None:
    """A request that needed another, and one that only shares its group, depend on a failure by different rules."""
    served = serve("")
    batches.send(
        served.client,
        batches.put("1", "a", atomicityGroup="g"),
        batches.ask("2", "delete", "none", atomicityGroup="g"),
        batches.put("3", "c", atomicityGroup="g", dependsOn=["2"]),
        batches.put("4", "d", dependsOn=["g"]),
    )
    rules = {each.path: each.rule for each in last(served).facts if each.outcome == "failed-dependency"}
    group = "The requests of an atomicity group succeed or fail together."
    needs = "A request of a batch runs only if all requests that it depends on succeeded."
    assert rules == {
        "request 1 (PUT a)": group,
        "request 3 (PUT c)": needs,
        "request 4 (PUT d)": needs,
    }


def test_a_part_has_the_number_of_its_request(serve: Serve) -> None:
    """Counted in the batch, also past a request that was never tried."""
    served = serve("")
    batches.send(
        served.client,
        batches.ask("one", "delete", "none"),
        batches.put("two", "b", dependsOn=["one"]),
        batches.put("three", "c"),
        batches.put("four", "d", dependsOn=["three"], **{"if": "$three/$succeeded"}),
        batches.put("five", "e"),
    )
    found = last(served)
    assert [(part.place, part.path) for part in found.parts] == [(1, "/none"), (3, "/c"), (4, "/d"), (5, "/e")]
    assert "\n  Part 5: PUT " in as_text(found)
    assert "<h2>Part 5: PUT " in as_html(found)


def test_a_part_that_was_undone_with_its_group_is_not_told_as_done(serve: Serve) -> None:
    """It is 424 as for the client, and no action of it is done; the part that failed has its failure alone."""
    served = serve(BOX + LOCKED)
    batches.send(
        served.client,
        batches.put("1", "a.txt", atomicityGroup="g"),
        batches.ask("2", "delete", "box", atomicityGroup="g"),
        batches.put("3", "b.txt"),
    )
    found = last(served)
    assert lines(found) == [
        "send request 1 (PUT a.txt) 424",
        "send request 2 (DELETE box) 423",
        "send request 3 (PUT b.txt) 201",
    ]
    undone, failed, done = found.parts
    assert (undone.status, undone.reason, lines(undone), undone.answer.body) == (424, "Failed Dependency", [], "")
    assert (failed.status, lines(failed)) == (207, ["delete /box/locked.txt 423", "delete /box 424"])
    assert (done.status, lines(done)) == (201, ["write /b.txt 201"])
    assert served.client("GET", "/box/old.txt").status == 200, "the failed part was undone too"


DERIVED = """
tree:
  /a: {content: a}
  /sum: {from: [a]}
  /top: {from: [sum, a]}
  /loop: {from: [hoop]}
  /hoop: {from: [later]}
missing: [/later]
"""


@pytest.mark.parametrize(
    ("cause", "path", "expected"),
    [
        ("kind: unreadable, path: /a", "/top", ["read /a 503", "make /sum 424", "make /top 424"]),
        ("kind: unreadable, path: /sum, status: 504", "/top", ["read /a 200", "read /sum 504", "make /top 424"]),
        ("kind: delay, milliseconds: 1", "/top", ["read /a 200", "make /sum 200", "make /top 200"]),
        ("kind: delay, milliseconds: 1", "/later", ["make /hoop 424", "read /later 508"]),
    ],
)
def test_a_chain_of_derived_resources_has_one_verdict_for_each(
    serve: Serve, cause: str, path: str, expected: list[str]
) -> None:
    """A derived source that may not be read failed itself; else it was made or not."""
    served = serve(f"{DERIVED}causes: [{{id: c, {cause}}}]")
    served.client("MOVE", "/loop", headers={"Destination": "{base}/later"})
    answer = served.client("GET", path)
    assert sorted(lines(last(served))) == sorted(expected)
    assert len({entry.href for entry in answer.reported}) == len(answer.reported), "the answer names each once, too"


def test_a_made_document_that_was_refused_has_the_refusal_alone(serve: Serve) -> None:
    """A condition that doesn't hold refuses the request after the document was made."""
    served = serve(DERIVED)
    served.client("GET", "/sum", headers={"If-Match": '"x"'})
    found = last(served)
    assert found.refused is not None
    assert (found.refused.path, found.refused.status, lines(found)) == ("/sum", 412, ["read /a 200"])


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "made"),
    [
        ("PUT", "/new", "x", {}, ["write /new 201"]),
        ("PUT", "/f.txt", "x", {}, ["write /f.txt 204"]),
        ("MKCOL", "/new/", "", {}, ["create /new 201"]),
        ("MKCALENDAR", "/new/", "", {}, ["create /new 201"]),
        ("LOCK", "/new", lockinfo(), XML, ["lock /new 201"]),
        ("LOCK", "/f.txt", lockinfo(), XML, ["lock /f.txt 200"]),
        ("COPY", "/f.txt", "", {"Destination": "{base}/new"}, ["copy /new 201"]),
        ("COPY", "/box/", "", {"Destination": "{base}/f.txt"}, ["copy /f.txt 200"]),
        ("MOVE", "/f.txt", "", {"Destination": "{base}/new"}, ["move /f.txt 200", "move /new 201"]),
    ],
)
def test_a_made_resource_is_201_as_it_was_for_the_client(
    serve: Serve, *, method: str, path: str, body: str, headers: dict[str, str], made: list[str]
) -> None:
    """Whatever method made it; one that was replaced is not."""
    served = serve(BOX)
    answer = served.client(method, path, body, headers)
    assert lines(last(served)) == made
    assert (answer.status == 201) == any(line.endswith(" 201") for line in made)


def test_two_instructions_for_one_property_are_one_verdict(serve: Serve) -> None:
    """The failure of one of them is the verdict."""
    served = serve(BOX + "causes: [{id: c, kind: value-rule, property: '{urn:u}p', enum: ['1']}]")
    served.client.say("PROPPATCH /f.txt set u:p=1 set u:p=2 set u:q=1")
    assert lines(last(served)) == ["set {urn:u}p of /f.txt 409", "set {urn:u}q of /f.txt 424"]


@pytest.mark.parametrize(
    "cause", ["kind: lock, path: /c/d.txt", "kind: read-only, path: /f.txt", "kind: store-fails, nth: 2"]
)
@pytest.mark.parametrize("method", METHODS)
def test_no_thing_has_two_verdicts(serve: Serve, method: str, cause: str) -> None:
    """Of each method, with whatever is in the way."""
    served = serve(
        "tree: {/f.txt: {content: f}, /c/d.txt: {content: d}, /c/e.txt: {content: e}, /c/s/t: {}, /box/: {}, "
        f"/o/: {{ordering: 'DAV:custom'}}, /o/a: {{}}, /o/b: {{}}}}\ncauses: [{{id: c, {cause}}}]"
    )
    path, headers, body = REQUESTS[method]
    served.client(method, path, body, headers)
    for each in (last(served), *last(served).parts):
        facts = [*each.facts, *([each.refused] if each.refused else [])]
        things = Counter((fact.path.rstrip("/"), fact.property, fact.name) for fact in facts)
        assert [thing for thing, count in things.items() if count > 1] == []
        assert [fact.position for fact in each.facts] == list(range(len(each.facts)))


def test_an_entry_keeps_names_and_no_node(serve: Serve) -> None:
    """The journal keeps no tree alive."""
    served = serve(BOX + LOCKED)
    served.client("DELETE", "/box/")
    (entry,) = served.world.journal
    kept = [step.effect for step in entry.steps if step.effect.members]
    assert [group.names for effect in kept for group in effect.members] == [["empty", "old.txt", "sub"]]
    assert {type(name) for effect in kept for group in effect.members for name in group.names} == {str}
