"""The workbench over plain HTTP: forms, results, places in the answer, shared states, and text for a terminal."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client as WerkzeugClient

from dav424.causes.kinds import CAUSES
from dav424.pages.workbench import reading_clients
from dav424.pages.workbench.answer import MOST_SHOWN
from dav424.pages.workbench.cause_form import cause_of_form, kinds
from dav424.pages.workbench.places import places
from dav424.pages.workbench.sent import Sent, Shared, pack, unpack_sent, unpack_shared
from dav424.proof.answer_body import ReportedStatus, read_body
from dav424.proof.real_clients import real_clients
from dav424.scenario.schema_checks import part_schema_problems
from dav424.wsgi import application
from tests.bundled import SOURCES, Whole
from tests.client import Client
from tests.clients.page import CONCLUSIONS, FILE, conclusions, parse

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(server: Whole, scenario: str, accept: str = "*/*", **fields: str) -> str:
    """Send a form of the workbench; gives the page, as text by default."""
    answer = Client(server.url)(
        "POST", f"/-/ui/s/{scenario}", urlencode({"action": "run", **fields}), {**FORM, "Accept": accept}
    )
    assert answer.status == 200, answer.body
    return answer.body.decode()


def hidden(html: str) -> Mapping[str, str]:
    """Read the hidden fields of a form."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))


def test_curl_runs_a_scenario(server: Whole) -> None:
    """``curl -d action=run`` gives the results as text: the tree, the answer, and the changes."""
    text = post(server, "proppatch-protected")
    assert "207 Multi-Status on the status line. 1 failed, 2 undone because of that." in text
    assert "* 403 cause set DAV:getetag of /report.txt cannot-modify-protected-property" in text
    assert "  * 424 undone set author of /report.txt because of set DAV:getetag of" in text
    assert "Nothing was changed: every byte is the same as before." in text


def test_the_text_of_a_run_has_the_next_lines(server: Whole) -> None:
    """The curl lines after a run cure that copy, and send the same request to it: it succeeds."""
    text = post(server, "batch-chain")
    cure, again = re.findall(r"^curl -d 'action=\w+&\S+ \S+$", text, re.MULTILINE)
    subprocess.run([*shlex.split(cure), "-s"], check=True, capture_output=True, timeout=60)
    told = subprocess.run([*shlex.split(again), "-s"], check=True, capture_output=True, timeout=60, text=True).stdout
    assert "200 OK on the status line." in told
    assert " failed" not in told.partition("2 Results")[2].partition("3 Answer")[0]


@pytest.mark.parametrize(
    ("name", "colour"),
    [("proppatch-protected", "cause"), ("report-from-feeds", "undone"), ("playground", "done")],
)
def test_one_answer_has_one_colour(name: str, colour: str, server: Whole) -> None:
    """A 207 with a failure in it is never green: not in the results, in the strip, or in the journal."""
    html = post(server, name, "text/html")
    journal = server.client("", "")(
        "GET", f"/-/ui/space/{hidden(html)['space']}?show=all", headers={"Accept": "text/html"}
    )
    shown = re.findall(r'class="status-line"[^>]*><span class="chip (\w+)"|#1 \w+ <span class="chip (\w+)"', html)
    assert ["".join(each) for each in shown] == [colour, colour]
    assert re.findall(r'<td><span class="chip (\w+)"', journal.body.decode()) == [colour]


def test_the_text_of_the_catalogue_has_its_spaces(server: Whole) -> None:
    """The arrow and its word stay apart."""
    assert "404 → takes with it 424" in Client(server.url)("GET", "/-/ui/").body.decode()


def test_an_unknown_action_does_nothing(server: Whole) -> None:
    """It is refused with the names of the actions."""
    answer = Client(server.url)("POST", "/-/ui/s/playground", "action=dance", FORM)
    assert answer.status == 400
    assert b"There is no action 'dance'; send one of run, again, cure, without, reset." in answer.body


