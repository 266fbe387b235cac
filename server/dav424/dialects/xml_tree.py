"""An XML element that keeps its infoset, and the text of it in any prefixes.

An element of a dead property keeps the declarations that the client sent, because its values can hold prefixes, such as
``xsi:type="xs:date"`` (RFC 4918 4.3). The time to write is linear: a scope is a chain of the elements that declare
something, and none copies that of another.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from dav424.core.markup import escape, quoteattr
from dav424.dav.property_writer import PREFIX_IN_VALUE

XML = "http://www.w3.org/XML/1998/namespace"
Declared = dict[str, str]
"""Namespaces by prefix, as an element declares them; the prefix of the default namespace is empty."""


class Namespaces:
    """The namespaces in scope: those that an element declares, and those ``above`` it.

    Names take no prefix from here for the namespace ``without``: they have one above.
    """

    __slots__ = ("_above", "_declared", "_named", "_prefixes")

    def __init__(self, declared: Declared, above: Namespaces | None = None, *, without: str = "") -> None:
        self._above, self._declared = above, declared
        chosen = {prefix: namespace for prefix, namespace in declared.items() if namespace != without or not without}
        self._prefixes = {namespace: prefix for prefix, namespace in chosen.items()}
        self._named = {namespace: prefix for prefix, namespace in chosen.items() if prefix}

    def inside(self, declared: Declared) -> Namespaces:
        """Give the scope in an element that declares these."""
        return Namespaces(declared, self) if declared else self

    def find(self, prefix: str) -> str | None:
        """Find the namespace of a prefix."""
        scope: Namespaces | None = self
        while scope is not None:
            if prefix in scope._declared:  # noqa: SLF001 - of the same class
                return scope._declared[prefix]  # noqa: SLF001
            scope = scope._above  # noqa: SLF001
        return None

    def prefix_of(self, namespace: str, *, of_attribute: bool = False) -> str:
        """Choose a prefix for a name: the innermost one in scope, or a free one, which is not declared yet."""
        if namespace == XML:
            return "xml"
        if not namespace:
            return ""
        scope: Namespaces | None = self
        while scope is not None:
            prefix = (scope._named if of_attribute else scope._prefixes).get(namespace)  # noqa: SLF001
            if prefix is not None and self.find(prefix) == namespace:
                return prefix
            scope = scope._above  # noqa: SLF001
        free, number = "n", 1
        while self.find(free) is not None:
            number += 1
            free = f"n{number}"
        return free


class Verbatim(Struct, frozen=True):
    """A comment or a processing instruction, as XML."""

    xml: str


class XmlElement(Struct):
    """An element: its name in Clark notation, its attributes, the namespaces that it declares, and its content."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    declared: Declared = field(default_factory=dict)
    content: list[str | XmlElement | Verbatim] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        """The namespace of the name; empty for none."""
        return self.name[1:].partition("}")[0] if self.name.startswith("{") else ""

    @property
    def text(self) -> str:
        """The characters directly in the element."""
        return "".join([each for each in self.content if isinstance(each, str)])

    @property
    def elements(self) -> list[XmlElement]:
        """The elements directly in the element."""
        return [each for each in self.content if isinstance(each, XmlElement)]


def with_text(name: str, text: str = "") -> XmlElement:
    """Make an element that holds text alone."""
    return XmlElement(name, content=[text] if text else [])


def walk(element: XmlElement) -> Iterator[XmlElement]:
    """Give an element and all elements below it, in the order of the document."""
    todo = [element]
    while todo:
        each = todo.pop()
        yield each
        todo += reversed(each.elements)


def declarations(declared: Declared) -> str:
    """Write the declarations of a start tag."""
    return "".join(
        [f" xmlns{':' if prefix else ''}{prefix}={quoteattr(namespace)}" for prefix, namespace in declared.items()]
    )


def write_start(element: XmlElement, scope: Namespaces, prefix: str | None = None) -> tuple[str, str, Namespaces]:
    """Write a start tag without its ``>``; give it with the qualified name, and the scope in the element.

    ``prefix`` is the one of the element's name; None for one in scope.
    """
    declared, inner = element.declared, scope.inside(element.declared)
    namespace, _, local = element.name.rpartition("}")
    namespace = namespace[1:]
    if prefix is None:
        prefix = inner.prefix_of(namespace)
    added: Declared = {}
    if namespace != XML and (inner.find(prefix) or "") != namespace:
        added[prefix] = namespace
        inner = inner.inside({prefix: namespace})
    attributes = []
    for key, value in element.attributes.items():
        written, inner = _attribute(key, inner, added)
        attributes.append(f" {written}={quoteattr(value)}")
    label = f"{prefix}:{local}" if prefix else local
    return f"<{label}{declarations({**declared, **added})}{''.join(attributes)}", label, inner


def _attribute(key: str, scope: Namespaces, added: Declared) -> tuple[str, Namespaces]:
    """Write the name of an attribute; if no prefix has its namespace, add a declaration."""
    namespace, brace, local = key.rpartition("}")
    if not brace:
        return key, scope
    namespace = namespace[1:]
    prefix = scope.prefix_of(namespace, of_attribute=True)
    if namespace != XML and scope.find(prefix) != namespace:
        added[prefix] = namespace
        scope = scope.inside({prefix: namespace})
    return f"{prefix}:{local}", scope


def write(element: XmlElement, scope: Namespaces, empty: str = "/>", prefix: str | None = None) -> str:
    """Write an element where ``scope`` is in scope, whatever its depth is.

    ``empty`` ends an element without content: ``/>``, `` />`` or ``></>``, which stands for a start and an end tag.
    ``prefix`` is the one of the element's name; None for one in scope.
    """
    pieces: list[str] = []
    todo: list[tuple[Iterator[str | XmlElement | Verbatim], str, Namespaces]] = []

    def begin(each: XmlElement, around: Namespaces, prefix: str | None = None) -> bool:
        start, label, inner = write_start(each, around, prefix)
        pieces.append(start)
        if each.content:
            pieces.append(">")
            todo.append((iter(each.content), label, inner))
        else:
            pieces.append(f"></{label}>" if empty == "></>" else empty)
        return bool(each.content)

    begin(element, scope, prefix)
    while todo:
        content, label, inner = todo[-1]
        for each in content:
            if isinstance(each, str):
                pieces.append(escape(each))
            elif isinstance(each, Verbatim):
                pieces.append(each.xml)
            elif begin(each, inner):
                break
        else:
            pieces.append(f"</{label}>")
            todo.pop()
    return "".join(pieces)


def without_own_prefix(element: XmlElement) -> XmlElement:
    """Drop the declaration that only the name of the element uses: another prefix is going to stand there."""
    if not element.declared:
        return element
    used = {name[1:].partition("}")[0] for name in _names_inside(element) if name.startswith("{")}
    in_values = {prefix for value in _values(element) if ":" in value for prefix in PREFIX_IN_VALUE.findall(value)}
    own, inside = element.namespace, bool(element.attributes or element.elements)
    kept = {
        prefix: namespace
        for prefix, namespace in element.declared.items()
        if namespace != own or own in used or prefix in in_values or (not prefix and inside)
    }
    return XmlElement(element.name, element.attributes, kept, element.content)


def _names_inside(element: XmlElement) -> Iterator[str]:
    for each in walk(element):
        yield from each.attributes
        if each is not element:
            yield each.name


def _values(element: XmlElement) -> Iterator[str]:
    for each in walk(element):
        yield from each.attributes.values()
        yield each.text
