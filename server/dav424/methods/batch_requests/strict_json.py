"""A strict JSON reader that reports the place of a problem (RFC 8259, RFC 7493, RFC 6901)."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from dav424.core.json_pointer import fragment
from dav424.methods.batch_requests.items import MAX_BYTES, MOST_PROBLEMS, BatchProblem, MalformedBatch

MAX_DEPTH = 64
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE = re.compile(rb"%s(?!%s)|(?<!%s)%s" % (_HIGH, _LOW, _HIGH, _LOW))


def decode(body: bytes) -> Any:
    """Read JSON; raises ``MalformedBatch`` for invalid, too large or too deep JSON, and for a member that occurs twice."""
    if len(body) > MAX_BYTES:
        raise MalformedBatch(
            [BatchProblem("#", f"The batch has {len(body)} bytes; at most {MAX_BYTES} are accepted.")], 413
        )
    _refuse_other_encodings(body)
    try:
        data = msgspec.json.decode(body)
    except msgspec.ValidationError as error:
        message = str(error).partition(" - at ")[0]
        raise MalformedBatch([BatchProblem(_place_of_number(body), f"{message}. Send it as a string.")]) from None
    except msgspec.DecodeError as error:
        reason = f"it has half of a surrogate pair, {lone[0].decode()}" if (lone := _LONE.search(body)) else str(error)
        raise MalformedBatch([BatchProblem("#", f"The body is not JSON: {reason}.")]) from None
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


def _refuse_other_encodings(body: bytes) -> None:
    """Name the encoding of a body that is not plain UTF-8 (RFC 8259 8.1): its bytes say so before any JSON is read."""
    found = None
    if body.startswith(codecs.BOM_UTF8):
        found = "begins with a byte order mark"
    elif body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in body[:4]:
        found = "is in UTF-16 or UTF-32"  # no JSON in UTF-8 has a NUL
    if found:
        raise MalformedBatch([BatchProblem("#", f"The body {found}. Send UTF-8 without a byte order mark.")])


def _too_deep() -> MalformedBatch:
    return MalformedBatch([BatchProblem("#", f"The JSON is nested more than {MAX_DEPTH} levels deep.")], 413)


def _place_of_number(body: bytes) -> str:
    """Find the number that is out of range."""
    try:
        values = _walk(json.loads(body))
    except (ValueError, RecursionError):
        return "#"
    return next((fragment(*steps) for steps, value in values if value in (float("inf"), float("-inf"))), "#")


def _walk(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Iterate over all values with their places, in the order of the text."""
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while todo:
        steps, value = todo.pop()
        yield steps, value
        if isinstance(value, dict):
            todo += [((*steps, name), member) for name, member in reversed(value.items())]
        elif isinstance(value, list):
            todo += [((*steps, index), element) for index, element in reversed([*enumerate(value)])]


class _Doubled(dict[str, Any]):
    """An object in which a member occurs twice."""

    twice: str


def _refuse_doubles(body: bytes) -> None:
    """Refuse an object in which a member occurs twice; the bodies of requests may have such objects."""
    doubled: list[_Doubled] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        marked = _Doubled(made)
        marked.twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        doubled.append(marked)
        return marked

    data = json.loads(body, object_pairs_hook=collect)
    if doubled:
        problems = _locate(data)
        if problems:
            raise MalformedBatch(problems)


def _locate(data: Any) -> list[BatchProblem]:
    """Describe the first members that occur twice: each place can be as long as the body."""
    doubled = ((steps, value.twice) for steps, value in _walk(data) if isinstance(value, _Doubled))
    outside = (
        fragment(*steps, name) for steps, name in doubled if not (steps[:1] == ("requests",) and "body" in steps[2:3])
    )
    return [BatchProblem(place, "This member occurs twice.") for place in sorted(islice(outside, MOST_PROBLEMS))]
