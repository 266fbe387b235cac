"""Write the model of an answer, in its manner; the same model gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.message import Response, whole_if_short
from dav424.dialects.answer import ERROR, Item, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.manner import LAYOUTS, USUAL
from dav424.dialects.prefixes import Named, Prefixes, declared_by
from dav424.dialects.xml_tree import (
    Namespaces,
    XmlElement,
    declarations,
    with_text,
    without_own_prefix,
    write,
    write_start,
)

_CHUNK = 1 << 16  # characters


def write_answer(answer: SpelledAnswer) -> Response:
    """Write a response; a streamed one is written while it is sent."""
    headers, body = answer.headers, answer.body
    if answer.root is not None:
        chunks = _AnswerText(answer).chunks()
        body = whole_if_short(chunks) if answer.streamed else b"".join(chunks)
    original = answer.original or Response(answer.status)
    return replace(original, status=answer.status, headers=headers, body=body, phrase=answer.phrase)


class _Place(Struct, frozen=True):
    """Where an element is written: how deep, which namespaces are in scope there, and the prefixes of properties."""

    depth: int
    scope: Namespaces
    named: Named


class _AnswerText:
    """The writing of one document."""

    def __init__(self, answer: SpelledAnswer) -> None:
        self._answer, self._manner = answer, answer.manner
        self._layout = LAYOUTS[answer.manner.layout]
        self._prefixes = Prefixes(answer.manner)
        self._dav = f"{answer.manner.dav}:" if answer.manner.dav else ""

    def chunks(self) -> Iterator[bytes]:
        """Write the document in chunks of about 64 KiB."""
        manner, answer = self._manner, self._answer
        items: Iterable[Item] = answer.items
        named: Named = {}
        if self._root_declares():
            items = answer.all_items()
            named = self._prefixes.of(
                each for item in items for part in _propstats_of(item) for each in part.properties
            )
        start, label, scope = self._root(named)
        pieces = [manner.declaration, start]
        size, structured = 0, True
        place = _Place(1, scope, named)
        for item in items:
            if isinstance(item, XmlElement) and not answer.is_multistatus and manner.layout == USUAL:
                pieces.append(("\n" if structured else "") + self._value(item, scope))
                structured = False
                continue
            text = self._item(item, place)
            pieces.append(text)
            size += len(text)
            if size > _CHUNK:
                yield "".join(pieces).encode()
                pieces, size = [], 0
        end = self._line(0) if structured else ""
        yield "".join([*pieces, f"{end}</{label}>\n"]).encode()

    def _root_declares(self) -> bool:
        """Say whether the document element declares the prefixes of properties: also where no response is around propstats."""
        declared, items = self._manner.declared, self._answer.items
        if declared == "response" and isinstance(items, list):
            return any(isinstance(item, PropstatAnswer) for item in items)
        return declared == "multistatus"

    def _root(self, named: Named) -> tuple[str, str, Namespaces]:
        """Write the start tag of the document; give it with the qualified name, and the scope in the document."""
        manner, root = self._manner, self._answer.root
        assert root is not None, "a body that is no XML is not written"
        known = manner.known if manner.declared == "multistatus" else {}
        others = {**known, **self._answer.declared, **declared_by(named, manner.dav)}
        others.pop(manner.dav, None)
        # The prefix of DAV: is the innermost one: it is preferred to another prefix of that namespace.
        scope = Namespaces({manner.dav: "DAV:"}, Namespaces(others))
        namespace, _, local = root[1:].partition("}")
        prefix = scope.prefix_of(namespace)
        if scope.find(prefix) != namespace:
            others[prefix] = namespace
            scope = Namespaces({manner.dav: "DAV:"}, Namespaces(others))
        label = f"{prefix}:{local}" if prefix else local
        return f"<{label}{declarations({manner.dav: 'DAV:', **others})}>", label, scope

    def _line(self, depth: int) -> str:
        """Break the line before an element, if elements of this depth stand on their own lines."""
        return f"\n{self._layout.unit * depth}" if depth <= self._layout.deepest else ""

    def _item(self, item: Item, place: _Place) -> str:
        if isinstance(item, ResourceAnswer):
            return self._resource(item, place)
        if isinstance(item, PropstatAnswer):
            depth = 2 if self._manner.layout == USUAL else 1
            return self._propstat(item, _Place(depth, place.scope, place.named))
        if self._answer.root == ERROR:
            return self._element(item, place.depth, place.scope)
        return self._line(place.depth) + self._value(item, place.scope)

    def _inside(
        self, place: _Place, element: str, propstats: Sequence[PropstatAnswer], depth: int
    ) -> tuple[_Place, str]:
        """Go into an element, which declares the prefixes of properties if it is the one that does."""
        if self._manner.declared != element:
            return _Place(depth, place.scope, place.named), ""
        named = self._prefixes.of(each for propstat in propstats for each in propstat.properties)
        declared = declared_by(named, self._manner.dav)
        return _Place(depth, Namespaces(declared, place.scope, without="DAV:"), named), declarations(declared)

    def _resource(self, item: ResourceAnswer, place: _Place) -> str:
        inside, declared = self._inside(place, "response", item.propstats, place.depth + 1)
        parts = {
            "href": [self._text("href", href, inside.depth) for href in item.hrefs],
            "prop": [self._propstat(each, inside) for each in item.propstats],
            **self._why(item, inside),
        }
        rest = [self._line(inside.depth) + self._value(each, inside.scope) for each in item.rest]
        return self._structure(
            "response", declared, place.depth, [*_ordered(parts, self._manner.children.response), *rest]
        )

    def _propstat(self, item: PropstatAnswer, place: _Place) -> str:
        inside, declared = self._inside(place, "propstat", [item], place.depth + 1)
        rest = [self._line(inside.depth) + self._value(each, inside.scope) for each in item.rest]
        parts = {"prop": [self._prop(item.properties, inside), *rest], **self._why(item, inside)}
        return self._structure("propstat", declared, place.depth, _ordered(parts, self._manner.children.propstat))

    def _why(self, item: ResourceAnswer | PropstatAnswer, place: _Place) -> dict[str, list[str]]:
        """Write the status, the condition and the description, those that are there."""
        depth, described = place.depth, item.description
        return {
            "status": [self._text("status", self._manner.status(item.status), depth)] if item.status else [],
            "error": [self._error(item.error, depth, place.scope)] if item.error is not None else [],
            "responsedescription": [self._text("responsedescription", described, depth)] if described else [],
        }

    def _structure(self, name: str, declared: str, depth: int, parts: Sequence[str]) -> str:
        start = f"{self._line(depth)}<{self._dav}{name}{declared}>"
        end = self._line(depth) if depth < self._layout.deepest else ""
        return f"{start}{''.join(parts)}{end}</{self._dav}{name}>"

    def _text(self, name: str, text: str, depth: int) -> str:
        scope = Namespaces({self._manner.dav: "DAV:"})
        return self._line(depth) + write(with_text(f"{{DAV:}}{name}", text), scope, self._manner.empty)

    def _prop(self, properties: Sequence[XmlElement], place: _Place) -> str:
        line = self._line(place.depth + 1)
        written = "".join([line + self._property(each, place) for each in properties])
        if not written:
            return self._text("prop", "", place.depth)
        end = self._line(place.depth) if line else ""
        return f"{self._line(place.depth)}<{self._dav}prop>{written}{end}</{self._dav}prop>"

    def _property(self, element: XmlElement, place: _Place) -> str:
        manner, namespace = self._manner, element.namespace
        prefix: str | None = None
        if namespace == "DAV:":
            prefix = manner.of_properties
        elif namespace and manner.numbered is not None:
            named = place.named if manner.declared != "property" else self._prefixes.of([element])
            prefix = named.get(namespace, "")
            element = without_own_prefix(element)
        return write(element, self._with_undeclared(place.scope), manner.empty, prefix)

    def _error(self, error: XmlElement, depth: int, scope: Namespaces) -> str:
        undeclared = self._manner.undeclared
        if undeclared is None:
            return self._element(error, depth, scope)
        known = self._with_undeclared(scope)
        codes = "".join([write(each, known, self._manner.empty, undeclared) for each in error.elements])
        return f"{self._line(depth)}<{self._dav}error>{codes}</{self._dav}error>"

    def _with_undeclared(self, scope: Namespaces) -> Namespaces:
        """Add the prefix that nothing declares, as if something did."""
        undeclared = self._manner.undeclared
        return scope if undeclared is None else Namespaces({undeclared: "DAV:"}, scope, without="DAV:")

    def _element(self, element: XmlElement, depth: int, scope: Namespaces) -> str:
        """Write a condition: each of its children on a line, if that is the layout."""
        if self._manner.layout == USUAL or not element.elements or element.text.strip():
            return self._line(depth) + self._value(element, scope)
        start, label, inner = write_start(element, scope)
        children = "".join([self._element(each, depth + 1, inner) for each in element.elements])
        closing = self._line(depth) if self._line(depth + 1) else ""
        return f"{self._line(depth)}{start}>{children}{closing}</{label}>"

    def _value(self, element: XmlElement, scope: Namespaces) -> str:
        return write(element, scope, self._manner.empty)


def _ordered(parts: dict[str, list[str]], names: Sequence[str]) -> list[str]:
    return [each for name in names for each in parts.get(name, ())]


def _propstats_of(item: Item) -> Sequence[PropstatAnswer]:
    if isinstance(item, ResourceAnswer):
        return item.propstats
    return [item] if isinstance(item, PropstatAnswer) else []
