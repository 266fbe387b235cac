"""The cause ``answers`` after a request was done: what was done stays, and the answer says otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dav424.journal.render import as_text
from dav424.journal.report import report
from tests.conftest import Served
from tests.methods.apple.test_bulk import CALENDAR, calendar, data, event, multiput, prop, resource
from tests.methods.microsoft.test_b_methods import batch, setting
from tests.trees import XML, do, lockinfo, scenario, tree

Serve = Callable[..., Served]
BOX = "/d/a=1 /d/s/x=2 /d/s/y=3 /e/"


def gateway(serve: Serve, more: str = "", box: str = BOX, *causes: str, atomic: bool = False) -> Served:
    """Serve the box behind a gateway that gives up: 504 although the request was done."""
    return serve(scenario(box, f"{{id: k, kind: answers, status: 504, done: true, {more}}}", *causes, atomic=atomic))


# --- a request as a whole --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("PUT /d/a new", "/d/ /d/a=new /d/s/ /d/s/x=2 /d/s/y=3 /e/"),
        ("PUT /d/n new", "/d/ /d/a=1 /d/n=new /d/s/ /d/s/x=2 /d/s/y=3 /e/"),
        ("DELETE /d/s/", "/d/ /d/a=1 /e/"),
        ("MOVE /d/s/ /e/s/", "/d/ /d/a=1 /e/ /e/s/ /e/s/x=2 /e/s/y=3"),
        ("COPY /e/ /d/n/", "/d/ /d/a=1 /d/n/ /d/s/ /d/s/x=2 /d/s/y=3 /e/"),
        ("MKCOL /d/n/", "/d/ /d/a=1 /d/n/ /d/s/ /d/s/x=2 /d/s/y=3 /e/"),
    ],
)
def test_what_was_done_stays(serve: Serve, line: str, after: str) -> None:
    """The answer is the 504 alone."""
    client = gateway(serve, f"methods: [{line.split(maxsplit=1)[0]}], path: /d").client
    assert (do(client, line), tree(client)) == ("504", after)


def test_properties_stay_set(serve: Serve) -> None:
    """A PROPPATCH is atomic, and its own Request-URI is no member."""
    client = gateway(serve, "methods: [PROPPATCH], path: /d/a").client
    assert client.say("PROPPATCH /d/a set u:a=1") == "504"
    assert client.say("PROPFIND /d/a u:a") == "207  u:a 200"


def test_a_lock_stays(serve: Serve) -> None:
    """The client never hears the token, and the resource is locked."""
    client = gateway(serve, "methods: [LOCK]").client
    answer = client("LOCK", "/d/a", lockinfo(), XML)
    assert (answer.status, "Lock-Token" in answer.headers) == (504, False)
    assert client("PUT", "/d/a", "x").status == 423


@pytest.mark.parametrize("method", ["GET", "HEAD", "PROPFIND", "OPTIONS"])
def test_a_safe_request_is_answered_too(serve: Serve, method: str) -> None:
    """Also one whose own response would be streamed."""
    client = gateway(serve, f"methods: [{method}]").client
    assert client(method, "/d/", headers={"Depth": "infinity"}).status == 504


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PUT /none/f x", "409"),
        ("DELETE /none", "404"),
        ("MOVE /d/ /d/n/", "403"),
        ("DELETE /d/", "207  /d/s/x 423 lock-token-submitted"),
        ("PROPPATCH /d/", "400"),
        ("BREW /d/", "501"),
    ],
)
def test_a_request_that_failed_keeps_its_own_answer(serve: Serve, line: str, expected: str) -> None:
    """It was not done, so it does not count."""
    served = gateway(serve, "", "/d/a=1 /d/s/x=2!")
    assert (do(served.client, line), served.world.counts) == (expected, {})


def test_a_request_that_was_not_modified_keeps_its_304(serve: Serve) -> None:
    """A 304 is not a success."""
    client = gateway(serve, "times: 1").client
    etag = serve(scenario(BOX)).client("GET", "/d/a").headers["ETag"]
    assert client("GET", "/d/a", headers={"If-None-Match": etag}).status == 304
    assert client("GET", "/d/a").status == 504


def test_the_counters_count_what_was_done(serve: Serve) -> None:
    """The second PUT that is done is answered; one that fails in between is no match."""
    client = gateway(serve, "methods: [PUT], nth: 2").client
    said = [do(client, f"PUT /d/a {text}") for text in "12"] if do(client, "PUT /none/x y") == "409" else []
    assert (said, client("GET", "/d/a").body) == (["204", "504"], b"2")


def test_the_journal_says_that_it_was_done(serve: Serve) -> None:
    """The refusal names the cause, and the things that were done are done."""
    served = gateway(serve, "methods: [MOVE]")
    do(served.client, "MOVE /d/a /e/a")
    (told,) = map(report, served.space.journal)
    assert told.refused is not None
    assert (told.refused.cause, told.refused.status) == ("k", 504)
    assert told.refused.detail == "The scenario answers MOVE /d/a with 504 after it was done."
    assert [(each.verb, each.path, each.status) for each in told.facts] == [("move", "/e/a", 201)]
    assert "after it was done" in as_text(told)


# --- members ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "line", "expected", "after"),
    [
        ("/d/s/x", "DELETE /d/", "207  /d/s/x 504", "/d/ /d/s/ /e/"),
        ("/d/s", "DELETE /d/", "207  /d/s/ 504", "/d/ /e/"),
        ("/d/s/x", "MOVE /d/ /n/", "207  /d/s/x 504", "/d/ /d/s/ /e/ /n/ /n/a=1 /n/s/ /n/s/x=2 /n/s/y=3"),
        ("/d/s", "MOVE /d/ /n/", "207  /d/s/ 504", "/d/ /e/ /n/ /n/a=1 /n/s/ /n/s/x=2 /n/s/y=3"),
        ("/e/a", "MOVE /d/ /e/", "207  /e/a 504", "/d/ /e/ /e/a=1 /e/s/ /e/s/x=2 /e/s/y=3"),
        (
            "/d/s",
            "COPY /d/ /n/",
            "207  /d/s/ 504",
            "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/ /n/ /n/a=1 /n/s/ /n/s/x=2 /n/s/y=3",
        ),
        ("/e/old", "COPY /d/s/ /e/", "207  /e/old 504", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/ /e/x=2 /e/y=3"),
    ],
)
def test_a_member_that_was_done_stays_done(serve: Serve, path: str, line: str, expected: str, after: str) -> None:
    """The 207 names it, and what depends on it is not done: its collection keeps its place."""
    box = BOX.replace("/e/", "/e/old=4") if path == "/e/old" else BOX
    client = gateway(serve, f"path: {path}, methods: [DELETE, COPY, MOVE]", box).client
    assert (do(client, line), tree(client)) == (expected, after)


def test_all_members_below_a_copied_collection_arrive(serve: Serve) -> None:
    """Also where some of them need steps of their own, because another cause refuses one of them."""
    other = "{id: o, kind: denied, path: /d/s/x, methods: [COPY]}"
    client = gateway(serve, "path: /d/s, methods: [COPY]", BOX, other).client
    assert do(client, "COPY /d/ /n/") == "207  /d/s/x 403 need-privileges, /d/s/ 504"
    assert tree(client, "/n/") == "/n/ /n/a=1 /n/s/ /n/s/y=3"


def test_a_member_that_was_not_done_is_no_match(serve: Serve) -> None:
    """The lock refuses it, and the next one counts."""
    served = gateway(serve, "path: /d/s/x, times: 1", "/d/s/x=2!")
    assert do(served.client, "DELETE /d/") == "207  /d/s/x 423 lock-token-submitted"
    assert served.world.counts == {}


def test_a_write_counts_once(serve: Serve) -> None:
    """The step that raises the answer is no write: the store that fails at the third write does not meet it."""
    store = "{id: s, kind: store-fails, path: /d, nth: 3}"
    client = gateway(serve, "path: /d/a, methods: [DELETE]", "/d/a=1 /d/b=2", store).client
    assert do(client, "DELETE /d/").startswith("207")
    assert client("GET", "/d/a").status == 404


def test_in_an_atomic_operation_it_is_undone_with_the_rest(serve: Serve) -> None:
    """A cause without methods is about other requests, too, so check can't refuse it for a member at the top."""
    client = gateway(serve, "path: /d", "/d/a=1", atomic=True).client
    assert do(client, "DELETE /d/") == "504"
    assert tree(client) == ""


