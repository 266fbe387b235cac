"""Problems as RFC 9457 has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from dav424.core import decode
from dav424.core.message import Response
from dav424.core.reason_phrases import reason

PROBLEM_TYPE = "application/problem+json"
Pointer = Sequence[str | int]


class PointedError(Struct, frozen=True):
    """One thing that is wrong with a body: where, as an RFC 6901 pointer, and what."""

    pointer: str
    detail: str


class ProblemShape(Struct, frozen=True, omit_defaults=True):
    """A problem document. ``errors`` point into the body that was sent."""

    title: str
    status: int
    detail: str
    errors: Sequence[PointedError] = ()


class ApiProblem(Exception):
    """The request can't be carried out; ``errors`` say what is wrong in its body."""

    def __init__(
        self, status: int, detail: str, errors: Iterable[PointedError] = (), headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(status, detail)
        self.shape = ProblemShape(reason(status), status, detail, list(errors))
        self.headers = list(headers)

    def response(self) -> Response:
        """Write it as an answer."""
        body = msgspec.json.format(msgspec.json.encode(self.shape), indent=1) + b"\n"
        return Response(self.shape.status, [("Content-Type", PROBLEM_TYPE), *self.headers], body)


def pointer(steps: Pointer) -> str:
    """Write a pointer (RFC 6901).

    >>> pointer(["resources", "/a~b", 0])
    '/resources/~1a~0b/0'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def invalid(error: msgspec.ValidationError, data: Any, kind: Any) -> ApiProblem:
    """Make a problem of what msgspec found in ``data``, which is no good any more after that."""
    detail, _, path = str(error).partition(" - at `")
    unknown = re.search(r"unknown field `(.*)`$", detail)
    at_key = path.startswith("key` in `")
    path = path.removeprefix("key` in `").rstrip("`") + ("[...]" if at_key else "")
    steps = _steps(path, data, kind)
    steps += unknown.groups() if unknown else ()
    return ApiProblem(422, f"The body can't be used: {detail}.", [PointedError(pointer(steps), detail)])


def _steps(path: str, data: Any, kind: Any) -> list[str | int]:
    """Follow a path such as ``$.resources[...].locks[0]``, in which msgspec names no key of a dictionary."""
    steps: list[str | int] = []
    here = data
    for name, index, some_key in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]|(\[\.\.\.\])", path):
        key = _bad_key(here, data, kind) if some_key else (int(index) if index else name)
        steps.append(key)
        here = here[key]
    return steps


def _bad_key(here: dict[str, Any], data: Any, kind: Any) -> str:
    """Find the key of a dictionary within ``data`` that is the reason why that isn't of its kind."""
    everything = dict(here)
    for key, value in everything.items():
        here.clear()
        here[key] = value
        try:
            decode.to_type(data, kind)
        except msgspec.ValidationError:
            return key
    raise AssertionError("asked only where there is one")
