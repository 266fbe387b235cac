"""iCalendar objects and vCards, read as far as a server needs: to split a stream into objects by their UIDs.

Content lines stay unchanged (RFC 5545 3.1, RFC 6350 3.2): folded lines stay folded, and only UID and TZID are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field

from dav424.core.batch import Refused
from dav424.core.condition_codes import (
    MAX_RESOURCE_SIZE,
    MAX_RESOURCE_SIZE_OF_CARDS,
    NO_UID_CONFLICT,
    NO_UID_CONFLICT_OF_CARDS,
    SUPPORTED_ADDRESS_DATA,
    SUPPORTED_CALENDAR_DATA,
    VALID_ADDRESS_DATA,
    VALID_CALENDAR_DATA,
    ConditionCode,
)
from dav424.core.namespaces import CALDAV, CARDDAV
from dav424.core.patterns import pattern
from dav424.core.writable import NOT_XML

_CONTROL = pattern(rf"[{NOT_XML}\x7f]")
"""The characters that no content line can have (RFC 5545 3.1), and the others that XML can't hold."""
MOST_PIECES = 20_000
"""The most content lines, values and parameters of one object: about a second of work."""
_SLICE = 1 << 18
"""The characters that one call searches: a millisecond of work."""
_TZID = pattern(r";TZID=\"?([^\";:]+)", re.IGNORECASE)


class Kind(Struct, frozen=True):
    """A kind of data: iCalendar or vCard, with its XML element, media type, file extension and condition codes."""

    name: str
    element: str
    media_type: str
    suffix: str
    valid: ConditionCode
    supported: ConditionCode
    no_conflict: str
    max_size: ConditionCode


CALENDAR = Kind(
    "iCalendar",
    f"{CALDAV}calendar-data",
    "text/calendar",
    ".ics",
    VALID_CALENDAR_DATA,
    SUPPORTED_CALENDAR_DATA,
    NO_UID_CONFLICT,
    MAX_RESOURCE_SIZE,
)
CARD = Kind(
    "vCard",
    f"{CARDDAV}address-data",
    "text/vcard",
    ".vcf",
    VALID_ADDRESS_DATA,
    SUPPORTED_ADDRESS_DATA,
    NO_UID_CONFLICT_OF_CARDS,
    MAX_RESOURCE_SIZE_OF_CARDS,
)
KINDS = (CALENDAR, CARD)


class Item(Struct, frozen=True):
    """One object; ``uid`` is empty if it has no UID.

    ``pieces`` are lists of its content lines, which it can share with other objects; ``size`` is about that of its
    ``content`` in bytes.
    """

    uid: str
    pieces: tuple[Sequence[str], ...]
    size: int

    @property
    def lines(self) -> int:
        """The number of its content lines."""
        return sum(map(len, self.pieces))

    @property
    def content(self) -> bytes:
        """The lines as one stream; it is written anew each time, since all objects at once can be large."""
        return "\r\n".join([*chain(*self.pieces), ""]).encode()


class _Component(Struct):
    """A component with its content lines, its UID and TZID, and the time zones that it names."""

    name: str
    lines: list[str]
    uid: str = ""
    tzid: str = ""
    zones: set[str] = field(default_factory=set)

    @property
    def size(self) -> int:
        """The bytes of the lines."""
        return _size(self.lines)


def split(data: bytes, kind: Kind) -> list[Item]:
    """Split a stream into objects, in order.

    A calendar is split by UID, each object with the time zones that it names. Refuses with 403 and
    ``valid-calendar-data`` or ``valid-address-data`` any other stream.
    """
    text = text_of(data, kind)
    lines = list(content_lines(text))
    return _calendar(lines) if kind is CALENDAR else _cards(lines)


def text_of(data: bytes, kind: Kind) -> str:
    """Decode a stream; refuses with 403 one that is not UTF-8, or has a character that no content line can have."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise invalid(kind, "it is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise invalid(kind, "line 1 begins with a byte order mark, U+FEFF; send UTF-8 without it (RFC 3629 6)")
    found = (_CONTROL.search(text, start, start + _SLICE) for start in range(0, len(text), _SLICE))
    control = next(filter(None, found), None)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        raise invalid(kind, f"line {line} has the character U+{ord(control[0]):04X}, which no text may have")
    return text


def pieces(text: str) -> int:
    """Count the content lines of a stream, and the values and parameters in them: to read each takes about the same time."""
    lines = text.count("\n") - text.count("\n ") - text.count("\n\t")
    return lines + text.count(",") + text.count(";") - text.count("\\,") - text.count("\\;")


def check_pieces(text: str, kind: Kind) -> None:
    """Refuse with 403 ``max-resource-size`` an object that takes too long to read."""
    found = pieces(text)
    if found > MOST_PIECES:
        raise Refused(
            403,
            f"The object has {found} lines, values and parameters; at most {MOST_PIECES} are accepted.",
            kind.max_size,
        )


def single(data: bytes, kind: Kind) -> Item:
    """Read the one object of a resource, which must have a UID."""
    items = split(data, kind)
    if len(items) != 1:
        raise invalid(kind, f"it must hold one object, and it holds {len(items)}")
    if not items[0].uid:
        raise invalid(kind, "its object must have a UID, and it has none")
    return items[0]


def _size(lines: Sequence[str]) -> int:
    return sum(len(line) if line.isascii() else len(line.encode()) for line in lines) + 2 * len(lines)


def uid_of(data: bytes, kind: Kind) -> str:
    """Read the UID of a resource's data; empty if the data is invalid."""
    try:
        return single(data, kind).uid
    except Refused:
        return ""


