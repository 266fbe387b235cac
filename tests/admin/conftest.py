"""A server with three scenarios, and its admin API."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import Struct

from dav424.app import App
from dav424.scenario.load import load
from dav424.worlds.settings import Settings
from tests.client import Client

SCENARIOS = {
    "plain": "title: Plain\ntree: {/a.txt: {content: A}, /c/b.txt: {content: B}}\n",
    "locked": """
title: Locked
tree: {/c/: {}, /c/mine.txt: {content: M}, /c/yours.txt: {content: Y}}
causes: [{id: theirs, kind: lock, path: /c/yours.txt}]
requests: [{name: Delete, method: DELETE, path: /c/, expect: {status: 207}}]
cure: {why: They left., remove: [theirs]}
""",
    "users": "title: Users\nusers: {ada: secret}\ntree: {/a.txt: {content: A}}\n",
}


class Said(Struct):
    """What the admin API answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def pointers(self) -> list[str]:
        """Where a problem says that something is wrong."""
        assert self.headers["Content-Type"] == "application/problem+json"
        return [each["pointer"] for each in self.json.get("errors", [])]


class Api:
    """Calls paths below ``/-/``; a body that isn't bytes is sent as JSON."""

    def __init__(self, url: str, app: App | None = None) -> None:
        self.url, self.app = url, app

    def __call__(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Said:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection.request(method, "/-/" + path, sent, {**kind, **(headers or {})})
            response = connection.getresponse()
            return Said(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def dav(self, path: str) -> Client:
        """Give a client for what lies below a path."""
        return Client(self.url + path)


@pytest.fixture
def start(serve_alone: Callable[..., tuple[str, App]]) -> Callable[..., Api]:
    """Serve the scenarios above, with the settings of an App."""

    def make(settings: Settings | None = None, **more: Any) -> Api:
        sources = {name: (lambda text=text: load(text, "x.yaml")) for name, text in SCENARIOS.items()}
        return Api(*serve_alone(sources, settings, **more))

    return make


@pytest.fixture
def api(start: Callable[..., Api]) -> Api:
    """The admin API of a server with the usual settings."""
    return start()
