"""Exchange's batch methods on a real socket: each target is what the plain method alone would do there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from tests.client import Client, told
from tests.conftest import Served
from tests.trees import XML, do, holding, lock, scenario, token, tree

PROTECTED = "{id: p, kind: protected-property, property: '{urn:u}no', path: %s}"
BOX = "/c/a=1 /c/b=2 /c/d/x=3"


def targets(*hrefs: str) -> str:
    """Write a DAV:target; ``href>dest`` has a DAV:dest of its own."""
    parts = []
    for each in hrefs:
        href, _, dest = each.partition(">")
        parts.append(f"<D:target><D:href>{href}</D:href>{f'<D:dest>{dest}</D:dest>' if dest else ''}</D:target>")
    return "".join(parts)


def body(root: str, *hrefs: str, inside: str = "") -> str:
    """Write a body with targets."""
    return f'<D:{root} xmlns:D="DAV:" xmlns:u="urn:u">{targets(*hrefs)}{inside}</D:{root}>'


def setting(*names: str) -> str:
    """Write a DAV:set of properties."""
    return "".join(f"<D:set><D:prop><{name}>1</{name}></D:prop></D:set>" for name in names)


def batch(client: Client, method: str, *hrefs: str, headers: dict[str, str] | None = None, inside: str = "") -> str:
    """Send a B method to /c/ and tell what came of it."""
    root = {"BPROPPATCH": "propertyupdate", "BPROPFIND": "propfind"}.get(method, method[1:].lower())
    return said(client, method, body(root, *hrefs, inside=inside), headers)


def said(client: Client, method: str, content: str, headers: dict[str, str] | None = None) -> str:
    answer = client(method, "/c/", content, {**XML, **(headers or {})})
    if any(each.property for each in answer.reported):
        lines = [f"{each.href}:{short(each.property)} {each.status}" for each in answer.reported]
        return f"{answer.status}  {', '.join(lines)}"
    return told(answer)


def short(name: str | None) -> str:
    return (name or "").replace("{urn:u}", "u:").replace("{DAV:}", "D:")


@pytest.fixture
def c(serve: Callable[[str], Served]) -> Client:
    """A collection with two documents and a collection."""
    return serve(scenario(BOX)).client


# BPROPPATCH --------------------------------------------------------------------------------------


def test_the_same_is_set_on_each_target(c: Client) -> None:
    assert batch(c, "BPROPPATCH", "a", f"{c.base}/c/b", inside=setting("u:t")) == "207  /c/a:u:t 200, /c/b:u:t 200"
    assert c.say("PROPFIND /c/a u:t") == c.say("PROPFIND /c/b u:t") == "207  u:t 200"


def test_one_target_fails_as_a_whole_and_the_other_is_done(serve: Callable[[str], Served]) -> None:
    """424 within a target only: nothing of it is stored, and all of the other."""
    client = serve(scenario(BOX, PROTECTED % "/c/a")).client
    told = batch(client, "BPROPPATCH", "a", "b", inside=setting("u:t", "u:no"))
    assert told == "207  /c/a:u:t 424, /c/a:u:no 403, /c/b:u:t 200, /c/b:u:no 200"
    assert client.say("PROPFIND /c/a u:t") == "207  u:t 404"


def test_a_424_names_its_own_targets_cause(serve: Callable[[str], Served]) -> None:
    """Positions count through the whole batch; the reason is the one of the same target."""
    client = serve(scenario(BOX, PROTECTED % "/c/b")).client
    answer = client("BPROPPATCH", "/c/", body("propertyupdate", "a", "b", inside=setting("u:t", "u:no")), XML)
    (dependent,) = [each for each in answer.reported if each.status == 424]
    assert (dependent.href, dependent.description) == (
        "/c/b",
        "Not done, because this failed: set {urn:u}no (403 Forbidden).",
    )


def test_what_is_missing_is_404_beside_what_is_done(c: Client) -> None:
    answer = c("BPROPPATCH", "/c/", body("propertyupdate", "no", "a", inside=setting("u:t")), XML)
    assert [(each.href, each.status) for each in answer.reported] == [("/c/no", 404), ("/c/a", 200)]


def test_a_locked_target_is_423_with_its_condition(serve: Callable[[str], Served]) -> None:
    client = serve(scenario("/c/a=1! /c/b=2")).client
    answer = client("BPROPPATCH", "/c/", body("propertyupdate", "a", "b", inside=setting("u:t")), XML)
    assert [(each.href, each.status) for each in answer.reported] == [("/c/a", 423), ("/c/b", 200)]
    assert answer.reported[0].condition == "{DAV:}lock-token-submitted"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"Brief": "t"}, "200"), ({"Brief": "f"}, "207  /c/a:u:t 200"), ({"Prefer": "return=minimal"}, "204")],
)
def test_brief_and_minimal_shrink_a_success(c: Client, headers: dict[str, str], expected: str) -> None:
    assert batch(c, "BPROPPATCH", "a", inside=setting("u:t"), headers=headers) == expected


def test_brief_leaves_the_failures(serve: Callable[[str], Served]) -> None:
    client = serve(scenario(BOX, PROTECTED % "/c/a")).client
    told = batch(client, "BPROPPATCH", "a", "b", inside=setting("u:t", "u:no"), headers={"Brief": "t"})
    assert told == "207  /c/a:u:t 424, /c/a:u:no 403"


# BPROPFIND ---------------------------------------------------------------------------------------


def test_properties_of_several_targets(c: Client) -> None:
    inside = "<D:prop><D:getcontentlength/></D:prop>"
    told = batch(c, "BPROPFIND", "a", "d/", "no", inside=inside, headers={"Depth": "0"})
    assert told == "207  /c/a:D:getcontentlength 200, /c/d/:D:getcontentlength 404, /c/no: 404"


def test_overlapping_targets_are_told_once(c: Client) -> None:
    inside = "<D:prop><D:resourcetype/></D:prop>"
    told = batch(c, "BPROPFIND", "d/x", "d/", inside=inside, headers={"Depth": "1"})
    assert told == "207  /c/d/x:D:resourcetype 200, /c/d/:D:resourcetype 200"


def test_brief_leaves_out_what_is_not_there(c: Client) -> None:
    inside = "<D:prop><D:resourcetype/><u:t/></D:prop>"
    told = batch(c, "BPROPFIND", "a", inside=inside, headers={"Depth": "0", "Brief": "t"})
    assert told == "207  /c/a:D:resourcetype 200"


# BDELETE -----------------------------------------------------------------------------------------


def test_all_targets_are_deleted(c: Client) -> None:
    assert batch(c, "BDELETE", "a", "d") == "204"
    assert tree(c) == "/c/ /c/b=2"


def test_a_locked_member_stays_with_its_collection_and_the_other_targets_go(serve: Callable[[str], Served]) -> None:
    client = serve(scenario("/c/a=1 /c/d/x=3! /c/d/y=4")).client
    assert batch(client, "BDELETE", "d/", "no", "a") == "207  /c/d/x 423 lock-token-submitted, /c/no 404"
    assert tree(client) == "/c/ /c/d/ /c/d/x=3!"


def test_a_target_sees_what_was_done_before_it(c: Client) -> None:
    """The member went with its collection."""
    assert batch(c, "BDELETE", "d/", "d/x") == "207  /c/d/x 404"
    assert tree(c) == "/c/ /c/a=1 /c/b=2"


def test_tokens_of_tagged_lists_count_for_all_targets(c: Client) -> None:
    """The header is judged once: the first target is gone when the second has its turn."""
    one, two = token(c, "/c/a"), token(c, "/c/b")
    assert batch(c, "BDELETE", "a", "b", headers=holding("/c/a", one)) == "207  /c/b 423 lock-token-submitted"
    assert batch(c, "BDELETE", "b", "d", headers=holding("/c/b", two)) == "204"
    assert tree(c) == "/c/"


def test_no_tagged_list_that_holds_is_412_for_all(c: Client) -> None:
    assert batch(c, "BDELETE", "a", headers=holding("/c/b", "<urn:uuid:no>")) == "412"
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /c/d/ /c/d/x=3"


def test_an_untagged_list_is_about_each_target(c: Client) -> None:
    held = token(c, "/c/a")
    assert batch(c, "BDELETE", "a", "b", headers={"If": f"({held})"}) == "207  /c/b 412"


# BCOPY, BMOVE ------------------------------------------------------------------------------------


def test_targets_go_into_the_destination(c: Client) -> None:
    do(c, "MKCOL /e/")
    assert batch(c, "BMOVE", "a", "d", headers={"Destination": "{base}/e/"}) == "201"
    assert tree(c) == "/c/ /c/b=2 /e/ /e/a=1 /e/d/ /e/d/x=3"


def test_a_target_may_have_a_destination_of_its_own(c: Client) -> None:
    """A relative DAV:dest is relative to the Destination, and without one to the Request-URI."""
    do(c, "MKCOL /e/")
    assert batch(c, "BCOPY", "a>n", "b", headers={"Destination": "{base}/e/"}) == "201"
    assert batch(c, "BCOPY", "a>n", f"b>{c.base}/e/b") == "207  /c/a 201, /c/b 204"
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /c/d/ /c/d/x=3 /c/n=1 /e/ /e/b=2 /e/n=1"


def test_what_can_not_be_moved_is_named_and_the_rest_is_done(serve: Callable[[str], Served]) -> None:
    client = serve(scenario("/c/a=1! /c/b=2 /c/d/x=3 /c/d/y=4! /e/")).client
    told = batch(client, "BMOVE", "a", "b", "d", headers={"Destination": "{base}/e/"})
    assert told == "207  /c/a 423 lock-token-submitted, /c/d/y 423 lock-token-submitted"
    assert tree(client) == "/c/ /c/a=1! /c/d/ /c/d/y=4! /e/ /e/b=2 /e/d/ /e/d/x=3"


def test_a_destination_that_is_no_collection_is_409_for_each(c: Client) -> None:
    assert batch(c, "BCOPY", "a", "b", headers={"Destination": "{base}/no/"}) == "207  /c/a 409, /c/b 409"


def test_overwrite_is_asked_at_each_target(c: Client) -> None:
    do(c, "MKCOL /e/")
    do(c, "PUT /e/a 9")
    headers = {"Destination": "{base}/e/", "Overwrite": "F"}
    assert batch(c, "BCOPY", "a", "b", headers=headers) == "207  /c/a 412"
    assert tree(c, "/e/") == "/e/ /e/a=9 /e/b=2"


# Transactions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["BPROPPATCH", "BPROPFIND", "BDELETE", "BCOPY", "BMOVE"])
def test_a_transaction_is_424_method_failure(c: Client, method: str) -> None:
    """Exchange's tables: the method cannot be supported in a transaction. Nothing is done."""
    root = {"BPROPPATCH": "propertyupdate", "BPROPFIND": "propfind"}.get(method, method[1:].lower())
    inside = {"BPROPPATCH": setting("u:t"), "BPROPFIND": "<D:allprop/>"}.get(method, "")
    headers = {**XML, "Transaction": "<urn:uuid:t>", "Destination": "{base}/e/"}
    answer = c(method, "/c/", body(root, "a", inside=inside), headers)
    assert (answer.status, answer.reason) == (424, "Method Failure")
    assert b"because this failed: begin a transaction (501 Not Implemented)" in answer.body
    assert b"RFC 4918 11.4" in answer.body
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /c/d/ /c/d/x=3"


