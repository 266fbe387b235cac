"""Proving scenarios: ours are proven over real HTTP, and a server that is wrong is not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from dav424.app import App
from dav424.core.message import Response
from dav424.gateway.gateway import Gateway
from dav424.proof.play import Player
from dav424.proof.prove import Observed, prove
from dav424.scenario.load import load
from dav424.scenario.model import Cure, ExpectedAnswer, ExpectedStatus, Scenario, cured
from dav424.scenario.sources import scenario_sources
from dav424.wire.framing import IncomingRequest
from dav424.wire.head import Head
from dav424.wire.server import Application as Serving
from dav424.wire.server import serving

BUNDLED = {name: source() for name, source in scenario_sources().items()}
SHIPPED = [
    "batch-207-inside",
    "batch-chain",
    "batch-diamond",
    "batch-group-rolls-back",
    "batch-if",
    "batch-multipart",
    "batch-references",
    "batch-stop-on-error",
    "graph-sequential",
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
TITLE = b'<n:title xmlns:n="http://example.com/ns"/>'
PROTECTED = "proppatch-protected"
REPORT = "report-from-feeds"
SPOILING = (
    b'<D:propertyupdate xmlns:D="DAV:" xmlns:x="http://example.com/ns">'
    b"<D:set><D:prop><x:author>Grace</x:author></D:prop></D:set></D:propertyupdate>"
)

Tampering = Callable[[IncomingRequest, Response], Response]


def tampered(app: Gateway, tamper: Tampering) -> Serving:
    """Put something between a server and its clients that changes the answers to PROPPATCH, MKCOL and GET."""

    def serve(http: IncomingRequest) -> Response:
        response = app(http)
        return tamper(http, response) if http.head.method in ("PROPPATCH", "MKCOL", "GET", "POST") else response

    return serve


def flaws(
    name: str, tamper: Callable[[Gateway], Tampering] | None = None, *, cures: bool = True, **changes: Any
) -> list[str]:
    """Prove a bundled scenario against a server, and give what is not as promised.

    ``tamper`` makes of the true server what spoils its answers; without ``cures`` the cure does
    nothing; ``changes`` are to what the scenario expects, behind the server's back.
    """
    scenario = replace(BUNDLED[name], faults=[])  # as the prover serves it
    served = App({name: lambda: scenario})
    app = served.gateway
    with serving(tampered(app, tamper(app)) if tamper else app) as url:
        player = Player(f"{url}{name}/", replace(scenario, **changes))
        cure = (lambda: served.spaces.default.world(name).change_causes(cured(scenario))) if cures else (lambda: None)
        return [str(flaw) for flaw in prove(name, player, cure)]


def rewriting(old: bytes, new: bytes) -> Callable[[Gateway], Tampering]:
    """Exchange some bytes of the bodies."""

    def tamper(_http: IncomingRequest, response: Response) -> Response:
        assert isinstance(response.body, bytes)
        return replace(response, body=response.body.replace(old, new))

    return lambda _app: tamper


def restating(status: int) -> Callable[[Gateway], Tampering]:
    """Exchange the status."""
    return lambda _app: lambda _http, response: replace(response, status=status)


@dataclass
class Alone:
    """A request that came by itself, with its body."""

    head: Head
    stream: BytesIO
    scheme: bytes = b"http"
    mount: str = ""
    body_read: bool = False
    close_connection: bool = False
    held: object = None
    any_host: bool = False
    connected: bool = True
    waited: bool = False


def spoiling(app: Gateway) -> Tampering:
    """Store the author after all, once its PROPPATCH has failed."""

    def tamper(http: IncomingRequest, response: Response) -> Response:
        if b" 424 " in response.body:
            stored = app(Alone(replace(http.head, length=len(SPOILING), chunked=False), BytesIO(SPOILING)))
            assert (stored.status, b" 200 OK" in stored.body) == (207, True)
        return response

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
    """What fails, fails because of something that the file names: a cause, what is missing, or a resource that the cure deletes."""
    scenario = BUNDLED[name]
    in_the_way = [each for each in (scenario.cure.requests if scenario.cure else []) if each.method == "DELETE"]
    assert scenario.causes or scenario.missing or in_the_way


@pytest.mark.parametrize("name", FAILING)
def test_every_failing_scenario_has_a_cure(name: str) -> None:
    """What fails can be made to succeed, and the file says how."""
    assert BUNDLED[name].cure is not None


@pytest.mark.parametrize("name", FAILING)
def test_every_failing_scenario_fails(name: str) -> None:
    """At least one request is expected to be refused, in its status or in what it says."""
    expected = [request.expect for request in BUNDLED[name].requests]
    assert [each for each in expected if each.status >= 300 or any(answer.status >= 400 for answer in each.answers)]


@pytest.mark.parametrize("name", BUNDLED)
def test_every_scenario_says_what_it_teaches_and_where_it_is_written(name: str) -> None:
    """A title, a lesson and a section of an RFC."""
    assert all([BUNDLED[name].title, BUNDLED[name].teaches, BUNDLED[name].spec, BUNDLED[name].requests])


def test_a_server_that_rolls_back_badly_is_found_out() -> None:
    """The answer is as promised, but the author was stored."""
    assert [flaw for flaw in flaws(PROTECTED, spoiling) if "it failed, but properties of /report.txt changed" in flaw]


def test_a_server_that_rolls_back_badly_is_found_out_by_the_state_alone() -> None:
    """Nothing is wrong with the answer to the request that failed."""
    assert not [flaw for flaw in flaws(PROTECTED, spoiling) if "424" in flaw or "the status is" in flaw]


def test_a_424_without_a_cause_is_found_out() -> None:
    """Where the 403 says 424 too, nothing in the answer explains any of them."""
    causeless = rewriting(b"HTTP/1.1 403 Forbidden", b"HTTP/1.1 424 Failed Dependency")
    assert [flaw for flaw in flaws(PROTECTED, causeless) if "a 424 without a cause: /report.txt" in flaw]


def test_a_424_that_does_not_name_its_cause_is_found_out() -> None:
    """The cause is there, but the 424 doesn't say that it was it."""
    mute = rewriting(b"(403 Forbidden)", b"")
    assert [flaw for flaw in flaws(PROTECTED, mute) if "a 424 that doesn't name its cause" in flaw]


