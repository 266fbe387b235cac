"""Proving scenarios: ours are proven over real HTTP, and a server that is wrong is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from dav424.app import ScenarioWorlds, make_app
from dav424.cli import PROVING_TIME
from dav424.proof.play import Player
from dav424.proof.prove import Observed, prove
from dav424.scenario.check import bundled, load
from dav424.scenario.model import Cure, Expect, Expected, Scenario, cured
from dav424.server import serving

BUNDLED = bundled()
SHIPPED = [
    "mkcalendar-refused",
    "mkcol-bad-resourcetype",
    "mkcol-with-properties",
    "playground",
    "proppatch-conflict",
    "proppatch-denied",
    "proppatch-fails-twice-then-works",
    "proppatch-protected",
    "proppatch-quota",
    "proppatch-set-remove-set",
    "proppatch-store-fails-at-commit",
    "proppatch-store-fails-last",
    "proppatch-two-causes",
    "proppatch-unprocessable",
]
FAILING = [name for name in BUNDLED if name != "playground"]
PROTECTED = "proppatch-protected"
SPOILING = (
    b'<D:propertyupdate xmlns:D="DAV:" xmlns:x="http://example.com/ns">'
    b"<D:set><D:prop><x:author>Grace</x:author></D:prop></D:set></D:propertyupdate>"
)

Application = Callable[..., Iterable[bytes]]
Tampering = Callable[[dict[str, Any], str, bytes], tuple[str, bytes]]


def answered(app: Application, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Let an application answer, and take the answer whole."""
    started: list[Any] = []
    body = b"".join(app(environ, lambda status, headers: started.extend((status, headers))))
    return started[0], started[1], body


def tampered(app: Application, tamper: Tampering) -> Application:
    """Put something between a server and its clients that changes the answers to PROPPATCH and MKCOL."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = answered(app, environ)
        if environ["REQUEST_METHOD"] in ("PROPPATCH", "MKCOL"):
            status, body = tamper(environ, status, body)
            headers = [(k, v) for k, v in headers if k != "Content-Length"] + [("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]

    return serve


def flaws(
    name: str, tamper: Callable[[Application], Tampering] | None = None, *, cures: bool = True, **changes: Any
) -> list[str]:
    """Prove a bundled scenario against a server, and give what is not as promised.

    ``tamper`` makes of the true server what spoils its answers; without ``cures`` the cure does
    nothing; ``changes`` are to what the scenario expects, behind the server's back.
    """
    scenario = BUNDLED[name]
    worlds = ScenarioWorlds({name: lambda: scenario}, clock=lambda: PROVING_TIME)
    app = make_app(worlds)
    with serving(tampered(app, tamper(app)) if tamper else app) as url:
        player = Player(f"{url}{name}/", replace(scenario, **changes))
        cure = (lambda: worlds.find(name).rearrange(cured(scenario))) if cures else (lambda: None)
        return [str(flaw) for flaw in prove(name, player, cure)]


def rewriting(old: bytes, new: bytes) -> Callable[[Application], Tampering]:
    """Exchange some bytes of the bodies."""
    return lambda _app: lambda _environ, status, body: (status, body.replace(old, new))


def restating(line: str) -> Callable[[Application], Tampering]:
    """Exchange the status line."""
    return lambda _app: lambda _environ, _status, body: (line, body)


def spoiling(app: Application) -> Tampering:
    """Store the author after all, once its PROPPATCH has failed."""

    def tamper(environ: dict[str, Any], status: str, body: bytes) -> tuple[str, bytes]:
        if b" 424 " in body:
            unread = SimpleNamespace(chunked_read=False, rfile=BytesIO(SPOILING), close_connection=False)
            alone = {**environ, "dav424.http": unread, "CONTENT_LENGTH": str(len(SPOILING))}
            stored, _, said = answered(app, alone)
            assert (stored, b" 200 OK" in said) == ("207 Multi-Status", True)
        return status, body

    return tamper


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_scenario_is_proven(name: str) -> None:
    """Played over real HTTP, its answers, the state they leave and its cure are as promised."""
    assert flaws(name) == []


def test_the_scenarios_that_were_promised_are_bundled() -> None:
    """None of these is ever lost."""
    assert set(SHIPPED) - set(BUNDLED) == set()


@pytest.mark.parametrize("name", FAILING)
def test_every_failing_scenario_has_causes(name: str) -> None:
    """What fails, fails because of something that the file names."""
    assert BUNDLED[name].causes


@pytest.mark.parametrize("name", FAILING)
def test_every_failing_scenario_has_a_cure(name: str) -> None:
    """What fails can be made to succeed, and the file says how."""
    assert BUNDLED[name].cure is not None


@pytest.mark.parametrize("name", FAILING)
def test_every_failing_scenario_fails(name: str) -> None:
    """At least one request is expected to be refused, in its status or in what it says."""
    expected = [request.expect for request in BUNDLED[name].requests]
    assert [each for each in expected if each.status >= 400 or any(answer.status >= 400 for answer in each.answers)]


@pytest.mark.parametrize("name", BUNDLED)
def test_every_scenario_says_what_it_teaches_and_where_it_is_written(name: str) -> None:
    """A title, a lesson and a section of an RFC."""
    assert all([BUNDLED[name].title, BUNDLED[name].teaches, BUNDLED[name].spec, BUNDLED[name].requests])


def test_a_server_that_rolls_back_badly_is_found_out() -> None:
    """The answer is as promised, but the author was stored."""
    assert [flaw for flaw in flaws(PROTECTED, spoiling) if "it failed, and properties of /report.txt changed" in flaw]


def test_a_server_that_rolls_back_badly_is_found_out_by_the_state_alone() -> None:
    """Nothing is wrong with the answer to the request that failed."""
    assert not [flaw for flaw in flaws(PROTECTED, spoiling) if "424" in flaw or "answered" in flaw]


def test_a_424_without_a_cause_is_found_out() -> None:
    """Where the 403 says 424 too, nothing in the answer explains any of them."""
    causeless = rewriting(b"HTTP/1.1 403 Forbidden", b"HTTP/1.1 424 Failed Dependency")
    assert [flaw for flaw in flaws(PROTECTED, causeless) if "a 424 without a cause: /report.txt" in flaw]


def test_a_424_that_does_not_name_its_cause_is_found_out() -> None:
    """The cause is there, but the 424 doesn't say that it was it."""
    mute = rewriting(b"(403 Forbidden)", b"")
    assert [flaw for flaw in flaws(PROTECTED, mute) if "a 424 that doesn't say what it depended on" in flaw]


