"""Locks as WsgiDAV's lock manager stores them, for the undo: to put one back with its own token.

The manager gives each new lock a new token, so a released lock has to be put into the storage itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wsgidav.lock_man.lock_storage import LockStorageDict

from dav424.core.batch import Refused

Stored = Mapping[str, Any]


def stored(manager: Any, resource: Any) -> list[Stored]:
    """Copy the locks that are rooted at a resource."""
    return [] if manager is None else [dict(lock) for lock in manager.get_url_lock_list(resource.get_ref_url())]


def with_token(manager: Any, token: str) -> list[Stored]:
    """Copy the lock with a token; an empty list if it has expired."""
    lock = manager.get_lock(token)
    return [] if lock is None else [dict(lock)]


def put_back(manager: Any, locks: Iterable[Stored]) -> None:
    """Put locks back as they were."""
    for lock in locks:
        if manager.get_lock(lock["token"]) == lock:
            continue
        _put_back(manager.storage, dict(lock))


def _put_back(storage: Any, lock: dict[str, Any]) -> None:
    if not isinstance(storage, LockStorageDict):
        raise Refused(500, f"{type(storage).__name__} gives each lock a new token, so the lock can't be put back.")
    key = f"URL2TOKEN:{lock['root']}"
    storage._lock.acquire_write()  # noqa: SLF001 - its methods would give the lock another token
    try:
        tokens = storage._dict.get(key, [])  # noqa: SLF001 - see above
        storage._dict[lock["token"]] = lock  # noqa: SLF001 - see above
        storage._dict[key] = tokens if lock["token"] in tokens else [*tokens, lock["token"]]  # noqa: SLF001 - see above
        storage._flush()  # noqa: SLF001 - see above
    finally:
        storage._lock.release()  # noqa: SLF001 - see above
