"""The memory that a request takes from the system, and gives back: of a server in a process of its own."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dav424.core import memory
from dav424.core.memory import hold
from dav424.core.message import Request
from dav424.dav import parser_names, request_xml
from dav424.gateway.memory_return import ENOUGH, MemoryReturn
from dav424.objects import uids
from dav424.scenario.model import XmlProperty
from dav424.scenario.property_xml import property_xml
from tests.client import Client
from tests.commands.test_cli import running
from tests.conftest import Served

MB = 1 << 20
CALENDAR = {"Content-Type": "text/calendar"}


class Alone:
    """A server in its own process: a client of its playground, and its memory in bytes as the system measures it."""

    def __init__(self, url: str, number: int) -> None:
        self.url, self.client = url, Client(f"{url}playground/")
        self._status = Path(f"/proc/{number}/status")
        self._peaks = Path(f"/proc/{number}/clear_refs")

    @property
    def resident(self) -> int:
        return self._read("VmRSS")

    @property
    def peak(self) -> int:
        return self._read("VmHWM")

    def forget_peak(self) -> None:
        self._peaks.write_text("5")

    def _read(self, name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+) kB$", self._status.read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    def put(self, path: str, pieces: Iterable[bytes], length: int | None = None) -> int:
        """PUT a body piece by piece: with a length, or else in chunks."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        headers = {} if length is None else {"Content-Length": str(length)}
        connection.request("PUT", f"/playground{path}", iter(pieces), headers, encode_chunked=length is None)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status


@pytest.fixture
def alone() -> Iterator[Alone]:
    with running("--port", "0") as (process, url):
        server = Alone(url, process.pid)
        assert server.client("PUT", "/warm", "x").status == 201
        assert server.client("GET", "/").status == 200
        yield server


@pytest.mark.parametrize("length", [128 * MB, None], ids=["length", "chunks"])
def test_a_large_body_is_there_once(alone: Alone, length: int | None) -> None:
    """While it arrives, and while it is sent; and no more of it is left after a DELETE."""
    before = alone.resident
    assert alone.put("/big", (b"x" * MB for _ in range(128)), length) == 201
    assert alone.peak - before < 1.3 * 128 * MB
    assert len(alone.client("GET", "/big").body) == 128 * MB
    assert alone.peak - before < 1.3 * 128 * MB
    assert alone.client("DELETE", "/big").status == 204
    wait_until(lambda: alone.resident - before < 13 * MB)


