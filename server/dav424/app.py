"""The composition root: it puts the parts of a server together."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.clocks import real_time
from dav424.core.markup import escape
from dav424.core.message import AdminRequest, PagesRequest, Response
from dav424.core.neighbours import HostNames
from dav424.dialects.library import Dialects
from dav424.faults.without_connection import impossible_faults
from dav424.gateway.gateway import Gateway
from dav424.gateway.proxies import TrustedProxies
from dav424.methods import METHOD_FACTS
from dav424.store.tree import new_collection, with_child, with_property
from dav424.worlds.settings import CLOCK_START, Settings
from dav424.worlds.space import Spaces
from dav424.worlds.world import Blueprint, initial_state

if TYPE_CHECKING:
    from dav424.admin.api import Access, Admin
    from dav424.pages.site import Site
    from dav424.proof.play import Player
    from dav424.proof.prove import Flaw
    from dav424.proof.prove_dialect import DialectProver
    from dav424.replicas.front_spaces import FrontSpaces
    from dav424.replicas.shared_spaces import SharedSpaces
    from dav424.replicas.store import SharedStore
    from dav424.scenario.model import Scenario

DEFAULT_MAX_BODY = 4 << 30
"""4 GiB in bytes: the largest body of a known test suite is a little over 2 GiB."""


_OF_ANSWERS = ("idle", "auto", "start", "journal_entries", "journal_bytes", "well_known", "connections")
"""The settings of spaces that change answers."""


class Scenarios:
    """The scenarios of a server by name; each is loaded at the first request to it.

    ``now`` is the time, in seconds since the epoch, at which the resources of their trees were created. The mapping of
    ``sources`` may grow later. A server without ``connections`` of its own refuses the scenarios that need them.
    """

    def __init__(self, sources: Mapping[str, Callable[[], Scenario]], now: float, *, connections: bool = True) -> None:
        self._sources = sources
        self._now = now
        self._connections = connections
        self._loaded: dict[str, Scenario] = {}
        self._blueprints: dict[str, Blueprint] = {}
        self._index: Blueprint | None = None
        self._loading = threading.RLock()

    @property
    def names(self) -> list[str]:
        """The names of the scenarios, sorted."""
        return sorted(self._sources)

    @property
    def sources(self) -> Mapping[str, Callable[[], Scenario]]:
        """The sources of the scenarios."""
        return self._sources

    def find(self, name: str) -> Blueprint:
        """Find the blueprint of a scenario; refuses with 404 an unknown name, and suggests a similar one."""
        known = self._blueprints.get(name)
        if known is not None:
            return known
        with self._loading:
            scenario = self.scenario(name)
            if not self._connections and (sentence := impossible_faults(scenario.faults)):
                raise Refused(501, sentence)
            from dav424.scenario.blueprint import blueprint  # noqa: PLC0415 - the first request to a scenario needs it

            if name not in self._blueprints:
                self._blueprints[name] = blueprint(name, scenario, self._now)
            return self._blueprints[name]

    def put(self, blueprint: Blueprint) -> None:
        """Take a blueprint that was made elsewhere for the scenario of its name."""
        with self._loading:
            self._blueprints[blueprint.name] = blueprint

    def scenario(self, name: str) -> Scenario:
        """Load a scenario; refuses with 404 an unknown name, and suggests a similar one."""
        if name not in self._sources:
            import difflib  # noqa: PLC0415 - for mistakes alone

            near = difflib.get_close_matches(name, self._sources, n=1)
            hint = f"Did you mean /{near[0]}/? " if near else ""
            raise Refused(404, f"There is no scenario {name!r}. {hint}GET / lists all of them.")
        with self._loading:
            if name not in self._loaded:
                self._loaded[name] = self._sources[name]()
            return self._loaded[name]

    def replace(self, sources: Mapping[str, Callable[[], Scenario]]) -> list[str]:
        """Take other sources; gives the names of the scenarios that are new, have changed or are gone, sorted."""
        with self._loading:
            names = self._sources.keys() | sources.keys()
            changed = sorted(name for name in names if self._sources.get(name) != sources.get(name))
            self._sources = sources
            for name in changed:
                self._loaded.pop(name, None)
                self._blueprints.pop(name, None)
            self._index = None
        return changed

    def index(self) -> Blueprint:
        """Make the blueprint of a collection whose members are the scenarios; their display names are the titles."""
        with self._loading:
            if self._index is None:
                root = new_collection(self._now)
                for name in self._sources:
                    title = f'<D:displayname xmlns:D="DAV:">{escape(self.scenario(name).title)}</D:displayname>'
                    member = with_property(new_collection(self._now), "{DAV:}displayname", title)
                    root = with_child(root, name, member)
                self._index = Blueprint("", initial_state(root, (), self._now))
            return self._index


class App:
    """A server without its sockets: the ``scenarios``, their ``spaces``, and the ``gateway`` that serves them.

    The gateway serves the admin API too, unless the API is ``apart``: then ``admin`` is the gateway that serves it, and
    ``url`` must be set to the URL of the other one, and ``admin_url`` to that of the API. A client of the API must send
    the ``token``, if there is one. Without a token, ``closed`` is the answer to each client of the API, unless it is empty:
    why it is closed, and how to open it. ``hosts`` are the names by which clients may reach it
    (default: all). ``origins`` are the origins whose pages may read and change resources, and ``admin_origins`` those whose
    pages may use the API. Requests are answered in one of the ``dialects`` (default: the
    bundled ones): in that named ``dialect`` if nothing else names one.
    ``proxies`` are the addresses of trusted proxies. With a ``store``, the spaces are logs in it, which all servers with
    this store share. A bug of the server is passed to ``on_bug``.
    """

    def __init__(
        self,
        sources: Mapping[str, Callable[[], Scenario]],
        settings: Settings | None = None,
        *,
        max_body: int = DEFAULT_MAX_BODY,
        strict_wire: bool = False,
        strict: bool = False,
        ask_login: bool = False,
        authority: bytes = b"",
        token: str = "",
        closed: str = "",
        apart: bool = False,
        hosts: Iterable[str] | None = None,
        origins: Iterable[str] = (),
        admin_origins: Iterable[str] = (),
        proxies: Iterable[str] = (),
        dialects: Dialects | None = None,
        dialect: str = "",
        store: SharedStore | None = None,
        on_bug: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        settings = settings or Settings()
        start = settings.start
        if start is None:
            start = real_time() if store is None else CLOCK_START  # servers that share spaces have one beginning
        self.scenarios = Scenarios(sources, start, connections=settings.connections)
        front = None if store is None else self._front_spaces(settings)
        self.spaces = front or Spaces(self.scenarios, METHOD_FACTS, settings)
        self.dialects = dialects or Dialects()
        self.url = ""
        self.token, self.closed = token, closed
        self._hosts, self._admin_origins = HostNames(hosts), frozenset(admin_origins)
        trusted = TrustedProxies(proxies) if proxies else None
        self._admin: Admin | None = None
        self._site: Site | None = None
        self._proving = threading.Lock()
        self._apart = apart
        self.admin_url = ""
        gateway = partial(
            Gateway,
            strict_wire=strict_wire,
            strict=strict,
            ask_login=ask_login,
            hosts=self._hosts,
            origins=frozenset(origins),
            admin_origins=self._admin_origins,
            dialects=self.dialects,
            dialect=dialect,
            on_bug=on_bug,
        )
        self._print = ""
        self._answering = {**gateway.keywords, "max_body": max_body}
        self._shared = None if store is None or front is None else self._shared_spaces(store, front, gateway)
        make: Callable[..., Gateway] = gateway if self._shared is None else self._shared.door
        self.gateway = make(
            self.spaces,
            max_body,
            authority=authority,
            admin=None if apart else self.administer,
            pages=self.show,
            proxies=trusted,
        )
        self.admin = Gateway(
            Spaces(NoScenarios(), METHOD_FACTS, settings),
            max_body,
            admin=self.administer,
            hosts=self._hosts,
            admin_origins=self._admin_origins,
            proxies=trusted,
            on_bug=on_bug,
        )

    def reload(self, sources: Mapping[str, Callable[[], Scenario]]) -> list[str]:
        """Take other scenarios; gives the names of those that are new, have changed or are gone.

        The default space takes them up anew at their next request. Other spaces keep the copies that they have.
        """
        changed = self.scenarios.replace(sources)
        self._print = ""
        self.spaces.default.drop(changed)
        return changed

    def administer(self, request: AdminRequest) -> Response:
        """Answer a call of the admin API."""
        if self._admin is None:
            # At the first request: a server without administration starts sooner.
            from dav424.admin.api import Access  # noqa: PLC0415 - see above

            access = Access(self.token, self.closed, self._hosts, self._admin_origins)
            self._admin = self._make_admin(self.spaces, self.gateway, access)
        # The client of a proxy, or of many servers, does not know the server's own URL.
        own = self._apart or not (request.any_host or self._shared is not None)
        request = replace(request, root=self.url or request.root) if own else request
        return self._admin(request) if self._shared is None else self._shared.administer(self._admin, request)

    def _make_admin(self, spaces: Spaces, gateway: Gateway, access: Access) -> Admin:
        """Make the API of some spaces, whose requests a gateway answers."""
        from dav424.admin.api import Admin  # noqa: PLC0415 - as in administer

        return Admin(
            spaces,
            self.scenarios,
            self.dialects,
            access,
            self.gateway.answered,
            send_in=gateway.answer_in,
            prove=self.prove,
        )

    def _front_spaces(self, settings: Settings) -> FrontSpaces:
        """Make the spaces of a server that shares them."""
        from dav424.replicas.front_spaces import FrontSpaces  # noqa: PLC0415 - as in _shared_spaces

        return FrontSpaces(self.scenarios, METHOD_FACTS, settings)

    def _shared_spaces(self, store: SharedStore, front: FrontSpaces, gateway: partial[Gateway]) -> SharedSpaces:
        """Share the spaces with all servers of a store."""
        from dav424.replicas.shared_spaces import SharedSpaces  # noqa: PLC0415 - most servers share nothing

        return SharedSpaces(
            store,
            self.scenarios,
            METHOD_FACTS,
            front,
            fingerprint=self._fingerprint,
            gateway=gateway,
            make_admin=self._make_admin,
        )

    def _fingerprint(self) -> str:
        """Give the fingerprint of the scenarios, the dialects and the settings."""
        if not self._print:
            from dav424.replicas.fingerprint import fingerprint  # noqa: PLC0415 - as in _shared_spaces

            settings, named = self.spaces.settings, self._answering
            answering = {name: named[name] for name in ("strict_wire", "strict", "ask_login", "dialect", "max_body")}
            origins = sorted(named["origins"])
            spaces = {name: getattr(settings, name) for name in _OF_ANSWERS}
            kept = {**answering, **spaces, "origins": origins}
            self._print = fingerprint(self.scenarios.sources, self.dialects.sources, kept)
        return self._print

    def show(self, request: PagesRequest) -> Response:
        """Answer a request for a page."""
        if self._site is None:
            # At the first request: most clients are no browsers.
            from dav424.pages.site import ServerAround, Site  # noqa: PLC0415 - see above

            call_api = None if self._apart else self.administer
            self._site = Site(ServerAround(self.scenarios, self.gateway, call_api, self.admin_url, self._hosts))
        return self._site(request)

    def prove(self, name: str, scenario: Scenario, look: Callable[[], object]) -> Sequence[tuple[str, str]]:
        """Prove a scenario on a server of its own; gives each flaw with the request that shows it.

        Calls ``look`` before each request; it may raise an error to end the proof. Refuses with 503 while another proof is
        under way.
        """
        if not self._proving.acquire(blocking=False):
            raise Refused(503, "Another proof is under way; send the request again later.")
        try:
            settings = Settings(budget=self.spaces.settings.budget)
            flaws = prove_alone(name, scenario, settings, look, dialects=self.dialects)
            return [(flaw.request, flaw.message) for flaw in flaws]
        finally:
            self._proving.release()


@contextlib.contextmanager
def playing(
    name: str,
    scenario: Scenario,
    settings: Settings | None = None,
    look: Callable[[], object] = lambda: None,
    *,
    dialects: Dialects | None = None,
    dialect: str = "",
    faults: bool = False,
) -> Iterator[tuple[Player, Callable[[], None]]]:
    """Serve one scenario on a free port; gives a player of its requests, and a function that applies its cure.

    The dialects are those of ``App``. Without ``faults``, the scenario has none there: all answers are the true ones.
    """
    from dav424.proof.play import Player  # noqa: PLC0415 - a server needs none of these
    from dav424.scenario.model import cured  # noqa: PLC0415 - see above
    from dav424.wire.server import serving  # noqa: PLC0415 - see above

    served = scenario if faults else replace(scenario, faults=[])
    app = App({name: lambda: served}, settings, dialects=dialects, dialect=dialect)

    def cure() -> None:
        app.spaces.default.world(name).change_causes(cured(scenario))

    with serving(app.gateway) as url:
        yield Player(f"{url}{name}/", scenario, look), cure


@contextlib.contextmanager
def proving(name: str, scenario: Scenario, dialects: Dialects) -> Iterator[DialectProver]:
    """Serve one scenario on a free port, without its faults; gives the prover of it in other dialects."""
    from dav424.proof.prove_dialect import DialectProver  # noqa: PLC0415 - a server needs none of these
    from dav424.wire.server import serving  # noqa: PLC0415 - see above

    served = replace(scenario, faults=[])
    with serving(App({name: lambda: served}, dialects=dialects).gateway) as url:
        yield DialectProver(url, name, served)


def prove_alone(
    name: str,
    scenario: Scenario,
    settings: Settings | None = None,
    look: Callable[[], object] = lambda: None,
    *,
    dialects: Dialects | None = None,
) -> list[Flaw]:
    """Prove a scenario on a server of its own: by its true answers, and then, on another server, that it meets its faults."""
    from dav424.proof.met_faults import fault_flaws  # noqa: PLC0415 - as in playing
    from dav424.proof.prove import prove  # noqa: PLC0415 - as in playing

    with playing(name, scenario, settings, look, dialects=dialects) as (player, cure):
        flaws = prove(name, player, cure)
    if scenario.faults:
        with playing(name, scenario, settings, look, dialects=dialects, faults=True) as (player, _):
            flaws += fault_flaws(name, player)
    return flaws


class NoScenarios:
    """The blueprints of a server that serves the admin API alone: none."""

    def find(self, name: str) -> Blueprint:
        """Refuse with 404."""
        raise Refused(404, f"This port serves the admin API alone, under /-/; {name!r} is not in it.")

    def index(self) -> Blueprint:
        """Refuse with 404."""
        raise Refused(404, "This port serves the admin API alone, under /-/.")