def test_a_424_on_the_status_line_without_a_cause_is_found_out() -> None:
    """Where the problem names nothing, nothing explains it."""
    causeless = [flaw for flaw in flaws(REPORT, rewriting(b'"causes": [', b'"caused": [')) if "without a cause" in flaw]
    assert causeless == [f"{REPORT}: Read why: a 424 on the status line without a cause"]


def test_a_cause_that_was_not_promised_is_found_out() -> None:
    """What a problem names is held against the file, like what a multistatus says."""
    other = flaws(REPORT, rewriting(b'"status": 404', b'"status": 410'))
    assert f"{REPORT}: Read why: not expected: /feeds/eu.csv: 410" in other
    assert f"{REPORT}: Read why: missing: /feeds/eu.csv: 404" in other


def test_what_a_cure_sends_is_held_against_the_file_too() -> None:
    """A PUT that was to make something new, and could not."""
    cure = BUNDLED[REPORT].cure
    assert cure is not None
    nowhere = replace(cure, requests=[replace(each, path="/nowhere/eu.csv") for each in cure.requests])
    said = flaws(REPORT, cure=nowhere)
    assert f"{REPORT}: Put the missing feed: the status is 409, not 201" in said
    assert [flaw for flaw in said if "Read why, after the cure: the status is 424" in flaw]


def test_a_cure_that_does_nothing_is_found_out() -> None:
    """The same request fails once more, and each property that does is told."""
    still = [flaw for flaw in flaws(PROTECTED, cures=False) if ", after the cure: still failing: /report.txt" in flaw]
    assert len(still) == 3


