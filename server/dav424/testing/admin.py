"""A client of the admin API."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from dav424.wire import http_client


class AdminError(Exception):
    """The admin API refused a call; ``problem`` is its problem document (RFC 9457), and the message has its texts."""

    def __init__(self, call: str, status: int, problem: dict[str, Any]) -> None:
        errors = "".join(f"\n  {error.get('pointer')}: {error.get('detail')}" for error in problem.get("errors", ()))
        super().__init__(f"{call}: {status} {problem.get('detail', '')}{errors}")
        self.status = status
        self.problem = problem

    def concerns(self, pointer: str) -> bool:
        """Say whether an error of the problem points to this value of the body."""
        return any(error.get("pointer") == pointer for error in self.problem.get("errors", ()))


def hide(info: Any) -> bool:
    """Say whether pytest leaves the frames of a module out of a traceback: they say nothing about a refused call."""
    return bool(info.errisinstance((AdminError, AssertionError, LookupError, TimeoutError)))


__tracebackhide__ = hide
Send = Callable[[str, str, Mapping[str, str], bytes], tuple[int, bytes]]
"""Sends a method, a path with its query, headers and a body; gives the status and the body of the response."""


def over_http(url: str, timeout: float = 90.0, context: ssl.SSLContext | None = None) -> Send:
    """Send to the server at ``url``; ``context`` holds the certificates to trust (default: those of the system)."""

    def send(method: str, path: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
        with http_client.sent(method, url, path, headers, content, timeout=timeout, context=context) as response:
            return response.status, response.read()

    return send


class AdminApi:
    """Calls the admin API of the server at ``url``, with a bearer token if the server needs one."""

    def __init__(self, url: str, token: str = "", send: Send | None = None) -> None:
        self.url = url.rstrip("/") + "/"
        self.token, self._send = token, send or over_http(self.url)

    def __call__(self, method: str, /, *steps: str, body: object = None, **query: object) -> bytes:
        """Call the route ``/-/`` with these steps of a path, and give the body of the response.

        A query parameter that is None is left out. Raises ``AdminError`` if the API refuses the call, and OSError if
        the server does not answer.
        """
        parameters = {name: value for name, value in query.items() if value is not None}
        path = (
            "/-/"
            + "/".join(quote(step, safe="") for step in steps)
            + (f"?{urlencode(parameters)}" if parameters else "")
        )
        headers = {"Accept": "application/json"}
        content = b""
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        status, answer = self._send(method, path, headers, content)
        if status >= 400:
            raise AdminError(f"{method} {path}", status, _problem(answer))
        return answer

    @staticmethod
    def decode(content: bytes) -> Any:
        """Read the JSON of a response; None for an empty body."""
        return msgspec.json.decode(content) if content else None


def _problem(content: bytes) -> dict[str, Any]:
    try:
        problem = msgspec.json.decode(content)
    except msgspec.DecodeError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": content[:200].decode(errors="replace").strip()}
