"""The composition root: scenarios become spaces, and spaces an application."""

from __future__ import annotations

import difflib
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.markup import escape
from dav424.core.message import Response
from dav424.gateway.gateway import Gateway
from dav424.store.tree import new_collection, with_child, with_property
from dav424.worlds.space import Settings, Spaces
from dav424.worlds.world import Blueprint, initial_state

if TYPE_CHECKING:
    from dav424.admin.api import Admin
    from dav424.scenario.model import Scenario

DEFAULT_MAX_BODY = 4 << 30
"""4 GiB in bytes: the largest content of a known test suite is a little over 2 GiB."""


class Scenarios:
    """Scenarios by name, each loaded and set up on first use; ``now`` is the start of its clocks.

    The mapping of ``sources`` may grow later.
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
        """Their names, sorted."""
        return sorted(self._sources)

    def find(self, name: str) -> Blueprint:
        """Find the blueprint of a scenario; refuses with 404, naming what was probably meant."""
        found = self._blueprints.get(name)
        if found is not None:
            return found
        scenario = self.scenario(name)
        from dav424.scenario.model import blueprint  # noqa: PLC0415 - not needed before the first scenario is asked for

        with self._loading:
            return self._blueprints.setdefault(name, blueprint(name, scenario, self._now))

    def scenario(self, name: str) -> Scenario:
        """Load a scenario by name; refuses with 404, naming what was probably meant."""
        if name not in self._sources:
            near = difflib.get_close_matches(name, self._sources, n=1)
            hint = f"Did you mean /{near[0]}/? " if near else ""
            raise Refused(404, f"There is no scenario {name!r}. {hint}GET / lists all of them.")
        with self._loading:
            if name not in self._loaded:
                self._loaded[name] = self._sources[name]()
            return self._loaded[name]

    def index(self) -> Blueprint:
        """Make the blueprint of a collection whose members are the scenarios, with their titles as display names."""
        with self._loading:
            if self._index is None:
                root = new_collection(self._now)
                for name in self._sources:
                    title = f'<D:displayname xmlns:D="DAV:">{escape(self.scenario(name).title)}</D:displayname>'
                    member = with_property(new_collection(self._now), "{DAV:}displayname", title)
                    root = with_child(root, name, member)
                self._index = Blueprint("", initial_state(root, (), self._now), read_only=True)
            return self._index


class App:
    """A server's parts, put together: the ``scenarios``, their ``spaces``, and the ``share`` that serves them.

    ``share`` serves the admin API too, unless it is ``apart``; ``admin`` serves that alone, and wants to know the
    ``url`` of the other. With a ``token`` that API wants it, ``closed`` it serves nobody without. ``on_bug`` is told of
    what should never happen.
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
        on_bug: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        settings = settings or Settings()
        self.scenarios = Scenarios(sources, time.time() if settings.start is None else settings.start)
        self.spaces = Spaces(self.scenarios, settings)
        self.url = ""
        self.token, self.closed = token, closed
        self._admin: Admin | None = None
        administer = None if apart else self._administer
        self.gateway = Gateway(
            self.spaces,
            max_body,
            strict_wire=strict_wire,
            strict=strict,
            ask_login=ask_login,
            authority=authority,
            admin=administer,
            on_bug=on_bug,
        )
        self.admin = Gateway(Spaces(Nothing(), settings), max_body, admin=self._administer, on_bug=on_bug)

    def _administer(
        self, method: str, target: str, headers: Mapping[str, str], read_body: Callable[[int], bytes]
    ) -> Response:
        if self._admin is None:
            # Not before somebody asks: a server that nobody administers is up sooner.
            from dav424.admin.api import Access, Admin  # noqa: PLC0415 - as said

            access = Access(self.token, open=not self.closed)
            self._admin = Admin(self.spaces, self.scenarios, access, self.gateway.answered, self.url)
        return self._admin(method, target, headers, read_body)


class Nothing:
    """No scenario at all: what is served beside the admin API where that has a port of its own."""

    def find(self, name: str) -> Blueprint:
        """Refuse with 404."""
        raise Refused(404, f"Only the admin API is served here, under /-/; {name!r} is not in it.")

    def index(self) -> Blueprint:
        """Refuse with 404."""
        raise Refused(404, "Only the admin API is served here, under /-/.")
