"""An answer without its body."""

from __future__ import annotations

from msgspec.structs import replace

from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt


class EmptyBody(Fault, frozen=True, kw_only=True, tag="empty-body"):
    """The fault leaves the body of an answer out; the status and the headers stay, with ``Content-Length: 0``."""

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Leave the body out."""
        if not answer.body:
            return None
        return Spoilt(replace(answer.response, body=b""), "left the body out")
