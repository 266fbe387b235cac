"""How soon a server is up and down, and what an explanation costs. ``python -m tests.bench.lifecycle`` prints this part alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from dav424.app import App
from dav424.journal.render import as_text
from dav424.journal.report import report
from dav424.scenario.load import load
from dav424.testing import Server
from dav424.wire.server import serving
from tests.bench import servers
from tests.bench.load import Connection, request
from tests.bench.spaces import XML, table

FAILS_LATE = "title: t\ntree: {/f: {}}\ncauses: [{id: c, kind: store-fails, after: %d}]\n"


def in_process(rounds: int) -> tuple[float, float]:
    """Give the shortest times, in milliseconds, to start and to stop a server of dav424.testing."""
    up, down = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        server = Server()
        answering = time.perf_counter()
        server.ready()
        stopping = time.perf_counter()
        server.close()
        up.append(answering - begun)
        down.append(time.perf_counter() - stopping)
    return 1000 * min(up), 1000 * min(down)


def terminated(folder: Path, rounds: int) -> float:
    """Give the shortest time, in milliseconds, from SIGTERM to the end of the process."""
    taken = []
    for _ in range(rounds):
        with servers.dav424(folder) as server:
            begun = time.perf_counter()
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(5)
            taken.append(time.perf_counter() - begun)
    return 1000 * min(taken)


def imported(rounds: int) -> str:
    """Give the shortest time, in milliseconds, that the pytest plugin takes to be imported once pytest is there."""
    taken = []
    for _ in range(rounds):
        code = "import pytest, time; begun = time.perf_counter(); import dav424.pytest_plugin; print(time.perf_counter() - begun)"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        taken.append(1000 * float(run.stdout))
    return f"{min(taken):.1f}"


def explained(properties: int) -> str:
    """Give the milliseconds that it takes to explain a PROPPATCH of so many properties that fails half-way."""
    scenario = load(FAILS_LATE % (properties // 2), "t.yaml")
    app = App({"t": partial(lambda scenario: scenario, scenario)})
    names = "".join(f'<u:p{number} xmlns:u="urn:u"/>' for number in range(properties))
    body = f'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>{names}</D:prop></D:set></D:propertyupdate>'.encode()
    with serving(app.gateway) as url:
        connection = Connection(int(url.rstrip("/").rpartition(":")[2]))
        connection.ask(request("PROPPATCH", "/t/f", body, **XML))
        connection.close()
    (entry,) = app.spaces.default.journal
    begun = time.perf_counter()
    as_text(report(entry))
    return f"{1000 * (time.perf_counter() - begun):.0f}"


def run(folder: Path, *, quick: bool) -> None:
    """Print all of it."""
    rounds = 5 if quick else 20
    up, down = in_process(rounds)
    print(f"### A server comes and goes, in milliseconds: the best of {rounds}\n")
    rows = [["dav424.testing.Server", f"{up:.0f}", f"{down:.0f}"]]
    rows.append(["dav424 serve, SIGTERM", "", f"{terminated(folder, rounds):.0f}"])
    rows.append(["the pytest plugin, imported", imported(rounds), ""])
    table(["", "start", "stop"], rows)
    print("### The explanation of a PROPPATCH that fails half-way, in milliseconds\n")
    sizes = (400, 4_000)
    table(["properties", *(f"{size:,}" for size in sizes)], [["", *map(explained, sizes)]])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        run(Path(name), quick="--quick" in sys.argv)
