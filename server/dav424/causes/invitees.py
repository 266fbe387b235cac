"""Who can be invited to share a collection: nobody else is known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, TreePath, below
from dav424.core.batch import Refused
from dav424.core.namespaces import INVITE
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Invitees(Cause, frozen=True, kw_only=True, tag="invitees"):
    """Refuses with 403 to invite somebody who isn't listed; whoever was invited can be removed."""

    section = "CalendarServer sharing"

    path: TreePath = "/"
    known: Annotated[tuple[str, ...], Meta(description="Addresses as they are sent, as mailto:ada@example.com.")]

    @property
    def only_property(self) -> str:
        """The property that an invitation changes."""
        return INVITE

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse an invitation whose address, the label's text, isn't listed."""
        if subject.verb != "set" or subject.property != INVITE or not below(subject.path, self.path):
            return None
        return None if subject.text in self.known else Refused(403, f"Nobody here has the address {subject.text}.")
