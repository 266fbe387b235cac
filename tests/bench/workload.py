"""One kind of request, sent again and again in one thread, so that its instructions can be counted.

    python -m tests.bench.workload KIND NUMBER

The requests go through a real socket pair and the server's own connection, so that nothing but the threads is left out. All
kinds are warmed up before, whatever ``KIND`` is: two runs of one process differ in ``NUMBER`` requests alone.
``start`` is the start of ``dav424 serve`` up to its first answer, and ``reference`` is fixed work of Python and lxml, with
which the instructions are compared: interpreters of other builds take more or fewer for the same.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from tests.bench.load import request

XML = {"Content_Type": "application/xml"}
FAILING = (
    b'<D:propertyupdate xmlns:D="DAV:" xmlns:x="http://example.com/ns"><D:set><D:prop><x:author>Grace</x:author></D:prop>'
    b'</D:set><D:set><D:prop><D:getetag>"mine"</D:getetag></D:prop></D:set></D:propertyupdate>'
)
PROPFIND = (
    b'<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><D:getcontentlength/><D:resourcetype/></D:prop></D:propfind>'
)
LOCK = (
    b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)
REQUESTS: dict[str, tuple[bytes, int, int]] = {
    "OPTIONS": (request("OPTIONS", "/w/f"), 200, 200),
    "GET": (request("GET", "/w/f"), 200, 200),
    "404": (request("GET", "/w/nothing"), 404, 200),
    "PUT": (request("PUT", "/w/f", b"x" * 1000), 204, 200),
    "PROPPATCH that fails": (request("PROPPATCH", "/w/f", FAILING, **XML), 207, 150),
    "PROPFIND of one": (request("PROPFIND", "/w/f", PROPFIND, **XML, Depth="0"), 207, 200),
    "PROPFIND of 20": (request("PROPFIND", "/w/small/", PROPFIND, **XML, Depth="1"), 207, 100),
    "COPY of 20": (request("COPY", "/w/small/", Destination="http://bench/w/copy/"), 204, 100),
    "a space": (request("OPTIONS", "/s/{number}/w/f"), 200, 200),
}
"""Each kind: the bytes, the status of the answer, and how many are counted."""
START, REFERENCE = "start", "reference"
KINDS: dict[str, int] = {**{name: most for name, (_, _, most) in REQUESTS.items()}, START: 1, REFERENCE: 300}


class Sender:
    """Sends requests to a server in the same thread."""

    def __init__(self, server: Any) -> None:
        self._client, accepted = socket.socketpair()
        self._connection = server.ConnectionClass(server, accepted)
        self._connection.remote_addr, self._connection.remote_port = "127.0.0.1", 1

    def ask(self, data: bytes, status: int) -> None:
        """Send a request; its answer must have this status."""
        self._client.sendall(data)
        assert self._connection.communicate()
        answer = self._client.recv(1 << 20)
        assert answer[9:12] == b"%d" % status, answer


def _sender() -> Sender:
    from dav424.app import App
    from dav424.scenario.model import Scenario, TreeEntry
    from dav424.wire.server import open_server

    tree = {"/f": TreeEntry(content="x"), **{f"/small/{number}": TreeEntry() for number in range(20)}}
    scenario = Scenario(title="t", tree=tree)
    return Sender(open_server(App({"w": lambda: scenario}).gateway, "127.0.0.1", 0))


def requests(name: str, number: int) -> None:
    """Warm up all kinds, and send so many requests of one."""
    sender = _sender()
    sender.ask(request("COPY", "/w/small/", Destination="http://bench/w/copy/"), 201)
    for each in range(3):
        for data, status, _ in REQUESTS.values():
            sender.ask(data.replace(b"{number}", b"warm%d" % each), status)
    data, status, _ = REQUESTS[name]
    for each in range(number):
        sender.ask(data.replace(b"{number}", b"%d" % each), status)


def start(number: int) -> None:
    """Start ``dav424 serve`` as its command does, and answer one OPTIONS in the place of its loop."""
    if not number:
        return
    from dav424.commands import cli
    from dav424.wire import server

    def answer(opened: Any, *_: Any, **__: Any) -> None:
        Sender(opened).ask(request("OPTIONS", "/"), 200)
        os._exit(0)

    server.serve_until_signalled = answer
    cli.main(["serve", "--port", "0", "--allow-host", "bench"])


def reference(number: int) -> None:
    """Do work that never changes: read XML, make objects, look things up, call functions, join texts."""
    from lxml import etree

    class Thing:
        def __init__(self, name: str, value: int) -> None:
            self.name, self.value = name, value

        def text(self) -> str:
            return f"<{self.name}>{self.value}</{self.name}>"

    for _ in range(number):
        root = etree.fromstring(FAILING)
        names = {str(element.tag).partition("}")[2]: element for element in root.iter()}
        things = [Thing(name, len(name) + each) for each in range(20) for name in names]
        total = sum(thing.value for thing in things if thing.name != "set")
        assert len("".join(thing.text() for thing in things)) > total // 1000


def main() -> None:
    """Do what the arguments say."""
    kind, number = sys.argv[1], int(sys.argv[2])
    gc.disable()
    works: dict[str, Callable[[int], None]] = {START: start, REFERENCE: reference}
    if kind in works:
        works[kind](number)
    else:
        requests(kind, number)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