# Causes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("{id: x, kind: read-only, path: /c/a}", "207  /c/a 403"),
        ("{id: x, kind: denied, path: /c/a}", "207  /c/a 403 need-privileges"),
        ("{id: x, kind: denied, path: /c/a, methods: [DELETE]}", "207  /c/a 403 need-privileges"),
        ("{id: x, kind: denied, path: /c/, methods: [BDELETE]}", "403 need-privileges"),
        ("{id: x, kind: store-fails, path: /c/a}", "207  /c/a 507 sufficient-disk-space"),
        ("{id: x, kind: store-fails, path: /c/a, at: commit}", "207  /c/a 507 sufficient-disk-space"),
        ("{id: x, kind: store-fails, nth: 1}", "207  /c/a 507 sufficient-disk-space"),
    ],
)
def test_a_cause_stops_the_target_that_it_speaks_of(serve: Callable[[str], Served], cause: str, expected: str) -> None:
    client = serve(scenario(BOX, cause)).client
    assert batch(client, "BDELETE", "a", "b") == expected


def test_what_is_not_tried_is_not_counted(serve: Callable[[str], Served]) -> None:
    """The missing target meets no store; the first write is the next one's."""
    client = serve(scenario(BOX, "{id: x, kind: store-fails, nth: 1}")).client
    assert batch(client, "BDELETE", "no", "a", "b") == "207  /c/no 404, /c/a 507 sufficient-disk-space"


