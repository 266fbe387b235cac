"""How many small requests a second, beside other servers, with 1, 4 and 16 connections.

``python -m tests.bench.small_requests`` prints this part alone. In each round every server has its turn, in one order and then in
the other. A ratio compares two servers of one round.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench import servers
from tests.bench.load import Connection, rate, request
from tests.bench.servers import Running
from tests.bench.spaces import XML, table

CONNECTIONS = (1, 4, 16)
OURS, STOCK, BARE, APACHE = "dav424", "stock WsgiDAV", "bare cheroot + lxml", "Apache httpd"
HEAD = ["request", "connections", "dav424, answers a second", f"/ {STOCK}", f"/ {BARE}", f"/ {APACHE}"]
OTHERS = 500
"""Requests of which each has other values: more than dav424 remembers."""
FAILING = (
    b'<?xml version="1.0" encoding="utf-8"?>\n'
    b'<D:propertyupdate xmlns:D="DAV:" xmlns:x="http://example.com/ns">'
    b"<D:set><D:prop><x:author>Grace</x:author></D:prop></D:set>"
    b'<D:set><D:prop><D:getetag>"mine"</D:getetag></D:prop></D:set>'
    b"<D:set><D:prop><x:title>Q3</x:title></D:prop></D:set>"
    b"</D:propertyupdate>"
)


def requests(base: str) -> dict[str, Sequence[bytes]]:
    """Spell the requests to a server; some are several that differ."""
    failing = request("PROPPATCH", f"{base}/f.txt", FAILING, **XML)
    others = [
        request("PROPPATCH", f"{base}/f.txt", FAILING.replace(b"Grace", b"Grace %03d" % n), **XML, X_Number=f"{n:03}")
        for n in range(OTHERS)
    ]
    return {
        "failing PROPPATCH": [failing],
        "the same, other values and headers each time": others,
        "GET of 100 bytes": [request("GET", f"{base}/f.txt")],
        "PUT of 1,000 bytes": [request("PUT", f"{base}/p.txt", b"x" * 1000, Content_Type="text/plain")],
        "PROPFIND of one": [request("PROPFIND", f"{base}/f.txt", Depth="0")],
        "PROPFIND of 20 members": [request("PROPFIND", f"{base}/twenty/", Depth="1")],
        "OPTIONS": [request("OPTIONS", f"{base}/f.txt")],
        "GET, 404": [request("GET", f"{base}/none.txt")],
    }


def fill(server: Running) -> bytes:
    """Store what the requests need; gives the answer to the failing one."""
    connection = Connection(server.port)
    stored = [("PUT", "/f.txt"), ("MKCOL", "/twenty"), *(("PUT", f"/twenty/{n}.txt") for n in range(20))]
    for method, path in stored:
        body = b"x" * 100 if method == "PUT" else b""
        status, _ = connection.ask(request(method, server.base + path, body))
        assert status == 201, (method, path, status)
    _, answer = connection.ask(request("PROPPATCH", f"{server.base}/f.txt", FAILING, **XML))
    connection.close()
    return answer


def measure(
    compared: Mapping[str, Running], wanted: str, connections: int, rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Give the rates of each server, round by round."""
    rates: dict[str, list[float]] = {name: [] for name in compared}
    for number in range(rounds):
        for name in sorted(compared, reverse=bool(number % 2)):
            server = compared[name]
            rates[name].append(rate(server.port, requests(server.base)[wanted], connections, seconds))
    return rates


def run(stack: ExitStack, folder: Path, rounds: int, seconds: float) -> None:
    """Print the table."""
    compared = {OURS: stack.enter_context(servers.dav424(folder)), STOCK: stack.enter_context(servers.stock(folder))}
    apache = servers.apache(folder)
    if apache is not None:
        compared[APACHE] = stack.enter_context(apache)
    answers = {name: fill(server) for name, server in compared.items()}
    bare = stack.enter_context(servers.bare(folder, answers[OURS]))
    rows = []
    for wanted in requests(""):
        for connections in CONNECTIONS:
            beside = compared | ({BARE: bare} if "PROPPATCH" in wanted or "same" in wanted else {})
            rates = measure(beside, wanted, connections, rounds, seconds)
            row = [wanted, str(connections), f"{statistics.median(rates[OURS]):.0f}"]
            for name in (STOCK, BARE, APACHE):
                ratios = [mine / theirs for mine, theirs in zip(rates[OURS], rates.get(name, ()), strict=False)]
                shown = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""
                row.append(shown)
            rows.append(row)
    print("### Small requests, connections kept open\n")
    table(HEAD, rows)


if __name__ == "__main__":
    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as place, ExitStack() as closing:
        run(closing, Path(place), 3 if quick else 7, 0.2 if quick else 0.5)
