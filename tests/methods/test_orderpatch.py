"""Ordered collections and ORDERPATCH (RFC 3648) on a real socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.load import load
from tests.client import Client, told
from tests.conftest import Served
from tests.trees import XML, do, holding, lock, token

ABC = """
tree:
  /o/: {ordering: "DAV:custom"}
  /o/c: {content: "3"}
  /o/a: {content: "1"}
  /o/b/: {}
  /o/b/x: {content: "x"}
  /u/z: {content: z}
  /u/y: {content: y}
"""
TELLING = "tells-dependents: true\n"


def served(serve: Callable[[str], Served], *causes: str, more: str = "") -> Client:
    return serve(ABC + more + (f"causes: [{', '.join(causes)}]\n" if causes else "")).client


@pytest.fixture
def o(serve: Callable[[str], Served]) -> Client:
    """An ordered collection with c, a and b, and one that isn't ordered."""
    return served(serve)


def order(client: Client, path: str = "/o/") -> str:
    """List the members of a collection in the order in which PROPFIND does."""
    answer = client("PROPFIND", path, '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>', {**XML, "Depth": "1"})
    hrefs = list(dict.fromkeys(each.href for each in answer.reported))
    return " ".join(each.removeprefix(path).rstrip("/") for each in hrefs if each != path)


def kind(client: Client, path: str = "/o/") -> str:
    answer = client(
        "PROPFIND", path, '<D:propfind xmlns:D="DAV:"><D:prop><D:ordering-type/></D:prop></D:propfind>', DEPTH0
    )
    (said,) = answer.reported
    return said.xml.partition("<D:href>")[2].partition("<")[0] if said.status == 200 else str(said.status)


DEPTH0 = {**XML, "Depth": "0"}


def orderpatch(*lines: str) -> str:
    """Write a body: ``c last``, ``a before b``, or ``type URI``."""
    parts = []
    for line in lines:
        first, place, *rest = line.split()
        if first == "type":
            parts.append(f"<D:ordering-type><D:href>{place}</D:href></D:ordering-type>")
        else:
            inner = f"<D:{place}><D:segment>{rest[0]}</D:segment></D:{place}>" if rest else f"<D:{place}/>"
            parts.append(
                f"<D:order-member><D:segment>{first}</D:segment><D:position>{inner}</D:position></D:order-member>"
            )
    return f'<D:orderpatch xmlns:D="DAV:">{"".join(parts)}</D:orderpatch>'


def patch(client: Client, *lines: str, path: str = "/o/", headers: dict[str, str] | None = None) -> str:
    return told(client("ORDERPATCH", path, orderpatch(*lines), {**XML, **(headers or {})}))


# Orders ------------------------------------------------------------------------------------------


def test_members_come_in_the_order_of_the_file(o: Client) -> None:
    assert (order(o), kind(o)) == ("c a b", "DAV:custom")


def test_others_are_sorted_by_name(o: Client) -> None:
    assert (order(o, "/u/"), kind(o, "/u/")) == ("y z", "DAV:unordered")


def test_a_document_has_no_ordering_type(o: Client) -> None:
    assert kind(o, "/o/a") == "404"


def test_depth_infinity_and_get_keep_the_order_too(o: Client) -> None:
    answer = o("PROPFIND", "/o/", "", {"Depth": "infinity"})
    assert list(dict.fromkeys(each.href for each in answer.reported)) == ["/o/", "/o/c", "/o/a", "/o/b/", "/o/b/x"]
    listing = o("GET", "/o/").body
    assert listing.index(b">c<") < listing.index(b">a<") < listing.index(b">b/<")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a first"], "a c b"),
        (["c last"], "a b c"),
        (["b before c"], "b c a"),
        (["c after a"], "a c b"),
        (["a last", "c after a"], "b a c"),
        (["a before c", "a after b", "a first"], "a c b"),
        (["b first", "a before b", "c before a"], "c a b"),
    ],
)
def test_members_are_put_where_they_are_to_come_one_after_the_other(o: Client, lines: list[str], expected: str) -> None:
    assert patch(o, *lines) == "200"
    assert order(o) == expected


def test_a_collection_becomes_ordered_and_unordered_again(o: Client) -> None:
    assert patch(o, "type http://example.com/by-hand", "z first", path="/u/") == "200"
    assert (order(o, "/u/"), kind(o, "/u/")) == ("z y", "http://example.com/by-hand")
    assert patch(o, "type DAV:unordered", path="/u/") == "200"
    assert (order(o, "/u/"), kind(o, "/u/")) == ("y z", "DAV:unordered")


