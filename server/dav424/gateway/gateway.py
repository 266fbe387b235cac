"""The door of the server: a request whose head was read comes in, and a response leaves.

    connection --> Gateway --> route           which space and which world is it for?
                           --> authenticate    who sends it?
                           --> read_body       whole, before the request holds the mutex of its world
                           --> handle          the spine runs its method
    connection <-- Response, with its Date

A slow client makes no other client wait, since its body is read before its request waits for the world. Each request
of a space is recorded in the journal of the space, by the spine or, if the gateway refuses it, here.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

from msgspec.structs import replace

from dav424.core import neighbours
from dav424.core.batch import Refused, without_frames
from dav424.core.memory import out_of_memory
from dav424.core.message import AdminRequest, Request, Response
from dav424.core.neighbours import ALL_HOSTS, HostNames, check_origin, is_foreign
from dav424.dav import request_content
from dav424.dav.allowed_methods import with_allow
from dav424.dav.headers import COMPLIANCE_CLASSES
from dav424.dav.multistatus import error_response
from dav424.dav.request_content import with_accepted_coding
from dav424.gateway.auth import LoginRequired, authenticate, challenge
from dav424.gateway.memory_return import MemoryReturn
from dav424.gateway.routing import RoutedRequest, origin_form, route, route_to, space_of
from dav424.methods import METHOD_FACTS, METHODS
from dav424.spine.handle import answer_by_head, answer_not_served, handle
from dav424.store.tree import find
from dav424.wire.date_header import with_date
from dav424.wire.framing import IncomingRequest, leave_unread, read_body, refuse_expectations
from dav424.wire.head import Head
from dav424.worlds.space import DEFAULT_SPACE, ServedSpace, Spaces

AdminHandler = Callable[[AdminRequest], Response]
"""Answers the requests under ``/-/``."""
CA_PATH = "/-/ca.pem"
"""The path of the CA certificate that clients have to trust; it needs no login."""
log = logging.getLogger("dav424")


class Gateway:
    """Answers requests whose heads were read. It refuses with 413 a body of more than ``max_body`` bytes.

    With ``strict_wire``, responses have no header that is not in a standard. With ``strict``, malformed requests are
    refused. With ``ask_login``, each request needs a login; any login will do in a scenario without users.
    ``authority`` is the CA certificate for HTTPS, in PEM. ``admin`` answers the requests under ``/-/``. ``hosts`` are
    the names of the server, and ``origins`` the sites whose pages may change its resources beside its own. A bug of the
    server is answered with 500, and passed to ``on_bug``.
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
        hosts: HostNames = ALL_HOSTS,
        origins: frozenset[str] = frozenset(),
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
        self._admin = admin
        self._hosts, self._origins = hosts, origins
        self._on_bug = on_bug
        self.answered: Counter[tuple[str, int]] = Counter()
        self._counting = threading.Lock()

    def __call__(self, http: IncomingRequest, sender: str | None = None) -> Response:
        """Answer one request; a bug is logged, answered with 500, and changes nothing.

        ``sender`` is the user of a request of this process, which needs no login: empty for an anonymous one.
        """
        return self._respond(http, self._route, sender)

    def answer_in(self, http: IncomingRequest, space: ServedSpace, scenario: str, user: str) -> Response:
        """Answer a request to the one scenario that stands at the mount, as ``__call__`` does.

        Another server has checked the login of ``user``, which is empty for an anonymous request.
        """
        return self._respond(
            http, lambda http: route_to(space, scenario, http, http.head.target, strict=self._strict), user
        )

    def _route(self, http: IncomingRequest) -> RoutedRequest | Response:
        """Find the space of a request, or answer a request for the server itself."""
        target = origin_form(http.head.target)
        response = self._answer_without_space(http, target[len(http.mount) :])
        if response is not None:
            return response
        foreign = is_foreign(http.head.headers, self._origins)
        return route(self._spaces, http, target, strict=self._strict, foreign=foreign)

    def _respond(
        self,
        http: IncomingRequest,
        find: Callable[[IncomingRequest], RoutedRequest | Response],
        sender: str | None,
    ) -> Response:
        named = neighbours.authority(http.head.target)
        if named is not None:
            http.head = replace(http.head, headers={**http.head.headers, "host": named})
        head = http.head
        routed: RoutedRequest | None = None
        try:
            found = find(http)
            if isinstance(found, RoutedRequest):
                routed = found
                routed.sender = sender
                response = self._answer(routed, http)
            else:
                response = found
        except Refused as refused:
            response = self._refuse(refused, head, routed)
        except OSError:
            raise  # the connection is broken or timed out; the caller ends it
        except MemoryError as error:
            without_frames(error)  # what they hold is free now
            response = self._refuse(self._out_of_memory(head), head, routed)
        except Exception as bug:  # noqa: BLE001 - logged, and answered with 500
            response = self._refuse(self._report(bug, head), head, routed)
        leave_unread(http)
        self._return_memory()
        with self._counting:
            self.answered[head.method if head.method in METHODS else "other", response.status] += 1
        return with_date(response, (routed.space if routed is not None else self._spaces.default).clock())

    def now(self, target: str) -> float:
        """Give the time for the response to a malformed request: that of the space that its target names."""
        return space_of(self._spaces, origin_form(target)).clock()

    def _answer_without_space(self, http: IncomingRequest, target: str) -> Response | None:
        """Answer a request for the server itself; None if the request is for a space. ``target`` is that below the mount."""
        head = http.head
        asks_for_authority = self._authority and target == CA_PATH and head.method in ("GET", "HEAD")
        if target.startswith("/-/") and self._admin is not None and not asks_for_authority:
            root = f"{http.scheme.decode()}://{head.headers.get('host', 'localhost')}{http.mount}/"
            read = partial(read_body, http, budget=self._budget)
            return self._admin(AdminRequest(head.method, target, root, head.headers, read, http.look_for_client))
        self._hosts.check(head.headers)
        if asks_for_authority:
            return Response(200, [("Content-Type", "application/x-pem-file")], self._authority)
        if head.method == "OPTIONS" and head.target == "*":
            refuse_expectations(head)
            return self._probed(http, Request("OPTIONS", (), headers=head.headers), METHODS)
        return None

    def _answer(self, routed: RoutedRequest, http: IncomingRequest) -> Response:
        """Answer a request for a space, or refuse it."""
        if routed.malformed is not None:
            raise routed.malformed
        refuse_expectations(http.head)
        if routed.request.method == "OPTIONS" and not routed.request.path and routed.world is None:
            # Clients probe OPTIONS / to see whether the server is up: no scenario has to be loaded for that.
            methods = sorted(name for name, facts in METHOD_FACTS.items() if facts.safe)
            response = self._probed(http, routed.request, methods)
            return self._with_exchange(response, routed.record(response), routed)
        world = routed.enter_world()
        facts = METHOD_FACTS.get(routed.request.method)
        if facts is None or not facts.safe:
            check_origin(http.head.headers, self._origins, "change resources here")
        user = routed.sender
        if user is None:
            user = authenticate(routed.request, world, routed.nonces, ask=self._ask_login)
        if user:
            routed.request = replace(routed.request, user=user)
        method = METHODS.get(routed.request.method)
        if method is None:
            challenged = partial(challenge, routed.request, world, routed.nonces)
            answered = answer_not_served(routed.request, world, challenged, recorded=routed.recorded)
            return self._with_exchange(*answered, routed)
        if http.head.waits:
            announced = None if http.head.chunked else http.head.length
            challenged = partial(challenge, routed.request, world, routed.nonces)
            by_head = answer_by_head(method, routed.request, announced, world, challenged)
            if by_head is not None:
                return self._with_exchange(*by_head, routed)
        body = read_body(http, self._max_body, self._budget)
        request = routed.request = replace(routed.request, body=body, counted=http.counted)
        http.held = world.state  # to free a large tree that was deleted takes longer than to delete it
        challenged = partial(challenge, request, world, routed.nonces)
        response, number = handle(method, request, world, challenged, recorded=routed.recorded)
        return self._with_exchange(response, number, routed)

    def _probed(self, http: IncomingRequest, request: Request, methods: Iterable[str]) -> Response:
        """Answer an OPTIONS that is about no scenario."""
        request_content.check(
            replace(request, body=read_body(http, self._max_body)), has_body=METHOD_FACTS["OPTIONS"].has_body
        )
        allow = ("Allow", ", ".join(methods))
        return Response(200, [("DAV", COMPLIANCE_CLASSES), allow, ("MS-Author-Via", "DAV"), ("X-MSDAVEXT", "1")])

    def _refuse(self, refused: Refused, head: Head, routed: RoutedRequest | None) -> Response:
        """Answer a request that the gateway refuses, and record it in the journal of its space."""
        if routed is None:
            return with_accepted_coding(error_response(refused), head.headers)
        request, world = routed.request, routed.world
        response = refused.response if isinstance(refused, LoginRequired) else error_response(refused, request.base)
        response = with_accepted_coding(response, head.headers)
        if world is not None:
            response = with_allow(response, world.methods, request.path, find(world.state.root, request.path))
        return self._with_exchange(response, routed.record(response, refused), routed)

    def _with_exchange(self, response: Response, number: int, routed: RoutedRequest) -> Response:
        """Add the number of the exchange in the journal, if it has one, and the space; not on the wire with ``strict_wire``."""
        if self._strict_wire and routed.sender is None:
            return response
        added = [("Dav424-Exchange", str(number))] if number else []
        if routed.space.name != DEFAULT_SPACE and self._spaces.settings.idle:
            added.append(("Dav424-Space", f"{routed.space.name}; idle-timeout={self._spaces.settings.idle:g}"))
        return Response(response.status, [*response.headers, *added], response.body, response.phrase)

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
