"""Where causes meet a request: as a whole, before each of its actions, and before the commit of a group.

``CauseIndex`` is made once for a world: it lists the world's causes by the ``refuse_`` method that they have.
``CauseContext`` is made for a request: it holds the request, its draft and the counters of the causes.

    check_request     asks ``refuse_request`` of the causes that have one
    apply_to_group    puts ``refuse_action`` in front of the actions, and makes guards of the commit of ``refuse_commit``
    delay_seconds     adds up the delays of the request
"""

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
from dav424.core.subject import READING, Subject, Verb
from dav424.store.draft import Draft


class CauseIndex:
    """The causes of one world, listed by the ``refuse_`` method that they have.

    For a request or an action, the server calls only the causes that could refuse it. Most worlds have a dozen causes,
    of which one or two could. The lists are made once, when the causes of the world are set.
    """

    def __init__(self, causes: Iterable[Cause]) -> None:
        self.causes = tuple(causes)
        self.delays = [cause for cause in self.causes if isinstance(cause, Delay)]
        self.admitting = self._overriding("refuse_request")
        self.committing = self._overriding("refuse_commit")
        self._refusing = self._overriding("refuse_action")
        self._for_property: dict[str, list[Cause]] = {}
        self._named = {cause.only_property for cause in self._refusing} - {None}

    def _overriding(self, method: str) -> list[Cause]:
        """List the causes whose class overrides a method of ``Cause``.

        The methods of ``Cause`` never refuse, so there is no need to call them. To look at the class is the simplest
        way to know: a flag or a list beside the method could disagree with it.
        """
        return [cause for cause in self.causes if getattr(type(cause), method) is not getattr(Cause, method)]

    def for_property(self, name: str) -> list[Cause]:
        """List the causes that could refuse a change of this property, or, for "", of a whole resource."""
        key = name if name in self._named else ""
        causes = self._for_property.get(key)
        if causes is None:
            causes = self._for_property[key] = [
                cause for cause in self._refusing if cause.only_property in (None, key or None)
            ]
        return causes

    def may_refuse(self, verb: Verb, path: Path) -> bool:
        """Say whether any cause whose subtree contains the path could refuse ``verb`` there."""
        return any(cause.could_refuse(verb, path) and len(cause.subtree) <= len(path) for cause in self._refusing)

    def paths_refusing(self, verb: Verb, top: Path) -> list[Path]:
        """List the paths below ``top``, without ``top`` itself, where causes that could refuse ``verb`` begin."""
        subtrees = (cause.subtree for cause in self._refusing if cause.could_refuse(verb, top))
        return sorted({subtree for subtree in subtrees if len(subtree) > len(top)})


class CauseContext(Struct, frozen=True):
    """One request, and everything that the causes of its world read to decide about it.

    ``counts`` has the number of matches of each cause so far, by the cause's id. It belongs to the world, and goes on from
    request to request. ``methods`` has the facts of the methods of the world.
    """

    cause_index: CauseIndex
    counts: dict[str, int]
    request: Request
    draft: Draft
    methods: Facts

    def raise_if_due(self, cause: Cause, refused: Refused | None) -> None:
        """Count a match of the cause, and raise ``refused`` if the cause applies to this match.

        None means that the cause didn't match: nothing is counted or raised.
        """
        if refused is None:
            return
        match = self.counts[cause.id] = self.counts.get(cause.id, 0) + 1
        if cause.applies_to(match):
            refused.by = cause.id
            raise refused


class AlreadyRefused(Struct, frozen=True):
    """The ``run`` of an action that was refused while it was planned. Causes leave such an action alone."""

    refused: Refused

    def __call__(self) -> None:
        """Raise the refusal."""
        raise self.refused


def delay_seconds(delays: Iterable[Delay], counts: dict[str, int], request: Request) -> float:
    """Count a match of each delay that the request matches, and add up their seconds."""
    total = 0.0
    for cause in delays:
        seconds = cause.seconds(request)
        if seconds > 0:
            match = counts[cause.id] = counts.get(cause.id, 0) + 1
            total += seconds if cause.applies_to(match) else 0.0
    return total


def check_request(context: CauseContext) -> None:
    """Raise ``Refused`` if a cause refuses the request as a whole."""
    for cause in context.cause_index.admitting:
        context.raise_if_due(cause, cause.refuse_request(context.request, context.methods[context.request.method]))


class GuardedGroup(Struct, frozen=True):
    """A group whose actions and commit call the causes: the actions in their ``run``, the commit in its guards."""

    actions: Group
    guards: Sequence[Guard]


def apply_to_group(context: CauseContext, group: Group) -> GuardedGroup:
    """Let the causes refuse the actions of a group, and its commit.

    An action without a ``Subject`` is an item of a batch: the causes look at the request of the item when it runs. They
    leave alone a group that only reads: to read a source is a GET of it, which they look at when it runs.
    """
    if group and all(isinstance(action.subject, Subject) and action.subject.verb in READING for action in group):
        return GuardedGroup(group, ())
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