def test_another_type_keeps_the_order(o: Client) -> None:
    assert patch(o, "type http://example.com/by-hand") == "200"
    assert order(o) == "c a b"


@pytest.mark.parametrize(
    ("header", "expected"), [("DAV:custom", "b a"), ("<urn:x:y>", "b a"), ("DAV:unordered", "a b")]
)
@pytest.mark.parametrize("name", ["Ordering-Type", "Ordered"])
def test_mkcol_makes_an_ordered_collection(o: Client, name: str, header: str, expected: str) -> None:
    assert do(o, "MKCOL /n/", {name: header}) == "201"
    for member in "ba":
        do(o, f"PUT /n/{member} 1")
    assert (order(o, "/n/"), kind(o, "/n/")) == (expected, header.strip("<>"))


def test_mkcalendar_takes_the_headers_too(o: Client) -> None:
    assert do(o, "MKCALENDAR /o/n/", {"Ordering-Type": "DAV:custom", "Position": "first"}) == "201"
    assert (order(o), kind(o, "/o/n/")) == ("n c a b", "DAV:custom")


def test_a_document_of_a_scenario_has_no_order() -> None:
    """What is wrong is said with its place."""
    with pytest.raises(ScenarioError) as found:
        load('title: t\ntree:\n  /f: {ordering: "DAV:custom"}\n', "t.yaml")
    assert [str(each) for each in found.value.problems] == [
        "t.yaml:3:18: /f is a document, which has no members to order; write /f/ to make it a collection"
    ]


# Members come and go -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PUT /o/aa 1", "c a b aa"),
        ("MKCOL /o/aa/", "c a b aa"),
        ("COPY /u/y /o/aa", "c a b aa"),
        ("MOVE /u/y /o/aa", "c a b aa"),
        ("MOVE /o/c /o/aa", "a b aa"),
        ("PUT /o/c 9", "c a b"),
        ("COPY /u/y /o/a", "c a b"),
        ("MOVE /o/b/ /o/a", "c a"),
        ("DELETE /o/a", "c b"),
    ],
)
def test_what_is_new_goes_last_and_what_is_replaced_stays(o: Client, line: str, expected: str) -> None:
    """RFC 3648 6: without a Position header."""
    assert do(o, line)[0] == "2"
    assert order(o) == expected


def test_what_comes_back_goes_last(o: Client) -> None:
    do(o, "DELETE /o/c")
    do(o, "PUT /o/c 3")
    assert order(o) == "a b c"


@pytest.mark.parametrize("line", ["PUT /o/n 1", "MKCOL /o/n/", "COPY /u/y /o/n", "MOVE /u/y /o/n", "PUT /o/b2 1"])
@pytest.mark.parametrize(
    ("position", "expected"),
    [("first", "n c a b"), ("LAST", "c a b n"), ("before a", "c n a b"), ("after c", "c n a b")],
)
def test_a_position_header_says_where(o: Client, line: str, position: str, expected: str) -> None:
    name = line.split()[-1 if line[0] in "CM" and "MKCOL" not in line else 1].removeprefix("/o/").rstrip("/")
    assert do(o, line, {"Position": position}) == "201"
    assert order(o) == expected.replace("n", name)


def test_a_lock_on_an_unmapped_url_can_have_a_position(o: Client) -> None:
    assert lock(o, "/o/n", {"Position": "first"}).status == 201
    assert order(o) == "n c a b"


@pytest.mark.parametrize("line", ["PUT /o/b2 1", "COPY /u/y /o/a", "MOVE /u/y /o/a"])
def test_a_position_moves_what_is_replaced(o: Client, line: str) -> None:
    do(o, "PUT /o/b2 1")
    assert do(o, line, {"Position": "first"}) == "204"
    assert order(o).split()[0] in ("b2", "a")


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize("path", ["/n/", "/u/y"])
def test_a_collection_takes_its_order_along(o: Client, method: str, path: str) -> None:
    """Also one that comes in the place of something else."""
    assert do(o, f"{method} /o/ {path}")[0] == "2"
    assert (order(o, path.rstrip("/") + "/"), kind(o, path)) == ("c a b", "DAV:custom")


def test_a_copy_of_depth_0_takes_the_type_along(o: Client) -> None:
    assert do(o, "COPY /o/ /n/", {"Depth": "0"}) == "201"
    assert (order(o, "/n/"), kind(o, "/n/")) == ("", "DAV:custom")


