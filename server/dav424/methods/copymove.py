"""COPY and MOVE (RFC 4918 9.8, 9.9): root first; a member needs its collection.

                        destination empty     destination is a collection    else
    source document     put it                remove that, then put it       put it
    source collection   put it                make it like the source,       put it
                                              then member by member

Where nothing at the destination, or at the source of a MOVE, could refuse, a whole subtree is put in
one step, whatever its size. A MOVE takes its source away when all of it has arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from rpds import HashTrieMap

from dav424.core import condition_codes
from dav424.core.batch import Action, Done, Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import RESOURCES, Facts, MethodFacts
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.methods.mkcol import CALENDAR
from dav424.methods.tree_steps import ATOMIC_RULE, Steps, partial_answer
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, Document, Node, only_members, walk, with_child, without_locks, without_members

if TYPE_CHECKING:
    from dav424.core.subject import Verb

FACTS: Facts = {
    "COPY": MethodFacts(
        atomicity="steps",
        privilege="read",
        allowed_on=RESOURCES,
        rule=("A member can be copied only after its collection.", "RFC 4918 9.8.3"),
        atomic_rule=ATOMIC_RULE,
    ),
    "MOVE": MethodFacts(
        atomicity="steps",
        privilege="unbind",
        allowed_on=RESOURCES,
        rule=(
            "A member can be moved only after its collection, and a collection leaves its place only after all of its members.",
            "RFC 4918 9.9.2",
        ),
        atomic_rule=ATOMIC_RULE,
    ),
}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Make a group of each step that could be refused by itself."""
    request, draft = exchange.request, exchange.draft
    source = request.path
    node = exchange.target()
    moving = request.method == "MOVE"
    depth = headers.depth(request, *(["infinity"] if moving and isinstance(node, Collection) else ["0", "infinity"]))
    overwrite = headers.overwrite(request)
    target, slash = headers.destination_and_slash(request)
    _check_places(source, target, infinite=depth == headers.INFINITY)
    _check_calendars(exchange, node, target)
    draft.parent(target)
    conditional_requests.check(exchange)
    there = draft.find(target)
    if slash and there is None and isinstance(node, Document):
        raise Refused(
            409, f"Destination: {href(target, collection=True)} ends in a slash, and the source is a document."
        )
    if there is not None and not overwrite:
        raise Refused(412, f"There is something at {href(target)}, and Overwrite is F.")
    position = headers.position(request)
    draft.check_place(target, position)
    writes = [target] if there is not None else [target[:-1]]
    if there is not None and (moving or position):
        writes.append(target[:-1])
    lock_checks.check_locks(exchange, *writes, *([source, source[:-1]] if moving else []))
    if depth == 0 and isinstance(node, Collection):
        node = only_members(node, ())
    if not moving:
        node = without_locks(node)
    steps = Steps(exchange, node, target, *([source] if moving else []), sparing_own=not moving)
    _Transfer(steps, partial(draft.place, target, position), moving=moving).add(_Move(source, node, target, there))
    return steps.groups()


def _check_calendars(exchange: OpenExchange, node: Node, target: Path) -> None:
    """Refuse to bring a calendar into a calendar (RFC 4791 4.2)."""
    above = exchange.draft.lineage(target[:-1])
    if not any(isinstance(each, Collection) and CALENDAR in each.types for each in above):
        return
    if any(isinstance(each, Collection) and CALENDAR in each.types for _, each in walk(node, ())):
        raise Refused(403, "A calendar can't lie in a calendar.", condition_codes.CALENDAR_COLLECTION_LOCATION_OK)


def _check_places(source: Path, target: Path, *, infinite: bool) -> None:
    if source == target:
        raise Refused(403, "The source and the destination are the same resource.")
    if infinite and target[: len(source)] == source:
        raise Refused(403, f"{href(target)} lies in the source; a collection can't be put into itself.")
    if source[: len(target)] == target:
        raise Refused(403, f"{href(target, collection=True)} holds the source, and would be replaced by it.")


class _Move(Struct, frozen=True):
    """One node to bring to a target, where ``there`` stands now; ``needs`` has to be done before."""

    source: Path
    node: Node
    target: Path
    there: Node | None
    needs: tuple[int, ...] = ()


