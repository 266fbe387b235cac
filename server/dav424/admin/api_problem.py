"""Problem documents (RFC 9457): the errors of the admin API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from dav424.admin.body_errors import Check, PointedError, body_errors
from dav424.core.message import Response
from dav424.core.reason_phrases import reason

PROBLEM_TYPE = "application/problem+json"


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


def invalid(
    data: Any, kind: Any, check: Check = lambda _: (), needed: Mapping[str, Any] = MappingProxyType({})
) -> ApiProblem:
    """Give the problem of ``data``, which is not of its ``kind``: with a pointer to each bad value, see ``body_errors``."""
    return with_errors(body_errors(data, kind, check, needed))


def with_errors(errors: Sequence[PointedError]) -> ApiProblem:
    """Give the problem of a body with these errors."""
    more = "" if len(errors) == 1 else f" The body has {len(errors)} errors; see errors."
    return ApiProblem(422, f"The body is not valid: {errors[0].detail}.{more}", errors)
