"""POST $batch with JSON (OData JSON Format 4.01 19), on a real socket: who is done, who is undone, and who is told why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dav424.methods import get as get_method
from dav424.methods import put as put_method
from dav424.methods.batch_requests import items, run_batch
from dav424.spine.exchange import OpenExchange
from tests.client import Client
from tests.conftest import Served
from tests.trees import lock, scenario, token, tree

from .batches import JSON, TEXT, ask, content, do, proppatch, put, responses, send, told

LOCKED = scenario("/l=old! /free=old /d/ /d/a=1 /d/b=2! /c/ /c/x=1")
"""/l and /d/b are locked by somebody else."""

Start = Callable[..., Served]


@pytest.fixture
def locked(serve: Start) -> Client:
    """A client of a world in which /l and /d/b are locked."""
    return serve(LOCKED).client


# The answer --------------------------------------------------------------------------------------


def test_a_batch_is_answered_with_200_and_json(dav: Client) -> None:
    """19.4: one response object for each request, whatever came of it."""
    answer = send(dav, put("1", "a"), ask("2", "get", "none"))
    assert (answer.status, answer.headers["Content-Type"], answer.headers["OData-Version"]) == (
        200,
        "application/json",
        "4.01",
    )
    assert told(answer) == "1 201, 2 404"


def test_an_empty_batch_has_an_empty_answer(dav: Client) -> None:
    """Nothing asked, nothing answered."""
    assert json.loads(send(dav).body) == {"responses": []}


def test_headers_are_lower_case_and_values_are_kept(dav: Client) -> None:
    """19.4: the name of each header MUST be lower-case."""
    found = responses(send(dav, put("1", "a", "hello"), ask("2", "GET", "a")))
    assert found["1"]["headers"] == {"etag": dav("GET", "/a").headers["ETag"]}
    assert found["2"]["headers"]["content-type"] == "text/plain"


def test_the_id_and_the_group_are_echoed(dav: Client) -> None:
    """19.4: both, as they were sent."""
    found = responses(send(dav, put("Id-1~", "a", atomicityGroup="G.1")))
    assert (found["Id-1~"]["id"], found["Id-1~"]["atomicityGroup"]) == ("Id-1~", "G.1")


def test_a_request_without_a_group_is_answered_without_one(dav: Client) -> None:
    """There is nothing to echo."""
    assert "atomicityGroup" not in responses(send(dav, put("1", "a")))["1"]


def test_a_request_that_fails_answers_as_it_would_alone(locked: Client) -> None:
    """Status, media type and body are those of the single request."""
    alone = locked("PUT", "/l", "x", {"Content-Type": "text/plain"})
    inside = responses(send(locked, put("1", "l")))["1"]
    assert (inside["status"], content(inside)) == (alone.status, alone.body)
    assert inside["headers"]["content-type"] == alone.headers["Content-Type"]


# Bodies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body", "stored"),
    [
        ("text/plain", "héllo\n", "héllo\n".encode()),
        ("text/plain; charset=latin-1", "hé", b"h\xe9"),
        ("application/json", {"b": 1, "a": [1.0, None]}, b'{"b": 1, "a": [1.0, null]}'),
        ("application/json", "text", b'"text"'),
        ("application/vnd.x+json; v=1", [True], b"[true]"),
        ("application/octet-stream", "AP__", b"\x00\xff\xff"),
        ("application/octet-stream", "AP8", b"\x00\xff"),
        ("application/octet-stream", "AP8=", b"\x00\xff"),
        ("application/octet-stream", "", b""),
        ("image/png", "-_-_", b"\xfb\xff\xbf"),
        ("text/plain", "", b""),
        ("text/plain", None, b""),
        ("application/octet-stream", None, b""),
    ],
)
def test_a_body_is_stored_as_what_it_stands_for(dav: Client, content_type: str, body: Any, stored: bytes) -> None:
    """19.1: JSON is JSON as it was written, text a string, all else base64url; null is no body."""
    assert do(dav, ask("1", "put", "f", {"content-type": content_type}, body=body)) == "1 201"
    assert dav("GET", "/f").body == stored


@pytest.mark.parametrize(
    ("content_type", "stored", "body", "answered"),
    [
        ("text/plain", b"h\xc3\xa9", "hé", "text/plain"),
        ("text/plain; charset=latin-1", b"h\xe9", "hé", "text/plain; charset=latin-1"),
        ("application/json", b'{"a": [1]}', {"a": [1]}, "application/json"),
        ("application/octet-stream", b"\x00\xff", "AP8", "application/octet-stream"),
        ("text/plain", b"\xff", "_w", "application/octet-stream"),
        ("text/plain; charset=none-such", b"a", "YQ", "application/octet-stream"),
        ("application/json", b"{", "ew", "application/octet-stream"),
        ("application/json", b"[" * 5000, None, "application/octet-stream"),
    ],
)
def test_a_body_comes_back_by_the_same_rules(
    dav: Client, content_type: str, stored: bytes, body: Any, answered: str
) -> None:
    """What isn't what its media type says goes as bytes, and says so."""
    dav("PUT", "/f", stored, {"Content-Type": content_type})
    found = responses(send(dav, ask("1", "get", "f")))["1"]
    assert found["headers"]["content-type"] == answered
    assert body is None or found["body"] == body


def test_an_answer_without_content_has_no_body(dav: Client) -> None:
    """Neither 204 nor HEAD has one."""
    found = responses(send(dav, put("1", "f"), put("2", "f"), ask("3", "head", "f"), put("4", "e", "")))
    assert [name for name in found if "body" in found[name]] == []


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("text/xml", "text/xml"), ("application/xml, text/xml", "application/xml"), ("*/*", "application/xml")],
)
def test_xml_is_text_for_whoever_asks_for_text(dav: Client, accept: str, kind: str) -> None:
    """application/xml goes as base64url, as the standard has it; text/xml can be read by people."""
    found = responses(send(dav, ask("1", "propfind", f"{dav.base}/", {"depth": "0", "accept": accept})))["1"]
    assert found["headers"]["content-type"].startswith(kind)
    assert content(found).startswith(b"<?xml")


