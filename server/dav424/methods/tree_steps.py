"""What DELETE, COPY and MOVE have in common: a tree operation that may be done in part.

Every step that could be refused by itself is a group of its own, so that the rest is finished
(RFC 4918 9.6.1, 9.8.3, 9.9.2). A scenario can make it one group, all or nothing (RFC 5842 2.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core.batch import Action, Failed, Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import Rule
from dav424.core.paths import Path
from dav424.core.subject import Subject, Verb
from dav424.dav import headers, multistatus
from dav424.dav.multistatus import error_response
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock
from dav424.store.tree import Collection, Node, only_members, walk

if TYPE_CHECKING:
    from dav424.store.draft import Draft

ATOMIC_RULE: Rule = ("The scenario makes this operation atomic: all or nothing.", "RFC 5842 2.4")
MOST_EFFORT = 1_000_000
"""Steps times their depth, for all that is done in one turn: a few seconds, in which nobody else can write."""


class Steps:
    """The steps of a tree operation, in the order in which they are to be taken.

    ``node`` is what it works on, ``tops`` are the paths that it writes below; what is locked there is looked up once.
    """

    def __init__(self, exchange: OpenExchange, node: Node, *tops: Path, sparing_own: bool = False) -> None:
        self.exchange = exchange
        self.draft: Draft = exchange.draft
        self._locked = _locked_members(exchange, tops, sparing_own=sparing_own)
        self._steps: list[Group] = []
        self._count = 0
        self._unmet: dict[Path, Refused] = {}
        self._unmet_in: dict[Path, set[str]] = {}
        if conditional_requests.concern_members(exchange):
            self._find_unmet(exchange.request.path, node)

    def _find_unmet(self, top: Path, node: Node) -> None:
        """Find the members for which the conditional headers don't hold, as things stand before the first step."""
        for path, _ in walk(node, top):
            self._spend(len(path))
            refused = conditional_requests.unmet(self.exchange, path)
            if refused is not None:
                self._unmet[path] = refused
                for depth in range(len(path) - 1, len(top) - 1, -1):
                    named = self._unmet_in.setdefault(path[:depth], set())
                    if path[depth] in named:
                        break
                    named.add(path[depth])

    def unmet_in(self, source: Path) -> set[str]:
        """Name the members of a collection for which, or below which, a conditional header doesn't hold."""
        return self._unmet_in.get(source, set())

    def refusal(self, verb: Verb, source: Path) -> Action | None:
        """Make the action that stands for work on what a conditional header doesn't hold for; None elsewhere."""
        refused = self._unmet.get(source)
        return None if refused is None else Action(Subject(verb, source), partial(_refuse, refused))

    def add(self, *actions: Action, needs: Sequence[int] = ()) -> int:
        """Add one step, of actions that are done together or not at all; gives the last one's position."""
        for action in actions:
            self._spend(len(action.subject.path))
        self._steps.append([Action(action.subject, action.run, tuple(needs)) for action in actions])
        self._count += len(actions)
        return self._count - 1

    def _spend(self, depth: int) -> None:
        self.draft.effort += depth + 1
        if self.draft.effort > MOST_EFFORT:
            raise Refused(507, "Too much in too deep a tree has to be gone through one by one; take a part of it.")

    @property
    def last(self) -> int:
        """The position of the last action so far."""
        return self._count - 1

    def groups(self) -> list[Group]:
        """Hand the steps out, each as a group of its own, or all of them as one if the world is atomic."""
        steps, self._steps = self._steps, []
        if self.exchange.world.blueprint.atomic:
            return [[action for step in steps for action in step]]
        return steps

    def in_question(self, verb: Verb, path: Path, node: Node | None) -> set[str]:
        """Name the members of a collection that something at or below them could refuse ``verb`` for.

        They have to be gone through one by one; all others can be dealt with in one go.
        """
        if not isinstance(node, Collection):
            return set()
        self._spend(len(path))
        locks = self.draft.locks_on(path) if self.draft.root.locked else []
        if locks and not self._held(locks):
            return set()  # what is locked by somebody else stays whole: it is refused by itself
        infinite = [lock for lock in locks if lock.infinite]
        barred = bool(infinite) and not self._held(infinite)  # the client's own lock is on the collection alone
        cause_index = self.exchange.world.cause_index
        if barred or cause_index.may_refuse(verb, path):
            return set(node.children)
        spoken_of = {spot[len(path)] for spot in cause_index.paths_refusing(verb, path)}
        named = spoken_of | self._locked.get(id(node), set()) | self.unmet_in(path)
        return {name for name in named if name in node.children}

    def _held(self, locks: Sequence[Lock]) -> bool:
        return lock_checks.holds_one_of(locks, self.exchange.tokens, self.exchange.request.user)

    def remove(self, top: Path, node: Node, needs: Sequence[int] = ()) -> int:
        """Add the steps that remove a node and what is below it, members before their collections.

        Gives the position of the last, which needs all the others.
        """
        positions: dict[Path, int] = {}
        waiting: dict[Path, list[Path]] = {}
        todo: list[tuple[Path, Node]] = [(top, node)]
        while todo:
            path, here = todo[-1]
            questioned = self.in_question("delete", path, here) if path not in waiting else set()
            if isinstance(here, Collection) and questioned:
                waiting[path] = [(*path, name) for name in sorted(questioned)]
                if len(questioned) < len(here.children):
                    self.add(Action(Subject("delete", path), partial(self._empty, path, questioned)), needs=needs)
                todo += [(member, here.children[member[-1]]) for member in reversed(waiting[path])]
                continue
            todo.pop()
            members = [positions[member] for member in waiting.get(path, ())]
            removal = self.refusal("delete", path) or self.removal("delete", path)
            positions[path] = self.add(removal, needs=[*needs, *members])
        return positions[top]

    def _empty(self, path: Path, questioned: set[str]) -> None:
        """Remove all members of a collection but those in question."""
        lock_checks.check_locks(self.exchange, path)
        node = self.draft.get(path)
        assert isinstance(node, Collection), "only a collection is emptied"
        self.draft.replace(path, replace(only_members(node, questioned), modified=self.draft.now))

    def removal(self, verb: Verb, path: Path) -> Action:
        """Make the action that removes a node and all below it, if its locks allow."""
        return Action(Subject(verb, path), partial(self._remove, path))

    def _remove(self, path: Path) -> None:
        lock_checks.check_locks(self.exchange, path, path[:-1])
        self.draft.delete(path)


