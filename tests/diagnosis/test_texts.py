"""The forms in which people have an answer: with or without a head, from curl, from a HAR file, as a batch, as JSON."""

from __future__ import annotations

import base64
import json
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dav424.diagnosis import Diagnosis, UnreadableText, diagnose
from dav424.diagnosis.report import as_data, as_text

PROPPATCH = """<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:x="urn:x"><D:response><D:href>/a.txt</D:href>
<D:propstat><D:prop><x:owner/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat>
<D:propstat><D:prop><x:color/></D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:propstat>
</D:response></D:multistatus>"""
HEAD = "HTTP/1.1 207 Multi-Status\nContent-Type: application/xml\n\n"
VERBOSE = f"""* Trying 127.0.0.1:80...
> PROPPATCH /a.txt HTTP/1.1
> Host: example.com
>
}} [120 bytes data]
< HTTP/1.1 100 Continue
<
< HTTP/1.1 207 Multi-Status
< Content-Type: application/xml
<
{{ [400 bytes data]
{PROPPATCH}
* Connection #0 to host left intact"""
RESPONSE = "<D:multistatus xmlns:D='DAV:'>{}</D:multistatus>"
LOCKED = "<D:response><D:href>/box/a.txt</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>"


def only(text: str | bytes) -> Diagnosis:
    """Give the diagnosis of the only answer in a text."""
    (answer,) = diagnose(text).answers
    return answer


def found(text: str | bytes) -> tuple[list[tuple[str, int | None]], list[str]]:
    """Give the failures and the dependents of the only answer in a text."""
    answer = only(text)
    failed = [(str(failure.said.thing), failure.said.status) for failure in answer.failed]
    return failed, [str(dependent.said.thing) for dependent in answer.dependent]


@pytest.mark.parametrize(
    "text",
    [
        PROPPATCH,
        HEAD + PROPPATCH,
        (HEAD + PROPPATCH).replace("\n", "\r\n"),
        f"$ curl -i -X PROPPATCH http://example.com/a.txt --data @body.xml\n{HEAD}{PROPPATCH}\n$ ",
        VERBOSE,
        f"HTTP/1.1 100 Continue\n\n{HEAD}{PROPPATCH}",
        f"HTTP/2 207\ncontent-type: application/xml\n\n{PROPPATCH}",
        "\N{ZERO WIDTH NO-BREAK SPACE}" + PROPPATCH,
        (HEAD + PROPPATCH).encode("utf-16"),
        PROPPATCH.replace('encoding="utf-8"', 'encoding="utf-16"').encode(),
        PROPPATCH.replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16"),
        PROPPATCH.replace("D:", "").replace("xmlns:D", "xmlns").replace('xmlns="DAV:"', 'xmlns="DAV:" xmlns:D="DAV:"'),
        PROPPATCH.replace(" Forbidden", "").replace(" Failed Dependency", " (status)"),
    ],
    ids=[
        "body",
        "head",
        "crlf",
        "curl-i",
        "curl-v",
        "continue",
        "http2",
        "bom",
        "utf16",
        "declared-utf16",
        "utf16-body",
        "default-namespace",
        "phrases",
    ],
)
def test_a_proppatch_in_every_form(text: str | bytes) -> None:
    """The form makes no difference: one property failed on its own, and the other one depended on it."""
    assert found(text) == ([("{urn:x}owner of /a.txt", 403)], ["{urn:x}color of /a.txt"])
    assert only(text).method == "PROPPATCH"


def test_the_method_of_curl_is_known() -> None:
    """A command before the answer tells the method."""
    assert not only(f"$ curl -i --request DELETE http://x/box/\n{HEAD}{RESPONSE.format(LOCKED)}").guessed


def test_several_answers_are_told_apart() -> None:
    """Answers that follow each other have their own diagnoses; text between them is passed over."""
    text = f"{HEAD}{PROPPATCH}\nand then\nHTTP/1.1 204 No Content\nETag: x\n\nHTTP/1.1 423 Locked\n\nLocked\n"
    report = diagnose(text)
    assert [answer.status for answer in report.answers] == [207, 204, 423]
    assert [answer.has_failure for answer in report.answers] == [True, False, True]
    assert report.exit_status == 1