@pytest.mark.parametrize("method", ["BPROPPATCH", "BPROPFIND", "BDELETE", "BCOPY", "BMOVE", "ORDERPATCH", "POST"])
def test_a_delay_holds_a_batch_up(serve: Callable[[str], Served], method: str) -> None:
    """Once for the request, however many targets it has."""
    served = serve(scenario(BOX, f"{{id: d, kind: delay, methods: [{method}], milliseconds: 150}}"))
    slept: list[float] = []
    served.world.pause = lambda seconds, **_: slept.append(seconds)
    served.client(method, "/c/", body("delete", "a", "b"), XML)
    assert slept == [0.15]


def test_a_quota_stops_the_target_that_goes_over_it(serve: Callable[[str], Served]) -> None:
    client = serve(scenario("/c/a=12345678 /c/b=2 /e/", "{id: q, kind: quota, path: /e/, bytes: 4}")).client
    assert batch(client, "BCOPY", "a", "b", headers={"Destination": "{base}/e/"}) == "207  /c/a 507 quota-not-exceeded"
    assert tree(client, "/e/") == "/e/ /e/b=2"


def test_the_request_succeeds_once_the_cause_is_gone(serve: Callable[[str], Served]) -> None:
    served = serve(scenario("/c/a=1! /c/b=2"))
    assert batch(served.client, "BDELETE", "a") == "207  /c/a 423 lock-token-submitted"
    served.world.change_causes({"lock.c.a": None})
    assert batch(served.client, "BDELETE", "a") == "204"


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.own_server
@pytest.mark.parametrize(
    ("method", "content", "status", "words"),
    [
        ("BDELETE", "", 400, "not well-formed"),
        ("BDELETE", "<D:delete xmlns:D='DAV:'/>", 400, "has no target"),
        ("BDELETE", "<D:delete xmlns:D='DAV:'><D:target/></D:delete>", 400, "has no DAV:href"),
        ("BDELETE", body("delete", " "), 400, "DAV:href is empty"),
        ("BDELETE", body("delete", "a", "/test/c/a"), 400, "occurs twice"),
        ("BDELETE", body("delete", "../b"), 400, "dot segments"),
        ("BDELETE", body("delete", "a%"), 400, "neither"),
        ("BDELETE", body("delete", "a b"), 400, "neither"),
        ("BDELETE", body("delete", "/test/e"), 403, "outside of the Request-URI, /c/"),
        ("BDELETE", body("delete", "/other/c/a"), 403, "outside of this scenario"),
        ("BDELETE", body("delete", "http://x.example/elsewhere"), 403, "outside of this scenario"),
        ("BDELETE", body("copy", "a"), 400, "DAV:delete"),
        ("BDELETE", body("delete", *(f"n{i}" for i in range(1001))), 413, "1000 targets"),
        ("BCOPY", body("copy", "a"), 400, "Destination"),
        ("BCOPY", body("copy", "a>n", "b>n"), 400, "occurs twice"),
        ("BCOPY", body("copy", "a>"), 400, "Destination"),
        ("BMOVE", body("move", "a>/other/x"), 403, "outside of this scenario"),
        (
            "BMOVE",
            '<D:move xmlns:D="DAV:"><D:target><D:href>a</D:href><D:href>b</D:href><D:dest>n</D:dest></D:target></D:move>',
            400,
            "exactly one",
        ),
        ("BPROPPATCH", body("propertyupdate", "a"), 400, "names no property"),
        ("BPROPPATCH", body("propertyupdate", inside=setting("u:t")), 400, "has no target"),
        ("BPROPFIND", body("propfind", "a"), 400, "exactly one of"),
    ],
)
def test_a_bad_body_is_refused_as_a_whole(c: Client, method: str, content: str, status: int, words: str) -> None:
    """What was wrong is said, and nothing is done."""
    answer = c(method, "/c/", content, {**XML, "Depth": "0"} if method == "BPROPFIND" else XML)
    assert (answer.status, words) == (status, words if words in answer.body.decode() else answer.body.decode())
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /c/d/ /c/d/x=3"


