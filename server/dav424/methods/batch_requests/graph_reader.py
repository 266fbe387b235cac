"""The reader of the batches of Microsoft Graph, which accepts more than OData allows, and other dependencies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from dav424.core.json_pointer import fragment
from dav424.methods.batch_requests.graph_bodies import from_graph
from dav424.methods.batch_requests.items import BatchItem, BatchProblem, MalformedBatch
from dav424.methods.batch_requests.json_bodies import BodyError
from dav424.methods.batch_requests.json_reader import JsonBatchReader

MOST_GRAPH_ITEMS = 20
WITH_BODY = frozenset({"PATCH", "POST", "PROPPATCH", "PUT"})
"""The methods that need a body: Graph's, and PROPPATCH, which is WebDAV's PATCH of properties."""
OF_THE_TRANSPORT = frozenset({"content-length", "host"})
"""Headers that some SDKs copy into a request, and that say nothing inside a batch."""
_NOT_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})| |[^\x00-\x7f]")
_PATTERNS = (
    "A batch must be parallel (no dependsOn), serial (each request depends on the one before it), "
    "or all its other requests must depend on the same one"
)


class GraphBatchReader(JsonBatchReader):
    """Reads a batch without groups, conditions and references. With ``strict``, it refuses unknown members."""

    most = MOST_GRAPH_ITEMS
    status_of_too_many = 400
    needs_content_type = True
    members = ("id", "method", "url", "headers", "body", "dependsOn")
    id_form = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
    id_rule = "1 to 256 characters, and no control characters"

    def __init__(self, *, strict: bool = False) -> None:
        super().__init__()
        self._strict = strict

    @staticmethod
    def fold(name: str) -> str:
        """Ignore the case of ids."""
        return name.casefold()

    def read(self, body: bytes) -> list[BatchItem]:
        """Read the items, whose dependencies must have one of Graph's three patterns."""
        items = super().read(body)
        wrong = _breaks_the_patterns(items)
        if wrong is not None:
            index, detail = wrong
            raise MalformedBatch([BatchProblem(fragment("requests", index, "dependsOn"), detail)])
        return items

    def unknown(self, detail: str, *steps: str | int) -> None:
        """Pass over an unknown member, and note it; with ``strict``, it is a problem."""
        if self._strict:
            super().unknown(detail, *steps)
        elif len(self.notes) < self.most:
            self.notes.append(
                f"{fragment(*steps)}: {detail} Graph passes it over; with --strict the server refuses it."
            )

    def present(self, request: dict[str, Any]) -> dict[str, Any]:
        """Leave out members that are null: some SDKs write them for members without a value."""
        return {name: value for name, value in request.items() if value is not None}

    def make_item(
        self, index: int, request: dict[str, Any], method: str, headers: dict[str, str], raw: bytes
    ) -> BatchItem:
        """Make an item whose URL starts at the root; it is malformed alone if its body is not base64."""
        malformed, body = "", b""
        try:
            body = self._body(index, method, headers, raw, request.get("body"))
        except BodyError as error:
            malformed = str(error)
        needs = self._needs(index, request)
        item = BatchItem(request["id"], method, encoded(request["url"]), headers, body, needs=needs)
        return replace(item, rooted=True, referring=False, malformed=malformed)

    def _headers(self, index: int, sent: dict[str, Any]) -> dict[str, str]:
        """Read the headers; a Destination can have blanks and other characters, as a url can."""
        counting: dict[str, Any] = {}
        for name, value in sent.items():
            if name.lower() in OF_THE_TRANSPORT:
                self.unknown(f"The header {name} says nothing inside a batch.", "requests", index, "headers", name)
            else:
                is_url = name.lower() == "destination" and isinstance(value, str)
                counting[name] = encoded(value) if is_url else value
        return super()._headers(index, counting)

    def _check_url(self, index: int, method: str, url: str) -> None:
        super()._check_url(index, method, encoded(url))

    def content(self, index: int, raw: bytes, value: Any, content_type: str) -> bytes:
        """Give the content of a body in bytes; raises ``BodyError`` for a string that is not base64."""
        del index, content_type
        return from_graph(raw, value)

    def _body(self, index: int, method: str, headers: dict[str, str], raw: bytes, value: Any) -> bytes:
        if value is None and method in WITH_BODY:
            self.problem(f"A {method} needs a body, which can be an empty object.", index, "body")
        return super()._body(index, method, headers, raw, value)


def encoded(url: str) -> str:
    """Percent-encode the blanks, the characters beyond ASCII and the bare percent signs of a URL, as Graph does.

    >>> encoded("/a b%20c/100%")
    '/a%20b%20c/100%25'
    """
    return _NOT_ENCODED.sub(lambda match: quote(match[0], safe=""), url)


def _breaks_the_patterns(items: Sequence[BatchItem]) -> tuple[int, str] | None:
    """Find the first request that fits none of the patterns, and say why; None if all fit one."""
    depending = [index for index, item in enumerate(items) if item.needs]
    if not depending:
        return None
    several = next((index for index in depending if len(items[index].needs) > 1), None)
    if several is not None:
        return several, f"A request of Graph can depend on one other request, and {items[several].id!r} names several."
    ids = [item.id for item in items]
    not_serial = [index for index in range(1, len(items)) if items[index].needs != (ids[index - 1],)]
    shared = items[depending[0]].needs
    not_same = [index for index, item in enumerate(items) if item.needs != shared and item.id not in shared]
    if not not_serial or not not_same:
        return None
    return max(not_serial[0], not_same[0]), f"{_PATTERNS}; request {ids[max(not_serial[0], not_same[0])]!r} fits none."