def test_a_har_file() -> None:
    """Every exchange of a HAR file is diagnosed; a request without an answer is passed over."""
    content = {"text": base64.b64encode(PROPPATCH.encode()).decode(), "encoding": "base64"}
    fields = [{"name": "Content-Type", "value": "application/xml"}]
    entries = [
        {"request": {"method": "GET", "url": "http://h/"}, "response": {"status": 200, "content": {"text": "hello"}}},
        {"request": {"method": "PUT", "url": "http://h/x"}, "response": {"status": 0}},
        {
            "request": {"method": "PROPPATCH", "url": "http://h/a.txt"},
            "response": {"status": 207, "headers": fields, "content": content},
        },
    ]
    report = diagnose(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    assert [(answer.method, answer.has_failure) for answer in report.answers] == [("GET", False), ("PROPPATCH", True)]
    assert report.answers[1].kept is not None
    assert "curl -X PROPFIND http://h/a.txt" in report.answers[1].kept.check[0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<D:response><D:href>/</D:href><D:propstat><D:prop><D:displayname/></D:prop><D:status>HTTP/1.1 404 NF</D:status></D:propstat></D:response>", 0),
        ("<D:response><D:href>/</D:href><D:propstat><D:prop><D:displayname>x</D:displayname></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:owner/></D:prop><D:status>HTTP/1.1 404 NF</D:status></D:propstat></D:response>", 0),
        ("<D:response><D:href>/gone</D:href><D:status>HTTP/1.1 404 NF</D:status></D:response><D:sync-token>x</D:sync-token>", 0),
        (LOCKED, 1),
        ("", 0),
    ],
    ids=["404-alone", "404-beside-200", "sync-deleted", "423", "empty"],
)  # fmt: skip
def test_the_exit_status(body: str, status: int) -> None:
    """A property that is not there is no failure, nor is a member that sync-collection tells as deleted."""
    assert diagnose(HEAD + RESPONSE.format(body)).exit_status == status


def test_a_404_of_a_proppatch_is_a_failure() -> None:
    """Where the text says PROPPATCH, a 404 of a property is a failure."""
    body = "<D:response><D:href>/</D:href><D:propstat><D:prop><D:owner/></D:prop><D:status>HTTP/1.1 404 NF</D:status></D:propstat></D:response>"
    assert diagnose(f"PROPPATCH / HTTP/1.1\n\n{HEAD}{RESPONSE.format(body)}").exit_status == 1


def test_a_json_batch_with_its_request() -> None:
    """The request tells on which failures each 424 depended, groups included."""
    request = {
        "requests": [
            {"id": "1", "method": "PUT", "url": "a", "atomicityGroup": "g"},
            {"id": "2", "method": "PUT", "url": "b", "atomicityGroup": "g"},
            {"id": "3", "method": "GET", "url": "b", "dependsOn": ["g"]},
            {"id": "4", "method": "GET", "url": "c"},
        ]
    }
    responses = [
        {"id": "1", "status": 424},
        {"id": "2", "status": 507},
        {"id": "3", "status": "424"},
        {"id": "4", "status": 200},
    ]
    text = f"POST /$batch HTTP/1.1\nContent-Type: application/json\n\n{json.dumps(request)}\n\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{json.dumps({'responses': responses})}"
    answer = only(text)
    assert found(text) == ([("request 2", 507)], ["request 1", "request 3"])
    assert [{str(thing) for thing in each.because} for each in answer.dependent] == [
        {"request 2"},
        {"request 1", "request 2"},
    ]
    assert [str(done.thing) for done in answer.done] == ["request 4"]


def test_a_graph_batch_with_a_wait() -> None:
    """The longest Retry-After of the parts counts, and what depends is named as not known without the request."""
    responses = [
        {
            "id": "1",
            "status": 429,
            "headers": {"Retry-After": "7"},
            "body": {"error": {"code": "TooManyRequests", "message": "Slow"}},
        },
        {"id": "2", "status": 424, "headers": {}, "body": {"error": {"code": "FailedDependency", "message": "m"}}},
    ]
    answer = only(json.dumps({"responses": responses}))
    assert (answer.retry, answer.retry_after, answer.turn) == ("same bytes later", "7", ("developer",))
    assert answer.failed[0].said.description == "Slow"
    assert any("the batch that was sent does" in sentence for sentence in answer.unknown)


def test_a_multipart_batch_without_its_head() -> None:
    """The first line of the body is the boundary; a failed change set is one part."""
    body = (
        "--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        "--r\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
        "--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 424 Failed Dependency\r\n\r\n\r\n"
        "--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 409 Conflict\r\n\r\n\r\n--c--\r\n--r--\r\n"
    )
    assert found(body) == ([("request 2.2", 409)], ["request 2.1"])
    with_head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=r\r\n\r\n{body}HTTP/1.1 404 Not Found\r\n\r\n"
    )
    assert [answer.status for answer in diagnose(with_head).answers] == [200, 404]


