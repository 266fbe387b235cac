"""The objects that were read, kept with their content: an object that did not change is read once.

    content (bytes, immutable)  -->  CalendarObject, Card, or the refusal of a content that is neither

Two documents with the same bytes share it, also in two worlds. The objects that were used last are kept, within
``MOST_REMEMBERED``; all are forgotten when a space goes, or when the server needs the memory for what clients store.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from msgspec import Struct

from dav424.core.batch import Refused, without_frames
from dav424.core.memory import Held, hold, spare
from dav424.objects import calendar_reader, card_reader
from dav424.objects.calendar_data import CALENDAR, CARD, Kind, pieces
from dav424.objects.calendar_object import CalendarObject
from dav424.objects.card_reader import Card
from dav424.objects.limits import CollectionLimits
from dav424.objects.steps import StepBudget

MOST_REMEMBERED = 128 << 20
_FACTOR, _EACH = 12, 2000
"""The bytes that an object takes: that many for each of its content, and these (measured)."""


class _Found(Struct, frozen=True):
    read: CalendarObject | Card | Refused
    held: Held


class ReadObjects:
    """The objects that were read last."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._found: OrderedDict[tuple[str, bytes], _Found] = OrderedDict()
        self._most, self._size, self._lock = most, 0, Lock()

    def read(self, content: bytes, kind: Kind, budget: StepBudget | None = None) -> CalendarObject | Card:
        """Read an object; raises ``Refused`` for a content that is none, or if the budget has not enough for it."""
        key = (kind.name, content)
        known = self._found.get(key)
        if known is None:
            if budget is not None:
                budget.read(pieces(content.decode(errors="replace")))
            known = _Found(_read(content, kind), hold(_weight(key)))
            self._keep(key, known)
        found = known.read
        if isinstance(found, Refused):
            raise Refused(found.status, found.detail, found.condition)
        return found

    def clear(self) -> None:
        """Forget all objects, one after another: to free all of them at once would be a single long call."""
        with self._lock:
            found, self._found = self._found, OrderedDict()
            self._size = 0
        while found:
            found.popitem()

    def _keep(self, key: tuple[str, bytes], found: _Found) -> None:
        with self._lock:
            if key not in self._found:
                self._size += found.held
            self._found[key] = found
            while self._size > self._most and self._found:
                _, oldest = self._found.popitem(last=False)
                self._size -= oldest.held


def _weight(key: tuple[str, bytes]) -> int:
    return _EACH + _FACTOR * len(key[1])


def _read(content: bytes, kind: Kind) -> CalendarObject | Card | Refused:
    try:
        CollectionLimits().check_size(len(content), kind)
        return calendar_reader.read(content) if kind is CALENDAR else card_reader.read(content)
    except Refused as refused:
        if refused.status == 501:
            raise
        return without_frames(refused)


OBJECTS = ReadObjects()
spare(OBJECTS)


def calendar_object(content: bytes, budget: StepBudget | None = None) -> CalendarObject:
    """Read a calendar object within the budget of a report, or give the result of an earlier reading."""
    found = OBJECTS.read(content, CALENDAR, budget)
    assert isinstance(found, CalendarObject), "the kind says so"
    return found


def card(content: bytes, budget: StepBudget | None = None) -> Card:
    """Read an address object within the budget of a report, or give the result of an earlier reading."""
    found = OBJECTS.read(content, CARD, budget)
    assert isinstance(found, Card), "the kind says so"
    return found