def test_xml_bodies_can_be_sent_as_text_or_as_base64url(dav: Client) -> None:
    """PROPPATCH and MKCOL with their bodies."""
    mkcol = '<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:displayname>C</D:displayname></D:prop></D:set></D:mkcol>'
    encoded = "PEQ6bWtjb2wgeG1sbnM6RD0iREFWOiI-PEQ6c2V0PjxEOnByb3A-PGEgeG1sbnM9InVybjp1Ii8-PC9EOnByb3A-PC9EOnNldD48L0Q6bWtjb2w-"
    assert do(
        dav,
        ask("1", "mkcol", "c/", {"content-type": "text/xml"}, body=mkcol),
        proppatch("2", "c/", "p"),
        ask("3", "mkcol", "e/", {"content-type": "application/xml"}, body=encoded),
    ) == "1 201, 2 207, 3 201"  # fmt: skip
    assert dav.say("PROPFIND /c/ D:displayname u:p") == "207  D:displayname 200, u:p 200"
    assert dav.say("PROPFIND /e/ u:a") == "207  u:a 200"


# Methods and places ------------------------------------------------------------------------------


def test_every_method_can_be_in_a_batch(dav: Client) -> None:
    """What the server knows it knows here, too, and each sees what those before it did."""
    lockinfo = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    assert do(
        dav,
        ask("1", "options", f"{dav.base}/"),
        ask("2", "mkcol", "c/"),
        ask("3", "mkcalendar", "cal/"),
        put("4", "c/a"),
        ask("5", "get", "c/a"),
        ask("6", "head", "c/a"),
        proppatch("7", "c/a", "p"),
        ask("8", "propfind", "c/", {"depth": "infinity"}),
        ask("9", "copy", "c/a", {"destination": f"{dav.base}/c/b"}),
        ask("10", "move", "c/b", {"destination": f"{dav.base}/b"}),
        ask("11", "lock", "b", {"content-type": "text/xml"}, body=lockinfo),
        ask("12", "delete", "c/"),
    ) == "1 200, 2 201, 3 201, 4 201, 5 200, 6 200, 7 207, 8 207, 9 201, 10 201, 11 200, 12 204"  # fmt: skip
    assert tree(dav) == "/b=x! /cal/"


@pytest.mark.parametrize(("method", "status"), [("PATCH", 405), ("TRACE", 405), ("BREW", 501), ("post", 405)])
def test_a_method_that_cannot_be_used_fails_by_itself(dav: Client, method: str, status: int) -> None:
    """As it would alone; with 405 come the methods that there are."""
    dav("PUT", "/f", "x")
    found = responses(send(dav, ask("1", method, "f"), put("2", "g")))
    assert (found["1"]["status"], found["2"]["status"]) == (status, 201)
    assert ("PROPPATCH" in found["1"]["headers"].get("allow", "")) is (status == 405)


@pytest.mark.own_server
@pytest.mark.parametrize(
    "url", ["a%20b/f", "/test/a%20b/f", "a%20b/f?query=1", "/test//a%20b//f"],
)  # fmt: skip
def test_a_url_is_relative_or_an_absolute_path(dav: Client, url: str) -> None:
    """19.1: a relative one starts at the root of the scenario; a query says nothing."""
    assert do(dav, ask("1", "mkcol", "a%20b/"), put("2", url)) == "1 201, 2 201"
    assert tree(dav) == "/a b/ /a b/f=x"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/other/f", 404),
        ("/", 404),
        ("/tes", 404),
        ("../x", 400),
        ("a/../x", 400),
        ("%zz", 400),
        ("%ff", 400),
        ("a%2fb", 400),
        ("é", 400),
        ("a" * 70_000, 414),
        ("f/", 409),
        ("none/f", 409),
    ],
)
def test_a_url_that_leads_nowhere_fails_by_itself(dav: Client, url: str, status: int) -> None:
    """The others are done: a batch can't leave its scenario, and what can't be a path is refused as it would be alone."""
    assert do(dav, put("1", url), put("2", "g")) == f"1 {status}, 2 201"
    assert tree(dav) == "/g=x"


def test_a_destination_elsewhere_is_502(dav: Client) -> None:
    """RFC 4918 9.8.5, as alone."""
    assert do(dav, put("1", "a"), ask("2", "copy", "a", {"destination": "/other/a"})) == "1 201, 2 502"


def test_if_and_lock_tokens_belong_to_the_request_inside(dav: Client) -> None:
    """A token opens what it is sent for, and nothing else in the batch."""
    dav("PUT", "/f", "old")
    held = token(dav, "/f")
    assert do(
        dav,
        put("1", "f", "a"),
        put("2", "f", "b", {"if": f"({held})"}),
        put("3", "f", "c", {"if": f"<{dav.base}/f> ({held})"}),
    ) == ("1 423, 2 204, 3 204")


def test_preconditions_see_the_draft_so_far(dav: Client) -> None:
    """If-None-Match holds for the first, and no more for the second."""
    new = {"if-none-match": "*"}
    assert do(dav, put("1", "f", "a", new), put("2", "f", "b", new), ask("3", "get", "f")) == "1 201, 2 412, 3 200"
    assert dav("GET", "/f").body == b"a"


def test_a_reading_sees_what_was_written_before_it_and_not_after(dav: Client) -> None:
    """Also one that would be streamed: it is read when its turn comes."""
    found = responses(
        send(
            dav,
            put("1", "a"),
            ask("2", "propfind", f"{dav.base}/", {"depth": "infinity"}),
            put("3", "b"),
            ask("4", "delete", "a"),
        )
    )
    assert (f"{dav.base}/a<".encode() in content(found["2"]), f"{dav.base}/b<".encode() in content(found["2"])) == (
        True,
        False,
    )


