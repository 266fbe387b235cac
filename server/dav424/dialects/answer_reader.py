"""Read an answer into its model: XML that the server has written, piece by piece if it is streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from lxml import etree

from dav424.core.message import Response
from dav424.dav.multistatus import XML_TYPE
from dav424.dialects.answer import (
    MKCOL_RESPONSE,
    MULTISTATUS,
    Item,
    PropstatAnswer,
    ResourceAnswer,
    SpelledAnswer,
)
from dav424.dialects.xml_tree import Declared, Verbatim, XmlElement
from dav424.spine.exchange import OpenExchange

_DAV = "{DAV:}"
_CONTENT_OF_CLIENTS = frozenset({"GET", "HEAD", "POST"})
"""The methods whose success answers with content, or with parts of a format of its own."""


def read_answer(exchange: OpenExchange, response: Response) -> SpelledAnswer:
    """Read a response to an exchange; a body that is content of a client, or no XML, stays unread."""
    answer = SpelledAnswer(response.status, list(response.headers), response.phrase, response.body, original=response)
    success = response.status < 300 and exchange.request.method in _CONTENT_OF_CLIENTS
    if not success and answer.header("Content-Type") == XML_TYPE and response.body:
        _read_document(answer, response.body)
    return answer


def _read_document(answer: SpelledAnswer, body: bytes | Iterable[bytes]) -> None:
    reading = _AnswerTarget()
    items = reading.items([body] if isinstance(body, bytes) else body)
    first = next(items, None)
    answer.root, answer.declared = reading.root, reading.declared
    answer.streamed = not isinstance(body, bytes)
    everything = items if first is None else chain([first], items)
    answer.items = everything if answer.streamed else list(everything)
    answer.body = b""


def read_elements(text: str) -> list[XmlElement]:
    """Read elements of ``DAV:`` as the live properties write them, with the prefix ``D``."""
    items = _AnswerTarget().items([f'<D:prop xmlns:D="DAV:">{text}</D:prop>'.encode()])
    return [item for item in items if isinstance(item, XmlElement)]


class _AnswerTarget:
    """The events of one document; a child of the document element is an item when it ends."""

    def __init__(self) -> None:
        self.root = ""
        self.declared: Declared = {}
        self._open: list[XmlElement] = []
        self._done: list[XmlElement] = []
        self._depth = 0

    def items(self, pieces: Iterable[bytes]) -> Iterator[Item]:
        """Read the items of the document, each as soon as it was read whole."""
        target: Any = self
        parser = etree.XMLParser(target=target, huge_tree=True, resolve_entities=False, no_network=True)
        for piece in pieces:
            parser.feed(piece)
            yield from self._take()
        parser.close()
        yield from self._take()

    def _take(self) -> Iterator[Item]:
        done, self._done = self._done, []
        for element in done:
            yield _item(element, self.root)

    def start(self, name: str, attributes: Any, declared: Any) -> None:
        self._depth += 1
        if self._depth == 1:
            self.root = name
            self.declared = {prefix: namespace for prefix, namespace in declared.items() if namespace != "DAV:"}
            return
        element = XmlElement(name, dict(attributes), dict(declared))
        if self._open:
            self._open[-1].content.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            if not self._open:
                self._done.append(element)

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].content.append(text)

    def comment(self, text: str) -> None:
        if self._open:
            self._open[-1].content.append(Verbatim(f"<!--{text}-->"))

    def pi(self, target: str, text: str | None = None) -> None:
        if self._open:
            self._open[-1].content.append(Verbatim(f"<?{target}{' ' + text if text else ''}?>"))

    def close(self) -> None:
        """End the document."""


def _item(element: XmlElement, root: str) -> Item:
    if root == MULTISTATUS and element.name == f"{_DAV}response":
        return _resource(element)
    if root in (MULTISTATUS, MKCOL_RESPONSE) and element.name == f"{_DAV}propstat":
        return _propstat(element)
    return element


def _resource(element: XmlElement) -> ResourceAnswer:
    resource = ResourceAnswer([])
    for child in element.elements:
        match child.name.removeprefix(_DAV):
            case "href":
                resource.hrefs.append(child.text)
            case "propstat":
                resource.propstats.append(_propstat(child))
            case "status":
                resource.status = _code(child)
            case "error":
                resource.error = child
            case "responsedescription":
                resource.description = child.text
            case _:
                resource.rest.append(child)
    return resource


def _propstat(element: XmlElement) -> PropstatAnswer:
    propstat = PropstatAnswer([], 0)
    for child in element.elements:
        match child.name.removeprefix(_DAV):
            case "prop":
                propstat.properties += child.elements
            case "status":
                propstat.status = _code(child)
            case "error":
                propstat.error = child
            case "responsedescription":
                propstat.description = child.text
            case _:
                propstat.rest.append(child)
    return propstat


def _code(element: XmlElement) -> int:
    return int(element.text.split()[1])
