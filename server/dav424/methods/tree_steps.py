"""The steps of DELETE, COPY and MOVE: operations on a tree that can succeed in part.

Each step that may be refused separately is a group, so that the other steps are still done
(RFC 4918 9.6.1, 9.8.3, 9.9.2). A scenario can make all steps one group, all or nothing (RFC 5842 2.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.causes.apply import AlreadyRefused, AnswerAfter, answers_after, refused_members
from dav424.core.batch import Action, Group, Refused
from dav424.core.paths import Path
from dav424.core.subject import Effect, Subject, Verb, members
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock
from dav424.store.slices import in_order, listed
from dav424.store.tree import Collection, Node, find, only_members, walk

if TYPE_CHECKING:
    from dav424.store.draft import Draft

MOST_EFFORT = 1_000_000
"""Steps times their depth, in one request: a few seconds, in which no other request can write."""


def spend(draft: Draft, effort: int) -> None:
    """Add effort to that of a request; refuses with 507 a request that takes too much."""
    draft.effort += effort
    if draft.effort > MOST_EFFORT:
        raise Refused(
            507,
            "This tree has too many members that need a step each. Send several requests, each for a part of the tree.",
        )


class Steps:
    """The steps of a tree operation, in order.

    The operation works on ``node``, at the Request-URI, and writes at or below the paths ``tops``, whose locks are looked up
    once. ``target`` is the ``Destination`` of a COPY or MOVE. Where the causes refuse a member, that is known before the
    first step, too. Where causes answer for a member after it was done, a step of its own raises the answer, and the
    member stays done; the steps that need the member need that step.
    """

    def __init__(
        self,
        exchange: OpenExchange,
        node: Node,
        *tops: Path,
        target: Path | None = None,
        sparing_own: bool = False,
    ) -> None:
        self.exchange = exchange
        self.draft: Draft = exchange.draft
        self._locked = _locked_members(exchange, tops, sparing_own=sparing_own)
        self._steps: list[Group] = []
        self._count = 0
        self._unmet: dict[Path, Refused] = {}
        self._unmet_in: dict[Path, set[str]] = {}
        if conditional_requests.concern_members(exchange):
            self._find_unmet(exchange.request.path, node)
        self._struck, self._answered = _struck_members(exchange, node, target)

    def _find_unmet(self, top: Path, node: Node) -> None:
        """Find the members for which the conditional headers don't hold before the first step."""
        for path, _ in walk(node, top):
            self._spend(len(path))
            refused = conditional_requests.unmet(self.exchange, path)
            if refused is not None:
                self._unmet[path] = refused
                for depth in range(len(path) - 1, len(top) - 1, -1):
                    names = self._unmet_in.setdefault(path[:depth], set())
                    if path[depth] in names:
                        break
                    names.add(path[depth])

    def unmet_in(self, source: Path) -> set[str]:
        """Name the members of a collection that are refused before the first step or answered after theirs.

        A member that has such a descendant is one of them, too.
        """
        depth = len(source)
        met = (*self._struck, *self._answered)
        struck = {path[depth] for path in met if len(path) > depth and path[:depth] == source}
        return struck | self._unmet_in.get(source, set())

    def refusal(self, verb: Verb, source: Path) -> Action | None:
        """Give an action that refuses a resource because of a conditional header or a cause; None if neither refuses it."""
        refused = self._unmet.get(source) or self._struck.get(source)
        return None if refused is None else Action(Subject(verb, source), AlreadyRefused(refused))

    def answered(self, verb: Verb, path: Path, done: int) -> int:
        """Add the step that raises the answer for a resource that is done at a position; gives the position that is last."""
        answer = self._answered.get(path)
        return done if answer is None else self.add(Action(Subject(verb, path), answer), needs=(done,))

    def add(self, *actions: Action, needs: Sequence[int] = ()) -> int:
        """Add one step of actions that are done together or not at all; returns the position of the last."""
        for action in actions:
            self._spend(len(action.subject.path))
        self._steps.append([Action(action.subject, action.run, tuple(needs)) for action in actions])
        self._count += len(actions)
        return self._count - 1

    def _spend(self, depth: int) -> None:
        spend(self.draft, depth + 1)

    @property
    def last(self) -> int:
        """The position of the last action that was added."""
        return self._count - 1

    def groups(self) -> list[Group]:
        """Hand out a group for each step, or one group of all steps if the request is atomic; the steps are then gone."""
        steps, self._steps = self._steps, []
        if self.exchange.is_atomic:
            return [[action for step in steps for action in step]]
        return steps

    def members_to_visit(self, verb: Verb, path: Path, node: Node | None) -> set[str]:
        """Name the members of a collection that may refuse ``verb``, or have a descendant that may.

        They need steps of their own; one step covers all other members.
        """
        if not isinstance(node, Collection):
            return set()
        self._spend(len(path))
        locks = self.draft.locks_on(path) if self.draft.root.locked else []
        if locks and not self._held(locks):
            return set()  # a lock of another user refuses the collection as a whole
        infinite = [lock for lock in locks if lock.infinite]
        barred = bool(infinite) and not self._held(infinite)  # the client holds a lock of depth 0 only
        cause_index = self.exchange.world.cause_index
        struck = verb == "delete" and any(path[: len(top)] == top for top in self._struck)
        by_store = self.draft.may_refuse_member(moving=verb == "move", path=path)
        if barred or struck or by_store or cause_index.may_refuse(verb, path):
            return set(listed(node.children))
        refusing = {below[len(path)] for below in cause_index.paths_refusing(verb, path)}
        names = refusing | self._locked.get(id(node), set()) | self.unmet_in(path)
        return {name for name in names if name in node.children}

    def _held(self, locks: Sequence[Lock]) -> bool:
        return lock_checks.may_write_under(self.exchange, locks)

    def remove(self, top: Path, node: Node, needs: Sequence[int] = ()) -> int:
        """Add the steps that remove a node and its descendants, members before their collections.

        Returns the position of the last, which needs all others.
        """
        positions: dict[Path, int] = {}
        waiting: dict[Path, list[Path]] = {}
        todo: list[tuple[Path, Node]] = [(top, node)]
        while todo:
            path, current = todo[-1]
            to_visit = self.members_to_visit("delete", path, current) if path not in waiting else set()
            if isinstance(current, Collection) and to_visit:
                waiting[path] = [(*path, name) for name in in_order(to_visit)]
                if len(to_visit) < len(current.children):
                    self.add(Action(Subject("delete", path), partial(self._empty, path, to_visit)), needs=needs)
                todo += [(member, current.children[member[-1]]) for member in reversed(waiting[path])]
                continue
            todo.pop()
            members = [positions[member] for member in waiting.get(path, ())]
            removal = self.refusal("delete", path) or self.removal("delete", path)
            positions[path] = self.answered("delete", path, self.add(removal, needs=[*needs, *members]))
        return positions[top]

    def _empty(self, path: Path, to_visit: set[str]) -> Effect:
        """Remove all members of a collection except those with steps of their own."""
        lock_checks.check_locks(self.exchange, path)
        node = self.draft.get(path)
        assert isinstance(node, Collection), "only a collection is emptied"
        self.draft.replace(path, replace(only_members(node, to_visit), modified=self.draft.now))
        return Effect(members=[members("delete", node.children, to_visit)], members_only=True)

    def removal(self, verb: Verb, path: Path) -> Action:
        """Give an action that removes the node at a path and its descendants, or refuses because of a lock."""
        return Action(Subject(verb, path), partial(self._remove, path))

    def withdrawal(self, path: Path) -> Action:
        """Give the action of a MOVE that removes a node which the next action puts at its target, or refuses."""
        return Action(Subject("move", path), partial(self._withdraw, path))

    def _remove(self, path: Path) -> None:
        lock_checks.check_locks(self.exchange, path, path[:-1])
        self.draft.delete(path)

    def _withdraw(self, path: Path) -> None:
        lock_checks.check_locks(self.exchange, path, path[:-1])
        self.draft.withdraw(path)


