"""All bundled scenarios on a real socket, and clients of their spaces."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from dav424.app import App
from dav424.journal.report import ExchangeReport, report
from dav424.scenario.files import bundled_files
from dav424.scenario.load import load
from dav424.scenario.model import Scenario
from dav424.worlds.settings import Settings
from tests.client import Client


class Whole:
    """A server with scenarios: ``client`` gives one of a scenario, in a space or without."""

    def __init__(self, url: str, app: App) -> None:
        self.url, self.app = url, app

    def client(self, scenario: str = "", space: str = "") -> Client:
        prefix = f"s/{space}/" if space else ""
        return Client(f"{self.url}{prefix}{scenario}/" if scenario else self.url + prefix)

    def told(self, space: str = "default") -> list[ExchangeReport]:
        """Give all that the journal of a space has, explained."""
        return [report(entry) for entry in self.app.spaces.find(space).journal]


@cache
def _read(file: Path) -> Scenario:
    return load(file.read_bytes(), file.name)


SOURCES = {file.stem: partial(_read, file) for file in bundled_files()}


@pytest.fixture
def whole(serve_alone: Callable[..., tuple[str, App]]) -> Callable[..., Whole]:
    """Serve the bundled scenarios, and others by name, under settings."""

    def start(settings: Settings | None = None, more: dict[str, Scenario] | None = None, **app: Any) -> Whole:
        own = {name: partial(lambda scenario: scenario, scenario) for name, scenario in (more or {}).items()}
        return Whole(*serve_alone({**SOURCES, **own}, settings, **app))

    return start


@pytest.fixture
def server(whole: Callable[..., Whole]) -> Whole:
    """Serve the bundled scenarios as ``dav424 serve`` does without flags."""
    return whole()