def test_the_answer_is_that_of_a_socket_byte_by_byte(server: Whole) -> None:
    """The page shows what a client on a socket receives, apart from the number of the exchange."""
    html = post(server, "report-from-feeds", "text/html", method="GET", path="/report.html")
    space = hidden(html)["space"]
    raw = server.client("report-from-feeds", space).raw(
        b"GET {base}/report.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    received = raw.decode().replace("Connection: close\r\n", "").replace("Exchange: 2", "Exchange: 1")
    text = post(server, "report-from-feeds", method="GET", path="/report.html", space=space)
    shown = text.partition("3 Answer, byte by byte\n----------------------\n\n")[2].partition("\n\nWhat a client")[0]
    assert shown.replace("Exchange: 3", "Exchange: 1").rstrip() == received.replace("\r\n", "\n").rstrip()


@pytest.mark.parametrize("name", sorted(set(SOURCES) - {"fault-utf-16"}))  # no page shows the text of its body
def test_each_status_has_its_place_in_the_answer(name: str, server: Whole) -> None:
    """For each request of each scenario: a status in the body is marked where it stands, with its number in the mark."""
    scenario = SOURCES[name]()
    client = server.client(name)
    for spec in scenario.requests:
        headers = {key: value.replace("{base}", client.base) for key, value in spec.headers.items()}
        answer = client(spec.method, spec.path, spec.body.replace("{base}", client.base), headers)
        kind = answer.headers.get("Content-Type", "")
        reported = read_body(kind, answer.body, client.base, spec.path)[1]
        found = places(kind, answer.body, reported)
        assert len(found) == len(reported)
        for status, spans in zip(reported, found, strict=True):
            marked = b" ".join(answer.body[slice(*span)] for span in spans)
            # A failure inside the answer to a request in a batch is marked with the whole of that answer.
            assert str(status.status).encode() in marked or status.id is not None
            assert spans


def test_a_mark_is_the_element_alone() -> None:
    """An empty element, one with a > in an attribute, and one with content are marked from < to >."""
    body = (
        b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a</D:href><D:propstat><D:prop><a/><b c="&gt;>"/><d>e</d></D:prop>'
        b"<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"
    )
    found = places("text/xml", body, [ReportedStatus("/a", name, 200) for name in "abd"])
    assert [body[slice(*spans[0])] for spans in found] == [b"<a/>", b'<b c="&gt;>"/>', b"<d>e</d>"]
    assert {body[slice(*spans[1])] for spans in found} == {b"<D:status>HTTP/1.1 200 OK</D:status>"}


@pytest.mark.parametrize(
    "body", [b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"", b'{"responses": [', b"\xff\xfe"]
)
def test_a_body_of_another_form_has_no_marks(body: bytes) -> None:
    """Neither XML that is cut or has a document type, nor JSON that is cut, breaks the page."""
    for kind in ("text/xml", "application/json", "multipart/mixed; boundary=a", "text/plain"):
        assert places(kind, body, [ReportedStatus("/a", None, 423)]) == [[]]


def test_the_same_bytes_are_sent_again(server: Whole) -> None:
    """After the cure, the hidden request is sent unchanged, whatever the fields say meanwhile."""
    html = post(server, "proppatch-protected", "text/html")
    cured = post(server, "proppatch-protected", "text/html", **{**hidden(html), "action": "cure"})
    fields = {**hidden(cured), "action": "again", "method": "GET", "path": "/", "body": "edited"}
    again = post(server, "proppatch-protected", "*/*", **fields)
    assert "The very same bytes were sent again" in again
    assert "3 done." in again
    told = server.told(hidden(html)["space"])
    assert told[0].request.body == told[-1].request.body


def test_a_body_with_crlf_is_sent_as_the_scenario_has_it(server: Whole) -> None:
    """A browser changes line breaks in a text field; an unedited body is sent in its own bytes nevertheless."""
    spec = SOURCES["batch-multipart"]().requests[0]
    assert "\r\n" in spec.body
    for body in (spec.body.replace("\r\n", "\n").replace("\n", "\r\n"), spec.body.replace("\r\n", "\n")):
        headers = "\r\n".join(f"{name}: {value}" for name, value in spec.headers.items())
        html = post(
            server, "batch-multipart", "text/html", method=spec.method, path=spec.path, headers=headers, body=body
        )
        space = hidden(html)["space"]
        (told,) = server.told(space)
        assert told.request.body == spec.body.replace("{base}", f"/s/{space}/batch-multipart")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"method": "GET /", "path": "/"}, "is no token"),
        ({"method": "GET", "path": "a"}, "must start with a slash"),
        ({"method": "GET", "path": "/a b"}, "400 Bad Request"),
        ({"method": "GET", "path": "/", "headers": "no colon"}, "is no header"),
        ({"method": "GET", "path": "/", "headers": "A: b\x01"}, "400 Bad Request"),
        ({"method": "GET", "path": "/", "headers": "A: \u20ac"}, "400 Bad Request"),
        ({"method": "GET", "path": "/", "user": "nobody"}, "has no user"),
        ({"action": "again", "sent": "%%%"}, "is damaged"),
    ],
)
def test_a_request_that_no_client_can_send_is_refused(server: Whole, fields: dict[str, str], message: str) -> None:
    """The page says which part of the form is wrong."""
    form = urlencode({"action": "run", **fields})
    answer = Client(server.url)("POST", "/-/ui/s/playground", form, FORM)
    assert answer.status == 400
    assert message in " ".join(answer.body.decode().split())


