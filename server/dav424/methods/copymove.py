"""COPY and MOVE (RFC 4918 9.8, 9.9): collections first. A member needs its collection.

                        destination unmapped  destination is a collection    destination is a document
    source document     write it              remove that, then write it     replace it
    source collection   write it              make it like the source,       replace it
                                              then member by member

If no resource at the destination, or at the source of a MOVE, may refuse, one step writes a whole subtree of
any size. A MOVE removes its source after all members have arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from rpds import HashTrieMap

from dav424.core.batch import Action, Done, Group, Refused
from dav424.core.message import Response
from dav424.core.paths import Path, href
from dav424.core.subject import MOST_MEMBERS_SORTED, Effect, Members, Subject, members
from dav424.dav import headers
from dav424.methods import object_rules
from dav424.methods.failure_answers import partial_answer
from dav424.methods.mkcol import LOCATED, located
from dav424.methods.tree_steps import Steps, spend
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.slices import in_order, listed
from dav424.store.tree import (
    Collection,
    Document,
    Node,
    distinct,
    only_members,
    with_child,
    without_locks,
    without_members,
)

if TYPE_CHECKING:
    from dav424.core.subject import Verb


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan a group for each step that may be refused separately."""
    request, draft = exchange.request, exchange.draft
    source = request.path
    node = exchange.target()
    moving = request.method == "MOVE"
    depth = headers.depth(request, *(["infinity"] if moving and isinstance(node, Collection) else ["0", "infinity"]))
    overwrite = headers.overwrite(request)
    target, slash = headers.destination_and_slash(request)
    _check_places(source, target, infinite=depth == headers.INFINITY)
    _check_locations(exchange, node, target)
    draft.parent(target)
    conditional_requests.check(exchange)
    existing = draft.find(target)
    if existing is not None and not overwrite:
        raise Refused(
            412, f"{href(target)} exists, and the request has Overwrite: F. Send Overwrite: T to replace the resource."
        )
    if existing is None and slash and isinstance(node, Document):
        raise Refused(
            409,
            f"The Destination {href(target, collection=True)} ends in a slash, and the source is a document. "
            "Send the Destination without the slash.",
        )
    position = headers.position(request)
    draft.check_place(target, position)
    written = [target] if existing is not None else []
    if existing is None or moving or position:
        written.append(target[:-1])
    lock_checks.check_locks(exchange, *written, *([source, source[:-1]] if moving else []))
    if isinstance(node, Document):
        leaving = source if moving else None
        object_rules.check_document(exchange, target, node.content, node.content_type, leaving)
    if depth == 0 and isinstance(node, Collection):
        node = only_members(node, ())
    if not moving:
        node = without_locks(node)
    steps = Steps(exchange, node, target, *([source] if moving else []), target=target, sparing_own=not moving)
    place = partial(draft.place, target, position)
    _TransferPlanner(steps, place, moving=moving).add(_Transfer(source, node, target, existing))
    return steps.groups()


def _check_locations(exchange: OpenExchange, node: Node, target: Path) -> None:
    """Refuse to put a calendar into another, or an address book into another (RFC 4791 4.2, RFC 6352 5.2)."""
    around = {name for each in exchange.draft.lineage(target[:-1]) for name in _types(each)}.intersection(LOCATED)
    if not around:
        return
    for member in distinct(node):
        spend(exchange.draft, 1)
        for name in around.intersection(_types(member)):
            raise located(name)


def _types(node: Node) -> tuple[str, ...]:
    return node.types if isinstance(node, Collection) else ()


def _check_places(source: Path, target: Path, *, infinite: bool) -> None:
    if source == target:
        raise Refused(403, f"The Destination is the source, {href(source)}. Send another Destination.")
    if infinite and target[: len(source)] == source:
        raise Refused(
            403, f"The Destination {href(target)} is inside the source {href(source)}. Send another Destination."
        )
    if source[: len(target)] == target:
        raise Refused(
            403,
            f"The Destination {href(target, collection=True)} contains the source {href(source)}. "
            "Send another Destination.",
        )


class _Transfer(Struct, frozen=True):
    """One node to copy or move to a target, where ``existing`` is now; it needs the actions at positions ``needs``."""

    source: Path
    node: Node
    target: Path
    existing: Node | None
    needs: tuple[int, ...] = ()


