"""vdirsyncer syncs both ways with a member that fails in between: nothing is lost on either side; khal reads what it brought."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dav424.app import App
from dav424.scenario.load import load
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.clients import install
from tests.installed import NotInstalledError

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//dav424//clients//EN
BEGIN:VEVENT
UID:{0}
DTSTAMP:20260101T000000Z
DTSTART:20260107T120000Z
DURATION:PT1H
SUMMARY:{0}
END:VEVENT
END:VCALENDAR
"""
SCENARIO = """
title: A calendar that is synced
users: {ada: lovelace}
calendars: {/ada/work/: {name: Work}}
principals: {ada: {calendar-home: /ada/, address-book-home: /ada/}}
"""
CONFIG = """
[general]
status_path = "{folder}/status/"
[pair work]
a = "here"
b = "there"
collections = ["work"]
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{folder}/calendars/"
fileext = ".ics"
[storage there]
type = "caldav"
url = "{url}"
username = "ada"
password = "lovelace"
"""
LOGIN = {"Authorization": "Basic YWRhOmxvdmVsYWNl", "Content-Type": "text/calendar"}


class Pair:
    """A calendar on the server and its copy in a folder, which vdirsyncer keeps in step."""

    def __init__(self, url: str, app: App, folder: Path, package: Path) -> None:
        self.client, self.app, self.folder = Client(url), app, folder
        self._env = {**os.environ, "PYTHONPATH": str(package), "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
        (folder / "config").write_text(CONFIG.format(folder=folder, url=url))
        (folder / "calendars" / "work").mkdir(parents=True)
        self.run("discover")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run vdirsyncer to its end."""
        words = [sys.executable, "-W", "ignore", "-m", "vdirsyncer", "-c", str(self.folder / "config"), command]
        return subprocess.run(
            words, env=self._env, capture_output=True, text=True, input="y\n", timeout=60, check=False
        )

    def put_there(self, name: str) -> None:
        """Put an event on the server, as another client does."""
        assert self.client("PUT", f"/ada/work/{name}.ics", EVENT.format(name), LOGIN).status == 201

    def put_here(self, name: str) -> None:
        """Put an event into the folder."""
        (self.folder / "calendars" / "work" / f"{name}.ics").write_text(EVENT.format(name))

    @property
    def there(self) -> set[str]:
        """The events on the server, by their summaries."""
        world = self.app.spaces.default.world("synced")
        node = world.state.root.children["ada"].children["work"]  # type: ignore[union-attr]
        return {_summary(bytes(child.content).decode()) for child in node.children.values()}  # type: ignore[union-attr, arg-type]

    @property
    def here(self) -> set[str]:
        """The events in the folder, by their summaries."""
        return {_summary(file.read_text()) for file in (self.folder / "calendars" / "work").iterdir()}

    def set_cause(self, text: str) -> None:
        """Let one cause hold, or none."""
        world = self.app.spaces.default.world("synced")
        causes = {cause.id: cause for cause in load(f"{SCENARIO}\n{text}", "x.yaml").causes} if text else {"c": None}
        world.change_causes(causes)


def _summary(text: str) -> str:
    return text.partition("SUMMARY:")[2].splitlines()[0]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Serve a calendar, and let vdirsyncer find it."""
    try:
        package = install.at_hand("vdirsyncer")
    except NotInstalledError as error:
        pytest.skip(str(error))
    app = App({"synced": lambda: load(SCENARIO, "synced.yaml")}, Settings(start=None))
    with serving(app.gateway) as url:
        yield Pair(f"{url}synced/", app, tmp_path, package)


def test_it_finds_the_calendar_and_syncs_both_ways(pair: Pair) -> None:
    """From the URL of the scenario, over the principal and the home set."""
    pair.put_there("lunch")
    pair.put_here("tea")
    assert pair.run("sync").returncode == 0
    assert pair.here == pair.there == {"lunch", "tea"}


FAILURES = {
    "denied": "{id: c, kind: denied, path: /ada/work/new.ics, methods: [REPORT]}",
    "unreadable": "{id: c, kind: unreadable, path: /ada/work/new.ics}",
    "gone": "{id: c, kind: answers, path: /ada/work/new.ics, methods: [REPORT], status: 404}",
    "refused upload": "{id: c, kind: store-fails, path: /ada/work/tea.ics}",
    "locked": "{id: c, kind: lock, path: /ada/work/}",
}


@pytest.mark.parametrize("name", FAILURES)
def test_nothing_is_lost_when_a_member_fails(pair: Pair, name: str) -> None:
    """While it fails, each side keeps what it has; afterwards both have everything."""
    pair.put_there("lunch")
    pair.run("sync")
    pair.put_there("new")
    pair.put_here("tea")
    pair.set_cause(f"causes: [{FAILURES[name]}]")
    told = pair.run("sync")
    assert (told.returncode, "Unknown error occurred" in told.stderr) == (1, True), told
    assert pair.there >= {"lunch", "new"}
    assert pair.here >= {"lunch", "tea"}
    pair.set_cause("")
    assert pair.run("sync").returncode == 0
    assert pair.here == pair.there == {"lunch", "new", "tea"}


def test_khal_reads_what_was_synced(pair: Pair) -> None:
    """The event of the server stands in the agenda."""
    try:
        package = install.at_hand("khal")
    except NotInstalledError as error:
        pytest.skip(str(error))
    pair.put_there("lunch")
    pair.run("sync")
    config = pair.folder / "khal"
    config.write_text(
        f"[calendars]\n[[work]]\npath = {pair.folder}/calendars/work\n[sqlite]\npath = {pair.folder}/khal.db\n"
        "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "timeformat = %H:%M\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    words = [sys.executable, "-W", "ignore", "-m", "khal", "-c", str(config), "list", "2026-01-07", "1d"]
    listed = subprocess.run(
        words,
        env={**os.environ, "PYTHONPATH": str(package), "HOME": str(pair.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "12:00-13:00 lunch" in listed.stdout, listed.stderr
