"""How fast a collection is listed, beside other servers. ``python -m tests.bench.listings`` prints this part alone.

The first listing of a collection is that of members which were just stored; each is asked for once. A listing is asked again if nothing
has changed since. In each round every server has its turn with several listings, of which the shortest counts, since other work on the
machine can only lengthen them. A ratio compares two servers of one round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench import servers
from tests.bench.load import Connection, request
from tests.bench.servers import Running
from tests.bench.spaces import XML, table

ONE = b'<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>'
SIX = (
    b'<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getetag/><D:getlastmodified/>'
    b"<D:getcontenttype/><D:displayname/></D:prop></D:propfind>"
)
ALL = b'<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'
QUESTIONS = {"the type": ONE, "six properties": SIX, "all properties": ALL}
HEAD = ["PROPFIND of", "asked", "server", "ms, shortest", "dav424 is faster: times"]
STOCK = "stock WsgiDAV"
"""It lists a collection anew each time, and takes long to store one: it is asked again only."""
Measure = Callable[[Connection, Running], float]


def store(connection: Connection, server: Running, collection: str, members: range) -> None:
    """Store small documents in a collection, which is made before the first."""
    if members.start == 0:
        must(connection, 201, "MKCOL", f"{server.base}{collection}/")
    for number in members:
        path = f"{server.base}{collection}/{number}.txt"
        must(connection, 201, "PUT", path, b"x", Content_Type="text/plain")


def must(connection: Connection, expected: int, method: str, path: str, body: bytes = b"", **headers: str) -> None:
    """Send a request, and check its status."""
    status, _ = connection.ask(request(method, path, body, **headers))
    assert status == expected, (method, path, status)


def listing(connection: Connection, server: Running, path: str, body: bytes, times: int = 1) -> float:
    """Give the seconds of the shortest of some listings with depth 1; a document is listed alone."""
    data = request("PROPFIND", server.base + path, body, Depth="1", **XML)
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        status, _ = connection.ask(data)
        taken.append(time.perf_counter() - begun)
        assert status == 207, status
    return min(taken)


def again(path: str, body: bytes, times: int) -> Measure:
    """List a collection that has not changed since it was listed."""

    def measure(connection: Connection, server: Running) -> float:
        listing(connection, server, path, body)
        return listing(connection, server, path, body, times)

    return measure


def changed(path: str, body: bytes, times: int) -> Measure:
    """List a collection in which one member got new content since it was listed."""

    def measure(connection: Connection, server: Running) -> float:
        taken = []
        for number in range(times):
            status, _ = connection.ask(
                request("PUT", f"{server.base}{path}{number}.txt", b"y", Content_Type="text/plain")
            )
            assert 200 <= status < 300, status
            taken.append(listing(connection, server, path, body))
        return min(taken)

    return measure


def first(stem: str, members: int, body: bytes, times: int) -> Measure:
    """List members that were just stored."""
    made = dict[int, int]()

    def measure(connection: Connection, server: Running) -> float:
        taken = []
        for _ in range(times):
            made[server.port] = made.get(server.port, 0) + 1
            collection = f"/{stem}{made[server.port]}"
            store(connection, server, collection, range(members))
            taken.append(listing(connection, server, f"{collection}/", body))
        return min(taken)

    return measure


def long_listing(stack: ExitStack, folder: Path, members: int) -> None:
    """Print the memory of the server before, during and after the first listing of a very large collection."""
    server = stack.enter_context(servers.dav424(folder))
    resources = {"/": {}, "/c/": {}} | {f"/c/{n}.txt": {"content": "x", "type": "text/plain"} for n in range(members)}
    connection = Connection(server.port)
    tree = "/-/spaces/default/tree?scenario=playground"
    must(connection, 200, "PUT", tree, json.dumps({"resources": resources}).encode(), Content_Type="application/json")
    server.forget_peak()
    before = server.memory()
    begun = time.perf_counter()
    status, body = connection.ask(request("PROPFIND", f"{server.base}/c/", ALL, Depth="1", **XML))
    taken, size = time.perf_counter() - begun, len(body)
    assert status == 207, status
    figures = before, server.memory("VmHWM"), server.memory()
    print(f"### The memory of dav424 while it lists {members:,} members, in MB\n")
    row = [f"{size / 1e6:.1f}", f"{taken:.2f}", *(f"{figure / 1e6:.1f}" for figure in figures)]
    table(["answer", "seconds", "before", "peak", "after"], [row])


def compare(compared: dict[str, Running], measure: Measure, rounds: int) -> dict[str, list[float]]:
    """Give the seconds of each server in each round."""
    found: dict[str, list[float]] = {name: [] for name in compared}
    for _ in range(rounds):
        for name, server in compared.items():
            connection = Connection(server.port)
            found[name].append(measure(connection, server))
            connection.close()
    return found


def run(stack: ExitStack, folder: Path, rounds: int, members: int) -> None:
    """Compare the listings, and print a table."""
    compared = {"dav424": stack.enter_context(servers.dav424(folder))}
    apache = servers.apache(folder)
    if apache is not None:
        compared["Apache httpd"] = stack.enter_context(apache)
    compared[STOCK] = stack.enter_context(servers.stock(folder))
    for server in compared.values():
        connection = Connection(server.port)
        store(connection, server, "/large", range(members))
        store(connection, server, "/small", range(20))
        connection.close()
    rows = []
    for position, (what, body) in enumerate(QUESTIONS.items()):
        for size, asked, measure in (
            ("one document", "again", again("/small/1.txt", body, 200)),
            ("20 members", "again", again("/small/", body, 60)),
            (f"{members:,} members", "again", again("/large/", body, 10)),
            (f"{members:,} members", "after a change", changed("/large/", body, 5)),
            (f"{members:,} members", "for the first time", first(f"new{position}-", members, body, 2)),
        ):
            chosen = compared if asked == "again" else {name: compared[name] for name in compared if name != STOCK}
            found = compare(chosen, measure, rounds)
            for name, taken in found.items():
                ratios = [theirs / ours for ours, theirs in zip(found["dav424"], taken, strict=True)]
                median = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
                rows.append([f"{size}: {what}", asked, name, f"{1000 * min(taken):.2f}", median])
    print("### PROPFIND, one connection that is kept open\n")
    table(HEAD, rows)
    long_listing(stack, folder, 100 * members)


def main() -> None:
    """Print this part alone."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer rounds, smaller collections")
    quick = options.parse_args().quick
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        run(stack, Path(name), 3 if quick else 7, 100 if quick else 1_000)


if __name__ == "__main__":
    main()
