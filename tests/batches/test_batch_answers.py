"""The cause ``answers`` for the requests of a batch: each is a request of its own, in every format."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from dav424.journal.report import report
from tests.batches import test_batch_graph as graph
from tests.batches import test_batch_multipart as multipart
from tests.batches.batches import ask, do, proppatch, put, responses, send
from tests.client import Client
from tests.conftest import Served
from tests.trees import scenario, tree

Serve = Callable[..., Served]


def answering(serve: Serve, status: int, more: str = "", box: str = "/a=1 /b=2 /d/") -> Served:
    """Serve three resources with one cause of the kind."""
    return serve(scenario(box, f"{{id: k, kind: answers, status: {status}, {more}}}"))


def client(serve: Serve, status: int, more: str = "") -> Client:
    """Serve the same, and give the client."""
    return answering(serve, status, more).client


# --- before anything is done -----------------------------------------------------------------------------------------


def test_a_throttled_request_has_its_header_and_its_dependents_424(serve: Serve) -> None:
    """The second request is the second match."""
    throttled = client(serve, 429, "methods: [PUT], nth: 2, headers: {Retry-After: '7'}")
    said = responses(
        send(throttled, put("1", "a"), put("2", "b"), put("3", "c", dependsOn=["2"]), put("4", "d/x", dependsOn=["1"]))
    )
    assert {name: each["status"] for name, each in said.items()} == {"1": 204, "2": 429, "3": 424, "4": 201}
    assert said["2"]["headers"]["retry-after"] == "7"
    assert said["2"]["body"] == "The scenario answers PUT /b with 429.\n"
    assert said["3"]["body"]["because"][0]["status"] == 429
    assert tree(throttled) == "/a=x /b=2 /d/ /d/x=x"


def test_graph_has_the_header_and_its_own_form_of_error(serve: Serve) -> None:
    """As its SDKs read them: the code of the error is made of the words of the status."""
    throttled = client(serve, 429, "path: /b, headers: {Retry-After: '7'}")
    said = graph.answers(throttled, graph.put("1", "/b"), graph.put("2", "/a", dependsOn=["1"]))
    assert (said["1"]["status"], said["1"]["headers"]["Retry-After"]) == (429, "7")
    assert said["1"]["body"]["error"]["code"] == "TooManyRequests"
    assert (said["2"]["status"], said["2"]["body"]["error"]["innerError"]["because"][0]["status"]) == (424, 429)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ("{Content-Type: application/json}", '{"error": {"code": "x", "message": "y"}}', None),
        ("{Content-Type: application/json}", '["no error"]', None),
        ("{X: y}", "plain", base64.b64encode(b"plain").decode()),
    ],
)
def test_a_body_of_the_scenario_stays_as_it_is_in_graph(
    serve: Serve, headers: str, body: str, expected: str | None
) -> None:
    """JSON as JSON, and text in base64."""
    said = graph.answers(client(serve, 503, f"path: /b, headers: {headers}, body: '{body}'"), graph.get("1", "/b"))
    assert said["1"]["body"] == (json.loads(body) if expected is None else expected)


def test_a_status_that_is_not_registered_has_a_code_in_graph(serve: Serve) -> None:
    """Each error must have one."""
    said = graph.answers(client(serve, 599, "path: /b"), graph.get("1", "/b"))
    assert (said["1"]["status"], said["1"]["body"]["error"]["code"]) == (599, "Unknown")


def test_a_multipart_batch_has_the_header_in_the_part(serve: Serve) -> None:
    """The status line and the header stand in the part of the request."""
    throttled = client(serve, 429, "path: /b, headers: {Retry-After: '7'}")
    answer = multipart.send(
        throttled, multipart.request("GET b HTTP/1.1"), multipart.request("GET a HTTP/1.1"), **multipart.ON
    )
    assert multipart.told(answer) == "1 429, 2 200"
    assert b"HTTP/1.1 429 Too Many Requests\r\n" in answer.body
    assert b"\r\nRetry-After: 7\r\n" in answer.body


def test_a_refused_member_undoes_its_group(serve: Serve) -> None:
    """The member has its 503, and the others 424."""
    down = client(serve, 503, "path: /b, methods: [PUT]")
    group = [put("1", "a", atomicityGroup="g"), put("2", "b", atomicityGroup="g"), put("3", "d/x", atomicityGroup="g")]
    assert do(down, *group) == "1 424, 2 503, 3 424"
    assert tree(down) == "/a=1 /b=2 /d/"


@pytest.mark.parametrize("status", [302, 304, 402, 508])
def test_any_status_fails_what_depends_on_it(serve: Serve, status: int) -> None:
    """A redirection is no success either."""
    assert do(client(serve, status, "path: /b"), put("1", "b"), put("2", "a", dependsOn=["1"])) == f"1 {status}, 2 424"


@pytest.mark.parametrize(
    ("status", "method", "name"),
    [
        (401, "get", "www-authenticate"),
        (405, "put", "allow"),
        (407, "get", "proxy-authenticate"),
        (416, "get", "content-range"),
        (426, "get", "upgrade"),
    ],
)
def test_what_a_status_demands_is_added_inside_a_batch(serve: Serve, status: int, method: str, name: str) -> None:
    """But no header of the connection."""
    request = put("1", "b") if method == "put" else ask("1", method, "b")
    said = responses(send(client(serve, status, "path: /b"), request))["1"]
    assert said["status"] == status
    assert said["headers"][name]
    assert "connection" not in said["headers"]


def test_an_expired_login_has_its_challenge_inside_a_batch(serve: Serve) -> None:
    """RFC 9110 15.5.2 holds for each 401."""
    served = serve(scenario("/a=1", "{id: k, kind: login-expired, path: /a}"))
    assert "www-authenticate" in responses(send(served.client, ask("1", "get", "a")))["1"]["headers"]


def test_a_head_inside_a_batch_has_no_body(serve: Serve) -> None:
    """RFC 9110 9.3.2."""
    said = responses(send(client(serve, 503, "path: /b, body: Later"), ask("1", "head", "b")))["1"]
    assert (said["status"], "body" in said) == (503, False)


def test_a_method_that_the_server_lacks_is_answered_inside_a_batch(serve: Serve) -> None:
    """Before its 501; the journal has its cause."""
    served = answering(serve, 429, "path: /b, methods: [ACL]")
    assert do(served.client, ask("1", "ACL", "b"), ask("2", "ACL", "a")) == "1 429, 2 501"
    parts = report([*served.space.journal][-1]).parts
    assert parts[0].refused is not None
    assert parts[0].refused.cause == "k"


# --- after it was done -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/$batch", "/v1.0/$batch"])
def test_a_request_stays_done_and_its_dependents_are_424(serve: Serve, path: str) -> None:
    """A gateway's 504: the content is there, and nothing that depends on it."""
    late = client(serve, 504, "path: /b, methods: [PUT], done: true")
    write = graph.put if path.startswith("/v1.0") else put
    said = responses(send(late, write("1", "b", "new"), write("2", "a", "x", dependsOn=["1"]), path=path))
    assert {name: each["status"] for name, each in said.items()} == {"1": 504, "2": 424}
    assert tree(late) == "/a=1 /b=new /d/"


