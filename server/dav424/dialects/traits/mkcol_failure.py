"""The answer to an extended MKCOL of which a property failed."""

from __future__ import annotations

from dav424.dialects.creation_failures import FORMS, rewriting
from dav424.dialects.trait import Hooks, Trait


def _hooks(value: str) -> Hooks:
    return Hooks(answer=rewriting("MKCOL", value))


MKCOL_FAILURE = Trait(
    name="mkcol-failure",
    kind="spelling",
    values=FORMS,
    default="mkcol-response",
    description="An extended MKCOL of which a property failed: the status of the failure with a mkcol-response, 201 or "
    "207 with one, 207 with a multistatus that has a response or the propstats alone, 207 with the mkcalendar-response of "
    "CalDAV, or the error of the failure.",
    reports=("caldav#702", "xandikos#546", "davx5-ose#2211"),
    hooks=_hooks,
)
