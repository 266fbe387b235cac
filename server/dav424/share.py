"""The seam: what cheroot hands over becomes a ``Request``, and a ``Response`` becomes what it sends.

    cheroot --> Share --> a world without users ----------------------------> conduct
                   '----> a world with users --> WsgiDAV's authenticator --'

This and ``server`` are the only places that know of WSGI. The body is read here, whole, before the
request takes its turn, so that a slow client keeps nobody else waiting.
"""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from dav424.auth import authenticator
from dav424.batch import Refused
from dav424.condition import PROPFIND_FINITE_DEPTH
from dav424.exchange import CLASSES, SAFE, Exchange, Request, Response, World, conduct, plain, refusal
from dav424.framing import leave_unread, read_body
from dav424.methods import METHODS
from dav424.methods.options import allow
from dav424.multistatus import reason
from dav424.store import Draft
from dav424.target import split

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
_KNOWN = frozenset({"PATCH", "POST", "TRACE"})
_PENDING = "dav424.pending"
log = logging.getLogger("dav424")


class Worlds(Protocol):
    """The worlds that are served, by the first segment of a path."""

    def find(self, name: str) -> World:
        """Find a world by name; refuses with 404."""

    def index(self) -> World:
        """Make a world that lists the others."""


class Pending(Struct, frozen=True):
    """A request whose target was understood, and whose user and body aren't known yet."""

    world: World
    request: Request


class Share:
    """The WSGI application. Bodies of more than ``max_body`` bytes are refused with 413."""

    def __init__(self, worlds: Worlds, max_body: int) -> None:
        self._worlds = worlds
        self._max_body = max_body
        self._authenticator = authenticator(self._serve)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            if environ["REQUEST_URI"] == "*" and environ["REQUEST_METHOD"] == "OPTIONS":
                return _send(Response(200, [("DAV", CLASSES), ("Allow", ", ".join(METHODS))]), environ, start_response)
            pending = self._understand(environ)
            if not pending.world.users:
                environ[_PENDING] = pending
                return self._serve(environ, start_response)
            return self._authenticate(pending, environ, start_response)
        except Refused as refused:
            return _send(refusal(refused), environ, start_response)

    def _understand(self, environ: Environ) -> Pending:
        """Find out which world is meant, and what in it."""
        path, slash = split(_path_of(environ["REQUEST_URI"]))
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        if "CONTENT_TYPE" in environ:
            headers["content-type"] = environ["CONTENT_TYPE"]
        method = environ["REQUEST_METHOD"]
        if not path:
            if method == "PROPFIND" and headers.get("depth", "infinity").strip().lower() == "infinity":
                raise Refused(403, "Send Depth: 0 or 1 here; a scenario can be asked in full.", PROPFIND_FINITE_DEPTH)
            if method in METHODS and method not in SAFE:
                raise Refused(403, "This lists the scenarios; it can't be changed. Name a path in one of them.")
            return Pending(self._worlds.index(), Request(method, (), slash=True, headers=headers))
        world = self._worlds.find(path[0])
        return Pending(world, Request(method, path[1:], slash or not path[1:], headers, base=f"/{world.name}"))

    def _authenticate(self, pending: Pending, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        _check_credentials(pending.request.headers.get("authorization"))
        environ[_PENDING] = pending
        environ["PATH_INFO"] = "/".join(("", pending.world.name, *pending.request.path)) + (
            "/" if pending.request.slash and pending.request.path else ""
        )
        environ["dav424.users"] = pending.world.users
        environ["dav424.realm"] = pending.world.name
        return self._authenticator(environ, start_response)  # type: ignore[no-any-return]  # WsgiDAV has no types

    def _serve(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Carry out a request whose user is known."""
        pending: Pending = environ[_PENDING]
        request, world = pending.request, pending.world
        try:
            response = self._carry_out(request, world, environ)
        except Refused as refused:
            response = refusal(refused, request.base)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception:
            log.exception("A bug: %s %s; nothing was changed", request.method, environ["REQUEST_URI"])
            response = plain(500, "A bug of this server; nothing was changed. Its log has the details.")
        if response.status == 405:
            response = replace(response, headers=[*response.headers, ("Allow", ", ".join(_allow(request, world)))])
        return _send(response, environ, start_response, now=world.clock())

    def _carry_out(self, request: Request, world: World, environ: Environ) -> Response:
        method = METHODS.get(request.method)
        if method is None:
            known = request.method in _KNOWN
            raise Refused(405 if known else 501, f"{request.method} can't be done here.")
        body = read_body(environ["dav424.http"], environ.get("CONTENT_LENGTH"), self._max_body)
        environ["dav424.body_read"] = True
        user = environ.get("wsgidav.auth.user_name", "")
        return conduct(method, replace(request, body=body, user=user), world)


def _path_of(target: str) -> str:
    """Take the path from a request target in origin or absolute form (RFC 9112 3.2)."""
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if separator and scheme.lower() in ("http", "https"):
            target = "/" + rest.partition("/")[2]
    return target.partition("?")[0]


def _allow(request: Request, world: World) -> Iterable[str]:
    return allow(Exchange(request, world, Draft(world.state, world.clock())))


def _check_credentials(header: str | None) -> None:
    """Refuse credentials that can't be read, before WsgiDAV trips over them."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return
    try:
        readable = b":" in base64.b64decode(encoded.strip(), validate=True).decode().encode()
    except (binascii.Error, ValueError):
        readable = False
    if not readable:
        raise Refused(400, "Authorization: the Basic credentials are not the Base64 of name:password in UTF-8.")


@lru_cache(maxsize=8)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _send(
    response: Response, environ: Environ, start_response: StartResponse, *, now: float | None = None
) -> Iterable[bytes]:
    headers = [*response.headers, ("Date", _date(int(time.time() if now is None else now)))]
    if "dav424.body_read" not in environ:
        leave_unread(environ["dav424.http"])
    line = f"{response.status} {reason(response.status)}"
    if not isinstance(response.body, bytes):
        start_response(line, headers)
        return response.body
    if response.status not in (204, 304):
        headers.append(("Content-Length", str(len(response.body))))
    start_response(line, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" or not response.body else [response.body]
