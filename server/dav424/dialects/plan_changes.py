"""How several traits change the plan of a method."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dav424.core.batch import Action, Group
from dav424.core.subject import Subject
from dav424.spine.exchange import OpenExchange

Change = Callable[[Action, Subject], Action]
"""Gives an action in place of another one, or that one itself."""
_OF_PROPERTIES = frozenset({"PROPPATCH", "MKCOL", "MKCALENDAR"})


def each_alone(groups: Iterable[Group]) -> list[Group]:
    """Give a group for each action, so that the failure of one undoes no other."""
    return [[action] for group in groups for action in group]


def each_instruction(change: Change, exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    """Change the actions of PROPPATCH, MKCOL and MKCALENDAR that set or remove a property."""

    def changed(action: Action) -> Action:
        subject = action.subject
        return change(action, subject) if subject.verb in ("set", "remove") else action

    return _each(changed, groups) if exchange.request.method in _OF_PROPERTIES else groups


def each_member_of_lock(change: Change, exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    """Change the actions of a LOCK in which a member can refuse it."""

    def changed(action: Action) -> Action:
        subject = action.subject
        return change(action, subject) if subject.path != exchange.request.path else action

    return _each(changed, groups) if exchange.request.method == "LOCK" else groups


def _each(changed: Callable[[Action], Action], groups: Iterable[Group]) -> list[Group]:
    return [[changed(action) for action in group] for group in groups]


def nothing() -> None:
    """Do nothing: the ``run`` of an action that a dialect takes for done."""
