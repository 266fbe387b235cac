"""docs/faults.md has every kind of fault, and its examples do what it says."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from dav424.app import prove_alone
from dav424.faults.kinds import FAULTS
from dav424.scenario.load import load
from tests.bundled import SOURCES
from tests.client import Client
from tests.conftest import Serving
from tests.docs.transcripts import ROOT

pytest_plugins = ["pytester"]
PAGE = (ROOT / "docs" / "faults.md").read_text()
LISTING, LOST = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SNIPPETS = re.findall(r"```python \S+\n(.*?)```", PAGE, re.DOTALL)


def test_every_kind_and_key_is_documented() -> None:
    """The page has a row for each kind in the order of the table, names each setting, and marks those of the connection."""
    rows = re.findall(r"^\| `([\w-]+)`( \*)? \|.*\|", PAGE, re.MULTILINE)
    kinds = {str(kind.__struct_config__.tag): kind for kind in FAULTS}
    listed = [(name, bool(star)) for name, star in rows if name in kinds]
    assert listed == [(name, kind.needs_connection) for name, kind in kinds.items()]
    for kind in FAULTS:
        for field in kind.__struct_encode_fields__:
            assert f"`{field}`" in PAGE


def test_the_first_listing_breaks_off(serve_alone: Serving) -> None:
    """The second one is whole."""
    scenario = load(LISTING, "faults.md")
    client = Client(f"{serve_alone({'listing': lambda: scenario})[0]}listing/")
    first, second = (client("PROPFIND", "/", headers={"Depth": "1"}) for _ in range(2))
    assert int(first.headers["Content-Length"]) == len(first.body)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(first.body)
    assert len(etree.fromstring(second.body)) == 3


def test_the_answer_to_a_move_is_lost(serve_alone: Serving) -> None:
    """The scenario is proven. The client gets a reset, and the other member is moved."""
    scenario = load(LOST, "faults.md")
    assert prove_alone("lost", scenario) == []
    client = Client(f"{serve_alone({'lost': lambda: scenario})[0]}lost/")
    with pytest.raises(ConnectionResetError):
        client("MOVE", "/box/", headers={"Destination": "{base}/moved/"})
    assert client("GET", "/moved/old.txt").body == b"Yours"
    assert client("GET", "/box/locked.txt").status == 200


def test_the_scenarios_are_bundled() -> None:
    """Each of the table has faults, of the bytes alone; and there is no other one."""
    faulty = {name for name, source in SOURCES.items() if source().faults}
    assert set(re.findall(r"^\| `(fault-[\w-]+)` \|", PAGE, re.MULTILINE)) == faulty
    assert not any(fault.needs_connection for name in faulty for fault in SOURCES[name]().faults)


def test_the_snippets_run(pytester: pytest.Pytester) -> None:
    """As a file of tests, all green."""
    assert SNIPPETS
    pytester.makepyfile("\n".join(SNIPPETS))
    run = pytester.runpytest_subprocess("-q", "-W", "error", "-p", "no:schemathesis", "-p", "no:hypothesispytest")
    run.assert_outcomes(passed=len(SNIPPETS))
