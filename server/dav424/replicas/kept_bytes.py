"""The state of a space as bytes, for a checkpoint: written and read by pickle, in which values stay shared.

    collections, each after its members -> ... -> the state, in which a collection is the number of one before it

The bytes come from an engine that other programs may write to. So reading makes only plain values, and the frozen data of this
package and of rpds: no other class and no other function can be named. A tree can be as deep as a path is long, and pickle
calls itself for each level, so collections are written one by one.
"""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from rpds import HashTrieMap, HashTrieSet

from dav424.causes.apply import CauseIndex
from dav424.core.batch import Done, Failed, FailedDependency
from dav424.core.memory import Held, hold
from dav424.store.slices import map_of
from dav424.store.tree import Collection
from dav424.worlds.kept_space import KeptSpace
from dav424.worlds.world import Blueprint

FindBlueprint = Callable[[str], Blueprint]
"""Finds the blueprint of a scenario that the server has."""
_PLAIN = {
    "builtins": {"frozenset", "set", "bytearray", "complex"},
    "msgspec._core": {"rebuild"},
    "msgspec._utils": {"rebuild"},
}
_OUTCOMES = (Failed, Done, FailedDependency)
_FUNCTIONS: dict[tuple[str, str], Any] = {
    ("types", "MappingProxyType"): MappingProxyType,
    ("rpds", "HashTrieMap"): HashTrieMap,
    ("rpds", "HashTrieSet"): HashTrieSet,
}


class NotKeptError(Exception):
    """A state can't be written or read; the text says why."""


def write(kept: KeptSpace, find: FindBlueprint) -> bytes:
    """Write a state; blueprints that the server has are written as their names. Raises ``NotKeptError``."""
    with io.BytesIO() as file:
        writer = _StateWriter(file, find)
        try:
            collections = writer.number(_roots(kept, find))
            writer.dump(len(collections))
            for each in collections:
                writer.dump(_fields(each))
            writer.dump(kept)
        except (pickle.PicklingError, TypeError, RecursionError, AttributeError) as error:
            message = f"{type(error).__name__}: {error}"
            raise NotKeptError(message) from None
        return zlib.compress(file.getvalue(), 1)


def read(data: bytes, find: FindBlueprint) -> KeptSpace:
    """Read a state. Raises ``NotKeptError``."""
    try:
        with io.BytesIO(zlib.decompress(data)) as file:
            reader = _StateReader(file, find)
            for _ in range(reader.load()):
                reader.collections.append(_collection(*reader.load()))
            kept = reader.load()
    except (pickle.UnpicklingError, zlib.error, TypeError, ValueError, EOFError, LookupError) as error:
        message = f"{type(error).__name__}: {error}"
        raise NotKeptError(message) from None
    if not isinstance(kept, KeptSpace):
        message = "the bytes are no state of a space"
        raise NotKeptError(message)
    return kept


def _roots(kept: KeptSpace, find: FindBlueprint) -> Iterator[Collection]:
    """Give the roots of all trees in a state."""
    for name, world in kept.worlds.items():
        yield world.state.state.root
        if world.blueprint is not find(name):
            yield world.blueprint.initial.state.root
            yield from world.blueprint.principals.by_path.values()
    for snapshot in kept.snapshots.values():
        for state in snapshot.worlds.values():
            yield state.state.root


def _fields(node: Collection) -> tuple[type[Collection], dict[str, Any], list[tuple[str, Any]]]:
    """Take a collection apart: its class, its fields and its members."""
    fields = {name: getattr(node, name) for name in node.__struct_fields__ if name != "children"}
    return type(node), fields, list(node.children.items())


def _collection(kind: type[Collection], fields: dict[str, Any], members: list[tuple[str, Any]]) -> Collection:
    return kind(children=map_of(dict(members)), **fields)


def collection_of(number: int) -> Collection:
    """Stand for a collection in the bytes of a state; a reader has its own collections, and calls nothing here."""
    raise NotImplementedError(number)


def blueprint_of(name: str) -> Blueprint:
    """Stand for a blueprint of the server, in the same way."""
    raise NotImplementedError(name)


class _StateWriter(pickle.Pickler):
    """Writes collections as numbers, the blueprints of the server as names, and the memory that is held as its bytes."""

    def __init__(self, file: io.BytesIO, find: FindBlueprint) -> None:
        super().__init__(file, protocol=5)
        self._find = find
        self._numbers: dict[int, int] = {}
        self._owned: dict[int, tuple[str, str]] = {}

    def number(self, roots: Iterable[Collection]) -> list[Collection]:
        """Give numbers to the collections of trees, each after its members."""
        found: list[Collection] = []
        stack = [(root, False) for root in roots]
        while stack:
            node, done = stack.pop()
            if id(node) in self._numbers:
                continue
            if done:
                self._numbers[id(node)] = len(found)
                found.append(node)
            else:
                stack.append((node, True))
                stack += [(each, False) for _, each in node.children.items() if isinstance(each, Collection)]
        return found

    def reducer_override(self, value: Any) -> Any:
        """Write a collection as its number, a blueprint as its name, and values that pickle does not know as it should.

        ``persistent_id`` would do for the first two, but pickle asks it about each text and number, too.
        """
        if isinstance(value, Collection):
            return collection_of, (self._numbers[id(value)],)
        if isinstance(value, Blueprint) and self._find(value.name) is value:
            return blueprint_of, (value.name,)
        if isinstance(value, Held):
            return hold, (int(value),)
        if isinstance(value, CauseIndex):
            return CauseIndex, (value.causes,)
        if isinstance(value, MappingProxyType):
            return MappingProxyType, (dict(value),)
        return NotImplemented


class _StateReader(pickle.Unpickler):
    """Reads states alone: refuses all classes but those of their values."""

    def __init__(self, file: io.BytesIO, find: FindBlueprint) -> None:
        super().__init__(file)
        self._find = find
        self.collections: list[Collection] = []

    def find_class(self, module: str, name: str) -> Any:
        """Give a class of values; refuses all others."""
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if (module, name) == (__name__, "collection_of"):
            return self.collections.__getitem__
        if (module, name) == (__name__, "blueprint_of"):
            return self._find
        known = _FUNCTIONS.get((module, name))
        if known is not None:
            return known
        if (module, name) == ("dav424.core.memory", "hold"):
            return hold
        if (module, name) == ("dav424.causes.apply", "CauseIndex"):
            return CauseIndex
        if module.startswith("dav424."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (issubclass(found, Struct | tuple) or found in _OUTCOMES):
                return found
        message = f"{module}.{name} is no value of a state"
        raise pickle.UnpicklingError(message)
