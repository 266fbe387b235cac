"""The exercises: each is solvable by its hints, with curl and with the form, and by nothing less."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from html import unescape
from urllib.parse import urlencode

import pytest

from dav424.journal.report import ExchangeReport
from dav424.pages.learn.exercise import Exercise, exercises, glossary
from dav424.pages.learn.exercise_pages import as_spec
from dav424.pages.learn.grading import RULES, grade
from dav424.pages.learn.stage import Stage
from dav424.scenario.sources import scenario_sources
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.conftest import Serving
from tests.pages.test_site import BROWSER, get

NUMBERED = dict(enumerate(exercises(), 1))
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": BROWSER}


@pytest.fixture
def client(serve_alone: Serving) -> Client:
    """A client of the root of a server with the bundled scenarios."""
    return Client(serve_alone(scenario_sources())[0])


def played(exercise: Exercise, requests: Sequence[int]) -> list[ExchangeReport]:
    """Play some requests of the solution on one stage."""
    stage = Stage(exercise.scenario, "http://127.0.0.1:4240/")
    return [stage.play(as_spec(exercise.solution[position])).exchange for position in requests]


def begin(client: Client, number: int) -> tuple[str, str]:
    """Open an exercise; gives the page, and the name of the space that it suggests."""
    html = get(client, f"/learn/x/{number}")[2]
    space = re.search(r'name="space" value="([^"]+)"', html)
    assert space is not None
    return html, space[1]


def post(client: Client, number: int, **fields: str) -> str:
    """Send the form of an exercise, and give the page that answers it."""
    answer = client("POST", f"/learn/x/{number}", urlencode(fields), FORM)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def is_solved(html: str) -> bool:
    """Say whether a page says that its exercise is solved."""
    return "<h2>Solved</h2>" in html


def fields_of(html: str) -> dict[str, str]:
    """Read the fields of the form as a browser does."""
    method = re.search(r"<option selected>(\w+)</option>", html)
    path = re.search(r'name="path" value="([^"]*)"', html)
    texts = dict(re.findall(r'<textarea class="raw" name="(\w+)"[^>]*>(.*?)</textarea>', html, re.DOTALL))
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert method is not None
    assert path is not None
    written = {name: unescape(text).replace("\n", "\r\n") for name, text in texts.items()}
    return {**hidden, **written, "method": method[1], "path": unescape(path[1])}


def test_there_are_ten_and_each_rule_is_used_once() -> None:
    """Ten exercises, with three hints each, and twelve words."""
    assert len(exercises()) == 10
    assert sorted(each.rule for each in exercises()) == sorted(RULES)
    assert len(glossary()) == 12


@pytest.mark.parametrize("number", NUMBERED)
def test_the_last_hint_solves_it_with_curl(client: Client, number: int, curl: str) -> None:
    """The commands of the third hint, pasted as the page prints them to a terminal."""
    text = get(client, f"/learn/x/{number}?hint=3", "*/*")[2]
    html = get(client, f"/learn/x/{number}?hint=3&space={space_in(text)}")[2]
    hint = html[html.index('id="hint-3"') :]
    hint = hint[: hint.index("</details>")]
    commands = [unescape(each) for each in re.findall(r"<code>(curl .*?)</code>", hint, re.DOTALL)]
    assert len(commands) == len(NUMBERED[number].solution)
    for command in commands:
        subprocess.run(["sh", "-c", command.replace("curl ", f"{curl} -s ", 1)], capture_output=True, check=True)
    told = get(client, f"/learn/x/{number}?space={space_in(text)}", "*/*")[2]
    assert "\nSolved\n------\n" in told
    assert "Remember: " in told


def space_in(text: str) -> str:
    """Find the space that a page suggests."""
    found = re.search(r"learn-[a-z0-9]{8}", text)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("number", NUMBERED)
def test_the_last_hint_solves_it_with_the_form(client: Client, number: int) -> None:
    """Without JavaScript: each request of the hint is put into the form, and sent."""
    html, space = begin(client, number)
    assert not is_solved(html)
    for position in range(1, len(NUMBERED[number].solution) + 1):
        filled = get(client, f"/learn/x/{number}?space={space}&fill={position}")[2]
        html = post(client, number, **fields_of(filled))
    assert is_solved(html)
    assert is_solved(get(client, f"/learn/x/{number}?space={space}")[2])


@pytest.mark.parametrize("number", NUMBERED)
def test_the_form_at_the_start_does_not_solve_it(client: Client, number: int) -> None:
    """The learner has something to do."""
    html = begin(client, number)[0]
    html = post(client, number, **fields_of(html))
    assert not is_solved(html)
    assert 'class="status">HTTP/1.1 ' in html


@pytest.mark.parametrize("number", NUMBERED)
def test_show_me_solves_nothing(client: Client, number: int) -> None:
    """The solution is played elsewhere, with its real answers; the exercise stays unsolved."""
    space = begin(client, number)[1]
    html = get(client, f"/learn/x/{number}?space={space}&show=1")[2]
    shown = html[html.index('<section id="shown">') :]
    assert shown.count('class="status">HTTP/1.1') == len(NUMBERED[number].solution)
    assert not is_solved(html)
    assert not is_solved(get(client, f"/learn/x/{number}?space={space}")[2])


@pytest.mark.parametrize("number", NUMBERED)
def test_each_request_of_the_solution_is_needed(number: int) -> None:
    """Without any one of them, a step is missing; the other way round, all of them are enough."""
    exercise = NUMBERED[number]
    every = range(len(exercise.solution))
    assert grade(exercise.rule, exercise.scenario, played(exercise, every)).solved
    for left_out in every:
        some = played(exercise, [each for each in every if each != left_out])
        assert not grade(exercise.rule, exercise.scenario, some).solved


@pytest.mark.parametrize("number", NUMBERED)
def test_requests_to_another_scenario_do_not_count(number: int) -> None:
    """An exercise looks at its own scenario alone."""
    exercise = NUMBERED[number]
    exchanges = played(exercise, range(len(exercise.solution)))
    assert not grade(exercise.rule, "another", exchanges).solved


PROPPATCH = '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x">{}</D:propertyupdate>'


def sets(*names: str) -> str:
    """Write a PROPPATCH that sets properties."""
    return PROPPATCH.format("".join(f"<D:set><D:prop><{name}>a</{name}></D:prop></D:set>" for name in names))


def batch(*dependencies: str) -> str:
    """Write a batch of which the second request meets a lock, with the ``dependsOn`` of each."""
    urls = ["a.txt", "order.txt", "b.txt", "c.txt", "d.txt"]
    requests = [
        f'{{"id": "{n}", "method": "put", "url": "{url}", "headers": {{"content-type": "text/plain"}}, "body": "a"{needs}}}'
        for n, (url, needs) in enumerate(zip(urls, dependencies, strict=False), 1)
    ]
    return f'{{"requests": [{", ".join(requests)}]}}'


ON_2 = ', "dependsOn": ["2"]'
NEAR_MISSES = {
    "two 424 are not exactly one": (2, [("PROPPATCH", "/report.txt", sets("x:a", "x:b", "D:getetag"))]),
    "a failure alone has no 424": (2, [("PROPPATCH", "/report.txt", sets("D:getetag"))]),
    "the same order twice": (3, [("PROPPATCH", "/report.txt", sets("x:a", "D:getetag"))] * 2),
    "another property in the second order": (
        3,
        [
            ("PROPPATCH", "/report.txt", sets("x:a", "D:getetag")),
            ("PROPPATCH", "/report.txt", sets("D:getetag", "x:b")),
        ],
    ),
    "a look before the failure": (
        4,
        [
            (
                "PROPFIND",
                "/report.txt",
                '<D:propfind xmlns:D="DAV:" xmlns:x="urn:x"><D:prop><x:a/></D:prop></D:propfind>',
            ),
            ("PROPPATCH", "/report.txt", sets("x:a", "D:getetag")),
        ],
    ),
    "a look for another property": (
        4,
        [
            ("PROPPATCH", "/report.txt", sets("x:a", "D:getetag")),
            (
                "PROPFIND",
                "/report.txt",
                '<D:propfind xmlns:D="DAV:" xmlns:x="urn:x"><D:prop><x:b/></D:prop></D:propfind>',
            ),
        ],
    ),
    "the locked document is no folder": (
        5,
        [
            (
                "LOCK",
                "/project/plan.txt",
                '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>',
            )
        ],
    ),
    "another folder that is not there": (
        6,
        [
            (
                "MKCOL",
                "/home/a/",
                '<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:owner>me</D:owner></D:prop></D:set></D:mkcol>',
            ),
            ("GET", "/home/b/", ""),
        ],
    ),
    "one cause": (7, [("PROPPATCH", "/report.txt", sets("D:creationdate", "x:author"))]),
    "the last two": (8, [("POST", "/$batch", batch("", "", ON_2, ON_2))]),
    "the third": (8, [("POST", "/$batch", batch("", "", ON_2, ""))]),
    "three requests": (8, [("POST", "/$batch", batch("", "", ON_2))]),
    "no JSON": (8, [("POST", "/$batch", "{")]),
    "the cure before the failure": (9, [("PUT", "/feeds/eu.csv", "a"), ("HEAD", "/report.html", "")]),
    "a GET is no HEAD": (9, [("GET", "/report.html", ""), ("PUT", "/feeds/eu.csv", "a"), ("GET", "/report.html", "")]),
    "other bytes": (
        10,
        [
            (
                "PROPPATCH",
                "/report.txt",
                sets("x:author", "y:title").replace("xmlns:x=", 'xmlns:y="http://example.com/ns" xmlns:x='),
            )
        ]
        * 2
        + [("PROPPATCH", "/report.txt", sets("x:author"))],
    ),
}


@pytest.mark.parametrize("miss", NEAR_MISSES)
def test_a_near_miss_solves_nothing(client: Client, miss: str) -> None:
    """Requests that a learner may take for a solution, sent to the copy of the learner."""
    number, requests = NEAR_MISSES[miss]
    space = begin(client, number)[1]
    for method, path, body in requests:
        kind = "application/json" if path == "/$batch" else "application/xml"
        depth = {"Depth": "0"} if method in ("LOCK", "PROPFIND") else {}
        client(method, f"/s/{space}/{NUMBERED[number].scenario}{path}", body, {"Content-Type": kind, **depth})
    html = get(client, f"/learn/x/{number}?space={space}")[2]
    assert 'value="yes"' in html
    assert not is_solved(html)


def test_the_list_ticks_the_exercises_that_the_space_has_solved(client: Client) -> None:
    """One space has the progress of all exercises, without JavaScript and in a terminal."""
    space = begin(client, 1)[1]
    client("GET", f"/s/{space}/report-from-feeds/report.html")
    html = get(client, f"/learn/?space={space}")[2]
    assert re.findall(r'data-number="(\d+)" data-solved', html) == ["1"]
    assert f'href="/learn/x/2?space={space}"' in html
    assert "<http" in (text := get(client, f"/learn/?space={space}", "*/*")[2])
    assert text.count("solved\n") == 1


def test_the_space_expires_after_an_hour_without_a_request(serve_alone: Serving) -> None:
    """The page asks for it."""
    url, app = serve_alone(scenario_sources())
    client = Client(url)
    html, space = begin(client, 1)
    post(client, 1, **fields_of(html))
    assert app.spaces.find(space).idle == 3600


def test_an_expired_space_is_made_again_and_the_page_says_so(serve_alone: Serving) -> None:
    """The form still names the old space."""
    url, app = serve_alone(scenario_sources())
    client = Client(url)
    html, space = begin(client, 9)
    html = post(client, 9, **fields_of(html))
    app.spaces.remove(space)
    html = post(client, 9, **{**fields_of(html), "begun": "yes"})
    assert "Your space had expired." in html
    assert app.spaces.find(space).journal.upcoming == 2


def test_where_the_api_is_closed_the_form_still_sends(serve_alone: Serving) -> None:
    """The answer is there; that the grade is missing is said, with the reason."""
    for settings in ({"closed": "It is closed here."}, {"apart": True}):
        client = Client(serve_alone(scenario_sources(), **settings)[0])
        html = post(client, 1, space="", begun="", method="GET", path="/report.html", headers="", body="")
        assert 'class="status">HTTP/1.1 424 Failed Dependency' in html
        assert "can't be graded here" in html
        assert not is_solved(html)
        assert "can't be graded here" in get(client, "/learn/?space=learn-aaaaaaaa")[2]


def test_a_token_opens_a_closed_api(serve_alone: Serving) -> None:
    """A client that sends it with each request gets its grade."""
    client = Client(serve_alone(scenario_sources(), closed="closed", token="secret")[0])
    space = "learn-aaaaaaaa"
    client("GET", f"/s/{space}/report-from-feeds/report.html")
    answer = client("GET", f"/learn/x/1?space={space}", headers={"Authorization": "Bearer secret", "Accept": BROWSER})
    assert is_solved(answer.body.decode())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"path": "report.html"}, "must start with a slash"),
        ({"method": "GET /x"}, "is no token"),
        ({"headers": "no header"}, "is no header"),
    ],
)
def test_a_request_that_no_client_can_send_is_refused_with_words(
    client: Client, fields: dict[str, str], why: str
) -> None:
    """400, and a page that says what is wrong."""
    sent = {"space": "", "begun": "", "method": "GET", "path": "/report.html", "headers": "", "body": "", **fields}
    answer = client("POST", "/learn/x/1", urlencode(sent), FORM)
    assert answer.status == 400
    assert why in unescape(answer.body.decode())


def test_only_spaces_of_learners_are_read(client: Client) -> None:
    """A page shows the grade of no other space: another name is a new one."""
    client("GET", "/report-from-feeds/report.html")
    for name in ("default", "other", "learn-../default", "learn-AAAAAAAA", ""):
        html = get(client, f"/learn/x/1?space={name}")[2]
        assert not is_solved(html)
        assert f'name="space" value="{name}"' not in html


def test_text_from_elsewhere_is_text(client: Client) -> None:
    """Markup in the fields, and in what the server sends back of them, stays text."""
    bad = "<img src=x onerror=alert(1)>"
    html = post(
        client,
        1,
        space="",
        begun="",
        method="PUT",
        path="/%3Cimg%20src=x%20onerror=alert(1)%3E",
        headers=f"X-A: {bad}",
        body=bad,
    )
    assert "<img" not in html
    assert unescape(html).count(bad) >= 2


def test_a_form_of_another_site_sends_nothing(client: Client) -> None:
    """The request has an Origin that is not the server's."""
    answer = client(
        "POST",
        "/learn/x/1",
        urlencode({"method": "GET", "path": "/report.html"}),
        {**FORM, "Origin": "http://elsewhere.example"},
    )
    assert answer.status == 403