def test_a_cure_that_does_nothing_is_found_out() -> None:
    """The same request fails once more, and each property that does is told."""
    still = [flaw for flaw in flaws(PROTECTED, cures=False) if ", after the cure: still /report.txt" in flaw]
    assert len(still) == 3


def test_a_cure_of_nothing_is_found_out() -> None:
    """Where nothing failed, there was nothing to cure."""
    said = flaws("playground", cure=Cure(why="boredom"))
    assert said == ["playground: the cure: nothing failed that it could cure"]


def test_another_status_is_found_out() -> None:
    """200 where 207 was promised."""
    assert [flaw for flaw in flaws(PROTECTED, restating("200 OK")) if "answered 200, not 207" in flaw]


def test_another_status_of_a_refused_request_is_found_out() -> None:
    """409 where 403 was promised, of an MKCOL."""
    assert [
        flaw for flaw in flaws("mkcol-with-properties", restating("409 Conflict")) if "answered 409, not 403" in flaw
    ]


def test_a_property_left_out_is_found_out() -> None:
    """The answer says nothing of the title."""
    silent = rewriting(b'<n:title xmlns:n="http://example.com/ns"/>', b"")
    assert [
        flaw
        for flaw in flaws(PROTECTED, silent)
        if flaw.endswith("missing: /report.txt {http://example.com/ns}title: 424")
    ]


def test_a_property_too_many_is_found_out() -> None:
    """The answer speaks of something that nobody asked about."""
    chatty = rewriting(b"<D:prop>", b"<D:prop><D:owner/>")
    assert [flaw for flaw in flaws(PROTECTED, chatty) if "not expected: /report.txt {DAV:}owner: 424" in flaw]


def test_a_property_told_twice_is_found_out() -> None:
    """An answer that says the same of one property twice says more than was promised."""
    title = b'<n:title xmlns:n="http://example.com/ns"/>'
    assert flaws(PROTECTED, rewriting(title, title + title))


def test_a_success_beside_a_failure_is_found_out() -> None:
    """What a failed PROPPATCH has not stored may not be 200."""
    lying = rewriting(b"HTTP/1.1 424 Failed Dependency", b"HTTP/1.1 200 OK")
    assert [flaw for flaw in flaws(PROTECTED, lying) if "a success beside a failure: /report.txt" in flaw]


