"""The XML of an answer as a tree, for the faults that change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree
from msgspec.structs import replace

from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.faults.fault import AnswerToSpoil

DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'


def is_xml(answer: AnswerToSpoil) -> bool:
    """Say whether the answer has XML that the server wrote: not a document that a client has stored, and not gzip."""
    return answer.request.method != "GET" and bool(answer.body) and _is_xml_type(answer.response)


def _is_xml_type(response: Response) -> bool:
    headers = {name.lower(): value for name, value in response.headers}
    return "content-encoding" not in headers and headers.get("content-type", "").partition(";")[
        0
    ].strip().lower().endswith("xml")


def parsed(answer: AnswerToSpoil) -> etree._Element | None:
    """Parse the XML of an answer; None if it has none, or if the body is too long to be held at once."""
    if not is_xml(answer) or not isinstance(answer.body, bytes):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, strip_cdata=False)
    try:
        return etree.fromstring(answer.body, parser)
    except etree.XMLSyntaxError:  # a cause can answer with any body
        return None


def multistatus(answer: AnswerToSpoil) -> etree._Element | None:
    """Parse a multistatus; None for any other answer."""
    root = parsed(answer)
    return root if root is not None and root.tag == f"{DAV}multistatus" else None


def rewritten(answer: AnswerToSpoil, root: etree._Element) -> Response:
    """Give the response with another tree as its body."""
    return replace(answer.response, body=DECLARATION + etree.tostring(root, encoding="utf-8", xml_declaration=False))


def statuses(element: etree._Element) -> Iterator[int]:
    """Give the codes of the ``DAV:status`` elements in an element, in document order."""
    for status in element.iter(f"{DAV}status"):
        words = (status.text or "").split()
        if len(words) > 1 and words[1].isdigit():
            yield int(words[1])


def remove(element: etree._Element) -> None:
    """Remove an element, and keep the white space behind it."""
    parent, tail = element.getparent(), element.tail
    assert parent is not None, "the root is never removed"
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (tail or "")
    else:
        parent.text = (parent.text or "") + (tail or "")
    parent.remove(element)


def interleave(root: etree._Element, make: Callable[[], etree._Element], where: str) -> int:
    """Put what ``make`` makes before each element, and in the middle of each text; gives their number.

    ``where`` is ``between`` for elements alone, ``inside`` for texts alone, or ``both``.
    """
    made = 0
    for element in list(root.iter("*")):
        if where != "inside" and element is not root:
            element.addprevious(make())
            made += 1
        text = element.text or ""
        if where != "between" and len(element) == 0 and len(text) > 1:
            inserted, middle = make(), len(text) // 2
            element.text, inserted.tail = text[:middle], text[middle:]
            element.append(inserted)
            made += 1
    return made
