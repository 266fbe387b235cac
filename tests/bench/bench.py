"""make bench: how fast, side by side with others in one run. Prints Markdown tables.

Rates are measured in rounds, each server in turn in every round, and compared round by round; what is
quoted is the median of those ratios. Nothing here is a test, and nothing fails for being slow.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench import calendars, lifecycle, listings, providers, servers, small_requests, spaces
from tests.bench.load import HOST, Connection, request
from tests.bench.servers import Running
from tests.bench.small_requests import FAILING
from tests.installed import NotInstalledError

XML = {"Content_Type": "application/xml"}
LOCKINFO = (
    b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype></D:lockinfo>"
)
RESOURCETYPE = b'<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>'


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def ask(server: Running, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, float]:
    """Send one request over a new connection: status, body, and the seconds until the answer was there."""
    connection = Connection(server.port)
    begun = time.perf_counter()
    status, content = connection.ask(request(method, server.base + path, body, **headers))
    taken = time.perf_counter() - begun
    connection.close()
    return status, content, taken


def in_process(rounds: int, seconds: float) -> None:
    """Compare the doors for programs of the same process."""
    print("### A failing PROPPATCH in process, without a socket\n")
    table(*providers.run(FAILING, rounds, seconds))


def exponent(points: list[tuple[int, float]]) -> float:
    """Fit the exponent of a power law, by least squares on logarithms."""
    logs = [(math.log(n), math.log(t)) for n, t in points]
    mean_n, mean_t = (statistics.mean(column) for column in zip(*logs, strict=True))
    return sum((n - mean_n) * (t - mean_t) for n, t in logs) / sum((n - mean_n) ** 2 for n, _ in logs)


def best_of(times: int, measure: Callable[[], float]) -> float:
    """Take the least of some measurements, which noise can only lengthen."""
    return min(measure() for _ in range(times))


def growth(stack: ExitStack, folder: Path) -> None:
    """Show that cost follows size."""
    server = stack.enter_context(servers.dav424(folder))
    ask(server, "PUT", "/many.txt", b"x")
    rows = []
    for undone in (True, False):
        points = []
        for n in (10, 100, 1_000, 10_000):
            sets = "".join(f"<D:set><D:prop><x:p{i}>{i}</x:p{i}></D:prop></D:set>" for i in range(n))
            end = "<D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set>" if undone else ""
            body = f'<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x">{sets}{end}</D:propertyupdate>'.encode()
            points.append((n, best_of(3, lambda body=body: ask(server, "PROPPATCH", "/many.txt", body, **XML)[2])))
        what = "PROPPATCH, undone" if undone else "PROPPATCH, stored"
        rows.append([what, *(f"{1000 * t:.1f}" for _, t in points), "", f"{exponent(points[1:]):.2f}"])
    points = []
    for n in (10, 100, 1_000, 10_000, 100_000):
        fill(server, f"/c{n}", n)
        points.append(
            (n, best_of(3, lambda n=n: ask(server, "PROPFIND", f"/c{n}/", RESOURCETYPE, Depth="1", **XML)[2]))
        )
    rows.append(["PROPFIND depth 1", *(f"{1000 * t:.1f}" for _, t in points), f"{exponent(points[1:]):.2f}"])
    print("### Cost by size, in milliseconds, best of three\n")
    table(["properties, members", "10", "100", "1,000", "10,000", "100,000", "fitted exponent"], rows)


def batches(stack: ExitStack, folder: Path) -> None:
    """Show that the cost of a batch follows the number of its requests, however they depend on each other."""
    server = stack.enter_context(servers.dav424(folder))
    status, _, _ = ask(server, "MKCOL", "/b")
    assert status == 201, status
    rows = []
    for name, more, failing in (
        ("independent", lambda _: {}, False),
        ("a chain", lambda i: {"dependsOn": [str(i - 1)]} if i else {}, False),
        ("a chain that breaks at once", lambda i: {"dependsOn": [str(i - 1)]} if i else {}, True),
        ("a group", lambda _: {"atomicityGroup": "g"}, False),
        ("a group that is undone", lambda _: {"atomicityGroup": "g"}, True),
    ):
        points = []
        for n in (20, 200, 2_000):
            requests = [
                {"id": str(i), "method": "put", "url": "none/f" if failing and not i else f"b/{i}.txt"}
                | {"headers": {"content-type": "text/plain"}, "body": "x", **more(i)}
                for i in range(n)
            ]
            body = json.dumps({"requests": requests}).encode()
            points.append((n, best_of(5, lambda body=body, failed=n * failing: _batch(server, body, failed))))
        rows.append([name, *(f"{1000 * t:.1f}" for _, t in points), f"{exponent(points):.2f}"])
    print("### One batch by its number of requests, in milliseconds, best of five\n")
    table(["requests that are", "20", "200", "2,000", "fitted exponent"], rows)


def _batch(server: Running, body: bytes, failing: int) -> float:
    """Send a batch, of which so many requests have to fail."""
    status, content, taken = ask(server, "POST", "/$batch", body, Content_Type="application/json")
    failed = sum(each["status"] >= 400 for each in json.loads(content)["responses"])
    assert (status, failed) == (200, failing), (status, failed)
    return taken


def fill(server: Running, collection: str, n: int) -> None:
    """Make a collection of so many small documents."""
    connection = Connection(server.port)
    status, _ = connection.ask(request("MKCOL", f"{server.base}{collection}"))
    assert status == 201, status
    for i in range(n):
        status, _ = connection.ask(
            request("PUT", f"{server.base}{collection}/{i}.txt", b"x", Content_Type="text/plain")
        )
        assert status == 201, status
    connection.close()


def tree_operations(stack: ExitStack, folder: Path, members: int, *, locked: bool) -> None:
    """Compare LOCK, COPY, MOVE and DELETE of a whole collection, and how long who comes next has to wait."""
    compared = {"dav424": stack.enter_context(servers.dav424(folder))}
    compared["stock WsgiDAV"] = stack.enter_context(servers.stock(folder))
    apache = servers.apache(folder)
    if apache is not None:
        compared["Apache httpd"] = stack.enter_context(apache)
    rows = []
    for name, server in compared.items():
        warm_up(server)
        for tree in ("/tree", "/doomed"):
            fill(server, tree, members)
            if locked:
                status, _, _ = ask(server, "LOCK", f"{tree}/5.txt", LOCKINFO, Depth="0", Timeout="Infinite", **XML)
                assert status == 200, status
        row = [locking(server, "/tree/", 11)]
        for method, path, body, headers in (
            ("COPY", "/tree/", b"", {"Destination": f"http://{HOST}{server.base}/copy/"}),
            ("MOVE", "/tree/", b"", {"Destination": f"http://{HOST}{server.base}/moved/"}),
            ("DELETE", "/doomed/", b"", {}),
        ):
            status, _, taken = ask(server, method, path, body, **headers)
            row.append(f"{1000 * taken:.1f} ({status})")
        rows.append([name, *row, f"{1000 * ask(server, 'GET', '/copy/0.txt')[2]:.1f}"])
    print(
        f"### A collection of {members:,} members, {'one of them locked' if locked else 'no conflict'}: ms (status)\n"
    )
    table(["server", "LOCK", "COPY", "MOVE", "DELETE", "GET right after"], rows)


def locking(server: Running, path: str, times: int) -> str:
    """Lock a collection, again and again; gives the median and the status."""
    found = []
    for _ in range(times):
        status, content, taken = ask(server, "LOCK", path, LOCKINFO, Depth="infinity", **XML)
        found.append(taken)
        if status == 200:
            unlocked, _, _ = ask(server, "UNLOCK", path, Lock_Token=f"<{token_in(content)}>")
            assert unlocked == 204, unlocked
    return f"{1000 * statistics.median(found):.1f} ({status})"


def warm_up(server: Running) -> None:
    """Use each method once, so that nothing is measured which only a first time takes."""
    fill(server, "/small", 2)
    _, content, _ = ask(server, "LOCK", "/small/", LOCKINFO, Depth="infinity", **XML)
    ask(server, "UNLOCK", "/small/", Lock_Token=f"<{token_in(content)}>")
    ask(server, "COPY", "/small/", Destination=f"http://{HOST}{server.base}/small2/")
    ask(server, "MOVE", "/small/", Destination=f"http://{HOST}{server.base}/small3/")
    ask(server, "DELETE", "/small2/")
    ask(server, "DELETE", "/small3/")


def token_in(content: bytes) -> str:
    """Take the token out of the answer to a LOCK."""
    return content.partition(b"locktoken>")[2].partition(b"href>")[2].partition(b"</")[0].decode()


def spawn(folder: Path, rounds: int) -> None:
    """Compare the time from spawning to the first answer, and the memory then."""
    found: dict[str, list[tuple[float, int]]] = {"dav424": [], "stock WsgiDAV": []}
    starters: dict[str, Callable[[Path], Any]] = {"dav424": servers.dav424, "stock WsgiDAV": servers.stock}
    for round_number in range(-1, rounds):
        for name, start in starters.items():
            place = folder / f"{name}-{round_number}"
            place.mkdir()
            begun = time.perf_counter()
            with start(place) as server:
                ask(replace(server, base=""), "OPTIONS", "/")
                if round_number >= 0:  # the one before the first writes byte code
                    found[name].append((time.perf_counter() - begun, server.memory()))
    rows = []
    for name, measured in found.items():
        ratios = [mine[0] / theirs[0] for mine, theirs in zip(found["dav424"], measured, strict=True)]
        rows.append([
            name, f"{1000 * statistics.median(t for t, _ in measured):.0f}", f"{statistics.median(ratios):.2f}",
            f"{statistics.median(m for _, m in measured) / 1e6:.1f}",
        ])  # fmt: skip
    print("### From the start of the process to the first answer\n")
    table(["server", "ms, median", "dav424 / server", "resident MB"], rows)


def calendar_reports(events: int, rounds: int) -> None:
    """Compare the reports of calendars, where the other servers are installed."""
    try:
        rows = calendars.compare(events, rounds)
    except NotInstalledError as error:
        print(f"No reports of calendars: {error}\n")
        return
    print(f"### A calendar of {events:,} events\n")
    table(calendars.HEAD, rows)


def worlds(*, quick: bool) -> None:
    """Compare what test suites use."""
    from tests.bench import isolation  # of the dependency group bench

    isolation.report(FAILING, quick=quick)


class Kept(io.StringIO):
    """Prints, and keeps what was printed."""

    def write(self, text: str) -> int:
        """Print a text, too."""
        sys.__stdout__.write(text)
        sys.__stdout__.flush()
        return super().write(text)


def main() -> None:
    """Run all of it, or a quick look with --quick; write the tables and their plots with --into."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer rounds, smaller trees")
    options.add_argument("--into", type=Path, help="folder for the tables as Markdown, and for their plots")
    given = options.parse_args()
    with redirect_stdout(Kept()) as kept:
        measure(quick=given.quick)
    if given.into is not None:
        from tests.bench import plots  # of the dependency group bench

        given.into.mkdir(parents=True, exist_ok=True)
        (given.into / "benchmarks.md").write_text(kept.getvalue())
        plots.draw(kept.getvalue(), given.into)