def test_the_user_of_a_batch_is_the_user_of_its_requests(serve: Start) -> None:
    """A request inside can't log in as somebody else."""
    served = serve(
        "users: {ann: a, bob: b}\ncauses: [{id: d, kind: denied, users: [bob], path: /private}]\ntree: {/private/: {}}"
    )
    for user, status in (("ann:a", 201), ("bob:b", 403)):
        login = {"Authorization": "Basic " + __import__("base64").b64encode(user.encode()).decode()}
        assert do(served.client, put("1", "private/f"), **login) == f"1 {status}"


def test_a_batch_needs_a_login_where_everything_does(serve: Start) -> None:
    """Nothing is read of it before."""
    assert send(serve("users: {ann: a}").client, put("1", "f")).status == 401


# Dependencies ------------------------------------------------------------------------------------


def test_what_depends_on_a_success_is_done(dav: Client) -> None:
    """All 2xx are successes."""
    assert do(dav, put("1", "a"), put("2", "b", dependsOn=["1"])) == "1 201, 2 201"


@pytest.mark.parametrize(
    ("request_object", "status"),
    [
        (put("1", "l"), 423),
        (ask("1", "get", "none"), 404),
        (put("1", "free", "x", {"if-match": '"no"'}), 412),
        (ask("1", "get", "free", {"if-none-match": "*"}), 304),
        (ask("1", "brew", "free"), 501),
        (put("1", "/elsewhere/f"), 404),
        (proppatch("1", "free", "D:getetag"), 207),
        (ask("1", "delete", "d/"), 207),
    ],
)
def test_what_depends_on_a_failure_is_424(locked: Client, request_object: Any, status: int) -> None:
    """Whatever the failure was, also 3xx, and one in a 207: the dependent isn't tried."""
    assert do(locked, request_object, put("2", "new", dependsOn=["1"])) == f"1 {status}, 2 424"
    assert locked("GET", "/new").status == 404


def test_a_property_that_isnt_there_is_no_failure(dav: Client) -> None:
    """The 404 in the answer to a PROPFIND is an answer."""
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:none/></D:prop></D:propfind>'
    find = ask("1", "propfind", f"{dav.base}/", {"content-type": "text/xml", "depth": "0"}, body=body)
    assert do(dav, find, put("2", "f", dependsOn=["1"])) == "1 207, 2 201"


def test_a_chain_falls_from_its_first_link(locked: Client) -> None:
    """Transitively, however long; what depends on nothing stands."""
    chain = [put(str(i), f"n{i}", dependsOn=[str(i - 1)]) for i in range(1, 30)]
    found = responses(send(locked, put("0", "l"), *chain, put("free", "new")))
    assert {name for name, each in found.items() if each["status"] == 424} == {str(i) for i in range(1, 30)}
    assert tree(locked).split()[-1] == "/new=x"


def test_only_what_depends_on_the_failure_falls(locked: Client) -> None:
    """Two chains side by side."""
    assert do(
        locked, put("a", "l"), put("b", "b"), put("c", "c1", dependsOn=["a"]), put("d", "d1", dependsOn=["b"])
    ) == ("a 423, b 201, c 424, d 201")


def test_what_was_done_before_a_failure_stays(locked: Client) -> None:
    """A dependency points one way: who is needed doesn't fall with who needs."""
    assert do(locked, put("1", "a"), put("2", "l", dependsOn=["1"])) == "1 201, 2 423"
    assert locked("GET", "/a").status == 200


def test_ids_are_case_sensitive(dav: Client) -> None:
    """19.1: a and A are two."""
    assert do(dav, ask("a", "get", "none"), put("A", "f"), put("1", "g", dependsOn=["A"])) == "a 404, A 201, 1 201"


def test_a_dependency_named_twice_is_one(dav: Client) -> None:
    """Harmless."""
    assert do(dav, put("1", "a"), put("2", "b", dependsOn=["1", "1"])) == "1 201, 2 201"


# Why ---------------------------------------------------------------------------------------------


def test_a_424_is_a_problem_document_that_names_what_failed(locked: Client) -> None:
    """RFC 9457: type, title, status, detail, and because."""
    found = responses(send(locked, put("1", "l"), put("2", "new", dependsOn=["1"])))["2"]
    assert found["headers"] == {"content-type": "application/problem+json"}
    detail = "Locked: /l. Send the token of the lock in an If header."
    assert found["body"] == {
        "type": "about:blank",
        "title": "Failed Dependency",
        "status": 424,
        "detail": "Not done, because this failed: request 1 (PUT l) (423 Locked).",
        "because": [
            {"id": "1", "status": 423, "title": "Locked", "detail": detail, "condition": "{DAV:}lock-token-submitted"}
        ],
    }


def ids(because: list[dict[str, Any]]) -> list[Any]:
    """Give the tree of ids and statuses in a ``because``."""
    return [(each.get("id", each.get("if", "")), each["status"], ids(each["because"])) if "because" in each else
            (each.get("id", each.get("if", "")), each["status"]) for each in because]  # fmt: skip


def test_because_goes_down_to_the_root(locked: Client) -> None:
    """Each failed dependency with its own, to the one that is no 424."""
    found = responses(send(locked, put("1", "l"), put("2", "b", dependsOn=["1"]), put("3", "c", dependsOn=["2"])))
    assert ids(found["3"]["body"]["because"]) == [("2", 424, [("1", 423)])]


def test_because_names_all_that_failed_and_nothing_that_did_not(locked: Client) -> None:
    """Of three dependencies, two."""
    found = responses(
        send(locked, put("1", "l"), put("2", "a"), ask("3", "get", "no"), put("4", "c", dependsOn=["1", "2", "3"]))
    )
    assert ids(found["4"]["body"]["because"]) == [("1", 423), ("3", 404)]


def test_because_of_a_207_names_the_failures_inside(locked: Client) -> None:
    """The root is what really could not be done."""
    found = responses(send(locked, ask("1", "delete", "d/"), put("2", "new", dependsOn=["1"])))["2"]["body"]
    assert ids(found["because"]) == [("1", 207, [("", 423)])]
    assert found["because"][0]["because"][0]["what"] == f"delete {locked.base}/d/b"
    assert found["detail"] == "Not done, because this failed: request 1 (DELETE d/) (423 Locked)."


