"""Drive the real clients against a server on a real socket, and hold what they tell against what is true."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from dav424.app import App
from dav424.dialects.library import RFC4918
from dav424.scenario.files import bundled_files
from dav424.scenario.load import load
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.clients import install
from tests.clients.situations import LIFE, LIFE_CYCLE, SITUATIONS, Situation, Step
from tests.clients.truth import Ear, changes, tree
from tests.clients.verdict import Told, Verdict, judge
from tests.installed import NotInstalledError

DRIVERS = Path(__file__).parent / "drivers"
CLIENTS = {
    "curl": "Debian",
    "cadaver": "Debian",
    "rclone": "Debian",
    "webdav4": "PyPI",
    "webdavclient3": "PyPI",
    "aiowebdav2": "PyPI",
    "webdav-rfc4918": "PyPI",
    "caldav": "PyPI",
    "webdav": "npm",
    "tsdav": "npm",
}
"""The clients, in the order of the page, and where each is from."""
LONGEST = 240
"""Characters of a client's words that the page shows."""


@dataclass(frozen=True)
class Row:
    """What came of one client in one situation, as the page has it."""

    client: str
    version: str
    situation: str
    told: str
    true: str
    verdict: str


@dataclass(frozen=True)
class Lived:
    """What came of one step of the life cycle; ``changes`` are those of the tree."""

    step: Step
    told: Told
    changes: frozenset[str]

    @property
    def went_wrong(self) -> str:
        """What was wrong with it, or nothing."""
        if self.told.how == "missing":
            return ""
        if self.told.how == "failure":
            return self.told.words
        if self.changes != self.step.changes:
            return f"changed {sorted(self.changes)}"
        read, wanted = self.told.value, self.step.value
        return "" if wanted in (None, read) else f"read {read!r}"


@dataclass(frozen=True)
class Ran:
    """What came of one client: its life cycle step by step, and its rows by situation."""

    version: str
    life: list[Lived]
    rows: dict[str, Row]


def command(client: str) -> tuple[list[str], Path, dict[str, str]]:
    """Give the command that starts a client's driver, where to start it, and its environment."""
    here = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    here |= {"NO_PROXY": "127.0.0.1", "LC_ALL": "C.UTF-8"}
    module = f"with_{client.replace('-', '_')}"
    python = [sys.executable, "-W", "ignore", str(DRIVERS / f"{module}.py")]
    match CLIENTS[client]:
        case "Debian":
            if shutil.which(client) is None:
                raise NotInstalledError(f"{client} isn't installed here; on Debian: apt-get install {client}")
            return python, DRIVERS, here
        case "PyPI":
            return python, DRIVERS, here | {"PYTHONPATH": str(install.at_hand(client))}
        case _:
            if shutil.which("node") is None or not install.has_npm():
                raise NotInstalledError(f"{client} isn't installed here; with node and npm make clients-test does that")
            text = (DRIVERS / "answering.mjs").read_text() + (DRIVERS / f"{module}.mjs").read_text()
            return ["node", "--no-warnings", "--input-type=module", "--eval", text], install.NPM, here


class Driver:
    """A client's driver, under way; ``version`` is the client's own word."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.version = self._next()["version"]

    def call(self, url: str, name: str, arguments: list[Any]) -> Told:
        """Let the client make a call, and give what it told."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"url": url, "call": name, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        return Told(**self._next())

    def _next(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the driver ended with exit status {self._process.wait(10)}"
        return json.loads(line)


@contextmanager
def driving(client: str) -> Iterator[Driver]:
    """Start a client's driver, and end it by closing its standard input."""
    words, folder, environment = command(client)
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Driver(process)
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)
        finally:
            process.kill()


@cache
def run(client: str) -> Ran:
    """Take one client through everything, against a server of its own; raises NotInstalledError where it isn't here."""
    sources = {file.stem: partial(_load, file) for file in bundled_files()}
    ear = Ear(App(sources, Settings(start=None)).gateway)
    with driving(client) as driver, serving(ear) as url:
        life = [_live(driver, f"{url}playground", step) for step in LIFE_CYCLE]
        met = [_meet(client, driver, ear, url, each) for each in SITUATIONS]
        rows = [_summed_up(client, driver.version, life, url), *met]
        return Ran(driver.version, life, {row.situation: row for row in rows})


def _load(file: Any) -> Any:
    return load(file.read_bytes(), file.name)


def _live(driver: Driver, url: str, step: Step) -> Lived:
    ours = Client(url)
    before = tree(ours)
    told = driver.call(url, step.call, step.arguments)
    return Lived(step, told, frozenset(changes(before, tree(ours))))


def _summed_up(client: str, version: str, life: list[Lived], url: str) -> Row:
    done = dict.fromkeys(each.step.call for each in life if each.told.how != "missing")
    missing = dict.fromkeys(each.step.call for each in life if each.told.how == "missing")
    told = ", ".join(done) + (f"; no call for {', '.join(missing)}" if missing else "")
    wrong = next((each for each in life if each.went_wrong), None)
    if wrong is not None:
        true = shown(f"{wrong.step.call} {wrong.step.arguments}: {wrong.went_wrong}", url)
        return Row(client, version, LIFE, told, true, Verdict.FELL_SHORT)
    return Row(client, version, LIFE, told, "After each call the tree was as asked.", Verdict.WORKED)


def _meet(client: str, driver: Driver, ear: Ear, url: str, situation: Situation) -> Row:
    ours = Client(f"{url}s/default~{RFC4918}/{situation.scenario}")
    before = tree(ours)
    ear.heard.clear()
    told = driver.call(url + situation.scenario, situation.call, situation.arguments)
    answers = [each for each in ear.heard if each.method == situation.method]
    heard = list(dict.fromkeys(map(str, answers)))
    culprits = list(dict.fromkeys(culprit for each in answers for culprit in each.culprits))
    different = changes(before, tree(ours))
    gave_up = told.how == "failure" and not answers  # before it sent the request, at the answer to another one
    verdict = Verdict.BROKE_OFF if gave_up else judge(told, culprits)
    if verdict is Verdict.MISSING:
        return Row(client, driver.version, situation.title, "", "", verdict)
    true = f"{'; '.join(heard) or f'No {situation.method} was sent'}. {_sentence(different)}"
    return Row(client, driver.version, situation.title, shown(told.words, url), true, verdict)


def _sentence(different: list[str]) -> str:
    said = ", ".join(different) or "nothing changed"
    return f"{said[0].upper()}{said[1:]}."


def shown(words: str, url: str) -> str:
    """Bring a client's words into one line that is the same in every run: no port, no token, no backtick, and not too long."""
    line = " ".join(words.replace(url.rstrip("/"), "").replace(url.removeprefix("http://").rstrip("/"), "").split())
    line = re.sub(r"urn:uuid:[-0-9a-f]+", "urn:uuid:…", line).replace("`", "'")
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
