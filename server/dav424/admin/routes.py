"""The table of contents of the admin API: every route there is, in the order in which it is documented."""

from __future__ import annotations

from typing import Any

from dav424.admin import handlers, journal_handlers
from dav424.admin.call import Call, Route
from dav424.admin.openapi import document
from dav424.admin.payloads import (
    CauseSheet,
    ClockChange,
    ClockSheet,
    JournalPage,
    NewSpace,
    Ok,
    Restore,
    ScenarioLine,
    ScenarioSheet,
    SnapshotList,
    SnapshotName,
    SpaceList,
    SpaceSheet,
    TreeShape,
    Version,
)
from dav424.causes import AnyCause
from dav424.journal.report import ExchangeReport


def _describe(_: Call) -> dict[str, Any]:
    """Describe this API, as OpenAPI 3.1."""
    return document(ROUTES)


_SPACE = "/-/spaces/{space}"
_ONE = {"scenario": "Which scenario of the space; may be left out if only one was asked of it."}
_AS = {"as": "text, html or json; what Accept names first if absent, else text."}
_JSON = "application/json"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/-/live", handlers.live, Ok, open=True),
    Route("GET", "/-/ready", handlers.ready, Ok, errors=(503,), open=True),
    Route("GET", "/-/version", handlers.version, Version, open=True),
    Route("GET", "/-/openapi.json", _describe, dict, open=True),
    Route("GET", "/-/metrics", journal_handlers.metrics, media_types=("text/plain",)),
    Route("GET", "/-/scenarios", handlers.scenarios, list[ScenarioLine]),
    Route("GET", "/-/scenarios/{scenario}", handlers.scenario, ScenarioSheet, errors=(404,)),
    Route("GET", "/-/spaces", handlers.spaces, SpaceList),
    Route("POST", "/-/spaces", handlers.make_space, SpaceSheet, NewSpace, status=201, errors=(404, 409, 507)),
    Route("GET", _SPACE, handlers.space, SpaceSheet, errors=(404,)),
    Route("PUT", _SPACE, handlers.name_space, SpaceSheet, NewSpace, errors=(404, 507)),
    Route("DELETE", _SPACE, handlers.remove_space, status=204, errors=(403, 404)),
    Route("POST", f"{_SPACE}/reset", handlers.reset, SpaceSheet, errors=(404,)),
    Route("GET", f"{_SPACE}/snapshots", handlers.snapshots, SnapshotList, errors=(404,)),
    Route("POST", f"{_SPACE}/snapshots", handlers.snapshot, SnapshotName, status=201, errors=(404, 507)),
    Route("POST", f"{_SPACE}/restore", handlers.restore, SpaceSheet, Restore, errors=(404,)),
    Route("GET", f"{_SPACE}/clock", handlers.clock, ClockSheet, errors=(404,)),
    Route("POST", f"{_SPACE}/clock", handlers.change_clock, ClockSheet, ClockChange, errors=(404,)),
    Route("GET", f"{_SPACE}/causes", handlers.causes, CauseSheet, query=_ONE, errors=(404,)),
    Route("POST", f"{_SPACE}/causes", handlers.add_cause, AnyCause, AnyCause, _ONE, 201, (404, 409)),
    Route("GET", f"{_SPACE}/causes/{{cause}}", handlers.cause, AnyCause, query=_ONE, errors=(404,)),
    Route("PUT", f"{_SPACE}/causes/{{cause}}", handlers.put_cause, AnyCause, AnyCause, _ONE, errors=(404,), named=True),
    Route("DELETE", f"{_SPACE}/causes/{{cause}}", handlers.remove_cause, query=_ONE, status=204, errors=(404,)),
    Route("POST", f"{_SPACE}/cure", handlers.cure, CauseSheet, query=_ONE, errors=(404, 409)),
    Route(
        "GET", f"{_SPACE}/journal", journal_handlers.journal, JournalPage, query=journal_handlers.FILTERS, errors=(404,)
    ),
    Route("DELETE", f"{_SPACE}/journal", journal_handlers.clear, status=204, errors=(404,)),
    Route("GET", f"{_SPACE}/journal/{{number}}", journal_handlers.exchange, ExchangeReport, errors=(404,)),
    Route(
        "GET",
        f"{_SPACE}/journal/{{number}}/explain",
        journal_handlers.explained,
        query=_AS,
        errors=(404,),
        media_types=("text/plain", "text/html", _JSON),
    ),
    Route("GET", f"{_SPACE}/tree", handlers.tree, TreeShape, query=_ONE, errors=(404,)),
    Route("PUT", f"{_SPACE}/tree", handlers.put_tree, TreeShape, TreeShape, _ONE, errors=(404, 409)),
)
