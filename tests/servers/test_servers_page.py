"""docs/servers.md against the real servers: its verdicts, its scripts, and an independent measurement."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dav424 import probe
from dav424.testing import Server
from tests.installed import NotInstalledError
from tests.servers.conftest import started_or_skipped
from tests.servers.measured import CASES, DIFFERENT, MEASURED, OF_DIALECTS, differing
from tests.servers.probed import ROWS, login, probed
from tests.servers.servers_page import FILE, recorded, scripts

PAGE = FILE.read_text(encoding="utf-8")
RECORDED = recorded(PAGE)


@pytest.mark.parametrize("name", ROWS)
def test_the_verdicts_are_those_of_the_page(name: str, tmp_path: Path) -> None:
    """The probe finds today what the page says; after a change of a server or of the probe, run make servers."""
    try:
        found = probed(ROWS[name], tmp_path)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    on_page, sentences = RECORDED[name], {each.case: each.sentences for each in found.results}
    differs = {
        case: f"found {verdict}, and the page has {on_page.get(case)}: {sentences[case]}"
        for case, verdict in found.verdicts.items()
        if on_page.get(case) != verdict
    }
    assert differs == {}
    assert found.left == ()


@pytest.mark.parametrize("name", ROWS)
def test_the_scripts_show_what_is_wrong(name: str, tmp_path: Path) -> None:
    """Each script of the page gets the answer that stands below it, from a shell and curl."""
    row, remaining = ROWS[name], [*enumerate(scripts(PAGE, ROWS[name].title))]
    while remaining:
        number, _ = remaining[0]
        with started_or_skipped(row.server.name, tmp_path / str(number)) as server:
            base = (server.calendars if row.calendars else server.url) or ""
            first = number
            while remaining and _listens(base):
                number, (lines, answer) = remaining[0]
                told = _run(lines, f"{base}new{number}", ":".join(login(server)))
                if _status(told) == "none" and number > first and not _listens(base):
                    break  # the script before has ended the server
                assert _status(told) == _status(answer), f"{lines}\n{told}"
                remaining.pop(0)


def test_every_row_and_every_case_is_on_the_page() -> None:
    """None is forgotten, and none is left over."""
    assert list(RECORDED) == list(ROWS)
    assert {tuple(row) for row in RECORDED.values()} == {tuple(probe.CASES)}
    assert all(len(verdicts.split()) == len(CASES) for verdicts in MEASURED.values())


@pytest.mark.parametrize("name", MEASURED)
def test_an_independent_measurement_agrees(name: str) -> None:
    """But for the verdicts of the table, each of which has its reason."""
    expected = [(case, found) for (row, case), (found, _) in DIFFERENT.items() if row == name]
    assert [(case, found) for case, _, found in differing(name, RECORDED[name])] == expected


@pytest.mark.parametrize("name", OF_DIALECTS)
def test_our_dialect_of_a_server_gets_its_verdicts(name: str, own: Server) -> None:
    """What the probe finds in a server it finds in ours that answers as that one; in all cases but those of the table."""
    report = probe.run(f"{own.url}s/default~{name}!/playground/")
    found = {each.case: str(each.found) for each in report.results}
    assert [case for case in found if found[case] != RECORDED[name][case]] == OF_DIALECTS[name].split()


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """Our server, with its dialects."""
    with Server() as server:
        yield server


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0)).close()
    except OSError:
        return False
    return True


def _run(lines: str, url: str, user: str) -> str:
    """Run a script; a login stands in a file, so that its lines stay as they are."""
    netrc = ["curl() { command curl --user '" + unquote(user) + '\' "$@"; }'] if user != ":" and user else []
    text = "\n".join([*netrc, lines])
    done = subprocess.run(
        ["bash", "-c", text],
        env={"PATH": "/usr/bin:/bin", "URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def _status(text: str) -> str:
    """Give the status of an answer that a script prints, but for 100."""
    statuses = [line.split()[1] for line in text.splitlines() if line.startswith("HTTP/")]
    return next((status for status in statuses if status != "100"), "none")
