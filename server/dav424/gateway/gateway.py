"""The door of the server: a request whose head was read comes in, and a response leaves.

    connection --> Gateway --> permission      a browser asks: may a page of another origin send a request?
                           --> route           which space and which world is it for?
                           --> authenticate    who sends it?
                           --> read_body       whole, before the request holds the mutex of its world
                           --> handle          the spine runs its method
    connection <-- Response, with its Date

A slow client makes no other client wait, since its body is read before its request waits for the world. Each request
of a space is recorded in the journal of the space, by the spine or, if the gateway refuses it, here.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from dav424.core import neighbours
from dav424.core.batch import Refused, without_frames
from dav424.core.memory import out_of_memory
from dav424.core.message import AdminRequest, PagesRequest, Request, Response
from dav424.core.neighbours import ALL_HOSTS, HostNames, allow_with, check_origin, is_foreign
from dav424.dav import request_content
from dav424.dav.allowed_methods import with_allow
from dav424.dav.headers import compliance_classes
from dav424.dav.multistatus import error_response
from dav424.dav.request_content import with_accepted_coding
from dav424.dialects.library import Dialects
from dav424.gateway.auth import LoginRequired, authenticate, challenge
from dav424.gateway.cors import ADMIN_METHODS, Origins, is_preflight, permission, with_permission
from dav424.gateway.memory_return import MemoryReturn
from dav424.gateway.page_paths import is_for_page
from dav424.gateway.proxies import TrustedProxies
from dav424.gateway.routing import RoutedRequest, check_authority, origin_form, route, route_to, space_of
from dav424.gateway.sandbox import sandboxed
from dav424.journal.entries import MOST_OF_A_BODY
from dav424.methods import METHOD_FACTS, METHODS
from dav424.objects import libraries
from dav424.spine.faulty_answers import spoil
from dav424.spine.handle import answer_by_head, answer_not_served, handle, tell_without_method
from dav424.store.tree import find
from dav424.wire.date_header import with_date
from dav424.wire.framing import IncomingRequest, leave_unread, read_body, refuse_expectations
from dav424.wire.head import Head
from dav424.wire.pace import ConnectionBrokenError
from dav424.worlds.space import ServedSpace, Spaces

AdminHandler = Callable[[AdminRequest], Response]
"""Answers the requests under ``/-/``."""
PagesHandler = Callable[[PagesRequest], Response]
"""Answers the requests for pages."""
CA_PATH = "/-/ca.pem"
"""The path of the CA certificate that clients have to trust; it needs no login."""
_ADMIN = "/-/"
_ADMIN_METHODS = ", ".join(ADMIN_METHODS)
_DAV_METHODS = ", ".join(sorted(METHOD_FACTS))
log = logging.getLogger("dav424")


class Gateway:
    """Answers requests whose heads were read. It refuses with 413 a body of more than ``max_body`` bytes.

    With ``strict_wire``, responses have no header that is not in a standard. With ``strict``, malformed requests are
    refused. With ``ask_login``, each request needs a login; any login will do in a scenario without users.
    ``authority`` is the CA certificate for HTTPS, in PEM. ``admin`` answers the requests under ``/-/``, and ``pages``
    those for pages. ``hosts`` are the names of the server. Pages of ``origins`` may use its resources beside pages of its
    own, and those of ``admin_origins`` the admin API. Requests are answered in one of the ``dialects`` (default: the bundled
    ones): in that named ``dialect`` if nothing else names one. A request of one of the ``proxies`` is answered as that of its client. A bug of the server is answered with 500, and passed to ``on_bug``.
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
        pages: PagesHandler | None = None,
        hosts: HostNames = ALL_HOSTS,
        origins: Origins = frozenset(),
        admin_origins: Origins = frozenset(),
        proxies: TrustedProxies | None = None,
        dialects: Dialects | None = None,
        dialect: str = "",
        on_bug: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        self._spaces = spaces
        self._budget = spaces.settings.budget
        self._return_memory = MemoryReturn()
        self._max_body = max_body
        self._strict_wire = strict_wire
        self._strict = strict
        self._ask_login = ask_login
        self._authority = authority
        self._admin, self._pages = admin, pages
        self._hosts, self._origins, self._admin_origins = hosts, origins, admin_origins
        self._proxies = proxies
        self._dialects, self._dialect = dialects or Dialects(), dialect
        self._on_bug = on_bug
        self.answered: Counter[tuple[str, int]] = Counter()
        self._counting = threading.Lock()

    def __call__(self, http: IncomingRequest, sender: str | None = None) -> Response:
        """Answer one request; a bug is logged, answered with 500, and changes nothing.

        ``sender`` is the user of a request of this process, which needs no login: empty for an anonymous one.
        """
        self.restore(http)
        return self.answer(http, sender)

    def restore(self, http: IncomingRequest) -> None:
        """Give a request the host that its target names, and that of a trusted proxy the URL that the client has sent."""
        named = neighbours.authority(http.head.target)
        if named is not None:
            http.head = replace(http.head, headers={**http.head.headers, "host": named})
        if self._proxies is not None:
            self._proxies.restore(http)

    def answer(self, http: IncomingRequest, sender: str | None = None) -> Response:
        """Answer a request that ``restore`` has seen, as ``__call__`` does."""
        return self._respond(http, self._route, sender)

    def is_for_space(self, http: IncomingRequest) -> bool:
        """Say whether a request that ``restore`` has seen is for a space: for no page, not for the server itself.

        A request for another host, which is refused with 421, is for no space.
        """
        head, target = http.head, origin_form(http.head.target)[len(http.mount) :]
        try:
            check_authority(head.target)
            self._check_host(http)
        except Refused:
            return False
        if self._pages is not None and is_for_page(head.method, target, head.headers):
            return False
        if target.startswith(_ADMIN) and (self._admin is not None or self._asks_for_authority(head, target)):
            return False
        return head.method != "OPTIONS" or head.target != "*"

    def answer_in(
        self, http: IncomingRequest, space: ServedSpace, scenario: str, user: str | None, dialect: str = ""
    ) -> Response:
        """Answer a request to the one scenario that stands at the mount, as ``__call__`` does; in a ``dialect`` if it has a name.

        The caller has checked the login of ``user``, which is empty for an anonymous request, and None for one whose login
        has to be checked.
        """
        find = partial(route_to, space, scenario, target=http.head.target, strict=self._strict, dialect=dialect)
        return self._respond(http, lambda http: find(http=http), user)

    def _route(self, http: IncomingRequest) -> RoutedRequest | Response:
        """Find the space of a request, or answer a request for the server itself."""
        target = origin_form(http.head.target)
        response = self._answer_without_space(http, target[len(http.mount) :])
        if response is not None:
            return response
        return route(self._spaces, self._dialects, http, target, strict=self._strict, origins=self._origins)

    def _respond(
        self,
        http: IncomingRequest,
        find: Callable[[IncomingRequest], RoutedRequest | Response],
        sender: str | None,
    ) -> Response:
        head = http.head
        routed: RoutedRequest | None = None
        try:
            check_authority(head.target)
            found = find(http)
            if isinstance(found, RoutedRequest):
                routed = found
                routed.sender = sender
                try:
                    response = self._answer(routed, http)
                except Refused as refused:
                    response = self._refuse(refused, head, routed)
            else:
                response = found
        except Refused as refused:
            response = self._refuse(refused, head)
        except ConnectionBrokenError:
            raise  # the caller ends the connection
        except MemoryError as error:
            without_frames(error)  # what they hold is free now
            response = self._refuse(self._out_of_memory(head), head, routed, in_dialect=False)
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            response = self._refuse(self._report(bug, head), head, routed, in_dialect=False)
        origins = self._origins_for(http, routed)
        if origins:
            response = with_permission(response, head.headers.get("origin"), origins)
        if routed is not None and routed.world is not None and routed.world.blueprint.sandbox and not self._strict_wire:
            response = sandboxed(response, head.method)
        leave_unread(http)
        self._return_memory()
        self.count(head.method, response.status)
        return with_date(response, (routed.space if routed is not None else self._spaces.default).clock())

    def count(self, method: str, status: int) -> None:
        """Count a response."""
        with self._counting:
            self.answered[method if method in METHODS else "other", status] += 1

    def now(self, target: str) -> float:
        """Give the time for the response to a malformed request: that of the space that its target names."""
        return space_of(self._spaces, origin_form(target)).clock()

    def _answer_without_space(self, http: IncomingRequest, target: str) -> Response | None:
        """Answer a request for the server itself; None if the request is for a space. ``target`` is that below the mount."""
        head = http.head
        if self._pages is not None and is_for_page(head.method, target, head.headers):
            read = partial(read_body, http, budget=self._budget)
            root = _root(http)
            look = http.look_for_client
            return self._pages(
                PagesRequest(head.method, target, root, head.headers, read, look, http.any_host, mount=http.mount)
            )
        asks_for_authority = self._asks_for_authority(head, target)
        if target.startswith(_ADMIN) and self._admin is not None and not asks_for_authority:
            if is_preflight(head):
                self._check_host(http)
                remedy = allow_with("--admin-allow-origin", head.headers)
                return permission(head, self._admin_origins, _ADMIN_METHODS, remedy)
            read = partial(read_body, http, budget=self._budget)
            look = http.look_for_client
            return self._admin(AdminRequest(head.method, target, _root(http), head.headers, read, look, http.any_host))
        self._check_host(http)
        if asks_for_authority:
            return Response(200, [("Content-Type", "application/x-pem-file")], self._authority)
        if head.method == "OPTIONS" and head.target == "*":
            refuse_expectations(head)
            return self._probed(http, Request("OPTIONS", (), headers=head.headers), METHODS)
        return None

    def _asks_for_authority(self, head: Head, target: str) -> bool:
        return bool(self._authority) and target == CA_PATH and head.method in ("GET", "HEAD")

    def _check_host(self, http: IncomingRequest) -> None:
        """Refuse with 421 a request for another host, unless a trusted proxy passed it on."""
        if not http.any_host:
            self._hosts.check(http.head.headers)

    def _origins_for(self, http: IncomingRequest, routed: RoutedRequest | None) -> Origins:
        """Give the origins whose pages may send a request and read its response."""
        if routed is not None:
            return routed.origins(self._spaces, self._origins)
        is_administration = origin_form(http.head.target)[len(http.mount) :].startswith(_ADMIN)
        return self._admin_origins if is_administration and self._admin is not None else self._origins

    def _answer(self, routed: RoutedRequest, http: IncomingRequest) -> Response:
        """Answer a request for a space, or refuse it."""
        if routed.malformed is not None:
            raise routed.malformed
        if is_preflight(http.head):
            return permission(http.head, self._origins_for(http, routed), _DAV_METHODS, self._remedy(http, routed))
        refuse_expectations(http.head)
        if routed.request.method == "OPTIONS" and not routed.request.path and routed.world is None:
            # Clients probe OPTIONS / to see whether the server is up: no scenario has to be loaded for that.
            methods = sorted(name for name, facts in METHOD_FACTS.items() if facts.safe)
            response = self._probed(http, routed.request, methods)
            response = self._told(response, routed)
            return self._with_exchange(response, routed.record(response), routed)
        world = routed.enter_world()
        routed.choose_dialect(self._dialects, self._dialect)
        facts = METHOD_FACTS.get(routed.request.method)
        if (facts is None or not facts.safe) and is_foreign(http.head.headers):
            origins = self._origins_for(http, routed)
            check_origin(http.head.headers, origins, "change resources here", partial(self._remedy, http, routed))
        user = routed.sender
        if user is None:
            user = authenticate(routed.request, world, routed.nonces, ask=self._ask_login)
        if user:
            routed.request = replace(routed.request, user=user)
        method, dialect = METHODS.get(routed.request.method), routed.dialect
        if dialect is not None:
            method = dialect.methods.get(routed.request.method, method)
        if method is None:
            self._keep_short_body(http, routed)
            challenged = partial(challenge, routed.request, world, routed.nonces)
            answered = answer_not_served(routed.request, world, challenged, around=dialect, recorded=routed.recorded)
            return self._with_exchange(*answered, routed)
        if http.head.waits or (world.faults and (http.head.chunked or http.head.length)):
            announced = None if http.head.chunked else http.head.length
            challenged = partial(challenge, routed.request, world, routed.nonces)
            by_head = answer_by_head(
                method, routed.request, announced, world, challenged, around=dialect, waits=http.head.waits
            )
            if by_head is not None:
                # A client that was not asked to wait sends the body in any case: the connection ends after the answer.
                http.close_connection |= not http.head.waits
                return self._with_exchange(*by_head, routed)
        body = read_body(http, self._max_body, self._budget)
        if body:
            routed.request = replace(routed.request, body=body, counted=http.counted)
        request = routed.request
        http.held = world.outlasting()  # to free a large tree that was deleted takes longer than to delete it
        challenged = partial(challenge, request, world, routed.nonces)
        response, number = handle(method, request, world, challenged, around=dialect, recorded=routed.recorded)
        return self._with_exchange(response, number, routed)

    def _keep_short_body(self, http: IncomingRequest, routed: RoutedRequest) -> None:
        """Read the body of a request whose method is not served, if it is short: the journal shows it."""
        head = http.head
        if 0 < head.length <= MOST_OF_A_BODY and not head.waits:
            body = read_body(http, self._max_body, self._budget)
            routed.request = replace(routed.request, body=body, counted=http.counted)

    def _remedy(self, http: IncomingRequest, routed: RoutedRequest) -> str:
        """Say how to allow the origin of a request."""
        if self._origins_for(http, routed) is not self._origins:
            return "The scenario allows those that its allow-origins lists."
        return allow_with("--allow-origin", http.head.headers)

    def _probed(self, http: IncomingRequest, request: Request, methods: Iterable[str]) -> Response:
        """Answer an OPTIONS that is about no scenario."""
        request_content.check(
            replace(request, body=read_body(http, self._max_body)), has_body=METHOD_FACTS["OPTIONS"].has_body
        )
        allow = ("Allow", ", ".join(methods))
        return Response(
            200,
            [
                ("DAV", compliance_classes(METHODS, reads_objects=libraries.installed())),
                allow,
                ("MS-Author-Via", "DAV"),
                ("X-MSDAVEXT", "1"),
            ],
        )

    def _refuse(
        self, refused: Refused, head: Head, routed: RoutedRequest | None = None, *, in_dialect: bool = True
    ) -> Response:
        """Answer a request that the gateway refuses, and record it in the journal of its space.

        With ``in_dialect`` false, the server itself has failed, and no trait of a dialect is asked.
        """
        if routed is None:
            return with_accepted_coding(error_response(refused), head.headers)
        request, world, sent = routed.request, routed.world, None
        response = refused.response if isinstance(refused, LoginRequired) else error_response(refused, request.base)
        response = with_accepted_coding(response, head.headers)
        if world is not None and response.status == 405:
            methods = world.methods if routed.dialect is None else routed.dialect.offered(world.methods)
            node = find(world.state.root, request.path) or world.blueprint.principals.by_path.get(request.path)
            response = with_allow(response, methods, request.path, node)
        if in_dialect:
            response = self._told(response, routed, refused)
        if world is not None and world.faults:
            response, sent = spoil(request, response, world, world.mutex)
        number = routed.record(response, refused, sent)
        return self._with_exchange(response if sent is None else sent.response, number, routed)

    def _told(self, response: Response, routed: RoutedRequest, refused: Refused | None = None) -> Response:
        """Write a response that no method gave in the dialect of its request."""
        if routed.world is None:
            with suppress(Refused):  # the server has lost the dialect of the space: an answer of the RFCs says so
                routed.choose_dialect(self._dialects, self._dialect)
        if routed.dialect is None:
            return response
        world = routed.world or routed.space.index()
        return tell_without_method(response, routed.request, world, routed.dialect, refused)

    def _with_exchange(self, response: Response, number: int, routed: RoutedRequest) -> Response:
        """Add the number of the exchange in the journal, if it has one, and the space; not on the wire with ``strict_wire``."""
        if self._strict_wire and routed.sender is None:
            return response
        added = [("Dav424-Exchange", str(number))] if number else []
        if routed.space.idle < math.inf:
            added.append(("Dav424-Space", f"{routed.space.name}; idle-timeout={routed.space.idle:g}"))
        return replace(response, headers=[*response.headers, *added])

    @staticmethod
    def _out_of_memory(head: Head) -> Refused:
        """Log that a request did not get the memory that it needs, which is no bug, and give the refusal that answers it."""
        log.warning("Out of memory: %s %.200s; nothing was changed", head.method, head.target)
        return out_of_memory()

    def _report(self, bug: BaseException, head: Head) -> Refused:
        """Log a bug, and give the refusal that answers the request."""
        log.error("A bug: %s %s; nothing was changed", head.method, head.target, exc_info=bug)
        self._on_bug(bug)
        return Refused(500, "A bug of this server; nothing was changed. Its log has the details.")


def _root(http: IncomingRequest) -> str:
    """Give the URL of the root of the server, with a slash at its end, as the client names it."""
    return f"{http.scheme.decode()}://{http.head.headers.get('host', 'localhost')}{http.mount}/"
