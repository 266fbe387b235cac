"""Send the requests of the probe, one at a time, and keep the exchanges."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Mapping
from http.client import BadStatusLine, HTTPException, IncompleteRead
from urllib.parse import urlsplit

from dav424.core.clocks import monotonic, sleep
from dav424.probe.access import ProbeAccess
from dav424.probe.exchange import Probed
from dav424.probe.login import RequestLogin
from dav424.wire import http_client

MOST_REQUESTS = 120
"""Requests that one case may send, so that no server can keep it busy."""
_USER_AGENT = "dav424-probe"
_AS_IT_IS = {"Accept-Encoding": "identity"}


class NoAnswerError(Exception):
    """The server did not answer a request in HTTP; the message says why."""

    @property
    def was_not_sent(self) -> bool:
        """Whether there was no connection at all, so that the request has changed nothing."""
        return isinstance(self.__cause__, (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError))

    @property
    def was_cut(self) -> bool:
        """Whether the server accepted the connection, and closed it before its answer was complete."""
        return isinstance(self.__cause__, (ConnectionResetError, BrokenPipeError, IncompleteRead))

    @property
    def is_malformed(self) -> bool:
        """Whether the answer has no status line of HTTP."""
        return isinstance(self.__cause__, BadStatusLine) and not self.was_cut


class Prepared(Exception):
    """All before the request that is judged is done; the request itself is not sent, but is here."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"{method} {path}")
        self.method, self.path, self.headers, self.body = method, path, headers, body


class ProbeClient:
    """Sends requests to paths of a server. ``exchanges`` are those since the last ``begin``.

    While ``holds`` is true, a request is not sent: it raises ``Prepared``.
    """

    def __init__(self, access: ProbeAccess) -> None:
        self.access = access
        self.exchanges: list[Probed] = []
        self.holds = False
        self._context = access.context()
        self._login = RequestLogin(access)
        self._next = 0.0

    def begin(self) -> None:
        """Forget the exchanges of the last case."""
        self.exchanges = []

    def send(self, method: str, path: str, body: str | bytes = b"", headers: Mapping[str, str] | None = None) -> Probed:
        """Send a request; ``path`` is percent-encoded and begins with a slash. Raises ``NoAnswerError`` and ``Prepared``."""
        if len(self.exchanges) >= MOST_REQUESTS:
            raise NoAnswerError(f"the case sent {MOST_REQUESTS} requests, which is the most that it may")
        data = body.encode() if isinstance(body, str) else body
        if self.holds:
            raise Prepared(method, path, headers or {}, data)
        answer, challenges = self._exchange(method, path, data, headers or {})
        while answer.status == 401 and self._login.learn(challenges):
            answer, challenges = self._exchange(method, path, data, headers or {})
        self.exchanges.append(answer)
        return answer

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Probed, list[str]]:
        self._wait()
        sent = {"Host": urlsplit(self.access.origin).netloc, "User-Agent": _USER_AGENT, **_AS_IT_IS, **headers}
        if body:
            sent["Content-Length"] = str(len(body))
        shown = _head(f"{method} {path} HTTP/1.1", sent.items()) + body
        login = self._login.header(method, path)
        if login:
            sent["Authorization"] = login
        try:
            with http_client.sent(
                method, self.access.origin, path, sent, body, timeout=self.access.timeout, context=self._context
            ) as response:
                received = response.read()
                lines = response.getheaders()
                challenges = response.headers.get_all("WWW-Authenticate") or []
                status, phrase = response.status, response.reason
        except (OSError, HTTPException) as error:
            raise NoAnswerError(f"{method} {path} got no answer: {error or type(error).__name__}") from error
        head = _head(f"HTTP/1.1 {status} {phrase}", lines)
        names: dict[str, str] = {}
        for name, value in lines:
            names[name.lower()] = f"{names[name.lower()]}, {value}" if name.lower() in names else value
        return Probed(method, path, shown, head + received, status, names, received), challenges

    def _wait(self) -> None:
        """Wait until the next request may be sent."""
        now = monotonic()
        if now < self._next:
            sleep(self._next - now)
        self._next = max(now, self._next) + self.access.pause


def _head(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