def test_because_of_a_group_names_who_broke_it(locked: Client) -> None:
    """Not those who fell with it."""
    found = responses(
        send(
            locked, put("1", "a", atomicityGroup="g"), put("2", "l", atomicityGroup="g"), put("3", "c", dependsOn=["g"])
        )
    )
    assert ids(found["3"]["body"]["because"]) == ids(found["1"]["body"]["because"]) == [("2", 423)]
    assert found["3"]["body"]["because"][0]["atomicityGroup"] == "g"


def test_because_of_a_group_that_fell_from_outside_goes_on(locked: Client) -> None:
    """1 breaks 2, 2 breaks its group and 3 with it, and 4 needs the group."""
    found = responses(
        send(
            locked,
            put("1", "l"),
            put("2", "a", atomicityGroup="g", dependsOn=["1"]),
            put("3", "b", atomicityGroup="g"),
            put("4", "c", dependsOn=["g"]),
        )
    )
    assert [each["status"] for each in found.values()] == [423, 424, 424, 424]
    assert ids(found["3"]["body"]["because"]) == ids(found["4"]["body"]["because"]) == [("2", 424, [("1", 423)])]


def test_because_is_bounded_in_a_long_chain(locked: Client) -> None:
    """After eight levels the roots stand alone, and the body says that something was left out."""
    chain = [put(str(i), f"n{i}", dependsOn=[str(i - 1)]) for i in range(1, 40)]
    last = responses(send(locked, put("0", "l"), *chain))["39"]["body"]
    level, depth = last["because"][0], 1
    while "abridged" not in level:
        level, depth = level["because"][0], depth + 1
    assert (depth, ids(level["because"])) == (8, [("0", 423)])
    assert last["detail"] == "Not done, because this failed: request 0 (PUT l) (423 Locked)."


def test_because_is_bounded_where_everything_depends_on_everything(locked: Client) -> None:
    """Ways multiply in a net, and the bodies stay small."""
    net = [put(str(i), f"n{i}", dependsOn=[str(k) for k in range(i)]) for i in range(1, 40)]
    answer = send(locked, put("0", "l"), *net)
    assert told(answer).count("424") == 39
    assert len(answer.body) < 400_000
    assert all("423 Locked" in each["body"]["detail"] for name, each in responses(answer).items() if name != "0")


def test_a_long_chain_of_groups_falls_from_its_first(locked: Client) -> None:
    """1,500 groups of two, each of which needs the one before."""
    requests = [put("0", "l", atomicityGroup="g0"), put("00", "a", atomicityGroup="g0")]
    for i in range(1, 1500):
        requests += [
            put(f"a{i}", f"a{i}", atomicityGroup=f"g{i}", dependsOn=[f"g{i - 1}"]),
            put(f"b{i}", f"b{i}", atomicityGroup=f"g{i}"),
        ]
    answer = send(locked, *requests)
    assert told(answer).count(" 424") == 2999
    assert "request 0 (PUT l) (423 Locked)" in responses(answer)["b1499"]["body"]["detail"]


def test_many_causes_are_named_up_to_eight(locked: Client) -> None:
    """And that there are more is said."""
    failing = [ask(str(i), "get", "none") for i in range(12)]
    found = responses(send(locked, *failing, put("x", "n", dependsOn=[str(i) for i in range(12)])))["x"]["body"]
    assert (len(found["because"]), found["detail"].endswith("; and more.")) == (8, True)


# Groups ------------------------------------------------------------------------------------------


def test_a_group_that_succeeds_is_done(dav: Client) -> None:
    """Its members see each other's work."""
    assert do(
        dav,
        ask("1", "mkcol", "c/", atomicityGroup="g"),
        put("2", "c/f", atomicityGroup="g", dependsOn=["1"]),
        ask("3", "get", "c/f", dependsOn=["g"]),
    ) == "1 201, 2 201, 3 200"  # fmt: skip


def test_a_group_rolls_back_whole(locked: Client) -> None:
    """What had succeeded, before and after the cause, is 424 and undone; the cause keeps its status."""
    before = tree(locked)
    assert do(
        locked, put("1", "a", atomicityGroup="g"), put("2", "l", atomicityGroup="g"), put("3", "b", atomicityGroup="g")
    ) == "1 424, 2 423, 3 424"  # fmt: skip
    assert tree(locked) == before


def test_every_real_cause_in_a_group_keeps_its_status(locked: Client) -> None:
    """Two causes are two causes."""
    assert do(
        locked, put("1", "l", atomicityGroup="g"), put("2", "a", atomicityGroup="g"), put("3", "no/f", atomicityGroup="g")
    ) == "1 423, 2 424, 3 409"  # fmt: skip


def test_what_depends_on_a_failed_group_is_424(locked: Client) -> None:
    """And what stands beside it is not."""
    assert do(
        locked,
        put("1", "a", atomicityGroup="g"),
        put("2", "l", atomicityGroup="g"),
        put("3", "c1", dependsOn=["g"]),
        put("4", "d1"),
    ) == "1 424, 2 423, 3 424, 4 201"  # fmt: skip


def test_a_group_that_depends_on_a_failure_falls_whole(locked: Client) -> None:
    """One member's dependency is enough."""
    assert do(
        locked, put("0", "l"), put("1", "a", atomicityGroup="g"), put("2", "b", atomicityGroup="g", dependsOn=["0"])
    ) == "0 423, 1 424, 2 424"  # fmt: skip
    assert locked("GET", "/a").status == 404


def test_a_delete_that_is_done_in_part_stays_so_outside_of_a_group(locked: Client) -> None:
    """RFC 4918 9.6.1: what could go is gone, as it would be alone."""
    assert do(locked, ask("1", "delete", "d/")) == "1 207"
    assert "/d/a" not in tree(locked)


def test_a_delete_that_is_done_in_part_is_undone_in_a_group(locked: Client) -> None:
    """All or nothing."""
    before = tree(locked)
    assert do(locked, ask("1", "delete", "d/", atomicityGroup="g"), put("2", "a", atomicityGroup="g")) == "1 207, 2 424"
    assert tree(locked) == before


