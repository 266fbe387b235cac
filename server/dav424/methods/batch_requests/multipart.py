"""Multipart batches (OData 4.0 and 4.01 Protocol 11.7.7): requests and change sets in MIME parts.

A change set is a group. If it fails, the response has one part for it, with the first cause. The other requests of
the change set have no part and so no 424, because the format has none for them. The items run in order, and the first
failure ends the batch unless the request has ``Prefer: continue-on-error``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from dav424.core.batch import Done, Failed, Group, without_frames
from dav424.core.message import Response
from dav424.core.method_facts import Facts, MethodFacts
from dav424.core.reason_phrases import reason
from dav424.dav import headers
from dav424.methods.batch_requests.batch_format import BatchFormat
from dav424.methods.batch_requests.items import BATCH, Batch, MalformedBatch
from dav424.methods.batch_requests.multipart_reader import read
from dav424.methods.batch_requests.odata import CONTINUING, problem_document, refuse_async
from dav424.methods.batch_requests.run_batch import BatchRun
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange

_VERSION = (("OData-Version", "4.0"),)


class Multipart(BatchFormat):
    """``POST $batch`` with a body of multipart/mixed."""

    path = BATCH
    types = ("multipart/mixed",)
    FACTS: ClassVar[Facts] = {
        "POST": MethodFacts(
            atomicity="parts",
            carries_requests=True,
            allowed_at=frozenset({BATCH}),
            rule=("The requests of a change set succeed or fail together.", "OData Protocol 4.01 11.7.7"),
        )
    }

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Plan the groups of the items; none for a malformed batch."""
        request = exchange.request
        conditional_requests.check(exchange)
        try:
            refuse_async(request)
            safe = frozenset(name for name, facts in exchange.world.methods.items() if facts.safe)
            items = read(request.body, request.headers["content-type"], safe)
        except MalformedBatch as malformed:
            self._running, exchange.refused = without_frames(malformed), malformed.refused
            return ()
        continuing = headers.preference(request, *CONTINUING)
        running = BatchRun(exchange, Batch(items, stops=continuing not in ("", "true")), self._methods)
        self._running = running
        return running.groups()

    def answer(self, exchange: OpenExchange) -> Response:
        """Answer 200 with a part for each request and each change set, or with the problems of a malformed batch."""
        del exchange  # the batch holds it
        running = self._running
        if isinstance(running, MalformedBatch):
            return problem_document(running, _VERSION, "part")
        assert running is not None, "the plan comes first"
        written = [_answer(running, members) for members in running.members if members[0] < running.begun]
        content_type, content = _multipart(written, "batch")
        return Response(200, [("Content-Type", content_type), *_VERSION], content)


def _answer(running: BatchRun, members: Sequence[int]) -> bytes:
    """Write the part for a request, or for a change set."""
    outcomes = [running.exchange.outcomes[running.confirmed_at(index)] for index in members]
    failed = next(
        (index for index, outcome in zip(members, outcomes, strict=True) if isinstance(outcome, Failed)), None
    )
    if running.items[members[0]].group is None:
        return _http(running, members[0])
    if failed is not None:
        return _http(running, failed, named=False)
    assert all(isinstance(outcome, Done) for outcome in outcomes), "a change set that failed has a cause"
    content_type, content = _multipart([_http(running, index) for index in members], "changeset")
    return f"Content-Type: {content_type}\r\n\r\n".encode() + content


def _http(running: BatchRun, index: int, *, named: bool = True) -> bytes:
    """Write one response as application/http, with the Content-ID of its request if there is one."""
    result, item = running.results[index], running.items[index]
    assert result is not None, "an item without needs was tried"
    response = result.response
    assert isinstance(response.body, bytes), "a batch never streams the response of an item"
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {item.id}"] if named and " " not in item.id else []
    lines += ["", f"HTTP/1.1 {response.status} {reason(response.status)}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines += [f"Content-Length: {len(response.body)}"] if response.status not in (204, 304) else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


def _multipart(written: Sequence[bytes], name: str) -> tuple[str, bytes]:
    """Join parts with a boundary that occurs in none of them; returns the media type and the content."""
    boundary = next(line for line in _boundaries(name) if not any(b"--" + line in part for part in written))
    pieces = [b"--" + boundary + b"\r\n" + part + b"\r\n" for part in written]
    return f"multipart/mixed; boundary={boundary.decode()}", b"".join([*pieces, b"--" + boundary + b"--\r\n"])


def _boundaries(name: str) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield f"{name}-response-{number}".encode()
