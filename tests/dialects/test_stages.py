"""The stages at which a dialect acts, with traits of this test: what each may do, and what the journal says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from dav424.core.batch import Action, Failed, FailedDependency, Group, Refused
from dav424.core.message import Reply, Response
from dav424.core.subject import Subject
from dav424.dialects import dialect
from dav424.dialects.library import Dialects
from dav424.dialects.load import DialectData, LoadedDialect
from dav424.dialects.trait import Hooks, Trait, TraitKind
from dav424.scenario.load import load
from dav424.spine.exchange import OpenExchange
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.conftest import NOW, Serving
from tests.dialects.conftest import Speaking

SCENARIO = "title: test\ntree: {/f: {content: Milk}, /g: {content: Eggs}, /d/: {}}"

With = Callable[..., Speaking]


@pytest.fixture
def speak_with(serve_alone: Serving, monkeypatch: pytest.MonkeyPatch) -> With:
    """Serve a scenario in a dialect whose only trait has the hooks of the test."""

    def start(*, kind: TraitKind = "offer", named: str = "tried", scenario: str = SCENARIO, **hooks: Any) -> Speaking:
        trait = Trait(
            name="of-the-test",
            kind=kind,
            values=bool,
            default=False,
            description="A trait.",
            hooks=lambda _: Hooks(**hooks),
        )
        monkeypatch.setattr(dialect, "TRAITS", (trait,))
        sources = {"tried": LoadedDialect(DialectData(values={"of-the-test": True}))}
        loaded = load(scenario, "test.yaml")
        return Speaking(
            *serve_alone({"test": lambda: loaded}, Settings(start=NOW), dialects=Dialects(lambda: sources)), named
        )

    return start


def refuse(status: int, exchange: OpenExchange) -> None:
    """Refuse each PUT before it begins."""
    if exchange.request.method == "PUT":
        raise Refused(status, "Not here.", reply=Reply([("Location", "http://other.example/")], b""))


def test_a_request_is_refused_before_its_method(speak_with: With) -> None:
    """The refusal brings its headers; the tree stays, and the journal has the refusal and no action."""
    speaking = speak_with(before=partial(refuse, 307))
    answer = speaking.client("PUT", "/new", "x")
    assert (answer.status, answer.headers["Location"]) == (307, "http://other.example/")
    assert speaking.client("GET", "/new").status == 404
    put = next(iter(speaking.app.spaces.find("a").journal))
    assert (put.refused is not None and put.refused.status, list(put.steps)) == (307, [])


def test_a_cause_is_not_asked_about_a_request_that_a_dialect_refuses(speak_with: With) -> None:
    """The attempt does not count: the door of a server refuses before its disk does."""
    speaking = speak_with(before=partial(refuse, 409))
    world = speaking.app.spaces.touch("a").world("test")
    cause = load("title: x\ncauses: [{id: full, kind: store-fails, nth: 1}]", "x").causes[0]
    world.add_cause(cause)
    assert speaking.client("PUT", "/new", "x").status == 409
    assert world.counts == {}


def test_a_refusal_needs_no_body(speak_with: With) -> None:
    """A client that waits for a 100 Continue gets the final status instead."""
    speaking = speak_with(before=partial(refuse, 409))
    head = b"PUT {base}/new HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    assert speaking.client.raw(head).startswith(b"HTTP/1.1 409 ")


def test_the_journal_keeps_the_request_that_was_sent(speak_with: With) -> None:
    """A method sees the request of the dialect, and ``told`` the one of the client."""
    seen: list[str] = []

    def cut(exchange: OpenExchange) -> None:
        exchange.request = replace(exchange.request, headers={**exchange.request.headers, "depth": "0"})

    def look(exchange: OpenExchange, response: Response) -> Response:
        seen.append(exchange.request.headers["depth"])
        return response

    speaking = speak_with(before=cut, told=look)
    assert speaking.client("PROPFIND", "/", headers={"Depth": "1"}).body.count(b"<D:response>") == 1
    assert (seen, speaking.latest.request.headers["depth"]) == (["1"], "1")


def together(_: OpenExchange, groups: Iterable[Group]) -> list[list[Action]]:
    """Make one group of all."""
    return [[action for group in groups for action in group]]


def alone(_: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    """Make a group of each action."""
    return ([Action(action.subject, action.run)] for group in groups for action in group)


def test_the_batch_decides_the_424_of_a_changed_plan(speak_with: With) -> None:
    """Properties that are set each alone depend on nothing; in the plan of the method, they do."""
    line = "PROPPATCH /f set u:a=1 set D:getetag=x"
    assert speak_with(plan=alone).client.say(line) == ("207  u:a 200, D:getetag 403 cannot-modify-protected-property")
    speaking = speak_with(plan=together)
    assert speaking.client.say(line) == "207  u:a 424, D:getetag 403 cannot-modify-protected-property"
    assert [type(step.outcome) for step in speaking.latest.steps] == [FailedDependency, Failed]


def test_what_a_fault_does_later_is_in_the_journal(speak_with: With) -> None:
    """The answer does not tell of it; the state and the actions of the exchange do."""

    def delete(exchange: OpenExchange) -> Iterable[Group]:
        draft, path = exchange.draft, ("g",)
        return [[Action(Subject("delete", path), partial(draft.delete, path))]]

    speaking = speak_with(kind="fault", named="tried!", after=delete)
    answer = speaking.client("PUT", "/f", "Bread")
    assert (answer.status, answer.body) == (204, b"")
    first, later = (step.subject for step in speaking.latest.steps)
    assert (str(first), later.verb, later.path) == ("write /f", "delete", ("g",))
    assert later.name == "the resource, after the response,"
    assert speaking.client("GET", "/g").status == 404


def test_a_fault_needs_an_exclamation_mark(speak_with: With) -> None:
    """Without it the fault is left out."""
    speaking = speak_with(kind="fault", after=lambda _: pytest.fail("the fault is left out"))
    assert speaking.client("PUT", "/f", "Bread").status == 204


def test_the_journal_has_the_answer_that_was_sent(speak_with: With) -> None:
    """With the status, the headers, the body and the phrase of the dialect."""

    def tell(_: OpenExchange, response: Response) -> Response:
        return Response(response.status, [*response.headers, ("X-Told", "yes")], b"told", "Quite Fine")

    speaking = speak_with(kind="spelling", told=tell)
    answer = speaking.client("DELETE", "/g")
    assert (answer.status, answer.reason, answer.headers["X-Told"]) == (204, "Quite Fine", "yes")
    recorded = speaking.latest.answer
    assert (recorded.phrase, recorded.body, ("X-Told", "yes") in recorded.headers) == ("Quite Fine", b"told", True)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("FROBNICATE", "/f", {}, 501),
        ("GET", "/../f", {}, 400),
        ("PUT", "/f", {"Origin": "http://evil.example"}, 403),
        ("PUT", "/f", {"Expect": "wonders"}, 417),
    ],
)
def test_refusals_are_told_too(speak_with: With, method: str, path: str, headers: dict[str, str], status: int) -> None:
    """By the method, by the server, and by its door; the journal has the told answer."""

    def tell(_: OpenExchange, response: Response) -> Response:
        return replace(response, headers=[*response.headers, ("X-Told", "yes")])

    speaking = speak_with(kind="spelling", told=tell)
    answer = speaking.client(method, path, headers=headers)
    assert (answer.status, answer.headers.get("X-Told")) == (status, "yes")
    assert ("X-Told", "yes") in speaking.latest.answer.headers


def test_an_unknown_scenario_and_the_list_are_told(speak_with: With) -> None:
    """A request for no scenario has the dialect of its URL."""

    def tell(_: OpenExchange, response: Response) -> Response:
        return replace(response, headers=[*response.headers, ("X-Told", "yes")])

    speaking = speak_with(kind="spelling", told=tell)
    client = Client(f"{speaking.url}s/a~tried/")
    for method, path, status in [("GET", "/nothing/f", 404), ("OPTIONS", "/", 200), ("PROPFIND", "/", 403)]:
        answer = client(method, path)
        assert (answer.status, answer.headers.get("X-Told")) == (status, "yes")


def test_a_login_is_asked_for_in_the_dialect(speak_with: With) -> None:
    """The 401 has its challenges, and is told."""

    def tell(_: OpenExchange, response: Response) -> Response:
        return replace(response, headers=[*response.headers, ("X-Told", "yes")])

    speaking = speak_with(kind="spelling", scenario=f"{SCENARIO}\nusers: {{ada: secret}}", told=tell)
    answer = speaking.client("GET", "/f")
    assert (answer.status, answer.headers["X-Told"], "Basic" in answer.headers["WWW-Authenticate"]) == (
        401,
        "yes",
        True,
    )


@pytest.mark.bugs
def test_a_bug_of_a_trait_is_a_500(speak_with: With, bugs: list[BaseException]) -> None:
    """The answer to it is not in the dialect, so it is sent."""

    def fall(_: OpenExchange, response: Response) -> Response:
        raise AssertionError(response)

    speaking = speak_with(kind="spelling", told=fall)
    assert [speaking.client(method, "/f").status for method in ("GET", "PUT", "FROBNICATE")] == [500, 500, 500]
    assert len(bugs) == 3
