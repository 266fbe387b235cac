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
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dav424.auth import identify
from dav424.batch import Refused, failed
from dav424.condition import PROPFIND_FINITE_DEPTH
from dav424.exchange import CLASSES, SAFE, Exchange, Request, Response, World, conduct, note, refusal
from dav424.framing import leave_unread, read_body
from dav424.journal import Entry
from dav424.methods import METHODS
from dav424.methods.options import allow
from dav424.multistatus import reason
from dav424.space import DEFAULT, NAME, Space, Spaces
from dav424.store import Draft
from dav424.target import split
from dav424.tree import Path

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Administer = Callable[[str, str, Mapping[str, str], Callable[[int], bytes]], Response]
"""Answers a method, a target, headers and a reader of bodies of at most so many bytes."""
_KNOWN = frozenset({"PATCH", "POST", "TRACE"})
_IN_SPACE = re.compile(r"/+s/+([^/]+)")
log = logging.getLogger("dav424")


class Share:
    """The WSGI application. Bodies of more than ``max_body`` bytes are refused with 413.

    With ``strict_wire`` no header is sent that isn't in a standard.
    """

    def __init__(
        self,
        spaces: Spaces,
        max_body: int,
        *,
        strict_wire: bool = False,
        admin: Administer | None = None,
        on_bug: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        self._spaces = spaces
        self._max_body = max_body
        self._strict_wire = strict_wire
        self._admin = admin
        self._on_bug = on_bug
        self.answered: Counter[tuple[str, int]] = Counter()
        self._counting = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; a bug is answered with 500, logged, and changes nothing."""
        clock: Callable[[], float] = self._spaces.default.clock
        try:
            if environ["REQUEST_URI"].startswith("/-/") and self._admin is not None:
                response = self._administer(self._admin, environ)
            elif environ["REQUEST_METHOD"] == "OPTIONS" and environ["REQUEST_URI"] == "*":
                response = _options(METHODS)
            else:
                visit = self._receive(environ)
                clock = visit.space.clock
                response = self._answer(visit, environ)
        except Refused as refused:
            response = refusal(refused)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            response = refusal(self._sorry(environ, bug))
        self._count(environ["REQUEST_METHOD"], response.status)
        return _send(response, environ, start_response, clock())

    def _count(self, method: str, status: int) -> None:
        with self._counting:
            self.answered[method if method in METHODS else "other", status] += 1

    def _administer(self, admin: Administer, environ: Environ) -> Response:
        """Hand a request to the admin API."""

        def read(limit: int) -> bytes:
            environ["dav424.body_read"] = True
            return read_body(environ["dav424.http"], environ.get("CONTENT_LENGTH"), limit)

        return admin(environ["REQUEST_METHOD"], environ["REQUEST_URI"], _headers(environ), read)

    def _sorry(self, environ: Environ, bug: BaseException) -> Refused:
        log.error("A bug: %s %s; nothing was changed", environ["REQUEST_METHOD"], environ["REQUEST_URI"], exc_info=bug)
        self._on_bug(bug)
        return Refused(500, "A bug of this server; nothing was changed. Its log has the details.")

    def _receive(self, environ: Environ) -> _Visit:
        """Find out which space is meant; refuses what is about none, or none that there is."""
        target = environ["REQUEST_URI"]
        malformed = None
        try:
            path, slash = split(_path_of(target))
        except Refused as refused:
            path, slash, malformed = _begins_in(_path_of(target)), True, refused
        space, inside = self._space(path)
        method, headers = environ["REQUEST_METHOD"], _headers(environ)
        request = Request(method, inside, slash or not inside, headers, base=space.prefix, target=target)
        return _Visit(space, request, malformed)

    def _space(self, path: Path) -> tuple[Space, Path]:
        """Find out which space a path is in, and where there."""
        if not path or path[0] != "s":
            return self._spaces.default, path
        if len(path) == 1:
            raise Refused(404, "Name a space: /s/NAME/SCENARIO/ is a copy of a scenario that nobody else uses.")
        if path[1] == DEFAULT:
            raise Refused(404, "The default space is served without a name: /SCENARIO/.")
        return self._spaces.touch(path[1]), path[2:]

    def _answer(self, visit: _Visit, environ: Environ) -> Response:
        """Carry a request out; what the spine never saw is written into the journal here."""
        try:
            response, number = self._carry_out(visit, environ)
        except Refused as refused:
            response, number = visit.note(refusal(refused, visit.request.base), refused)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            sorry = self._sorry(environ, bug)
            response, number = visit.note(refusal(sorry), sorry)
        if self._strict_wire:
            return response
        ours = [("Dav424-Exchange", str(number))]
        if visit.space.name != DEFAULT and self._spaces.settings.idle:
            ours.append(("Dav424-Space", f"{visit.space.name}; idle-timeout={self._spaces.settings.idle:g}"))
        return replace(response, headers=[*response.headers, *ours])

    def _carry_out(self, visit: _Visit, environ: Environ) -> tuple[Response, int]:
        if visit.malformed is not None:
            raise visit.malformed
        if visit.request.method == "OPTIONS" and not visit.request.path:
            return visit.note(_options(sorted(SAFE)))  # asked by whoever wants to know if anybody is there
        world = visit.enter()
        denied = visit.identify(environ)
        if denied is not None:
            return visit.note(denied, Refused(denied.status, "Log in as one of the scenario's users."))
        method = METHODS.get(visit.request.method)
        if method is None:
            unknown = Refused(
                405 if visit.request.method in _KNOWN else 501, f"{visit.request.method} can't be done here."
            )
            return visit.note(_with_allow(refusal(unknown), world, visit.request), unknown)
        body = read_body(environ["dav424.http"], environ.get("CONTENT_LENGTH"), self._max_body)
        environ["dav424.body_read"] = True
        request = visit.request = replace(visit.request, body=body)
        return conduct(method, request, world, lambda response: _with_allow(response, world, request))


class _Visit(Struct):
    """A request on its way in, and what is known of it so far; ``malformed`` says why its path can't be read."""

    space: Space
    request: Request
    malformed: Refused | None = None
    world: World | None = None

    def enter(self) -> World:
        """Find the world that is meant: that of a scenario, or the one that lists the scenarios."""
        request = self.request
        if request.path:
            self.world = self.space.world(request.path[0])
            inside = request.path[1:]
            self.request = replace(request, path=inside, slash=request.slash or not inside, base=self.world.base)
            return self.world
        if request.method == "PROPFIND" and request.headers.get("depth", "infinity").strip().lower() == "infinity":
            raise Refused(403, "Send Depth: 0 or 1 here; a scenario can be asked in full.", PROPFIND_FINITE_DEPTH)
        if request.method in METHODS and request.method not in SAFE:
            raise Refused(403, "This lists the scenarios; it can't be changed. Name a path in one of them.")
        self.world = self.space.index()
        return self.world

    def identify(self, environ: Environ) -> Response | None:
        """Find out who is asking, where the scenario has users; gives the 401 for somebody who isn't one."""
        world, request = self.world, self.request
        if world is None or not world.blueprint.users:
            return None
        path = world.base + "".join(f"/{each}" for each in request.path) + ("/" if request.slash else "")
        # As all that a space makes up, the nonce follows from what was asked before.
        nonce = f"{world.name}-{int(world.clock())}"
        blueprint = world.blueprint
        identified = identify(environ, path, world.name, blueprint.users, blueprint.schemes, nonce=nonce)
        if isinstance(identified, Response):
            return identified
        self.request = replace(request, user=identified)
        return None

    def note(self, response: Response, refused: Refused | None = None) -> tuple[Response, int]:
        """Write an exchange that the spine did not see into the journal; gives its number with the answer."""
        if self.world is not None:
            return response, note(self.world, self.request, response, refused=refused)
        why = failed(refused) if refused is not None else None
        at = self.space.clock()
        entry = Entry(at=at, scenario="", request=self.request, answer=response, refused=why)
        return response, self.space.journal.record(entry)


def _options(methods: Iterable[str]) -> Response:
    return Response(200, [("DAV", CLASSES), ("Allow", ", ".join(methods)), ("MS-Author-Via", "DAV")])


def _begins_in(path: str) -> Path:
    """Take from a path that can't be read where it is: in which space, if that much is clear."""
    found = _IN_SPACE.match(path)
    return ("s", found[1]) if found and NAME.fullmatch(found[1]) else ()


def _headers(environ: Environ) -> dict[str, str]:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    if "CONTENT_TYPE" in environ:
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


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
    line = f"{response.status} {reason(response.status)}"
    if not isinstance(response.body, bytes):
        start_response(line, headers)
        return response.body
    if response.status not in (204, 304):
        headers.append(("Content-Length", str(len(response.body))))
    start_response(line, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" or not response.body else [response.body]
