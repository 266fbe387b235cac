"""Ten real clients: an ordinary life cycle, and what each tells its caller of a failure, against what is true."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .believing import believe, recorded
from .install import pinned, pinned_npm
from .page import FILE, parse, render
from .run import CLIENTS, Ran
from .situations import LIFE, SITUATIONS
from .verdict import Verdict, better_or_same

PAGE = FILE.read_text(encoding="utf-8")
RECORDED = {(row.client, row.situation): row for row in parse(PAGE)}
VERSIONS = {row.client: row.version for row in RECORDED.values()}


@pytest.mark.parametrize("client", CLIENTS)
def test_the_life_cycle_works(client: str, ran: Callable[[str], Ran]) -> None:
    """Each call that the client has does what it is for: in the tree, in what was read, and in what it says."""
    life = ran(client).life
    assert {f"{each.step.call}: {each.went_wrong}" for each in life if each.went_wrong} == set()
    assert {each.step.call for each in life if each.told.how != "missing"} >= {"mkdir", "put", "list", "delete"}


@pytest.mark.parametrize("situation", [LIFE, *(each.title for each in SITUATIONS)])
@pytest.mark.parametrize("client", CLIENTS)
def test_what_it_tells_is_on_record(client: str, situation: str, ran: Callable[[str], Ran]) -> None:
    """The version on record tells the very same; another version may be better, and not worse. See make clients-doc."""
    row = ran(client).rows[situation]
    recorded = RECORDED.get((client, situation))
    if row.version == VERSIONS[client]:
        assert (None if row.verdict == Verdict.MISSING else row) == recorded
    elif recorded is not None:
        assert better_or_same(row.verdict, recorded.verdict), f"{row}, and on record is {recorded}"


@pytest.mark.parametrize("client", CLIENTS)
def test_what_it_believes_is_on_record(client: str, ran: Callable[[str], Ran]) -> None:
    """Which servers it believes, in all forms of their answers; the version on record gets the very same verdicts."""
    if ran(client).version == VERSIONS[client]:
        assert list(believe(client)) == [each for each in recorded() if each.client == client]


def test_the_page_is_what_its_records_make() -> None:
    """The counts and the overview of docs/clients.md follow from its own table, and its prose from the sources."""
    assert render(list(RECORDED.values()), pinned(), recorded()) == PAGE


def test_the_page_has_every_client_in_the_version_that_is_installed() -> None:
    """Whoever raises a version in pyproject.toml or package.json has to run make clients-doc."""
    assert list(VERSIONS) == list(CLIENTS)
    wanted = {**pinned(), **pinned_npm()}
    assert {name: version for name, version in VERSIONS.items() if name in wanted} == {
        name: version for name, version in wanted.items() if name in CLIENTS
    }
