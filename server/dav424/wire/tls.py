"""HTTPS with a certificate of a test authority: a valid one, or one with a defect that the user chooses.

    expired       the certificate has expired
    wrong-host    the certificate is for another host
    untrusted     another authority than the published one signed the certificate

trustme makes the authority and the certificate when the server starts; they are never stored. The handshake runs in the
worker thread that answers the requests, so that a client with a slow handshake delays no other client.
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
from typing import Any

from msgspec import Struct

from dav424.wire.connection import Connection
from dav424.wire.date_header import date_of

LOCAL = ("localhost", "127.0.0.1", "::1")
ANOTHER_HOST = "another-host.invalid"
_HANDSHAKE = 0x16
"""The first byte of a TLS connection (RFC 8446 5.1)."""
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
        now = dt.datetime.now(dt.UTC)
        validity = {"not_before": now - dt.timedelta(days=30), "not_after": now - dt.timedelta(days=1)}
    names = [ANOTHER_HOST] if broken == "wrong-host" else list(dict.fromkeys([*LOCAL, *_own_name(), *names]))
    leaf = issuer.issue_cert(*names, **validity)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
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


class TlsConnection(Connection):
    """A connection that begins with a handshake."""

    context: ssl.SSLContext
    secured = False

    def serve_requests(self) -> bool:
        """Do the handshake first; a client that speaks plain HTTP gets a 400 in plain HTTP."""
        try:
            if not self.secured and not self._do_handshake():
                return False
        except (OSError, ValueError) as error:  # ValueError is for a socket that is closed already
            # A test may be about a client that refuses the certificate: nothing is wrong with the server.
            log.info("No TLS connection with %s: %s", self.client, error)
            return False
        try:
            return super().serve_requests()
        except ssl.SSLError as error:
            log.info("The TLS connection with %s broke: %s", self.client, error)
            return False

    def _do_handshake(self) -> bool:
        plain = self.plain_socket
        first = plain.recv(1, socket.MSG_PEEK)
        if first and first[0] != _HANDSHAKE:
            _refuse_plain_http(plain, date_of(int(self.now)))
            return False
        tls = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self.replace_socket(tls)
        tls.do_handshake()
        self.secured = True
        return True


def _refuse_plain_http(plain: socket.socket, date: str) -> None:
    plain.recv(1 << 16)  # bytes left unread would reset the connection before the client reads the response
    head = (
        f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(_ONLY_HTTPS)}\r\nContent-Type: text/plain\r\n"
        f"Connection: close\r\nDate: {date}\r\n\r\n"
    )
    plain.sendall(head.encode() + _ONLY_HTTPS)
