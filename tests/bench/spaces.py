"""What spaces and their journals cost. ``python -m tests.bench.spaces`` prints this part alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from dav424.app import App
from dav424.scenario.model import Scenario, TreeEntry
from tests.bench import servers
from tests.bench.load import Connection, rate, request

MANY = 10_000
XML = {"Content_Type": "application/xml"}
OBJECTS = f"""
import gc
from dav424.app import App
from dav424.scenario.load import load
from dav424.scenario.files import bundled_files

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

file = next(file for file in bundled_files() if file.stem == "proppatch-protected")
spaces = App({{file.stem: lambda: load(file.read_bytes(), file.name)}}).spaces
spaces.touch("0").world(file.stem)
gc.collect()
before = resident()
for number in range(1, {MANY}):
    spaces.touch(str(number)).world(file.stem)
print(resident() - before)
"""


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def microseconds(action: Callable[[], object], times: int = 90) -> str:
    """Give the median and the longest of what something takes."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        action()
        taken.append(1e6 * (time.perf_counter() - begun))
    return f"{statistics.median(taken):.0f} ({max(taken):.0f})"


def costs(documents: int) -> list[str]:
    """Measure what is done with a space whose one scenario has so many documents."""
    tree = {f"/d{number % 200}/{number}.txt": TreeEntry() for number in range(documents)}
    spaces = App({"t": lambda: Scenario(title="t", tree=tree)}).spaces
    space, names = spaces.touch("a"), count()
    space.world("t")
    return [
        f"{documents:,}",
        microseconds(lambda: spaces.make(f"m{next(names)}")),
        microseconds(lambda: spaces.touch(f"t{next(names)}").world("t")),
        microseconds(space.reset),
        microseconds(space.snapshot),
        microseconds(lambda: space.restore("1")),
    ]


def memory_over_http(folder: Path) -> float:
    """Give the megabytes that many spaces take in a server, each touched by one request."""
    with servers.dav424(folder, "--max-spaces", str(MANY + 1)) as server:
        connection = Connection(server.port)

        def touch(number: int) -> None:
            status, _ = connection.ask(request("OPTIONS", f"/s/{number}/proppatch-protected/report.txt"))
            assert status == 200, status

        touch(0)
        before = server.memory()
        for number in range(1, MANY):
            touch(number)
        connection.close()
        return (server.memory() - before) / 1e6


def journal(stack: ExitStack, folder: Path, failing: bytes, rounds: int, seconds: float) -> None:
    """Compare the rates of a failing PROPPATCH with a journal and without."""
    compared = {"1,000 entries": stack.enter_context(servers.dav424(folder))}
    compared["none"] = stack.enter_context(servers.dav424(folder, "--journal-entries", "0"))
    for server in compared.values():
        connection = Connection(server.port)
        connection.ask(request("PUT", f"{server.base}/f.txt", b"x"))
        connection.close()
    rows = []
    for connections in (1, 8):
        rates: dict[str, list[float]] = {name: [] for name in compared}
        for number in range(rounds):
            # Each is first in every other round.
            for name, server in list(compared.items())[:: 1 if number % 2 else -1]:
                data = request("PROPPATCH", f"{server.base}/f.txt", failing, **XML)
                rates[name].append(rate(server.port, data, connections, seconds))
        for name, found in rates.items():
            ratios = [mine / bare for mine, bare in zip(found, rates["none"], strict=True)]
            spread = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
            rows.append([str(connections), name, f"{statistics.median(found):.0f}", spread])
    print("### A failing PROPPATCH with and without a journal\n")
    table(["connections", "journal", "answers a second", "ratio to no journal"], rows)


def report(stack: ExitStack, folder: Path, failing: bytes, *, quick: bool) -> None:
    """Print all of it."""
    print("### Operations on a space, in microseconds: median (longest)\n")
    head = ["documents in it", "make", "first request, with a copy of the scenario", "reset", "snapshot", "restore"]
    table(head, [costs(documents) for documents in (1, 1_000, 10_000 if quick else 100_000)])
    objects = subprocess.run([sys.executable, "-c", OBJECTS], capture_output=True, text=True, check=True)
    print(f"### {MANY:,} spaces with a copy of one scenario each: additional MB\n")
    rows = [["as objects", f"{float(objects.stdout):.1f}"]]
    rows.append(["over HTTP, with one exchange in the journal of each", f"{memory_over_http(folder):.1f}"])
    table(["", "MB"], rows)
    journal(stack, folder, failing, 3 if quick else 14, 0.5 if quick else 2.0)


def main() -> None:
    """Print this part of the benchmark."""
    from tests.bench.small_requests import FAILING

    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        report(stack, Path(name), FAILING, quick="--quick" in sys.argv)


if __name__ == "__main__":
    main()