def invalid(kind: Kind, why: str) -> Refused:
    """Give the refusal of data that isn't of its kind (RFC 4791 5.3.2.1, RFC 6352 6.3.2.1)."""
    return Refused(403, f"The data is not valid {kind.name}: {why}.", kind.valid)


def content_lines(text: str) -> Iterator[str]:
    """Iterate over content lines; a folded line keeps the line ends between its pieces.

    A line that follows an empty one is not folded: it loses the blanks before it, which would fold it in a new stream.
    """
    line = ""
    for piece in _physical(text):
        if piece[:1] in (" ", "\t") and line:
            line += "\r\n" + piece
        else:
            if line:
                yield line
            line = piece.lstrip(" \t")
    if line:
        yield line


def _physical(text: str) -> Iterator[str]:
    """Iterate over lines that end in CR LF, LF or CR. To split all of them at once would be a single long call."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _unfolded(line: str) -> str:
    return line.replace("\r\n ", "").replace("\r\n\t", "")


def _value(line: str) -> tuple[str, str]:
    """Give the name of an unfolded content line, in capitals, and its value."""
    head, _, value = line.partition(":")
    return head.partition(";")[0].strip().upper(), value.strip()


def _components(lines: Sequence[str], kind: Kind) -> Iterator[_Component | str]:
    """Iterate over the components, and over the lines between them."""
    stack: list[str] = []
    component = _Component("", [])
    for line in lines:
        unfolded = _unfolded(line)
        name, value = _value(unfolded)
        if name == "BEGIN":
            if not stack:
                component = _Component(value.upper(), [])
            stack.append(value.upper())
        elif not stack:
            yield line
            continue
        component.lines.append(line)
        if name == "END":
            if stack.pop() != value.upper():
                raise invalid(kind, f"END:{value[:40]} doesn't match BEGIN")
            if not stack:
                yield component
        elif len(stack) == 1 and name == "UID":
            component.uid = value
        elif len(stack) == 1 and name == "TZID":
            component.tzid = value
        if ";tzid=" in unfolded.lower():
            component.zones.update(_TZID.findall(unfolded))
    if stack:
        raise invalid(kind, f"BEGIN:{stack[-1][:40]} has no END")


def _calendar(lines: Sequence[str]) -> list[Item]:
    whole = list(_components(lines, CALENDAR))
    if len(whole) != 1 or isinstance(whole[0], str) or whole[0].name != "VCALENDAR":
        raise invalid(CALENDAR, "it must be exactly one VCALENDAR")
    head: list[str] = []
    zones: dict[str, _Component] = {}
    sets: dict[str, list[_Component]] = {}
    for number, part in enumerate(_components(whole[0].lines[1:-1], CALENDAR)):
        if isinstance(part, str):
            head.append(part)
        elif part.name == "VTIMEZONE":
            zones[part.tzid] = part
        else:
            sets.setdefault(part.uid or f"\0{number}", []).append(part)  # a component without a UID is an object alone
    if not sets:
        raise invalid(CALENDAR, "it has no component other than time zones")
    around = ["BEGIN:VCALENDAR", *head], ["END:VCALENDAR"]
    own_size = sum(map(_size, around))
    places = {tzid: place for place, tzid in enumerate(zones)}
    zone_sizes = {tzid: zone.size for tzid, zone in zones.items()}
    items = []
    for members in sets.values():
        used = _named(places, members)
        pieces = [zones[tzid].lines for tzid in used] + [member.lines for member in members]
        size = own_size + sum(zone_sizes[tzid] for tzid in used) + sum(member.size for member in members)
        items.append(Item(members[0].uid, (around[0], *pieces, around[1]), size))
    return items


def _named(places: Mapping[str, int], members: Sequence[_Component]) -> list[str]:
    """List the time zones that some components name, in their order in the calendar."""
    return sorted({tzid for member in members for tzid in member.zones if tzid in places}, key=places.__getitem__)


def _cards(lines: Sequence[str]) -> list[Item]:
    cards = []
    for part in _components(lines, CARD):
        if isinstance(part, str) or part.name != "VCARD":
            raise invalid(CARD, "it must hold nothing but VCARDs")
        cards.append(Item(part.uid, (part.lines,), part.size))
    if not cards:
        raise invalid(CARD, "it holds no VCARD")
    return cards
