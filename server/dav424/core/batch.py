"""The core: the one place where 424 Failed Dependency is decided (RFC 4918 11.4).

An **action** is one thing to do. The actions of a **group** are all done, or none is. An action may **need** earlier
actions, named by their position in the whole batch, counted from 0.

    group 0      position 0   set title       Done      --.
                 position 1   set getetag     Failed 403   |  one refusal undoes the group:
                 position 2   set author      Done      --'   0 and 2 become FailedDependency(on=(1,))

Inside an action a refusal is an exception, ``Refused``. Above this module there are only values, the outcomes:
``Done``, ``Failed`` and ``FailedDependency``. No other module may construct a ``FailedDependency``.

>>> def refuse():
...     raise Refused(403, "protected")
>>> class NoStore:
...     stuck = {}
...     def end_action(self):
...         pass
...     def savepoint(self):
...         return self
...     def __enter__(self):
...         return self
...     def __exit__(self, *exc):
...         return None
...     def commit(self, guards):
...         pass
>>> title, etag = Action("title", lambda: None), Action("getetag", refuse)
>>> run([[title, etag]], NoStore())
[FailedDependency(on=(1,)), Failed(status=403, detail='protected', condition=None)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

FAILED_DEPENDENCY = 424


class Refused(Exception):
    """An action, or a request as a whole, failed by itself and not because of another action.

    ``status`` is an HTTP status of 300 to 599 other than 424: an action that depends on another one can't be the cause
    of a failure. ``detail`` is a sentence for the user. ``condition`` is the condition code (RFC 4918 16), if the reason
    has one. ``by`` identifies the cause, the locks or the quota that refused, for the journal. ``reply`` has the headers
    and the body of the response, if the refusal brings its own. This module reads none of the three.
    """

    def __init__(self, status: int, detail: str, condition: Any = None, by: Any = None, reply: Any = None) -> None:
        if status == FAILED_DEPENDENCY or not 300 <= status <= 599:
            message = f"a refusal can't have the status {status}; use one of 300 to 599 other than 424"
            raise ValueError(message)
        super().__init__(status, detail, condition)
        self.status = status
        self.detail = detail
        self.condition = condition
        self.by = by
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Done:
    """The action was carried out and not undone. ``value`` is its result."""

    value: Any = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The action failed by itself. The fields are those of ``Refused``."""

    status: int
    detail: str
    condition: Any = None
    by: Any = field(default=None, repr=False, compare=False)
    reply: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FailedDependency:
    """The action was undone, or never tried, because the actions at the positions ``on`` failed."""

    on: tuple[int, ...]
    status: ClassVar[int] = FAILED_DEPENDENCY


Outcome = Done | Failed | FailedDependency


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. ``run`` does it or raises ``Refused``; ``subject`` says what it is, for causes and explanations."""

    subject: Any
    run: Callable[[], object]
    needs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Reject negative positions: Python would count them from the end, which moves with every action."""
        if self.needs and min(self.needs) < 0:
            message = f"an action can't need position {min(self.needs)}: positions count from 0"
            raise ValueError(message)


Group = Sequence[Action]
Guard = Callable[[], None]
"""Raises ``Refused`` if a group of which every action is done must not be kept."""


class Savepoint(Protocol):
    """The state before a group: a block that is left without ``commit`` restores it.

    ``stuck`` tells, after such a block, why the effects of some actions could not be undone, by the position of the action
    in its group. It is empty if the store could undo everything.
    """

    stuck: Mapping[int, Refused]

    def end_action(self) -> None:
        """Note that the changes since the last call, or since the begin of the block, are those of one action."""

    def commit(self, guards: Sequence[Guard]) -> None:
        """Keep the changes of the block, unless a guard raises ``Refused``; the block then restores the state.

        The guards are not called if nothing has changed. The store itself may raise ``Refused``, too.
        """


class Store(Protocol):
    """Anything that can undo the changes since a savepoint."""

    def savepoint(self) -> AbstractContextManager[Savepoint]:
        """Open a savepoint. If it is left without a commit, also by an exception, the store is restored."""


def run(groups: Iterable[Group], store: Store) -> list[Outcome]:
    """Carry out the groups in order, and return the outcome of each action, by position.

    Every action of a group is attempted, also after a refusal, so that every cause is found. Only an action whose needs
    are not met is not attempted. Any exception other than ``Refused`` is a bug: the group is rolled back, and the
    exception is raised to the caller.
    """
    outcomes: list[Outcome] = []
    for group in groups:
        run_group(group, outcomes, store)
    return outcomes


def run_group(group: Group, outcomes: list[Outcome], store: Store, guards: Sequence[Guard] = ()) -> None:
    """Run one group and append its outcomes to ``outcomes``, which holds those of all groups before it.

    If a guard refuses to commit the group, each of its actions fails with the status of that refusal. An action whose
    effect the store could not undo fails for that reason: it was done, and depended on nothing.
    """
    start = len(outcomes)
    with store.savepoint() as savepoint:
        for action in group:
            outcomes.append(_attempt(action, outcomes))
            savepoint.end_action()
        mine = outcomes[start:]
        causes = tuple([start + i for i, outcome in enumerate(mine) if _breaks_group(outcome, start)])
        if not causes:
            try:
                savepoint.commit(guards)
            except Refused as refused:
                # The store refused the group as a whole. Each action failed for that reason, and none because of
                # another action, so there is no 424.
                outcomes[start:] = [failed(refused) for _ in mine]
            else:
                return
    if causes:
        undone = FailedDependency(on=causes)
        outcomes[start:] = [undone if isinstance(outcome, Done) else outcome for outcome in mine]
    for position, why in savepoint.stuck.items():
        outcomes[start + position] = failed(why)


def _attempt(action: Action, before: Sequence[Outcome]) -> Outcome:
    if action.needs:
        unmet = tuple(need for need in action.needs if not isinstance(before[need], Done))
        if unmet:
            return FailedDependency(on=unmet)
    try:
        return Done(action.run())
    except Refused as refused:
        return failed(refused)


def _breaks_group(outcome: Outcome, start: int) -> bool:
    """Say whether the action failed by itself or because of an action before the group, not of one in the group."""
    match outcome:
        case Failed():
            return True
        case FailedDependency(on=on):
            return any(position < start for position in on)
        case _:
            return False


def failed(refused: Refused) -> Failed:
    """Turn the exception into an outcome."""
    without_frames(refused)
    return Failed(refused.status, refused.detail, refused.condition, refused.by, refused.reply)


Error = TypeVar("Error", bound=Exception)


def without_frames(error: Error) -> Error:
    """Drop the frames in which an exception was raised, and the exception that it replaced.

    Otherwise a frame that keeps the exception would be kept by it, until the garbage collector runs.
    """
    error.__traceback__ = error.__context__ = None
    return error


def causes_of(outcomes: Sequence[Outcome], position: int) -> list[int]:
    """Return the positions of the failures that led to the 424 at ``position``, directly or not, in ascending order."""
    todo, seen = [position], {position}
    while todo:
        outcome = outcomes[todo.pop()]
        if isinstance(outcome, FailedDependency):
            todo.extend(set(outcome.on) - seen)
            seen.update(outcome.on)
    return sorted(index for index in seen if isinstance(outcomes[index], Failed))
