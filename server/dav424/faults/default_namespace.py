"""``DAV:`` as the default namespace, without a prefix."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import etree

from dav424.core.namespaces import DAV
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import parsed, rewritten

_DAV = DAV[1:-1]


class DefaultNamespace(Fault, frozen=True, kw_only=True, tag="default-namespace"):
    """The fault writes the elements in ``DAV:`` without a prefix, by a default namespace.

    An element of another namespace keeps its prefix, or gets one.
    """

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Write the whole tree anew."""
        root = parsed(answer)
        if root is None or not str(root.tag).startswith(DAV) or root.prefix is None:
            return None
        return Spoilt(rewritten(answer, _without_prefix(root)), "wrote DAV: as the default namespace")


def _without_prefix(root: etree._Element) -> etree._Element:
    """Copy a tree; a tree of any depth needs no recursion."""
    copied = etree.Element(root.tag, _attributes(root), nsmap=_scope(root))
    copied.text = root.text
    todo = [(root, copied)]
    while todo:
        source, target = todo.pop()
        for child in source:
            if isinstance(child.tag, str):
                copy = etree.SubElement(target, child.tag, _attributes(child), nsmap=_scope(child))
                todo.append((child, copy))
            else:
                copy = deepcopy(child)
                target.append(copy)
            copy.text, copy.tail = child.text, child.tail
    return copied


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def _scope(element: etree._Element) -> Any:  # the types of lxml know no default namespace
    """Give the namespaces that an element declares: all that it has, and ``DAV:`` as the default one if it is in it."""
    others: dict[str | None, str] = {
        prefix: uri for prefix, uri in element.nsmap.items() if prefix is not None and uri != _DAV
    }
    in_dav = str(element.tag).startswith(DAV)
    if in_dav or element.prefix is None:
        return {**others, None: _DAV if in_dav else str(element.nsmap.get(None, ""))}
    return dict(others)
