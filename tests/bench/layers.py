"""Where the time of a failing PROPPATCH goes, layer by layer. ``python -m tests.bench.layers`` prints the table.

One thread is the client and the server, on the two ends of a pair of sockets, so that the computing time of the process is that of
the requests. A timer interrupts it each half millisecond of that time, and each layer counts the interrupts in its functions.
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from types import FrameType

from dav424.app import App
from dav424.scenario.sources import scenario_sources
from dav424.wire.connection import Connection
from dav424.wire.server import open_server
from tests.bench.load import request
from tests.bench.small_requests import requests
from tests.bench.spaces import table

SECONDS = 8.0
INTERVAL = 0.0005
OUTSIDE = "the two calls of the system for the client's side, and the loop of this program"
WHOLE = "the whole"
AGAIN, OTHERS = list(requests(""))[:2]
LAYERS = {
    ("spine/handle.py", "_record"): "journal: the entry, its weight, the oldest one that leaves",
    ("methods/proppatch.py", "plan"): "plan: the locks, the conditions, the instructions, the actions",
    ("spine/handle.py", "_run_groups"): "batch: three actions with their causes, two changes of the tree, the undo",
    ("methods/proppatch.py", "answer"): "answer: propstats, reasons, XML",
    ("spine/handle.py", "handle"): "the rest of the spine: the exchange, the causes of the request, the mutex",
    ("gateway/routing.py", "route"): "routing: space, world, dialect",
    ("gateway/gateway.py", "__call__"): "the rest of the gateway: host, origin, login, body, headers that it adds",
    ("wire/connection.py", "_read_head"): "the head is read",
    ("wire/connection.py", "send_response"): "the response is written and sent",
    ("wire/connection.py", "serve_requests"): "the rest of the connection: the bytes are received, the deadline",
}
"""The layers by their functions. A layer does not count what is inside another one; the innermost function decides."""


def served() -> Callable[[bytes], bytes]:
    """Give a function that sends a request to a connection of this server, in this thread, and gives the answer."""
    app = App(scenario_sources([]), hosts=["127.0.0.1"])
    server = open_server(app.gateway, "127.0.0.1", 0)
    server.requests.start()
    client, accepted = socket.socketpair()
    connection = Connection(server, accepted)
    connection.remote_addr = "127.0.0.1"
    connection.is_led = True

    def ask(data: bytes) -> bytes:
        client.sendall(data)
        connection.serve_requests()
        return client.recv(1 << 20)

    return ask


def measure(work: Callable[[], object], seconds: float) -> tuple[float, Counter[str]]:
    """Give the computing time of one call in microseconds, and its parts by layer."""
    found: Counter[str] = Counter()

    def interrupted(_number: int, frame: FrameType | None) -> None:
        while frame is not None:
            layer = LAYERS.get((frame.f_code.co_filename.rpartition("dav424/")[2], frame.f_code.co_name))
            if layer is not None:
                break
            frame = frame.f_back
        found[layer if frame is not None and layer is not None else OUTSIDE] += 1

    signal.signal(signal.SIGPROF, interrupted)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    begun, calls = time.process_time(), 0
    while (taken := time.process_time() - begun) < seconds:
        work()
        calls += 1
    signal.setitimer(signal.ITIMER_PROF, 0)
    return 1e6 * taken / calls, found


def main() -> None:
    """Print the table: of the same bytes again and again, and of other values and headers each time."""
    ask = served()
    ask(request("PUT", "/playground/f.txt", b"x"))
    seconds = 1.0 if "--quick" in sys.argv else SECONDS
    columns = []
    for name in (AGAIN, OTHERS):
        sent = cycle(requests("/playground")[name])
        for _ in range(1000):
            answer = ask(next(sent))
            assert b"424" in answer, answer
        gc.collect()
        gc.freeze()
        gc.set_threshold(2_000, 5, 20_000)
        whole, found = measure(lambda sent=sent: ask(next(sent)), seconds)
        columns.append({layer: whole * count / found.total() for layer, count in found.items()} | {WHOLE: whole})
    rows = [[layer, *(f"{each.get(layer, 0):.0f}" for each in columns)] for layer in (OUTSIDE, *LAYERS.values(), WHOLE)]
    print("### A failing PROPPATCH, in microseconds of computing\n")
    table(["layer", "the same bytes", "other values and headers each time"], rows)


if __name__ == "__main__":
    main()
