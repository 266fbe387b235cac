"""A server of the tests of dialects: each scenario is served in the dialect that its test describes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from dav424.app import App
from dav424.dialects.library import Dialects
from dav424.dialects.load import LoadedDialect, dialect_sources, load_dialect
from dav424.journal.entries import JournalEntry
from dav424.proof.play import Answer
from dav424.scenario.load import load
from dav424.store.tree import walk
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.conftest import NOW, Serving


class Speaking:
    """A server with one scenario, ``/test/``; the ``client`` uses it in the space ``a`` and in the dialect of the test."""

    def __init__(self, url: str, app: App, dialect: str) -> None:
        self.url, self.app = url, app
        self.client = self.client_of(f"a~{dialect}")

    def client_of(self, space: str) -> Client:
        """Give a client of the scenario in a space, named as in a path, such as ``a~apache`` or ``a``."""
        return Client(f"{self.url}s/{space}/test/")

    @property
    def latest(self) -> JournalEntry:
        """The latest exchange in the journal of the space."""
        return list(self.app.spaces.find("a").journal)[-1]


class Both:
    """The same requests to two spaces, one in the dialect of the test and one in ``rfc4918``.

    Whatever the dialect says, what it did is the same: the actions in the journal with their outcomes, and the state.
    """

    def __init__(self, speaking: Speaking) -> None:
        self._speaking = speaking
        self._spaces = {"a~tried": "a", "b": "b"}

    def __call__(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[Answer, Answer]:
        """Send a request; gives the answer in the dialect and the one of the RFCs, as if the scenario were at the root."""
        typed = {"Content-Type": "application/xml"} if body.startswith("<") else {}
        answers = [self._send(space, method, path, body, {**typed, **(headers or {})}) for space in self._spaces]
        spoken, plain = [self._done(space) for space in self._spaces.values()]
        assert spoken == plain
        return answers[0], answers[1]

    def _send(self, space: str, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        client = self._speaking.client_of(space)
        answer = client(method, path, body.replace("{base}", client.base), headers)
        begin = client.base
        moved = {
            name: value.replace(begin, "") for name, value in answer.headers.items() if not name.startswith("Dav424-")
        }
        return replace(answer, headers=moved, body=answer.body.replace(begin.encode(), b""))

    def _done(self, space: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """Give the actions of the latest exchange, and the state: each resource with its content, properties and locks."""
        found = self._speaking.app.spaces.find(space)
        latest = list(found.journal)[-1]
        steps = [(str(step.subject), str(step.outcome), str(step.needs)) for step in latest.steps]
        root = found.world("test").state.root
        return steps, [(str(path), str(node)) for path, node in walk(root, (), math.inf)]


def said(answer: Answer) -> list[tuple[str, str | None, int]]:
    """List the statuses that an answer reports: href, property and status."""
    return sorted([(each.href, each.property, each.status) for each in answer.reported], key=str)


Speak = Callable[..., Speaking]


@pytest.fixture
def speak(serve_alone: Serving) -> Speak:
    """Serve a scenario in a dialect: ``speak(dialect, scenario)`` takes both as YAML, the scenario without its title.

    The dialect is named ``tried``. With ``faults``, its faults work. The server has the bundled dialects, too, and
    answers in ``dialect_of_server`` by default.
    """

    def start(dialect: str, scenario: str = "", *, faults: bool = False, dialect_of_server: str = "") -> Speaking:
        sources: Mapping[str, Any] = {**dialect_sources(), "tried": LoadedDialect(load_dialect(dialect, "tried.yaml"))}
        loaded = load(f"title: test\n{scenario}", "test.yaml")
        url, app = serve_alone(
            {"test": lambda: loaded}, Settings(start=NOW), dialects=Dialects(lambda: sources), dialect=dialect_of_server
        )
        return Speaking(url, app, "tried!" if faults else "tried")

    return start


Compare = Callable[..., Both]


@pytest.fixture
def compare(speak: Speak) -> Compare:
    """Compare a dialect with ``rfc4918``: ``compare(dialect, scenario)`` takes both as ``speak`` does."""
    return lambda dialect, scenario="": Both(speak(dialect, scenario))
