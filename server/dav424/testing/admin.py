"""The admin API from a program's side."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec


class AdminError(Exception):
    """The admin API refused; ``problem`` is its RFC 9457 document, and the message says all of it."""

    def __init__(self, call: str, status: int, problem: dict[str, Any]) -> None:
        errors = "".join(f"\n  {each.get('pointer')}: {each.get('detail')}" for each in problem.get("errors", ()))
        super().__init__(f"{call}: {status} {problem.get('detail', '')}{errors}")
        self.status = status
        self.problem = problem


class AdminApi:
    """Calls the admin API of the server at ``url``, with a bearer token if it wants one.

    ``context`` says which certificates to trust; the system's authorities' if absent.
    """

    def __init__(self, url: str, token: str = "", timeout: float = 90.0, context: ssl.SSLContext | None = None) -> None:
        self.url = url.rstrip("/") + "/"
        self._token, self._timeout, self._context = token, timeout, context

    def __call__(self, method: str, /, *path: str, body: object = None, **query: object) -> bytes:
        """Call ``/-/`` and the path; raises ``AdminError`` if that is refused, OSError if nobody answers."""
        asked = {name: value for name, value in query.items() if value is not None}
        target = "/-/" + "/".join(quote(step, safe="") for step in path) + (f"?{urlencode(asked)}" if asked else "")
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        sent = None
        if body is not None:
            sent, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=self._timeout, context=self._context)
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=self._timeout)
        )
        try:
            connection.request(method, parts.path.rstrip("/") + target, sent, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise AdminError(f"{method} {target}", response.status, _problem(content))
        return content

    @staticmethod
    def decode(content: bytes) -> Any:
        """Read the JSON that came back; None for nothing."""
        return msgspec.json.decode(content) if content else None


def _problem(content: bytes) -> dict[str, Any]:
    try:
        problem = msgspec.json.decode(content)
    except msgspec.DecodeError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": content[:200].decode(errors="replace").strip()}