def test_small_chunks_take_no_more_than_large_ones(alone: Alone) -> None:
    """Four hundred thousand of two bytes each."""
    before = alone.resident
    parts = urlsplit(alone.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.putrequest("PUT", "/playground/f")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders(b"2\r\nab\r\n" * 10_000)
    for _ in range(39):
        connection.send(b"2\r\nab\r\n" * 10_000)
    connection.send(b"0\r\n\r\n")
    assert connection.getresponse().status == 201
    connection.close()
    assert alone.peak - before < 12 * MB


def test_an_import_takes_no_more_than_some_times_its_size(alone: Alone) -> None:
    """Each object would repeat a line of a megabyte: the import is refused as a whole."""
    client = Client(alone.url.rstrip("/"))
    events = "".join(f"BEGIN:VEVENT\r\nUID:{number}\r\nEND:VEVENT\r\n" for number in range(900))
    body = f"BEGIN:VCALENDAR\r\nX:{'y' * 1_000_000}\r\n{events}END:VCALENDAR\r\n"
    before = alone.resident
    answer = client("POST", "/playground/", body, CALENDAR)
    assert (answer.status, answer.condition) == (403, "{http://me.com/_namespace/}max-bytes")
    assert b"900063790 bytes" in answer.body
    assert alone.peak - before < 32 * MB


def test_an_import_of_large_objects_is_stored(alone: Alone) -> None:
    """What each object repeats is little: all are stored, and the answer needs no second copy."""
    events = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\nX:{'y' * 90_000}\r\nEND:VEVENT\r\n" for n in range(100))
    before = alone.resident
    answer = alone.client("POST", "/", f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n", CALENDAR)
    assert (answer.status, answer.body.count(b"200 OK")) == (207, 100)
    assert alone.peak - before < 9 * 9 * MB
    assert b"\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:7\r\n" in alone.client("GET", "/7.ics").body


def test_a_long_listing_is_streamed(alone: Alone) -> None:
    """The answer about 20,000 members has 13 MB, of which the server never holds more than the answers that it keeps."""
    resources = {f"/c/{number}.txt": {"content": "x", "type": "text/plain"} for number in range(20_000)}
    tree = json.dumps({"resources": {"/": {}, "/c/": {}, **resources}})
    url = "/-/spaces/default/tree?scenario=playground"
    assert Client(alone.url.rstrip("/"))("PUT", url, tree, {"Content-Type": "application/json"}).status == 200
    parts = urlsplit(alone.url)
    for _ in range(2):
        alone.forget_peak()
        before = alone.resident
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.request("PROPFIND", "/playground/c/", headers={"Depth": "1"})
        response, length = connection.getresponse(), 0
        while piece := response.read(MB):
            length += len(piece)
        connection.close()
        assert length > 13_000_000
        assert alone.peak - before < 8 * MB


def test_memory_goes_back_after_a_space_goes(alone: Alone) -> None:
    """Many threads write many documents, and the heap of each thread gives the memory back, in each round."""
    client, before = Client(alone.url.rstrip("/")), alone.resident

    def fill(first: int) -> None:
        for number in range(first, first + 200):
            assert client("PUT", f"/s/x/playground/{number}", b"x" * 20_000).status == 201

    for _ in range(3):
        threads = [threading.Thread(target=fill, args=(first,)) for first in range(0, 2000, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert alone.resident - before > 35 * MB
        assert client("DELETE", "/-/spaces/x").status == 204
        wait_until(lambda: alone.resident - before < 18 * MB)


PARSING = """
import os, threading
from dav424.core.message import Request
from dav424.dav import request_xml
from dav424.gateway.memory_return import trim_heaps
def resident():
    trim_heaps()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def parse():
    sizes = []
    for turn in range(2):
        for number in range(40):
            namespace = b"u:%d:%d:%s" % (turn, number, b"u" * 1_000_000)
            request_xml.parse(Request("PROPFIND", (), body=b'<a xmlns="%s"/>' % namespace))
            names = b"".join(b"<n%d-%d-%d/>" % (turn, number, name) for name in range(10_000))
            request_xml.parse(Request("PROPFIND", (), body=b"<a>%s</a>" % names))
        sizes.append(resident())
    print(sizes[1] - sizes[0])
thread = threading.Thread(target=parse)
thread.start()
thread.join()
"""


def test_the_names_that_clients_invent_are_forgotten() -> None:
    """The second 40 MB of namespaces and 5 MB of names take the place of the first."""
    run = subprocess.run([sys.executable, "-c", PARSING], capture_output=True, text=True, check=True, timeout=60)
    assert int(run.stdout) < 10 * MB


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for what the server gives back after its response is sent."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it is still not so"
        time.sleep(0.05)


def test_the_parser_gets_a_new_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lxml keeps that of a thread where it is looked for, and makes another one."""
    monkeypatch.setattr(parser_names, "MOST_READ", 1000)
    dictionaries = []

    def parse() -> None:
        for number in range(10):
            root = request_xml.parse(Request("PROPFIND", (), body=b"<a><b%d/></a>" % number + b" " * 300))
            assert root[0].tag == f"b{number}"
            dictionaries.append(parser_names.values_of_thread().get(parser_names.KEY))

    thread = threading.Thread(target=parse)
    thread.start()
    thread.join()
    there = [each for each in dictionaries if each is not None]
    assert (len(there), len(set(map(id, there)))) == (8, 3)


def test_the_names_in_a_tree_of_the_admin_api_are_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same thread reads them, with the same dictionary."""
    read: list[int] = []
    monkeypatch.setattr(parser_names, "read", lambda length: bool(read.append(length)))
    assert property_xml("{u}a", XmlProperty(xml="<a xmlns='u'><b/></a>"))
    with pytest.raises(ValueError, match="not well-formed"):
        property_xml("{u}a", XmlProperty(xml="<a xmlns='u'>"))
    assert read == [len("<a xmlns='u'><b/></a>"), len("<a xmlns='u'>")]


def test_the_uids_of_documents_that_are_gone_are_forgotten(serve: Callable[..., Served]) -> None:
    """An import reads those of all members."""
    served = serve("")
    event = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    names = {"gone-1", "gone-2", "gone-3"}

    def remembered() -> set[str]:
        return names & {uid for _, uid in list(uids._uids.values())}

    for name in sorted(names):
        assert served.client("POST", "/", event.format(name), CALENDAR).status == 207
    assert remembered() == names
    for name in sorted(names):
        assert served.client("DELETE", f"/{name}.ics").status == 204
    wait_until(lambda: not remembered())


def test_a_space_that_goes_is_forgotten(serve: Callable[..., Served]) -> None:
    """The results that functions remember are gone with it."""
    served = serve("")
    assert served.client.say("PROPFIND / u:invented") == "207  u:invented 404"
    assert any("{urn:u}invented" in results for results in memory._REMEMBERED)
    served.app.spaces.make("another")
    served.app.spaces.remove("another")
    assert not any("{urn:u}invented" in results for results in memory._REMEMBERED)


def test_little_that_was_freed_is_not_worth_while() -> None:
    """The allocator is asked once for all that was freed together."""
    trimmed = threading.Semaphore(0)
    give_back = MemoryReturn(trimmed.release, pause=0)
    hold(ENOUGH - 1)
    give_back()
    assert not trimmed.acquire(timeout=0.1)
    hold(1)
    give_back()
    assert trimmed.acquire(timeout=10)
    give_back()
    assert not trimmed.acquire(timeout=0.1)
