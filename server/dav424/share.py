"""The seam: a request whose head was read becomes a ``Request``, and a ``Response`` is what is to be sent.

    connection --> Share --> which world, and what in it?
                         --> who is asking?          WsgiDAV's authenticator, where the world has users
                         --> the body, read whole
                         --> conduct
    connection <-- Response, with its date

The body is read before the request takes its turn, so that a slow client keeps nobody else waiting.
"""

from __future__ import annotations

import logging
import time
from email.utils import formatdate
from functools import lru_cache
from typing import Protocol

from msgspec.structs import replace

from dav424.auth import identify
from dav424.batch import Refused
from dav424.condition import PROPFIND_FINITE_DEPTH
from dav424.exchange import CLASSES, SAFE, Exchange, Request, Response, World, conduct, plain, refusal
from dav424.framing import Incoming, leave_unread, read_body
from dav424.head import Head
from dav424.methods import METHODS
from dav424.methods.options import allow
from dav424.store import Draft
from dav424.target import split

_KNOWN = frozenset({"PATCH", "POST", "TRACE"})
log = logging.getLogger("dav424")


class Worlds(Protocol):
    """The worlds that are served, by the first segment of a path."""

    def find(self, name: str) -> World:
        """Find a world by name; refuses with 404."""

    def index(self) -> World:
        """Make a world that lists the others."""


class Share:
    """Answers requests whose heads were read. Bodies of more than ``max_body`` bytes are refused with 413."""

    def __init__(self, worlds: Worlds, max_body: int) -> None:
        self._worlds = worlds
        self._max_body = max_body

    def __call__(self, http: Incoming) -> Response:
        """Answer one request; a bug is answered with 500, logged, and changes nothing."""
        now = None
        head = http.head
        try:
            if head.method == "OPTIONS" and head.target in ("*", "/"):
                allowed = METHODS if head.target == "*" else sorted(SAFE)
                response = Response(200, [("DAV", CLASSES), ("Allow", ", ".join(allowed)), ("MS-Author-Via", "DAV")])
            else:
                world, request = self._understand(head)
                now = world.clock()
                response = self._carry_out(world, request, http)
        except Refused as refused:
            response = refusal(refused)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception:
            log.exception("A bug: %s %s; nothing was changed", head.method, head.target)
            response = plain(500, "A bug of this server; nothing was changed. Its log has the details.")
        leave_unread(http)
        return dated(response, time.time() if now is None else now)

    def _understand(self, head: Head) -> tuple[World, Request]:
        """Find out which world is meant, and what in it; the user and the body are still to come."""
        path, slash = split(_path_of(head.target))
        method, headers = head.method, head.headers
        if path:
            world = self._worlds.find(path[0])
            return world, Request(method, path[1:], slash or not path[1:], headers, base=f"/{world.name}")
        if method == "PROPFIND" and headers.get("depth", "infinity").strip().lower() == "infinity":
            raise Refused(403, "Send Depth: 0 or 1 here; a scenario can be asked in full.", PROPFIND_FINITE_DEPTH)
        if method in METHODS and method not in SAFE:
            raise Refused(403, "This lists the scenarios; it can't be changed. Name a path in one of them.")
        return self._worlds.index(), Request(method, (), slash=True, headers=headers)

    def _carry_out(self, world: World, request: Request, http: Incoming) -> Response:
        user = ""
        if world.users:
            identified = identify(request, http.head.target, world)
            if isinstance(identified, Response):
                return identified
            user = identified
        method = METHODS.get(request.method)
        if method is None:
            status = 405 if request.method in _KNOWN else 501
            return _with_allow(plain(status, f"{request.method} can't be done here."), world, request)
        body = read_body(http, self._max_body)
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


def dated(response: Response, now: float) -> Response:
    """Give an answer its date (RFC 9110 6.6.1)."""
    return Response(response.status, [*response.headers, ("Date", _date(int(now)))], response.body)