def test_a_lock_that_was_taken_in_a_group_that_fails_is_gone(locked: Client) -> None:
    """Locks roll back with everything else."""
    body = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    assert do(
        locked,
        ask("1", "lock", "free", {"content-type": "text/xml"}, body=body, atomicityGroup="g"),
        put("2", "l", atomicityGroup="g"),
    ) == "1 424, 2 423"  # fmt: skip
    assert lock(locked, "/free").status == 200


def test_groups_of_one_name_in_two_batches_are_two(locked: Client) -> None:
    """A name holds for one batch."""
    assert do(locked, put("1", "l", atomicityGroup="g")) == "1 423"
    assert do(locked, put("1", "a", atomicityGroup="g")) == "1 201"


# Conditions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("$ok/$succeeded", 201),
        ("$bad/$succeeded", 424),
        ("not $bad/$succeeded", 201),
        ("not $ok/$succeeded", 424),
        ("$ok/$succeeded and $bad/$succeeded", 424),
        ("$ok/$succeeded or $bad/$succeeded", 201),
        ("$bad/$succeeded eq false", 201),
        ("$ok/$succeeded eq false", 424),
        ("$ok/$succeeded ne $bad/$succeeded", 201),
        ("($bad/$succeeded or not ($bad/$succeeded))and $ok/$succeeded", 201),
        ("not $ok/$succeeded or $ok/$succeeded and $bad/$succeeded", 424),
        ("true", 201),
        (" false ", 424),
        ("not not true", 201),
    ],
)
def test_a_condition_takes_the_place_of_the_rule(locked: Client, condition: str, status: int) -> None:
    """19.1: what depends on a failure may be done, and what depends on a success may not."""
    requests = [put("ok", "a"), put("bad", "l"), put("x", "new", dependsOn=["ok", "bad"]) | {"if": condition}]
    assert do(locked, *requests) == f"ok 201, bad 423, x {status}"
    assert (locked("GET", "/new").status == 200) is (status == 201)


def test_a_condition_that_does_not_hold_is_the_cause_of_its_424(dav: Client) -> None:
    """412, with what it was; nothing else has failed here."""
    found = responses(send(dav, put("1", "a"), put("2", "b", dependsOn=["1"]) | {"if": "not $1/$succeeded"}))["2"][
        "body"
    ]
    assert ids(found["because"]) == [("not $1/$succeeded", 412)]
    assert "the condition of request 2 (PUT b) (412 Precondition Failed)" in found["detail"]


def test_a_condition_names_the_failures_behind_it(locked: Client) -> None:
    """Down to the root."""
    found = responses(send(locked, put("1", "l"), put("2", "b", dependsOn=["1"]) | {"if": "$1/$succeeded"}))["2"][
        "body"
    ]
    assert ids(found["because"]) == [("$1/$succeeded", 412, [("1", 423)])]


def test_a_group_falls_by_the_condition_of_a_member(dav: Client) -> None:
    """19.1: if the dependent request is part of an atomicity group, all requests in that group fail."""
    assert do(
        dav, put("1", "a", atomicityGroup="g"), put("2", "b", atomicityGroup="g", dependsOn=["1"]) | {"if": "not $1/$succeeded"}
    ) == "1 424, 2 424"  # fmt: skip
    assert tree(dav) == ""


UNSUPPORTED = {
    "a path into a body": "$1/status eq 200",
    "a function": "contains($1/name,'it''s (a, b)')",
    "an operator": "$1/size gt 5",
    "a sum": "length($1/name) add 1 eq 3",
    "a list": "$1/name in ('a','b')",
    "any of several": "$1/items/any(x:x/size eq 1)",
    "a negative": "-$1/size lt -5",
    "a date": "2026-11-26T00:00:00Z gt $1/since",
    "a whole body": "$1 ne null",
    "a type": "$1/since ge duration'P1D'",
    "a part of it": "$1/$succeeded and not ($1/name eq 'x')",
    "what would hold anyway": "$1/$succeeded or $1/name eq 'x'",
}


@pytest.mark.parametrize("condition", UNSUPPORTED.values(), ids=UNSUPPORTED)
@pytest.mark.parametrize("first", ["a", "l"])
def test_a_condition_that_cannot_be_evaluated_is_the_cause_of_its_424(
    locked: Client, condition: str, first: str
) -> None:
    """19.1: the request fails with 424, the rest is done; the cause is the condition alone, with 501."""
    requests = [put("1", first), put("2", "b", dependsOn=["1"]) | {"if": condition}, put("3", "c1")]
    found = responses(send(locked, *requests))
    assert [each["status"] for each in found.values()] == [201 if first == "a" else 423, 424, 201]
    assert ids(found["2"]["body"]["because"]) == [(condition, 501)]
    assert "the condition of request 2 (PUT b) (501 Not Implemented)" in found["2"]["body"]["detail"]


def test_a_group_falls_by_a_condition_that_cannot_be_evaluated(dav: Client) -> None:
    """19.1: all of its requests are 424, and what depends on the group."""
    requests = [
        put("0", "z"),
        put("1", "a", atomicityGroup="g"),
        put("2", "b", atomicityGroup="g", dependsOn=["0"]) | {"if": "$0/status eq 200"},
        put("3", "c1", dependsOn=["g"]),
    ]
    assert do(dav, *requests) == "0 201, 1 424, 2 424, 3 424"
    assert tree(dav) == "/z=x"


@pytest.mark.parametrize("names", [["1", "g"], ["g", "1"], ["g", "1", "2"]])
def test_a_member_may_stand_beside_its_group(locked: Client, names: list[str]) -> None:
    """19.1: clients should name both; here both have to succeed."""
    made = [put("1", "d1", atomicityGroup="g"), put("2", "e", atomicityGroup="g")]
    assert do(locked, *made, put("3", "b", dependsOn=names), put("4", "c1", dependsOn=names, atomicityGroup="h")) == (
        "1 201, 2 201, 3 201, 4 201"
    )
    failing = [put("1", "d1", atomicityGroup="g"), put("2", "l", atomicityGroup="g"), put("3", "n", dependsOn=names)]
    found = responses(send(locked, *failing))
    assert [each["status"] for each in found.values()] == [424, 423, 424]
    assert ids(found["3"]["body"]["because"]) == [("2", 423)]


