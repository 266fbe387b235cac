"""The calendars, address books and principals of a scenario file, as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core.markup import quoteattr
from dav424.core.namespaces import CALDAV, CARDDAV, DAV
from dav424.core.paths import Path, href, split
from dav424.scenario.model import NO_HOME, AddressBook, Calendar, PrincipalEntry, Scenario, TreeEntry, XmlProperty
from dav424.store.principals import ANYONE, Homes, Principal, Principals, new_principal, principals

if TYPE_CHECKING:
    from collections.abc import Mapping

CALENDAR, ADDRESS_BOOK = f"{CALDAV}calendar", f"{CARDDAV}addressbook"
COLOR = "{http://apple.com/ns/ical/}calendar-color"
_COMPONENTS = f"{CALDAV}supported-calendar-component-set"


def whole_tree(scenario: Scenario) -> Mapping[str, TreeEntry]:
    """Give the resources of a scenario: those of its tree, its calendars and its address books.

    A path that is in the tree, too, keeps what the tree says of it.
    """
    if not scenario.calendars and not scenario.address_books:
        return scenario.tree
    tree = dict(scenario.tree)
    for path, calendar in scenario.calendars.items():
        tree[path] = _added(tree.get(path), CALENDAR, _properties_of_calendar(calendar))
    for path, book in scenario.address_books.items():
        tree[path] = _added(tree.get(path), ADDRESS_BOOK, _properties_of_book(book))
    return tree


def _added(entry: TreeEntry | None, kind: str, properties: Mapping[str, str | XmlProperty]) -> TreeEntry:
    entry = entry or TreeEntry()
    types = entry.types if kind in entry.types else [*entry.types, kind]
    return replace(entry, types=types, properties={**properties, **entry.properties})


def _properties_of_calendar(calendar: Calendar) -> dict[str, str | XmlProperty]:
    properties: dict[str, str | XmlProperty] = {
        name: text
        for name, text in (
            (f"{DAV}displayname", calendar.name),
            (f"{CALDAV}calendar-description", calendar.description),
            (COLOR, calendar.color),
        )
        if text
    }
    if calendar.components is not None:
        named = "".join(f"<C:comp name={quoteattr(name)}/>" for name in calendar.components)
        namespace, tag = CALDAV[1:-1], _COMPONENTS.removeprefix(CALDAV)
        properties[_COMPONENTS] = XmlProperty(xml=f'<C:{tag} xmlns:C="{namespace}">{named}</C:{tag}>')
    return properties


def _properties_of_book(book: AddressBook) -> dict[str, str | XmlProperty]:
    named = ((f"{DAV}displayname", book.name), (f"{CARDDAV}addressbook-description", book.description))
    return {name: text for name, text in named if text}


def principals_of(scenario: Scenario, now: float) -> Principals:
    """Make the principals of a scenario: one for each user or, without users, one for all clients."""
    users = list(scenario.users) or [ANYONE]
    made = {user: _principal(user, scenario.principals.get(user) or PrincipalEntry(), now) for user in users}
    return principals(made, now, anonymous=not scenario.users)


def _principal(user: str, entry: PrincipalEntry, now: float) -> Principal:
    addresses = [f"mailto:{user}"] if entry.addresses is None and "@" in user else entry.addresses or []
    homes = Homes(_home(entry.calendar_home), _home(entry.address_book_home))
    return new_principal(user, entry.name or user, now, addresses, homes)


def _home(written: str) -> Path | None:
    return None if written == NO_HOME else split(written)[0]


def principals_as_written(principals: Principals) -> dict[str, PrincipalEntry]:
    """Write the principals of a world for a scenario file, without those that have no settings of their own."""
    written = {node.user: _written(node) for _, node in principals.all()}
    return {user: entry for user, entry in written.items() if entry != PrincipalEntry()}


def _written(node: Principal) -> PrincipalEntry:
    usual = [f"mailto:{node.user}"] if "@" in node.user else []
    return PrincipalEntry(
        name=node.name if node.name != node.user else "",
        addresses=list(node.addresses) if list(node.addresses) != usual else None,
        calendar_home=_home_as_written(node.homes.calendars),
        address_book_home=_home_as_written(node.homes.address_books),
    )


def _home_as_written(home: Path | None) -> str:
    return NO_HOME if home is None else href(home, collection=True)
