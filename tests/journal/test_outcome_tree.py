"""The results of an exchange as a tree."""

from __future__ import annotations

import json
from collections.abc import Callable

from dav424.journal.outcome_tree import DEEPEST, OutcomeLine, outcome_tree
from dav424.journal.report import report
from tests.conftest import Served

CAUSES = 'causes: [{id: a, kind: protected-property, property: "{urn:u}a"}, {id: b, kind: protected-property, property: "{urn:u}b"}]'


def tree(served: Served) -> list[OutcomeLine]:
    """Give the tree of the latest exchange."""
    return outcome_tree(report(list(served.space.journal)[-1]))


def test_a_424_stands_beneath_its_cause_and_names_the_others(serve: Callable[..., Served]) -> None:
    """The first cause has it; the second is in the note."""
    served = serve(CAUSES)
    served.client("PUT", "/f", "x")
    served.client.say("PROPPATCH /f set u:c=1 set u:a=1 set u:b=1")
    assert [(line.depth, line.text) for line in tree(served)] == [
        (0, "403 Forbidden: set {urn:u}a of /f"),
        (1, "424 Failed Dependency: set {urn:u}c of /f"),
        (0, "403 Forbidden: set {urn:u}b of /f"),
    ]
    assert [line.note for line in tree(served)] == [
        "{urn:u}a is protected.",
        "because of set {urn:u}b of /f, too",
        "{urn:u}b is protected.",
    ]


def test_failures_come_first(serve: Callable[..., Served]) -> None:
    """The results that are done stand below them."""
    served = serve("causes: [{id: kept, kind: read-only, path: /box/kept}]\ntree: {/box/gone: {}, /box/kept: {}}")
    served.client("DELETE", "/box/")
    assert [line.result.status for line in tree(served)] == [403, 424, 200]


def test_a_refused_request_is_the_root(serve: Callable[..., Served]) -> None:
    """The whole request has failed."""
    served = serve("")
    served.client("GET", "/none")
    assert [line.text for line in tree(served)] == ["404 Not Found: GET /none"]


def test_a_long_chain_is_cut_in_depth_alone(serve: Callable[..., Served]) -> None:
    """Each of 1,200 requests depends on the one before: all have a line, and the levels end."""
    served = serve("tree: {/locked: {}}\ncauses: [{id: l, kind: lock, path: /locked}]")
    requests = [
        {
            "id": str(n),
            "method": "put",
            "url": "locked" if n == 1 else f"f{n}",
            "body": "x",
            "headers": {"content-type": "text/plain"},
        }
        | ({"dependsOn": [str(n - 1)]} if n > 1 else {})
        for n in range(1, 1201)
    ]
    answer = served.client("POST", "/$batch", json.dumps({"requests": requests}), {"Content-Type": "application/json"})
    assert answer.status == 200
    lines = tree(served)
    assert [line.result.status for line in lines] == [423, *[424] * 1199]
    assert max(line.depth for line in lines) == DEEPEST - 1
