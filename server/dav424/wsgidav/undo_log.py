"""The log of the changes of a request to a provider, each with its undo."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.paths import Path, href
from dav424.wsgidav.refusals import Refusing

log = logging.getLogger("dav424")


class Undo(Struct, frozen=True):
    """The undo of one change at ``path``: ``run`` does it, and ``doing`` names it.

    With ``properties_only``, the change leaves the resources and their locks alone.
    """

    doing: str
    path: Path
    run: Callable[[], None]
    properties_only: bool


class UndoLog:
    """The changes of a request, numbered from 0. ``forget`` drops what the request remembers of a path."""

    def __init__(self, forget: Callable[[Path], None]) -> None:
        self._forget = forget
        self._entries: list[Undo] = []
        self.stale = False
        """Whether resources have changed since the tree was read: an undo has made them anew."""

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, doing: str, path: Path, run: Callable[[], None], *, properties_only: bool = False) -> None:
        """Note how to undo a change that is about to be done: the undo also fits if that fails halfway, or at once."""
        self._entries.append(Undo(doing, path, run, properties_only))

    def undo(self, mark: int) -> Mapping[int, Refused]:
        """Undo the changes from the last one back to ``mark``; gives those that could not be undone, and why."""
        stuck: dict[int, Refused] = {}
        while len(self._entries) > mark:
            entry = self._entries.pop()
            try:
                with Refusing(entry.doing, entry.path):
                    entry.run()
            except Refused as refused:
                stuck[len(self._entries)] = _stuck(entry, refused)
            finally:
                if not entry.properties_only:
                    self._forget(entry.path)
                    self.stale = True
        return stuck

    def clear(self) -> None:
        """Forget the changes: nothing is undone any more."""
        self._entries = []


def _stuck(entry: Undo, refused: Refused) -> Refused:
    """Give the refusal that names a change that could not be undone, and log it."""
    why = f"The server could not {entry.doing} {href(entry.path)} when it undid the request: {refused.detail}"
    log.error("%s", why)
    return Refused(500, why)
