"""The table of contents of the admin API: every route there is, in the order in which it is documented."""

from __future__ import annotations

from typing import Any

from dav424.admin import history, tasks
from dav424.admin.call import Call, Route
from dav424.admin.openapi import document
from dav424.admin.shapes import (
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
from dav424.facts import Explained


def _describe(_: Call) -> dict[str, Any]:
    """Describe this API, as OpenAPI 3.1."""
    return document(ROUTES)


_SPACE = "/-/spaces/{space}"
_ONE = {"scenario": "Which scenario of the space; may be left out if only one was asked of it."}
_AS = {"as": "text, html or json; what Accept names first if absent, else text."}
_JSON = "application/json"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/-/live", tasks.live, Ok, open=True),
    Route("GET", "/-/ready", tasks.ready, Ok, errors=(503,), open=True),
    Route("GET", "/-/version", tasks.version, Version, open=True),
    Route("GET", "/-/openapi.json", _describe, dict, open=True),
    Route("GET", "/-/metrics", history.metrics, media_types=("text/plain",)),
    Route("GET", "/-/scenarios", tasks.scenarios, list[ScenarioLine]),
    Route("GET", "/-/scenarios/{scenario}", tasks.scenario, ScenarioSheet, errors=(404,)),
    Route("GET", "/-/spaces", tasks.spaces, SpaceList),
    Route("POST", "/-/spaces", tasks.make_space, SpaceSheet, NewSpace, status=201, errors=(404, 409, 507)),
    Route("GET", _SPACE, tasks.space, SpaceSheet, errors=(404,)),
    Route("PUT", _SPACE, tasks.name_space, SpaceSheet, NewSpace, errors=(404, 507)),
    Route("DELETE", _SPACE, tasks.remove_space, status=204, errors=(403, 404)),
    Route("POST", f"{_SPACE}/reset", tasks.reset, SpaceSheet, errors=(404,)),
    Route("GET", f"{_SPACE}/snapshots", tasks.snapshots, SnapshotList, errors=(404,)),
    Route("POST", f"{_SPACE}/snapshots", tasks.snapshot, SnapshotName, status=201, errors=(404, 507)),
    Route("POST", f"{_SPACE}/restore", tasks.restore, SpaceSheet, Restore, errors=(404,)),
    Route("GET", f"{_SPACE}/clock", tasks.clock, ClockSheet, errors=(404,)),
    Route("POST", f"{_SPACE}/clock", tasks.change_clock, ClockSheet, ClockChange, errors=(404,)),
    Route("GET", f"{_SPACE}/causes", tasks.causes, CauseSheet, query=_ONE, errors=(404,)),
    Route("POST", f"{_SPACE}/causes", tasks.add_cause, AnyCause, AnyCause, _ONE, 201, (404, 409)),
    Route("GET", f"{_SPACE}/causes/{{cause}}", tasks.cause, AnyCause, query=_ONE, errors=(404,)),
    Route("PUT", f"{_SPACE}/causes/{{cause}}", tasks.put_cause, AnyCause, AnyCause, _ONE, errors=(404,), named=True),
    Route("DELETE", f"{_SPACE}/causes/{{cause}}", tasks.remove_cause, query=_ONE, status=204, errors=(404,)),
    Route("POST", f"{_SPACE}/cure", tasks.cure, CauseSheet, query=_ONE, errors=(404, 409)),
    Route("GET", f"{_SPACE}/journal", history.journal, JournalPage, query=history.FILTERS, errors=(404,)),
    Route("DELETE", f"{_SPACE}/journal", history.clear, status=204, errors=(404,)),
    Route("GET", f"{_SPACE}/journal/{{number}}", history.exchange, Explained, errors=(404,)),
    Route(
        "GET",
        f"{_SPACE}/journal/{{number}}/explain",
        history.explained,
        query=_AS,
        errors=(404,),
        media_types=("text/plain", "text/html", _JSON),
    ),
    Route("GET", f"{_SPACE}/tree", tasks.tree, TreeShape, query=_ONE, errors=(404,)),
    Route("PUT", f"{_SPACE}/tree", tasks.put_tree, TreeShape, TreeShape, _ONE, errors=(404, 409)),
)