def test_the_root_of_a_scenario_has_no_name_to_go_by(c: Client) -> None:
    """It can't be put into a collection."""
    answer = c("BCOPY", "/", body("copy", f"{c.base}/"), {**XML, "Destination": "{base}/c/"})
    assert (answer.status, b"root collection" in answer.body) == (403, True)


@pytest.mark.parametrize("headers", [{"Brief": "yes"}, {"Transaction": "t"}, {"Transaction": "<>"}, {"If": "x"}])
def test_a_bad_header_is_400(c: Client, headers: dict[str, str]) -> None:
    assert batch(c, "BPROPPATCH", "a", inside=setting("u:t"), headers=headers) == "400"
    assert c.say("PROPFIND /c/a u:t") == "207  u:t 404"


@pytest.mark.parametrize("method", ["BPROPPATCH", "BPROPFIND", "BDELETE", "BCOPY", "BMOVE"])
@pytest.mark.parametrize(("path", "status"), [("/no/", 404), ("/c/a", 405)])
def test_the_scope_is_a_collection(c: Client, method: str, path: str, status: int) -> None:
    answer = c(method, path, body(method[1:].lower(), "a"), XML)
    assert answer.status == status
    if status == 405:
        assert method not in answer.headers["Allow"].split(", ")


def test_options_lists_them_for_collections(c: Client) -> None:
    allowed = c("OPTIONS", "/c/").headers["Allow"].split(", ")
    assert {"BPROPPATCH", "BPROPFIND", "BDELETE", "BCOPY", "BMOVE"} <= {*allowed}


def test_a_lock_of_ones_own_needs_its_token_as_ever(c: Client) -> None:
    assert lock(c, "/c/a").status == 200
    assert batch(c, "BDELETE", "a") == "207  /c/a 423 lock-token-submitted"


def test_hrefs_in_answers_are_encoded(c: Client) -> None:
    answer = c("BDELETE", "/c/", body("delete", "gr%C3%BCn%20x"), XML)
    assert [each.text for each in etree.fromstring(answer.body).iter("{DAV:}href")] == [f"{c.base}/c/gr%C3%BCn%20x"]
