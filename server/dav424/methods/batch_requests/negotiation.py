"""What the client of an OData batch can read: a version of OData, and a format of the response (OData Protocol 4.01 8.2)."""

from __future__ import annotations

import re

from dav424.core.message import Request
from dav424.dav import headers
from dav424.methods.batch_requests.items import JSON_TYPE, BatchProblem, MalformedBatch

MULTIPART_TYPE = "multipart/mixed"
Version = tuple[int, int]
V40: Version = (4, 0)
V401: Version = (4, 1)
_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")
_WRITTEN = {V40: "4.0", V401: "4.01"}


def check_version(request: Request) -> None:
    """Reject a client that reads or sends no version of OData that the server has (OData Protocol 4.01 8.1.5, 8.2.7).

    Raises ``MalformedBatch``.
    """
    sent, most = _version(request, "OData-Version"), _version(request, "OData-MaxVersion")
    if sent is not None and sent not in _WRITTEN:
        text = request.headers["odata-version"][:40]
        detail = f"The server reads OData-Version 4.0 and 4.01; the request has {text!r}. Send one of them."
        raise MalformedBatch([BatchProblem("", detail)])
    if most is not None and most < V40:
        text = request.headers["odata-maxversion"][:40]
        detail = f"The server answers in OData 4.0 or 4.01; OData-MaxVersion is {text!r}. Send 4.0 or higher."
        raise MalformedBatch([BatchProblem("", detail)])


def _version(request: Request, name: str) -> Version | None:
    sent = request.headers.get(name.lower())
    if sent is None:
        return None
    match = _VERSION.fullmatch(sent.strip(" \t"))
    if match is None:
        detail = f"{name}: {sent[:40]!r} is not a version. Send a number such as 4.01."
        raise MalformedBatch([BatchProblem("", detail)])
    return int(match[1]), int(match[2])


def version(request: Request, own: Version) -> list[tuple[str, str]]:
    """Give the header ``OData-Version`` of a response: ``own``, or 4.0 for a client that reads no more."""
    match = _VERSION.fullmatch(request.headers.get("odata-maxversion", "").strip(" \t"))
    most = (int(match[1]), int(match[2])) if match else own
    return [("OData-Version", _WRITTEN[max(V40, min(own, most))])]


def answers_in_json(request: Request, *, default: bool) -> bool:
    """Say whether ``Accept`` asks for the response of a batch in JSON (OData Protocol 4.01 11.7.1).

    ``default`` says it for a client that accepts both formats equally, or neither: it is the format of the request.
    """
    offers = [JSON_TYPE, MULTIPART_TYPE] if default else [MULTIPART_TYPE, JSON_TYPE]
    return headers.accepted(request.headers.get("accept", ""), offers) == JSON_TYPE


CONTINUING = ("continue-on-error", "odata.continue-on-error")


def preference_applied(request: Request) -> list[tuple[str, str]]:
    """Give the header ``Preference-Applied`` for ``Prefer: continue-on-error`` (RFC 7240 3)."""
    continuing = headers.preference(request, *CONTINUING)
    if continuing not in ("", "true", "false"):
        return []
    return [("Preference-Applied", f"continue-on-error={continuing}" if continuing else "continue-on-error")]