def test_a_cure_of_nothing_is_found_out() -> None:
    """Where nothing failed, there was nothing to cure."""
    said = flaws("playground", cure=Cure(why="boredom"))
    assert said == ["playground: the cure: no request failed before it"]


def test_another_status_is_found_out() -> None:
    """200 where 207 was promised."""
    assert [flaw for flaw in flaws(PROTECTED, restating(200)) if "the status is 200, not 207" in flaw]


def test_another_status_of_a_refused_request_is_found_out() -> None:
    """409 where 403 was promised, of an MKCOL."""
    assert [flaw for flaw in flaws("mkcol-with-properties", restating(409)) if "the status is 409, not 403" in flaw]


def test_a_property_left_out_is_found_out() -> None:
    """The answer says nothing of the title."""
    silent = rewriting(b'<n:title xmlns:n="http://example.com/ns"/>', b"")
    assert [
        flaw
        for flaw in flaws(PROTECTED, silent)
        if flaw.endswith("missing: /report.txt {http://example.com/ns}title: 424")
    ]


CHAIN = "batch-chain"


@pytest.mark.parametrize(
    ("scenario", "text", "other", "words"),
    [
        (PROTECTED, b"<D:prop>", b"<D:prop><D:owner/>", ["not expected: /report.txt {DAV:}owner: 424"]),
        (PROTECTED, TITLE, TITLE + TITLE, []),
        (PROTECTED, b"HTTP/1.1 424 Failed Dependency", b"HTTP/1.1 200 OK", ["a success beside a failure: /report.txt"]),
        (PROTECTED, b"cannot-modify-protected-property", b"need-privileges", ["missing:", "cannot-modify"]),
        (PROTECTED, b"<D:cannot-modify-protected-property/>", b"", ["missing:", "cannot-modify"]),
        (CHAIN, b'"status":423', b'"status":409', ["missing: request 1: 423"]),
        (CHAIN, b'"because":', b'"therefore":', ["a 424 without a cause: request 2: 424"]),
        (
            CHAIN,
            b'"id":"1","status":423',
            b'"id":"1","status":424',
            ["a 424 whose root is not a failure that can be a cause: request 2: 424"],
        ),
        (CHAIN, b'"id":"1","status":423,"title"', b'"id":"9","status":423,"title"', ["names request 9 with 423"]),
        (CHAIN, b"(423 Locked)", b"", ["a 424 that doesn't name its cause: request 2"]),
    ],
    ids=[
        "a property too many",
        "a property twice",
        "a success beside a failure",
        "another condition",
        "no condition",
        "a batch with another status inside",
        "a 424 of a batch without a cause",
        "a 424 of a batch whose root is a 424",
        "a 424 of a batch that names an absent request",
        "a 424 of a batch without a reason",
    ],
)
def test_a_wrong_answer_is_reported(scenario: str, text: bytes, other: bytes, words: list[str]) -> None:
    """The proof fails, and one of its complaints has all the words."""
    complaints = flaws(scenario, rewriting(text, other))
    assert [flaw for flaw in complaints if all(word in flaw for word in words)]


def test_a_condition_inside_of_a_batch_is_read() -> None:
    """Of the DAV:error in the answer to one request, which is in base64url."""
    requests = [replace(each, expect=replace(each.expect, answers=[])) for each in BUNDLED[CHAIN].requests]
    assert [
        flaw
        for flaw in flaws(CHAIN, requests=requests)
        if flaw.endswith("not expected: request 1: 423 {DAV:}lock-token-submitted")
    ]


