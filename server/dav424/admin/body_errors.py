"""The errors of a request's body: one for each bad value, with the pointer to it.

msgspec reports the first error alone, and leaves out the keys of mappings. This module therefore looks into each value
that msgspec refuses, down to the members that are wrong by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from dav424.core import decode, json_pointer

MOST_ERRORS = 100
"""The maximum number of errors in one problem document."""
PLACE = " - at `"
Steps = tuple[str | int, ...]
Check = Callable[[Any], Iterable["PointedError"]]


class PointedError(Struct, frozen=True):
    """One error in a request's body: the JSON Pointer (RFC 6901) to the bad value, and a sentence."""

    pointer: str
    detail: str


def body_errors(
    data: Any, kind: Any, check: Check = lambda _: (), needed: Mapping[str, Any] = MappingProxyType({})
) -> list[PointedError]:
    """List the errors of plain data that is not of its ``kind``.

    ``check`` finds the errors that the type allows. It checks the rest of the data, without the values that the type refuses,
    and with those that are ``needed`` in their place.
    """
    found = list(islice(_errors(data, kind, ()), MOST_ERRORS))
    errors = [PointedError(json_pointer.spell(*steps), detail) for steps, detail in found]
    if not isinstance(data, dict):
        return errors
    try:
        rest = decode.to_type({**needed, **_without(data, [steps for steps, _ in found])}, kind)
    except msgspec.ValidationError:
        return errors  # nothing can be checked without a value that is required
    return [*errors, *islice(check(rest), MOST_ERRORS - len(errors))]


def _without(data: dict[str, Any], places: Iterable[Steps]) -> dict[str, Any]:
    """Copy data without the members to which ``places`` lead; an array with such an element is left out as a whole."""
    inner: dict[str, list[Steps]] = {}
    for steps in places:
        if not steps:
            return data
        inner.setdefault(str(steps[0]), []).append(steps[1:])
    kept = {}
    for key, value in data.items():
        below = inner.get(key, [])
        if not below:
            kept[key] = value
        elif isinstance(value, dict) and all(below):
            kept[key] = _without(value, below)
    return kept


def _errors(data: Any, kind: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    try:
        decode.to_type(data, kind)
    except msgspec.ValidationError as error:
        inner = False
        for found in _errors_inside(data, _plain(kind, data), steps):
            inner = True
            yield found
        if not inner:
            detail, _, place = str(error).rpartition(PLACE)
            key = place.removeprefix("$.").rstrip("`")
            yield (*steps, key) if isinstance(data, dict) and key in data else steps, detail or str(error)


def _errors_inside(data: Any, kind: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    """Find the errors of the members of an object or array."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if isinstance(data, dict) and isinstance(origin, type) and issubclass(origin, Struct):
        yield from _struct_errors(data, origin, steps)
    elif isinstance(data, dict) and origin in (dict, Mapping) and arguments:
        for key, value in data.items():
            yield from _errors(key, arguments[0], (*steps, key))
            yield from _errors(value, arguments[1], (*steps, key))
    elif isinstance(data, list) and origin in (list, tuple, Sequence) and arguments:
        for index, value in enumerate(data):
            yield from _errors(value, arguments[0], (*steps, index))


def _struct_errors(data: dict[str, Any], kind: type[Struct], steps: Steps) -> Iterator[tuple[Steps, str]]:
    types = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    config = kind.__struct_config__
    for key, value in data.items():
        if key in fields:
            yield from _errors(value, types[fields[key].name], (*steps, key))
        elif config.forbid_unknown_fields and key != config.tag_field:
            yield (*steps, key), f"Object contains unknown field `{key}`"
    for key, field in fields.items():
        if field.required and key not in data:
            yield steps, f"Object missing required field `{key}`"


def _plain(kind: Any, data: Any) -> Any:
    """Give the type without its constraints; of a choice, the one type that the data can be meant as."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) not in (Union, UnionType):
        return kind
    choices = [_plain(choice, data) for choice in get_args(kind) if choice is not NoneType]
    if isinstance(data, dict):
        choices = [choice for choice in choices if _may_be_meant(choice, data)]
    elif isinstance(data, list):
        choices = [choice for choice in choices if get_origin(choice) in (list, tuple, Sequence)]
    return choices[0] if len(choices) == 1 else kind


def _may_be_meant(kind: Any, data: dict[str, Any]) -> bool:
    """Say whether an object can be meant as a type: as a struct of its tag, or as any struct or mapping without one."""
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        return get_origin(kind) in (dict, Mapping)
    config = kind.__struct_config__
    return config.tag_field is None or data.get(config.tag_field) == config.tag
