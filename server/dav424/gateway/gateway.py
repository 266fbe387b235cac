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
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from msgspec.structs import replace

from dav424.core.batch import Refused, without_frames
from dav424.core.message import Request, Response
from dav424.core.paths import Path, split
from dav424.dav.headers import COMPLIANCE_CLASSES
from dav424.dav.multistatus import error_response
from dav424.gateway.auth import named_space
from dav424.gateway.routing import RoutedRequest
from dav424.methods import METHODS
from dav424.methods.options import allow
from dav424.spine.exchange import SAFE, OpenExchange
from dav424.spine.handle import handle
from dav424.store.draft import Draft
from dav424.wire.date_header import with_date
from dav424.wire.framing import IncomingRequest, leave_unread, read_body
from dav424.wire.head import Head
from dav424.worlds.space import DEFAULT_SPACE, SPACE_NAME, ServedSpace, Spaces
from dav424.worlds.world import World

AdminHandler = Callable[[str, str, Mapping[str, str], Callable[[int], bytes]], Response]
"""Answers a method, a target, headers and a reader of bodies of at most so many bytes."""
CA_PATH = "/-/ca.pem"
"""Where the certificate of the authority is that a client has to trust, for whoever asks."""
_KNOWN = frozenset({"PATCH", "TRACE"})
_IN_SPACE = re.compile(r"/+s/+([^/]+)")
log = logging.getLogger("dav424")


