"""Dead properties that a client sets: stored (RFC 4918 4.2), or accepted with 200 and dropped, as rclone does."""

from __future__ import annotations

from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.core.batch import Action
from dav424.core.subject import Subject
from dav424.dav.live_properties import LIVE
from dav424.dialects.plan_changes import each_instruction, nothing
from dav424.dialects.trait import Hooks, Trait


def _hooks(_: str) -> Hooks:
    return Hooks(plan=partial(each_instruction, _dropping))


def _dropping(action: Action, subject: Subject) -> Action:
    """Let an action on a dead property do nothing; its name says so, and causes still refuse it."""
    if subject.verb != "set" or subject.property in LIVE:
        return action
    return Action(replace(subject, name=f"{subject.property}, accepted and not stored,"), nothing, action.needs)


DEAD_PROPERTIES = Trait(
    name="dead-properties",
    kind="fault",
    values=Literal["stored", "dropped"],
    default="stored",
    description="A dead property that a client sets: stored, or told 200 and dropped.",
    hooks=_hooks,
)
