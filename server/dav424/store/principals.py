"""Principals (RFC 3744 2): the users of a world as resources, beside its tree, in no listing.

    /principals/         the collection of the principals
    /principals/ada/     the user ada

They never change. A resource of the tree at such a path hides the principal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import quote

from msgspec import Struct
from rpds import HashTrieMap

from dav424.core.markup import escape
from dav424.core.namespaces import DAV
from dav424.core.paths import Path
from dav424.store.tree import Collection

COLLECTION_OF_PRINCIPALS: Path = ("principals",)
ANYONE = "anyone"
"""The name of the one principal in a world without users."""
PRINCIPAL = f"{DAV}principal"


class Homes(Struct, frozen=True):
    """The collections that hold the calendars and the address books of a user; nothing needs to be there.

    None: the principal names no such collection.
    """

    calendars: Path | None = ()
    address_books: Path | None = ()


class Principal(Collection, frozen=True):
    """A user: the user name and the display name, the addresses in calendars, and the home sets."""

    user: str = ""
    name: str = ""
    addresses: tuple[str, ...] = ()
    homes: Homes = Homes()


class PrincipalCollection(Collection, frozen=True):
    """The collection of the principals. It lists none of them."""


class Principals(Struct, frozen=True):
    """The principals of a world: resources by path, and the path of each user; an empty name is an anonymous user."""

    by_path: Mapping[Path, Principal | PrincipalCollection] = MappingProxyType({})
    of_user: Mapping[str, Path] = MappingProxyType({})

    def all(self) -> list[tuple[Path, Principal]]:
        """List the principals, by path."""
        return [(path, node) for path, node in sorted(self.by_path.items()) if isinstance(node, Principal)]

    def owner(self, path: Path) -> Path | None:
        """Give the path of the one principal whose home set is deepest around a path; None if there is none, or several."""
        homes = [
            (len(home), principal)
            for principal, node in self.all()
            for home in (node.homes.calendars, node.homes.address_books)
            if home is not None and path[: len(home)] == home
        ]
        deepest = max((depth for depth, _ in homes), default=-1)
        owners = {principal for depth, principal in homes if depth == deepest}
        return next(iter(owners)) if len(owners) == 1 else None


NO_PRINCIPALS = Principals()


def principal_path(user: str) -> Path:
    """Give the path of a user. A name that no segment of a path can have is encoded once more.

    >>> principal_path("ada"), principal_path("a/b")
    (('principals', 'ada'), ('principals', 'a%2Fb'))
    """
    plain = user.isprintable() and user not in (".", "..") and not {"/", "%"} & set(user)
    return (*COLLECTION_OF_PRINCIPALS, user if plain else quote(user, safe="").replace(".", "%2E"))


def new_principal(user: str, name: str, now: float, addresses: Iterable[str], homes: Homes) -> Principal:
    """Make the principal of a user, whose ``DAV:displayname`` is ``name``."""
    shown = f'<D:displayname xmlns:D="DAV:">{escape(name)}</D:displayname>'
    return Principal(
        created=now,
        modified=now,
        children=HashTrieMap(),
        types=(PRINCIPAL,),
        properties=HashTrieMap({f"{DAV}displayname": shown}),
        user=user,
        name=name,
        addresses=tuple(addresses),
        homes=homes,
    )


def principals(users: Mapping[str, Principal], now: float, *, anonymous: bool) -> Principals:
    """Make the principals of a world; with ``anonymous``, any client is the one user that it has."""
    by_path: dict[Path, Principal | PrincipalCollection] = {
        COLLECTION_OF_PRINCIPALS: PrincipalCollection(now, now, HashTrieMap())
    }
    of_user = {user: principal_path(user) for user in users}
    by_path.update({of_user[user]: node for user, node in users.items()})
    if anonymous:
        of_user = {"": principal_path(ANYONE)}
    return Principals(by_path, of_user)