def test_a_multipart_request_stays_done(serve: Serve) -> None:
    """The next request of the batch sees what it did."""
    late = client(serve, 504, "path: /b, methods: [PUT], done: true")
    answer = multipart.send(
        late,
        multipart.request("PUT b HTTP/1.1", "new", Content_Type="text/plain"),
        multipart.request("GET b HTTP/1.1"),
        **multipart.ON,
    )
    assert multipart.told(answer) == "1 504, 2 200"
    assert b"new" in answer.body


def test_in_a_group_it_is_undone_with_the_group(serve: Serve) -> None:
    """The member has its 504, the others 424, and nothing has changed."""
    late = client(serve, 504, "path: /b, methods: [PUT], done: true")
    group = [put("1", "a", atomicityGroup="g"), put("2", "b", atomicityGroup="g"), put("3", "d/x", atomicityGroup="g")]
    assert do(late, *group, put("4", "d/y", dependsOn=["g"])) == "1 424, 2 504, 3 424, 4 424"
    assert tree(late) == "/a=1 /b=2 /d/"


def test_in_a_change_set_it_is_undone_with_the_set(serve: Serve) -> None:
    """The one part of the set has the 504."""
    late = client(serve, 504, "path: /b, methods: [PUT], done: true")
    parts = [multipart.request(f"PUT {name} HTTP/1.1", "new", name, Content_Type="text/plain") for name in "ab"]
    assert multipart.told(multipart.send(late, multipart.change_set(*parts))) == "1 504"
    assert tree(late) == "/a=1 /b=2 /d/"


def test_a_request_that_failed_keeps_its_own_answer(serve: Serve) -> None:
    """Also one that failed in part; and it does not count."""
    served = answering(serve, 504, "done: true, methods: [PUT, PROPPATCH]")
    assert do(served.client, put("1", "none/x"), proppatch("2", "a", "D:getetag", "x")) == "1 409, 2 207"
    assert "k" not in served.world.counts


def test_the_counters_count_the_requests_that_were_done(serve: Serve) -> None:
    """The second that is done is answered."""
    late = client(serve, 504, "done: true, methods: [PUT], nth: 2")
    assert do(late, put("1", "a"), put("2", "none/x"), put("3", "b"), put("4", "a")) == "1 204, 2 409, 3 504, 4 204"


def test_a_batch_can_be_answered_as_a_whole(serve: Serve) -> None:
    """Its requests are done, also if one of them failed."""
    late = client(serve, 504, "done: true, methods: [POST], path: /$batch")
    assert send(late, put("1", "a"), put("2", "none/x")).status == 504
    assert tree(late) == "/a=x /b=2 /d/"


def test_the_journal_tells_what_was_done_and_what_was_undone(serve: Serve) -> None:
    """A request that stays done has its facts; one that was undone has its refusal alone."""
    served = answering(serve, 504, "path: /b, methods: [PUT], done: true")
    do(served.client, put("1", "b"), put("2", "a", dependsOn=["1"]))
    do(served.client, put("1", "a", atomicityGroup="g"), put("2", "b", atomicityGroup="g"))
    alone, group = map(report, served.space.journal)
    first = alone.parts[0]
    assert first.refused is not None
    assert (first.status, first.refused.cause) == (504, "k")
    assert first.refused.detail == "The scenario answers PUT /b with 504 after it was done."
    assert [(each.path, each.status) for each in alone.facts] == [
        ("request 1 (PUT b)", 504),
        ("request 2 (PUT a)", 424),
    ]
    assert [(part.status, [each.status for each in part.facts]) for part in group.parts] == [(424, []), (504, [])]
