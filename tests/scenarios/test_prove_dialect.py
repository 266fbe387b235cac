"""Proving scenarios in other dialects: the state, the causes and the cure hold; a fault that changes one of them is found."""

from __future__ import annotations

import pytest

from dav424.app import proving
from dav424.dialects.library import RFC4918, Dialects
from dav424.dialects.load import LoadedDialect, dialect_sources, load_dialect
from dav424.scenario.sources import scenario_sources

BUNDLED = [name for name in Dialects().names if name != RFC4918]
REFUSING = """\
atomic-methods: [DELETE, COPY, MOVE]
depth-infinity: refused
destination-host: 502
destination-path: 400
methods-absent: {LOCK: 405, UNLOCK: 405}
missing-slash: {DELETE: 409, MKCOL: 409, PROPFIND: 301}
"""
"""Offers that let a server refuse much, and do the rest as a whole."""


def flaws(name: str, dialect: str) -> list[str]:
    """Prove a bundled scenario in the dialect that a text describes, with its faults."""
    tried = LoadedDialect(load_dialect(dialect, "tried.yaml"))
    dialects = Dialects(lambda: {**dialect_sources(), "tried": tried})
    with proving(name, scenario_sources()[name](), dialects) as prover:
        return [str(flaw) for flaw in prover.prove("tried!")]


@pytest.mark.parametrize(
    "name", ["delete-locked-member", "lock-infinity-locked-child", "mkcalendar-refused", "proppatch-protected"]
)
def test_a_scenario_holds_in_each_dialect(name: str) -> None:
    """``dav424 prove --each-dialect`` proves the others, too."""
    with proving(name, scenario_sources()[name](), Dialects()) as prover:
        assert [flaw for dialect in BUNDLED for flaw in prover.prove(dialect)] == []


@pytest.mark.parametrize(
    "name", ["move-locked-member", "delete-locked-member", "lock-infinity-locked-child", "copy-over-quota"]
)
def test_a_refusal_is_no_flaw(name: str) -> None:
    """A server that refuses the request, or does it as a whole, keeps what the scenario says of the state."""
    assert flaws(name, REFUSING) == []


def test_half_of_a_proppatch_is_found() -> None:
    """The properties that were stored although another one was refused."""
    found = flaws("proppatch-protected", "failed-proppatch: others-kept")
    assert any("it failed, but properties of /report.txt changed: " in flaw for flaw in found)


def test_a_lock_that_holds_nothing_back_is_found() -> None:
    """The cause is missing, by its id, its path and its status."""
    (missing, *others) = flaws("proppatch-locked", "locks-ignored: [PROPPATCH]")
    assert "missing: the cause report-is-locked refused /report.txt with 423" in missing
    assert all("in the dialect tried!" in flaw for flaw in (missing, *others))


def test_a_delete_in_spite_of_its_failure_is_found() -> None:
    """The response says that the member stays, and it is gone."""
    found = flaws("delete-locked-member", "refused-delete: done")
    assert any("/box/locked.txt was removed" in flaw for flaw in found)
