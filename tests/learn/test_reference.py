"""The page about 424: it is whole without JavaScript, and each of its sentences is shown by a request that runs."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from html import unescape

import msgspec
import pytest

from dav424.pages.learn.article import Run, articles
from dav424.pages.learn.reference import Shown, play
from dav424.pages.learn.stage import Played
from dav424.scenario.files import bundled_files
from tests.client import Client
from tests.conftest import Serving
from tests.pages.test_site import BROWSER, get

ROOT = "http://127.0.0.1:4240/"
RUNS = {(status, name): run for status, article in articles().items() for name, run in article.runs()}
PAGE = articles()[424]


def rows(section: str) -> list[tuple[list[str], Run]]:
    """List the rows of the first table of a section: the cells, and the run."""
    (found,) = [each for each in PAGE.sections if each.id == section]
    table = next(block.table for block in found.blocks if block.table is not None)
    return [(row.cells, row.run) for row in table.rows if row.run is not None]


def answer_to(question: str) -> Shown:
    """Play the run of a question."""
    (found,) = [each for each in PAGE.sections if each.id == "faq"]
    asked = {each.ask: each.run for block in found.blocks for each in block.questions or ()}
    return play(asked[question], ROOT)


def statuses(shown: Shown) -> set[int]:
    """Give all statuses of the requests before the cure: of the answers, and of their results."""
    return {status for played in shown.requests for status in played.statuses}


@pytest.fixture
def client(serve_alone: Serving) -> Client:
    """A client of the root of a server without scenarios of its own."""
    return Client(serve_alone({})[0])


@pytest.fixture
def served(serve_alone: Serving) -> str:
    """The URL of a server with the bundled scenarios."""
    from dav424.scenario.sources import scenario_sources

    return serve_alone(scenario_sources())[0]


@pytest.mark.parametrize("status", articles())
def test_the_page_is_whole_without_javascript(client: Client, status: int) -> None:
    """One answer has the text, a live answer of the server and its cure; it is small, and nothing in it is inline."""
    code, headers, html = get(client, f"/learn/{status}")
    assert (code, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert len(html.encode()) < 40_000
    assert html.count("<script") == html.count("src=") == 1
    assert "style=" not in html
    assert not re.search(r"\son\w+=", html)
    for section in articles()[status].sections:
        assert f'<section id="{section.id}">' in html


def test_the_live_answer_is_a_424_and_its_cure(client: Client) -> None:
    """The page has the status line of a HEAD, the cause, and the 200 after the cure."""
    html = get(client, "/learn/424")[2]
    live = html[html.index('id="live"') : html.index("</details>")]
    assert re.findall(r'class="status">(.*?)<', live) == [
        "HTTP/1.1 424 Failed Dependency",
        "HTTP/1.1 201 Created",
        "HTTP/1.1 200 OK",
    ]
    assert "404</span>\nCause: <code>read /feeds/eu.csv</code>" in live


def test_the_live_answer_is_that_of_the_server(served: str, curl: str) -> None:
    """The command on the page, pasted, prints the same head, but for Date and the number of the exchange."""
    html = get(Client(served), "/learn/424")[2]
    command, head = re.findall(r'<pre class="wrap"><code>(.*?)\s*</code></pre>', html, re.DOTALL)[:2]
    pasted = subprocess.run(
        ["sh", "-c", command.replace("curl", f"{curl} -s")], capture_output=True, text=True, check=True
    )
    printed = re.sub(r"(Date|Dav424-Exchange|Server): .*\n", "", pasted.stdout.replace("\r", "")).strip()
    assert re.sub(r"<[^>]+>", "", head).replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"') == printed


@pytest.mark.parametrize(("status", "name"), RUNS, ids=map(str, RUNS))
def test_each_run_is_shown_in_its_place(client: Client, status: int, name: str) -> None:
    """The link of a run opens the page with the answer to it, which is what the run gives."""
    shown = play(RUNS[status, name], str(client.url))
    html = get(client, f"/learn/{status}?run={name}")[2]
    begin = html.index('id="live"' if name == "live" else f'id="result-{name}"')
    answers = re.findall(r'class="status">HTTP/1.1 ([0-9]{3})', html[begin:])
    wanted = [*shown.requests, *shown.cured, *([shown.again] if shown.again else [])]
    assert answers[: len(wanted)] == [str(played.status) for played in wanted]


@pytest.mark.parametrize(("status", "name"), RUNS, ids=map(str, RUNS))
def test_a_cure_cures(status: int, name: str) -> None:
    """After the cure, nothing fails any more; without one, the run is not shown as cured."""
    run = RUNS[status, name]
    shown = play(run, ROOT)
    assert (shown.again is not None) == run.cure
    if shown.again is not None:
        assert not {each for each in shown.again.statuses if each >= 400}


def test_four_places_and_one_where_it_should_not_be() -> None:
    """Each row names the statuses of its answer; the answer to the DELETE has no 424 in it."""
    for cells, run in rows("meaning"):
        assert {int(number) for number in re.findall("[0-9]{3}", cells[2])} <= statuses(play(run, ROOT))
    places = [play(run, ROOT).requests[0] for _, run in rows("meaning")]
    assert [played.status for played in places] == [207, 207, 200, 424]
    assert "<D:propstat>" in places[0].body
    assert "<D:propstat>" not in places[1].body
    deleted = play(RUNS[424, "meaning-6"], ROOT).requests[0]
    assert (deleted.exchange.method, deleted.status) == ("DELETE", 207)
    assert " 423 " in deleted.body
    assert " 424 " not in deleted.body


def test_a_failed_mkcol_has_the_status_of_its_cause_on_the_status_line() -> None:
    """403 on the status line, 424 in the body."""
    made = play(RUNS[424, "meaning-5"], ROOT).requests[0]
    assert (made.exchange.method, made.status) == ("MKCOL", 403)
    assert "424 Failed Dependency" in made.body


def test_each_common_cause_has_its_status_and_a_424_beside_it() -> None:
    """Of each row, a failure has the status in the second column, and something else has 424."""
    for cells, run in rows("causes"):
        lines = [line.result for played in play(run, ROOT).requests for line in played.lines]
        assert {line.status for line in lines if line.outcome == "failed"} == {int(cells[1])}, cells
        assert 424 in {line.status for line in lines}, cells


def test_the_sentences_of_others_are_wrong() -> None:
    """What each row of the table claims."""
    shown = [play(run, ROOT) for _, run in rows("wrong")]
    both, line, one, wire, copied, server, denied, element, caused = shown
    assert sorted(result.status for result in both.requests[0].exchange.facts) == [403, 409, 424]
    assert line.requests[0].head.startswith("HTTP/1.1 424 Failed Dependency\n")
    assert len(one.requests) == 1
    assert {403, 424} <= statuses(one)
    assert (wire.requests[0].exchange.method, wire.requests[0].status) == ("PROPPATCH", 207)
    assert (copied.requests[0].exchange.method, copied.requests[0].status) == ("COPY", 207)
    assert " 424 " not in copied.requests[0].body
    assert [507 in played.statuses or 503 in played.statuses for played in server.requests] == [True, True, False]
    assert [played.status for played in denied.requests] == [424, 424]
    assert 403 in statuses(denied)
    assert "failed-dependency" not in element.requests[0].body
    assert "<D:error>" in element.requests[0].body
    assert caused.again is not None
    assert caused.again.status == 200


def test_the_answers_of_the_questions_hold() -> None:
    """What the answers claim about their runs, in the order of the page."""
    assert answer_to("Is 424 a client error or a server error?").requests[1].status == 503
    assert '"because"' in answer_to("Which dependency failed, and why does the answer not say so?").requests[0].body
    stored = answer_to("Only one thing was wrong. Why did everything fail, and was anything saved?").requests[1].body
    assert "Grace" not in stored
    hidden = answer_to("The status is 207, or 200. Is that a success?").requests[0]
    (inner,) = [each for each in json.loads(hidden.body)["responses"] if each["status"] == 207]
    assert hidden.status == 200
    assert "HTTP/1.1 423 Locked" in decoded(inner["body"])
    assert {404, 504, 424} <= statuses(answer_to("Is it my fault, or the server's?"))
    assert [played.status for played in answer_to("May I retry?").requests] == [424, 424, 200]
    upstream = answer_to("My upstream fails. Do I return 424, or 502, 503, 504, 500, 409, 412 or 422?")
    assert [played.status for played in upstream.requests] == [424, 424, 503]
    assert [played.status for played in answer_to("Can 424 stand on the status line at all?").requests] == [424, 424]
    graph = answer_to("Does a batch as a whole answer with 424?").requests[0]
    assert (graph.status, 424 in graph.statuses) == (200, True)
    around = answer_to("The dependency failed harmlessly. Can the dependent go on, or use its answer?").requests[0]
    assert '"if"' in around.command


@pytest.mark.parametrize("status", articles())
def test_each_page_shows_its_status_live_and_beside_a_424(status: int) -> None:
    """The first answer has the status; under “Beside a 424”, both stand in one answer, and the cure takes both away."""
    assert status in {code for played in play(RUNS[status, "live"], ROOT).requests for code in _shown_in(played)}
    if status != 424:
        shown = play(RUNS[status, "beside-1"], ROOT)
        assert {status, 424} <= {code for played in shown.requests for code in _shown_in(played)}
        assert shown.again is not None


def _shown_in(played: Played) -> set[int]:
    """Give the statuses of an answer, of its results, and those that its body names."""
    return {*played.statuses, *(int(code) for code in re.findall(r'(?:HTTP/1.1 |"status": ?)([0-9]{3})', played.body))}


@pytest.mark.parametrize("status", articles())
def test_the_statuses_in_the_cells_are_in_the_answer(status: int) -> None:
    """A table that says what an answer has says so of its run."""
    tables = [block.table for section in articles()[status].sections for block in section.blocks if block.table]
    for table in tables:
        for row in table.rows:
            told = dict(zip(table.head, row.cells, strict=False))
            text = told.get("Answer", "") + told.get("Statuses in it", "") + told.get("Its status", "")
            shown = play(row.run, ROOT) if row.run is not None else None
            if text and shown is not None:
                found = {code for played in shown.requests for code in _shown_in(played)}
                assert {int(code) for code in re.findall(r"\b[0-9]{3}\b", text)} <= found, row.cells
            without = told.get("Where 423 stands", "")
            if shown is not None and without:
                named = "HTTP/1.1 424" in shown.requests[0].body + shown.requests[0].head
                assert named == ("424" in without and "without" not in without)


def test_all_pages_have_one_form() -> None:
    """The shorter pages have the same sections; each has a row under its neighbours."""
    assert sorted(articles()) == [207, 403, 404, 409, 412, 422, 423, 424, 429, 503, 507]
    for status, article in articles().items():
        if status != 424:
            assert [section.id for section in article.sections] == ["meaning", "where", "beside", "fix", "mistake"]
        assert article.where in article.sections[0].blocks[0].text
        assert all(
            sum(value is not None for value in msgspec.structs.asdict(block).values()) == 1
            for section in article.sections
            for block in section.blocks
        )


def test_every_scenario_of_the_pages_is_bundled() -> None:
    """A run names a scenario of this project, and requests in it."""
    assert {run.scenario for run in RUNS.values()} <= {file.stem for file in bundled_files()}


@pytest.mark.parametrize("status", articles())
def test_a_terminal_gets_text_of_eighty_columns(client: Client, status: int) -> None:
    """Curl gets no markup; only commands, answers and URLs are longer than a line."""
    for accept in ("*/*", "text/plain", ""):
        _, headers, text = get(client, f"/learn/{status}", accept)
        assert headers["Content-Type"] == "text/plain; charset=utf-8"
        assert text.startswith(f"{status} {articles()[status].phrase}\n===")
    html = get(client, f"/learn/{status}")[2]
    preformatted = " ".join(re.findall(r"<pre.*?</pre>", html, re.DOTALL))
    plain = re.sub(r"<[^>]+>", "", preformatted).replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'")
    plain = plain.replace("&#34;", '"').replace("&amp;", "&")
    long = [line for line in text.splitlines() if len(line) > 80 and line not in plain and "http" not in line]
    assert long == []


@pytest.mark.parametrize("name", ["meaning-3", "faq-2", "live"])
def test_a_terminal_gets_a_run_alone(client: Client, name: str) -> None:
    """The command, the whole answer line by line, and the tree of its results."""
    text = get(client, f"/learn/424?run={name}", "*/*")[2]
    shown = play(RUNS[424, name], client.url.rstrip("/") + "/")
    for played in shown.requests:
        assert played.command.rstrip("\n") in text
        assert played.head in text
        assert played.body.strip() in text
    assert "Common causes" not in text
    if name == "meaning-3":
        assert "\n* 423 Cause: send request 1 (PUT order.txt)." in text
        assert "\n  * 424 Not done: send request 2 (PUT confirmation.txt)\n" in text
        assert "\n    * 424 Not done: send request 3 (COPY confirmation.txt)\n" in text


def test_the_commands_of_the_page_do_what_it_says(served: str, curl: str) -> None:
    """The lines under “Check it with curl -I”, pasted in their order."""
    html = get(Client(served), "/learn/424")[2]
    section = html[html.index('<section id="check">') : html.index('<section id="faq">')]
    commands = [
        unescape(code) for code in re.findall(r"<pre class=\"wrap\"><code>(.*?)</code></pre>", section, re.DOTALL)
    ]
    printed = [
        subprocess.run(
            ["sh", "-c", each.replace("curl ", f"{curl} -s ")], capture_output=True, text=True, check=True
        ).stdout
        for each in commands
    ]
    assert printed[0].startswith("HTTP/1.1 424 Failed Dependency")
    assert "Link: </report-from-feeds/feeds/eu.csv>" in printed[0]
    assert printed[1].startswith("HTTP/1.1 200 OK")
    assert "HTTP/1.1 424 Failed Dependency" in printed[2]
    assert "HTTP/1.1 403 Forbidden" in printed[2]


def decoded(body: str) -> str:
    """Decode a body in a batch, which is in base64url."""
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()


def test_the_page_changes_nothing(serve_alone: Serving) -> None:
    """Its runs take no number in a journal, and make no space."""
    url, app = serve_alone({})
    for path in ("/learn/424", "/learn/424?run=meaning-1"):
        assert get(Client(url), path)[0] == 200
    assert len(app.spaces.default.journal) == 0
    assert [space.name for space in app.spaces.all()] == ["default"]


def test_the_sources_are_linked() -> None:
    """RFC 4918 section 11.4, and the registry."""
    html = "".join(_texts())
    assert "RFC 4918 11.4" in html
    assert "https://www.iana.org/assignments/http-status-codes/http-status-codes.xhtml" in html


def _texts() -> Iterator[str]:
    for section in PAGE.sections:
        for block in section.blocks:
            yield block.text or ""


@pytest.mark.parametrize(
    "path", ["/learn/425", "/learn/4240", "/learn/none", "/learn/424?run=none", "/learn/%D9%A4%D9%A2%D9%A4"]
)
def test_an_unknown_page_or_run_is_404(client: Client, path: str) -> None:
    """The answer names the pages."""
    assert get(client, path)[0] == 404


def test_every_link_of_the_pages_leads_somewhere(served: str) -> None:
    """All of them, on this server: pages, scenarios, files, and the places in a page."""
    client = Client(served)
    pages = {
        path: get(client, path)[2] for path in ("/learn/", "/learn/x/1", *(f"/learn/{code}" for code in articles()))
    }
    found = {link for html in pages.values() for link in re.findall(r'(?:href|src)="(/[^"]*)"', html)}
    assert len(found) > 60
    broken = []
    for link in sorted(found):
        path, _, place = unescape(link).partition("#")
        status, _, html = get(client, path)
        if status != 200 or (place and f'id="{place}"' not in html):
            broken.append(link)
    assert broken == []
    for path, html in pages.items():
        for place in re.findall(r'href="#([^"]*)"', html):
            assert f'id="{place}"' in html, path


def test_a_section_of_an_rfc_is_a_link(client: Client) -> None:
    """Each one in the text leads to the RFC editor."""
    html = get(client, "/learn/424")[2]
    assert '<a href="https://www.rfc-editor.org/rfc/rfc4918#section-11.4">RFC 4918 11.4</a>' in html
    assert not re.search(r"(?<!>)RFC [0-9]{4} [0-9]", re.sub(r"<pre.*?</pre>", "", html, flags=re.DOTALL))


def test_below_a_prefix_the_links_stay_below_it() -> None:
    """A page below a mount names no path above it."""
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    from werkzeug.test import Client as WerkzeugClient

    from dav424.wsgi import application

    hosted = WerkzeugClient(DispatcherMiddleware(lambda *_: [], {"/dav": application()}))
    html = hosted.get("/dav/learn/424?run=meaning-1", headers={"Accept": BROWSER}).get_data(as_text=True)
    assert 'class="status">HTTP/1.1 424 Failed Dependency' in html
    assert [link for link in re.findall(r'(?:href|src)="(/[^"]*)"', html) if not link.startswith("/dav/")] == []
    assert "http://localhost/dav/report-from-feeds/report.html" in html