class _TransferPlanner:
    """Plans the steps of one COPY or MOVE; ``place`` gives the target its position in an ordered collection."""

    def __init__(self, steps: Steps, place: Callable[[], None], *, moving: bool) -> None:
        self.steps = steps
        self.place = place
        self.draft = steps.draft
        self.moving = moving
        self.verb: Verb = "move" if moving else "copy"

    def add(self, top: _Transfer) -> None:
        """Add the steps for a node and its descendants.

        A MOVE removes each collection after its members. ``arrived`` holds, for each collection, the positions of
        the steps that bring its members to the target.
        """
        self.top = top.target
        arrived: dict[Path, list[int]] = {}
        todo: list[tuple[_Transfer, bool]] = [(top, False)]
        while todo:
            transfer, entered = todo.pop()
            refusal = self.steps.refusal(self.verb, transfer.source) or self.steps.refusal(self.verb, transfer.target)
            to_visit = set() if entered or refusal else self._members_to_visit(transfer)
            if refusal is not None:
                last = self.steps.add(refusal, needs=transfer.needs)
            elif entered and self.moving:
                removal = self.steps.removal(self.verb, transfer.source)
                last = self._answered(transfer, self.steps.add(removal, needs=arrived.pop(transfer.source)))
            elif entered:
                last = self._answered(transfer, *arrived.pop(transfer.source))
            elif isinstance(transfer.node, Collection) and to_visit:
                arrived[transfer.source] = [self._add_merge(transfer, to_visit)]
                todo.append((transfer, True))
                todo += [(member, False) for member in reversed(self._members(transfer, to_visit))]
                continue
            else:
                last = self._answered(transfer, self._add_replacement(transfer))
            if self.moving and transfer is not top:
                arrived[transfer.source[:-1]].append(last)

    def _answered(self, transfer: _Transfer, done: int) -> int:
        """Add the steps in which causes answer for the source and for the target of a transfer that is done."""
        for path in (transfer.source, transfer.target):
            done = self.steps.answered(self.verb, path, done)
        return done

    def _members_to_visit(self, transfer: _Transfer) -> set[str]:
        """Name the members, of the source or of the existing target, that need steps of their own."""
        node, existing = transfer.node, transfer.existing
        if not isinstance(node, Collection):
            return set()
        growth = node.weight - (existing.weight if existing else 0)
        if not self.draft.has_room(transfer.target, growth, leaving=transfer.source if self.moving else None):
            return set(listed(node.children)).union(
                listed(existing.children) if isinstance(existing, Collection) else ()
            )
        to_visit = self.steps.members_to_visit(self.verb, transfer.target, node)
        to_visit |= self.steps.members_to_visit(self.verb, transfer.target, existing)
        if self.moving:
            to_visit |= self.steps.members_to_visit("move", transfer.source, node)
        else:
            to_visit |= {name for name in self.steps.unmet_in(transfer.source) if name in node.children}
        if to_visit and self.draft.may_refuse_member(moving=False, path=transfer.target):
            return set(listed(node.children)).union(
                listed(existing.children) if isinstance(existing, Collection) else ()
            )
        return to_visit

    def _members(self, transfer: _Transfer, to_visit: set[str]) -> list[_Transfer]:
        """List the transfers of these members; add the removals of those that only the target has."""
        assert isinstance(transfer.node, Collection), "only a collection has members"
        existing = transfer.existing.children if isinstance(transfer.existing, Collection) else HashTrieMap()
        needs = (self.steps.last,)
        members = []
        for name in in_order(to_visit):
            child, target = transfer.node.children.get(name), (*transfer.target, name)
            if child is not None:
                members.append(_Transfer((*transfer.source, name), child, target, existing.get(name), needs))
            else:
                self.steps.remove(target, existing[name], needs)
        return members

    def _add_merge(self, transfer: _Transfer, to_visit: set[str]) -> int:
        """Add the step that makes the target like the source, except for the members with steps of their own."""
        merge = Action(Subject(self.verb, transfer.target), partial(self._merge, transfer, to_visit))
        if not self.moving:
            return self.steps.add(merge, needs=transfer.needs)
        leave = Action(Subject("move", transfer.source), partial(self._leave, transfer.source, to_visit))
        return self.steps.add(leave, merge, needs=transfer.needs)

    def _leave(self, source: Path, to_visit: set[str]) -> Effect:
        """Remove all members from the source except those with steps of their own."""
        lock_checks.check_locks(self.steps.exchange, source)
        node = self.draft.get(source)
        assert isinstance(node, Collection), "only a collection has members"
        self.draft.replace(source, replace(only_members(node, to_visit), modified=self.draft.now))
        return Effect(members=[members("move", node.children, to_visit)], members_only=True)

    def _merge(self, transfer: _Transfer, to_visit: set[str]) -> Effect:
        existing, node = self.draft.find(transfer.target), transfer.node
        assert isinstance(node, Collection), "only a collection has members"
        merged = without_locks(without_members(node, to_visit))
        assert isinstance(merged, Collection), "the node is a collection"
        if existing is not None:
            lock_checks.check_locks(self.steps.exchange, transfer.target)
        locks = existing.locks if existing is not None else ()
        # The order keeps the places of the members that later steps add.
        merged = replace(merged, locks=locks, arrived=self.draft.now, order=node.order)
        if isinstance(existing, Collection):
            for name, child in only_members(existing, to_visit).children.items():
                merged = with_child(merged, name, child)
        self._store(transfer, merged)
        return Effect(existing is None, self._merged_members(node, existing, to_visit))

    def _merged_members(self, node: Collection, existing: Node | None, to_visit: set[str]) -> list[Members]:
        """Say which members a merge created, replaced and removed."""
        if not isinstance(existing, Collection) or len(node.children) + len(existing.children) > MOST_MEMBERS_SORTED:
            return [members(self.verb, node.children, to_visit, created=not isinstance(existing, Collection))]
        old = set(listed(existing.children))
        return [
            members(self.verb, set(listed(node.children)) - old, to_visit, created=True),
            members(self.verb, old.intersection(node.children), to_visit),
            members("delete", old.difference(node.children), to_visit),
        ]

    def _add_replacement(self, transfer: _Transfer) -> int:
        """Add the step that puts the node, with its descendants, in the place of the target."""
        needs = transfer.needs
        # Members that may refuse their removal go first: if one does refuse, the others are not removed in vain.
        for name in in_order(self.steps.members_to_visit("delete", transfer.target, transfer.existing)):
            assert isinstance(transfer.existing, Collection), "only a collection has members"
            member = transfer.existing.children[name]
            needs = (*needs, self.steps.remove((*transfer.target, name), member, transfer.needs))
        replacement = Action(Subject(self.verb, transfer.target), partial(self._replace, transfer))
        if not self.moving:
            return self.steps.add(replacement, needs=needs)
        # The source goes first: a quota over source and target must not count both.
        return self.steps.add(self.steps.withdrawal(transfer.source), replacement, needs=needs)

    def _replace(self, transfer: _Transfer) -> Effect:
        existing = self.draft.find(transfer.target)
        arriving = without_locks(transfer.node)
        if existing is not None:
            lock_checks.check_locks(self.steps.exchange, transfer.target)
            if not self.moving:
                arriving = replace(arriving, locks=existing.locks)  # COPY keeps the locks of the resource it overwrites
        if isinstance(arriving, Document):
            arriving = replace(arriving, modified=self.draft.now)
        else:
            arriving = replace(arriving, arrived=self.draft.now)
        if not self.moving:
            arriving = replace(arriving, created=self.draft.now)
        self._store(transfer, arriving)
        return Effect(created=transfer.existing is None)

    def _store(self, transfer: _Transfer, node: Node) -> None:
        self.draft.replace(transfer.target, node, another=True)
        if transfer.target == self.top:
            self.place()


def answer(exchange: OpenExchange) -> Response:
    """Answer 201 with the URL of the new resource (RFC 9110 15.3.2), or 204, or 207 with the resources that could not be copied or moved."""
    target = headers.destination(exchange.request)
    status = success(exchange, target, range(len(exchange.actions)))
    response = partial_answer(exchange, status, [target, exchange.request.path])
    if response.status != 201:
        return response
    location = ("Location", exchange.request.base.url(exchange.draft.href_of(target)))
    return Response(201, [location])


def success(exchange: OpenExchange, target: Path, positions: range) -> int:
    """Give the status for the success of the actions at ``positions``: 201 if they created the target, else 204."""
    pairs = [(exchange.actions[position], exchange.outcomes[position]) for position in positions]
    created = any(
        isinstance(outcome.value, Effect) and outcome.value.created
        for action, outcome in pairs
        if isinstance(outcome, Done) and action.subject.path == target
    )
    return 201 if created else 204