def test_a_reference_to_a_member_beside_its_group(dav: Client) -> None:
    """19.2: what the url refers to is in dependsOn, and so is its group."""
    requests = [ask("1", "mkcol", "d/", atomicityGroup="A"), put("2", "$1/x", dependsOn=["1", "A"])]
    assert do(dav, *requests) == "1 201, 2 201"
    assert tree(dav) == "/d/ /d/x=x"


@pytest.mark.parametrize(("body", "stored"), [({"a": 1}, b'{"a": 1}'), ("text", b'"text"'), ([1], b"[1]")])
def test_a_body_without_a_type_is_json(dav: Client, body: object, stored: bytes) -> None:
    """19.1 in 4.02: the content-type may be left out, and is application/json then, whatever the name is."""
    assert do(dav, ask("1", "put", "c.txt", body=body)) == "1 201"
    answer = dav("GET", "/c.txt")
    assert (answer.body, answer.headers["Content-Type"]) == (stored, "application/json")


def test_a_length_and_a_host_inside_are_passed_over(dav: Client) -> None:
    """11.7.7.1 doesn't forbid them; the body and the batch say both."""
    assert do(dav, put("1", "f", "text", {"Content-Length": "9", "Host": "elsewhere"})) == "1 201"
    assert dav("GET", "/f").body == b"text"


def test_a_destination_may_be_relative_as_a_url_may(dav: Client) -> None:
    """To the root of the scenario."""
    requests = [
        put("1", "f"),
        ask("2", "copy", "f", {"destination": "g"}),
        ask("3", "move", "f", {"destination": "h%20i"}),
        ask("4", "copy", "g", {"destination": "../x"}),
    ]
    found = do(dav, *requests)
    assert found.startswith("1 201, 2 201, 3 201, 4 4")
    assert tree(dav) == "/g=x /h i=x"


def test_a_condition_on_a_member_of_a_failed_group_sees_the_group(locked: Client) -> None:
    """19.4: every request of a failed group is considered failed, whatever its own status."""
    requests = [
        put("1", "a", atomicityGroup="g"),
        put("2", "l", atomicityGroup="g"),
        put("3", "c1", dependsOn=["g"]) | {"if": "$1/$succeeded"},
        put("4", "d1", dependsOn=["g"]) | {"if": "not $1/$succeeded"},
    ]
    assert do(locked, *requests) == "1 424, 2 423, 3 424, 4 201"


# References --------------------------------------------------------------------------------------


@pytest.mark.own_server
@pytest.mark.parametrize(
    ("made", "used", "expected"),
    [
        (put("1", "new"), ask("2", "get", "$1"), "1 201, 2 200"),
        (ask("1", "mkcol", "n/"), put("2", "$1/f"), "1 201, 2 201"),
        (ask("1", "mkcol", "n"), ask("2", "mkcol", "$1/m/"), "1 201, 2 201"),
        (ask("1", "copy", "free", {"destination": "/test/c/y"}), ask("2", "delete", "$1"), "1 201, 2 204"),
        (ask("1", "move", "free", {"destination": "/test/c/y"}), put("2", "$1"), "1 201, 2 204"),
        (ask("1", "get", "free"), ask("2", "copy", "c/x", {"destination": "$1"}), "1 200, 2 204"),
        (ask("1", "mkcol", "n/"), ask("2", "copy", "c/x", {"destination": "$1/x"}), "1 201, 2 201"),
        (ask("1", "delete", "free"), ask("2", "get", "$1"), "1 204, 2 404"),
        (put("batch2", "new"), ask("2", "get", "$batch2"), "batch2 201, 2 200"),
    ],
)
def test_a_reference_is_what_a_preceding_request_has_made(locked: Client, made: Any, used: Any, expected: str) -> None:
    """The destination of COPY and MOVE, the location of MKCOL, else what was asked for."""
    assert do(locked, made, used | {"dependsOn": [made["id"]]}) == expected


def test_a_reference_to_a_member_of_a_group_needs_the_group(dav: Client) -> None:
    """19.1: the group MUST be listed."""
    assert do(dav, put("1", "a", atomicityGroup="g"), ask("2", "get", "$1", dependsOn=["g"])) == "1 201, 2 200"


def test_a_reference_to_what_has_failed_is_404_where_a_condition_lets_it_come_to_that(locked: Client) -> None:
    """There is nothing that it could mean."""
    assert do(locked, put("1", "l"), ask("2", "get", "$1", dependsOn=["1"]) | {"if": "true"}) == "1 423, 2 404"


@pytest.mark.parametrize("name", ["$batch", "$metadata", "$all"])
def test_a_system_resource_is_no_reference(dav: Client, name: str) -> None:
    """19.1: its name is taken as it stands."""
    assert do(dav, put("batch", "a"), put("metadata", "b"), put("all", "c"), put("1", name)) == (
        "batch 201, metadata 201, all 201, 1 201"
    )
    assert dav("GET", f"/{name}").body == b"x"


def test_if_match_can_name_the_entity_tag_that_a_request_gave(dav: Client) -> None:
    """11.7.5: the unquoted reference; what was changed in between is not overwritten."""
    found = send(
        dav,
        put("1", "f", "a"),
        put("2", "f", "b", {"if-match": "$1"}, dependsOn=["1"]),
        put("3", "f", "c", {"if-match": "$1"}, dependsOn=["1"]),
        put("4", "f", "d", {"if-match": "$2"}, dependsOn=["2"]),
        ask("5", "get", "f", {"if-none-match": "$4"}, dependsOn=["4"]),
    )
    assert told(found) == "1 201, 2 204, 3 412, 4 204, 5 304"


def test_if_match_takes_the_tag_of_what_was_copied(locked: Client) -> None:
    """COPY answers without an entity-tag, but what it made has one."""
    assert do(
        locked,
        ask("1", "copy", "free", {"destination": f"{locked.base}/new"}),
        put("2", "new", "b", {"if-match": "$1"}, dependsOn=["1"]),
    ) == "1 201, 2 204"  # fmt: skip


