"""The causes a scenario can put in the way, and how they get there.

A cause never says 424: it refuses for a reason of its own, and what depended on it gets 424 in
``batch``. ``CAUSES`` is the table of contents; the tag of each is its ``kind`` in a scenario file.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.causes.cause import Cause
from dav424.causes.delay import Delay
from dav424.causes.denied import Denied
from dav424.causes.invitees import INVITE, Invitees
from dav424.causes.live_properties_lost import Unpreserved
from dav424.causes.lock import Locked
from dav424.causes.login_expired import LoginExpired
from dav424.causes.protected_property import PROTECTED_BY_RFC4918, Protected
from dav424.causes.quota import Quota
from dav424.causes.read_only import ReadOnly
from dav424.causes.resourcetypes import KNOWN_TYPES, ResourceTypes
from dav424.causes.store_fails import StoreFails
from dav424.causes.unlockable import Unlockable
from dav424.causes.unreadable import Unreadable
from dav424.causes.value_rule import ValueRule
from dav424.core.batch import Action, Group, Refused
from dav424.core.subject import Label, Verb
from dav424.store.tree import Path

if TYPE_CHECKING:
    from dav424.spine.exchange import Request
    from dav424.store.draft import Draft

__all__ = [
    "BUILT_IN",
    "CAUSES",
    "INVITE",
    "AnyCause",
    "Cause",
    "Delay",
    "Locked",
    "Obstacles",
    "Quota",
    "Refusal",
    "Scene",
    "ValueRule",
    "admit",
    "delay",
    "plant",
]

AnyCause = (
    Protected
    | ValueRule
    | ResourceTypes
    | Invitees
    | Locked
    | Quota
    | Denied
    | LoginExpired
    | ReadOnly
    | Unlockable
    | Unpreserved
    | StoreFails
    | Unreadable
    | Delay
)
CAUSES = (
    Protected,
    ValueRule,
    ResourceTypes,
    Invitees,
    Locked,
    Quota,
    Denied,
    LoginExpired,
    ReadOnly,
    Unlockable,
    Unpreserved,
    StoreFails,
    Unreadable,
    Delay,
)
BUILT_IN: tuple[Cause, ...] = (*PROTECTED_BY_RFC4918, KNOWN_TYPES)
"""What the RFCs themselves put in the way, in every world, under ids that start with their number."""


class Obstacles:
    """What is in the way in a world: its causes, sorted out once so that a request meets only those it could hit."""

    def __init__(self, causes: Iterable[Cause]) -> None:
        self.causes = tuple(causes)
        self.delays = [cause for cause in self.causes if isinstance(cause, Delay)]
        self.admitting = self._with("admits")
        self.committing = self._with("refuses_commit")
        self._refusing = self._with("refuses")
        self._about: dict[str, list[Cause]] = {}
        self._named = {cause.about for cause in self._refusing} - {None}

    def _with(self, promise: str) -> list[Cause]:
        """List the causes whose kind has something to say here."""
        return [cause for cause in self.causes if getattr(type(cause), promise) is not getattr(Cause, promise)]

    def about(self, name: str) -> list[Cause]:
        """List the causes that could refuse a change of this property; of a whole resource if it is empty."""
        key = name if name in self._named else ""
        found = self._about.get(key)
        if found is None:
            found = self._about[key] = [cause for cause in self._refusing if cause.about in (None, key or None)]
        return found

    def covers(self, verb: Verb, path: Path) -> bool:
        """Say whether any cause could refuse ``verb`` at a path for being there, or below what it speaks of."""
        return any(cause.could_refuse(verb, path) and len(cause.spot) <= len(path) for cause in self._refusing)

    def places(self, verb: Verb, top: Path) -> list[Path]:
        """List where below a path causes could refuse ``verb``, though not at the path itself."""
        spots = (cause.spot for cause in self._refusing if cause.could_refuse(verb, top))
        return sorted({spot for spot in spots if len(spot) > len(top)})


class Scene(Struct, frozen=True):
    """What is in the way of one request. ``counts`` holds the matches so far, by cause."""

    obstacles: Obstacles
    counts: dict[str, int]
    request: Request
    draft: Draft

    def strike(self, cause: Cause, refused: Refused | None) -> None:
        """Count a match and raise it if the counters of the cause say so; nothing for None."""
        if refused is None:
            return
        match = self.counts[cause.id] = self.counts.get(cause.id, 0) + 1
        if cause.strikes(match):
            refused.by = cause.id
            raise refused


class Refusal(Struct, frozen=True):
    """What an action runs that was refused before it could be tried: no cause gets in the way of that."""

    refused: Refused

    def __call__(self) -> None:
        """Refuse."""
        raise self.refused


def delay(delays: Iterable[Delay], counts: dict[str, int], request: Request) -> float:
    """Count the delays that a request matches, and say how many seconds they come to."""
    total = 0.0
    for cause in delays:
        seconds = cause.seconds(request)
        if seconds > 0:
            match = counts[cause.id] = counts.get(cause.id, 0) + 1
            total += seconds if cause.strikes(match) else 0.0
    return total


def admit(scene: Scene) -> None:
    """Refuse a request that the causes don't let in at all."""
    for cause in scene.obstacles.admitting:
        scene.strike(cause, cause.admits(scene.request))


def plant(scene: Scene, group: Group) -> Group:
    """Put the causes in front of the actions of a group that they could refuse, and in front of its commit.

    An action without a ``Label`` is a request within the request: it meets the causes when it is carried out.
    """
    guards = [partial(_guard_commit, scene, cause) for cause in scene.obstacles.committing]
    within = guards and any(not isinstance(action.label, Label) for action in group)
    scene.draft.commit_guards = [] if within else guards
    return [_guarded(scene, action) for action in group]


def _guard_commit(scene: Scene, cause: Cause) -> None:
    scene.strike(cause, cause.refuses_commit(scene.request))


def _guarded(scene: Scene, action: Action) -> Action:
    label = action.label
    causes = scene.obstacles.about(label.property) if isinstance(label, Label) else []
    if not causes or isinstance(action.run, Refusal):
        return action

    def run() -> object:
        for cause in causes:
            scene.strike(cause, cause.refuses(label, scene.request, scene.draft))
        return action.run()

    return Action(label, run, action.needs)
