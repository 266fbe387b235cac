"""A multistatus without its causes: each 424 stays, and the failures on which it depended are left out."""

from __future__ import annotations

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.namespaces import DAV
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import multistatus, remove, rewritten, statuses


class OmittedCauses(Fault, frozen=True, kw_only=True, tag="omitted-causes"):
    """The fault leaves the causes out of a multistatus with a 424: each failure with another status.

    The 424s stay, so that the client learns that something failed, and not what: their descriptions, which name the cause,
    are left out, too, and so is a response that has nothing left.
    """

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Remove the failures beside each 424."""
        root = multistatus(answer)
        if root is None or FAILED_DEPENDENCY not in statuses(root):
            return None
        omitted = 0
        for response in root.findall(f"{DAV}response"):
            propstats = response.findall(f"{DAV}propstat")
            parts = propstats or [response]
            causes = [part for part in parts if any(300 <= code != FAILED_DEPENDENCY for code in statuses(part))]
            omitted += len(causes)
            for part in [response] if causes and len(causes) == len(parts) else causes:
                remove(part)
        if not omitted:
            return None
        for description in list(root.iter(f"{DAV}responsedescription")):
            remove(description)
        return Spoilt(rewritten(answer, root), f"left out the {omitted} failures on which the 424s depended")
