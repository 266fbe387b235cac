"""Two propstats of one status in one response, where RFC 4918 14.22 has one."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from dav424.core.namespaces import DAV
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import multistatus, rewritten


class RepeatedPropstat(Fault, frozen=True, kw_only=True, tag="repeated-propstat"):
    """The fault writes several propstats of one status: one for each property.

    RFC 4918 9.1 groups the properties of one status in one propstat; a client that keeps propstats by their status loses
    properties. A propstat with a single property comes twice if no propstat of the answer has more.
    """

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Split the propstats, or repeat them."""
        root = multistatus(answer)
        if root is None:
            return None
        propstats = list(root.iter(f"{DAV}propstat"))
        long = [propstat for propstat in propstats if len(_properties(propstat)) > 1]
        for propstat in long:
            _split(propstat)
        if long:
            return Spoilt(rewritten(answer, root), f"split {len(long)} propstats into one for each property")
        for propstat in propstats:
            propstat.addnext(deepcopy(propstat))
        return Spoilt(rewritten(answer, root), f"repeated {len(propstats)} propstats") if propstats else None


def _properties(propstat: etree._Element) -> list[etree._Element]:
    return propstat.findall(f"{DAV}prop/*")


def _split(propstat: etree._Element) -> None:
    """Leave the first property, and give each other one a propstat of its own behind this one."""
    for position in range(len(_properties(propstat)) - 1, 0, -1):
        copy = deepcopy(propstat)
        for index, each in enumerate(_properties(copy)):
            if index != position:
                _drop(each)
        _drop(_properties(propstat)[position])
        propstat.addnext(copy)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None, "a property is in a DAV:prop"
    parent.remove(element)
