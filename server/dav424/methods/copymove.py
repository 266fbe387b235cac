"""COPY and MOVE (RFC 4918 9.8, 9.9): root first; a member needs its collection.

                        destination empty     destination is a collection    else
    source document     put it                remove that, then put it       put it
    source collection   put it                make it like the source,       put it
                                              then member by member

Where nothing at the destination, or at the source of a MOVE, could refuse, a whole subtree is put in
one step, whatever its size. A MOVE takes its source away when all of it has arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from rpds import HashTrieMap

from dav424 import headers, preconditions
from dav424.batch import Action, Done, Group, Refused
from dav424.exchange import Exchange, Response
from dav424.label import Label
from dav424.methods.tree_steps import Steps, partial_answer
from dav424.tree import Collection, Document, Node, Path, href, without_locks

if TYPE_CHECKING:
    from dav424.label import Verb


def plan(exchange: Exchange) -> Sequence[Group]:
    """Make a group of each step that could be refused by itself."""
    request, draft = exchange.request, exchange.draft
    source = request.path
    node = draft.get(source)
    if request.slash and isinstance(node, Document):
        raise Refused(404, f"{href(source)} is a document; name it without the slash at the end.")
    moving = request.method == "MOVE"
    depth = headers.depth(request, *(["infinity"] if moving and isinstance(node, Collection) else ["0", "infinity"]))
    overwrite = headers.overwrite(request)
    target = headers.destination(request)
    _check_places(source, target)
    draft.parent(target)
    preconditions.check(exchange)
    there = draft.find(target)
    if there is not None and not overwrite:
        raise Refused(412, f"There is something at {href(target)}, and Overwrite is F.")
    writes = [target] if there is not None else [target[:-1]]
    if there is not None and moving:
        writes.append(target[:-1])
    preconditions.check_locks(exchange, *writes, *([source, source[:-1]] if moving else []))
    if depth == 0 and isinstance(node, Collection):
        node = shell_of(node)
    steps = Steps(exchange)
    _Transfer(steps, moving=moving).add(_Move(source, node, target, there))
    return steps.groups()


def _check_places(source: Path, target: Path) -> None:
    if source == target:
        raise Refused(403, "The source and the destination are the same resource.")
    if target[: len(source)] == source:
        raise Refused(403, f"{href(target)} lies in the source; a collection can't be put into itself.")
    if source[: len(target)] == target:
        raise Refused(403, f"{href(target, collection=True)} holds the source, and would be replaced by it.")


@dataclass(frozen=True, slots=True)
class _Move:
    """One node to bring to a target, where ``there`` stands now; ``needs`` has to be done before."""

    source: Path
    node: Node
    target: Path
    there: Node | None
    needs: tuple[int, ...] = ()


class _Transfer:
    """Makes the steps of one COPY or MOVE."""

    def __init__(self, steps: Steps, *, moving: bool) -> None:
        self.steps = steps
        self.draft = steps.draft
        self.moving = moving
        self.verb: Verb = "move" if moving else "copy"

    def add(self, top: _Move) -> None:
        """Add the steps for a node and all below it.

        A MOVE comes back to each collection that it went through, to take it away: ``arrived`` holds,
        for each such, the positions at which its members have arrived.
        """
        arrived: dict[Path, list[int]] = {}
        todo: list[tuple[_Move, bool]] = [(top, False)]
        while todo:
            move, entered = todo.pop()
            if entered:
                last = self.steps.add(self.steps.removal(self.verb, move.source), needs=arrived.pop(move.source))
            elif isinstance(move.node, Collection) and self._obstructed(move):
                arrived[move.source] = [self._shape(move)]
                todo += [(move, True)] if self.moving else []
                todo += [(member, False) for member in reversed(self._members(move, arrived[move.source]))]
                continue
            else:
                last = self._put(move)
            if self.moving and move is not top:
                arrived[move.source[:-1]].append(last)

    def _obstructed(self, move: _Move) -> bool:
        """Say whether the node has to be gone through member by member."""
        growth = move.node.weight - (move.there.weight if move.there else 0)
        return (
            self.steps.obstructed(self.verb, move.target, move.there)
            or (self.moving and self.steps.obstructed(self.verb, move.source, move.node))
            or not self.draft.has_room(move.target, growth, leaving=move.source if self.moving else None)
        )

    def _members(self, move: _Move, needs: list[int]) -> list[_Move]:
        """List the transfers of a collection's members, and add the removals of those to be replaced by none."""
        assert isinstance(move.node, Collection), "only a collection is gone through"
        theirs = move.there.children if isinstance(move.there, Collection) else {}
        for name in sorted(set(theirs) - set(move.node.children)):
            self.steps.remove((*move.target, name), theirs[name], needs)
        return [
            _Move((*move.source, name), child, (*move.target, name), theirs.get(name), tuple(needs))
            for name, child in move.node.members()
        ]

    def _shape(self, move: _Move) -> int:
        """Add the step that makes the target a collection like the source, with the members it has."""
        shape = Action(Label(self.verb, move.target), partial(self._make_like, move))
        if not self.moving:
            return self.steps.add(shape, needs=move.needs)
        may_leave = Action(
            Label("move", move.source), partial(preconditions.check_locks, self.steps.exchange, move.source)
        )
        return self.steps.add(may_leave, shape, needs=move.needs)

    def _make_like(self, move: _Move) -> bool:
        there, node = move.there, move.node
        assert isinstance(node, Collection), "only a collection is gone through"
        shell = shell_of(node)
        if there is not None:
            preconditions.check_locks(self.steps.exchange, move.target)
            shell = replace(shell, locks=() if self.moving else there.locks)
        if isinstance(there, Collection):
            kept = self.draft.get(move.target)
            assert isinstance(kept, Collection), "nothing replaced it meanwhile"
            shell = replace(
                shell,
                children=kept.children,
                weight=shell.weight + kept.weight - shell_of(kept).weight,
                locked_below=kept.locked_below,
                quota=kept.quota,
            )
        self.draft.replace(move.target, shell)
        return there is None

    def _put(self, move: _Move) -> int:
        """Add the step that puts the node, with all below it, in the target's place."""
        needs = move.needs
        if isinstance(move.there, Collection) and self.steps.obstructed("delete", move.target, move.there):
            needs = (*needs, self.steps.remove(move.target, move.there, needs))
        put = Action(Label(self.verb, move.target), partial(self._replace, move))
        if not self.moving:
            return self.steps.add(put, needs=needs)
        # The source goes first, so that a quota over both places is not asked for twice the room.
        return self.steps.add(self.steps.removal(self.verb, move.source), put, needs=needs)

    def _replace(self, move: _Move) -> bool:
        there = self.draft.find(move.target)
        if there is not None:
            preconditions.check_locks(self.steps.exchange, move.target)
        arriving = without_locks(move.node)
        if there is not None and not self.moving:
            arriving = replace(arriving, locks=there.locks)  # COPY writes into what is there, lock and all
        if isinstance(arriving, Document):
            arriving = replace(arriving, modified=self.draft.now)
        self.draft.replace(move.target, arriving)
        return move.there is None


def shell_of(node: Collection) -> Collection:
    """Give a collection without its members and locks; what it weighs itself it keeps."""
    inside = sum(child.weight for child in node.children.values())
    return replace(node, children=HashTrieMap(), weight=node.weight - inside, locks=(), locked_below=0)


def answer(exchange: Exchange) -> Response:
    """Answer 201 or 204, or 207 with what could not be copied or moved."""
    target = headers.destination(exchange.request)
    created = any(
        outcome.value is True
        for action, outcome in zip(exchange.actions, exchange.outcomes, strict=True)
        if isinstance(outcome, Done) and action.label.path == target
    )
    return partial_answer(exchange, 201 if created else 204, [target, exchange.request.path])