@pytest.mark.parametrize(
    ("head", "body", "thing", "status"),
    [
        ("x-amzn-ErrorType: ModelErrorException", {"message": "m", "originalStatusCode": 500, "resourceName": "r"}, "r", 500),
        ("x-amzn-ErrorType: ModelError", {"Message": "m", "OriginalStatusCode": 400, "OriginalMessage": "bad"}, "the model behind the endpoint", 400),
        ("ms-azureml-model-error-statuscode: 503\nms-azureml-model-error-reason: model_error", "down", "the model behind the endpoint", 503),
        ("X: y", {"error": {"message": "Error retrieving tool list from MCP server: 'docs'. Http status code: 401 (Unauthorized)", "type": "external_connector_error"}}, "the MCP server 'docs'", 401),
        ("X: y", {"error": {"message": "Error retrieving tool list from MCP server: 'docs'. Http status code: 424 (Failed Dependency)", "type": "external_connector_error"}}, "the MCP server 'docs'", None),
        ("Content-Type: application/problem+json", {"title": "Failed Dependency", "status": 424, "causes": [{"href": "/feed", "status": 404}]}, "/feed", 404),
    ],
    ids=["bedrock", "sagemaker", "azureml", "openai", "openai-unknown", "problem"],
)  # fmt: skip
def test_services_that_say_424(head: str, body: object, thing: str, status: int | None) -> None:
    """The cause is the failure that the body or a header names; the request is what depended on it."""
    text = f"HTTP/1.1 424 Failed Dependency\n{head}\n\n{body if isinstance(body, str) else json.dumps(body)}"
    assert found(text) == ([(thing, status)], ["the request"])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"type":"about:blank","title":"Locked","status":423,"detail":"x"}', 423),
        ('{"title":"Forbidden","statusCode":403,"message":"no"}', 403),
        ('{"error":{"code":404,"message":"no such file"}}', 404),
        ('{"error":{"code":"412","message":"Confirm"}}', 412),
        ('{"error":{"code":"UserError","message":"Failed Dependency"}}', None),
        ('{"error":"quota"}', None),
        ('{"error":{"code":"4040","message":"no"}}', None),
    ],
)
def test_an_error_object_alone_is_a_failure(text: str, status: int | None) -> None:
    """Without a head, the status is that of the body; an error without a status is a failure all the same."""
    assert found(text) == ([("the request", status)], [])


def test_a_problem_alone_with_424_is_a_dependent() -> None:
    """Its causes are those that it names."""
    text = '{"title":"Failed Dependency","status":424,"causes":[{"href":"/feed","status":404}]}'
    assert found(text) == ([("/feed", 404)], ["the request"])


@pytest.mark.parametrize(
    "text",
    ["HTTP/1.1 207 Multi-Status\n\n", '127.0.0.1 - - [27/Nov/2026:10:00:00 +0000] "PROPPATCH /a HTTP/1.1" 207 300'],
)
def test_a_207_without_its_body_tells_nothing(text: str) -> None:
    """It is not called free of failures: its results are not in the text."""
    told = as_text(diagnose(text))
    assert "Nothing in it failed" not in told
    assert "the text does not have this body" in " ".join(told.split())


@pytest.mark.parametrize("kind", ["ModelErrorException", "ModelStreamErrorException", "ModelError"])
def test_the_exception_of_a_model_without_a_status(kind: str) -> None:
    """The SDK of AWS prints no status for it: the model failed, and the text does not say how."""
    text = f"botocore.errorfactory.{kind}: An error occurred ({kind}) when calling the InvokeModel operation (reached max retries: 4): Try again."
    assert found(text) == ([("the model behind the endpoint", None)], [])
    assert 'says: "Try again."' in as_text(diagnose(text), 200)


def test_the_message_of_a_client_is_not_the_server_s() -> None:
    """The text of an exception is quoted as a message; a body behind it is the server's."""
    assert 'The message says: "Request failed' in as_text(diagnose("Request failed with status code 423"), 200)
    assert 'The server says: "no"' in as_text(diagnose('Failed with status 403: {"message": "no"}'), 200)


def test_a_424_that_names_nothing() -> None:
    """Nothing is made up: the cause is not known, and the administrator can find it."""
    answer = only("HTTP/1.1 424 Failed Dependency\n\n")
    assert (answer.failed, answer.turn, answer.retry) == ((), ("administrator",), "unknown")
    assert "The answer does not name the failure that it depended on." in answer.unknown
    assert only("424 Failed Dependency").dependent


