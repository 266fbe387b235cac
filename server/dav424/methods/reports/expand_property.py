"""``expand-property`` (RFC 3253 3.8): properties, and in place of the hrefs in their values the resources behind these.

    <property name="current-user-principal">                 the principal itself, as a DAV:response,
      <property name="calendar-home-set"/>                   with its calendar-home-set
    </property>

``Depth`` is that of PROPFIND (default: 0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lxml import etree
from msgspec import Struct

from dav424.causes.apply import refused_members
from dav424.causes.member_access import refused_reads
from dav424.core.batch import Failed, Group, Refused, failed
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.dav import headers, multistatus
from dav424.methods.failure_answers import failures
from dav424.methods.microsoft.targets import resolve
from dav424.methods.reports.report_kind import multistatus_report, plan_refusals
from dav424.methods.resource_properties import PropertySelection, live_resource, propstats
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, walk

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.store.tree import Node

MOST_EXPANDED = 10_000
"""The most resources that one report expands: properties can lead in circles."""
_DECLARATIONS = "http://www.w3.org/2000/xmlns/"
"""The namespace of the attributes that declare a prefix; no element is in it (Namespaces in XML 3)."""
_PROPERTY, _HREF = f"{DAV}property", f"{DAV}href"


class WantedProperty(Struct, frozen=True):
    """A property, and the properties of the resources that its hrefs name; without those, the hrefs stay as they are."""

    name: str
    of_targets: tuple[WantedProperty, ...] = ()


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan a refusal for each resource that a cause forbids to read: at or below the Request-URI, or behind an href."""
    request, draft, context = exchange.request, exchange.draft, exchange.cause_context
    refused = refused_members(context, request.path, lambda path: draft.find(path) is not None, _depth(exchange))
    expansion = Expansion(exchange, {path: failed(refusal) for path, refusal in refused.items()})

    def ask(path: Path) -> Failed | None:
        if path not in refused:
            refused.update(refused_reads(context, [path], reads_content=False))
        return failed(refused[path]) if path in refused else None

    expansion.failure_at = ask
    for _ in expansion.responses(_wanted(root)):
        pass
    return plan_refusals(refused)


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 207 with a response for each resource that ``Depth`` reaches."""
    expansion = Expansion(exchange, dict(failures(exchange)))
    return multistatus_report(exchange, expansion.responses(_wanted(root)))


def _depth(exchange: OpenExchange) -> float:
    return headers.depth(exchange.request, "1", "infinity", "0")


def _wanted(parent: _Element) -> tuple[WantedProperty, ...]:
    """Read the ``DAV:property`` elements in an element; their namespace is ``DAV:`` unless they have another."""
    return tuple(WantedProperty(_name(element), _wanted(element)) for element in parent.iterchildren(_PROPERTY))


def _name(element: _Element) -> str:
    """Read the name of a property, in Clark notation; refuses with 400 a name that no element can have."""
    name = element.get("name", "").strip()
    if not name:
        raise Refused(400, "A DAV:property has no name. Send one, such as name='displayname'.")
    namespace = element.get("namespace", "DAV:")
    if not _names_an_element(namespace, name):
        raise Refused(
            400,
            f"No XML element can have the name {name!r} in the namespace {namespace!r}. Send the name of a property.",
        )
    return f"{{{namespace}}}{name}" if namespace else name


def _names_an_element(namespace: str, name: str) -> bool:
    if namespace == _DECLARATIONS or "{" in name:
        return False
    try:
        etree.Element(f"{{{namespace}}}{name}" if namespace else name)
    except ValueError:
        return False
    return True


class Expansion:
    """Writes the responses of one report. ``failure_at`` tells why a resource can't be read; None for one that can."""

    def __init__(self, exchange: OpenExchange, refused: Mapping[Path, Failed]) -> None:
        self._exchange, self._refused = exchange, refused
        self.failure_at: Callable[[Path], Failed | None] = refused.get
        self._minimal = headers.prefers_minimal(exchange.request)
        self._expanded = 0

    def responses(self, wanted: Sequence[WantedProperty]) -> Iterator[str]:
        """Write a response for each resource at and below the Request-URI."""
        exchange = self._exchange
        top = exchange.request.path
        for path, node in walk(exchange.draft.get(top), top, _depth(exchange), closed=self._refused):
            yield self._response(path, node, wanted, self._refused.get(path))

    def _response(self, path: Path, node: Node, wanted: Sequence[WantedProperty], failure: Failed | None) -> str:
        base = self._exchange.request.base
        where = href(path, collection=isinstance(node, Collection))
        if failure is not None:
            return multistatus.failed_response(base, where, failure)
        resource = live_resource(self._exchange, self._exchange.request.base, path, node)
        of_targets = {each.name: each.of_targets for each in wanted if each.of_targets}
        selection = PropertySelection(tuple(dict.fromkeys(each.name for each in wanted)), minimal=self._minimal)
        read = propstats(resource, selection, lambda name, xml: self._expand(xml, of_targets.get(name, ())))
        return multistatus.response(base, where, read)

    def _expand(self, xml: str, of_target: Sequence[WantedProperty]) -> str:
        """Put the response of its resource in place of each href in a property."""
        if not of_target:
            return xml
        prop = _parsed(xml)
        for element in [*prop.iter(_HREF)]:
            written = self._target(element, of_target)
            parent = element.getparent()
            if written and parent is not None:
                response = _parsed(written)[0]
                response.tail = element.tail
                parent.replace(element, response)
        return "".join(etree.tostring(child, encoding="unicode", with_tail=False) for child in prop)

    def _target(self, element: _Element, wanted: Sequence[WantedProperty]) -> str:
        """Write the response of the resource that an href names; empty if it leads out of the scenario."""
        self._expanded += 1
        if self._expanded > MOST_EXPANDED:
            raise Refused(403, f"The report expands more than {MOST_EXPANDED} resources. Ask for fewer properties.")
        request, draft = self._exchange.request, self._exchange.draft
        try:
            path, slash = resolve(request, element, "DAV:href", "/")
        except Refused:
            return ""  # the value of a property can be any text
        node = draft.find(path)
        if node is None:
            return multistatus.resource_response(request.base, href(path, collection=slash), 404)
        return self._response(path, node, wanted, self.failure_at(path))


def _parsed(xml: str) -> _Element:
    return etree.fromstring(f'<D:prop xmlns:D="DAV:">{xml}</D:prop>')
