"""The composition root: it puts the parts of a server together."""

from __future__ import annotations

import difflib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.markup import escape
from dav424.core.message import AdminRequest, Response
from dav424.core.neighbours import HostNames
from dav424.gateway.gateway import Gateway
from dav424.methods import METHOD_FACTS
from dav424.store.tree import new_collection, with_child, with_property
from dav424.worlds.space import Settings, Spaces
from dav424.worlds.world import Blueprint, initial_state

if TYPE_CHECKING:
    from dav424.admin.api import Admin
    from dav424.scenario.model import Scenario

DEFAULT_MAX_BODY = 4 << 30
"""4 GiB in bytes: the largest body of a known test suite is a little over 2 GiB."""


class Scenarios:
    """The scenarios of a server by name; each is loaded at the first request to it.

    ``now`` is the time, in seconds since the epoch, at which the resources of their trees were created. The mapping of
    ``sources`` may grow later.
    """

    def __init__(self, sources: Mapping[str, Callable[[], Scenario]], now: float) -> None:
        self._sources = sources
        self._now = now
        self._loaded: dict[str, Scenario] = {}
        self._blueprints: dict[str, Blueprint] = {}
        self._index: Blueprint | None = None
        self._loading = threading.RLock()

    @property
    def names(self) -> list[str]:
        """The names of the scenarios, sorted."""
        return sorted(self._sources)

    def find(self, name: str) -> Blueprint:
        """Find the blueprint of a scenario; refuses with 404 an unknown name, and suggests a similar one."""
        known = self._blueprints.get(name)
        if known is not None:
            return known
        scenario = self.scenario(name)
        from dav424.scenario.blueprint import blueprint  # noqa: PLC0415 - the first request to a scenario needs it

        with self._loading:
            return self._blueprints.setdefault(name, blueprint(name, scenario, self._now))

    def scenario(self, name: str) -> Scenario:
        """Load a scenario; refuses with 404 an unknown name, and suggests a similar one."""
        if name not in self._sources:
            near = difflib.get_close_matches(name, self._sources, n=1)
            hint = f"Did you mean /{near[0]}/? " if near else ""
            raise Refused(404, f"There is no scenario {name!r}. {hint}GET / lists all of them.")
        with self._loading:
            if name not in self._loaded:
                self._loaded[name] = self._sources[name]()
            return self._loaded[name]

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
    ``url`` must be set to the URL of the other one. A client of the API must send the ``token``, if there is one. A
    ``closed`` API without a token serves no client. ``hosts`` are the names by which clients may reach it
    (default: all). ``origins`` are the sites whose pages may change resources, and ``admin_origins`` those whose pages may
    use the API. A bug of the server is passed to ``on_bug``.
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
        closed: bool = False,
        apart: bool = False,
        hosts: Iterable[str] | None = None,
        origins: Iterable[str] = (),
        admin_origins: Iterable[str] = (),
        on_bug: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        settings = settings or Settings()
        self.scenarios = Scenarios(sources, time.time() if settings.start is None else settings.start)
        self.spaces = Spaces(self.scenarios, METHOD_FACTS, settings)
        self.url = ""
        self.token, self.closed = token, closed
        self._hosts, self._admin_origins = HostNames(hosts), frozenset(admin_origins)
        self._admin: Admin | None = None
        administer = None if apart else self.administer
        self.gateway = Gateway(
            self.spaces,
            max_body,
            strict_wire=strict_wire,
            strict=strict,
            ask_login=ask_login,
            authority=authority,
            admin=administer,
            hosts=self._hosts,
            origins=frozenset(origins),
            on_bug=on_bug,
        )
        self.admin = Gateway(
            Spaces(NoScenarios(), METHOD_FACTS, settings),
            max_body,
            admin=self.administer,
            hosts=self._hosts,
            on_bug=on_bug,
        )

    def administer(self, request: AdminRequest) -> Response:
        """Answer a call of the admin API."""
        if self._admin is None:
            # At the first request: a server without administration starts sooner.
            from dav424.admin.api import Access, Admin  # noqa: PLC0415 - see above

            access = Access(self.token, not self.closed, self._hosts, self._admin_origins)
            self._admin = Admin(self.spaces, self.scenarios, access, self.gateway.answered, send=self.gateway)
        return self._admin(replace(request, root=self.url or request.root))


class NoScenarios:
    """The blueprints of a server that serves the admin API alone: none."""

    def find(self, name: str) -> Blueprint:
        """Refuse with 404."""
        raise Refused(404, f"This port serves the admin API alone, under /-/; {name!r} is not in it.")

    def index(self) -> Blueprint:
        """Refuse with 404."""
        raise Refused(404, "This port serves the admin API alone, under /-/.")