def measure(*, quick: bool) -> None:
    """Print all tables."""
    described = subprocess.run([sys.executable, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{described}, {len(__import__('os').sched_getaffinity(0))} processors.\n")
    sections: Iterator[Callable[[ExitStack, Path], None]] = iter((
        lambda stack, folder: small_requests.run(stack, folder, 3 if quick else 7, 0.2 if quick else 0.5),
        lambda *_: in_process(3 if quick else 7, 0.5 if quick else 2.0),
        lambda stack, folder: listings.run(stack, folder, 3 if quick else 7, 100 if quick else 1_000),
        growth,
        batches,
        lambda stack, folder: tree_operations(stack, folder, 1_000 if quick else 10_000, locked=True),
        lambda stack, folder: tree_operations(stack, folder, 10_000 if quick else 100_000, locked=False),
        lambda _stack, folder: spawn(folder, 3 if quick else 7),
        lambda _stack, folder: lifecycle.run(folder, quick=quick),
        lambda *_: worlds(quick=quick),
        lambda *_: calendar_reports(1_000 if quick else 10_000, 3 if quick else 5),
        lambda stack, folder: spaces.report(stack, folder, FAILING, quick=quick),
    ))  # fmt: skip
    for section in sections:
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            section(stack, Path(name))


if __name__ == "__main__":
    main()
