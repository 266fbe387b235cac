"""JSON batches of OData (OData JSON 4.01 19): the results of a batch become a response."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec

from dav424.core.batch import FailedDependency, Group, without_frames
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts, MethodFacts
from dav424.core.paths import Path
from dav424.core.reason_phrases import reason
from dav424.dav import headers
from dav424.methods.batch_requests import multipart_writer
from dav424.methods.batch_requests.batch_format import BatchFormat
from dav424.methods.batch_requests.failed_dependencies import FailedDependencies
from dav424.methods.batch_requests.items import (
    JSON_TYPE,
    PROBLEM_TYPE,
    Batch,
    BatchItem,
    BatchProblem,
    MalformedBatch,
)
from dav424.methods.batch_requests.json_bodies import to_json
from dav424.methods.batch_requests.json_reader import JsonBatchReader
from dav424.methods.batch_requests.negotiation import (
    CONTINUING,
    V401,
    answers_in_json,
    check_version,
    preference_applied,
    version,
)
from dav424.methods.batch_requests.run_batch import BatchRun
from dav424.methods.facts import BATCH
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange


class OData(BatchFormat):
    """``POST $batch`` with a body of application/json."""

    types = (JSON_TYPE,)
    path: ClassVar[Path] = BATCH
    FACTS: ClassVar[Facts] = {
        "POST": MethodFacts(
            atomicity="parts",
            carries_requests=True,
            allowed_at=frozenset({BATCH}),
            rule=(
                "A request of a batch runs only if all requests that it depends on succeeded.",
                "OData JSON 4.01 19.1",
            ),
            group_rule=("The requests of an atomicity group succeed or fail together.", "OData JSON 4.01 19.1"),
        )
    }

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Plan the groups of the items; none for a malformed batch."""
        conditional_requests.check(exchange)
        try:
            self._check_head(exchange.request)
            refuse_async(exchange.request)
            items = self._read(exchange)
        except MalformedBatch as malformed:
            self._running, exchange.refused = without_frames(malformed), malformed.refused
            return ()
        running = BatchRun(exchange, Batch(items, stops=self._continuing(exchange.request) == "false"), self._methods)
        self._running = running
        return running.groups()

    def _read(self, exchange: OpenExchange) -> Sequence[BatchItem]:
        return JsonBatchReader().read(exchange.request.body)

    def _check_head(self, request: Request) -> None:
        """Reject a request whose version of OData the server doesn't have."""
        check_version(request)

    def _continuing(self, request: Request) -> str | None:
        return headers.preference(request, *CONTINUING)

    def _head(self, request: Request) -> list[tuple[str, str]]:
        """Give the headers of each response: the version of OData, and the preference that was applied."""
        return [*version(request, V401), *preference_applied(request)]

    def answer(self, exchange: OpenExchange) -> Response:
        """Answer 200 with the response of each item, or with the problems of a malformed batch."""
        running = self._running
        if isinstance(running, MalformedBatch):
            return self._malformed(running, exchange.request)
        assert running is not None, "the plan comes first"
        running.name_stuck()
        content_type, content = self._written(running, exchange.request)
        return Response(200, [("Content-Type", content_type), *self._head(exchange.request)], content)

    def _written(self, running: BatchRun, request: Request) -> tuple[str, bytes]:
        """Write the results in the format that the client prefers; gives its media type, and the content."""
        if not running.begun or answers_in_json(request, default=True):  # a multipart has a part
            return JSON_TYPE, self.write(running)
        return multipart_writer.write(running)

    def write(self, running: BatchRun) -> bytes:
        """Write the results of all items that were begun as JSON."""
        because = FailedDependencies(running)
        # Each is encoded alone: to encode them together would be a single call, and all of them would be there twice.
        responses = [msgspec.json.encode(self._response(running, because, index)) for index in range(running.begun)]
        if running.exchange.world.blueprint.reverses_batches:
            responses.reverse()
        return b'{"responses":[%b]}' % b",".join(responses)

    def _response(self, running: BatchRun, because: FailedDependencies, index: int) -> dict[str, Any]:
        item, outcome = running.items[index], because.outcome(index)
        entry: dict[str, Any] = {"id": item.id}
        if item.group is not None:
            entry["atomicityGroup"] = item.group
        entry["status"] = because.status(index)
        result = running.results[index]
        if isinstance(outcome, FailedDependency):
            return entry | {"headers": {"content-type": PROBLEM_TYPE}, "body": self._dependent(because, index)}
        assert result is not None, "an item that was tried has a result"
        return entry | to_json(result.response, item.headers.get("accept", ""))

    def _dependent(self, because: FailedDependencies, index: int) -> dict[str, Any]:
        """Write the body of a 424: a problem document that names its failed dependencies (RFC 9457)."""
        return because.problem(index)

    def _malformed(self, malformed: MalformedBatch, request: Request) -> Response:
        return problem_document(malformed, version(request, V401))


def refuse_async(request: Request) -> None:
    """Reject ``Prefer: respond-async`` with 501: the server answers a batch at once."""
    if headers.preference(request, "respond-async") is not None:
        detail = "This server doesn't support Prefer: respond-async. Send the batch without it."
        raise MalformedBatch([BatchProblem("", detail)], 501)


def problem_document(malformed: MalformedBatch, version: Sequence[tuple[str, str]], place: str = "pointer") -> Response:
    """Write the problem document of a malformed batch (RFC 9457 3): the first problem, and all with their places.

    ``place`` is the name of the member for the places: ``pointer``, or ``part`` for multipart.
    """
    status, problems = malformed.status, malformed.problems
    errors = [{"detail": problem.detail, place: problem.pointer} for problem in problems if problem.pointer]
    document = {"type": "about:blank", "title": reason(status), "status": status, "detail": problems[0].detail}
    content = msgspec.json.encode({**document, **({"errors": errors} if errors else {})})
    return Response(status, [("Content-Type", PROBLEM_TYPE), *version], content)
