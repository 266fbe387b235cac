"""POST $batch with multipart/mixed (OData Protocol 11.7.7): change sets, and one answer for one that fails."""

from __future__ import annotations

import email
import json
from collections.abc import Callable
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dav424.methods.batch_requests import multipart_reader
from dav424.proof.play import Answer
from tests.client import Client
from tests.conftest import Served
from tests.trees import scenario, tree

ON = {"Prefer": "continue-on-error"}
MIXED = "multipart/mixed; boundary=b"


@pytest.fixture
def locked(serve: Callable[..., Served]) -> Client:
    """A client of a world in which /l is locked, and /d/b."""
    return serve(scenario("/l=old! /free=old /d/ /d/a=1 /d/b=2!")).client


def request(line: str, body: str = "", content_id: str = "", **headers: str) -> str:
    """Write a part with a request; names of headers are written with underscores."""
    named = f"Content-ID: {content_id}\n" if content_id else ""
    sent = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"Content-Type: application/http\n{named}\n{line}\n{sent}\n{body}"


def change_set(*parts: str) -> str:
    """Write a part that is a change set."""
    return f"Content-Type: multipart/mixed; boundary=c\n\n{mixed(*parts, boundary='c')}"


def mixed(*parts: str, boundary: str = "b") -> str:
    """Put parts between boundaries."""
    return "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--"


def send(client: Client, *parts: str, **headers: str) -> Answer:
    """Send a batch, with the line ends of HTTP."""
    return client("POST", "/$batch", mixed(*parts).replace("\n", "\r\n"), {"Content-Type": MIXED, **headers})


def told(answer: Answer) -> str:
    """Say what came of each part, by its place."""
    assert answer.status == 200, answer
    return ", ".join(f"{each.id} {each.status}" for each in answer.parts)


def refused(client: Client, *parts: str) -> dict[str, str]:
    """Send a batch that is refused as a whole, and give its problems by place; nothing of it may have been done."""
    answer = send(client, *parts)
    assert (answer.status, answer.headers["Content-Type"], tree(client)) == (400, "application/problem+json", "")
    errors = json.loads(answer.body)["errors"]
    return {each["part"]: each["detail"] for each in reversed(errors)}  # the first of each place


def messages(answer: Answer) -> list[Message]:
    """Take a multipart answer apart with the standard library."""
    whole = email.message_from_bytes(f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode() + answer.body)
    payload = whole.get_payload()
    assert isinstance(payload, list)
    return [each for each in payload if isinstance(each, Message)]


# The answer --------------------------------------------------------------------------------------


def test_a_batch_is_answered_part_by_part(dav: Client) -> None:
    """11.7.7.6: the same structure, an answer for each request."""
    answer = send(
        dav, request("PUT f HTTP/1.1", "hello"), change_set(request("PUT g HTTP/1.1", "x", "1")), request("GET f")
    )
    assert told(answer) == "1 201, 2.1 201, 3 200"
    assert answer.headers["OData-Version"] == "4.0"
    kinds = [each.get_content_type() for each in messages(answer)]
    assert kinds == ["application/http", "multipart/mixed", "application/http"]


def test_an_answer_is_a_whole_http_message(dav: Client) -> None:
    """Status line, headers and content as they would be alone."""
    dav("PUT", "/f", "hello", {"Content-Type": "text/plain"})
    answer = send(dav, request("GET f HTTP/1.1", content_id="7"))
    assert messages(answer)[0]["Content-ID"] == "7"
    raw = answer.body.partition(b"\r\n\r\n")[2]
    assert raw.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")
    assert b"Content-Length: 5\r\n\r\nhello\r\n--batch-response-1--" in raw


def test_a_content_id_comes_back(dav: Client) -> None:
    """11.7.7.5: it MUST be included, so that clients can correlate."""
    answer = send(dav, change_set(request("PUT a", "x", "one"), request("PUT b", "x", "two")))
    inner = messages(answer)[0].get_payload()
    assert isinstance(inner, list)
    assert [each["Content-ID"] for each in inner if isinstance(each, Message)] == ["one", "two"]


def test_a_boundary_never_stands_in_a_body(dav: Client) -> None:
    """Another one is taken."""
    dav("PUT", "/f", "--batch-response-1\r\n--batch-response-2--")
    answer = send(dav, request("GET f"))
    assert "boundary=batch-response-3" in answer.headers["Content-Type"]
    assert len(messages(answer)) == 1


