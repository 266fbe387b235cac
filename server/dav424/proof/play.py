"""Send the requests of a scenario over real HTTP, and read the answers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from dav424.core.space_names import BEFORE_DIALECT, DEFAULT_SPACE, SPACES
from dav424.proof.answer_body import ReportedStatus, read_body, read_links
from dav424.scenario import served_request
from dav424.scenario.model import RequestSpec, Scenario
from dav424.wire import http_client

__all__ = ["Answer", "Player", "ReportedStatus", "read"]

TIMEOUT = 90.0
"""Seconds that the server may take for one step of a request: connecting, or sending the next bytes."""


class Answer(Struct, frozen=True):
    """An answer.

    ``reported`` are the statuses that its body reports for resources, properties or requests in a batch, or, if
    the body reports none, those in its ``Link`` header.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    condition: str | None = None
    reported: tuple[ReportedStatus, ...] = ()

    @property
    def failures(self) -> list[ReportedStatus]:
        """The failures that the answer reports; its status line can be a success all the same."""
        return [entry for entry in self.reported if entry.status >= 300]

    @property
    def parts(self) -> list[ReportedStatus]:
        """The statuses of the requests in a batch, without those of resources and properties inside them."""
        return [entry for entry in self.reported if entry.id is not None and not entry.href and entry.property is None]

    @property
    def failed(self) -> bool:
        """Whether the status line or the body reports a failure."""
        return self.status >= 300 or bool(self.failures)


class ReceivedHeaders(dict[str, str]):
    """The headers of an answer, found by their names in any case: a proxy may write them in small letters.

    >>> ReceivedHeaders([("etag", "1")]).get("ETag")
    '1'
    """

    def __missing__(self, name: str) -> str:
        """Find a header whose name is written otherwise; raises KeyError if there is none."""
        lower = name.lower()
        for each, value in self.items():
            if each.lower() == lower:
                return value
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Give a header, or the default if there is none."""
        try:
            return self[name]
        except KeyError:
            return default

    def __contains__(self, name: object) -> bool:
        """Say whether there is such a header."""
        return isinstance(name, str) and self.get(name) is not None


class Player(Struct, frozen=True):
    """Sends the requests of one scenario, whose root is ``url``.

    Calls ``look`` before each request; it may raise an error to end the play. ``api_headers`` are those that the admin API
    of the server wants.
    """

    url: str
    scenario: Scenario
    look: Callable[[], object] = lambda: None
    api_headers: Mapping[str, str] = {}

    @property
    def base(self) -> str:
        """The path of the scenario in URLs, without a slash at the end."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def place(self) -> tuple[str, str]:
        """The names of the space and of the scenario, as the URL has them."""
        *space, scenario = [step for step in urlsplit(self.url).path.split("/") if step]
        return (space[-1] if space else DEFAULT_SPACE).partition(BEFORE_DIALECT)[0], scenario

    def speaking(self, dialect: str) -> Player:
        """Give a player that sends the requests to the same world, whose answers are in another dialect."""
        url, (space, scenario) = urlsplit(self.url), self.place
        return Player(
            f"{url.scheme}://{url.netloc}/{SPACES}/{space}{BEFORE_DIALECT}{dialect}/{scenario}/",
            self.scenario,
            self.look,
            self.api_headers,
        )

    def headers(self, spec: RequestSpec) -> dict[str, str]:
        """Give the headers to send; ``{base}`` becomes the path of the scenario."""
        return {**served_request.headers(spec, self.base), **self.login(spec.user)}

    def login(self, user: str | None) -> dict[str, str]:
        """Give the Authorization header of a user; none without a user."""
        if user is None:
            return {}
        pair = f"{user}:{self.scenario.users[user]}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def body(self, spec: RequestSpec) -> bytes:
        """Give the body to send; ``{base}`` becomes the path of the scenario."""
        return served_request.body(spec, self.base)

    def send(self, spec: RequestSpec) -> Answer:
        """Send one request."""
        return self.exchange(spec.method, spec.path, self.headers(spec), self.body(spec))

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send any request; ``path`` starts at the scenario's root and is percent-encoded."""
        self.look()
        with http_client.sent(method, self.url, path, headers, body, timeout=TIMEOUT) as response:
            return read(response, self.base, path)

    def curl(self, spec: RequestSpec) -> str:
        """Write a request as a curl command to paste."""
        return served_request.curl_command(spec, self.url, self.scenario.users)


def read(response: HTTPResponse, base: str, path: str) -> Answer:
    """Read an answer and the statuses that it reports; ``path`` is that of the request, from the scenario's root."""
    body = response.read()
    headers = ReceivedHeaders(response.getheaders())
    if "Link" in headers and not (body and "problem+json" in headers.get("Content-Type", "")):
        return Answer(response.status, response.reason, headers, body, None, read_links(headers, base))
    condition, reported = read_body(headers.get("Content-Type", ""), body, base, path)
    return Answer(response.status, response.reason, headers, body, condition, reported)