def test_another_condition_is_found_out() -> None:
    """The 403 is there, but for another reason."""
    other = rewriting(b"cannot-modify-protected-property", b"need-privileges")
    assert [flaw for flaw in flaws(PROTECTED, other) if "missing:" in flaw and "cannot-modify" in flaw]


def test_a_condition_left_out_is_found_out() -> None:
    """A DAV:error that names nothing is not what was promised."""
    silent = rewriting(b"<D:cannot-modify-protected-property/>", b"")
    assert [flaw for flaw in flaws(PROTECTED, silent) if "missing:" in flaw and "cannot-modify" in flaw]


def test_what_is_expected_can_be_wrong() -> None:
    """A file that promises something else is not proven, though the server is right."""
    requests = [replace(each, expect=Expect(status=200)) for each in BUNDLED[PROTECTED].requests]
    assert f"{PROTECTED}: {requests[0].name}: answered 207, not 200" in flaws(PROTECTED, requests=requests)


def test_a_text_that_is_not_in_the_body_is_found_out() -> None:
    """``contains`` is looked for in the bytes of the answer."""
    name = "proppatch-set-remove-set"
    spoilt = rewriting(b"", b"")
    requests = [replace(each, expect=replace(each.expect, contains="Faust")) for each in BUNDLED[name].requests]
    assert [flaw for flaw in flaws(name, spoilt, requests=requests) if "the body does not contain 'Faust'" in flaw]


def test_a_cure_that_adds_to_the_causes_is_no_cure() -> None:
    """What still fails after a change that does not help is told."""
    scenario = load(
        "title: t\ntree: {/doc: {}}\n"
        "causes: [{id: c, kind: value-rule, property: p, enum: [a]}]\n"
        "requests:\n"
        "  - name: r\n    method: PROPPATCH\n    path: /doc\n    headers: {Content-Type: application/xml}\n"
        '    body: <D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><p>b</p></D:prop></D:set></D:propertyupdate>\n'
        "    expect: {status: 207, answers: [{property: p, status: 409}]}\n"
        "cure: {why: none, change: {c: {enum: [a, c]}}}\n",
        "f",
    )
    worlds = ScenarioWorlds({"s": lambda: scenario}, clock=lambda: PROVING_TIME)
    with serving(make_app(worlds)) as url:
        said = prove("s", Player(f"{url}s/", scenario), lambda: worlds.find("s").rearrange(cured(scenario)))
    assert [str(flaw) for flaw in said] == ["s: r, after the cure: still /doc p: 409"]


def test_another_order_of_the_same_members_is_a_difference() -> None:
    """Nothing but the order in which they are listed tells of it."""
    before = Observed({"/": (), "/a": (), "/b": ()}, {})
    after = Observed({"/": (), "/b": (), "/a": ()}, {})
    assert list(before.differences(after)) == ["members come in another order"]
    assert list(before.differences(before)) == []


def played(name: str, scenario: Scenario) -> list[tuple[int, dict[str, str], bytes]]:
    """Serve a scenario, send its requests, and give the answers as they came."""
    worlds = ScenarioWorlds({name: lambda: scenario}, clock=lambda: PROVING_TIME)
    with serving(make_app(worlds)) as url:
        player = Player(f"{url}{name}/", scenario)
        answers = [player.send(spec) for spec in scenario.requests]
    return [(answer.status, dict(answer.headers), answer.body) for answer in answers]


@pytest.mark.parametrize("name", BUNDLED)
def test_the_server_never_reads_what_is_expected(name: str) -> None:
    """With every promise falsified and the cure gone, the answers are the same to the byte."""
    scenario = BUNDLED[name]
    lie = Expect(status=418, answers=[Expected(href="/nowhere", status=424)], contains="teapot")
    falsified = replace(scenario, requests=[replace(each, expect=lie) for each in scenario.requests], cure=None)
    assert played(name, falsified) == played(name, scenario)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_server_reads_no_title_and_no_request(name: str) -> None:
    """What a scenario calls itself and its requests does not change an answer either."""
    scenario = BUNDLED[name]
    renamed = [replace(each, name="another") for each in scenario.requests]
    other = replace(scenario, title="another", teaches="", spec=[], requests=renamed)
    assert played(name, other) == played(name, scenario)
