"""A response with neither a status nor a propstat, which RFC 4918 14.24 does not allow."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dav424.core.namespaces import DAV
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import multistatus, remove, rewritten


class BareResponse(Fault, frozen=True, kw_only=True, tag="bare-response"):
    """The fault removes the status and the propstats of responses in a multistatus: their ``DAV:href`` alone is left."""

    which: Annotated[Literal["first", "last", "all"], Meta(description="The responses that lose what they say.")] = (
        "first"
    )

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Remove the statuses and propstats."""
        root = multistatus(answer)
        responses = root.findall(f"{DAV}response") if root is not None else []
        if root is None or not responses:
            return None
        chosen = {"first": responses[:1], "last": responses[-1:], "all": responses}[self.which]
        for response in chosen:
            for part in (*response.findall(f"{DAV}status"), *response.findall(f"{DAV}propstat")):
                remove(part)
        return Spoilt(rewritten(answer, root), f"removed the status and the propstats of {len(chosen)} responses")
