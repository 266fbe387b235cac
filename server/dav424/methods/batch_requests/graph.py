"""The batches of Microsoft Graph, as its own SDKs send and read them.

They differ from OData's in their reader (``graph_reader``), in the bodies (``graph_bodies``), in the names of headers,
and in the errors, which are objects of one form: ``{"error": {"code", "message", "innerError"}}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec

from dav424.core.batch import Failed, FailedDependency, Group, Refused, without_frames
from dav424.core.condition_codes import ConditionCode
from dav424.core.message import Reply, Request, Response
from dav424.core.method_facts import Facts, MethodFacts
from dav424.core.reason_phrases import reason
from dav424.methods.batch_requests.failed_dependencies import FailedDependencies
from dav424.methods.batch_requests.graph_bodies import as_json, to_graph
from dav424.methods.batch_requests.graph_reader import GraphBatchReader
from dav424.methods.batch_requests.items import JSON_TYPE, BatchItem, BatchProblem, MalformedBatch
from dav424.methods.batch_requests.odata import OData
from dav424.methods.batch_requests.run_batch import BatchRun, ItemResult
from dav424.methods.facts import GRAPH_BATCH
from dav424.spine.exchange import OpenExchange


class Graph(OData):
    """``POST v1.0/$batch`` of Microsoft Graph: at most 20 requests, no groups, and ids that ignore case."""

    path = GRAPH_BATCH
    FACTS: ClassVar[Facts] = {
        "POST": MethodFacts(
            atomicity="parts",
            carries_requests=True,
            allowed_at=frozenset({GRAPH_BATCH}),
            rule=(
                "A request runs only if the requests that it depends on succeeded.",
                "Microsoft Graph, JSON batching",
            ),
        )
    }

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Plan the groups of the items; none for a batch that is malformed or refused as a whole."""
        try:
            return super().plan(exchange)
        except Refused as refused:
            malformed = MalformedBatch([BatchProblem("", refused.detail)], refused.status)
            self._running, exchange.refused = without_frames(malformed), without_frames(refused)
            return ()

    def _read(self, exchange: OpenExchange) -> Sequence[BatchItem]:
        reader = GraphBatchReader(strict=exchange.request.strict)
        items = reader.read(exchange.request.body)
        exchange.notes = reader.notes
        return items

    def _check_head(self, request: Request) -> None:
        """Accept every request: Graph doesn't read versions of OData."""

    def _head(self, request: Request) -> list[tuple[str, str]]:
        """Give no headers: Graph has no versions and no such preference."""
        del request
        return []

    def _written(self, running: BatchRun, request: Request) -> tuple[str, bytes]:
        """Write JSON: Graph has no other format."""
        del request
        return JSON_TYPE, self.write(running)

    def _continuing(self, request: Request) -> str | None:
        """Return None: Graph has no such preference."""
        del request
        return None

    def _response(self, running: BatchRun, because: FailedDependencies, index: int) -> dict[str, Any]:
        item, outcome, result = running.items[index], because.outcome(index), running.results[index]
        entry = {"id": item.id, "status": because.status(index)}
        if isinstance(outcome, FailedDependency):
            error = _error(because.status(index), because.detail(index), because=because.entries(index))
            return entry | {"headers": {"Content-Type": JSON_TYPE}, "body": {"error": error}}
        assert result is not None, "an item that was tried has a result"
        if result.response.status < 400 or _has_own_body(result):
            return entry | to_graph(result.response)
        return entry | to_graph(_as_graph_error(result, outcome, because, index))

    def _malformed(self, malformed: MalformedBatch, request: Request) -> Response:
        del request
        status, first = malformed.status, malformed.problems[0]
        code = _code(status)
        details = [
            {"code": code, "message": problem.detail, "target": problem.pointer} for problem in malformed.problems
        ]
        target = {"target": first.pointer} if first.pointer else {}
        content = {"error": {**_error(status, first.detail), **target, **({"details": details} if target else {})}}
        return Response(status, [("Content-Type", JSON_TYPE)], msgspec.json.encode(content))


def _has_own_body(result: ItemResult) -> bool:
    """Say whether a cause wrote the body of the response."""
    reply = result.refused.reply if result.refused is not None else None
    return isinstance(reply, Reply) and reply.body is not None


def _code(status: int) -> str:
    """Give the code of an error: the words of the reason phrase, such as ``FailedDependency``."""
    return "".join(word for word in reason(status).replace("-", " ").split() if word.isalpha())


def _error(status: int, message: str, **detail: Any) -> dict[str, Any]:
    """Write an error object; ``innerError`` has the status, and all details that Graph has no member for."""
    inner = {"status": status, "title": reason(status)} | {name: value for name, value in detail.items() if value}
    return {"code": _code(status), "message": message, "innerError": inner}


def _as_graph_error(result: ItemResult, outcome: object, because: FailedDependencies, index: int) -> Response:
    """Write the response of a failed item as Graph's error; an error of that form keeps its code and its message."""
    response, failed = result.response, outcome if isinstance(outcome, Failed) else None
    condition = failed.condition.name if failed and isinstance(failed.condition, ConditionCode) else ""
    inside = because.inside(index)
    single = len(inside) == 1 and inside[0]["status"] == response.status
    message = (failed.detail if failed else "") or reason(response.status)
    error = _error(response.status, message, condition=condition, because=() if single else inside)
    error |= own_error(response)
    headers = [(name, value) for name, value in response.headers if name.lower() not in ("content-type", "etag")]
    content = msgspec.json.encode({"error": error})
    return Response(response.status, [("Content-Type", JSON_TYPE), *headers], content)


def own_error(response: Response) -> dict[str, Any]:
    """Give the members of an error object that a cause wrote itself; none if the body is of another form."""
    found = as_json(response)
    error = found[0].get("error") if found and isinstance(found[0], dict) else None
    if not isinstance(error, dict) or not all(isinstance(error.get(name), str) for name in ("code", "message")):
        return {}
    return error
