"""The problems of a scenario file that the JSON Schema finds, in sentences that say what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.reason_phrases import is_registered
from dav424.scenario.cause_checks import NEVER_424
from dav424.scenario.json_schema import schema
from dav424.scenario.schema_errors import SchemaErrors
from dav424.scenario.yaml_reader import Pointer

FORMAT = 1
"""The format of scenario files."""
_MOST_AT_ONCE = 500
"""The maximum number of members of one key that the validator gets at once."""


def schema_problems(data: Any) -> Iterator[tuple[Pointer, str, bool]]:
    """Check the data of a file: for each problem its pointer, a sentence, and whether it concerns the key itself."""
    if isinstance(data, dict):
        if other := _other_format(data.get("format", FORMAT)):
            yield ("format",), other, False
            return  # the keys of another format mean other things
        yield from _statuses(data)
    for piece, start in _pieces(data):
        for pointer, message, of_key in _of_scenarios().problems(piece):
            if start is None:
                yield pointer, message, of_key
            elif pointer[:1] == (start[0],):
                yield _moved(pointer, *start), message, of_key


@cache
def _of_scenarios() -> SchemaErrors:
    return SchemaErrors(schema())


def _pieces(data: Any) -> Iterator[tuple[Any, tuple[str, int] | None]]:
    """Cut the data where a key has more than ``_MOST_AT_ONCE`` members; for a later piece, name the key and its first member.

    The validator makes all errors of a piece at once: without pieces, its time and memory would grow with every mistake.
    """
    values = data.items() if isinstance(data, dict) else ()
    long = {key: value for key, value in values if isinstance(value, list | dict) and len(value) > _MOST_AT_ONCE}
    yield {**data, **{key: _part(value, 0) for key, value in long.items()}} if long else data, None
    for key, value in long.items():
        for first in range(_MOST_AT_ONCE, len(value), _MOST_AT_ONCE):
            yield {key: _part(value, first)}, (key, first)


def _part(value: list[Any] | dict[Any, Any], first: int) -> list[Any] | dict[Any, Any]:
    if isinstance(value, list):
        return value[first : first + _MOST_AT_ONCE]
    return dict(islice(value.items(), first, first + _MOST_AT_ONCE))


def _moved(pointer: Pointer, key: str, first: int) -> Pointer:
    """Turn a pointer into a later piece into one into the data."""
    if len(pointer) > 1 and isinstance(pointer[1], int):
        return (key, pointer[1] + first, *pointer[2:])
    return pointer


def _other_format(value: Any) -> str | None:
    """Say that a file has a format that this version can't read; None for anything but a number of another format."""
    if type(value) not in (int, float) or (type(value) is int and value == FORMAT):
        return None
    return (
        f"this version of dav424 reads format {FORMAT}, and the file has format {value}; "
        f"use a version that reads it, or write format: {FORMAT} and the keys of that format"
    )


def part_schema_problems(key: str, data: Any) -> Iterator[tuple[Pointer, str]]:
    """Check the data of one of the ``causes`` or ``faults``, which need not come from a file: a pointer into it and a sentence for each problem."""
    for pointer, message in part_problems({key: [data]}):
        yield pointer[2:], message


def part_problems(data: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Check some keys of a file, which need not come from one: a pointer and a sentence for each problem."""
    reported: set[Pointer] = set()
    for pointer, message, _ in schema_problems({"title": "-", **data}):
        if pointer not in reported:
            yield pointer, message
        reported.add(pointer)


def _statuses(data: dict[str, Any]) -> Iterator[tuple[Pointer, str, bool]]:
    """Find causes with the status 424, and expected statuses that are not registered."""
    causes = data.get("causes")
    for i, cause in enumerate(causes if isinstance(causes, list) else []):
        if isinstance(cause, dict) and cause.get("status") == FAILED_DEPENDENCY:
            yield ("causes", i, "status"), NEVER_424, False
    cure = data.get("cure")
    statuses = [cause.get("status") for cause in causes if isinstance(cause, dict)] if isinstance(causes, list) else []
    own = {status for status in statuses if isinstance(status, int)}
    yield from _expected_statuses(data.get("requests"), ("requests",), own)
    inside = cure.get("requests") if isinstance(cure, dict) else None
    yield from _expected_statuses(inside, ("cure", "requests"), own)


def _expected_statuses(requests: Any, pointer: Pointer, own: set[Any]) -> Iterator[tuple[Pointer, str, bool]]:
    """Find statuses that are neither registered nor among the ``own`` ones of the scenario's causes."""
    for i, request in enumerate(requests if isinstance(requests, list) else []):
        expect = request.get("expect") if isinstance(request, dict) else None
        if not isinstance(expect, dict):
            continue
        answers = expect.get("answers")
        statuses: list[tuple[Pointer, Any]] = [((*pointer, i, "expect", "status"), expect.get("status"))]
        statuses += [
            ((*pointer, i, "expect", "answers", k, "status"), answer.get("status"))
            for k, answer in enumerate(answers if isinstance(answers, list) else [])
            if isinstance(answer, dict)
        ]
        for position, status in statuses:
            if isinstance(status, int) and 100 <= status <= 599 and status not in own and not is_registered(status):
                yield position, f"{status} is not a registered HTTP status code; check the number", False
