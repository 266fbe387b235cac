"""Problems as RFC 9457 has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from dav424.message import Response
from dav424.multistatus import reason

PROBLEM_TYPE = "application/problem+json"
Pointer = Sequence[str | int]


class Error(Struct, frozen=True):
    """One thing that is wrong with a body: where, as an RFC 6901 pointer, and what."""

    pointer: str
    detail: str


class ProblemShape(Struct, frozen=True, omit_defaults=True):
    """A problem document. ``errors`` point into the body that was sent."""

    title: str
    status: int
    detail: str
    errors: Sequence[Error] = ()


class Problem(Exception):
    """The request can't be carried out; ``errors`` say what is wrong in its body."""

    def __init__(
        self, status: int, detail: str, errors: Iterable[Error] = (), headers: Iterable[tuple[str, str]] = ()
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


def invalid(error: msgspec.ValidationError) -> Problem:
    """Make a problem of what msgspec found: its message ends in a path such as ``$.causes[0].id``."""
    detail, _, path = str(error).partition(" - at `")
    steps: list[str | int] = [
        int(index) if index else key for key, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", path)
    ]
    return Problem(422, f"The body can't be used: {detail}.", [Error(pointer(steps), detail)])
