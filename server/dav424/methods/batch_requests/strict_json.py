"""JSON read strictly, with the place of whatever is wrong (RFC 8259, RFC 7493, RFC 6901)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from dav424.core.json_pointer import fragment
from dav424.methods.batch_requests.items import MAX_BYTES, MOST_PROBLEMS, BatchProblem, MalformedBatch

MAX_DEPTH = 64
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def decode(body: bytes) -> Any:
    """Read JSON; raises ``Malformed`` for what isn't any, is too large or too deep, or names a member twice."""
    if len(body) > MAX_BYTES:
        raise MalformedBatch(
            [BatchProblem("#", f"The batch has {len(body)} bytes; at most {MAX_BYTES} are accepted.")], 413
        )
    try:
        data = msgspec.json.decode(body)
    except msgspec.ValidationError as error:
        said = str(error).partition(" - at ")[0]
        raise MalformedBatch([BatchProblem(_place_of_number(body), f"{said}; send it as text.")]) from None
    except msgspec.DecodeError as error:
        raise MalformedBatch([BatchProblem("#", f"The body is not JSON: {error}.")]) from None
    except UnicodeDecodeError as error:
        raise MalformedBatch(
            [BatchProblem("#", f"The body is not UTF-8: {error.reason} at byte {error.start}.")]
        ) from None
    except RecursionError:
        raise _too_deep() from None
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise _too_deep()
    _refuse_doubles(body)
    return data


def _too_deep() -> MalformedBatch:
    return MalformedBatch([BatchProblem("#", f"The JSON is nested more than {MAX_DEPTH} levels deep.")])


def _place_of_number(body: bytes) -> str:
    """Find the number that is too large to be read."""
    try:
        found = _walk(json.loads(body))
    except (ValueError, RecursionError):
        return "#"
    return next((fragment(*here) for here, value in found if value in (float("inf"), float("-inf"))), "#")


def _walk(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Iterate over all values with their places, in no particular order."""
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while todo:
        here, value = todo.pop()
        yield here, value
        if isinstance(value, dict):
            todo += [((*here, name), each) for name, each in value.items()]
        elif isinstance(value, list):
            todo += [((*here, at), each) for at, each in enumerate(value)]


class _Doubled(dict[str, Any]):
    """An object that names a member twice."""

    twice: str


def _refuse_doubles(body: bytes) -> None:
    """Refuse an object that names a member twice, but for those in the bodies of requests, which are their own."""
    doubled: list[_Doubled] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        found = _Doubled(made)
        found.twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        doubled.append(found)
        return found

    data = json.loads(body, object_pairs_hook=collect)
    if doubled:
        problems = _locate(data)
        if problems:
            raise MalformedBatch(problems)


def _locate(data: Any) -> list[BatchProblem]:
    found = [(here, value.twice) for here, value in _walk(data) if isinstance(value, _Doubled)]
    outside = sorted(
        fragment(*here, name) for here, name in found if not (here[:1] == ("requests",) and "body" in here[2:3])
    )
    return [BatchProblem(each, "This member stands here twice.") for each in outside[:MOST_PROBLEMS]]
