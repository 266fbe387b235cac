"""The table of the admin API's routes, in the order in which they are documented."""

from __future__ import annotations

from typing import Any

from dav424.admin import dialect_handlers, fault_handlers, handlers, journal_handlers, new_space, scenario_handlers
from dav424.admin.call import Call, Route
from dav424.admin.changes import changes
from dav424.admin.cure import cure
from dav424.admin.openapi import document
from dav424.admin.payloads import (
    CauseList,
    ChangeList,
    ClockChange,
    ClockState,
    CureReport,
    ExpiryChange,
    FaultList,
    FileCheck,
    FileProof,
    JournalPage,
    NewSpace,
    Ok,
    Replay,
    ReplayRequest,
    RestoreRequest,
    ScenarioDetails,
    ScenarioSummary,
    ScenarioText,
    SnapshotList,
    SnapshotName,
    SpaceDetails,
    SpaceList,
    Version,
)
from dav424.admin.replay import replay
from dav424.admin.scenario_file import scenario_file
from dav424.admin.tree_payloads import TreeJson
from dav424.causes.kinds import AnyCause
from dav424.faults.kinds import AnyFault
from dav424.journal.report import ExchangeReport


def _describe(_: Call) -> dict[str, Any]:
    """Describe this API as OpenAPI 3.1."""
    return document(ROUTES)


_SPACE = "/-/spaces/{space}"
_SCENARIO = {"scenario": "The name of a scenario (default: the only one used in the space)."}
_SNAPSHOT = {"snapshot": "The name of a snapshot to compare with (default: the beginning of the scenario)."}
_FORM = {"as": "The form of the explanation (default: the one that Accept prefers, or text)."}
_JSON = "application/json"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/-/live", handlers.live, Ok, public=True),
    Route("GET", "/-/ready", handlers.ready, Ok, errors=(503,), public=True),
    Route("GET", "/-/version", handlers.version, Version, public=True),
    Route("GET", "/-/openapi.json", _describe, dict, public=True),
    Route("GET", "/-/metrics", journal_handlers.metrics, media_types=("text/plain",)),
    Route("GET", "/-/scenarios", scenario_handlers.scenarios, list[ScenarioSummary]),
    Route("GET", "/-/scenarios/{scenario}", scenario_handlers.scenario, ScenarioDetails, errors=(404,)),
    Route("GET", "/-/dialects", dialect_handlers.dialects, list[dialect_handlers.DialectDetails]),
    Route("GET", "/-/traits", dialect_handlers.traits, list[dialect_handlers.TraitDetails]),
    Route("POST", "/-/check", scenario_handlers.check, FileCheck, ScenarioText),
    Route("POST", "/-/prove", scenario_handlers.prove, FileProof, ScenarioText, errors=(503,)),
    Route("GET", "/-/spaces", handlers.spaces, SpaceList),
    Route("POST", "/-/spaces", new_space.make_space, SpaceDetails, NewSpace, status=201, errors=(404, 409, 507)),
    Route("GET", _SPACE, handlers.space, SpaceDetails, errors=(404,)),
    Route("PUT", _SPACE, new_space.put_space, SpaceDetails, NewSpace, errors=(404, 409, 507)),
    Route("DELETE", _SPACE, handlers.remove_space, status=204, errors=(403, 404)),
    Route("POST", f"{_SPACE}/expiry", handlers.change_expiry, SpaceDetails, ExpiryChange, errors=(404,)),
    Route("POST", f"{_SPACE}/reset", handlers.reset, SpaceDetails, errors=(404,)),
    Route("GET", f"{_SPACE}/snapshots", handlers.snapshots, SnapshotList, errors=(404,)),
    Route("POST", f"{_SPACE}/snapshots", handlers.snapshot, SnapshotName, status=201, errors=(404, 507)),
    Route("POST", f"{_SPACE}/restore", handlers.restore, SpaceDetails, RestoreRequest, errors=(404, 409)),
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
        errors=(404, 409, 507),
        id_in_path=True,
    ),
    Route("DELETE", f"{_SPACE}/causes/{{cause}}", handlers.remove_cause, query=_SCENARIO, status=204, errors=(404,)),
    Route("GET", f"{_SPACE}/faults", fault_handlers.faults, FaultList, query=_SCENARIO, errors=(404,)),
    Route("POST", f"{_SPACE}/faults", fault_handlers.add_fault, AnyFault, AnyFault, _SCENARIO, 201, (404, 409, 507)),
    Route("GET", f"{_SPACE}/faults/{{fault}}", fault_handlers.fault, AnyFault, query=_SCENARIO, errors=(404,)),
    Route(
        "PUT",
        f"{_SPACE}/faults/{{fault}}",
        fault_handlers.put_fault,
        AnyFault,
        AnyFault,
        _SCENARIO,
        errors=(404, 409, 507),
        id_in_path=True,
    ),
    Route(
        "DELETE", f"{_SPACE}/faults/{{fault}}", fault_handlers.remove_fault, query=_SCENARIO, status=204, errors=(404,)
    ),
    Route("POST", f"{_SPACE}/cure", cure, CureReport, query=_SCENARIO, errors=(404, 409, 507)),
    Route(
        "GET",
        f"{_SPACE}/journal",
        journal_handlers.journal,
        JournalPage,
        query=journal_handlers.PAGE,
        errors=(404,),
        media_types=(_JSON, "text/plain"),
    ),
    Route(
        "GET",
        f"{_SPACE}/journal/explain",
        journal_handlers.journal_explained,
        query=journal_handlers.PAGE,
        errors=(404,),
        media_types=("text/plain",),
    ),
    Route(
        "GET", f"{_SPACE}/journal.har", journal_handlers.journal_har, dict, query=journal_handlers.PAGE, errors=(404,)
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
    Route("POST", f"{_SPACE}/replay", replay, Replay, ReplayRequest, errors=(404, 409, 507)),
    Route("GET", f"{_SPACE}/changes", changes, ChangeList, query={**_SCENARIO, **_SNAPSHOT}, errors=(404, 409)),
    Route(
        "GET",
        f"{_SPACE}/journal/{{number}}/as/{{language}}",
        journal_handlers.as_code,
        errors=(404, 409),
        media_types=("text/plain",),
    ),
    Route(
        "GET",
        f"{_SPACE}/scenario",
        scenario_file,
        dict,
        query=_SCENARIO,
        errors=(404, 409, 507),
        media_types=("application/yaml",),
    ),
    Route("GET", f"{_SPACE}/tree", handlers.tree, TreeJson, query=_SCENARIO, errors=(404,)),
    Route("PUT", f"{_SPACE}/tree", handlers.put_tree, TreeJson, TreeJson, _SCENARIO, errors=(404, 409, 507)),
)
