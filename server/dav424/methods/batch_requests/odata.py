"""JSON batches: OData's (OData JSON 4.01 19) and Microsoft Graph's.

They differ in what a request may say, in where they stand, and in the words for a 424 and for a batch that
can't be understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from dav424.core.batch import FailedDependency, Group, without_frames
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts, MethodFacts
from dav424.core.paths import Path
from dav424.core.reason_phrases import reason
from dav424.dav import headers
from dav424.methods.batch_requests.batch_format import BatchFormat
from dav424.methods.batch_requests.failed_dependencies import FailedDependencies
from dav424.methods.batch_requests.items import (
    BATCH,
    GRAPH_BATCH,
    JSON_TYPE,
    MOST_PARTS,
    PROBLEM_TYPE,
    Batch,
    BatchProblem,
    MalformedBatch,
)
from dav424.methods.batch_requests.json_bodies import to_json
from dav424.methods.batch_requests.json_reader import Rules, read
from dav424.methods.batch_requests.run_batch import BatchRun
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange

CONTINUING = ("continue-on-error", "odata.continue-on-error")


class OData(BatchFormat):
    """``POST $batch`` with a body of application/json."""

    types = (JSON_TYPE,)
    path: ClassVar[Path] = BATCH
    FACTS: ClassVar[Facts] = {
        "POST": MethodFacts(
            atomicity="parts",
            allowed_at=frozenset({BATCH}),
            rule=(
                "A request of a batch runs only if all requests that it depends on succeeded.",
                "OData JSON 4.01 19.1",
            ),
        )
    }
    rules = Rules(most=MOST_PARTS)
    version: tuple[tuple[str, str], ...] = (("OData-Version", "4.01"),)

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Make groups of the parts; none of a batch that can't be understood."""
        conditional_requests.check(exchange)
        try:
            refuse_async(exchange.request)
            parts = read(exchange.request.body, self.rules)
        except MalformedBatch as malformed:
            self._running, exchange.refused = without_frames(malformed), malformed.refused
            return ()
        running = BatchRun(exchange, Batch(parts, stops=self._continuing(exchange.request) == "false"), self._methods)
        self._running = running
        return running.groups()

    def _continuing(self, request: Request) -> str | None:
        return headers.preference(request, *CONTINUING)

    def answer(self, exchange: OpenExchange) -> Response:
        """Answer 200 with what came of each part, or tell what is wrong with the batch."""
        running = self._running
        if isinstance(running, MalformedBatch):
            return self._malformed(running)
        assert running is not None, "the plan comes first"
        because = FailedDependencies(running)
        said = [self._response(running, because, index) for index in range(running.begun)]
        continuing = self._continuing(exchange.request)
        applied = [("Preference-Applied", f"continue-on-error={continuing}")] if continuing in ("true", "false") else []
        content = msgspec.json.encode({"responses": said})
        return Response(200, [("Content-Type", JSON_TYPE), *self.version, *applied], content)

    def _response(self, running: BatchRun, because: FailedDependencies, index: int) -> dict[str, Any]:
        part, outcome = running.parts[index], because.outcome(index)
        entry: dict[str, Any] = {"id": part.id}
        if part.group is not None:
            entry["atomicityGroup"] = part.group
        entry["status"] = because.status(index)
        result = running.results[index]
        if isinstance(outcome, FailedDependency):
            kind, body = self._dependent(because, index)
            return entry | {"headers": {"content-type": kind}, "body": body}
        assert result is not None, "what was tried has a result"
        return entry | to_json(result.response, part.headers.get("accept", ""))

    def _dependent(self, because: FailedDependencies, index: int) -> tuple[str, dict[str, Any]]:
        """Write the body of a 424: a problem document that names what it depended on (RFC 9457)."""
        status = because.status(index)
        problem = {"type": "about:blank", "title": reason(status), "status": status, "detail": because.detail(index)}
        return PROBLEM_TYPE, {**problem, "because": because.entries(index)}

    def _malformed(self, malformed: MalformedBatch) -> Response:
        return problem_document(malformed, self.version)


class Graph(OData):
    """``POST v1.0/$batch``, as Microsoft Graph has it: at most 20 requests, no groups, ids in any case."""

    path = GRAPH_BATCH
    FACTS: ClassVar[Facts] = {
        "POST": MethodFacts(
            atomicity="parts",
            allowed_at=frozenset({GRAPH_BATCH}),
            rule=(
                "A request runs only if the requests that it depends on succeeded.",
                "Microsoft Graph, JSON batching",
            ),
        )
    }
    rules = Rules(most=20, graph=True)
    version = ()

    def _continuing(self, request: Request) -> str | None:
        """Know no such preference."""
        del request
        return None

    def _dependent(self, because: FailedDependencies, index: int) -> tuple[str, dict[str, Any]]:
        said = {"code": "FailedDependency", "message": because.detail(index)}
        return JSON_TYPE, {"error": {**said, "innerError": {"because": because.entries(index)}}}

    def _malformed(self, malformed: MalformedBatch) -> Response:
        code = reason(malformed.status).replace(" ", "")
        details = [{"code": code, "message": each.detail, "target": each.pointer} for each in malformed.problems]
        content = msgspec.json.encode({"error": {**details[0], "details": details}})
        return Response(malformed.status, [("Content-Type", JSON_TYPE)], content)


def refuse_async(request: Request) -> None:
    """Refuse to answer later, which is all that could be done at once here."""
    if headers.preference(request, "respond-async") is not None:
        detail = "A batch is answered at once here; send it without Prefer: respond-async."
        raise MalformedBatch([BatchProblem("", detail)], 501)


def problem_document(
    malformed: MalformedBatch, version: tuple[tuple[str, str], ...], place: str = "pointer"
) -> Response:
    """Tell what is wrong with a batch (RFC 9457 3): the first problem in words, and all with their places.

    A ``place`` is a JSON Pointer as a URI fragment, or the number of a ``part``.
    """
    status, problems = malformed.status, malformed.problems
    errors = [{"detail": each.detail, place: each.pointer} for each in problems if each.pointer]
    said = {"type": "about:blank", "title": reason(status), "status": status, "detail": problems[0].detail}
    content = msgspec.json.encode({**said, **({"errors": errors} if errors else {})})
    return Response(status, [("Content-Type", PROBLEM_TYPE), *version], content)
