"""The filters of queries (RFC 4791 9.7, RFC 6352 10.5), and whether an object matches them.

comp-filter VCALENDAR                       CompFilter
  comp-filter VEVENT, time-range              CompFilter
    prop-filter ATTENDEE, text-match            PropFilter
      param-filter PARTSTAT, text-match           ParamFilter
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from dav424.objects import instances
from dav424.objects.calendar_object import CalendarObject, Part
from dav424.objects.collations import COLLATIONS
from dav424.objects.components import Component, ObjectProperty
from dav424.objects.moments import TimeRange
from dav424.objects.steps import StepBudget

MatchType = Literal["equals", "contains", "starts-with", "ends-with"]
Test = Literal["anyof", "allof"]


class TextMatch(Struct, frozen=True):
    """A text to look for; ``text`` is mapped by the collation already."""

    text: str
    collation: str
    match_type: MatchType = "contains"
    negate: bool = False

    def matches(self, value: str) -> bool:
        """Say whether a value matches."""
        mapped = COLLATIONS[self.collation](value)
        match self.match_type:
            case "equals":
                found = mapped == self.text
            case "contains":
                found = self.text in mapped
            case "starts-with":
                found = mapped.startswith(self.text)
            case "ends-with":
                found = mapped.endswith(self.text)
        return found != self.negate


class ParamFilter(Struct, frozen=True):
    """A parameter that a property has, or with ``absent`` doesn't have."""

    name: str
    absent: bool = False
    text: TextMatch | None = None

    def matches(self, found: ObjectProperty) -> bool:
        """Say whether a property matches."""
        values = found.param(self.name)
        if self.absent or values is None:
            return self.absent and values is None
        return self.text is None or any(map(self.text.matches, values))


class PropFilter(Struct, frozen=True):
    """A property that a component has, or with ``absent`` doesn't have; ``test`` says whether all conditions must hold."""

    name: str
    absent: bool = False
    span: TimeRange | None = None
    texts: tuple[TextMatch, ...] = ()
    params: tuple[ParamFilter, ...] = ()
    test: Test = "allof"
    group: str = ""

    def matches(self, component: Component) -> bool:
        """Say whether a component matches: one of its properties of the name does."""
        found = [each for each in component.named(self.name) if not self.group or each.group.upper() == self.group]
        if self.absent or not found:
            return self.absent and not found
        return any(map(self._holds, found))

    def _holds(self, found: ObjectProperty) -> bool:
        conditions = [text.matches(found.value) for text in self.texts]
        conditions += [param.matches(found) for param in self.params]
        if self.span is not None:
            conditions.append(found.at is not None and self.span.holds(found.at.at(self.span.zone)))
        return _holds(self.test, conditions)


def _holds(test: Test, conditions: Sequence[bool]) -> bool:
    return not conditions or (all(conditions) if test == "allof" else any(conditions))


class CompFilter(Struct, frozen=True):
    """A component that the object has, or with ``absent`` doesn't have, in the one that the filter around it matches."""

    name: str
    absent: bool = False
    span: TimeRange | None = None
    props: tuple[PropFilter, ...] = ()
    comps: tuple[CompFilter, ...] = ()


class CardFilter(Struct, frozen=True):
    """The filter of address objects: all or any of some conditions on properties."""

    test: Test
    props: tuple[PropFilter, ...]

    def matches(self, card: Component) -> bool:
        """Say whether a card matches."""
        return _holds(self.test, [prop.matches(card) for prop in self.props])


class CalendarMatcher:
    """Matches the objects of one query."""

    def __init__(self, wanted: CompFilter, budget: StepBudget) -> None:
        self._wanted, self._budget = wanted, budget

    def matches(self, content: bytes, read: CalendarObject) -> bool:
        """Say whether an object matches; raises ``Refused`` with 507 if the query takes too long."""
        wanted = self._wanted
        if wanted.absent or wanted.name != "VCALENDAR" or not all(prop.matches(read.root) for prop in wanted.props):
            return False
        return all(self._comp_matches(comp, content, read) for comp in wanted.comps)

    def _comp_matches(self, wanted: CompFilter, content: bytes, read: CalendarObject) -> bool:
        """Match a filter for the components of the calendar: the parts of the object, and its time zones."""
        found = [each for each in read.root.components if each.name == wanted.name]
        if wanted.absent or not found:
            return wanted.absent and not found
        if wanted.name != read.kind:
            return wanted.span is None and any(
                self._inside_matches(wanted, each, None, content, read) for each in found
            )
        if wanted.span is not None and not self._in_range(wanted.span, content, read):
            return False
        return any(self._inside_matches(wanted, part.component, part, content, read) for part in read.parts)

    def _in_range(self, span: TimeRange, content: bytes, read: CalendarObject) -> bool:
        return instances.object_overlaps(content, read, span, self._budget)

    def _inside_matches(
        self, wanted: CompFilter, component: Component, part: Part | None, content: bytes, read: CalendarObject
    ) -> bool:
        return all(prop.matches(component) for prop in wanted.props) and all(
            self._alarm_matches(each, component, part, content, read) for each in wanted.comps
        )

    def _alarm_matches(
        self, wanted: CompFilter, component: Component, part: Part | None, content: bytes, read: CalendarObject
    ) -> bool:
        """Match a filter for the components inside a part: its alarms."""
        inside = [each for each in component.components if each.name == wanted.name]
        found = [each for each in inside if all(prop.matches(each) for prop in wanted.props)]
        if wanted.absent or not found:
            return wanted.absent and not inside
        if wanted.span is None:
            return True
        if part is None or wanted.name != "VALARM":
            return False
        rings = [part.alarms[inside.index(each)] for each in found] if len(part.alarms) == len(inside) else []
        return instances.alarm_rings(content, read, (part, tuple(rings)), wanted.span, self._budget)
