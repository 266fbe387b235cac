"""A connection that tells how it ended, for tests of faults."""

from __future__ import annotations

import socket
import ssl
from typing import Self
from urllib.parse import urlsplit

from msgspec import Struct

TIMEOUT = 20


class Received(Struct, frozen=True):
    """What a client received, and how that ended: with a ``close``, a ``reset``, or not at all: ``open``."""

    data: bytes
    ended: str

    @property
    def head(self) -> str:
        """The first head, without its last line."""
        return self.data.partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self) -> bytes:
        """All that follows the first head."""
        return self.data.partition(b"\r\n\r\n")[2]


class _OverTls:
    """TLS over a socket; an error of the socket stays what it is, where Python's own socket says that it has ended."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._plain, self._in, self._out = plain, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._receive()
            else:
                break
        self._plain.sendall(self._out.read())

    def _receive(self) -> bool:
        self._plain.sendall(self._out.read())
        data = self._plain.recv(1 << 16)
        self._in.write(data)
        return bool(data)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._tls.write(data)
        self._plain.sendall(self._out.read())

    def read(self) -> bytes:
        """Give the bytes that have come, or wait for some; none at the end."""
        while True:
            try:
                return self._tls.read(1 << 16)
            except ssl.SSLWantReadError:
                if not self._receive():
                    return b""


class Connected:
    """A connection to the server of a URL; ``authority`` is the certificate for HTTPS."""

    _tls: _OverTls | None = None

    def __init__(self, url: str, authority: str | None = None) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.base = parts.path.rstrip("/")
        self.socket = socket.create_connection((parts.hostname, parts.port or 80), timeout=TIMEOUT)
        if authority is not None:
            self._tls = _OverTls(self.socket, ssl.create_default_context(cadata=authority), parts.hostname)

    def send(self, method: str, path: str = "/", *headers: str, body: str = "", version: str = "1.1") -> None:
        """Send a request; a body gets its length unless the headers frame it."""
        framed = any(each.lower().startswith(("content-length", "transfer-encoding")) for each in headers)
        length = [f"Content-Length: {len(body.encode())}"] if body and not framed else []
        lines = [f"{method} {self.base}{path} HTTP/{version}", "Host: test", *length, *headers, "", body]
        self.write("\r\n".join(lines).encode())

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self._tls is None:
            self.socket.sendall(data)
        else:
            self._tls.write(data)

    def receive(self, most: int = 1 << 30) -> Received:
        """Receive all until the connection ends, or at least ``most`` bytes."""
        data = bytearray()
        try:
            while len(data) < most:
                piece = self.socket.recv(1 << 16) if self._tls is None else self._tls.read()
                if not piece:
                    return Received(bytes(data), "close")
                data += piece
        except ConnectionResetError:
            return Received(bytes(data), "reset")
        return Received(bytes(data), "open")

    def until(self, end: bytes) -> bytes:
        """Receive until all that has come ends in these bytes."""
        data = b""
        while not data.endswith(end):
            piece = self.receive(1)
            assert piece.ended == "open", f"the connection ended after {data!r}"
            data += piece.data
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def asked(
    url: str, method: str, path: str = "/", *headers: str, body: str = "", authority: str | None = None
) -> Received:
    """Send one request on a new connection, and receive all until it ends; the client keeps its own side open."""
    with Connected(url, authority) as connection:
        connection.send(method, path, *headers, body=body)
        return connection.receive()