def test_bytes_are_kept(dav: Client) -> None:
    """A body is what stands between the empty line and the next boundary, whatever it is."""
    content = bytes(range(256)) + b"\r\n--bb\r\n\n--b"
    body = b"--b\r\nContent-Type: application/http\r\n\r\nPUT f HTTP/1.1\r\n\r\n" + content + b"\r\n--b--\r\n"
    assert told(dav("POST", "/$batch", body, {"Content-Type": MIXED})) == "1 201"
    assert dav("GET", "/f").body == content


# Change sets -------------------------------------------------------------------------------------


def test_a_change_set_that_fails_is_answered_once(locked: Client) -> None:
    """11.7.7.6: a single application/http, the cause; what would have succeeded is undone and has no answer."""
    before = tree(locked)
    answer = send(
        locked, change_set(request("PUT a", "x", "1"), request("PUT l", "x", "2"), request("PUT b", "x", "3"))
    )
    assert told(answer) == "1 423"
    assert (messages(answer)[0].get_content_type(), messages(answer)[0]["Content-ID"]) == ("application/http", None)
    assert tree(locked) == before


def test_a_change_set_in_multipart_never_answers_424(locked: Client) -> None:
    """The format has no place for it; a client that prefers JSON gets it."""
    answer = send(locked, change_set(request("PUT a", "x", "1"), request("PUT l", "x", "2")), request("GET a"), **ON)
    assert told(answer) == "1 423, 2 404"
    assert b" 424 " not in answer.body


def test_a_207_with_a_failure_inside_breaks_a_change_set(locked: Client) -> None:
    """Its answer is the 207 that says what failed."""
    before = tree(locked)
    answer = send(locked, change_set(request("PUT a", "x", "1"), request("DELETE d/", "", "2")))
    assert (told(answer), [each.status for each in answer.failures]) == ("1 207", [423])
    assert tree(locked) == before


def test_members_see_each_others_work(dav: Client) -> None:
    """In their order."""
    assert told(send(dav, change_set(request("MKCOL c/", "", "1"), request("PUT c/f", "x", "2")))) == "1.1 201, 1.2 201"


# Order and preferences ---------------------------------------------------------------------------


@pytest.mark.parametrize("prefer", ["", "continue-on-error=false", "odata.continue-on-error=false"])
def test_the_first_failure_ends_the_batch(locked: Client, prefer: str) -> None:
    """11.7.7.5: unless continue-on-error is asked for; the failure is the last part."""
    answer = send(locked, request("PUT a", "x"), request("PUT l", "x"), request("PUT b", "x"), Prefer=prefer)
    assert told(answer) == "1 201, 2 423"
    assert locked("GET", "/b").status == 404


@pytest.mark.parametrize("prefer", ["continue-on-error", "continue-on-error=true", "odata.continue-on-error"])
def test_a_batch_can_go_on(locked: Client, prefer: str) -> None:
    """An explicit or an implicit true."""
    answer = send(
        locked, request("PUT l", "x"), change_set(request("PUT l", "x", "1")), request("PUT b", "x"), Prefer=prefer
    )
    assert told(answer) == "1 423, 2 423, 3 201"


def test_to_be_answered_later_is_refused(dav: Client) -> None:
    """501, as in JSON."""
    assert send(dav, request("PUT f", "x"), Prefer="respond-async").status == 501
    assert tree(dav) == ""


# Requests ----------------------------------------------------------------------------------------


@pytest.mark.own_server
@pytest.mark.parametrize(
    "line",
    [
        "PUT f HTTP/1.1",
        "PUT f",
        "PUT /test/f HTTP/1.1",
        "PUT http://elsewhere:1/test/f HTTP/1.1",
        "PUT https://x/test/f HTTP/1.0",
    ],
)
def test_a_url_has_three_forms(dav: Client, line: str) -> None:
    """11.7.7.1: with a server, which isn't compared, as an absolute path, or relative."""
    assert told(send(dav, request(line, "x", Host="h", Content_Length="1"))) == "1 201"
    assert tree(dav) == "/f=x"


def test_a_url_of_another_scenario_fails_by_itself(dav: Client) -> None:
    """404, as in JSON."""
    assert told(send(dav, request("GET http://h/other/f"))) == "1 404"


def test_a_reference_is_what_a_preceding_request_has_made(dav: Client) -> None:
    """Within a change set and across."""
    answer = send(
        dav,
        change_set(request("MKCOL c/", "", "1"), request("PUT $1/f", "x", "2")),
        request("PUT $2", "y", If_Match="$2"),
        request("GET $2"),
    )
    assert told(answer) == "1.1 201, 1.2 201, 2 204, 3 200"


