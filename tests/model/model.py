"""A WebDAV tree as RFC 4918 describes it, of plain dicts and sets: what the server is compared with.

It knows nothing of the server. Paths are tuples of names from the root, which is ``()``. Where the RFC
leaves the order of checks open, the order is: 404, 405, 409; then 412; then 423.

A tree operation that could be done in part is worked out resource by resource: ``Rights.step`` says
whether one step may be taken and, if not, whom the answer may blame for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Path = tuple[str, ...]
Instruction = tuple[str, str | None]
"""A property and the value to be set, or None to remove it."""


@dataclass(frozen=True)
class Lock:
    """A write lock. ``foreign`` is somebody else's, whose token is of no use to the client."""

    token: str
    root: Path
    exclusive: bool
    infinite: bool
    owner: str | None = None
    expires: float | None = None
    foreign: bool = False


@dataclass(frozen=True)
class If:
    """An ``If`` header: lists of (negated, token), each about a resource, or the Request-URI for None."""

    lists: Sequence[tuple[Path | None, Sequence[tuple[bool, str]]]] = ()

    @property
    def tokens(self) -> set[str]:
        """What is submitted, wherever it stands (10.4.1)."""
        return {token for _, conditions in self.lists for _, token in conditions}


@dataclass
class Failing:
    """A store that fails to write at a path and below, or ``alone`` at the path: always, or the ``nth`` time only."""

    path: Path
    status: int
    nth: int | None = None
    alone: bool = False
    writes: int = 0

    def strikes(self, path: Path) -> bool:
        """Count a write, and say whether it fails."""
        if not below(path, self.path) or (self.alone and path != self.path):
            return False
        self.writes += 1
        return self.nth is None or self.writes == self.nth


@dataclass
class Verdict:
    """What an answer must be: one of ``statuses``, or a report of what couldn't be done.

    ``blamed`` are the resources that a report may name, with the statuses that fit; of each set of
    ``owed`` it must name one. A failure of one of the ``tops`` alone is the answer's own status.
    """

    statuses: set[int]
    blamed: dict[Path, set[int]] = field(default_factory=dict)
    owed: list[set[Path]] = field(default_factory=list)
    tops: tuple[Path, ...] = ()

    def complaint(self, status: int, said: dict[Path, int]) -> str:
        """Say what is wrong with an answer, or nothing."""
        if not self.owed:
            return "" if status in self.statuses and not said else f"expected {self.statuses} and no report"
        if status == 207:
            if len(said) == 1 and set(said) <= set(self.tops):
                return "a report about the Request-URI or the destination alone"
            return self._unfair(said)
        return "" if any(not self._unfair({top: status}) for top in self.tops) else f"expected a report as {self}"

    def _unfair(self, said: dict[Path, int]) -> str:
        for path, status in said.items():
            if status not in self.blamed.get(path, set()):
                return f"{path} {status} is blamed, and the possible causes are {self.blamed}"
        silent = [causes for causes in self.owed if not causes & set(said)]
        return f"nothing is said of {silent}" if silent else ""


class Rights:
    """What one tree operation may do, by the locks and the states as they were when it began."""

    def __init__(self, model: Model, top: Path, sent: If, failing: Failing | None) -> None:
        self._locks = {path: model.covering(path) for path in model.everything()}
        self._tokens = sent.tokens
        self._failing = failing
        self._unmet = {path for path in model.everything() if below(path, top) and not model.holds(path, sent)}
        self.blamed: dict[Path, set[int]] = {}
        self.owed: list[set[Path]] = []

    def locked(self, path: Path) -> bool:
        """Say whether it is locked, and not by the client."""
        return not held(self._locks.get(path, []), self._tokens)

    def step(self, *touched: tuple[Path, Iterable[Path]], source: Path | None = None) -> bool:
        """Say whether a step can be taken: each is a path to write, and all whose locks stand in the way.

        ``source`` is what the step works on, where ``If`` has to hold.
        """
        causes: dict[Path, set[int]] = {source: {412}} if source is not None and source in self._unmet else {}
        for path, guarded in touched:
            if self._failing is not None and self._failing.strikes(path):
                causes.setdefault(path, set()).add(self._failing.status)
            for locked in guarded:
                if not held(self._locks.get(locked, []), self._tokens):
                    causes.setdefault(path, set()).add(423)
                    causes.setdefault(locked, set()).add(423)
        for path, statuses in causes.items():
            self.blamed.setdefault(path, set()).update(statuses)
        if causes:
            self.owed.append(set(causes))
        return not causes


