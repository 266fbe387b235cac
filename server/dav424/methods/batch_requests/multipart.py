"""Multipart batches (OData 4.0 and 4.01 Protocol 11.7.7): requests and change sets in MIME parts.

A change set is a group, and where it fails it is answered once, with the first cause. What was undone with it has
no answer of its own, and so no 424: the format has no place for one. Parts are done in their order, and the
first failure ends the batch unless ``Prefer: continue-on-error`` says otherwise.
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
from dav424.methods.batch_requests.mime import read
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
            allowed_at=frozenset({BATCH}),
            rule=("The requests of a change set succeed or fail together.", "OData Protocol 4.01 11.7.7"),
        )
    }

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Make groups of the parts; none of a batch that can't be understood."""
        request = exchange.request
        conditional_requests.check(exchange)
        try:
            refuse_async(request)
            safe = frozenset(name for name, facts in exchange.world.methods.items() if facts.safe)
            parts = read(request.body, request.headers["content-type"], safe)
        except MalformedBatch as malformed:
            self._running, exchange.refused = without_frames(malformed), malformed.refused
            return ()
        continuing = headers.preference(request, *CONTINUING)
        running = BatchRun(exchange, Batch(parts, stops=continuing not in ("", "true")), self._methods)
        self._running = running
        return running.groups()

    def answer(self, exchange: OpenExchange) -> Response:
        """Answer 200 with a part for each request and each change set, or tell what is wrong with the batch."""
        del exchange  # the batch holds it
        running = self._running
        if isinstance(running, MalformedBatch):
            return problem_document(running, _VERSION, "part")
        assert running is not None, "the plan comes first"
        written = [_answer(running, members) for members in running.members if members[0] < running.begun]
        content_type, content = _multipart(written, "batch")
        return Response(200, [("Content-Type", content_type), *_VERSION], content)


def _answer(running: BatchRun, members: Sequence[int]) -> bytes:
    """Write the answer to a request, or to a change set."""
    outcomes = [running.exchange.outcomes[running.confirmed_at(index)] for index in members]
    failed = next((index for index, each in zip(members, outcomes, strict=True) if isinstance(each, Failed)), None)
    if running.parts[members[0]].group is None:
        return _http(running, members[0])
    if failed is not None:
        return _http(running, failed, named=False)
    assert all(isinstance(each, Done) for each in outcomes), "a change set that failed has a cause"
    content_type, content = _multipart([_http(running, index) for index in members], "changeset")
    return f"Content-Type: {content_type}\r\n\r\n".encode() + content


def _http(running: BatchRun, index: int, *, named: bool = True) -> bytes:
    """Write one answer as application/http, with the Content-ID of its request if that had one."""
    result, part = running.results[index], running.parts[index]
    assert result is not None, "what has no needs was tried"
    response = result.response
    assert isinstance(response.body, bytes), "it was read to its end"
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {part.id}"] if named and " " not in part.id else []
    lines += ["", f"HTTP/1.1 {response.status} {reason(response.status)}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines += [f"Content-Length: {len(response.body)}"] if response.status not in (204, 304) else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


def _multipart(written: Sequence[bytes], name: str) -> tuple[str, bytes]:
    """Put parts between boundaries that occur in none of them; gives the media type, too."""
    boundary = next(each for each in _names(name) if not any(b"--" + each in part for part in written))
    pieces = [b"--" + boundary + b"\r\n" + part + b"\r\n" for part in written]
    return f"multipart/mixed; boundary={boundary.decode()}", b"".join([*pieces, b"--" + boundary + b"--\r\n"])


def _names(name: str) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield f"{name}-response-{number}".encode()
