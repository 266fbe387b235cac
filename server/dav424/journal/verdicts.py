"""One verdict for each thing: the actions of a request, folded by what they are about.

Some methods need several actions for one thing, and some deal with several things in one action:

    actions of DELETE /box                      verdicts
    0  delete members of /box      Done         0  delete /box/old.txt    200
    1  delete /box/locked.txt      Failed 423   1  delete /box/locked.txt 423
    2  delete /box, needs 1        424          2  delete /box            424, because of 1

A thing is a resource, a property, an invitee, a request of a batch, or the condition of one. Of the outcomes of one
thing, a failure of its own counts most, then a 424: the client sees those. A position of a verdict is its own, and not
that of an action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from dav424.core.batch import Done, Failed, FailedDependency, Outcome
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.journal.entries import ActionRecord

MOST_LISTED = 100
"""The maximum number of positions listed for one verdict: all positions of a large group would be its square."""
_CONDITION = "the condition"
_NO_POSITIONS: Sequence[int] = ()


class Thing(Struct, frozen=True):
    """What a verdict is about: the resource at ``path``, its ``property``, or something in it that has a ``name``.

    ``path`` is percent-encoded. A request of a batch has its description instead, and its condition has a name.
    """

    path: str
    property: str = ""
    name: str = ""


class Verdict(Struct, frozen=True):
    """The verdict on a thing: the outcome, and the status of a thing that is done.

    ``needs``, ``because`` and ``causes`` are positions of other verdicts: of those that the thing needs, of those that a
    424 depended on, and of its root failures; of the last two, at most 100.
    """

    verb: str
    thing: Thing
    outcome: Outcome
    status: int
    needs: Sequence[int] = ()
    because: Sequence[int] = ()
    causes: Sequence[int] = ()


class _Act(Struct, frozen=True):
    """What one action did to one thing; ``position`` is that of the action."""

    verb: str
    thing: Thing
    outcome: Outcome
    status: int
    position: int


def fold(steps: Sequence[ActionRecord], *, undone: bool = False, refused: Path | None = None) -> list[Verdict]:
    """Give one verdict for each thing, in the order in which the things were finished.

    With ``undone``, nothing stayed done. ``refused`` is the path of a request that was refused as a whole: the refusal is
    the verdict on the resource there.
    """
    acts = [act for position, step in enumerate(steps) for act in _acts(position, step)]
    left_out = Thing(href(refused)) if refused is not None else None
    by_thing: dict[Thing, list[_Act]] = {}
    for act in acts:
        if act.thing == left_out or (undone and isinstance(act.outcome, Done)):
            continue
        known = by_thing.pop(act.thing, [])  # popped, so that the thing moves to the end
        known.append(act)
        by_thing[act.thing] = known
    places = {thing: place for place, thing in enumerate(by_thing)}
    positions = _Positions(steps, places)
    return [_verdict(own, positions) for own in by_thing.values()]


def _acts(position: int, step: ActionRecord) -> Iterator[_Act]:
    """List what an action did: to the members that it dealt with, and to the thing that it is about."""
    subject, outcome = step.subject, step.outcome
    if not step.effect.members_only:
        yield _Act(_verb(step), _thing(step), outcome, step.status, position)
    if isinstance(outcome, Done):
        for group in step.effect.members:
            status = 201 if group.created else 200
            for name in group.names:
                yield _Act(group.verb, Thing(href((*subject.path, name))), outcome, status, position)
            if group.more:
                thing = Thing(href(subject.path), name=_number_of_members(group.more, named=bool(group.names)))
                yield _Act(group.verb, thing, outcome, status, position)


def _number_of_members(count: int, *, named: bool) -> str:
    return f"{count} {'more ' if named else ''}member{'' if count == 1 else 's'}"


def _thing(step: ActionRecord) -> Thing:
    """Give the thing that an action is about; a condition is one only if it did not hold."""
    subject = step.subject
    if isinstance(subject, Subject):
        return Thing(href(subject.path), subject.property, subject.name)
    verb, _, request = subject.partition(" ")
    return Thing(request, name=_CONDITION if verb == "check" and isinstance(step.outcome, Failed) else "")


def _verb(step: ActionRecord) -> str:
    """Give the verb of an action; a request of a batch is sent, and its other actions are part of that."""
    if isinstance(step.subject, Subject):
        return step.subject.verb
    return "check" if _thing(step).name else "send"


class _Positions:
    """Turns the positions of actions into those of verdicts.

    All 424 of a group share one tuple of positions, which can be as long as the group, so each tuple is turned once.
    """

    def __init__(self, steps: Sequence[ActionRecord], places: Mapping[Thing, int]) -> None:
        self._steps, self.places = steps, places
        self._outcomes = [step.outcome for step in steps]
        self._shared: Sequence[int] | None = None
        self._because = self._causes = _NO_POSITIONS
        self._roots: dict[int, list[int]] = {}

    def of(self, actions: Iterable[int]) -> Sequence[int]:
        """Give the positions of the verdicts on the things of some actions, each once."""
        things = [_thing(self._steps[position]) for position in actions]
        return list(dict.fromkeys(self.places[thing] for thing in things if thing in self.places))

    def needed_by(self, acts: Sequence[_Act]) -> Sequence[int]:
        """Give the verdicts on the other things that the actions on one thing need."""
        needs = [need for act in acts for need in self._steps[act.position].needs]
        own = self.places[acts[0].thing]
        return tuple(place for place in self.of(needs) if place != own) if needs else ()

    def of_424(self, position: int) -> tuple[Sequence[int], Sequence[int]]:
        """Give the verdicts that the 424 of an action depended on, and its root failures; at most 100 of each."""
        outcome = self._outcomes[position]
        assert isinstance(outcome, FailedDependency), "only a 424 depends on other actions"
        if outcome.on is not self._shared:
            self._shared = outcome.on
            self._because = self.of(outcome.on[:MOST_LISTED])
            self._causes = self.of(self._roots_of(position))
        return self._because, self._causes

    def _roots_of(self, position: int) -> list[int]:
        """Give the first root failures of a 424; each of the outcomes between them is looked at once for all 424."""
        todo, begun = [position], set[int]()
        while todo:
            outcome = self._outcomes[todo[-1]]
            if not isinstance(outcome, FailedDependency):
                self._roots[todo.pop()] = []
                continue
            waiting = [each for each in outcome.on if each not in self._roots and each not in begun]
            if waiting and todo[-1] not in begun:
                begun.add(todo[-1])
                todo += waiting
                continue
            found = {root for each in outcome.on for root in self._roots.get(each, ())}
            found.update(each for each in outcome.on if isinstance(self._outcomes[each], Failed))
            self._roots[todo.pop()] = sorted(found)[:MOST_LISTED]
        return self._roots[position]


def _verdict(acts: Sequence[_Act], positions: _Positions) -> Verdict:
    """Fold what several actions did to one thing."""
    chosen, because, causes = _chosen(acts, positions)
    created = any(act.status == 201 for act in acts)
    status = 201 if created else chosen.status
    return Verdict(chosen.verb, chosen.thing, chosen.outcome, status, positions.needed_by(acts), because, causes)


def _chosen(acts: Sequence[_Act], positions: _Positions) -> tuple[_Act, Sequence[int], Sequence[int]]:
    """Choose the action whose outcome is the verdict, with the verdicts that a 424 depended on, and its root failures."""
    failed = next((act for act in acts if isinstance(act.outcome, Failed)), None)
    if failed is not None:
        return failed, _NO_POSITIONS, _NO_POSITIONS
    dependent = [act for act in acts if isinstance(act.outcome, FailedDependency)]
    own = positions.places[acts[0].thing]
    for act in dependent:
        because, causes = positions.of_424(act.position)
        others = [place for place in because if place != own] if own in because else because
        if others:
            return act, others, causes
    return (dependent or acts)[-1], _NO_POSITIONS, _NO_POSITIONS
