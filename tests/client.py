"""A WebDAV client for tests, on a real socket, with a tiny language for property requests.

    PROPPATCH /f  set u:a=1  set D:getetag=x   ->  207  D:getetag 403 cannot-modify-protected-property, u:a 424
    PROPFIND /f  u:a                           ->  207  u:a 404

Prefixes are ``D`` for ``DAV:``, ``C`` for CalDAV and ``u`` for ``urn:u``.
"""

from __future__ import annotations

import http.client
import re
import socket
import weakref
from collections.abc import Mapping
from urllib.parse import urlsplit

from dav424.proof.play import Answer, read

PREFIXES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "u": "urn:u"}
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())


class Client:
    """Sends requests to paths below a URL, from any thread, over connections that are kept for the next request."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.base = parts.path.rstrip("/")
        self._idle: list[http.client.HTTPConnection] = []
        weakref.finalize(self, _close, self._idle)

    def __call__(
        self, method: str, path: str, body: str | bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request; ``path`` starts at the scenario's root, ``{base}`` in headers is its own path."""
        sent = {name: value.replace("{base}", self.base) for name, value in (headers or {}).items()}
        data = (body.encode() if isinstance(body, str) else body) or None
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method, self.base + path, data, sent)
            answer = read(connection.getresponse(), self.base, path)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer

    def raw(self, data: bytes) -> bytes:
        """Send bytes, with ``{base}`` replaced, and give all that comes back until the server closes."""
        with socket.create_connection((self.host, self.port), timeout=30) as connection:
            connection.sendall(data.replace(b"{base}", self.base.encode()))
            connection.shutdown(socket.SHUT_WR)
            pieces = []
            while piece := connection.recv(65536):
                pieces.append(piece)
        return b"".join(pieces)

    def say(self, line: str, headers: Mapping[str, str] | None = None) -> str:
        """Carry out a line of the tiny language, and give what came of it in the same language."""
        method, path, *rest = line.split(None, 2)
        said = rest[0] if rest else ""
        sent = {"Content-Type": "application/xml", **(headers or {})}
        if method == "PROPFIND":
            sent.setdefault("Depth", "0")
        return told(self(method, path, _body(method, said), sent))


def _close(idle: list[http.client.HTTPConnection]) -> None:
    for connection in idle:
        connection.close()


def _body(method: str, said: str) -> str:
    if method == "PROPFIND":
        names = "".join(f"<{name}/>" for name in said.split())
        return f"<D:propfind {_DECLARED}><D:prop>{names}</D:prop></D:propfind>"
    root = {"PROPPATCH": "D:propertyupdate", "MKCOL": "D:mkcol", "MKCALENDAR": "C:mkcalendar"}[method]
    instructions = re.findall(r"(set|remove)\s+([^\s=]+)(?:=(\S*))?", said)
    parts = [f"<D:{verb}><D:prop><{name}>{value}</{name}></D:prop></D:{verb}>" for verb, name, value in instructions]
    return f"<{root} {_DECLARED}>{''.join(parts)}</{root}>"


def lasting(answer: Answer) -> dict[str, str]:
    """Give the headers that two answers about the same state have in common: all but the number of the exchange."""
    return {name: value for name, value in answer.headers.items() if name != "Dav424-Exchange"}


def statuses(received: bytes) -> list[int]:
    """List the statuses of all the answers in what ``Client.raw`` received."""
    return [int(found) for found in re.findall(rb"^HTTP/1\.1 ([0-9]{3}) ", received, re.MULTILINE)]


def told(answer: Answer) -> str:
    """Put an answer into the tiny language: its status, and each property with its status and condition."""
    lines = [
        f"{short(each.property or each.href)} {each.status}{_condition(each.condition)}" for each in answer.reported
    ]
    return f"{answer.status}{_condition(answer.condition)}" + (f"  {', '.join(lines)}" if lines else "")


def short(name: str) -> str:
    """Write a name in Clark notation with its prefix."""
    for prefix, uri in PREFIXES.items():
        name = name.replace(f"{{{uri}}}", f"{prefix}:")
    return name


def _condition(name: str | None) -> str:
    return f" {name.rpartition('}')[2]}" if name else ""
