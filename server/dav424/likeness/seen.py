"""Take looks at a server, and keep its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from dav424.likeness.looks import LOOKS
from dav424.likeness.own_server import OwnClient
from dav424.probe.client import NoAnswerError, ProbeClient
from dav424.probe.exchange import Probed
from dav424.probe.place import Place
from dav424.probe.scratch import Scratch
from dav424.probe.verdict import NoVerdict


class SeenLook(Struct, frozen=True):
    """What a server answered in one look; ``base`` is the path of its collection. ``ended`` says why it ended early."""

    name: str
    base: str
    exchanges: tuple[Probed, ...]
    ended: str = ""


def look_at(client: ProbeClient, scratch: Scratch, name: str, position: int) -> SeenLook:
    """Take one look at a server, in a place of the scratch collection."""
    client.begin()
    try:
        with scratch.place(f"look{position}") as place:
            seen = _looked(client, place, name)
    except (NoVerdict, NoAnswerError) as error:
        return SeenLook(name, "", (), str(error))
    client.begin()
    scratch.clear(seen.base)
    return seen


def look_at_own(values: Mapping[str, Any], names: Iterable[str], *, holds_events: bool) -> Iterator[SeenLook]:
    """Take looks at our server in a dialect with these values; a place is a calendar if that of the other server was one."""
    client = OwnClient(values)
    for position, name in enumerate(names):
        base = f"{client.access.root}look{position}/"
        client.begin()
        client.send("MKCALENDAR" if holds_events else "MKCOL", base)
        yield _looked(client, Place(client, base, holds_events=holds_events, keeps=False, made=[]), name)


def _looked(client: ProbeClient, place: Place, name: str) -> SeenLook:
    """Take a look; the requests that made the place, and those that remove its locks, do not belong to it."""
    client.begin()
    ended = ""
    try:
        LOOKS[name](place)
    except (NoVerdict, NoAnswerError) as error:
        ended = str(error)
    return SeenLook(name, place.base, tuple(client.exchanges), ended)
