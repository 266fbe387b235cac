"""The table of the admin API's routes, in the order in which they are documented."""

from __future__ import annotations

from typing import Any

from dav424.admin import handlers, journal_handlers
from dav424.admin.call import Call, Route
from dav424.admin.cure import cure
from dav424.admin.openapi import document
from dav424.admin.payloads import (
    CauseList,
    ClockChange,
    ClockState,
    CureReport,
    JournalPage,
    NewSpace,
    Ok,
    RestoreRequest,
    ScenarioDetails,
    ScenarioSummary,
    SnapshotList,
    SnapshotName,
    SpaceDetails,
    SpaceList,
    TreeJson,
    Version,
)
from dav424.causes import AnyCause
from dav424.journal.report import ExchangeReport


def _describe(_: Call) -> dict[str, Any]:
    """Describe this API as OpenAPI 3.1."""
    return document(ROUTES)


_SPACE = "/-/spaces/{space}"
_SCENARIO = {"scenario": "The name of a scenario (default: the only one used in the space)."}
_FORM = {"as": "The form of the explanation (default: the one that Accept prefers, or text)."}
_JSON = "application/json"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/-/live", handlers.live, Ok, public=True),
    Route("GET", "/-/ready", handlers.ready, Ok, errors=(503,), public=True),
    Route("GET", "/-/version", handlers.version, Version, public=True),
    Route("GET", "/-/openapi.json", _describe, dict, public=True),
    Route("GET", "/-/metrics", journal_handlers.metrics, media_types=("text/plain",)),
    Route("GET", "/-/scenarios", handlers.scenarios, list[ScenarioSummary]),
    Route("GET", "/-/scenarios/{scenario}", handlers.scenario, ScenarioDetails, errors=(404,)),
    Route("GET", "/-/spaces", handlers.spaces, SpaceList),
    Route("POST", "/-/spaces", handlers.make_space, SpaceDetails, NewSpace, status=201, errors=(404, 409, 507)),
    Route("GET", _SPACE, handlers.space, SpaceDetails, errors=(404,)),
    Route("PUT", _SPACE, handlers.put_space, SpaceDetails, NewSpace, errors=(404, 507)),
    Route("DELETE", _SPACE, handlers.remove_space, status=204, errors=(403, 404)),
    Route("POST", f"{_SPACE}/reset", handlers.reset, SpaceDetails, errors=(404,)),
    Route("GET", f"{_SPACE}/snapshots", handlers.snapshots, SnapshotList, errors=(404,)),
    Route("POST", f"{_SPACE}/snapshots", handlers.snapshot, SnapshotName, status=201, errors=(404, 507)),
    Route("POST", f"{_SPACE}/restore", handlers.restore, SpaceDetails, RestoreRequest, errors=(404,)),
    Route("GET", f"{_SPACE}/clock", handlers.clock, ClockState, errors=(404,)),
    Route("POST", f"{_SPACE}/clock", handlers.change_clock, ClockState, ClockChange, errors=(404,)),
    Route("GET", f"{_SPACE}/causes", handlers.causes, CauseList, query=_SCENARIO, errors=(404,)),
    Route("POST", f"{_SPACE}/causes", handlers.add_cause, AnyCause, AnyCause, _SCENARIO, 201, (404, 409, 507)),
    Route("GET", f"{_SPACE}/causes/{{cause}}", handlers.cause, AnyCause, query=_SCENARIO, errors=(404,)),
    Route(
        "PUT",
        f"{_SPACE}/causes/{{cause}}",
        handlers.put_cause,
        AnyCause,
        AnyCause,
        _SCENARIO,
        errors=(404, 507),
        id_in_path=True,
    ),
    Route("DELETE", f"{_SPACE}/causes/{{cause}}", handlers.remove_cause, query=_SCENARIO, status=204, errors=(404,)),
    Route("POST", f"{_SPACE}/cure", cure, CureReport, query=_SCENARIO, errors=(404, 409, 507)),
    Route(
        "GET", f"{_SPACE}/journal", journal_handlers.journal, JournalPage, query=journal_handlers.PAGE, errors=(404,)
    ),
    Route("DELETE", f"{_SPACE}/journal", journal_handlers.clear, status=204, errors=(404,)),
    Route(
        "GET",
        f"{_SPACE}/journal/last",
        journal_handlers.last,
        ExchangeReport,
        query=journal_handlers.FILTERS,
        errors=(404,),
    ),
    Route(
        "GET",
        f"{_SPACE}/journal/last/explain",
        journal_handlers.last_explained,
        query={**journal_handlers.FILTERS, **_FORM},
        errors=(404,),
        media_types=("text/plain", "text/html", _JSON),
    ),
    Route("GET", f"{_SPACE}/journal/{{number}}", journal_handlers.exchange, ExchangeReport, errors=(404,)),
    Route(
        "GET",
        f"{_SPACE}/journal/{{number}}/explain",
        journal_handlers.explained,
        query=_FORM,
        errors=(404,),
        media_types=("text/plain", "text/html", _JSON),
    ),
    Route("GET", f"{_SPACE}/tree", handlers.tree, TreeJson, query=_SCENARIO, errors=(404,)),
    Route("PUT", f"{_SPACE}/tree", handlers.put_tree, TreeJson, TreeJson, _SCENARIO, errors=(404, 409, 507)),
)
