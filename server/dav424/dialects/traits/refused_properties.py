"""Properties that a server lets no client set, although RFC 4918 15 would: 403, as for a protected property."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from dav424.causes.apply import AlreadyRefused
from dav424.core.batch import Action, Refused
from dav424.core.condition_codes import CANNOT_MODIFY_PROTECTED_PROPERTY
from dav424.core.subject import Subject
from dav424.dav.live_properties import LIVE
from dav424.dialects.plan_changes import each_instruction
from dav424.dialects.trait import Hooks, Trait

_DISPLAYNAME = "{DAV:}displayname"
_WITHOUT_CONDITION = "dead-without-condition"


def _hooks(value: Sequence[str]) -> Hooks:
    return Hooks(plan=partial(each_instruction, partial(_refusing, frozenset(value))))


def _refusing(kinds: frozenset[str], action: Action, subject: Subject) -> Action:
    name = subject.property
    kind = "displayname" if name == _DISPLAYNAME else "dead" if name not in LIVE else ""
    plainly = kind == "dead" and _WITHOUT_CONDITION in kinds
    if kind not in kinds and not plainly:
        return action
    condition = None if plainly else CANNOT_MODIFY_PROTECTED_PROPERTY
    refused = Refused(403, f"This server lets no client set or remove {name}.", condition)
    return Action(subject, AlreadyRefused(refused), action.needs)


REFUSED_PROPERTIES = Trait(
    name="refused-properties",
    kind="offer",
    values=list[Literal["displayname", "dead", "dead-without-condition"]],
    default=[],
    description="Properties that no client can set or remove: displayname, or all dead properties but displayname. They are "
    "refused with 403 and cannot-modify-protected-property, or dead ones with 403 alone.",
    reports=("xandikos#546",),
    hooks=_hooks,
)
