"""Members and properties that are read from a provider when they are needed, as persistent maps.

They have the methods of ``rpds.HashTrieMap`` that the store uses. All versions of a map share the members that one of them
has read; a change gives a new map, which holds the differences alone.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping
from typing import Any, Generic, TypeVar

from rpds import HashTrieMap

Value = TypeVar("Value")
_ABSENT: Any = object()


class ReadMembers(Mapping[str, Value], Generic[Value]):
    """The members of a collection of a provider.

    ``read`` gives the member of a name, or None; ``names`` lists the names. Each member is read once, and the list too. A name
    of which ``read`` gives None is no member, even if ``names`` has it.
    """

    __slots__ = ("_changed", "_known", "_names", "_read")

    def __init__(
        self,
        read: Callable[[str], Value | None],
        names: Callable[[], list[str]],
    ) -> None:
        self._read = read
        self._names: Callable[[], list[str]] | list[list[str]] = names
        self._known: dict[str, Value | None] = {}
        self._changed: HashTrieMap[str, Value | None] = HashTrieMap()

    def _with(self, changed: HashTrieMap[str, Value | None]) -> ReadMembers[Value]:
        other: ReadMembers[Value] = ReadMembers.__new__(ReadMembers)
        other._read, other._names, other._known, other._changed = self._read, self._names, self._known, changed
        return other

    def get(self, name: str, default: Any = None) -> Any:
        """Give the member of a name."""
        changed = self._changed.get(name, _ABSENT)
        if changed is not _ABSENT:
            return default if changed is None else changed
        known = self._known.get(name, _ABSENT)
        if known is _ABSENT:
            known = self._known[name] = self._read(name)
        return default if known is None else known

    def insert(self, name: str, member: Value) -> ReadMembers[Value]:
        """Give a map in which a name has this member."""
        return self._with(self._changed.insert(name, member))

    def discard(self, name: str) -> ReadMembers[Value]:
        """Give a map without a member of this name."""
        return self._with(self._changed.insert(name, None))

    remove = discard

    def __getitem__(self, name: str) -> Value:
        member: Value | None = self.get(name)
        if member is None:
            raise KeyError(name)
        return member

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        listed = [name for name in self._listed() if name not in self._changed]
        yield from (name for name in listed if self.get(name) is not None)
        yield from (name for name, member in self._changed.items() if member is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _listed(self) -> list[str]:
        if callable(self._names):
            self._names = [self._names()]
        return self._names[0]


class ReadProperties(Mapping[str, str]):
    """The dead properties of a resource of a provider; ``read`` gives all of them, and is called once."""

    __slots__ = ("_all", "_read")

    def __init__(self, read: Callable[[], dict[str, str]]) -> None:
        self._read = read
        self._all: HashTrieMap[str, str] | None = None

    @property
    def all(self) -> HashTrieMap[str, str]:
        """All properties by name."""
        if self._all is None:
            self._all = HashTrieMap(self._read())
        return self._all

    def get(self, name: str, default: Any = None) -> Any:
        """Give the value of a property."""
        return self.all.get(name, default)

    def insert(self, name: str, xml: str) -> HashTrieMap[str, str]:
        """Give a map in which a property has this value."""
        return self.all.insert(name, xml)

    def remove(self, name: str) -> HashTrieMap[str, str]:
        """Give a map without a property that is there."""
        return self.all.remove(name)

    def discard(self, name: str) -> HashTrieMap[str, str]:
        """Give a map without a property."""
        return self.all.discard(name)

    def __getitem__(self, name: str) -> str:
        return self.all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def items(self) -> ItemsView[str, str]:
        """Iterate over names and values."""
        return self.all.items()
