"""A document type declaration with an internal subset (XML 2.8)."""

from __future__ import annotations

import re

from msgspec.structs import replace

from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import is_xml

_ROOT = re.compile(rb"<([^\s<>/!?]+)")


class Doctype(Fault, frozen=True, kw_only=True, tag="doctype"):
    """The fault writes a document type declaration with an internal subset, which declares an entity that nothing uses.

    It is harmless: it names no other file. Some clients refuse any declaration, since others can be used for attacks.
    """

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Write the declaration before the root element."""
        body = answer.body
        if not is_xml(answer) or not isinstance(body, bytes):
            return None
        root = _ROOT.search(body)
        if root is None:
            return None
        declared = b'<!DOCTYPE %b [\n  <!ENTITY unused "unused">\n]>\n' % root[1]
        changed = replace(answer.response, body=body[: root.start()] + declared + body[root.start() :])
        return Spoilt(changed, "wrote a document type declaration")
