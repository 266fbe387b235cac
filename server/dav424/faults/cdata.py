"""Texts as CDATA sections (XML 2.7)."""

from __future__ import annotations

from lxml import etree

from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import parsed, rewritten

_END = "]]>"
"""The text that no CDATA section can hold."""


class CData(Fault, frozen=True, kw_only=True, tag="cdata"):
    """The fault writes the texts of elements as CDATA sections, such as ``<![CDATA[HTTP/1.1 403 Forbidden]]>``.

    To an XML parser that is the same text.
    """

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Put each text into a section."""
        root = parsed(answer)
        if root is None:
            return None
        texts = [each for each in root.iter("*") if (each.text or "").strip() and _END not in (each.text or "")]
        for element in texts:
            element.text = etree.CDATA(element.text or "")
        return Spoilt(rewritten(answer, root), f"wrote {len(texts)} texts as CDATA sections") if texts else None
