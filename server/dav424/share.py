"""The seam: what cheroot hands over becomes a ``Request``, and a ``Response`` becomes what it sends.

    cheroot --> Share --> which world, and what in it?
                      --> who is asking?          WsgiDAV's authenticator, where the world has users
                      --> the body, read whole
                      --> conduct
                <------ one place that sends

This and ``server`` are the only places that know of WSGI. The body is read before the request takes its
turn, so that a slow client keeps nobody else waiting.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Protocol

from msgspec.structs import replace

from dav424.auth import identify
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
log = logging.getLogger("dav424")


class Worlds(Protocol):
    """The worlds that are served, by the first segment of a path."""

    def find(self, name: str) -> World:
        """Find a world by name; refuses with 404."""

    def index(self) -> World:
        """Make a world that lists the others."""


class Share:
    """The WSGI application. Bodies of more than ``max_body`` bytes are refused with 413."""

    def __init__(self, worlds: Worlds, max_body: int) -> None:
        self._worlds = worlds
        self._max_body = max_body

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; a bug is answered with 500, logged, and changes nothing."""
        now = None
        try:
            if environ["REQUEST_METHOD"] == "OPTIONS" and environ["REQUEST_URI"] in ("*", "/"):
                allowed = METHODS if environ["REQUEST_URI"] == "*" else sorted(SAFE)
                response = Response(200, [("DAV", CLASSES), ("Allow", ", ".join(allowed)), ("MS-Author-Via", "DAV")])
            else:
                world, request = self._understand(environ)
                now = world.clock()
                response = self._carry_out(world, request, environ)
        except Refused as refused:
            response = refusal(refused)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception:
            log.exception("A bug: %s %s; nothing was changed", environ["REQUEST_METHOD"], environ["REQUEST_URI"])
            response = plain(500, "A bug of this server; nothing was changed. Its log has the details.")
        return _send(response, environ, start_response, time.time() if now is None else now)

    def _understand(self, environ: Environ) -> tuple[World, Request]:
        """Find out which world is meant, and what in it; the user and the body are still to come."""
        path, slash = split(_path_of(environ["REQUEST_URI"]))
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        if "CONTENT_TYPE" in environ:
            headers["content-type"] = environ["CONTENT_TYPE"]
        method = environ["REQUEST_METHOD"]
        if path:
            world = self._worlds.find(path[0])
            return world, Request(method, path[1:], slash or not path[1:], headers, base=f"/{world.name}")
        if method == "PROPFIND" and headers.get("depth", "infinity").strip().lower() == "infinity":
            raise Refused(403, "Send Depth: 0 or 1 here; a scenario can be asked in full.", PROPFIND_FINITE_DEPTH)
        if method in METHODS and method not in SAFE:
            raise Refused(403, "This lists the scenarios; it can't be changed. Name a path in one of them.")
        return self._worlds.index(), Request(method, (), slash=True, headers=headers)

    def _carry_out(self, world: World, request: Request, environ: Environ) -> Response:
        user = ""
        if world.users:
            path = "/".join(("", world.name, *request.path)) + ("/" if request.slash else "")
            identified = identify(environ, path, world.name, world.users, world.schemes)
            if isinstance(identified, Response):
                return identified
            user = identified
        method = METHODS.get(request.method)
        if method is None:
            status = 405 if request.method in _KNOWN else 501
            return _with_allow(plain(status, f"{request.method} can't be done here."), world, request)
        body = read_body(environ["dav424.http"], environ.get("CONTENT_LENGTH"), self._max_body)
        environ["dav424.body_read"] = True
        return _with_allow(conduct(method, replace(request, body=body, user=user), world), world, request)


def _path_of(target: str) -> str:
    """Take the path from a request target in origin or absolute form (RFC 9112 3.2)."""
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if separator and scheme.lower() in ("http", "https"):
            target = "/" + rest.partition("/")[2]
    return target.partition("?")[0]


def _with_allow(response: Response, world: World, request: Request) -> Response:
    """Say with a 405 which methods there are instead (RFC 9110 15.5.6)."""
    if response.status != 405:
        return response
    allowed = allow(Exchange(request, world, Draft(world.state, world.clock())))
    return replace(response, headers=[*response.headers, ("Allow", ", ".join(allowed))])


@lru_cache(maxsize=8)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _send(response: Response, environ: Environ, start_response: StartResponse, now: float) -> Iterable[bytes]:
    headers = [*response.headers, ("Date", _date(int(now)))]
    if "dav424.body_read" not in environ:
        leave_unread(environ["dav424.http"])
    line = f"{response.status} {response.phrase or reason(response.status)}"
    if not isinstance(response.body, bytes):
        start_response(line, headers)
        return response.body
    if response.status not in (204, 304):
        headers.append(("Content-Length", str(len(response.body))))
    start_response(line, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" or not response.body else [response.body]