def test_a_reference_to_what_failed_is_404(locked: Client) -> None:
    """Nothing here is 424: what was to be used isn't there."""
    assert told(send(locked, change_set(request("PUT l", "x", "1")), request("GET $1"), **ON)) == "1 423, 2 404"


def test_preamble_and_epilogue_are_ignored(dav: Client) -> None:
    """11.7.7.1: they MUST be."""
    body = ("hello\n" + mixed(request("PUT f", "x")) + "\nbye\n--b\nwhat?").replace("\n", "\r\n")
    assert told(dav("POST", "/$batch", body, {"Content-Type": MIXED})) == "1 201"


@pytest.mark.parametrize("content_type", ['multipart/mixed; boundary="b"', "Multipart/Mixed;x=y; Boundary=b"])
def test_a_boundary_may_be_quoted(dav: Client, content_type: str) -> None:
    """RFC 2046 5.1.1."""
    body = mixed(request("PUT f", "x")).replace("\n", "\r\n")
    assert told(dav("POST", "/$batch", body, {"Content-Type": content_type})) == "1 201"


@pytest.mark.parametrize("length", ["1", "01"])
def test_line_ends_may_follow_a_body_of_known_length(dav: Client, length: str) -> None:
    """Many clients send one too many."""
    assert told(send(dav, request("PUT f", "x\n\n", Content_Length=length))) == "1 201"
    assert dav("GET", "/f").body == b"x"


def test_an_empty_line_may_precede_a_request_line(dav: Client) -> None:
    """RFC 9112 2.2: at least one is ignored."""
    assert told(send(dav, "Content-Type: application/http\n\n\nPUT f HTTP/1.1\n\nx")) == "1 201"
    assert tree(dav) == "/f=x"


def test_a_request_may_end_with_its_headers(dav: Client) -> None:
    """Without the empty lines that ought to follow."""
    dav("PUT", "/f", "x")
    assert told(send(dav, "Content-Type: application/http\n\nGET f HTTP/1.1\nAccept: */*")) == "1 200"


# What can't be understood ------------------------------------------------------------------------

