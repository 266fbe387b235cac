"""How causes get in front of a request, an action and a commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from msgspec import Struct

from dav424.causes.cause import Cause
from dav424.causes.delay import Delay
from dav424.core.batch import Action, Group, Guard, Refused
from dav424.core.message import Request
from dav424.core.method_facts import Facts
from dav424.core.paths import Path
from dav424.core.subject import Subject, Verb
from dav424.store.draft import Draft


class CauseIndex:
    """What is in the way in a world: its causes, sorted out once so that a request meets only those it could hit."""

    def __init__(self, causes: Iterable[Cause]) -> None:
        self.causes = tuple(causes)
        self.delays = [cause for cause in self.causes if isinstance(cause, Delay)]
        self.admitting = self._with("refuse_request")
        self.committing = self._with("refuse_commit")
        self._refusing = self._with("refuse_action")
        self._for_property: dict[str, list[Cause]] = {}
        self._named = {cause.only_property for cause in self._refusing} - {None}

    def _with(self, promise: str) -> list[Cause]:
        """List the causes whose kind has something to say here."""
        return [cause for cause in self.causes if getattr(type(cause), promise) is not getattr(Cause, promise)]

    def for_property(self, name: str) -> list[Cause]:
        """List the causes that could refuse a change of this property; of a whole resource if it is empty."""
        key = name if name in self._named else ""
        found = self._for_property.get(key)
        if found is None:
            found = self._for_property[key] = [
                cause for cause in self._refusing if cause.only_property in (None, key or None)
            ]
        return found

    def may_refuse(self, verb: Verb, path: Path) -> bool:
        """Say whether any cause could refuse ``verb`` at a path for being there, or below what it speaks of."""
        return any(cause.could_refuse(verb, path) and len(cause.subtree) <= len(path) for cause in self._refusing)

    def paths_refusing(self, verb: Verb, top: Path) -> list[Path]:
        """List where below a path causes could refuse ``verb``, though not at the path itself."""
        spots = (cause.subtree for cause in self._refusing if cause.could_refuse(verb, top))
        return sorted({spot for spot in spots if len(spot) > len(top)})


class CauseContext(Struct, frozen=True):
    """What the causes of a world look at for one request.

    ``counts`` are the matches so far, by the id of a cause; ``methods`` are the facts of the methods of the world.
    """

    cause_index: CauseIndex
    counts: dict[str, int]
    request: Request
    draft: Draft
    methods: Facts

    def raise_if_due(self, cause: Cause, refused: Refused | None) -> None:
        """Count a match and raise it if the counters of the cause say so; nothing for None."""
        if refused is None:
            return
        match = self.counts[cause.id] = self.counts.get(cause.id, 0) + 1
        if cause.applies_to(match):
            refused.by = cause.id
            raise refused


class AlreadyRefused(Struct, frozen=True):
    """What an action runs that was refused before it could be tried: no cause gets in the way of that."""

    refused: Refused

    def __call__(self) -> None:
        """Refuse."""
        raise self.refused


def delay_seconds(delays: Iterable[Delay], counts: dict[str, int], request: Request) -> float:
    """Count the delays that a request matches, and say how many seconds they come to."""
    total = 0.0
    for cause in delays:
        seconds = cause.seconds(request)
        if seconds > 0:
            match = counts[cause.id] = counts.get(cause.id, 0) + 1
            total += seconds if cause.applies_to(match) else 0.0
    return total


def check_request(context: CauseContext) -> None:
    """Refuse a request that the causes don't let in at all."""
    for cause in context.cause_index.admitting:
        context.raise_if_due(cause, cause.refuse_request(context.request, context.methods[context.request.method]))


class GuardedGroup(Struct, frozen=True):
    """A group that causes can refuse: one action in its ``run``, or all of it in a guard."""

    actions: Group
    guards: Sequence[Guard]


def apply_to_group(context: CauseContext, group: Group) -> GuardedGroup:
    """Let the causes refuse the actions of a group, and its commit.

    An action without a ``Subject`` is an item of a batch: the causes look at the request of the item when it runs.
    """
    actions = [_guarded(context, action) for action in group]
    committing = context.cause_index.committing
    if not committing or any(not isinstance(action.subject, Subject) for action in group):
        return GuardedGroup(actions, ())
    return GuardedGroup(actions, [partial(_guard_commit, context, cause) for cause in committing])


def _guard_commit(context: CauseContext, cause: Cause) -> None:
    context.raise_if_due(cause, cause.refuse_commit(context.request))


def _guarded(context: CauseContext, action: Action) -> Action:
    subject = action.subject
    causes = context.cause_index.for_property(subject.property) if isinstance(subject, Subject) else []
    if not causes or isinstance(action.run, AlreadyRefused):
        return action

    def run() -> object:
        for cause in causes:
            context.raise_if_due(cause, cause.refuse_action(subject, context.request, context.draft))
        return action.run()

    return Action(subject, run, action.needs)