class _Transfer:
    """Makes the steps of one COPY or MOVE; ``place`` puts what has arrived where it is to come."""

    def __init__(self, steps: Steps, place: Callable[[], None], *, moving: bool) -> None:
        self.steps = steps
        self.place = place
        self.draft = steps.draft
        self.moving = moving
        self.verb: Verb = "move" if moving else "copy"

    def add(self, top: _Move) -> None:
        """Add the steps for a node and all below it.

        A MOVE comes back to each collection that it went through, to take it away: ``arrived`` holds,
        for each such, the positions at which its members have arrived.
        """
        self.top = top.target
        arrived: dict[Path, list[int]] = {}
        todo: list[tuple[_Move, bool]] = [(top, False)]
        while todo:
            move, entered = todo.pop()
            refusal = self.steps.refusal(self.verb, move.source)
            questioned = set() if entered or refusal else self._in_question(move)
            if refusal is not None:
                last = self.steps.add(refusal, needs=move.needs)
            elif entered:
                last = self.steps.add(self.steps.removal(self.verb, move.source), needs=arrived.pop(move.source))
            elif isinstance(move.node, Collection) and questioned:
                arrived[move.source] = [self._shape(move, questioned)]
                todo += [(move, True)] if self.moving else []
                todo += [(member, False) for member in reversed(self._members(move, questioned))]
                continue
            else:
                last = self._put(move)
            if self.moving and move is not top:
                arrived[move.source[:-1]].append(last)

    def _in_question(self, move: _Move) -> set[str]:
        """Name the members, of the source or of what is at the target, that have to be gone through one by one."""
        if not isinstance(move.node, Collection):
            return set()
        growth = move.node.weight - (move.there.weight if move.there else 0)
        if not self.draft.has_room(move.target, growth, leaving=move.source if self.moving else None):
            return {*move.node.children, *(move.there.children if isinstance(move.there, Collection) else ())}
        questioned = self.steps.in_question(self.verb, move.target, move.node)
        questioned |= self.steps.in_question(self.verb, move.target, move.there)
        if self.moving:
            return questioned | self.steps.in_question("move", move.source, move.node)
        return questioned | {name for name in self.steps.unmet_in(move.source) if name in move.node.children}

    def _members(self, move: _Move, questioned: set[str]) -> list[_Move]:
        """List the transfers of the members in question, and add the removals of those to be replaced by none."""
        assert isinstance(move.node, Collection), "only a collection is gone through"
        theirs = move.there.children if isinstance(move.there, Collection) else HashTrieMap()
        needs = (self.steps.last,)
        found = []
        for name in sorted(questioned):
            child = move.node.children.get(name)
            if child is not None:
                found.append(_Move((*move.source, name), child, (*move.target, name), theirs.get(name), needs))
            else:
                self.steps.remove((*move.target, name), theirs[name], needs)
        return found

    def _shape(self, move: _Move, questioned: set[str]) -> int:
        """Add the step that makes the target like the source, but for the members in question."""
        shape = Action(Subject(self.verb, move.target), partial(self._make_like, move, questioned))
        if not self.moving:
            return self.steps.add(shape, needs=move.needs)
        leave = Action(Subject("move", move.source), partial(self._leave, move.source, questioned))
        return self.steps.add(leave, shape, needs=move.needs)

    def _leave(self, source: Path, questioned: set[str]) -> None:
        """Take from the source all members but those in question."""
        lock_checks.check_locks(self.steps.exchange, source)
        node = self.draft.get(source)
        assert isinstance(node, Collection), "only a collection is gone through"
        self.draft.replace(source, only_members(node, questioned))

    def _make_like(self, move: _Move, questioned: set[str]) -> bool:
        there, node = self.draft.find(move.target), move.node
        assert isinstance(node, Collection), "only a collection is gone through"
        made = without_locks(without_members(node, questioned))
        assert isinstance(made, Collection), "it was one before"
        if there is not None:
            lock_checks.check_locks(self.steps.exchange, move.target)
        # The order keeps the places of those that are still to come.
        made = replace(made, locks=there.locks if there is not None else (), arrived=self.draft.now, order=node.order)
        if isinstance(there, Collection):
            for name, child in only_members(there, questioned).children.items():
                made = with_child(made, name, child)
        return self._arrive(move, made, new=there is None)

    def _put(self, move: _Move) -> int:
        """Add the step that puts the node, with all below it, in the target's place."""
        needs = move.needs
        # What could refuse to make room goes first: if it does refuse, nothing else is lost for nothing.
        for name in sorted(self.steps.in_question("delete", move.target, move.there)):
            assert isinstance(move.there, Collection), "only a collection has members in question"
            needs = (*needs, self.steps.remove((*move.target, name), move.there.children[name], move.needs))
        put = Action(Subject(self.verb, move.target), partial(self._replace, move))
        if not self.moving:
            return self.steps.add(put, needs=needs)
        # The source goes first, so that a quota over both places is not asked for twice the room.
        return self.steps.add(self.steps.removal(self.verb, move.source), put, needs=needs)

    def _replace(self, move: _Move) -> bool:
        there = self.draft.find(move.target)
        arriving = without_locks(move.node)
        if there is not None:
            lock_checks.check_locks(self.steps.exchange, move.target)
            if not self.moving:
                arriving = replace(arriving, locks=there.locks)  # COPY writes into what is there, lock and all
        if isinstance(arriving, Document):
            arriving = replace(arriving, modified=self.draft.now)
        else:
            arriving = replace(arriving, arrived=self.draft.now)
        if not self.moving:
            arriving = replace(arriving, created=self.draft.now)
        return self._arrive(move, arriving, new=move.there is None)

    def _arrive(self, move: _Move, arriving: Node, *, new: bool) -> bool:
        self.draft.replace(move.target, arriving)
        if move.target == self.top:
            self.place()
        return new


def answer(exchange: OpenExchange) -> Response:
    """Answer 201 or 204, or 207 with what could not be copied or moved."""
    target = headers.destination(exchange.request)
    status = success(exchange, target, range(len(exchange.actions)))
    return partial_answer(exchange, status, [target, exchange.request.path])


def success(exchange: OpenExchange, target: Path, positions: range) -> int:
    """Say with which status the actions at some positions would be answered: 201 if they made the target."""
    pairs = [(exchange.actions[position], exchange.outcomes[position]) for position in positions]
    created = any(
        outcome.value is True
        for action, outcome in pairs
        if isinstance(outcome, Done) and action.subject.path == target
    )
    return 201 if created else 204