def test_a_form_reaches_no_space_of_another_client(server: Whole) -> None:
    """The page uses only spaces that pages have made: another name is replaced by a new one."""
    server.client("playground", "mine")("PUT", "/a.txt", "a")
    html = post(server, "playground", "text/html", space="mine", action="reset")
    assert hidden(html)["space"].startswith("ui-")
    assert server.client("playground", "mine")("GET", "/a.txt").status == 200


def test_a_space_of_a_page_expires(server: Whole) -> None:
    """It asks the API for an hour without a request."""
    space = hidden(post(server, "playground", "text/html"))["space"]
    assert 3500 < (server.app.spaces.expires_in(server.app.spaces.find(space)) or 0) <= 3600


def test_a_shared_state_survives_the_url() -> None:
    """All of the request and the predictions come back; a damaged text or a bomb is refused."""
    state = Shared(Sent("PUT", "/\u00fc", (("A", "b"),), b"\x00\xff" * 100, "ada"), {"x": "424"})
    assert unpack_shared(pack(state)) == state
    assert unpack_sent(pack(state.sent)) == state.sent


def test_a_bomb_in_a_url_is_refused(server: Whole) -> None:
    """A short text that inflates to megabytes is 413, and no memory is taken for it."""
    bomb = pack(Sent("PUT", "/", (), b"0" * (8 << 20)))
    answer = Client(server.url)("GET", f"/-/ui/s/playground?v1={bomb}")
    assert answer.status == 413


def test_the_text_of_a_page_fits_80_columns(server: Whole) -> None:
    """Sentences are wrapped; commands and answers are not."""
    for path in ("/-/ui/", "/-/ui/s/proppatch-protected", "/-/ui/s/report-from-feeds", "/-/ui/space/default"):
        answer = Client(server.url)("GET", path, headers={"Accept": "text/plain"})
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        text = answer.body.decode()
        prose = [line for line in text.splitlines() if not re.match(r"curl|.*(<\?xml|</?D:|<http)|\s+\S+$", line)]
        assert [line for line in prose if len(line) > 80] == []


def test_the_lines_to_paste_have_the_right_port(server: Whole) -> None:
    """Curl lines carry the host and port at which the reader asked."""
    text = Client(server.url)("GET", "/-/ui/s/report-from-feeds").body.decode()
    assert f"curl -I {server.url}report-from-feeds/report.html" in text
    assert urlsplit(server.url).netloc in text


def test_the_clients_have_six_lines_each() -> None:
    """The page shows the source of both, and that is what it runs."""
    naive, careful = reading_clients.readers(
        207, b"<D:status>HTTP/1.1 424 Failed Dependency</D:status>HTTP/1.1 403 Forbidden"
    )
    assert [len(each.source.splitlines()) for each in (naive, careful)] == [6, 6]
    assert naive.conclusion == "everything was done"
    assert careful.conclusion == "not everything was done: [403, 424], because of [403]"
    assert reading_clients.careful(200, b'{"responses": [{"status": "201"}]}') == "everything was done"


def test_the_record_of_real_clients_is_that_of_the_docs() -> None:
    """The file in the package has the rows of docs/clients.md; make clients-doc writes both."""
    assert CONCLUSIONS.read_text() == conclusions(parse(FILE.read_text()))
    assert {each.verdict for each in real_clients("proppatch-protected")} >= {"mistook it for success"}


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_each_kind_of_cause_has_a_form(kind: str) -> None:
    """The required fields of the form are all that the schema asks for, and no kind is missing."""
    samples = {"integer": "503", "number": "1", "boolean": "true", "array": "/a", "object": "{}", "string": "/a"}
    fields = {
        f"cause {field.name}": field.choices[0] if field.choices else samples[field.type]
        for field in kinds()[kind].fields
        if field.required
    }
    cause = cause_of_form(kind, fields)
    assert [
        message for _, message in part_schema_problems("causes", cause) if "missing" in message or "required" in message
    ] == []


def test_only_the_beginning_of_a_large_answer_is_shown(server: Whole) -> None:
    """The page says the size of the whole, and links to it."""
    server.client("playground", "ui-abcdefgh")("PUT", "/large", b"x" * (MOST_SHOWN + 1))
    html = post(server, "playground", "text/html", method="GET", path="/large", space="ui-abcdefgh")
    assert "The body has 200,001 bytes" in html
    assert 'href="/s/ui-abcdefgh/playground/large"' in html


