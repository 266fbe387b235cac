"""The items of a batch, in JSON or multipart, and the problems of a malformed batch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.methods.batch_requests.if_expression import Expression

MAX_BYTES = 4 * 1024 * 1024
"""The limit of Microsoft Graph. A client can send a larger document in a request outside of a batch."""
MOST_ITEMS = 5_000
MOST_ANSWERED = 64 * 1024 * 1024
"""Limit for the bodies of all responses together, in bytes."""
MOST_PROBLEMS = 16
"""Where POST takes batches, whether or not a resource is there."""
JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"  # RFC 9457
REQUEST_ID = re.compile(r"[A-Za-z0-9._~-]{1,256}")
"""The rule ``request-id`` of OData's ABNF, and a limit."""
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
NOT_INSIDE = frozenset({
    "authorization", "connection", "content-length", "cookie", "expect", "from", "host", "max-forwards",
    "proxy-authorization", "range", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that belong to the batch as a whole, or are forbidden in an item (OData 4.01 11.7.7.1)."""
WITHOUT_EFFECT = frozenset({"content-length", "host"})
"""Those of them that an item may have, since it means what the item says anyway."""
WITHOUT_BODY = frozenset({"DELETE", "GET", "HEAD"})
_SYSTEM = frozenset({"$all", "$batch", "$crossjoin", "$entity", "$id", "$metadata", "$root"})
"""Names that are never references (OData 4.01 11.7.4)."""
_REFERENCE = re.compile(r"\$([A-Za-z0-9._~-]+)")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


class BatchItem(Struct, frozen=True):
    """One request of a batch.

    ``needs`` are ids of items and names of groups, all of which precede it. With ``rooted``, a leading slash of
    the ``url`` means the root of the scenario, not the root of the server. ``referring`` allows references.
    ``malformed`` says why the item alone is malformed: it is refused with 400, and the others are done.
    """

    id: str
    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    group: str | None = None
    needs: tuple[str, ...] = ()
    condition: Expression | None = None
    rooted: bool = False
    referring: bool = True
    malformed: str = ""

    def __str__(self) -> str:
        """Describe it in messages."""
        return f"request {self.id} ({self.method} {self.url[:200]})"

    @property
    def reference(self) -> str | None:
        """The id of ``$id`` at the start of the URL; None without such a reference."""
        return self.referred(self.url) if self.referring and not self.url.startswith("/") else None

    def referred(self, text: str) -> str | None:
        """Give the id at the start of a text such as ``$id`` or ``$id/more``; None without such a reference."""
        first = text.partition("?")[0].partition("/")[0]
        match = _REFERENCE.fullmatch(first)
        return match[1] if self.referring and match and first not in _SYSTEM else None

    @property
    def references(self) -> Mapping[str, str]:
        """The ids that the item refers to, by place: ``url``, or the name of a header."""
        ids = {"url": self.reference}
        ids |= {name: self.referred(self.headers[name]) for name in REFERRING if name in self.headers}
        return {place: id_ for place, id_ in ids.items() if id_ is not None}


REFERRING = ("destination", "if-match", "if-none-match")
"""The headers that can refer to a preceding request."""


class Batch(Struct, frozen=True):
    """The items in order; with ``stops``, the first failure ends the batch."""

    items: Sequence[BatchItem]
    stops: bool = False


class BatchProblem(Struct, frozen=True):
    """A problem of a batch and its place: a JSON Pointer as a URI fragment, or the number of a part in multipart."""

    pointer: str
    detail: str


class MalformedBatch(Exception):
    """The batch as a whole is malformed, and the server runs none of its items."""

    def __init__(self, problems: Sequence[BatchProblem], status: int = 400) -> None:
        super().__init__(problems, status)
        self.problems, self.status = problems, status

    @property
    def refused(self) -> Refused:
        """The first problem as a refusal, for the journal."""
        return Refused(self.status, self.problems[0].detail)


NESTED_BATCH = "A batch can't hold another batch."
ID_RULE = "1 to 256 letters, digits, '-', '.', '_' or '~'"


def forbidden_header(name: str) -> str:
    """Describe the problem of a header in ``NOT_INSIDE``."""
    return f"{name} is not allowed inside a batch. Remove it, or send it with the batch itself."


def forbidden_body(method: str) -> str:
    """Describe the problem of a body for a method in ``WITHOUT_BODY``."""
    return f"A {method} can't have a body."


def has_authority(url: str) -> bool:
    """Say whether a URL names a server, so that it isn't a path."""
    return bool(_AUTHORITY.match(url))


def is_batch(path: str) -> bool:
    """Say whether a path or a relative URL is that of a batch endpoint."""
    return unquote(path.partition("?")[0]).rstrip("/").rpartition("/")[2] == "$batch"
