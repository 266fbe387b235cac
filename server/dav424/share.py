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
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from dav424.auth import challenged, identify, named_space
from dav424.batch import Refused
from dav424.condition import PROPFIND_FINITE_DEPTH
from dav424.exchange import CLASSES, SAFE, Exchange, Request, Response, World, conduct, note, plain, refusal
from dav424.framing import leave_unread, read_body
from dav424.methods import METHODS
from dav424.methods.options import allow
from dav424.multistatus import reason
from dav424.space import DEFAULT, Space, Spaces
from dav424.store import Draft
from dav424.target import split
from dav424.tree import Path

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Administer = Callable[[str, str, Mapping[str, str], Callable[[int], bytes]], Response]
"""Answers a method, a target, headers and a reader of bodies of at most so many bytes."""
AUTHORITY = "/-/ca.pem"
"""Where the certificate of the authority is that a client has to trust, for whoever asks."""
_KNOWN = frozenset({"PATCH", "POST", "TRACE"})
log = logging.getLogger("dav424")


class Share:
    """The WSGI application. Bodies of more than ``max_body`` bytes are refused with 413.

    With ``strict_wire`` no header is sent that isn't in a standard; with ``strict`` nothing malformed is let pass.
    With ``ask_login`` nobody comes in without a login, though any will do where a scenario has no users.
    """

    def __init__(
        self,
        spaces: Spaces,
        max_body: int,
        *,
        strict_wire: bool = False,
        strict: bool = False,
        ask_login: bool = False,
        authority: bytes = b"",
        admin: Administer | None = None,
        on_bug: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        self._spaces = spaces
        self._max_body = max_body
        self._strict_wire = strict_wire
        self._strict = strict
        self._ask_login = ask_login
        self._authority = authority
        self._admin = admin
        self._on_bug = on_bug
        self.answered: Counter[tuple[str, int]] = Counter()
        self._counting = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; a bug is answered with 500, logged, and changes nothing."""
        clock: Callable[[], float] = self._spaces.default.clock
        try:
            if self._authority and environ["REQUEST_URI"] == AUTHORITY and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
                response = Response(200, [("Content-Type", "application/x-pem-file")], self._authority)
            elif environ["REQUEST_URI"].startswith("/-/") and self._admin is not None:
                response = self._administer(environ)
            elif environ["REQUEST_METHOD"] == "OPTIONS" and environ["REQUEST_URI"] in ("*", "/"):
                allowed = METHODS if environ["REQUEST_URI"] == "*" else sorted(SAFE)
                response = Response(200, [("DAV", CLASSES), ("Allow", ", ".join(allowed)), ("MS-Author-Via", "DAV")])
            else:
                space, world, request = self._understand(environ)
                clock = world.clock
                response = self._answer(space, world, request, environ)
        except Refused as refused:
            response = refusal(refused)
        self._count(environ["REQUEST_METHOD"], response.status)
        return _send(response, environ, start_response, clock())

    def _count(self, method: str, status: int) -> None:
        with self._counting:
            self.answered[method if method in METHODS else "other", status] += 1

    def _administer(self, environ: Environ) -> Response:
        """Hand a request to the admin API."""
        assert self._admin is not None, "asked only where there is one"

        def read(limit: int) -> bytes:
            environ["dav424.body_read"] = True
            return read_body(environ["dav424.http"], environ.get("CONTENT_LENGTH"), limit)

        try:
            return self._admin(environ["REQUEST_METHOD"], environ["REQUEST_URI"], _headers(environ), read)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            return self._sorry(environ, bug)

    def _sorry(self, environ: Environ, bug: BaseException) -> Response:
        log.error("A bug: %s %s; nothing was changed", environ["REQUEST_METHOD"], environ["REQUEST_URI"], exc_info=bug)
        self._on_bug(bug)
        return plain(500, "A bug of this server; nothing was changed. Its log has the details.")

    def _understand(self, environ: Environ) -> tuple[Space, World, Request]:
        """Find out which world is meant, and what in it; the user and the body are still to come."""
        path, slash = split(_path_of(environ["REQUEST_URI"]))
        headers = _headers(environ)
        method = environ["REQUEST_METHOD"]
        space, inside = self._space(path)
        named = self._named_space(headers.get("authorization"), inside)
        if named is not None:
            if space.name not in (DEFAULT, named.name):
                raise Refused(400, f"The path names the space {space.name!r}, and the user {named.name!r}.")
            prefix, space = space.prefix, named
        else:
            prefix = space.prefix
        if inside:
            world = space.world(inside[0])
            request = Request(
                method,
                inside[1:],
                slash or not inside[1:],
                headers,
                base=f"{prefix}/{inside[0]}",
                scheme=environ["wsgi.url_scheme"],
                strict=self._strict,
            )
            return space, world, request
        if method == "PROPFIND" and headers.get("depth", "infinity").strip().lower() == "infinity":
            raise Refused(403, "Send Depth: 0 or 1 here; a scenario can be asked in full.", PROPFIND_FINITE_DEPTH)
        if method in METHODS and method not in SAFE:
            raise Refused(403, "This lists the scenarios; it can't be changed. Name a path in one of them.")
        return space, space.index(), Request(method, (), slash=True, headers=headers, base=prefix)

    def _space(self, path: Path) -> tuple[Space, Path]:
        """Find out which space a path is in, and where there."""
        if not path or path[0] != "s":
            return self._spaces.default, path
        if len(path) == 1:
            raise Refused(404, "Name a space: /s/NAME/SCENARIO/ is a copy of a scenario that nobody else uses.")
        if path[1] == DEFAULT:
            raise Refused(404, "The default space is served without a name: /SCENARIO/.")
        return self._spaces.touch(path[1]), path[2:]

    def _named_space(self, authorization: str | None, inside: Path) -> Space | None:
        """Find the space that a user names who can't name it in the path."""
        if authorization is None:
            return None
        name = named_space(authorization)
        if name is None or (inside and named_space(authorization, self._spaces.blueprint(inside[0]).users) is None):
            return None
        return self._spaces.default if name == DEFAULT else self._spaces.touch(name)

    def _answer(self, space: Space, world: World, request: Request, environ: Environ) -> Response:
        """Carry a request out; what the spine never saw is written into the journal here."""
        try:
            response, number = self._carry_out(world, request, environ)
        except Refused as refused:
            response, number = refusal(refused, request.base), world.journal.draw()
            note(world, request, response, number, refused=refused)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            response = self._sorry(environ, bug)
            number = world.journal.draw()
            note(world, request, response, number)
        if self._strict_wire:
            return response
        ours = [("Dav424-Exchange", str(number))]
        if space.name != DEFAULT and self._spaces.settings.idle:
            ours.append(("Dav424-Space", f"{space.name}; idle-timeout={self._spaces.settings.idle:g}"))
        return replace(response, headers=[*response.headers, *ours])

    def _carry_out(self, world: World, request: Request, environ: Environ) -> tuple[Response, int]:
        blueprint = world.blueprint
        user = ""
        if blueprint.users:
            path, seed = _asked(world, request)
            identified = identify(environ, path, world.name, blueprint.users, blueprint.schemes, seed=seed)
            if isinstance(identified, Response):
                return self._noted(world, request, identified)
            user = identified
        elif self._ask_login and "authorization" not in request.headers and request.method != "OPTIONS":
            asked = plain(401, "Log in, by any name; s+NAME names the space NAME.")
            path, seed = _asked(world, request)
            asked = challenged(asked, environ, path, world.name, "basic", seed=seed, logged_in=False)
            return self._noted(world, request, asked)
        method = METHODS.get(request.method)
        if method is None:
            status = 405 if request.method in _KNOWN else 501
            said = plain(status, f"{request.method} can't be done here.")
            return self._noted(world, request, _with_allow(said, world, request))
        body = read_body(environ["dav424.http"], environ.get("CONTENT_LENGTH"), self._max_body)
        environ["dav424.body_read"] = True
        response, number = conduct(method, replace(request, body=body, user=user), world)
        if response.status == 401:
            path, seed = _asked(world, request)
            schemes = blueprint.schemes
            response = challenged(response, environ, path, world.name, schemes, seed=seed, logged_in=bool(user))
        return _with_allow(response, world, request), number

    def _noted(self, world: World, request: Request, response: Response) -> tuple[Response, int]:
        number = world.journal.draw()
        note(world, request, response, number)
        return response, number


def _asked(world: World, request: Request) -> tuple[str, str]:
    """Give the decoded path of the request target, and what its nonce is made from: never the same again."""
    path = request.base + "".join(f"/{each}" for each in request.path) + ("/" if request.slash else "")
    return path, f"{path} {world.clock()} {world.journal.upcoming}"


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
