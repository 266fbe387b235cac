"""HTTPS with a certificate of a test authority: a valid one, or one with a defect that the user chooses.

    expired       the certificate has expired
    wrong-host    the certificate is for another host
    untrusted     another authority than the published one signed the certificate

trustme makes the authority and the certificate when the server starts; they are never stored. The handshake runs in a
worker thread, and waits for the client without one, so that a client with a slow handshake delays no other client.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import logging
import os
import socket
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dav424.core.clocks import real_time
from dav424.core.writable import utc
from dav424.wire.connection import Connection
from dav424.wire.date_header import date_of
from dav424.wire.pace import is_ready

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LOCAL = ("localhost", "127.0.0.1", "::1")
ANOTHER_HOST = "another-host.invalid"
_HANDSHAKE = 0x16
"""The first byte of a TLS connection (RFC 8446 5.1)."""
_OTHER_DIRECTION = 1.0
"""Seconds for which a read waits until it can send, or a write until it can receive."""
_ONLY_HTTPS = b"This port speaks only HTTPS; write https:// in the URL.\n"
log = logging.getLogger("dav424")


class Tls(Struct, frozen=True):
    """The TLS context of a server, and the certificate of its authority, in PEM, for clients to trust."""

    context: ssl.SSLContext
    authority: bytes


def make(names: Iterable[str] = (), broken: str | None = None) -> Tls:
    """Make an authority, and a certificate for ``LOCAL``, the name of this machine and ``names``.

    ``broken`` names a defect: ``expired``, ``wrong-host`` or ``untrusted``. Raises ModuleNotFoundError if trustme is not
    installed, and ValueError for a name that no certificate can have.
    """
    import trustme  # noqa: PLC0415 - 0.1 s, and not installed by default

    authority = trustme.CA(organization_name="dav424")
    issuer = trustme.CA(organization_name="dav424") if broken == "untrusted" else authority
    validity: dict[str, Any] = {}
    if broken == "expired":
        now = utc(real_time())
        validity = {"not_before": now - dt.timedelta(days=30), "not_after": now - dt.timedelta(days=1)}
    names = [ANOTHER_HOST] if broken == "wrong-host" else list(dict.fromkeys([*LOCAL, *_own_name(), *names]))
    leaf = issuer.issue_cert(*names, **validity)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslsocket_class = TlsSocket
    context.set_alpn_protocols(["http/1.1"])
    with _as_file(leaf.private_key_and_cert_chain_pem.bytes()) as path:
        context.load_cert_chain(path)
    return Tls(context, authority.cert_pem.bytes())


def _own_name() -> list[str]:
    """Give the name of this machine or container, if a certificate can have it."""
    name = socket.gethostname().lower()
    return [name] if name and all(part.replace("-", "").isalnum() for part in name.split(".")) else []


@contextlib.contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Give a path from which to read the content; in memory where the system can, since a disk may be read-only."""
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


def connection_class(tls: Tls) -> type[TlsConnection]:
    """Make the class of the connections of a server that speaks HTTPS."""

    class SecuredConnection(TlsConnection):
        context = tls.context

    return SecuredConnection


class HandshakeLater:
    """A TLS adapter that leaves sockets as they are, so that cheroot's one accepting thread waits for no handshake.

    The connection does the handshake in its worker thread. cheroot marks requests as ``https`` if there is an adapter.
    """

    makefile = None

    @staticmethod
    def bind(sock: socket.socket) -> socket.socket:
        """Give the socket that listens."""
        return sock

    @staticmethod
    def wrap(sock: socket.socket) -> tuple[socket.socket, dict[str, str]]:
        """Give the socket of a new connection, and an empty WSGI environment."""
        return sock, {}


class TlsSocket(ssl.SSLSocket):
    """A socket that encrypts. It says that it would block, or that it broke, with the errors of a plain socket."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of ssl
        """Go on with the handshake; raises BlockingIOError until the client has sent its part."""
        try:
            super().do_handshake(block)
        except ssl.SSLWantReadError:
            raise BlockingIOError from None

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive what there is."""
        try:
            return super().recv(buflen, flags)
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        except ssl.SSLWantWriteError:  # rare: the caller waits for the other direction
            is_ready(self, _OTHER_DIRECTION, writing=True)
            raise BlockingIOError from None
        except ssl.SSLError as error:
            raise _broken(error) from None

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """Send as many bytes as fit."""
        try:
            return super().send(data, flags)
        except ssl.SSLWantWriteError:
            raise BlockingIOError from None
        except ssl.SSLWantReadError:  # rare: the caller waits for the other direction
            is_ready(self, _OTHER_DIRECTION)
            raise BlockingIOError from None
        except ssl.SSLError as error:
            raise _broken(error) from None


def _broken(error: ssl.SSLError) -> ConnectionResetError:
    log.info("A TLS connection broke: %s", error)
    return ConnectionResetError(errno.ECONNRESET, str(error))


class TlsConnection(Connection):
    """A connection that begins with a handshake."""

    context: ssl.SSLContext
    _secured = False
    receives_ahead = True

    def serve_requests(self) -> bool:
        """Do the handshake first; a client that speaks plain HTTP gets a 400 in plain HTTP."""
        if self._secured or self.draining:
            return super().serve_requests()
        try:
            if not self._begins_handshake():
                _refuse_plain_http(self.plain_socket, date_of(int(self.now())))
                return self.begin_drain()
            if not isinstance(self.plain_socket, TlsSocket):
                self.replace_socket(
                    self.context.wrap_socket(self.plain_socket, server_side=True, do_handshake_on_connect=False)
                )
            self.socket.do_handshake()
        except BlockingIOError:
            return True
        except (OSError, ValueError) as error:  # ValueError is for a socket that is closed already
            # A test may be about a client that refuses the certificate: nothing is wrong with the server.
            log.info("No TLS connection with %s: %s", self.client, error)
            return False
        self._secured = True
        return super().serve_requests()

    def _begins_handshake(self) -> bool:
        """Say whether the client begins with a handshake, or with nothing; only its first byte is looked at."""
        if isinstance(self.plain_socket, TlsSocket):
            return True
        first = self.plain_socket.recv(1, socket.MSG_PEEK)
        return not first or first[0] == _HANDSHAKE


def _refuse_plain_http(plain: socket.socket, date: str) -> None:
    plain.recv(1 << 16)  # bytes left unread would reset the connection before the client reads the response
    head = (
        f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(_ONLY_HTTPS)}\r\nContent-Type: text/plain\r\n"
        f"Connection: close\r\nDate: {date}\r\n\r\n"
    )
    plain.sendall(head.encode() + _ONLY_HTTPS)
