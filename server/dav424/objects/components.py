"""A component of iCalendar or a vCard as filters look at it: names, parameters and values as text, without a library's types.

Objects stay for long, and a calendar has hundreds of thousands of these. None can be part of a cycle, so that the garbage
collector need not look at them (``gc=False``).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dav424.core.patterns import pattern
from dav424.objects.moments import Moment

_ESCAPED = pattern(r"\\([\\;,nN])")


class ObjectProperty(Struct, frozen=True, gc=False):
    """A property: its ``name`` in capitals, its ``value`` without escapes, and its parameters by their names in capitals.

    ``group`` is that of a vCard's property, such as ``item1``. ``at`` is the value of one that is a time.
    """

    name: str
    value: str
    params: tuple[tuple[str, tuple[str, ...]], ...] = ()
    group: str = ""
    at: Moment | None = None

    def param(self, name: str) -> tuple[str, ...] | None:
        """Give the values of a parameter; None if the property doesn't have it."""
        return next((values for known, values in self.params if known == name), None)


class Component(Struct, frozen=True, gc=False):
    """A component: its name in capitals, its properties in order, and the components in it."""

    name: str
    properties: tuple[ObjectProperty, ...]
    components: tuple[Component, ...] = ()

    def named(self, name: str) -> list[ObjectProperty]:
        """List the properties of a name in capitals."""
        return [each for each in self.properties if each.name == name]

    def text(self, name: str) -> str:
        """Give the value of the first property of a name; empty if there is none."""
        return next((each.value for each in self.properties if each.name == name), "")

    def walk(self) -> Iterator[Component]:
        """Iterate over the component and those in it, at any depth."""
        todo = [self]
        while todo:
            visited = todo.pop()
            yield visited
            todo.extend(reversed(visited.components))


def unescaped(text: str) -> str:
    r"""Undo the escapes of a text value (RFC 5545 3.3.11, RFC 6350 3.4).

    >>> unescaped(r"a\, b\nc")
    'a, b\nc'
    """
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)