def test_the_journal_names_a_member_once(serve: Serve) -> None:
    """With its 504 and its cause; its collection is a 424 because of it."""
    served = gateway(serve, "path: /d/a, methods: [DELETE]", "/d/a=1")
    do(served.client, "DELETE /d/")
    (told,) = map(report, served.space.journal)
    assert [(each.path, each.status, each.cause) for each in told.facts] == [("/d/a", 504, "k"), ("/d", 424, None)]


# --- the parts of a request ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "inside", "headers", "expected"),
    [
        ("BDELETE", "", {}, "207  /c/a 504"),
        ("BPROPPATCH", setting("u:t"), {}, "207  /c/a: 504, /c/b:u:t 200"),
        ("BPROPPATCH", setting("u:t"), {"Brief": "t"}, "207  /c/a 504"),
        ("BPROPFIND", "<D:prop><u:no/></D:prop>", {}, "207  /c/a: 504, /c/b:u:no 404"),
        ("BMOVE", "", {"Destination": "{base}/e/"}, "207  /c/a 504"),
        ("BCOPY", "", {"Destination": "{base}/e/"}, "207  /c/a 504"),
    ],
)
def test_a_target_that_was_done_is_answered(
    serve: Serve, method: str, inside: str, headers: dict[str, str], expected: str
) -> None:
    """The 207 has its 504, and what was done stays."""
    client = gateway(serve, f"path: /c/a, methods: [{method}]", "/c/a=1 /c/b=2 /e/").client
    assert batch(client, method, "a", "b", headers=headers, inside=inside) == expected
    seen = {"BDELETE": "/c/ /e/", "BMOVE": "/c/ /e/ /e/a=1 /e/b=2", "BCOPY": "/c/ /c/a=1 /c/b=2 /e/ /e/a=1 /e/b=2"}
    assert tree(client) == seen.get(method, "/c/ /c/a=1 /c/b=2 /e/")
    if method == "BPROPPATCH":
        assert client.say("PROPFIND /c/a u:t") == "207  u:t 200"


