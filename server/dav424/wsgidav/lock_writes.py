"""Locks in the lock manager of WsgiDAV: taken, refreshed, released, and put back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.paths import Path, href
from dav424.wsgidav import lock_storage
from dav424.wsgidav.refusals import Refusing

if TYPE_CHECKING:
    from dav424.store.locks import Lock
    from dav424.wsgidav.provider_tree import ProviderTree
    from dav424.wsgidav.undo_log import UndoLog

CAUSED = "urn:dav424:lock:"
"""The tokens of locks that causes set up begin so: these locks are ours, and not the lock manager's."""


class LockWrites:
    """Changes the locks of resources."""

    def __init__(self, tree: ProviderTree, log: UndoLog) -> None:
        self._tree = tree
        self._log = log
        self._manager = tree.provider.lock_manager

    def change(self, path: Path, old: tuple[Lock, ...], new: tuple[Lock, ...]) -> tuple[Lock, ...]:
        """Release, take and refresh locks in the lock manager; gives the locks with the tokens of the manager."""
        if old is new:
            return new
        if _caused(old) != _caused(new):
            self._tree.set_caused(path, _caused(new))
        before = {lock.token: lock for lock in old}
        kept = {lock.token for lock in new}
        for lock in old:
            if lock.token not in kept and not lock.token.startswith(CAUSED):
                self._release(path, lock)
        locks = []
        for lock in new:
            known = before.get(lock.token)
            if known is None and not lock.token.startswith(CAUSED):
                locks.append(self._acquire(path, lock))
            elif known is not None and known.expires != lock.expires:
                locks.append(self._refresh(path, known, lock))
            else:
                locks.append(lock)
        changed = tuple(locks)
        self._tree.set_locks(path, changed)
        return new if changed == new else changed

    def _acquire(self, path: Path, lock: Lock) -> Lock:
        manager, resource = self._manager, self._tree.there(path)
        if manager is None:
            raise Refused(
                403, f"{href(path)} can't be locked: the share has no lock manager. Configure a lock_storage."
            )
        with Refusing("lock", path):
            stored = manager.acquire(
                url=resource.get_ref_url(),
                lock_type="write",
                lock_scope="exclusive" if lock.exclusive else "shared",
                lock_depth="infinity" if lock.infinite else "0",
                lock_owner=lock.owner.encode(),
                timeout=self._seconds(lock),
                principal=lock.principal,
                token_list=[],
            )
        self._log.add("unlock", path, partial(manager.release, stored["token"]))
        return self._tree.lock_of(stored)

    def _release(self, path: Path, lock: Lock) -> None:
        manager = self._manager
        stored = lock_storage.with_token(manager, lock.token)
        self._log.add("put back the lock of", path, partial(lock_storage.put_back, manager, stored))
        with Refusing("unlock", path):
            manager.release(lock.token)

    def _refresh(self, path: Path, known: Lock, lock: Lock) -> Lock:
        manager = self._manager
        stored = lock_storage.with_token(manager, known.token)
        self._log.add("put back the lock of", path, partial(lock_storage.put_back, manager, stored))
        with Refusing("refresh the lock of", path):
            return self._tree.lock_of(manager.refresh(lock.token, timeout=self._seconds(lock)))

    def _seconds(self, lock: Lock) -> float:
        return -1 if lock.expires is None else max(1.0, lock.expires - self._tree.now)


def _caused(locks: tuple[Lock, ...]) -> tuple[Lock, ...]:
    return tuple(lock for lock in locks if lock.token.startswith(CAUSED))
