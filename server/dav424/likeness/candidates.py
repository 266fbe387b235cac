"""The values to try for a trait: those of its type, and those that the answers of a server suggest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Struct

from dav424.dialects.trait import Trait
from dav424.likeness.suggested import Suggested
from dav424.methods import METHODS


class ValueChange(Struct, frozen=True):
    """One change of the value of a trait: ``to`` gives the value after it.

    It is about the answers to ``method``, empty for all, and about those that should have, or not have, the ``status``.
    """

    to: Callable[[Any], Any]
    method: str = ""
    status: int | None = None


def changes(trait: Trait, suggested: Suggested) -> Iterator[ValueChange]:
    """Give the changes to try for a trait, one after the other."""
    kind = bare(trait.values)
    for part in get_args(kind) if get_origin(kind) in (Union, UnionType) else ():
        if get_origin(bare(part)) is dict:
            yield from _of_mapping(bare(part), suggested)
    origin = get_origin(kind)
    if origin is list and get_origin(get_args(kind)[0]) is Literal:
        for member in get_args(get_args(kind)[0]):
            if member not in suggested.never_sent:
                yield ValueChange(partial(_toggled, member), member if member in METHODS else "")
    elif origin is dict and get_origin(bare(get_args(kind)[0])) is Literal:
        yield from _of_mapping(kind, suggested)
    else:
        yield from (ValueChange(partial(_replaced, value)) for value in values_of(trait, suggested))


def _of_mapping(kind: Any, suggested: Suggested) -> Iterator[ValueChange]:
    """Give the changes of a mapping from methods to statuses that were seen, or to words."""
    methods, values = (get_args(bare(each)) for each in get_args(kind))
    for method in methods:
        statuses = suggested.statuses(method)
        for value in values if statuses and isinstance(values[0], str) else statuses:
            if value in values:
                yield ValueChange(partial(_with_value, method, value), method, value if value in statuses else None)


def values_of(trait: Trait, suggested: Suggested) -> list[Any]:
    """List the values of a trait that is no list and no mapping; that of the RFCs comes first."""
    kind = bare(trait.values)
    found = [trait.default, *((False, True) if kind is bool else _literals(kind)), *suggested.texts(trait.name)]
    return [value for number, value in enumerate(found) if value not in found[:number]]


def bare(kind: Any) -> Any:
    """Give a type without its annotations."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind


def _literals(kind: Any) -> Sequence[Any]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        return [each for part in get_args(kind) if get_origin(part) is Literal for each in get_args(part)]
    return ()


def _replaced(value: Any, _: Any) -> Any:
    return value


def _toggled(member: Any, value: Sequence[Any]) -> list[Any]:
    return [each for each in value if each != member] if member in value else [*value, member]


def _with_value(method: str, one: Any, value: Any) -> dict[str, Any]:
    value = value if isinstance(value, Mapping) else {}
    others = {name: other for name, other in value.items() if name != method}
    return others if value.get(method) == one else {**others, method: one}