def test_a_b_method_is_answered_as_a_whole_at_its_collection(serve: Serve) -> None:
    """Then none of its targets is answered for itself."""
    client = gateway(serve, "path: /c, methods: [BDELETE]", "/c/a=1 /c/b=2").client
    assert (batch(client, "BDELETE", "a", "b"), tree(client)) == ("504", "/c/")


def test_a_resource_of_a_multiput_is_stored_and_answered(serve: Serve) -> None:
    """Its content and its properties are there."""
    client = gateway(serve, "path: /c/a.ics, methods: [PUT]", "/c/a.ics=x /c/b=1").client
    answer = multiput(client, resource(data(calendar(event("u"))), prop("u:t"), href="a.ics"))
    assert [(each.href, each.status) for each in answer.reported] == [("/c/a.ics", 504)]
    assert b"UID:u" in client("GET", "/c/a.ics").body
    assert client.say("PROPFIND /c/a.ics u:t") == "207  u:t 200"


def test_an_imported_object_is_stored_and_answered(serve: Serve) -> None:
    """Simple import: each object is a PUT."""
    client = gateway(serve, "path: /c/u.ics, methods: [PUT]", "/c/").client
    answer = client("POST", "/c/", calendar(event("u"), event("v")), CALENDAR)
    assert [each.status for each in answer.reported if each.status != 200] == [504]
    assert b"UID:u" in client("GET", "/c/u.ics").body


# --- derived documents -----------------------------------------------------------------------------------------------

DERIVED = "tree: {/a: {content: A}, /b: {from: [a]}, /c: {from: [b, a]}}\n"


@pytest.mark.parametrize(
    ("path", "asked", "status", "causes"),
    [
        ("/a", "/b", 424, ["/a"]),
        ("/a", "/c", 424, ["/a"]),
        ("/b", "/c", 424, ["/b"]),
        ("/b", "/b", 504, []),
        ("/", "/c", 504, []),
    ],
)
def test_a_source_that_was_read_is_answered(
    serve: Serve, path: str, asked: str, status: int, causes: list[str]
) -> None:
    """The document depends on it: 424. A cause at the document itself answers the request as a whole."""
    cause = f"{{id: k, kind: answers, status: 504, done: true, path: {path}}}"
    client = serve(f"{DERIVED}causes: [{cause}]").client
    answer = client("GET", asked)
    assert answer.status == status
    if status == 424:
        hrefs = [each["href"].removeprefix(client.base) for each in json.loads(answer.body)["causes"]]
        assert hrefs == causes
