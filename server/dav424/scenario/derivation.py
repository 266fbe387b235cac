"""What a scenario makes from others: where its sources are, and what can be wrong with that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.paths import split
from dav424.scenario.file_problem import suggest
from dav424.spine import derived_resources
from dav424.store.tree import Derived, Path, href

if TYPE_CHECKING:
    from dav424.scenario.model import Entry, Places, Scenario
    from dav424.scenario.yaml_reader import Pointer

MOST_SOURCES = 32
LONGEST_TEMPLATE = 65_536
"""In characters."""


def resolve(owner: Path, written: str) -> tuple[Path, bool]:
    """Find the source of what lies at ``owner``: from the root if it starts with a slash, else from beside it.

    Says also if it ends in a slash. Raises ``Refused`` for what can't be a path.
    """
    if written.startswith("/"):
        return split(written)
    path, slash = split(f"/{written}")
    return (*owner[:-1], *path), slash


def derive(path: Path, sources: Sequence[str], template: str | None, content_type: str, now: float) -> Derived:
    """Make the node of what is made from others; without a template, by putting them one behind the other."""
    return Derived(
        content=b"",
        content_type=content_type,
        etag="",
        created=now,
        modified=now,
        sources=tuple(resolve(path, written)[0] for written in sources),
        parts=tuple(range(len(sources)) if template is None else derived_resources.parts(template, len(sources))),
    )


def problems(scenario: Scenario, places: Places) -> Iterator[tuple[Pointer, str]]:
    """Find what is wrong with sources: paths that lead nowhere or in a circle, and templates that don't parse.

    ``places`` are what the tree holds.
    """
    missing = {path for written in scenario.missing if (path := _path(written)) is not None}
    known = sorted(map(href, {path for path, kind in places.items() if kind == "document"} | missing))
    needs: dict[Path, dict[Path, int]] = {}
    written_as: dict[Path, str] = {}
    for written, entry in scenario.tree.items():
        yield from (
            ((("tree", written, *key)), message) for key, message in _entry(entry, collection=written[-1] == "/")
        )
        owner = _path(written)
        if owner is None:
            continue
        written_as[owner] = written
        for i, source in enumerate(entry.sources or ()):
            here: Pointer = ("tree", written, "from", i)
            try:
                path, slash = resolve(owner, source)
            except Refused as refused:
                yield here, refused.detail
                continue
            if slash or places.get(path) == "collection":
                yield here, f"{source} is a collection; things are made from documents alone"
            elif path not in places and path not in missing:
                hint = suggest(href(path), known)
                yield here, f"nothing in the tree is at {href(path)}, and it isn't listed under missing{hint}"
            needs.setdefault(owner, {}).setdefault(path, i)
    yield from _missing(scenario, places, {path for each in needs.values() for path in each})
    for owner, i, around in _circles(needs):
        said = " from ".join(map(href, around))
        yield ("tree", written_as[owner], "from", i), f"{href(around[0])} would be made from itself: {said}"


def _path(written: str) -> Path | None:
    try:
        return split(written)[0]
    except Refused:
        return None


def _entry(entry: Entry, *, collection: bool) -> Iterator[tuple[Pointer, str]]:
    if entry.sources is None:
        if entry.template is not None:
            yield ("template",), "a template is for what is made from others; say of what, with from"
        return
    if collection:
        yield ("from",), "a path that ends in a slash is a collection, which is not made from anything"
    if entry.content:
        yield ("content",), "what is made from others has no content of its own; write it as a template"
    if entry.template is not None:
        try:
            list(derived_resources.parts(entry.template, len(entry.sources)))
        except ValueError as error:
            yield ("template",), str(error)


def _missing(scenario: Scenario, places: Places, used: Iterable[Path]) -> Iterator[tuple[Pointer, str]]:
    used = set(used)
    for i, written in enumerate(scenario.missing):
        here: Pointer = ("missing", i)
        try:
            path, _ = split(written)
        except Refused as refused:
            yield here, refused.detail
            continue
        if path in places:
            yield here, f"{written} is in the tree"
        elif path not in used:
            yield here, f"nothing is made from {written}{suggest(written, map(href, sorted(used - places.keys())))}"
        elif places.get(path[:-1]) != "collection":
            yield here, f"{href(path[:-1], collection=True)} is not in the tree, so nobody could PUT {written}"


def _circles(needs: dict[Path, dict[Path, int]]) -> Iterator[tuple[Path, int, list[Path]]]:
    """Find the circles: the resource and the position of the source that closes one, and the way around."""
    done: set[Path] = set()
    for start, first in needs.items():
        way: list[tuple[Path, Iterator[tuple[Path, int]]]] = [(start, iter(first.items()))]
        entered = {start} - done
        while way and entered:
            here, left = way[-1]
            source, i = next(left, ((), -1))
            if i < 0:
                way.pop()
                done.add(here)
                entered.discard(here)
            elif source in entered:
                names = [path for path, _ in way]
                yield here, i, [*names[names.index(source) :], source]
            elif source in needs and source not in done:
                way.append((source, iter(needs[source].items())))
                entered.add(source)
