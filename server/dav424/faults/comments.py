"""Comments in the XML of an answer (XML 2.5)."""

from __future__ import annotations

from typing import Annotated, Literal

from lxml import etree
from msgspec import Meta

from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import interleave, parsed, rewritten


class Comments(Fault, frozen=True, kw_only=True, tag="comments"):
    """The fault writes comments between the elements of an answer, and into their texts.

    A client that reads only the first text node of an element gets half of a path, or of a status.
    """

    where: Annotated[
        Literal["between", "inside", "both"], Meta(description="Between elements, inside their texts, or both.")
    ] = "both"

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Write the comments."""
        root = parsed(answer)
        made = interleave(root, lambda: etree.Comment(" fault "), self.where) if root is not None else 0
        return Spoilt(rewritten(answer, root), f"wrote {made} comments") if root is not None and made else None