OK = request("PUT before", "x")
WRONGS: dict[str, tuple[list[str], str, str]] = {
    "no type": (["\nPUT f\n\n"], "2", "The Content-Type of a part must be application/http, or multipart/mixed"),
    "another type": (["Content-Type: text/plain\n\nx"], "2", "The Content-Type of a part"),
    "an encoding": (["Content-Type: application/http\nContent-Transfer-Encoding: base64\n\nUFVU"], "2", "must not be encoded"),
    "no header": (["Content-Type application/http\n\nPUT f\n"], "2", "is not a valid header"),
    "a header twice": (["Content-Type: application/http\nContent-Type: a/b\n\nPUT f\n"], "2", "twice"),
    "a folded header": (["Content-Type: application/http;\n x=y\n\nPUT f\n"], "2", "is not a valid header"),
    "no request": (["Content-Type: application/http\n\n"], "2", "not a valid request line"),
    "a request of a word": ([request("PUT")], "2", "not a valid request line"),
    "another protocol": ([request("PUT f HTTP/2")], "2", "not a valid request line"),
    "a method that is none": ([request("P(T f")], "2", "not a valid request line"),
    "a URL that is none": ([request("PUT file:///etc/passwd")], "2", "neither a path nor an http URL"),
    "a URL with a fragment": ([request("PUT f#a")], "2", "must not contain '#'"),
    "a header of a request": ([request("PUT f", "x", a_b="c\nd")], "2", "is not a valid header"),
    "a login": ([request("PUT f", "x", Authorization="Basic x")], "2", "authorization is not allowed"),
    "chunks": ([request("PUT f", "x", Transfer_Encoding="chunked")], "2", "transfer-encoding is not allowed"),
    "a range": ([request("GET f", Range="bytes=0-")], "2", "range is not allowed"),
    "a body on GET": ([request("GET f", "x")], "2", "A GET can't have a body"),
    "a length too long": ([request("PUT f", "x", Content_Length="9")], "2", "doesn't match the body"),
    "a length too short": ([request("PUT f", "xyz", Content_Length="1")], "2", "doesn't match the body"),
    "a length that is none": ([request("PUT f", "x", Content_Length="-1")], "2", "doesn't match the body"),
    "a Content-ID that is none": ([request("PUT f", "x", "a b")], "2", "A Content-ID must have"),
    "two of one Content-ID": ([request("PUT f", "x", "1"), request("PUT g", "x", "1")], "3", "occurs twice"),
    "a reference to nobody": ([request("PUT $9", "x")], "2", "$9 refers to no Content-ID"),
    "a reference to itself": ([request("PUT $1", "x", "1")], "2", "$1 refers to no Content-ID"),
    "a batch in the batch": ([request("POST $batch")], "2", "can't hold another batch"),
    "a change set without Content-IDs": ([change_set(request("PUT f", "x"))], "2.1", "needs a Content-ID"),
    "a change set that reads": ([change_set(request("GET f", "", "1"))], "2.1", "must not contain it"),
    "a change set in a change set": ([change_set(change_set(request("PUT f", "x", "1")))], "2.1", "Content-Type of a part must be application/http."),
    "a change set of nothing": ([change_set()], "2", "has no parts"),
    "a change set without a boundary": (["Content-Type: multipart/mixed\n\n--c--"], "2", "needs a boundary"),
    "a change set that doesn't end": (["Content-Type: multipart/mixed; boundary=c\n\n--c\n" + OK], "2", "The line --c-- after the last part is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "place", "said"), WRONGS.values(), ids=WRONGS)
def test_what_is_malformed_is_told_with_its_place(dav: Client, wrong: list[str], place: str, said: str) -> None:
    """400 for the whole batch, and the request before it isn't done either."""
    found = refused(dav, OK, *wrong)
    assert said in found[place]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/mixed", "--b--"),
        ("multipart/mixed; boundary=", "--b--"),
        (f"multipart/mixed; boundary={'b' * 71}", "--b--"),
        (MIXED, ""),
        (MIXED, "x"),
        (MIXED, "--c--"),
        (MIXED, "--b\r\n" + OK.replace("\n", "\r\n")),
        (MIXED, mixed(OK)),
        (MIXED, "x--b--"),
    ],
)
def test_a_body_that_has_no_end_is_400(dav: Client, content_type: str, body: str) -> None:
    """Also one whose lines end in LF alone, which two readers would see in two ways."""
    answer = dav("POST", "/$batch", body or " ", {"Content-Type": content_type})
    assert (answer.status, answer.headers["Content-Type"], tree(dav)) == (400, "application/problem+json", "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("--b--", "has no parts"),
        ("hello\n--b--\nbye", "has no parts"),
        (f"x--b\n{OK}\n--b--", "There is a boundary in the text before the first part"),
        (f"x--b\n{OK}\n{mixed(OK)}", "There is a boundary in the text before the first part"),
        (f"--c\n{OK}\n--b--", "has no parts"),
    ],
)
def test_a_batch_without_a_part_is_400(dav: Client, body: str, said: str) -> None:
    """RFC 2046 5.1.1: a multipart has at least one; a 200 would hide that no request was found."""
    answer = dav("POST", "/$batch", body.replace("\n", "\r\n"), {"Content-Type": MIXED})
    assert (answer.status, tree(dav)) == (400, "")
    assert said in json.loads(answer.body)["detail"]


def test_too_much_is_413(dav: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, and requests."""
    monkeypatch.setattr(multipart_reader, "MOST_ITEMS", 3)
    assert send(dav, *[OK] * 3).status == 200
    dav("DELETE", "/before")
    assert send(dav, *[OK] * 4).status == 413
    monkeypatch.setattr(multipart_reader, "MAX_BYTES", 100)
    assert send(dav, OK, OK).status == 413
    assert tree(dav) == ""


@pytest.mark.parametrize("piece", ["--b\r\n", "\r\n", "--b", "--b \t", "--b\r\nContent-Type: application/http\r\n\r\n"])
def test_a_hostile_body_is_refused_quickly(dav: Client, piece: str) -> None:
    """In a time that follows its size: a quadratic one would take longer than the client waits."""
    assert dav("POST", "/$batch", piece * (1_000_000 // len(piece)), {"Content-Type": MIXED}).status == 400


PIECES = (
    "--b", "--b--", "--c", "--c--", "\r\n", "\r\n\r\n", "\n", "Content-Type: application/http", "Content-ID: 1", "PUT f HTTP/1.1",
    "GET f", "Content-Type: multipart/mixed; boundary=c", "Content-Length: 1", "x", ":", " ", "$1", "\x00", "é",
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_bytes_are_done_or_told(dav: Client, body: str) -> None:
    """200 or 400, never anything else."""
    whole = f"--b\r\n{body}\r\n--b--".encode()
    assert dav("POST", "/$batch", whole, {"Content-Type": MIXED}).status in (200, 400)
