"""What a batch consists of, whichever way it was written; and what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.methods.batch_requests.if_expression import Expression

MAX_BYTES = 4 * 1024 * 1024
"""What Microsoft Graph takes, too. A larger document can be sent by itself."""
MOST_PARTS = 5_000
MOST_ANSWERED = 64 * 1024 * 1024
"""Bytes that the bodies of all answers may come to."""
MOST_PROBLEMS = 16
BATCH = ("$batch",)
GRAPH_BATCH = ("v1.0", "$batch")
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
"""What belongs to the batch as a whole, or may not stand in a part (OData 4.01 11.7.7.1)."""
WITHOUT_BODY = frozenset({"DELETE", "GET", "HEAD"})
_SYSTEM = frozenset({"$all", "$batch", "$crossjoin", "$entity", "$id", "$metadata", "$root"})
"""Names that are no references, whatever the ids are (OData 4.01 11.7.4)."""
_REFERENCE = re.compile(r"\$([A-Za-z0-9._~-]+)")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


class BatchItem(Struct, frozen=True):
    """One request of a batch; also the label of what it takes to carry it out.

    ``needs`` are ids of parts and names of groups, all of which precede it. ``rooted`` says that a leading slash of
    the ``url`` means the root of the scenario, not that of the server.
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

    def __str__(self) -> str:
        """Name it to people."""
        return f"request {self.id} ({self.method} {self.url[:200]})"

    @property
    def reference(self) -> str | None:
        """The id that stands as ``$id`` at the beginning of the URL; None if none does."""
        return self.referred(self.url) if self.referring and not self.url.startswith("/") else None

    def referred(self, text: str) -> str | None:
        """Give the id that a text begins with, as ``$id`` or ``$id/more``; None if it begins otherwise."""
        first = text.partition("?")[0].partition("/")[0]
        match = _REFERENCE.fullmatch(first)
        return match[1] if self.referring and match and first not in _SYSTEM else None

    @property
    def references(self) -> Mapping[str, str]:
        """The ids that the URL and the headers refer to, by where they do: ``url``, or a header's name."""
        found = {"url": self.reference}
        found |= {name: self.referred(self.headers[name]) for name in REFERRING if name in self.headers}
        return {where: each for where, each in found.items() if each is not None}


REFERRING = ("destination", "if-match", "if-none-match")
"""The headers that may refer to a preceding request."""


class Batch(Struct, frozen=True):
    """The parts in their order, and whether the first failure ends it all."""

    parts: Sequence[BatchItem]
    stops: bool = False


class BatchProblem(Struct, frozen=True):
    """Something wrong with a batch, and where: a JSON Pointer as a URI fragment, or words for multipart."""

    pointer: str
    detail: str


class MalformedBatch(Exception):
    """The batch as a whole can't be understood; nothing of it is done."""

    def __init__(self, problems: Sequence[BatchProblem], status: int = 400) -> None:
        super().__init__(problems, status)
        self.problems, self.status = problems, status

    @property
    def refused(self) -> Refused:
        """The same, for those who explain: the first problem."""
        return Refused(self.status, self.problems[0].detail)


def has_authority(url: str) -> bool:
    """Say whether a URL names a server of its own, so that it isn't a path."""
    return bool(_ELSEWHERE.match(url))


def is_batch(path: str) -> bool:
    """Say whether a path, or a relative URL, leads to a batch endpoint."""
    return unquote(path.partition("?")[0]).rstrip("/").rpartition("/")[2] == "$batch"
