"""Write properties out of a body with many namespaces, or with long ones, for the store.

A property takes along the declarations around it. With many or long ones, or with many properties, that would be far more
text than the client sent. Then a property takes along only those that it uses: in names, and in values such as
``xsi:type="xs:date"``. Each declaration is looked at once, so that the time is linear in the size of the body.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from lxml import etree
from msgspec import Struct, field

from dav424.core.batch import Refused
from dav424.core.markup import escape, quoteattr
from dav424.core.patterns import pattern

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_DECLARED = 16
"""A property keeps all namespace declarations in scope up to this number; beyond it, only those that it uses."""
_NAME = r"\w.\-\u00b7\u0300-\u036f\u203f\u2040"
PREFIX_IN_VALUE = pattern(rf"(?<![{_NAME}])[\d.\-\u00b7\u0300-\u036f\u203f\u2040]*+([^\W\d][{_NAME}]*+):")
"""Finds the prefixes that a value may use, such as ``xs`` in ``xs:date``."""
_XML = "{http://www.w3.org/XML/1998/namespace}"


class Allowance:
    """How many characters the properties of a body can take along: some times its size, and a mebibyte."""

    def __init__(self, size: int) -> None:
        self.left = allowed(size)

    def take(self, characters: int) -> None:
        """Count characters; refuses with 413 more than the allowance."""
        self.left -= characters
        if self.left < 0:
            raise Refused(
                413,
                "The namespaces and languages that the XML body declares would be repeated in too many properties; "
                "declare shorter ones, or send fewer properties.",
            )


def allowed(size: int) -> int:
    """Give the number of characters that a body of a size in bytes can repeat."""
    return 16 * size + (1 << 20)


class _Bindings(Struct):
    """The namespaces in scope inside of an element: its ``own`` by prefix, and those ``above``.

    ``number`` counts the prefixes, and ``length`` their characters. The prefix of the default namespace is empty.
    """

    above: _Bindings | None
    own: dict[str, str]
    number: int
    length: int
    prefixes: dict[str, str] = field(default_factory=dict)

    def find(self, prefix: str) -> str | None:
        """Find the namespace of a prefix."""
        scope: _Bindings | None = self
        while scope is not None:
            if prefix in scope.own:
                return scope.own[prefix]
            scope = scope.above
        return None

    def prefix_of(self, namespace: str) -> str | None:
        """Find a prefix of a namespace that is in scope; None if the first that comes is not."""
        scope: _Bindings | None = self
        while scope is not None:
            prefix = scope.prefixes.get(namespace)
            if prefix is not None:
                return prefix if self.find(prefix) == namespace else None
            scope = scope.above
        return None


def _bindings(above: _Bindings | None, own: dict[str, str]) -> _Bindings:
    new = [prefix for prefix in own if above is None or above.find(prefix) is None]
    length = sum([len(prefix) + len(namespace) + 10 for prefix, namespace in own.items()])
    prefixes = {namespace: prefix for prefix, namespace in own.items() if prefix}
    return _Bindings(
        above, own, (above.number if above else 0) + len(new), (above.length if above else 0) + length, prefixes
    )


_NOTHING = _bindings(None, {})


class PropertyWriter:
    """Writes the properties of one body, whose root element is ``root``."""

    def __init__(self, root: _Element, allowance: Allowance) -> None:
        self._allowance = allowance
        self._for_all = allowance.left
        self._own: dict[_Element, dict[str, str]] = {}
        self._scopes: dict[_Element, _Bindings] = {}
        # The events of lxml's walk over a tree tell the declarations of each element too, but in quadratic time.
        parser = etree.XMLPullParser(events=("start-ns", "start"), resolve_entities=False, no_network=True)
        parser.feed(etree.tostring(root, encoding="utf-8"))
        declared: dict[str, str] = {}
        elements = root.iter(etree.Element)
        for event in parser.read_events():
            if event[0] == "start-ns":
                prefix, namespace = event[1]
                declared[str(prefix)] = str(namespace)
                continue
            element = next(elements)
            if declared:
                self._own[element], declared = declared, {}

    def write(self, element: _Element) -> str:
        """Write an element; refuses with 413 if the body repeats too much in all its properties."""
        around = self._around(element)
        own = self._own.get(element, {})
        number = around.number + sum([around.find(prefix) is None for prefix in own])
        if number <= MOST_DECLARED and around.length <= self._for_all:
            self._for_all -= around.length
            return etree.tostring(element, encoding="unicode", with_tail=False)
        text = _Text(around, self._own)
        text.write(element)
        taken = text.taken
        self._allowance.take(sum([len(prefix) + len(namespace) for prefix, namespace in taken.items()]))
        return text.whole(taken)

    def _around(self, element: _Element) -> _Bindings:
        """Give the namespaces in scope around an element."""
        parent = element.getparent()
        if parent is None:
            return _NOTHING
        known = self._scopes.get(parent)
        if known is None:
            above, own = self._around(parent), self._own.get(parent)
            known = self._scopes[parent] = _bindings(above, own) if own else above
        return known


class _Text:
    """The text of one property, and the prefixes ``around`` it that the property uses."""

    def __init__(self, around: _Bindings, own: dict[_Element, dict[str, str]]) -> None:
        self._around, self._own = around, own
        self._pieces: list[str] = []
        self._inside: dict[str, list[str]] = {}
        self._prefixes: dict[str, list[str]] = {}
        self._made: dict[str, str] = {}
        self._seen: set[str] = set()
        self._top, self._of_top = ("", ""), frozenset[str]()
        self._numbers = count()

    @property
    def taken(self) -> dict[str, str]:
        """The declarations that the property takes along, by prefix."""
        found = {prefix: self._around.find(prefix) for prefix in sorted(self._seen - self._of_top)}
        made = {prefix: namespace for namespace, prefix in self._made.items()}
        return {**{prefix: namespace for prefix, namespace in found.items() if namespace}, **made}

    def whole(self, taken: dict[str, str]) -> str:
        """Give the text, with the declarations that it takes along in its start tag."""
        name, rest = self._top
        return f"<{name}{_declarations(taken)}{rest}{''.join(self._pieces)}"

    def write(self, top: _Element) -> None:
        """Write an element and all that it contains."""
        for event, each in etree.iterwalk(top, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._start(each, is_top=each is top)
                self._characters(each.text)
                continue
            if event == "end":
                self._end(each)
            else:
                self._pieces.append(etree.tostring(each, encoding="unicode", with_tail=False))
            if each is not top:
                self._characters(each.tail)

    def _start(self, element: _Element, *, is_top: bool) -> None:
        own = self._own.get(element, {})
        for prefix, namespace in own.items():
            self._inside.setdefault(prefix, []).append(namespace)
            if prefix:
                self._prefixes.setdefault(namespace, []).append(prefix)
        name = self._name(element)
        attributes = "".join([self._attribute(str(key), str(value)) for key, value in element.attrib.items()])
        end = ">" if len(element) or element.text else "/>"
        if is_top:
            # Its start tag is written when all that it takes along is known.
            self._of_top = frozenset(own)
            self._top = (name, f"{_declarations(own)}{attributes}{end}")
        else:
            self._pieces.append(f"<{name}{_declarations(own)}{attributes}{end}")

    def _end(self, element: _Element) -> None:
        if len(element) or element.text:
            self._pieces.append(f"</{self._name(element)}>")
        for prefix, namespace in self._own.get(element, {}).items():
            self._inside[prefix].pop()
            if prefix:
                self._prefixes[namespace].pop()

    def _name(self, element: _Element) -> str:
        """Write the name of an element, and note its prefix."""
        local = element.tag.rpartition("}")[2]
        prefix = element.prefix or ""
        if not self._inside.get(prefix):
            self._seen.add(prefix)
        return f"{prefix}:{local}" if prefix else str(local)

    def _attribute(self, key: str, value: str) -> str:
        self._values(value)
        namespace, brace, local = key.rpartition("}")
        if not brace:
            return f" {key}={quoteattr(value)}"
        prefix = "xml" if namespace + brace == _XML else self._prefix(namespace[1:])
        return f" {prefix}:{local}={quoteattr(value)}"

    def _prefix(self, namespace: str) -> str:
        """Choose a prefix for the namespace of an attribute: one in scope, or a new one."""
        inside = self._prefixes.get(namespace)
        if inside and self._inside[inside[-1]][-1] == namespace:
            return inside[-1]
        prefix = self._around.prefix_of(namespace)
        if prefix is not None and not self._inside.get(prefix):
            self._seen.add(prefix)
            return prefix
        if namespace not in self._made:
            self._made[namespace] = next(self._free())
        return self._made[namespace]

    def _free(self) -> Iterator[str]:
        """Iterate over prefixes that no declaration of the body has."""
        declared = {prefix for own in self._own.values() for prefix in own}
        return (name for number in self._numbers if (name := f"n{number}") not in declared)

    def _characters(self, text: str | None) -> None:
        if text:
            self._values(text)
            self._pieces.append(escape(text))

    def _values(self, text: str) -> None:
        """Note the prefixes that a value may use."""
        if ":" in text:
            self._seen.update(PREFIX_IN_VALUE.findall(text))


def _declarations(namespaces: dict[str, str]) -> str:
    return "".join(
        [
            f" xmlns{':' if prefix else ''}{prefix}={quoteattr(namespace)}"
            for prefix, namespace in namespaces.items()
            if prefix != "xml"
        ]
    )
