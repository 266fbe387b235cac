"""Problem documents (RFC 9457): the errors of the admin API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from dav424.core import decode, json_pointer
from dav424.core.message import Response
from dav424.core.reason_phrases import reason

PROBLEM_TYPE = "application/problem+json"
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|(\[\.\.\.\])")
"""One step of a path as msgspec writes it, such as ``$.resources[...].locks[0]``, which does not name keys of objects."""


class PointedError(Struct, frozen=True):
    """One error in a request's body: the JSON Pointer (RFC 6901) to the bad value, and a sentence."""

    pointer: str
    detail: str


class ProblemDocument(Struct, frozen=True, omit_defaults=True):
    """A problem document. ``errors`` point into the body of the request."""

    title: str
    status: int
    detail: str
    errors: Sequence[PointedError] = ()


class ApiProblem(Exception):
    """The API refuses a request with this status and problem document; ``errors`` list the bad values in its body."""

    def __init__(
        self, status: int, detail: str, errors: Iterable[PointedError] = (), headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(status, detail)
        self.document = ProblemDocument(reason(status), status, detail, list(errors))
        self.headers = list(headers)

    def response(self) -> Response:
        """Give the response that carries the problem document."""
        body = msgspec.json.format(msgspec.json.encode(self.document), indent=1) + b"\n"
        return Response(self.document.status, [("Content-Type", PROBLEM_TYPE), *self.headers], body)


def invalid(error: msgspec.ValidationError, data: Any, kind: Any) -> ApiProblem:
    """Give the problem that msgspec reports for ``data``, which is not of its ``kind``, with a pointer to the value."""
    message = str(error)
    detail, _, path = message.partition(" - at `")
    unknown = re.search(r"unknown field `(.*)`$", detail)
    at_key = path.startswith("key` in `")
    path = path.removeprefix("key` in `").rstrip("`") + ("[...]" if at_key else "")
    steps: list[str | int] = []
    for name, index, some_key in _STEP.findall(path):
        if some_key:
            key, data = _bad_key(data, steps, kind, message)
            steps.append(key)
        else:
            steps.append(int(index) if index else name)
    steps += unknown.groups() if unknown else ()
    return ApiProblem(422, f"The body is not valid: {detail}.", [PointedError(json_pointer.spell(*steps), detail)])


def _bad_key(data: Any, steps: Sequence[str | int], kind: Any, message: str) -> tuple[str, Any]:
    """Find the key that msgspec's message is about, in the object that ``steps`` lead to: msgspec does not name it.

    Gives a copy of ``data`` too, in which that object has no other key.
    """
    members: dict[str, Any] = data
    for step in steps:
        members = members[step]  # type: ignore[index]  # a list has indices
    for key, value in members.items():
        narrowed = _replaced(data, steps, {key: value})
        try:
            decode.to_type(narrowed, kind)
        except msgspec.ValidationError as error:
            if str(error) == message:
                return key, narrowed
    raise AssertionError("msgspec reports a key of this object")


def _replaced(data: Any, steps: Sequence[str | int], value: Any) -> Any:
    """Copy ``data`` with another value where ``steps`` lead; the original stays unchanged."""
    if not steps:
        return value
    copy = data.copy()
    copy[steps[0]] = _replaced(data[steps[0]], steps[1:], value)
    return copy