def test_if_match_with_what_has_no_tag_does_not_hold(dav: Client) -> None:
    """A collection has none."""
    assert (
        do(dav, ask("1", "mkcol", "c/"), ask("2", "delete", "c/", {"if-match": "$1"}, dependsOn=["1"]))
        == "1 201, 2 412"
    )


def test_what_is_no_reference_in_a_header_is_left_alone(dav: Client) -> None:
    """A quoted entity-tag may start with a dollar."""
    assert do(dav, put("1", "f"), put("2", "f", "b", {"if-match": '"$1"'})) == "1 201, 2 412"


# Preferences -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefer", ["continue-on-error=false", "odata.continue-on-error=false", 'continue-on-error="false", foo']
)
def test_the_first_failure_can_end_the_batch(locked: Client, prefer: str) -> None:
    """What was done stays, what comes after is neither tried nor answered."""
    answer = send(locked, put("1", "a"), put("2", "l"), put("3", "b"), Prefer=prefer)
    assert (told(answer), answer.headers["Preference-Applied"]) == ("1 201, 2 423", "continue-on-error=false")
    assert (locked("GET", "/a").status, locked("GET", "/b").status) == (200, 404)


def test_a_group_is_answered_whole_before_the_batch_ends(locked: Client) -> None:
    """The members after the cause are tried as ever, so that every cause is found."""
    assert do(
        locked,
        put("1", "l", atomicityGroup="g"),
        put("2", "a", atomicityGroup="g"),
        put("3", "b"),
        Prefer="continue-on-error=false",
    ) == "1 423, 2 424"  # fmt: skip


def test_a_condition_that_does_not_hold_ends_the_batch_too(dav: Client) -> None:
    """Its 424 is an error as any."""
    requests = [put("1", "a", dependsOn=[]) | {"if": "false"}, put("2", "b")]
    assert do(dav, *requests, Prefer="continue-on-error=false") == "1 424"


@pytest.mark.parametrize(
    "prefer", ["", "continue-on-error", "continue-on-error=true", "continue-on-error=maybe", "return=minimal"]
)
def test_otherwise_everything_is_tried(locked: Client, prefer: str) -> None:
    """Absent, true, or not understood."""
    assert do(locked, put("1", "l"), put("2", "a"), Prefer=prefer) == "1 423, 2 201"


@pytest.mark.parametrize("prefer", ["respond-async", "Respond-Async, wait=5"])
def test_to_be_answered_later_is_refused(dav: Client, prefer: str) -> None:
    """501 with a sentence, and nothing is done."""
    answer = send(dav, put("1", "a"), Prefer=prefer)
    assert (answer.status, answer.headers["Content-Type"]) == (501, "application/problem+json")
    assert (
        json.loads(answer.body)["detail"]
        == "This server doesn't support Prefer: respond-async. Send the batch without it."
    )
    assert tree(dav) == ""


def test_return_minimal_belongs_to_the_request_inside(dav: Client) -> None:
    """RFC 8144: a PROPPATCH that asks for it gets 204."""
    dav("PUT", "/f", "x")
    minimal = proppatch("1", "f", "p")
    minimal["headers"]["prefer"] = "return=minimal"
    assert do(dav, minimal, put("2", "g", dependsOn=["1"])) == "1 204, 2 201"


# Success by the status line ----------------------------------------------------------------------


def test_by_the_letter_of_odata_a_207_is_a_success(serve: Start) -> None:
    """dependency-success: status-line does what half of all clients do."""
    client = serve(LOCKED + "dependency-success: status-line\n").client
    assert do(client, ask("1", "delete", "d/"), put("2", "new", dependsOn=["1"])) == "1 207, 2 201"


def test_by_the_letter_of_odata_a_group_stands_with_a_207_in_it(serve: Start) -> None:
    """The PROPPATCH has undone itself, and nobody else."""
    client = serve(LOCKED + "dependency-success: status-line\n").client
    assert (
        do(client, proppatch("1", "free", "D:getetag", atomicityGroup="g"), put("2", "a", atomicityGroup="g"))
        == "1 207, 2 201"
    )
    assert client("GET", "/a").status == 200


@pytest.mark.parametrize("option", ["", "dependency-success: status-line\n"])
def test_a_failure_on_the_status_line_counts_either_way(serve: Start, option: str) -> None:
    """The option is about 207 alone."""
    assert do(serve(LOCKED + option).client, put("1", "l"), put("2", "a", dependsOn=["1"])) == "1 423, 2 424"


# Causes ------------------------------------------------------------------------------------------


def test_causes_count_the_requests_inside(serve: Start) -> None:
    """The second write of the batch fails, wherever the batch begins and ends."""
    client = serve("causes: [{id: s, kind: store-fails, nth: 2}]").client
    assert do(client, put("1", "a"), put("2", "b"), put("3", "c")) == "1 201, 2 507, 3 201"


def test_a_commit_that_fails_is_that_of_the_request_inside(serve: Start) -> None:
    """It is counted once a request, and not once more for the group."""
    client = serve("causes: [{id: s, kind: store-fails, at: commit, nth: 2}]").client
    assert (
        do(client, put("1", "a", atomicityGroup="g"), put("2", "b", atomicityGroup="g"), put("3", "c"))
        == "1 424, 2 507, 3 201"
    )
    assert tree(client) == "/c=x"


def test_a_request_that_is_not_tried_meets_no_cause(serve: Start) -> None:
    """The third write is only the second that was tried."""
    client = serve("tree: {/l: {}}\ncauses: [{id: l, kind: lock, path: /l}, {id: s, kind: store-fails, nth: 2}]").client
    assert (
        do(client, put("1", "l"), put("2", "a", dependsOn=["1"]), put("3", "b"), put("4", "c"))
        == "1 423, 2 424, 3 201, 4 507"
    )