@pytest.mark.parametrize(
    ("pointer", "value", "said"),
    [
        ("/responses/1/status", 423, "the value at /responses/1/status is 424, not 423"),
        ("/responses/1/status", 424.0, "is 424, not 424.0"),
        ("/responses/9/status", 424, "the value at /responses/9/status is null, not 424"),
        ("/responses/x", 424, "is null, not 424"),
        ("/responses/1/id/0", "2", 'is null, not "2"'),
    ],
)
def test_a_value_in_json_can_be_promised(pointer: str, value: Any, said: str) -> None:
    """By JSON Pointer, type and all."""
    first, *others = BUNDLED[CHAIN].requests
    requests = [replace(first, expect=replace(first.expect, json={pointer: value})), *others]
    assert [flaw for flaw in flaws(CHAIN, requests=requests) if said in flaw]


def test_a_whole_value_in_json_can_be_promised() -> None:
    """Also the document itself."""
    assert not [flaw for flaw in flaws("batch-diamond") if "the value at" in flaw]
    first, *others = BUNDLED[CHAIN].requests
    requests = [replace(first, expect=replace(first.expect, json={"": {}})), *others]
    assert [flaw for flaw in flaws(CHAIN, requests=requests) if 'the value at  is {"responses"' in flaw]


def test_a_batch_that_is_not_cured_is_found_out() -> None:
    """What still fails inside is told."""
    assert [flaw for flaw in flaws(CHAIN, cures=False) if ", after the cure: still failing: request 1: 423" in flaw]


def test_a_cured_batch_answers_every_request() -> None:
    """One that leaves the last out has not succeeded as a whole."""
    name = "batch-stop-on-error"
    assert "request 3 has no response" in " ".join(flaws(name, cures=False))


def test_a_batch_that_failed_and_changed_something_is_found_out() -> None:
    """Where every request in it has failed, all is as it was."""
    lying = rewriting(b'"status":201', b'"status":409')
    assert [flaw for flaw in flaws(CHAIN, lying) if "all its requests failed, but /log.txt was added" in flaw]


ANSWERED = """
title: Redirections, and a DELETE that is done although its answer is a failure
tree: {/a: {content: x}, /d/m: {content: y}}
causes:
  - {id: moved, kind: answers, status: 302, methods: [PUT, LOCK], path: /d/m, headers: {Location: "{base}/a"}}
  - {id: late, kind: answers, status: 599, methods: [DELETE], path: /a, done: DONE}
requests:
  - name: batch
    method: POST
    path: /$batch
    headers: {Content-Type: application/json}
    body: >-
      {"requests": [{"id": "1", "method": "put", "url": "d/m", "headers": {"content-type": "text/plain"}, "body": "x"},
      {"id": "2", "method": "copy", "url": "d/m", "headers": {"destination": "{base}/n"}, "dependsOn": ["1"]}]}
    expect: {status: 200, answers: [{id: "1", status: 302}, {id: "2", status: 424}]}
  - name: lock
    method: LOCK
    path: /d/
    headers: {Content-Type: application/xml, Depth: infinity}
    body: >-
      <D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>
    expect: {status: 207, answers: [{href: /d/m, status: 302}, {href: /d/, status: 424}]}
  - {name: delete, method: DELETE, path: /a, expect: {status: 599}}
cure:
  why: Write the document again.
  remove: [moved, late]
  requests: [{name: put, method: PUT, path: /a, body: x, expect: {status: EXPECTED}}]
"""


