"""The cause ``answers`` before anything is done: any status, on any method, with the headers that the status demands."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing

import pytest

from dav424.journal.render import as_text
from dav424.journal.report import report
from tests.client import statuses
from tests.conftest import Served
from tests.methods.apple.test_bulk import calendar, data, event, multiput, prop, resource
from tests.methods.microsoft.test_b_methods import batch, setting
from tests.trees import XML, do, lockinfo, scenario, tree
from tests.wire.test_expect import Waiting

Serve = Callable[..., Served]
BOX = "/d/a=1 /d/s/x=2 /d/s/y=3 /e/"


def answering(serve: Serve, status: int, more: str = "", box: str = BOX, *, atomic: bool = False) -> Served:
    """Serve the box with one cause of the kind."""
    return serve(scenario(box, f"{{id: k, kind: answers, status: {status}, {more}}}", atomic=atomic))


# --- a request as a whole --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (301, "Moved Permanently"),
        (302, "Found"),
        (307, "Temporary Redirect"),
        (402, "Payment Required"),
        (451, "Unavailable For Legal Reasons"),
        (503, "Service Unavailable"),
        (508, "Loop Detected"),
        (399, "Unknown"),
        (599, "Unknown"),
    ],
)
@pytest.mark.parametrize(
    "method", ["GET", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK", "OPTIONS", "COPY", "MOVE", "POST"]
)
def test_any_status_answers_any_method(serve: Serve, method: str, status: int, phrase: str) -> None:
    """Nothing is done, and the body is a sentence unless the scenario has one."""
    served = answering(serve, status, f"methods: [{method}], path: /d/a")
    answer = served.client(method, "/d/a", headers={"Destination": "{base}/n"})
    assert (answer.status, answer.reason) == (status, phrase)
    assert answer.body.decode() == f"The scenario answers {method} /d/a with {status}.\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    if method not in ("GET", "PROPFIND"):
        assert tree(served.client) == "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/"


@pytest.mark.parametrize("method", ["PATCH", "ACL", "SEARCH", "TRACE"])
def test_methods_that_the_server_lacks_are_answered_too(serve: Serve, method: str) -> None:
    """Before the 405 or the 501, counted, and recorded in the journal with its cause."""
    served = answering(serve, 429, f"methods: [{method}], path: /d, times: 1, headers: {{Retry-After: '7'}}")
    first = served.client(method, "/d/a", "body")
    assert (first.status, first.headers["Retry-After"]) == (429, "7")
    (entry,) = served.space.journal
    assert (entry.refused is not None and entry.refused.by, entry.request.method) == ("k", method)
    assert served.client(method, "/d/a").status == (405 if method in ("PATCH", "TRACE") else 501)


def test_a_cause_without_methods_answers_unknown_methods(serve: Serve) -> None:
    """A server that is down is down for every method; other kinds of causes leave such methods alone."""
    assert answering(serve, 503).client("BREW", "/d/a").status == 503
    assert serve(scenario(BOX, "{id: k, kind: denied}")).client("BREW", "/d/a").status == 501


def test_the_second_request_is_throttled_once(serve: Serve) -> None:
    """Counted as all causes are: 429 with Retry-After, and then the same request works."""
    client = answering(serve, 429, "methods: [PUT], path: /d, nth: 2, headers: {Retry-After: '7'}").client
    said = [client("PUT", "/d/a", text) for text in "xyz"]
    assert [(each.status, each.headers.get("Retry-After")) for each in said] == [(204, None), (429, "7"), (204, None)]
    assert client("GET", "/d/a").body == b"z"


def test_users_choose_whom_it_answers(serve: Serve) -> None:
    """As with the other kinds that are about requests."""
    cause = "{id: k, kind: answers, status: 402, users: [ann]}"
    served = serve(f"users: {{ann: a, bob: b}}\nauth: basic\n{scenario(BOX, cause)}")
    login = {"ann": "Basic YW5uOmE=", "bob": "Basic Ym9iOmI="}
    said = {user: served.client("GET", "/d/a", headers={"Authorization": login[user]}).status for user in login}
    assert said == {"ann": 402, "bob": 200}


def test_the_destination_counts(serve: Serve) -> None:
    """A COPY is answered at its source and at its destination."""
    client = answering(serve, 503, "methods: [COPY], path: /e").client
    assert (do(client, "COPY /d/a /e/a"), do(client, "COPY /e/ /n/"), do(client, "MOVE /d/a /e/a")) == (
        "503",
        "503",
        "201",
    )


def test_the_scenario_writes_headers_and_body(serve: Serve) -> None:
    """{base} is the path of the scenario, and the Content-Type is that of the headers."""
    headers = "{Location: '{base}/elsewhere', content-type: application/json, X-Two: a b, X-Empty: ''}"
    body = """'{"see": "{base}/elsewhere"}'"""
    client = answering(serve, 307, f"path: /d, headers: {headers}, body: {body}").client
    answer = client("GET", "/d/a")
    assert (answer.status, answer.headers["Location"]) == (307, f"{client.base}/elsewhere")
    assert json.loads(answer.body) == {"see": f"{client.base}/elsewhere"}
    assert (answer.headers["Content-Type"], answer.headers["X-Two"], answer.headers["X-Empty"]) == (
        "application/json",
        "a b",
        "",
    )
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_an_empty_body_is_empty(serve: Serve) -> None:
    """It has no type either."""
    answer = answering(serve, 503, "body: ''").client("GET", "/d/a")
    assert (answer.body, answer.headers["Content-Length"], "Content-Type" in answer.headers) == (b"", "0", False)


def test_a_body_may_have_any_character(serve: Serve) -> None:
    """The body is UTF-8, and a header value is Latin-1."""
    answer = answering(serve, 503, "body: 'später ☂', headers: {X-When: später}").client("GET", "/d/a")
    assert (answer.body.decode(), answer.headers["X-When"]) == ("später ☂", "später")


def test_a_head_has_the_headers_of_a_get(serve: Serve) -> None:
    """And no body."""
    client = answering(serve, 503, "headers: {Retry-After: '7'}, body: Later").client
    get, head = client("GET", "/d/a"), client("HEAD", "/d/a")
    wanted = ("Content-Type", "Content-Length", "Retry-After")
    assert [head.headers[name] for name in wanted] == [get.headers[name] for name in wanted]
    assert (head.status, head.body, head.headers["Content-Length"]) == (503, b"", "5")


# --- what a status demands -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "method", "name", "value"),
    [
        (405, "MKCOL", "Allow", "OPTIONS, LOCK, PUT, MKCALENDAR"),
        (407, "GET", "Proxy-Authenticate", 'Basic realm="{world}"'),
        (416, "GET", "Content-Range", "bytes */1"),
        (426, "GET", "Upgrade", "HTTP/2.0"),
        (426, "GET", "Connection", "Upgrade"),
    ],
)
def test_what_a_status_demands_is_added(serve: Serve, status: int, method: str, name: str, value: str) -> None:
    """RFC 9110 15.5: each of these headers must or should stand beside its status."""
    served = answering(serve, status, "path: /d")
    path = "/d/new" if method == "MKCOL" else "/d/a"
    answer = served.client(method, path)
    assert (answer.status, answer.headers.get(name)) == (status, value.replace("{world}", served.world.name))


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (405, "Allow"),
        (401, "WWW-Authenticate"),
        (407, "Proxy-Authenticate"),
        (416, "Content-Range"),
        (426, "Upgrade"),
        (415, "Accept-Encoding"),
    ],
)
def test_what_the_scenario_writes_is_not_doubled(serve: Serve, status: int, name: str) -> None:
    """In any case of letters."""
    client = answering(serve, status, f"headers: {{{name.lower()}: own}}").client
    received = client.raw(
        b"PUT {base}/d/a HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    fields = [line.partition(":") for line in received.decode().partition("\r\n\r\n")[0].split("\r\n")[1:]]
    assert [value.strip() for field, _, value in fields if field.lower() == name.lower()] == ["own"]


def test_a_401_has_a_challenge_without_users_too(serve: Serve) -> None:
    """RFC 9110 15.5.2: a 401 must have one."""
    answer = answering(serve, 401).client("GET", "/d/a")
    assert answer.status == 401
    assert "Basic realm=" in answer.headers["WWW-Authenticate"] or "Digest realm=" in answer.headers["WWW-Authenticate"]


def test_a_415_names_codings_after_a_coding_alone(serve: Serve) -> None:
    """RFC 9110 12.5.3: Accept-Encoding in a 415 says that the coding was the reason."""
    client = answering(serve, 415).client
    assert client("PUT", "/d/a", "x", {"Content-Encoding": "gzip"}).headers["Accept-Encoding"] == "identity"
    assert "Accept-Encoding" not in client("PUT", "/d/a", "x").headers


def test_a_304_has_an_entity_tag_and_no_body(serve: Serve) -> None:
    """RFC 9110 15.4.5, also on a connection that goes on."""
    client = answering(serve, 304, "path: /d/a, times: 1").client
    answer = client("GET", "/d/a")
    assert (answer.status, answer.body, "Content-Type" in answer.headers) == (304, b"", False)
    again = client("GET", "/d/a")
    assert (again.status, again.headers["ETag"]) == (200, answer.headers["ETag"])


def test_a_405_for_an_existing_resource_leaves_its_method_out(serve: Serve) -> None:
    """Allow lists all others that the resource takes."""
    allow = answering(serve, 405, "methods: [PUT]").client("PUT", "/d/a", "x").headers["Allow"].split(", ")
    assert "PUT" not in allow
    assert {"GET", "DELETE", "PROPFIND"} <= set(allow)


# --- chunks ----------------------------------------------------------------------------------------------------------

CHUNKED = (
    b"PUT {base}%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n"
)


def test_chunks_alone_are_answered_with_411(serve: Serve) -> None:
    """A PUT with a length works, and one in chunks stores nothing."""
    client = answering(serve, 411, "chunked: true, methods: [PUT]").client
    assert statuses(client.raw(CHUNKED % b"/d/a")) == [411]
    assert client("GET", "/d/a").body == b"1"
    assert client("PUT", "/d/a", "y").status == 204


def test_a_client_that_waits_hears_the_411_before_it_sends_chunks(serve: Serve) -> None:
    """The head decides, so there is no 100 Continue."""
    client = answering(serve, 411, "chunked: true").client
    with closing(Waiting(client, "PUT /d/a", "Transfer-Encoding: chunked")) as waiting:
        assert waiting.told == [411]


def test_the_parts_of_a_chunked_request_are_chunked(serve: Serve) -> None:
    """A target of a B method and a resource of a multiput are; a request of a batch has a length of its own."""
    cause = "chunked: true, path: /c/a.ics"
    body = '<D:delete xmlns:D="DAV:"><D:target><D:href>a.ics</D:href></D:target></D:delete>'
    served = answering(serve, 411, cause, "/c/a.ics=x /c/b=2")

    def chunked(method: str, path: str, content: str, kind: str = "application/xml") -> bytes:
        head = f"{method} {{base}}{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nConnection: close\r\n"
        sent = content.encode()
        return served.client.raw(
            f"{head}Transfer-Encoding: chunked\r\n\r\n{len(sent):x}\r\n".encode() + sent + b"\r\n0\r\n\r\n"
        )

    assert b"411 Length Required" in chunked("BDELETE", "/c/", body)
    put = resource(data(calendar(event("u"))), href="a.ics")
    names = 'xmlns:D="DAV:" xmlns:M="http://me.com/_namespace/" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    assert b"411 Length Required" in chunked("POST", "/c/", f"<M:multiput {names}>{put}</M:multiput>")
    item = '{"requests": [{"id": "1", "method": "delete", "url": "c/a.ics"}]}'
    assert b'"status":204' in chunked("POST", "/$batch", item, "application/json")


# --- members ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "line", "expected", "after"),
    [
        ("/d/s/x", "DELETE /d/", "207  /d/s/x 503", "/d/ /d/s/ /d/s/x=2 /e/"),
        ("/d/s", "DELETE /d/", "207  /d/s/x 503, /d/s/y 503", "/d/ /d/s/ /d/s/x=2 /d/s/y=3 /e/"),
        ("/d/s", "COPY /d/ /n/", "207  /d/s/ 503", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/ /n/ /n/a=1"),
        ("/d/s", "MOVE /d/ /n/", "207  /d/s/ 503", "/d/ /d/s/ /d/s/x=2 /d/s/y=3 /e/ /n/ /n/a=1"),
        ("/e/a", "COPY /d/ /e/", "207  /e/a 503", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/ /e/s/ /e/s/x=2 /e/s/y=3"),
    ],
)
def test_a_member_is_answered(serve: Serve, path: str, line: str, expected: str, after: str) -> None:
    """The 207 names the member, what depends on it is not done, and the rest is."""
    client = answering(serve, 503, f"path: {path}").client
    said = do(client, line)
    seen = answering(serve, 503, f"path: {path}, methods: [DELETE, COPY, MOVE]").client
    assert (said, do(seen, line), tree(seen)) == (expected, expected, after)


def test_an_atomic_operation_is_answered_as_a_whole(serve: Serve) -> None:
    """RFC 5842 2.4: nothing changes."""
    client = answering(serve, 503, "methods: [DELETE], path: /d/s/x", atomic=True).client
    assert (do(client, "DELETE /d/"), tree(client)) == ("503", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/")


@pytest.mark.parametrize("done", ["", ", done: true"])
def test_a_member_keeps_a_collection_from_being_locked(serve: Serve, done: str) -> None:
    """RFC 4918 9.10.3: the member has its status, the Request-URI depends on it, and nothing is locked."""
    client = answering(serve, 503, f"path: /d/s{done}").client
    answer = client("LOCK", "/d/", lockinfo(), {**XML, "Depth": "infinity"})
    assert [(each.href, each.status) for each in answer.reported] == [("/d/s/", 503), ("/d/", 424)]
    assert client("PUT", "/d/a", "x").status == 204
    assert client("LOCK", "/d/", lockinfo(), {**XML, "Depth": "0"}).status == 200


@pytest.mark.parametrize("done", ["", ", done: true"])
def test_a_member_is_not_listed(serve: Serve, done: str) -> None:
    """A PROPFIND names it with its status, and what is below it is not there."""
    client = answering(serve, 503, f"methods: [PROPFIND], path: /d/s{done}").client
    answer = client("PROPFIND", "/d/", headers={"Depth": "infinity"})
    assert answer.status == 207
    assert ("/d/s/", 503) in [(each.href, each.status) for each in answer.reported]
    assert b"/d/s/x" not in answer.body


@pytest.mark.parametrize("method", ["DELETE", "PROPFIND"])
def test_a_redirection_of_a_member_has_its_location(serve: Serve, method: str) -> None:
    """RFC 4918 14.9: DAV:location stands at the end of the response."""
    client = answering(serve, 302, f"methods: [{method}], path: /d/a, headers: {{location: '{{base}}/e/?a&b'}}").client
    body = client(method, "/d/", headers={"Depth": "infinity" if method == "DELETE" else "1"}).body.decode()
    found = body[body.index(f"{client.base}/d/a<") :].partition("</D:response>")[0]
    assert "HTTP/1.1 302 Found" in found
    location = f"<D:location><D:href>{client.base}/e/?a&amp;b</D:href></D:location>"
    assert found.rstrip().endswith(location)


@pytest.mark.parametrize(
    ("method", "inside", "expected"),
    [
        ("BDELETE", "", "207  /c/a 503"),
        ("BPROPPATCH", setting("u:t"), "207  /c/a: 503, /c/b:u:t 200"),
        ("BPROPFIND", "<D:prop><u:no/></D:prop>", "207  /c/a: 503, /c/b:u:no 404"),
    ],
)
def test_a_target_is_answered(serve: Serve, method: str, inside: str, expected: str) -> None:
    """The other target is done."""
    client = answering(serve, 503, "path: /c/a", "/c/a=1 /c/b=2").client
    assert batch(client, method, "a", "b", inside=inside) == expected


def test_a_resource_of_a_multiput_is_answered(serve: Serve) -> None:
    """With its location if it is a redirection."""
    client = answering(serve, 307, "path: /c/a.ics, headers: {Location: /x}", "/c/a.ics=x").client
    answer = multiput(client, resource(data(calendar(event("u"))), prop("u:t"), href="a.ics"))
    assert [(each.href, each.status) for each in answer.reported] == [("/c/a.ics", 307)]
    assert b"<D:location><D:href>/x</D:href></D:location>" in answer.body


# --- derived documents -----------------------------------------------------------------------------------------------

DERIVED = "tree: {/a: {content: A}, /b: {from: [a]}, /c: {from: [b, a]}}\n"


@pytest.mark.parametrize("status", [302, 304, 402, 429, 599])
def test_a_source_that_is_answered_makes_its_documents_424(serve: Serve, status: int) -> None:
    """The problem names the source with its status; the headers of the source are not repeated."""
    cause = f"{{id: k, kind: answers, status: {status}, path: /a, headers: {{Retry-After: '7'}}}}"
    client = serve(f"{DERIVED}causes: [{cause}]").client
    for path in ("/b", "/c"):
        answer = client("GET", path)
        assert answer.status == 424
        problem = json.loads(answer.body)
        assert [(each["href"], each["status"]) for each in problem["causes"]] == [(f"{client.base}/a", status)]
        assert "Retry-After" not in answer.headers
    assert client("GET", "/b", headers={"Accept": "application/vnd.dav424.azureml"}).status == 424


# --- the journal -----------------------------------------------------------------------------------------------------


def test_the_journal_names_the_cause(serve: Serve) -> None:
    """Its id, its kind and a sentence, for a request and for a member."""
    served = answering(serve, 503, "path: /d/s/x")
    do(served.client, "PUT /d/s/x y")
    do(served.client, "DELETE /d/")
    whole, member = map(report, served.space.journal)
    assert whole.refused is not None
    assert (whole.refused.cause, whole.refused.kind, whole.refused.status) == ("k", "answers", 503)
    assert [(each.path, each.status, each.cause) for each in member.failures] == [("/d/s/x", 503, "k")]
    assert "The cause answers requests with a status, headers and a body" in as_text(member)


def test_a_status_that_is_not_registered_has_a_name_everywhere(serve: Serve) -> None:
    """On the status line, in a 207 and in the journal."""
    served = answering(serve, 599, "path: /d/s/x")
    assert b"<D:status>HTTP/1.1 599 Unknown</D:status>" in served.client("DELETE", "/d/").body
    assert "delete /d/s/x: 599 Unknown" in as_text(report([*served.space.journal][-1]))
