"""WsgiDAV's property manager and its storage of locks, kept in one SQLite file: both survive a restart."""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import msgspec
from wsgidav.lock_man.lock_storage import LockStorageDict
from wsgidav.prop_man.property_manager import PropertyManager

_ERRNO = {
    sqlite3.SQLITE_FULL: (errno.ENOSPC, "No space left for the state of the folder"),
    sqlite3.SQLITE_READONLY: (errno.EROFS, "The state of the folder is read-only"),
}


class StateFile:
    """The file; raises OSError if it can't be opened, or is another kind of file."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA synchronous = OFF")  # a crash of the machine may lose the last changes
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS state (kind TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (kind, key))"
            )
        except sqlite3.Error as error:
            raise OSError(errno.EIO, str(error)) from None

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Execute a statement; raises OSError if the file can't be read or written."""
        try:
            with self._lock:
                return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            number, why = _ERRNO.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, (errno.EIO, str(error)))
            raise OSError(number, why) from None


class StoredTable(MutableMapping[str, Any]):
    """The entries of one kind in the file, as the dictionary that WsgiDAV expects. Each value is a copy of the stored one."""

    def __init__(self, file: StateFile, kind: str) -> None:
        self._file, self._kind = file, kind

    def __getitem__(self, key: str) -> Any:
        found = self._file.execute("SELECT value FROM state WHERE kind = ? AND key = ?", self._kind, key)
        if not found:
            raise KeyError(key)
        return msgspec.msgpack.decode(found[0][0])

    def __setitem__(self, key: str, value: Any) -> None:
        encoded = msgspec.msgpack.encode(value)
        self._file.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", self._kind, key, encoded)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._file.execute("DELETE FROM state WHERE kind = ? AND key = ?", self._kind, key)

    def __iter__(self) -> Iterator[str]:
        return iter([key for (key,) in self._file.execute("SELECT key FROM state WHERE kind = ?", self._kind)])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class StoredProperties(PropertyManager):  # type: ignore[misc]  # WsgiDAV has no types
    """The property manager."""

    def __init__(self, file: StateFile) -> None:
        super().__init__()
        self._dict = StoredTable(file, "properties")
        self._loaded = True

    def _close(self) -> None:
        """Keep the file open: the process closes it."""


class StoredLocks(LockStorageDict):  # type: ignore[misc]  # WsgiDAV has no types
    """The storage of the lock manager."""

    def __init__(self, file: StateFile) -> None:
        super().__init__()
        self._table = StoredTable(file, "locks")

    def open(self) -> None:
        """Begin to use the file."""
        self._dict = self._table