def test_a_denied_user_is_denied_inside(serve: Start) -> None:
    """Causes that let nobody in look at the request inside, also at one that reads."""
    client = serve("tree: {/p/: {}}\ncauses: [{id: d, kind: denied, path: /p/}]").client
    assert do(client, put("1", "p/f"), ask("2", "get", "p/"), put("3", "f")) == "1 403, 2 403, 3 201"


def test_a_delay_holds_up_the_batch_and_nobody_else(serve: Start) -> None:
    """It goes by the method and the path of the batch: what is inside is done in one turn."""
    client = serve("causes: [{id: d, kind: delay, methods: [PUT], milliseconds: 60000}]").client
    assert do(client, put("1", "a")) == "1 201"


# All in one turn ---------------------------------------------------------------------------------


@pytest.mark.bugs
def test_a_bug_in_one_request_undoes_the_batch(
    serve: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500, and nothing of the batch is published."""
    client = serve("").client

    def break_down(_: OpenExchange) -> None:
        raise ZeroDivisionError

    assert do(client, put("0", "before")) == "0 201"
    monkeypatch.setattr(put_method, "answer", break_down)
    assert send(client, ask("1", "mkcol", "c/"), put("2", "f")).status == 500
    monkeypatch.undo()
    assert tree(client) == "/before=x"
    assert f"A bug: POST {client.base}/$batch" in caplog.text


def test_answers_of_too_many_bytes_are_refused_one_by_one(dav: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """507 for those that don't fit any more, also for one that is streamed."""
    monkeypatch.setattr(run_batch, "MOST_ANSWERED", 1000)
    dav("PUT", "/f", b"x" * 400)
    read = [ask(str(i), "get", "f") for i in range(3)]
    assert do(
        dav,
        *read,
        ask("3", "propfind", f"{dav.base}/", {"depth": "1"}),
        ask("4", "head", "f"),
        put("5", "g", dependsOn=["2"]),
        put("6", "h"),
    ) == ("0 200, 1 200, 2 507, 3 507, 4 200, 5 424, 6 201")


def test_reads_in_vain_come_to_an_end(dav: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """After as many bytes as may be answered, no response is made that would be thrown away; other requests go on."""
    monkeypatch.setattr(run_batch, "MOST_ANSWERED", 1000)
    dav("PUT", "/f", b"x" * 600)
    made: list[object] = []
    real = get_method.answer
    monkeypatch.setattr(get_method, "answer", lambda exchange: (made.append(exchange), real(exchange))[1])
    found = do(dav, *[ask(str(number), "get", "f") for number in range(9)], put("9", "g"))
    assert found == "0 200, " + ", ".join(f"{number} 507" for number in range(1, 9)) + ", 9 201"
    assert len(made) == 3


def test_the_effort_of_all_requests_is_bounded_together(serve: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one of them may cost, all of them may cost."""
    from dav424.methods import tree_steps

    monkeypatch.setattr(tree_steps, "MOST_EFFORT", 40)
    client = serve(scenario(" ".join(f"/c{n}/ /c{n}/a=1! /c{n}/b=1!" for n in range(8)))).client
    found = do(client, *[ask(str(n), "delete", f"c{n}/") for n in range(8)], put("x", "new"))
    assert found.startswith("0 207,")
    assert found.endswith("7 507, x 201")


# The place ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/$batch", "/%24batch", "/v1.0/$batch"])
def test_options_allow_post_where_batches_go(dav: Client, path: str) -> None:
    """And nowhere else."""
    assert "POST" in dav("OPTIONS", path).headers["Allow"].split(", ")
    assert send(dav, put("1", "f"), path=path).status == 200


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", 415), ("/f", 405), ("/none", 404), ("/c/$batch", 404), ("/$batch/", 404), ("/v1.0/", 404), ("/$Batch", 404)],
)
def test_post_elsewhere_is_refused(dav: Client, path: str, expected: int) -> None:
    """With the place where batches go."""
    dav("PUT", "/f", "1")
    answer = send(dav, put("1", "f"), path=path)
    assert (answer.status, f"{dav.base}/$batch".encode() in answer.body) == (expected, True)


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/xml", "multipart/related; boundary=b", "application/problem+json"]
)
def test_a_batch_of_another_kind_is_415(dav: Client, content_type: str | None) -> None:
    """With the kinds that there are."""
    answer = dav("POST", "/$batch", "{}", {"Content-Type": content_type} if content_type else {})
    assert (answer.status, b"application/json or multipart/mixed" in answer.body) == (415, True)


def test_a_document_of_that_name_is_a_document(dav: Client) -> None:
    """Nothing but POST goes to the batch, and no document takes POST."""
    assert dav("PUT", "/$batch", "x").status == 201
    assert do(dav, put("1", "f"), ask("2", "get", "$batch")) == "1 201, 2 200"
    assert dav("GET", "/$batch").body == b"x"
    assert "POST" in dav("OPTIONS", "/$batch").headers["Allow"].split(", ")
    assert dav("DELETE", "/$batch").status == 204


def test_conditional_headers_of_the_batch_are_about_its_place(dav: Client) -> None:
    """There is nothing at /$batch, so nothing has an entity-tag there."""
    assert send(dav, put("1", "f"), If_Match="*").status == 412
    assert tree(dav) == ""


@pytest.mark.own_server
def test_the_list_of_scenarios_takes_no_batch(dav: Client) -> None:
    """It can't be changed."""
    assert Client(dav.url.removesuffix("test/"))("POST", "/$batch", "{}", JSON).status == 404


def test_as_many_requests_as_are_allowed_can_be_sent(dav: Client) -> None:
    """5,000, in one turn."""
    answer = send(dav, *[put(str(i), f"f{i}") for i in range(items.MOST_ITEMS)])
    assert len(responses(answer)) == items.MOST_ITEMS


def test_a_body_is_text_by_its_own_type(dav: Client) -> None:
    """The type that a document is stored with is that of the request inside."""
    assert do(dav, ask("1", "put", "f.html", {**TEXT, "content-type": "text/html"}, body="<p>")) == "1 201"
    assert dav("GET", "/f.html").headers["Content-Type"] == "text/html"
