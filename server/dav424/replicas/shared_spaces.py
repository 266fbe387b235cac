"""The parts of a replica, put together: the door for requests, the admin API, and the houses behind both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dav424.admin.api import Access, Admin
from dav424.core.message import AdminRequest, Response
from dav424.core.method_facts import Facts
from dav424.gateway.gateway import Gateway
from dav424.replicas.administration import Administration
from dav424.replicas.births import Births
from dav424.replicas.door import MOST_BODY, Door
from dav424.replicas.engine import Engine
from dav424.replicas.front_spaces import FrontSpaces
from dav424.replicas.house import Doors, House, HouseSpaces, house_settings
from dav424.replicas.names import SpaceNames
from dav424.replicas.replica import Replica
from dav424.replicas.room import Room
from dav424.replicas.store import SharedStore
from dav424.replicas.upkeep import Upkeep
from dav424.worlds.space import Spaces
from dav424.worlds.world import Blueprints

MakeAdmin = Callable[[Spaces, Gateway, Access], Admin]
"""Makes the admin API of some spaces, whose requests a gateway answers, for clients with an access."""


class SharedSpaces:
    """Spaces that are logs in a ``store``; the other arguments are what a server without one makes its own spaces of.

    ``spaces`` are those of the server itself, which only say when it is closed. ``fingerprint`` is that of ``replicas.fingerprint``.
    ``gateway`` makes a gateway of spaces and the longest body, and has the keywords that all gateways share.
    """

    def __init__(
        self,
        store: SharedStore,
        blueprints: Blueprints,
        methods: Facts,
        spaces: FrontSpaces,
        *,
        fingerprint: Callable[[], str],
        gateway: partial[Gateway],
        make_admin: MakeAdmin,
    ) -> None:
        settings = spaces.settings
        self._blueprints, self._methods = blueprints, methods
        self._gateway, self._make_admin = gateway, make_admin
        limit = settings.budget.limit
        room = Room(limit, lambda more: self.replica.make_room(limit or 0, more))
        self._settings = house_settings(settings, room)
        engine = Engine(store)
        names = SpaceNames(engine, settings.most)
        self._births = Births(names, self._make_house)
        self.replica = Replica(
            engine, names, fingerprint=fingerprint, make_house=self._make_house, find=blueprints.find, room=room
        )
        spaces.houses = self.replica.houses
        upkeep = Upkeep(engine, self.replica, lambda: spaces.closed)
        self.replica.after = upkeep.changed
        self._administration = Administration(self.replica, self._births, names, upkeep)
        upkeep.start()

    def door(self, spaces: Spaces, max_body: int, **keywords: Any) -> Door:
        """Make the door; the arguments are those of a gateway, beside those that all gateways share."""
        self._max_body = min(max_body, MOST_BODY)
        door = Door(spaces, self._max_body, **self._gateway.keywords, **keywords)
        door.replica, door.births = self.replica, self._births
        return door

    def administer(self, local: Admin, request: AdminRequest) -> Response:
        """Answer a call of the admin API; ``local`` answers those that concern no space."""
        return self._administration(local, request)

    def _make_house(self, name: str) -> House:
        spaces = HouseSpaces(name, self._blueprints, self._methods, self._settings)
        gateway = self._gateway(spaces, self._max_body)
        admin: list[Admin] = []

        def administer(request: AdminRequest) -> Response:
            if not admin:  # most houses are asked for no administration
                admin.append(self._make_admin(spaces, gateway, Access()))
            return admin[0](request)

        return House(spaces, Doors(gateway, administer, self._gateway.keywords["on_bug"]))