def _refuse(refused: Refused) -> None:
    raise refused


def _locked_members(exchange: OpenExchange, tops: Sequence[Path], *, sparing_own: bool) -> dict[int, set[str]]:
    """Say for collections, by identity, which of their members have locks that matter on them or below.

    Only branches with locks are visited. A lock of the client's own, whose token it sent, is in nobody's
    way; it matters only where it is to be ``spared``, as COPY spares the locks of what it writes into.
    """
    found: dict[int, set[str]] = {}
    for top in tops:
        node = exchange.draft.find(top)
        branch: list[tuple[Node, int, str]] = [(node, -1, "")] if node is not None and node.locked else []
        for position, (here, _, _) in enumerate(branch):
            if isinstance(here, Collection):
                branch.extend((here.children[name], position, name) for name in here.locked_children)
        for here, parent, name in reversed(branch):
            alive = [lock for lock in here.locks if lock.alive(exchange.draft.now)]
            own = lock_checks.holds_one_of(alive, exchange.tokens, exchange.request.user)
            if parent >= 0 and ((alive and (sparing_own or not own)) or id(here) in found):
                found.setdefault(id(branch[parent][0]), set()).add(name)
    return found


def partial_answer(exchange: OpenExchange, success: int, roots: Sequence[Path]) -> Response:
    """Answer with ``success``, or 207 with what refused; what depended on that is left unsaid.

    A refusal of one of the ``roots`` alone is the answer itself, and so is the first refusal of an
    atomic operation, of which nothing was done.
    """
    refused = refusals(exchange, range(len(exchange.actions)))
    if not refused:
        return Response(success)
    path, outcome = refused[0]
    if exchange.world.blueprint.atomic or (len(refused) == 1 and path in roots):
        return error_response(outcome, exchange.request.base)
    return multistatus_of(exchange, refused)


def refusals(exchange: OpenExchange, positions: range) -> list[tuple[Path, Failed]]:
    """List which of the actions at some positions refused, with their paths."""
    pairs = [(exchange.actions[position].subject.path, exchange.outcomes[position]) for position in positions]
    return [(path, outcome) for path, outcome in pairs if isinstance(outcome, Failed)]


def multistatus_of(exchange: OpenExchange, refused: Iterable[tuple[Path, Failed]]) -> Response:
    """Answer 207 with what refused."""
    base = exchange.request.base
    said = "".join(
        multistatus.resource_response(base, exchange.draft.href_of(path), each.status, each.condition, each.detail)
        for path, each in refused
    )
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], multistatus.document("{DAV:}multistatus", said))


def part_refusals(exchange: OpenExchange) -> dict[Path, Failed]:
    """Say what refused in the parts of a batch, each path once.

    What the part alone would be answered with, and not with a 207, is said of its own path.
    """
    found: dict[Path, Failed] = {}
    for part in exchange.parts:
        own = part.request.path
        roots = [own, headers.destination(part.request)] if "destination" in part.request.headers else [own]
        for path, outcome in refusals(exchange, part.positions):
            found.setdefault(own if path in roots else path, outcome)
    return found
