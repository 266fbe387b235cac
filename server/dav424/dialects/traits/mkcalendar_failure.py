"""The answer to a MKCALENDAR of which a property failed."""

from __future__ import annotations

from dav424.dialects.creation_failures import FORMS, rewriting
from dav424.dialects.trait import Hooks, Trait


def _hooks(value: str) -> Hooks:
    return Hooks(answer=rewriting("MKCALENDAR", value))


MKCALENDAR_FAILURE = Trait(
    name="mkcalendar-failure",
    kind="spelling",
    values=FORMS,
    default="multistatus",
    description="A MKCALENDAR of which a property failed: in the forms of mkcol-failure.",
    reports=("davx5-ose#2211", "dav4jvm#167", "caldav#553", "caldav#702"),
    hooks=_hooks,
)