@pytest.mark.parametrize(
    "path", ["/learn/x/0", "/learn/x/11", "/learn/x/one", "/learn/x/%D9%A1", "/learn/x/" + "1" * 5000]
)
def test_an_unknown_exercise_is_404(client: Client, path: str) -> None:
    """The answer says which exercises there are."""
    status, _, html = get(client, path)
    assert (status, "exercises 1 to 10" in html) == (404, True)


def test_without_spaces_of_its_own_making_the_server_still_grades(serve_alone: Serving) -> None:
    """Where a request makes no space, the admin API makes it."""
    client = Client(serve_alone(scenario_sources(), Settings(auto=False))[0])
    html = begin(client, 1)[0]
    html = post(client, 1, **{**fields_of(html), "path": "/report.html"})
    assert is_solved(html)


@pytest.mark.parametrize("number", ["0", "11", "0019", "00100", "1" * 5000, "1x", "%D9%A1"])
def test_there_is_no_such_exercise(client: Client, number: str) -> None:
    """A 404 that says which there are."""
    status, _, text = get(client, f"/learn/x/{number}", "*/*")
    assert status == 404
    assert "there are exercises 1 to 10" in text


def test_a_deep_batch_spoils_no_page(client: Client) -> None:
    """A request whose body nobody can read stays in the journal, and the exercise can go on."""
    html, _ = begin(client, 8)
    fields = {**fields_of(html), "method": "POST", "path": "/$batch", "body": "[" * 50_000}
    assert not is_solved(post(client, 8, **fields))