def test_it_runs_below_a_prefix() -> None:
    """Where a framework mounts the application, requests, hrefs, code and links have the prefix."""
    mounted = WerkzeugClient(DispatcherMiddleware(lambda *_: [], {"/dav": application(admin_open=True)}))
    page = mounted.post("/dav/-/ui/s/delete-locked-member", data={"action": "run"}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    space = hidden(page.text)["space"]
    assert f"&lt;D:href&gt;/dav/s/{space}/delete-locked-member/box/locked.txt&lt;/D:href&gt;" in page.text
    assert f"http://localhost/dav/s/{space}/delete-locked-member/box/" in page.text
    assert "423 cause" in page.text
    links = re.findall(r'(?:href|src|action)="(?!#|https?:)([^"]*)"', page.text)
    assert [link for link in links if not link.startswith("/dav/")] == []
    journal = mounted.get(f"/dav/-/ui/space/{space}", headers={"Accept": "text/html"})
    assert "DELETE" in journal.text


def test_each_kind_of_cause_is_offered() -> None:
    """The form has all kinds that a scenario file can have."""
    assert {*kinds()} == {kind.__struct_config__.tag for kind in CAUSES}


STORED = {
    "broken XML": ("application/xml", "<a"),
    "a multistatus without statuses": ("text/xml", '<D:multistatus xmlns:D="DAV:"><D:response/></D:multistatus>'),
    "an odd status": (
        "text/xml",
        '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/</D:href><D:status>x</D:status></D:response></D:multistatus>',
    ),
    "a list of numbers": ("application/json", '{"responses": [1]}'),
    "no ids": ("application/json", '{"responses": [{"status": 200, "body": "YQ"}]}'),
    "long numbers": ("application/json", f'{{"responses": [{{"id": 1, "status": "{"1" * 5000}"}}]}}'),
    "deep JSON": ("application/json", "[" * 100_000),
    "a problem of another server": ("application/problem+json", '{"through": [1]}'),
    "no parts": ("multipart/mixed; boundary=b", "text"),
    "a part without a status line": (
        "multipart/mixed; boundary=b",
        "--b\r\nContent-Type: application/http\r\n\r\nx\r\n--b--",
    ),
}
"""Documents that a client can store, with the media types of answers."""


@pytest.mark.parametrize("name", STORED)
def test_a_stored_document_is_no_answer(name: str, server: Whole) -> None:
    """The page shows its bytes, although they are none that this server would answer; so does the page of the exchange."""
    media_type, body = STORED[name]
    html = post(
        server, "playground", "text/html", method="PUT", path="/odd", headers=f"Content-Type: {media_type}", body=body
    )
    space = hidden(html)["space"]
    text = post(server, "playground", space=space, method="GET", path="/odd")
    assert "200 OK on the status line" in text
    client = Client(server.url)
    exchange = json.loads(client("GET", f"/-/spaces/{space}/journal/last").body)["number"]
    assert client("GET", f"/-/ui/space/{space}/{exchange}", headers={"Accept": "text/html"}).status == 200


def test_a_multistatus_that_is_stored_reports_nothing(server: Whole) -> None:
    """What it says concerns no thing of the request."""
    body = (
        '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/strange</D:href><D:status>HTTP/1.1 423 Locked</D:status>'
        "</D:response></D:multistatus>"
    )
    fields = {"headers": "Content-Type: application/xml", "body": body}
    space = hidden(post(server, "playground", "text/html", method="PUT", path="/odd.xml", **fields))["space"]
    text = post(server, "playground", space=space, method="GET", path="/odd.xml")
    assert "200 OK on the status line. The request asked for no changes." in text


@pytest.mark.parametrize("number", ["1" * 5000, "-1", "x", "\N{SUPERSCRIPT TWO}", ""])
def test_an_odd_number_of_a_request_shows_the_telling_one(number: str, server: Whole) -> None:
    """In a query and in a form."""
    query = urlencode({"request": number})
    assert Client(server.url)("GET", f"/-/ui/s/proppatch-protected?{query}").status == 200
    assert "1 failed, 2 undone" in post(server, "proppatch-protected", request=number)


@pytest.mark.parametrize("number", ["explain", "last%2Fexplain"])
def test_another_route_of_the_api_is_no_exchange(number: str, server: Whole) -> None:
    """The page of such an exchange is 404, and a form with it does the rest of its work."""
    assert Client(server.url)("GET", f"/-/ui/space/default/{number}").status == 404
    for action in ("cure", "without protected"):
        sent = pack(Sent("GET", "/"))
        assert post(server, "proppatch-protected", action=action, sent=sent, exchange=number.replace("%2F", "/"))