def test_a_multistatus_of_424s_alone_breaks_a_rule() -> None:
    """A 424 without a cause is named as such."""
    body = PROPPATCH.replace("403 Forbidden", "424 Failed Dependency")
    assert "Its cause is missing." in only(HEAD + body).broken[0].sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "empty"),
        (b"\x1f\x8b\x08rest", "compressed"),
        (b"PK\x03\x04rest", "compressed"),
        (b'<!DOCTYPE D:multistatus [<!ENTITY x "y">]>' + PROPPATCH.encode(), "document type declaration"),
        (b"<D:multistatus xmlns:D='DAV:'><D:response>", "malformed"),
        (b'{"responses": [', "malformed"),
        (b'{"log": {"entries": []}}', "no answer"),
        (b"[" * 100_000, "too deep"),
        (b"Cannot connect", "No answer of a server"),
    ],
)
def test_what_cannot_be_read_is_said(text: bytes, words: str) -> None:
    """An unreadable text is refused with a sentence that says why."""
    with pytest.raises(UnreadableText, match=words):
        diagnose(text)


def test_an_unreadable_body_among_others() -> None:
    """The other answers are diagnosed, and the exit status is 2."""
    report = diagnose(f"HTTP/1.1 207 X\nContent-Type: text/xml\n\n<!DOCTYPE a []><a>x</a>\n{HEAD}{PROPPATCH}")
    assert [bool(answer.unreadable) for answer in report.answers] == [True, False]
    assert report.exit_status == 2


def test_a_file_is_not_fetched(tmp_path: Path) -> None:
    """No entity is followed: the content of a file is not in the report."""
    secret = tmp_path / "secret"
    secret.write_text("classified")
    text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><D:error xmlns:D="DAV:">&x;</D:error>'
    report = diagnose(f"HTTP/1.1 403 Forbidden\nContent-Type: text/xml\n\n{text}")
    assert "classified" not in as_text(report)


def test_commands_are_quoted() -> None:
    """An href with characters of the shell stays one word of the command, and escapes don't reach the terminal."""
    body = PROPPATCH.replace("/a.txt", "/a';touch\tx;$(id).txt\x1b[31m".replace("\t", "%20")).replace("\x1b", "&#x9b;")
    report = diagnose(HEAD + body)
    text = as_text(report)
    assert "\x9b" not in text
    quoted = body.replace("&#x9b;[31m", "")
    clean = only(HEAD + quoted)
    assert clean.kept is not None
    assert shlex.split(clean.kept.check[0])[3].endswith("/a';touch%20x;$(id).txt")


def test_json_has_the_same() -> None:
    """The report as data can be written as JSON, and has the causes, the advice and the exit status."""
    data = json.loads(json.dumps(as_data(diagnose(HEAD + PROPPATCH))))
    assert data["exit_status"] == 1
    assert data["answers"][0]["failed"][0]["said"]["status"] == 403
    assert data["answers"][0]["scenario"]


_PIECES = st.sampled_from(
    [
        HEAD,
        PROPPATCH,
        VERBOSE,
        "HTTP/1.1 424 \n",
        '{"responses":[{"id":1,"status":"424"}]}',
        "--r\n",
        "HTTP/1.1 200 OK\n\n",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=20), max_size=6).map("".join), st.data())
def test_no_text_is_a_traceback(text: str, data: st.DataObject) -> None:
    """A text that is cut or mixed is diagnosed or refused, and its report can be printed."""
    start = data.draw(st.integers(0, len(text)))
    try:
        report = diagnose(text[start:])
    except UnreadableText:
        return
    assert as_text(report)
    json.dumps(as_data(report))


@given(st.binary(max_size=200))
def test_no_bytes_are_a_traceback(text: bytes) -> None:
    """Any bytes are diagnosed or refused."""
    try:
        as_text(diagnose(text))
    except UnreadableText:
        return


TRUNCATED = """HTTP/1.1 207 Multi-Status
Content-Type: application/xml

<D:multistatus xmlns:D="DAV:"><D:response><D:href>/cal/gone.ics</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>
<D:response><D:href>/cal/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>
<D:error><D:number-of-matches-within-limits/></D:error></D:response><D:sync-token>urn:x</D:sync-token></D:multistatus>
"""


def test_a_sync_that_stops_is_no_full_disk() -> None:
    """RFC 6578 3.6: the client goes on; a member that was removed is no failure."""
    (failure,) = only(TRUNCATED).failed
    assert (failure.said.status, failure.advice.section) == (507, "RFC 6578 3.6")
    assert "Go on with the new DAV:sync-token" in failure.advice.cure


def test_a_prefix_that_the_answer_does_not_declare_is_not_asked_for() -> None:
    """Its namespace is unknown, so that no PROPFIND can name the property."""
    answer = """> PROPPATCH /a.txt HTTP/1.1
> Host: example.com
>
< HTTP/1.1 207 Multi-Status
< Content-Type: application/xml
<
<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a.txt</D:href>
<D:propstat><D:prop><x:owner/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat>
</D:response></D:multistatus>
"""
    (diagnosis,) = diagnose(answer.encode()).answers
    assert diagnosis.kept is not None
    assert "allprop" in as_text(diagnose(answer.encode()))
