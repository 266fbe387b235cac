"""Whether the server can take the content of a request: a body where the method has one, without a content coding."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.message import Request, Response

_ACCEPTED = "identity"
"""The one content coding that the server reads: none (RFC 9110 8.4.1)."""


def check(request: Request, *, has_body: bool) -> None:
    """Refuse with 415 a content coding (RFC 9110 8.4), and a body that the method would ignore (RFC 4918 8.4)."""
    check_coding(request.headers)
    if not has_body and request.length:
        raise Refused(
            415,
            f"{request.method} has no body, and the request has one of {request.length} bytes. Send it without a body.",
        )


def check_coding(headers: Mapping[str, str]) -> None:
    """Refuse with 415 a content coding other than ``identity``, whether or not a body is there."""
    codings = _codings(headers)
    if codings:
        raise Refused(
            415,
            f"Content-Encoding: the server does not support {', '.join(codings)[:80]!r}. Send the content without it.",
        )


def with_accepted_coding(response: Response, headers: Mapping[str, str]) -> Response:
    """Add ``Accept-Encoding`` to the 415 of a content coding; any other response stays unchanged.

    RFC 9110 12.5.3 requires it there, and forbids it in a 415 for another reason. The server never refuses a request with a
    content coding with 415 for another reason, since it checks the coding first.
    """
    if response.status != 415 or not _codings(headers):
        return response
    return replace(response, headers=[*response.headers, ("Accept-Encoding", _ACCEPTED)])


def _codings(headers: Mapping[str, str]) -> list[str]:
    """List the content codings of a request, in lower case and without ``identity``."""
    sent = headers.get("content-encoding")
    if sent is None:
        return []
    codings = [coding.strip(" \t").lower() for coding in sent.split(",")]
    return [coding for coding in codings if coding not in ("", _ACCEPTED)]
