"""Faults by the admin API, in a scenario file that it writes, and in every form of the journal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dav424.journal.har import har
from dav424.journal.render import as_html, as_text
from dav424.journal.report import report
from dav424.scenario.load import load
from dav424.testing import AdminError, Server, Space
from tests.conftest import Served

FILE = {"/f": {"content": "0123456789"}}


@pytest.fixture(scope="module")
def local() -> Any:
    """A server of this module."""
    with Server() as server:
        yield server


@pytest.fixture
def space(local: Server) -> Space:
    """A space with a file."""
    return local.space("playground", tree=FILE)


def _get(space: Space) -> tuple[int, bytes]:
    from urllib.request import urlopen

    with urlopen(f"{space.url}f", timeout=20) as response:
        return response.status, response.read()


def test_a_fault_comes_and_goes(space: Space) -> None:
    """It is counted, replaced with a counter at 0, and removed."""
    space.put_fault("cut", "cut-body", bytes=3, after=1)
    assert [_get(space)[1] for _ in range(2)] == [b"0123456789", b"012"]
    listed = space._call("GET", "faults", scenario=True)
    assert (listed["counts"], listed["strikes"]) == ({"cut": 2}, {"cut": [2]})
    assert "cut" not in space.counts
    space.put_fault("cut", "empty-body")
    assert space.faults == {"cut": {"kind": "empty-body", "id": "cut"}}
    assert _get(space)[1] == b""
    space.remove_fault("cut")
    assert _get(space)[1] == b"0123456789"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "cut-bdy"}, "did you mean 'cut-body'"),
        ({"kind": "pause"}, "milliseconds"),
        ({"kind": "pause", "milliseconds": 90000}, "60000"),
        ({"kind": "cut-body", "inside": "D:status"}, "write '{DAV:}status'"),
        ({"kind": "cut-body", "inside": "{DAV:}status", "bytes": 1}, "remove bytes or inside"),
        ({"kind": "wrong-length", "by": 0}, "write another number"),
        ({"kind": "reset", "at": "after-body", "bytes": 4}, "remove bytes"),
        ({"kind": "close", "path": "/x/y"}, "no collection /x/"),
        ({"kind": "close", "methods": ["GTE"]}, "did you mean 'GET'"),
        ({"kind": "close", "users": ["ada"]}, "has no users"),
        ({"kind": "empty-body", "status": 200}, "unknown key 'status'"),
    ],
)
def test_a_mistake_is_named(space: Space, body: dict[str, Any], said: str) -> None:
    """The answer is 422, and nothing is added."""
    kind = body.pop("kind")
    with pytest.raises(AdminError, match="422") as refused:
        space.put_fault("x", kind, **body)
    assert said in str(refused.value)
    assert space.faults == {}


def test_an_id_is_that_of_one_cause_or_fault(space: Space) -> None:
    """Neither takes the id of the other."""
    space.put_cause("same", "read-only")
    with pytest.raises(AdminError, match="409"):
        space.put_fault("same", "empty-body")
    space.put_fault("other", "empty-body")
    with pytest.raises(AdminError, match="409"):
        space.put_cause("other", "read-only")


def test_a_reset_and_a_snapshot_have_the_faults(space: Space) -> None:
    """They are part of the state."""
    space.put_fault("gone", "empty-body")
    saved = space.snapshot()
    space.reset()
    assert space.faults == {}
    space.restore(saved)
    assert list(space.faults) == ["gone"]


def test_a_new_space_has_faults_of_its_own(local: Server) -> None:
    """They are written as in files; a mistake names its place in the body."""
    made = local.space("playground", tree=FILE, faults=[{"id": "e", "kind": "empty-body", "times": 1}])
    assert [_get(made)[1] for _ in range(2)] == [b"", b"0123456789"]
    with pytest.raises(AdminError, match="/faults/0/methods/0"):
        local.space("playground", faults=[{"id": "e", "kind": "empty-body", "methods": ["GTE"]}])


def test_a_world_is_written_with_its_faults(local: Server, space: Space) -> None:
    """The file has the faults with their remaining counts, and can be served again."""
    space.put_fault("cut", "cut-body", bytes=3, after=1, times=2)
    space.put_fault("done", "empty-body", times=1, methods=["PUT"])
    assert [_get(space)[1] for _ in range(2)] == [b"0123456789", b"012"]
    text = local._api("GET", "spaces", space.name, "scenario", scenario=space.scenario)
    scenario = load(text, "world.yaml")
    assert {fault.id: (fault.kind, fault.after, fault.times) for fault in scenario.faults} == {
        "cut": ("cut-body", 0, 1),
        "done": ("empty-body", 0, 1),
    }


def test_an_exchange_is_played_again_without_a_fault(space: Space) -> None:
    """The copy answers truly."""
    space.put_fault("cut", "cut-body", bytes=3)
    _get(space)
    replayed = space._call("POST", "replay", body={"exchange": 1, "without": ["cut"]})
    assert replayed["exchange"]["answer"]["body"] == "0123456789"
    assert "sent" not in replayed["exchange"] or replayed["exchange"]["sent"] is None


def test_a_replay_has_no_connection_to_break(space: Space) -> None:
    """It is a request of the server itself: only faults of the bytes change its answer, and its report says so."""
    space.put_fault("cut", "cut-body", bytes=3)
    space.put_fault("gone", "close", at="after-body")
    _get(space)
    assert [fault.id for fault in space.journal.last.faults] == ["cut", "gone"]
    replayed = space._call("POST", "replay", body={"exchange": 1})
    assert [fault["id"] for fault in replayed["exchange"]["faults"]] == ["cut"]


def test_every_form_of_the_journal_has_both_answers(serve: Callable[..., Served]) -> None:
    """The JSON, the text, the page and the HAR file tell the true answer, the sent one, and the fault."""
    served = serve(
        "tree: {/f: {content: '0123456789'}}\nfaults: [{id: short, kind: close, bytes: 4}, {id: cut, kind: cut-body, bytes: 6}]"
    )
    with pytest.raises(OSError, match=r"."):
        _read(served)
    entry = next(iter(served.space.journal))
    told = report(entry)
    assert told.sent is not None
    assert (told.answer.body, told.sent.body) == ("0123456789", "012345")
    assert [(fault.id, fault.kind) for fault in told.faults] == [("cut", "cut-body"), ("short", "close")]
    text = as_text(told)
    assert (
        "on the way to the client, the fault short (close) closed the connection after 4 of 6 bytes of the body" in text
    )
    assert "the fault cut (cut-body) cut the body after 6 of 10 bytes" in text
    page = as_html(told)
    assert "0123456789</pre>" in page
    assert "012345</pre>" in page
    archived = json.loads(b"".join(har([entry])))["log"]["entries"][0]
    assert archived["response"]["content"]["text"] == "012345"
    assert archived["_trueResponse"]["content"]["text"] == "0123456789"
    assert [fault["id"] for fault in archived["_faults"]] == ["cut", "short"]


def _read(served: Served) -> None:
    import http.client

    try:
        served.client("GET", "/f")
    except http.client.HTTPException as error:
        raise OSError(str(error)) from None


def test_an_entry_without_faults_says_nothing_of_them(serve: Callable[..., Served]) -> None:
    """The HAR file has no key of theirs, and the report no answer but the true one."""
    served = serve("")
    served.client("GET", "/")
    served.client("PUT", "/f", "x")
    entry = list(served.space.journal)[-1]
    assert report(entry).sent is None
    assert b"_faults" not in b"".join(har([entry]))