def test_a_copy_that_goes_member_by_member_keeps_the_order(serve: Callable[[str], Served]) -> None:
    """The members in question arrive after the others, in their own places."""
    client = served(serve, "{id: l, kind: lock, path: /n/c}", more="  /n/c: {content: c}\n  /n/q: {content: q}\n")
    assert do(client, "COPY /o/ /n/") == "207  /n/c 423 lock-token-submitted"
    assert order(client, "/n/") == "c a b"


def test_a_move_that_leaves_a_member_behind_keeps_both_orders(serve: Callable[[str], Served]) -> None:
    client = served(serve, "{id: l, kind: lock, path: /o/b/x}")
    assert do(client, "MOVE /o/ /n/") == "207  /o/b/x 423 lock-token-submitted"
    assert (order(client), order(client, "/n/")) == ("b", "c a b")


# Refusals ----------------------------------------------------------------------------------------


def test_the_failing_member_alone_is_named(o: Client) -> None:
    """RFC 3648 7.2: what depended on it need not be expressed; nothing is done."""
    assert patch(o, "a first", "no last") == "207  /o/no 403 segment-must-identify-member"
    assert order(o) == "c a b"


def test_a_scenario_can_have_the_dependents_said(serve: Callable[[str], Served]) -> None:
    client = served(serve, more=TELLING)
    answer = client("ORDERPATCH", "/o/", orderpatch("type DAV:custom", "a first", "no last", "a after b"), XML)
    assert told(answer) == "207  /o/ 424, /o/a 424, /o/no 403 segment-must-identify-member"
    assert answer.reported[1].description == "Not done, because this failed: order /o/no (403 Forbidden)."
    assert order(client) == "c a b"


def test_a_segment_with_a_slash_is_not_taken_for_another_resource(o: Client) -> None:
    """It is said of what was named, not of the member a."""
    assert b"/o/a%2F</D:href>" in o("ORDERPATCH", "/o/", orderpatch("a/ first"), XML).body


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("a after no", "/o/a"),
        ("a before a", "/o/a"),
        ("c%2Fd first", "/o/c%2Fd"),
        ("a/ first", "/o/a/"),
        ("a before c/d", "/o/a"),
    ],
)
def test_a_segment_that_is_no_other_member_is_403(o: Client, line: str, named: str) -> None:
    answer = o("ORDERPATCH", "/o/", orderpatch(line), XML)
    assert [(each.status, each.condition) for each in answer.reported] == [(403, "{DAV:}segment-must-identify-member")]
    assert named.rstrip("/") in answer.reported[0].href.replace("c/d", "c%2Fd")
    assert order(o) == "c a b"


def test_a_collection_without_an_order_is_403(o: Client) -> None:
    assert patch(o, "z first", path="/u/") == "207  /u/z 403 collection-must-be-ordered"


def test_an_ordering_type_that_is_refused_names_the_collection(serve: Callable[[str], Served]) -> None:
    client = served(
        serve, "{id: v, kind: value-rule, property: '{DAV:}ordering-type', enum: ['DAV:custom']}", more=TELLING
    )
    assert patch(client, "type urn:x:y", "a first") == "207  /o/ 409, /o/a 424"
    assert (order(client), kind(client)) == ("c a b", "DAV:custom")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("{id: x, kind: read-only, path: /o/}", "207  /o/a 403, /o/c 403"),
        ("{id: x, kind: read-only, path: /o/c}", "207  /o/c 403"),
        ("{id: x, kind: store-fails, nth: 2}", "207  /o/c 507 sufficient-disk-space"),
        (
            "{id: x, kind: store-fails, at: commit}",
            "207  /o/a 507 sufficient-disk-space, /o/c 507 sufficient-disk-space",
        ),
        ("{id: x, kind: denied, methods: [ORDERPATCH]}", "403 need-privileges"),
        ("{id: x, kind: lock, path: /o/, depth: '0'}", "423 lock-token-submitted"),
    ],
)
def test_a_cause_leaves_the_order_as_it_was(serve: Callable[[str], Served], cause: str, expected: str) -> None:
    client = served(serve, cause)
    assert patch(client, "a first", "c last") == expected
    assert order(client) == "c a b"


def test_the_token_of_the_collections_lock_lets_it_be_ordered(o: Client) -> None:
    held = token(o, "/o/")
    assert patch(o, "a first") == "423 lock-token-submitted"
    assert patch(o, "a first", headers=holding("/o/", held)) == "200"
    assert order(o) == "a c b"


