"""iCalendar objects and vCards, as far as a server has to know them: one from the other, by their UIDs.

Content lines are taken as they are (RFC 5545 3.1, RFC 6350 3.2): folded ones stay folded, and no
property but UID is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct, field

from dav424.core.batch import Refused
from dav424.core.condition_codes import (
    NO_UID_CONFLICT,
    NO_UID_CONFLICT_OF_CARDS,
    VALID_ADDRESS_DATA,
    VALID_CALENDAR_DATA,
    ConditionCode,
)
from dav424.core.namespaces import CALDAV, CARDDAV

_NEWLINE = re.compile(r"\r\n|\n|\r")
_TZID = re.compile(r";TZID=\"?([^\";:]+)", re.IGNORECASE)


class Kind(Struct, frozen=True):
    """What distinguishes calendars from address books: the element that holds data, and its conditions."""

    name: str
    element: str
    media_type: str
    suffix: str
    valid: ConditionCode
    no_conflict: str


CALENDAR = Kind("iCalendar", f"{CALDAV}calendar-data", "text/calendar", ".ics", VALID_CALENDAR_DATA, NO_UID_CONFLICT)
CARD = Kind("vCard", f"{CARDDAV}address-data", "text/vcard", ".vcf", VALID_ADDRESS_DATA, NO_UID_CONFLICT_OF_CARDS)
KINDS = (CALENDAR, CARD)


class Item(Struct, frozen=True):
    """One object; its ``uid`` is empty if it has none."""

    uid: str
    content: bytes


class _Component(Struct):
    """A component as it was written, and the values that matter of its own properties."""

    name: str
    lines: list[str]
    uid: str = ""
    tzid: str = ""
    zones: set[str] = field(default_factory=set)


def split(data: bytes, kind: Kind) -> list[Item]:
    """Take a stream apart into objects, in their order.

    A calendar is split by UID, each object with the time zones that it names. Refuses with 403 and
    ``valid-calendar-data`` or ``valid-address-data`` what isn't such a stream.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _invalid(kind, "it is not UTF-8") from None
    lines = list(_logical(text))
    return _calendar(lines) if kind is CALENDAR else _cards(lines)


def single(data: bytes, kind: Kind) -> Item:
    """Read the one object that a resource holds, which needs a UID; its content is the data as it came."""
    found = split(data, kind)
    if len(found) != 1 or not found[0].uid:
        raise _invalid(kind, f"it must hold one object with a UID, and it holds {len(found)}")
    return Item(found[0].uid, data)


@lru_cache(maxsize=4096)
def uid_of(data: bytes, kind: Kind) -> str:
    """Read the UID of what a resource holds; empty if it can't be read."""
    try:
        return single(data, kind).uid
    except Refused:
        return ""


def _invalid(kind: Kind, why: str) -> Refused:
    return Refused(403, f"This is no {kind.name} that could be stored: {why}.", kind.valid)


def _logical(text: str) -> Iterator[str]:
    """Iterate over content lines, the pieces of a folded one with their line ends between them."""
    line = ""
    for piece in _NEWLINE.split(text):
        if piece[:1] in (" ", "\t") and line:
            line += "\r\n" + piece
        else:
            if line:
                yield line
            line = piece
    if line:
        yield line


def _unfolded(line: str) -> str:
    return re.sub(r"\r\n[ \t]", "", line)


def _value(line: str) -> tuple[str, str]:
    """Give a content line's name, in capitals, and its value."""
    head, _, value = _unfolded(line).partition(":")
    return head.partition(";")[0].strip().upper(), value.strip()


def _components(lines: Sequence[str], kind: Kind) -> Iterator[_Component | str]:
    """Iterate over the components, and over the lines between them."""
    stack: list[str] = []
    here = _Component("", [])
    for line in lines:
        name, value = _value(line)
        if name == "BEGIN":
            if not stack:
                here = _Component(value.upper(), [])
            stack.append(value.upper())
        elif not stack:
            yield line
            continue
        here.lines.append(line)
        if name == "END":
            if stack.pop() != value.upper():
                raise _invalid(kind, f"END:{value[:40]} ends nothing that was begun")
            if not stack:
                yield here
        elif len(stack) == 1 and name == "UID":
            here.uid = value
        elif len(stack) == 1 and name == "TZID":
            here.tzid = value
        here.zones.update(_TZID.findall(_unfolded(line)))
    if stack:
        raise _invalid(kind, f"BEGIN:{stack[-1][:40]} has no END")


def _calendar(lines: Sequence[str]) -> list[Item]:
    whole = list(_components(lines, CALENDAR))
    if len(whole) != 1 or isinstance(whole[0], str) or whole[0].name != "VCALENDAR":
        raise _invalid(CALENDAR, "it must be one VCALENDAR")
    head: list[str] = []
    zones: dict[str, _Component] = {}
    sets: dict[str, list[_Component]] = {}
    for number, part in enumerate(_components(whole[0].lines[1:-1], CALENDAR)):
        if isinstance(part, str):
            head.append(part)
        elif part.name == "VTIMEZONE":
            zones[part.tzid] = part
        else:
            sets.setdefault(part.uid or f"\0{number}", []).append(part)  # without a UID, nothing goes with it
    if not sets:
        raise _invalid(CALENDAR, "there is no component in it beside time zones")
    return [
        _item(head, [zones[each] for each in zones if any(each in c.zones for c in members)], members)
        for members in sets.values()
    ]


def _item(head: Sequence[str], zones: Sequence[_Component], members: Sequence[_Component]) -> Item:
    parts = [line for each in (*zones, *members) for line in each.lines]
    lines = ["BEGIN:VCALENDAR", *head, *parts, "END:VCALENDAR", ""]
    return Item(members[0].uid, "\r\n".join(lines).encode())


def _cards(lines: Sequence[str]) -> list[Item]:
    found = []
    for part in _components(lines, CARD):
        if isinstance(part, str) or part.name != "VCARD":
            raise _invalid(CARD, "there must be nothing but VCARDs in it")
        found.append(Item(part.uid, "\r\n".join([*part.lines, ""]).encode()))
    if not found:
        raise _invalid(CARD, "there is no VCARD in it")
    return found