class Gateway:
    """Answers requests whose heads were read. Bodies of more than ``max_body`` bytes are refused with 413.

    With ``strict_wire`` no header is sent that isn't in a standard; with ``strict`` nothing malformed is let pass.
    With ``ask_login`` nobody comes in without a login, though any will do where a scenario has no users.
    ``authority`` is the certificate, PEM, of the authority behind HTTPS. ``admin`` answers what is under ``/-/``;
    ``on_bug`` is told of what should never happen, which is answered with 500.
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
        admin: AdminHandler | None = None,
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

    def __call__(self, http: IncomingRequest) -> Response:
        """Answer one request; a bug is answered with 500, logged, and changes nothing."""
        clock: Callable[[], float] = self._spaces.default.clock
        head = http.head
        try:
            target = _origin_form(head.target)
            if self._authority and target == CA_PATH and head.method in ("GET", "HEAD"):
                response = Response(200, [("Content-Type", "application/x-pem-file")], self._authority)
            elif target.startswith("/-/") and self._admin is not None:
                response = self._admin(head.method, target, head.headers, partial(read_body, http))
            elif head.method == "OPTIONS" and head.target == "*":
                response = _options(METHODS)
            else:
                visit = self._receive(head, target, http.scheme.decode())
                clock = visit.space.clock
                response = self._answer(visit, http)
        except Refused as refused:
            response = error_response(refused)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            response = error_response(self._sorry(head, bug))
        leave_unread(http)
        with self._counting:
            self.answered[head.method if head.method in METHODS else "other", response.status] += 1
        return with_date(response, clock())

    def _sorry(self, head: Head, bug: BaseException) -> Refused:
        log.error("A bug: %s %s; nothing was changed", head.method, head.target, exc_info=bug)
        self._on_bug(bug)
        return Refused(500, "A bug of this server; nothing was changed. Its log has the details.")

    def _receive(self, head: Head, target: str, scheme: str) -> RoutedRequest:
        """Find out which space is meant; refuses what is about none, or none that there is."""
        malformed = None
        try:
            path, slash = split(target.partition("?")[0])
        except Refused as refused:
            path, slash, malformed = _begins_in(target), True, without_frames(refused)
        space, inside = self._space(path)
        request = Request(
            head.method,
            inside,
            slash or not inside,
            head.headers,
            base=space.prefix,
            target=head.target,
            scheme=scheme,
            strict=self._strict,
        )
        named = self._named_space(head.headers.get("authorization"), inside)
        if named is not None and space.name not in (DEFAULT_SPACE, named.name):
            malformed = Refused(400, f"The path names the space {space.name!r}, and the user {named.name!r}.")
        return RoutedRequest(named if named is not None and malformed is None else space, request, malformed)

    def _space(self, path: Path) -> tuple[ServedSpace, Path]:
        """Find out which space a path is in, and where there."""
        if not path or path[0] != "s":
            return self._spaces.default, path
        if len(path) == 1:
            raise Refused(404, "Name a space: /s/NAME/SCENARIO/ is a copy of a scenario that nobody else uses.")
        if path[1] == DEFAULT_SPACE:
            raise Refused(404, "The default space is served without a name: /SCENARIO/.")
        return self._spaces.touch(path[1]), path[2:]

    def _named_space(self, authorization: str | None, inside: Path) -> ServedSpace | None:
        """Find the space that a user names who can't name it in the path."""
        if authorization is None:
            return None
        try:
            users = self._spaces.blueprint(inside[0]).users if inside else {}
        except Refused:
            users = {}  # there is no such scenario; that is said, and noted, in the space that was meant
        name = named_space(authorization, users)
        if name is None:
            return None
        return self._spaces.default if name == DEFAULT_SPACE else self._spaces.touch(name)

    def _answer(self, visit: RoutedRequest, http: IncomingRequest) -> Response:
        """Carry a request out; what the spine never saw is written into the journal here."""
        try:
            response, number = self._carry_out(visit, http)
        except Refused as refused:
            response, number = visit.note(error_response(refused, visit.request.base), refused)
        except OSError:
            raise  # the connection is gone, or too slow: cheroot's to handle
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            sorry = self._sorry(http.head, bug)
            response, number = visit.note(error_response(sorry), sorry)
        if self._strict_wire:
            return response
        ours = [("Dav424-Exchange", str(number))]
        if visit.space.name != DEFAULT_SPACE and self._spaces.settings.idle:
            ours.append(("Dav424-Space", f"{visit.space.name}; idle-timeout={self._spaces.settings.idle:g}"))
        return Response(response.status, [*response.headers, *ours], response.body, response.phrase)

    def _carry_out(self, visit: RoutedRequest, http: IncomingRequest) -> tuple[Response, int]:
        if visit.malformed is not None:
            raise visit.malformed
        if visit.request.method == "OPTIONS" and not visit.request.path:
            return visit.note(_options(sorted(SAFE)))  # asked by whoever wants to know if anybody is there
        world = visit.enter()
        denied = visit.identify(ask=self._ask_login)
        if denied is not None:
            return visit.note(*denied)
        method = METHODS.get(visit.request.method)
        if method is None:
            unknown = Refused(
                405 if visit.request.method in _KNOWN else 501, f"{visit.request.method} can't be done here."
            )
            return visit.note(_with_allow(error_response(unknown), world, visit.request), unknown)
        request = visit.request = replace(visit.request, body=read_body(http, self._max_body))
        http.held = world.state  # to free a large tree that was deleted takes longer than to delete it
        return handle(method, request, world, partial(_finish, visit, world))


def _options(methods: Iterable[str]) -> Response:
    return Response(200, [("DAV", COMPLIANCE_CLASSES), ("Allow", ", ".join(methods)), ("MS-Author-Via", "DAV")])


def _begins_in(path: str) -> Path:
    """Take from a path that can't be read where it is: in which space, if that much is clear."""
    found = _IN_SPACE.match(path)
    return ("s", found[1]) if found and SPACE_NAME.fullmatch(found[1]) else ()


def _origin_form(target: str) -> str:
    """Take the path and the query from a request target in origin or absolute form (RFC 9112 3.2)."""
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if separator and scheme.lower() in ("http", "https"):
            return "/" + rest.partition("/")[2]
    return target


def _finish(visit: RoutedRequest, world: World, response: Response) -> Response:
    """Say with a 401 how to log in, and with a 405 what can be done instead."""
    if response.status not in (401, 405):
        return response
    return _with_allow(visit.challenge(response), world, visit.request)


def _with_allow(response: Response, world: World, request: Request) -> Response:
    """Say with a 405 which methods there are instead (RFC 9110 15.5.6)."""
    if response.status != 405:
        return response
    allowed = allow(OpenExchange(request, world, Draft(world.state, world.clock())))
    return replace(response, headers=[*response.headers, ("Allow", ", ".join(allowed))])