def _struck_members(
    exchange: OpenExchange, node: Node, target: Path | None
) -> tuple[dict[Path, Refused], dict[Path, AnswerAfter]]:
    """Find the members that the causes refuse, and those that they answer for after these were done.

    They are below the Request-URI, or the target has or will get them.
    """
    context, top = exchange.cause_context, exchange.request.path

    def of_source(path: Path) -> bool:
        return find(node, path[len(top) :]) is not None

    def of_target(path: Path) -> bool:
        assert target is not None, "only a COPY or MOVE has one"
        return exchange.draft.find(path) is not None or find(node, path[len(target) :]) is not None

    struck, answered = refused_members(context, top, of_source), answers_after(context, top, of_source)
    if target is not None:
        struck |= refused_members(context, target, of_target, at_destination=True)
        answered |= answers_after(context, target, of_target, at_destination=True)
    return struck, answered


def _locked_members(exchange: OpenExchange, tops: Sequence[Path], *, sparing_own: bool) -> dict[int, set[str]]:
    """Give, by the ``id()`` of a collection, the names of its members that have a relevant lock or contain one.

    Only branches with locks are visited. A lock whose token the client sent refuses nothing. It is relevant only
    with ``sparing_own``, because COPY keeps the locks of the resources that it overwrites.
    """
    locked: dict[int, set[str]] = {}
    for top in tops:
        node = exchange.draft.find(top)
        branch: list[tuple[Node, int, str]] = [(node, -1, "")] if node is not None and node.locked else []
        for position, (member, _, _) in enumerate(branch):
            if isinstance(member, Collection):
                branch.extend((member.children[name], position, name) for name in member.locked_children)
        for member, parent, name in reversed(branch):
            alive = [lock for lock in member.locks if lock.alive(exchange.draft.now)]
            own = lock_checks.may_write_under(exchange, alive)
            if parent >= 0 and ((alive and (sparing_own or not own)) or id(member) in locked):
                locked.setdefault(id(branch[parent][0]), set()).add(name)
    return locked
