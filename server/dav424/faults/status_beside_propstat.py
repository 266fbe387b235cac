"""A ``DAV:status`` beside propstats in one response, which RFC 4918 14.24 does not allow."""

from __future__ import annotations

from copy import deepcopy
from typing import Annotated, Literal

from msgspec import Meta

from dav424.core.namespaces import DAV
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import multistatus, rewritten


class StatusBesidePropstat(Fault, frozen=True, kw_only=True, tag="status-beside-propstat"):
    """The fault repeats the status of a propstat as the ``DAV:status`` of its whole response."""

    repeats: Annotated[
        Literal["first", "last"], Meta(description="The propstat whose status is repeated, of those of a response.")
    ] = "first"

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Repeat the status in each response with propstats."""
        root = multistatus(answer)
        changed = 0
        for response in root.findall(f"{DAV}response") if root is not None else []:
            statuses = response.findall(f"{DAV}propstat/{DAV}status")
            if statuses:
                response.findall(f"{DAV}href")[-1].addnext(deepcopy(statuses[0 if self.repeats == "first" else -1]))
                changed += 1
        if root is None or not changed:
            return None
        return Spoilt(rewritten(answer, root), f"repeated the status of a propstat beside it in {changed} responses")