def test_the_ordering_type_is_protected(o: Client) -> None:
    assert o.say("PROPPATCH /o/ set D:ordering-type=x") == "207  D:ordering-type 403 cannot-modify-protected-property"


@pytest.mark.parametrize("line", ["PUT /o/n 1", "MKCOL /o/n/", "COPY /u/y /o/n", "MOVE /u/y /o/n"])
@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("before no", "403 segment-must-identify-member"),
        ("after n", "403 segment-must-identify-member"),
        ("middle", "400"),
        ("before", "400"),
        ("before a/b", "400"),
        ("after %zz", "400"),
        ("first last", "400"),
        ("", "400"),
    ],
)
def test_a_bad_position_makes_nothing(o: Client, line: str, position: str, expected: str) -> None:
    assert do(o, line, {"Position": position}) == expected
    assert (order(o), order(o, "/u/")) == ("c a b", "y z")


@pytest.mark.parametrize("line", ["PUT /u/n 1", "MKCOL /u/n/", "COPY /o/a /u/n", "MOVE /o/a /u/n"])
def test_a_position_in_what_is_not_ordered_is_403(o: Client, line: str) -> None:
    assert do(o, line, {"Position": "first"}) == "403 collection-must-be-ordered"
    assert (order(o), order(o, "/u/")) == ("c a b", "y z")


@pytest.mark.parametrize("value", ["", "custom", "<>", "a b"])
def test_an_ordering_type_that_is_no_uri_is_400(o: Client, value: str) -> None:
    assert do(o, "MKCOL /n/", {"Ordering-Type": value}) == "400"


_BAD = "<D:order-member><D:segment>a</D:segment>{}</D:order-member>"


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("", "has no instruction"),
        ("<D:ordering-type/>", "with a URI"),
        ("<D:ordering-type><D:href>custom</D:href></D:ordering-type>", "with a URI"),
        (_BAD.format(""), "DAV:position"),
        (_BAD.format("<D:position/>"), "DAV:position"),
        (_BAD.format("<D:position><D:first/><D:last/></D:position>"), "DAV:position"),
        (_BAD.format("<D:position><D:middle/></D:position>"), "DAV:position"),
        (_BAD.format("<D:position><D:before/></D:position>"), "A DAV:before needs a DAV:segment"),
        (
            "<D:order-member><D:position><D:first/></D:position></D:order-member>",
            "DAV:order-member needs a DAV:segment",
        ),
    ],
)
def test_a_bad_body_is_400(o: Client, inside: str, words: str) -> None:
    answer = o("ORDERPATCH", "/o/", f'<D:orderpatch xmlns:D="DAV:">{inside}</D:orderpatch>', XML)
    assert answer.status == 400
    assert words in answer.body.decode()


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/o/", "<D:propertyupdate xmlns:D='DAV:'/>", 400),
        ("/o/", "<", 400),
        ("/o/a", orderpatch("a first"), 405),
        ("/no/", orderpatch("a first"), 404),
    ],
)
def test_what_is_no_orderpatch_of_a_collection_is_refused(o: Client, path: str, content: str, status: int) -> None:
    assert o("ORDERPATCH", path, content, XML).status == status


def test_too_many_instructions_for_too_many_members_are_507(o: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would hold others up for long is refused before it begins."""
    monkeypatch.setattr("dav424.methods.orderpatch.MOST_EFFORT", 5)
    assert patch(o, "a first", "c last") == "507"
    assert patch(o, "a first") == "200"
    assert order(o) == "a c b"


def test_options_and_the_live_properties_tell_of_it(o: Client) -> None:
    """RFC 3648 9: the compliance class, the method, and the properties that say so."""
    answer = o("OPTIONS", "/o/")
    assert "ordered-collections" in answer.headers["DAV"].split(", ")
    assert "ORDERPATCH" in answer.headers["Allow"].split(", ")
    assert "ORDERPATCH" not in o("OPTIONS", "/o/a").headers["Allow"].split(", ")
    names = "<D:supported-method-set/><D:supported-live-property-set/>"
    body = o("PROPFIND", "/o/", f'<D:propfind xmlns:D="DAV:"><D:prop>{names}</D:prop></D:propfind>', DEPTH0).body
    assert b'<D:supported-method name="ORDERPATCH"/>' in body
    assert b"<D:supported-live-property><D:prop><D:ordering-type/></D:prop></D:supported-live-property>" in body
