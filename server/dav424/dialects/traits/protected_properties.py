"""A protected live property that a client sets: refused (RFC 4918 15), or accepted with 200."""

from __future__ import annotations

from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.core.batch import Action
from dav424.core.subject import Subject
from dav424.dav.live_properties import LIVE
from dav424.dialects.plan_changes import each_instruction, nothing
from dav424.dialects.trait import Hooks, Trait


def _hooks(value: str) -> Hooks:
    return Hooks(plan=partial(each_instruction, partial(_accepting, value == "stored")))


def _accepting(storing: bool, action: Action, subject: Subject) -> Action:  # noqa: FBT001 - a setting of the trait
    """Let an action on a live property succeed: it writes the property, if the server can, or only reads it.

    The verbs name the true effect, and the cause that protects the property looks at neither.
    """
    live = LIVE.get(subject.property)
    if live is None:
        return action
    if storing and live.write is not None and subject.verb == "set":
        return Action(replace(subject, verb="write"), action.run, action.needs)
    unchanged = replace(subject, verb="read", name=f"{subject.property}, accepted and not changed,")
    return Action(unchanged, nothing, action.needs)


PROTECTED_PROPERTIES = Trait(
    name="protected-properties",
    kind="fault",
    values=Literal["refused", "unchanged", "stored"],
    default="refused",
    description="A client that sets or removes a live property: refused; told 200, and nothing changes; or told 200, and "
    "the value is stored where the server can store one.",
    hooks=_hooks,
)