@pytest.mark.parametrize(("done", "expected"), [("true", "201"), ("false", "204")])
def test_redirections_and_answers_after_a_request_was_done_are_proven(
    done: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirection can be the cause of a 424, and a request that fails may change something if its cause says so."""
    text = ANSWERED.replace("DONE", done).replace("EXPECTED", expected)
    monkeypatch.setitem(BUNDLED, "answered", load(text, "answered.yaml"))
    assert flaws("answered") == []


def test_what_is_expected_can_be_wrong() -> None:
    """A file that promises something else is not proven, though the server is right."""
    requests = [replace(each, expect=ExpectedAnswer(status=200)) for each in BUNDLED[PROTECTED].requests]
    assert f"{PROTECTED}: {requests[0].name}: the status is 207, not 200" in flaws(PROTECTED, requests=requests)


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
    served = App({"t": lambda: scenario})
    with serving(served.gateway) as url:
        said = prove(
            "t", Player(f"{url}t/", scenario), lambda: served.spaces.default.world("t").change_causes(cured(scenario))
        )
    assert [str(flaw) for flaw in said] == ["t: r, after the cure: still failing: /doc p: 409"]


def proven(text: str) -> list[str]:
    """Prove a scenario of its own, and give the flaws."""
    scenario = load(f"title: t\n{text}", "f")
    served = App({"t": lambda: scenario})
    with serving(served.gateway) as url:
        player = Player(f"{url}t/", scenario)
        return [
            str(flaw)
            for flaw in prove("t", player, lambda: served.spaces.default.world("t").change_causes(cured(scenario)))
        ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "causes: [{id: c, kind: read-only}]\n",
        "cure: {why: w, requests: [{name: r, method: GET, path: /, expect: {status: 200}}]}\n",
    ],
)
def test_a_scenario_without_requests_is_not_proven(text: str) -> None:
    """Neither causes nor requests of a cure alone prove anything."""
    assert proven(text) == ["t: the scenario has no requests, so nothing was proven; add requests"]


STRIKING = """
tree: {/a.txt: , /b.txt: , /box/: , /box/c.txt: }
causes: [{id: x, %s}]
requests: [{name: r, %s}]
"""
STRIKES = {
    "a refused reading": ("kind: unreadable, path: /a.txt", "method: GET, path: /a.txt, expect: {status: 503}"),
    "a lock": (
        "kind: lock, path: /a.txt",
        "method: PUT, path: /a.txt, expect: {status: 423, condition: '{DAV:}lock-token-submitted'}",
    ),
    "a quota": (
        "kind: quota, path: /box/, bytes: 0",
        "method: PUT, path: /box/d, body: x, expect: {status: 507, condition: '{DAV:}quota-not-exceeded'}",
    ),
    "a delay": ("kind: delay, milliseconds: 1", "method: GET, path: /a.txt, expect: {status: 200}"),
    "a member": (
        "kind: denied, methods: [DELETE], path: /box/c.txt",
        (
            "method: DELETE, path: /box/, expect: {status: 207, "
            "answers: [{href: /box/c.txt, status: 403, condition: '{DAV:}need-privileges'}]}"
        ),
    ),
}
"""Causes, and for each a request that it strikes."""
MISSES = {
    "another path": ("kind: unreadable, path: /b.txt", "method: GET, path: /a.txt, expect: {status: 200}"),
    "a lock, and a reader": ("kind: lock, path: /a.txt", "method: GET, path: /a.txt, expect: {status: 200}"),
    "a later match": ("kind: unreadable, path: /a.txt, after: 1", "method: GET, path: /a.txt, expect: {status: 200}"),
    "a later delay": ("kind: delay, milliseconds: 1, nth: 2", "method: GET, path: /a.txt, expect: {status: 200}"),
    "what only prove reads": ("kind: unreadable, path: /b.txt", "method: PUT, path: /a.txt, expect: {status: 204}"),
}
"""Causes, and for each a request that it leaves alone."""


@pytest.mark.parametrize(("cause", "request_"), STRIKES.values(), ids=STRIKES)
def test_a_cause_that_strikes_is_no_flaw_and_no_bystander(cause: str, request_: str) -> None:
    """A refusal or a delay of any kind is noticed."""
    assert proven(STRIKING % (cause, request_)) == []
    (flaw,) = proven(STRIKING % (f"{cause}, bystander: true", request_))
    assert flaw.startswith("t: the cause x: it struck a request, although it is a bystander")


@pytest.mark.parametrize(("cause", "request_"), MISSES.values(), ids=MISSES)
def test_a_cause_that_never_struck_is_a_flaw_unless_it_is_a_bystander(cause: str, request_: str) -> None:
    """A match that is skipped is no strike."""
    (flaw,) = proven(STRIKING % (cause, request_))
    assert flaw.startswith("t: the cause x: it never struck a request")
    assert proven(STRIKING % (f"{cause}, bystander: true", request_)) == []


def test_two_locks_that_refuse_one_request_both_struck() -> None:
    """The refusal names the first alone."""
    causes = ", ".join(f"{{id: {name}, kind: lock, path: /a.txt, scope: shared}}" for name in ("one", "two"))
    expect = "{status: 423, condition: '{DAV:}lock-token-submitted'}"
    text = f"tree: {{/a.txt: }}\ncauses: [{causes}]\nrequests: [{{name: r, method: PUT, path: /a.txt, expect: {expect}}}]\n"
    assert proven(text) == []


def test_a_replaced_demand_of_an_rfc_need_not_strike() -> None:
    """Its id says that it is the RFC's."""
    text = (
        "tree: {/a.txt: }\ncauses: [{id: 'rfc4918:getetag', kind: protected-property, property: '{DAV:}getetag'}]\n"
        "requests: [{name: r, method: GET, path: /a.txt, expect: {status: 200}}]\n"
    )
    assert proven(text) == []


def test_another_order_of_the_same_members_is_a_difference() -> None:
    """Nothing but the order in which they are listed tells of it."""
    before = Observed({"/": (), "/a": (), "/b": ()}, {})
    after = Observed({"/": (), "/b": (), "/a": ()}, {})
    assert list(before.differences(after)) == ["the order of members changed"]
    assert list(before.differences(before)) == []


def played(name: str, scenario: Scenario) -> list[tuple[int, dict[str, str], bytes]]:
    """Serve a scenario, send its requests, and give the answers as they came."""
    served = App({name: lambda: scenario})
    with serving(served.gateway) as url:
        player = Player(f"{url}{name}/", scenario)
        answers = [player.send(spec) for spec in scenario.requests]
    host = urlsplit(url).netloc
    return [
        (
            answer.status,
            {name: value.replace(host, "") for name, value in answer.headers.items()},
            answer.body.replace(host.encode(), b""),
        )
        for answer in answers
    ]


@pytest.mark.parametrize("name", BUNDLED)
def test_the_server_never_reads_what_is_expected(name: str) -> None:
    """With every promise falsified and the cure gone, the answers are the same to the byte."""
    scenario = BUNDLED[name]
    lie = ExpectedAnswer(status=418, answers=[ExpectedStatus(href="/nowhere", status=424)], contains="teapot")
    falsified = replace(scenario, requests=[replace(each, expect=lie) for each in scenario.requests], cure=None)
    assert played(name, falsified) == played(name, scenario)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_server_reads_no_title_and_no_request(name: str) -> None:
    """What a scenario calls itself and its requests does not change an answer either."""
    scenario = BUNDLED[name]
    renamed = [replace(each, name="another") for each in scenario.requests]
    other = replace(scenario, title="another", teaches="", spec=[], requests=renamed)
    assert played(name, other) == played(name, scenario)


_PRINTS_THE_BODY = (
    'curl() { while [ $# -gt 1 ]; do shift; done; if [ "$1" = @- ]; then cat; else printf %s "$1"; fi; }; '
)
"""A function in place of curl: it prints the body, which is the last argument or comes from a pipe."""


@pytest.mark.parametrize("name", [name for name in BUNDLED if "batch" in name or name == "graph-sequential"])
def test_a_batch_can_be_pasted_into_a_shell(name: str) -> None:
    """The curl command of each gives the very bytes that are sent, carriage returns and quotes included."""
    player = Player("http://127.0.0.1:1/x/", BUNDLED[name])
    for spec in player.scenario.requests:
        if spec.body:
            ran = subprocess.run(
                ["sh", "-c", f"{_PRINTS_THE_BODY}{player.curl(spec)}"], capture_output=True, check=True
            )
            assert ran.stdout == player.body(spec)
