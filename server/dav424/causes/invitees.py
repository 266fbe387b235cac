"""The addresses that can be invited to share a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath, below
from dav424.core.batch import Refused
from dav424.core.namespaces import INVITE
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Invitees(Cause, frozen=True, kw_only=True, tag="invitees"):
    """The cause refuses with 403 to invite an address that isn't listed.

    A client can always remove an address that was invited before.
    """

    section = "CalendarServer sharing"

    path: SubtreePath = "/"
    known: Annotated[
        tuple[str, ...], Meta(description="The addresses that can be invited, such as mailto:ada@example.com.")
    ]

    @property
    def only_property(self) -> str:
        """The property that an invitation changes."""
        return INVITE

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse an invitation whose address, the subject's text, isn't listed."""
        if subject.verb != "set" or subject.property != INVITE or not below(subject.path, self.path):
            return None
        if subject.text in self.known:
            return None
        return Refused(403, f"The server knows no user with the address {subject.text}.")
