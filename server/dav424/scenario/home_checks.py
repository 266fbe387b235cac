"""The mistakes in the calendars, address books and principals of a scenario file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.paths import href, split
from dav424.scenario.file_problem import suggest
from dav424.scenario.homes import CALENDAR
from dav424.scenario.model import NO_HOME
from dav424.store.principals import ANYONE, COLLECTION_OF_PRINCIPALS, principal_path

if TYPE_CHECKING:
    from dav424.core.paths import Path
    from dav424.scenario.model import Scenario
    from dav424.scenario.yaml_reader import Pointer


def home_problems(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Check the keys ``calendars``, ``address-books`` and ``principals``: a pointer and a sentence for each problem."""
    written = [("calendars", path) for path in scenario.calendars]
    written += [("address-books", path) for path in scenario.address_books]
    kinds: dict[Path, str] = {}
    for key, path in written:
        try:
            segments, _ = split(path)
        except Refused as refused:
            yield (key, path), refused.detail
            continue
        if not segments:
            yield (key, path), "the root of a scenario is a plain collection; name a collection below it"
        elif segments in kinds:
            yield (key, path), f"{path} is in {kinds[segments]}, too; remove one of them"
        elif href(segments) in scenario.tree:
            yield (key, path), f"the tree has a document {href(segments)}; choose another path"
        kinds.setdefault(segments, key)
    yield from _nested(scenario, {path for path, key in kinds.items() if key == "calendars"})
    yield from _principals(scenario)


def _nested(scenario: Scenario, calendars: set[Path]) -> Iterator[tuple[Pointer, str]]:
    """Find calendars inside of calendars (RFC 4791 4.2)."""
    around = calendars | {
        split(path)[0] for path, entry in scenario.tree.items() if CALENDAR in entry.types and path.startswith("/")
    }
    for path in sorted(calendars):
        outer = next((path[:depth] for depth in range(1, len(path)) if path[:depth] in around), None)
        if outer is not None:
            where = href(outer, collection=True)
            yield ("calendars", href(path, collection=True)), f"it is inside the calendar {where}; choose another path"


def _principals(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    users = list(scenario.users) or [ANYONE]
    for user, entry in scenario.principals.items():
        if user not in users:
            yield ("principals", user), f"the scenario has no user {user!r}{suggest(user, users)}"
        for key, home in (("calendar-home", entry.calendar_home), ("address-book-home", entry.address_book_home)):
            if home == NO_HOME:
                continue
            try:
                split(home)
            except Refused as refused:
                yield ("principals", user, key), refused.detail


def home_paths(scenario: Scenario) -> set[Path]:
    """List the home sets of the principals that can be read as paths."""
    homes = {home for each in scenario.principals.values() for home in (each.calendar_home, each.address_book_home)}
    paths = set()
    for home in homes - {NO_HOME}:
        with suppress(Refused):  # home_problems tells it
            paths.add(split(home)[0])
    return paths


def principal_paths(scenario: Scenario) -> list[Path]:
    """List the paths of the principals of a scenario, and of the collection of them."""
    return [COLLECTION_OF_PRINCIPALS, *map(principal_path, scenario.users or [ANYONE])]
