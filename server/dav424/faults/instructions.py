"""Processing instructions in the XML of an answer (XML 2.6)."""

from __future__ import annotations

from typing import Annotated, Literal

from lxml import etree
from msgspec import Meta

from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import interleave, parsed, rewritten


class Instructions(Fault, frozen=True, kw_only=True, tag="processing-instructions"):
    """The fault writes processing instructions between the elements of an answer, and into their texts.

    RFC 4918 17 lets a client ignore them.
    """

    where: Annotated[
        Literal["between", "inside", "both"], Meta(description="Between elements, inside their texts, or both.")
    ] = "between"

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Write the instructions."""
        root = parsed(answer)
        made = (
            interleave(root, lambda: etree.ProcessingInstruction("fault", "ignore"), self.where)
            if root is not None
            else 0
        )
        if root is None or not made:
            return None
        return Spoilt(rewritten(answer, root), f"wrote {made} processing instructions")
