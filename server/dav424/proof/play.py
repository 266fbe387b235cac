"""Send a scenario's requests over real HTTP, and read what the answers say."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from http.client import HTTPResponse
from urllib.parse import urlsplit

from msgspec import Struct

from dav424.proof.answer_body import ReportedStatus, read_body, read_links
from dav424.scenario import served_request
from dav424.scenario.model import RequestSpec, Scenario
from dav424.wire import http_client

__all__ = ["Answer", "Player", "ReportedStatus", "read"]

TIMEOUT = 90.0
"""Seconds that the server may take for one step of a request: connecting, or sending the next bytes."""


class Answer(Struct, frozen=True):
    """An answer as it came.

    ``said`` is read from its body, where that speaks of resources, properties or requests, else from the links
    to what failed.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    condition: str | None = None
    reported: tuple[ReportedStatus, ...] = ()

    @property
    def failures(self) -> list[ReportedStatus]:
        """What is said to have failed, in a body whose status line may look like a success."""
        return [each for each in self.reported if each.status >= 400]

    @property
    def parts(self) -> list[ReportedStatus]:
        """What is said of the requests of a batch themselves."""
        return [each for each in self.reported if each.id is not None and not each.href and each.property is None]

    @property
    def failed(self) -> bool:
        """Whether the request failed, whatever its status line says."""
        return self.status >= 400 or bool(self.failures)


class Player(Struct, frozen=True):
    """Plays the requests of one scenario, which is served at ``url``."""

    url: str
    scenario: Scenario

    @property
    def base(self) -> str:
        """The path of the scenario in URLs, without a slash at its end."""
        return urlsplit(self.url).path.rstrip("/")

    def headers(self, spec: RequestSpec) -> dict[str, str]:
        """Give the headers as they are sent; ``{base}`` in them is the scenario's own path."""
        return {**served_request.headers(spec, self.base), **self.login(spec.user)}

    def login(self, user: str | None) -> dict[str, str]:
        """Give the header that a user logs in with; none for nobody."""
        if user is None:
            return {}
        pair = f"{user}:{self.scenario.users[user]}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def body(self, spec: RequestSpec) -> bytes:
        """Give the body as it is sent."""
        return served_request.body(spec, self.base)

    def send(self, spec: RequestSpec) -> Answer:
        """Send one request."""
        return self.exchange(spec.method, spec.path, self.headers(spec), self.body(spec))

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send anything; ``path`` starts at the scenario's root and is percent-encoded."""
        with http_client.sent(method, self.url, path, headers, body, timeout=TIMEOUT) as response:
            return read(response, self.base, path)

    def curl(self, spec: RequestSpec) -> str:
        """Spell a request as a curl command to paste."""
        return served_request.curl_command(spec, self.url, self.scenario.users)


def read(response: HTTPResponse, base: str, path: str) -> Answer:
    """Read an answer, and what the body says: see ``dav424.proof.reported``."""
    body = response.read()
    headers = dict(response.getheaders())
    if "Link" in headers and not (body and "problem+json" in headers.get("Content-Type", "")):
        return Answer(response.status, response.reason, headers, body, None, read_links(headers, base))
    condition, said = read_body(headers.get("Content-Type", ""), body, base, path)
    return Answer(response.status, response.reason, headers, body, condition, said)
