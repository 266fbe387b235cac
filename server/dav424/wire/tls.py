"""HTTPS with a certificate of a test authority of its own, which is right, or wrong in the way that is asked for.

    expired       the certificate's time is over
    wrong-host    it is somebody else's
    untrusted     it is signed by another authority than the one that is handed out

Authority and certificate are made by trustme when the server starts, and are kept nowhere. The handshake is
the worker's who will answer: a client that takes its time with it keeps nobody else waiting.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import socket
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dav424.wire.connection import Connection, SocketReader, SocketWriter

if TYPE_CHECKING:
    from cheroot.server import HTTPServer

LOCAL = ("localhost", "127.0.0.1", "::1")
SOMEBODY_ELSE = "somebody-else.invalid"
_HANDSHAKE = 0x16
"""The first byte of a TLS connection (RFC 8446 5.1)."""
_NOT_HERE = b"This port speaks HTTPS alone; write https:// in the URL.\n"
log = logging.getLogger("dav424")


class Tls(Struct, frozen=True):
    """What a server needs for HTTPS, and its authority's certificate, PEM, for clients to trust."""

    context: ssl.SSLContext
    authority: bytes


def make(names: Iterable[str] = (), broken: str | None = None) -> Tls:
    """Make an authority, and a certificate for ``LOCAL``, this machine's name and ``names``; maybe ``broken``.

    Raises ModuleNotFoundError without trustme, and ValueError for a name that no certificate can have.
    """
    import trustme  # noqa: PLC0415 - 0.1 s, and not installed by default

    authority = trustme.CA(organization_name="dav424")
    issuer = trustme.CA(organization_name="dav424") if broken == "untrusted" else authority
    issued: dict[str, Any] = {}
    if broken == "expired":
        now = dt.datetime.now(dt.UTC)
        issued = {"not_before": now - dt.timedelta(days=30), "not_after": now - dt.timedelta(days=1)}
    wanted = [SOMEBODY_ELSE] if broken == "wrong-host" else list(dict.fromkeys([*LOCAL, *_own_name(), *names]))
    leaf = issuer.issue_cert(*wanted, **issued)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    with _as_file(leaf.private_key_and_cert_chain_pem.bytes()) as path:
        context.load_cert_chain(path)
    return Tls(context, authority.cert_pem.bytes())


def _own_name() -> list[str]:
    """Give this machine's name, which in a container is the container's, if a certificate can have it."""
    name = socket.gethostname().lower()
    return [name] if name and all(part.replace("-", "").isalnum() for part in name.split(".")) else []


@contextlib.contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Give a path to read this from, on no disk where the system can: a container's may be read-only."""
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("dav424")
        try:
            os.write(number, content)
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.write_bytes(content)
        yield str(path)


def secure(server: HTTPServer, tls: Tls) -> None:
    """Let a server that doesn't listen yet speak HTTPS."""

    class Secured(TlsConnection):
        context = tls.context

    server.ssl_adapter = _Later()  # it only has to be there: then URLs are https
    server.ConnectionClass = Secured


class _Later:
    """What cheroot takes for its TLS: it hands sockets on as they are, to those who will wait for them."""

    makefile = None

    @staticmethod
    def bind(sock: socket.socket) -> socket.socket:
        return sock

    @staticmethod
    def wrap(sock: socket.socket) -> tuple[socket.socket, dict[str, str]]:
        return sock, {}


class TlsConnection(Connection):
    """A connection that begins with a handshake."""

    context: ssl.SSLContext
    secured = False

    def communicate(self) -> bool:
        """Shake hands first, and answer then; whoever speaks plain HTTP is told so in plain HTTP."""
        try:
            if not self.secured and not self._shake_hands():
                return False
        except (OSError, ValueError) as error:  # ValueError is for a socket that was closed meanwhile
            # That a client refuses a certificate is what it may be here for.
            log.info("No TLS connection with %s: %s", getattr(self, "remote_addr", "a client"), error)
            return False
        try:
            return super().communicate()
        except ssl.SSLError as error:
            log.info("The TLS connection with %s broke: %s", getattr(self, "remote_addr", "a client"), error)
            return False

    def _shake_hands(self) -> bool:
        plain: socket.socket = self.socket
        first = plain.recv(1, socket.MSG_PEEK)
        if first and first[0] != _HANDSHAKE:
            _turn_away(plain)
            return False
        tls = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self.socket, self.rfile, self.wfile = tls, SocketReader(tls), SocketWriter(tls)
        tls.do_handshake()
        self.secured = True
        return True


def _turn_away(plain: socket.socket) -> None:
    plain.recv(1 << 16)  # what is left unread would reset the connection before the answer is read
    head = (
        f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(_NOT_HERE)}\r\nContent-Type: text/plain\r\n"
        "Connection: close\r\n\r\n"
    )
    plain.sendall(head.encode() + _NOT_HERE)