class Model:
    """The tree and its locks, at the time ``now``."""

    def __init__(self, documents: dict[Path, bytes], protected: Iterable[str]) -> None:
        self.documents = dict(documents)
        self.collections: set[Path] = {path[:depth] for path in documents for depth in range(len(path))} | {()}
        self.properties: dict[Path, dict[str, str]] = {}
        self.locks: dict[str, Lock] = {}
        self.protected = set(protected)
        self.now = 0.0
        self.loose: set[Path] = set()

    def settle(self, gone: Iterable[Path]) -> None:
        """Take note of which of the ``loose`` did go."""
        for path in gone:
            self._drop(path)
        self.loose = set()

    # What is there ---------------------------------------------------------------------------------

    def __contains__(self, path: Path) -> bool:
        return path in self.documents or path in self.collections

    def everything(self) -> list[Path]:
        """All paths, sorted."""
        return sorted([*self.documents, *self.collections])

    def members(self, top: Path) -> list[Path]:
        """The members of a collection, sorted."""
        return [path for path in self.everything() if path and path[:-1] == top]

    def covering(self, path: Path) -> list[Lock]:
        """The locks in whose scope a path lies (6.1, 7.4)."""
        alive = (lock for lock in self.locks.values() if lock.expires is None or self.now < lock.expires)
        return [lock for lock in alive if lock.root == path or (lock.infinite and below(path, lock.root))]

    def writable(self, path: Path, sent: If) -> bool:
        """Whether the tokens that were sent are enough to write here."""
        return held(self.covering(path), sent.tokens)

    def holds(self, path: Path, sent: If) -> bool:
        """Whether the ``If`` header holds (10.4): one of its lists does, or there is none."""
        return not sent.lists or any(
            all(
                (token in {lock.token for lock in self.covering(path if about is None else about)}) is not negated
                for negated, token in conditions
            )
            for about, conditions in sent.lists
        )

    def conflicts(self, path: Path, *, exclusive: bool, infinite: bool) -> tuple[list[Lock], list[Lock]]:
        """The locks that a new one couldn't stand beside (9.10.5): those that cover it, and those below it."""
        inside = [
            lock
            for each in (self.everything() if infinite else [])
            if each != path and below(each, path)
            for lock in self.covering(each)
            if lock.root == each
        ]
        here = [lock for lock in self.covering(path) if exclusive or lock.exclusive]
        return here, [lock for lock in inside if exclusive or lock.exclusive]

    # One resource ----------------------------------------------------------------------------------

    def put(self, path: Path, content: bytes, sent: If, failing: Failing | None = None) -> int:
        """9.7."""
        if path in self.collections:
            return 405
        if path[:-1] not in self.collections:
            return 409
        new = path not in self.documents
        if not self.holds(path, sent):
            return 412
        if not self.writable(path, sent) or (new and not self.writable(path[:-1], sent)):
            return 423
        if failing is not None and failing.strikes(path):
            return failing.status
        self.documents[path] = content
        return 201 if new else 204

    def mkcol(
        self, path: Path, sent: If, instructions: Sequence[Instruction] = (), failing: Failing | None = None
    ) -> tuple[int, dict[str, int]]:
        """9.3 and RFC 5689 3: the status, and that of each property if one of them failed."""
        if path in self:
            return 405, {}
        if path[:-1] not in self.collections:
            return 409, {}
        if not self.holds(path, sent):
            return 412, {}
        if not self.writable(path[:-1], sent):
            return 423, {}
        if failing is not None and failing.strikes(path):
            return failing.status, {}
        refused = self._refused(path, instructions, failing)
        if refused:
            return next(iter(refused.values())), {name: refused.get(name, 424) for name, _ in instructions}
        self.collections.add(path)
        self._instruct(path, instructions)
        return 201, {}

    def proppatch(
        self, path: Path, instructions: Sequence[Instruction], sent: If, failing: Failing | None = None
    ) -> tuple[int, dict[str, int]]:
        """9.2: the status, and that of each property; all of them or none."""
        if path not in self:
            return 404, {}
        if not self.holds(path, sent):
            return 412, {}
        if not self.writable(path, sent):
            return 423, {}
        refused = self._refused(path, instructions, failing)
        if not refused:
            self._instruct(path, instructions)
        return 207, {name: refused.get(name, 424 if refused else 200) for name, _ in instructions}

    def _refused(self, path: Path, instructions: Sequence[Instruction], failing: Failing | None) -> dict[str, int]:
        refused: dict[str, int] = {}
        for name, _ in instructions:
            if name in self.protected:
                refused[name] = 403
            elif failing is not None and failing.strikes(path):
                refused[name] = failing.status
        return refused

    def _instruct(self, path: Path, instructions: Sequence[Instruction]) -> None:
        kept = self.properties.setdefault(path, {})
        for name, value in instructions:
            if value is None:
                kept.pop(name, None)
            else:
                kept[name] = value

    # Locks -----------------------------------------------------------------------------------------

    def lock(self, path: Path, sent: If, *, exclusive: bool, infinite: bool) -> tuple[int, dict[Path, int]]:
        """9.10: the status and the report. The caller puts the lock, whose token the server chose, into ``locks``."""
        new = path not in self
        if new and path[:-1] not in self.collections:
            return 409, {}
        if not self.holds(path, sent):
            return 412, {}
        if new and not self.writable(path[:-1], sent):
            return 423, {}
        here, inside = self.conflicts(path, exclusive=exclusive, infinite=infinite)
        if here:
            return 423, {}
        if inside:
            return 207, {**{lock.root: 423 for lock in inside}, path: 424}
        if new:
            self.documents[path] = b""
        return (201 if new else 200), {}

    def refresh(self, path: Path, sent: If, expires: float | None) -> set[int]:
        """9.10.2; somebody else's lock may be 403 or, as if there were none, 412."""
        if path not in self:
            return {404}
        named = [lock for lock in self.covering(path) if lock.token in sent.tokens]
        if not self.holds(path, sent) or not named:
            return {412}
        if named[0].foreign:
            return {403, 412}
        self.locks[named[0].token] = Lock(**{**vars(named[0]), "expires": expires})
        return {200}

    def unlock(self, path: Path, token: str) -> int:
        """9.11."""
        if path not in self:
            return 404
        lock = next((lock for lock in self.covering(path) if lock.token == token), None)
        if lock is None:
            return 409
        if lock.foreign:
            return 403
        del self.locks[token]
        return 204

    # Trees -----------------------------------------------------------------------------------------

    def delete(self, path: Path, sent: If, failing: Failing | None = None) -> Verdict:
        """9.6: what can't go keeps its ancestors."""
        if path not in self:
            return Verdict({404})
        if not path:
            return Verdict({403})
        if not self.holds(path, sent):
            return Verdict({412})
        if not (self.writable(path, sent) and self.writable(path[:-1], sent)):
            return Verdict({423})
        rights = Rights(self, path, sent, failing)
        self._remove(path, rights)
        return Verdict({204}, rights.blamed, rights.owed, (path,))

    def copy_or_move(
        self,
        source: Path,
        target: Path,
        sent: If,
        *,
        moving: bool,
        overwrite: bool = True,
        infinite: bool = True,
        failing: Failing | None = None,
    ) -> Verdict:
        """9.8, 9.9: what can't be written keeps what is below it from being copied or moved."""
        if source not in self:
            return Verdict({404})
        there = target in self
        writes = {target if there else target[:-1]} | ({target[:-1], source, source[:-1]} if moving else set())
        unmet = {412} if not self.holds(source, sent) or (there and not overwrite) else set()
        locked = {423} if not all(self.writable(path, sent) for path in writes) else set()
        if below(target, source) and target != source and source in self.documents:
            return Verdict({403, 409} | unmet | locked)
        if below(source, target) or (below(target, source) and infinite):
            return Verdict({403} | unmet | locked)
        if target[:-1] not in self.collections:
            return Verdict({409})
        if unmet or locked:
            return Verdict(unmet or locked)
        rights = Rights(self, source, sent, failing)
        if moving:
            self._move(source, target, rights)
        else:
            self._copy(source, target, rights, infinite=infinite)
        return Verdict({204 if there else 201}, rights.blamed, rights.owed, (source, target))

    def _remove(self, path: Path, rights: Rights) -> bool:
        """Take away what is below, then the thing itself; its locks go with it.

        A collection that somebody else has locked stays whole.
        """
        if rights.locked(path):
            return rights.step((path, (path, path[:-1])), source=path)
        if not self._empty(path, rights) or not rights.step((path, (path, path[:-1])), source=path):
            return False
        self._drop(path)
        return True

    def _empty(self, path: Path, rights: Rights) -> bool:
        return all([self._remove(member, rights) for member in self.members(path)])

    def _gives_way(self, source: Path, target: Path, rights: Rights, *touched: tuple[Path, Iterable[Path]]) -> bool:
        """Empty a collection that a document is to replace, if that and what is ``touched`` can all be done.

        If not, the RFC lets those members go that could, and lets them stay: they are ``loose``.
        """
        before = len(rights.owed)
        inside = [path for path in self.everything() if path != target and below(path, target)]
        stuck = [path for path in inside if not rights.step((path, (path, path[:-1])))]
        if rights.step(*touched, source=source) and not stuck:
            return self._empty(target, rights)
        rights.owed[before:] = [set().union(*rights.owed[before:])]
        self.loose.update(path for path in inside if not any(below(other, path) for other in stuck))
        return False

    def _copy(self, source: Path, target: Path, rights: Rights, *, infinite: bool) -> None:
        """Write into what is there, lock and all; a collection ends with the source's members."""
        members = self.members(source) if source in self.collections and infinite else []
        arrive = (target, (target,) if target in self else ())
        replacing = source in self.documents and target in self.collections
        if not (self._gives_way(source, target, rights, arrive) if replacing else rights.step(arrive, source=source)):
            return
        self._become(source, target)
        for extra in self.members(target):
            if (*source, extra[-1]) not in members:
                self._remove(extra, rights)
        for member in members:
            self._copy(member, (*target, member[-1]), rights, infinite=infinite)

    def _move(self, source: Path, target: Path, rights: Rights) -> bool:
        """As a copy, except that locks at the target end with what was there, and the source goes last."""
        members = self.members(source)
        leave = (source, (source, source[:-1]))
        arrive = (target, (target, target[:-1]) if target in self else ())
        replacing = source in self.documents and target in self.collections
        way = self._gives_way(source, target, rights, leave, arrive) if replacing else None
        if not (rights.step(leave, arrive, source=source) if way is None else way):
            return False
        self._unlock(target)
        self._become(source, target)
        for extra in self.members(target):
            if (*source, extra[-1]) not in members:
                self._remove(extra, rights)
        arrived = all([self._move(member, (*target, member[-1]), rights) for member in members])
        if arrived:
            self._drop(source)
        return arrived

    def _become(self, source: Path, target: Path) -> None:
        """Make the target what the source is, without its members and locks."""
        self.documents.pop(target, None)
        self.collections.discard(target)
        if source in self.documents:
            self.documents[target] = self.documents[source]
        else:
            self.collections.add(target)
        self.properties[target] = dict(self.properties.get(source, {}))

    def _drop(self, path: Path) -> None:
        self.documents.pop(path, None)
        self.collections.discard(path)
        self.properties.pop(path, None)
        self._unlock(path)

    def _unlock(self, path: Path) -> None:
        self.locks = {token: lock for token, lock in self.locks.items() if lock.root != path}


def below(path: Path, top: Path) -> bool:
    """Say whether a path is ``top`` or lies below it."""
    return path[: len(top)] == top


def held(locks: Iterable[Lock], tokens: set[str]) -> bool:
    """Say whether nothing is locked, or one of the locks is the client's and its token was sent (6.4, 7)."""
    locks = list(locks)
    return not locks or any(lock.token in tokens and not lock.foreign for lock in locks)
