"""Who can be invited to share a collection: nobody else is known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, TreePath, below
from dav424.core.batch import Refused
from dav424.core.condition_codes import CALENDARSERVER
from dav424.core.subject import Label

if TYPE_CHECKING:
    from dav424.spine.exchange import Request
    from dav424.store.draft import Draft

INVITE = f"{CALENDARSERVER}invite"
"""The property that lists who was invited to a collection."""


class Invitees(Cause, frozen=True, kw_only=True, tag="invitees"):
    """Refuses with 403 to invite somebody who isn't listed; whoever was invited can be removed."""

    section = "CalendarServer sharing"

    path: TreePath = "/"
    known: Annotated[tuple[str, ...], Meta(description="Addresses as they are sent, as mailto:ada@example.com.")]

    @property
    def about(self) -> str:
        """The property that an invitation changes."""
        return INVITE

    def refuses(self, label: Label, request: Request, draft: Draft) -> Refused | None:
        """Refuse an invitation whose address, the label's text, isn't listed."""
        if label.verb != "set" or label.property != INVITE or not below(label.path, self.path):
            return None
        return None if label.text in self.known else Refused(403, f"Nobody here has the address {label.text}.")
