"""The dialects of a server by name; each is read and compiled when a request first needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.dialects.names import FAULTS, RFC4918

if TYPE_CHECKING:
    from dav424.dialects.dialect import Dialect
    from dav424.dialects.load import DialectSources


def bundled() -> DialectSources:
    """List the bundled dialects."""
    from dav424.dialects.load import dialect_sources  # noqa: PLC0415 - most servers speak no dialect

    return dialect_sources()


class Dialects:
    """The dialects of a server; ``read`` lists them, when the first one is needed (default: the bundled ones)."""

    def __init__(self, read: Callable[[], DialectSources] = bundled) -> None:
        self._read = read
        self._sources: DialectSources | None = None
        self._compiled: dict[str, Dialect | None] = {}
        self._lock = threading.RLock()

    @property
    def names(self) -> list[str]:
        """The names of the dialects, sorted."""
        return sorted(self._all())

    @property
    def sources(self) -> DialectSources:
        """The sources of the dialects."""
        return self._all()

    def find(self, name: str) -> Dialect | None:
        """Find a dialect by its name, with ``!`` behind it or without; None if it answers as the RFCs say.

        Refuses with 404 an unknown name, and lists those that there are.
        """
        if name.removesuffix(FAULTS) == RFC4918:
            return None
        if name in self._compiled:
            return self._compiled[name]
        with self._lock:
            dialect = self.describe(name)
            found = self._compiled[name] = dialect if dialect.values else None
        return found

    def describe(self, name: str) -> Dialect:
        """Compile a dialect; refuses as ``find`` does."""
        from dav424.dialects.dialect import Dialect  # noqa: PLC0415 - most servers speak no dialect
        from dav424.dialects.load import lineage  # noqa: PLC0415 - see above

        sources, own = self._all(), name.removesuffix(FAULTS)
        if own not in sources:
            raise Refused(
                404, f"There is no dialect {own[:80]!r}. The dialects of this server: {', '.join(self.names)}."
            )
        data = [sources[each]() for each in lineage(own, sources)]
        values = {trait: value for each in reversed(data) for trait, value in each.values.items()}
        return Dialect(own, values, title=data[0].title, source=data[0].source, faults=name.endswith(FAULTS))

    def note(self, name: str) -> str:
        """Say which faults of a dialect are left out because its name has no ``!``; empty for none. Refuses as ``find`` does."""
        left_out = self.describe(name).left_out
        if not left_out:
            return ""
        return f"the faults of the dialect {name!r} are left out ({', '.join(left_out)}); name it {name + FAULTS!r} to have them"

    def replace(self, sources: DialectSources) -> list[str]:
        """Take other dialects, from the next request on; gives the names of those that are new, changed or gone, sorted."""
        with self._lock:
            before = self._all()
            names = before.keys() | sources.keys()
            self._sources, self._compiled = sources, {}
            return sorted(name for name in names if before.get(name) != sources.get(name))

    def _all(self) -> DialectSources:
        with self._lock:
            if self._sources is None:
                self._sources = self._read()
            return self._sources
