"""Multipart batches (OData 4.0 and 4.01 Protocol 11.7.7): requests and change sets in MIME parts.

A change set is a group. The items run in order, and the first failure ends the batch unless the request has
``Prefer: continue-on-error``. The response is multipart, too, unless the client prefers JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from dav424.core.batch import Group, without_frames
from dav424.core.message import Response
from dav424.core.method_facts import Facts, MethodFacts
from dav424.dav import headers
from dav424.methods.batch_requests import multipart_writer
from dav424.methods.batch_requests.batch_format import BatchFormat
from dav424.methods.batch_requests.items import JSON_TYPE, Batch, MalformedBatch
from dav424.methods.batch_requests.multipart_reader import read
from dav424.methods.batch_requests.negotiation import (
    CONTINUING,
    MULTIPART_TYPE,
    V40,
    V401,
    answers_in_json,
    check_version,
    preference_applied,
    version,
)
from dav424.methods.batch_requests.odata import OData, problem_document, refuse_async
from dav424.methods.batch_requests.run_batch import BatchRun
from dav424.methods.facts import BATCH
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange


class Multipart(BatchFormat):
    """``POST $batch`` with a body of multipart/mixed."""

    path = BATCH
    types = (MULTIPART_TYPE,)
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
            check_version(request)
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
        """Answer 200 with the results in the format that the client prefers, or with the problems of a malformed batch."""
        request, running = exchange.request, self._running
        if isinstance(running, MalformedBatch):
            return problem_document(running, version(request, V40), "part")
        assert running is not None, "the plan comes first"
        if answers_in_json(request, default=False):
            content_type, content = JSON_TYPE, OData(self._methods).write(running)
            own = V401
        else:
            content_type, content = multipart_writer.write(running)
            own = V40
        return Response(
            200, [("Content-Type", content_type), *version(request, own), *preference_applied(request)], content
        )
