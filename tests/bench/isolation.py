"""Worlds for tests: made, failed in, checked and dropped, beside what test suites do without dav424.

Each world has a resource with one property. A request fails in it, the answer is read, the property is read back, and the
world goes. ``python -m tests.bench.isolation`` prints this part alone.

    dav424                     a space of a server that runs: the first request makes it, one call of the admin API drops it
    dav424.wsgi                the same in process, without a socket
    WsgiDAV, Apache            a server started for each test, over a fresh folder
    Radicale                   a server started for each test in a thread, over a fresh folder, as python-caldav's suite does
    Apache, kept running       a fresh collection for each test: no world of its own, since all share locks and settings
    responses                  a mock with an answer that was written beforehand: it stores nothing, so nothing can be checked
"""

from __future__ import annotations

import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import requests
import responses

from dav424.wsgi import application
from tests.bench import servers
from tests.bench.load import Connection, request
from tests.bench.servers import Running
from tests.installed import NotInstalledError
from tests.servers.sources import OF_PYPI

SCENARIO = """
title: A document with an author
tree: {/f.txt: {content: x, properties: {"{http://example.com/ns}author": Ada}}}
"""
XML = {"Content_Type": "application/xml"}
AUTHOR = (
    b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x:author xmlns:x="http://example.com/ns">Ada</x:author></D:prop>'
    b"</D:set></D:propertyupdate>"
)
PROPFIND = b'<D:propfind xmlns:D="DAV:"><D:prop><x:author xmlns:x="http://example.com/ns"/></D:prop></D:propfind>'
World = Callable[[], None]
"""Makes a world, fails in it, checks it, and drops it; raises AssertionError if an answer is not as it should be."""
DAV424, NOTHING_STORED = "dav424", "responses, a canned answer"
KEPT = "Apache httpd, kept running, a new collection"
_NUMBERS = count()
RADICALE = """
import io, json, socket, sys, tempfile, threading, time
import http.client
import radicale.config, radicale.server
import logging
logging.getLogger("radicale").setLevel(logging.CRITICAL)
CALENDAR = '''<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>Ada</D:displayname></D:prop></D:set></C:mkcalendar>'''
ASKED = '<D:propfind xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:propfind>'
def world(port):
    with tempfile.TemporaryDirectory() as folder:
        settings = radicale.config.load()
        settings.update({"server": {"hosts": f"127.0.0.1:{port}"}, "storage": {"filesystem_folder": folder},
            "auth": {"type": "none"}, "rights": {"type": "authenticated"}}, "bench")
        stop, stopped = socket.socketpair()
        thread = threading.Thread(target=radicale.server.serve, args=(settings, stopped))
        thread.start()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.002)
        login = {"Authorization": "Basic dXNlcjo="}
        def ask(method, path, body, **headers):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request(method, path, body, {**login, **headers})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            return answer.status, content
        assert ask("MKCALENDAR", "/user/c/", CALENDAR)[0] == 201
        status = ask("PUT", "/user/c/e.ics", "no calendar", **{"Content-Type": "text/calendar"})[0]
        assert status >= 400, status
        assert b"Ada" in ask("PROPFIND", "/user/c/", ASKED, Depth="0")[1]
        stop.close()
        thread.join()
        stopped.close()
seconds, port = float(sys.argv[1]), int(sys.argv[2])
world(port)
begun, done = time.perf_counter(), 0
while time.perf_counter() - begun < seconds:
    world(port)
    done += 1
print(done / (time.perf_counter() - begun))
"""


def failing(body: bytes) -> Callable[[Connection, str], None]:
    """Give what fails in a world that is there, and checks it: 424 or not, the property keeps its value."""

    def fail(connection: Connection, document: str) -> None:
        status, answer = connection.ask(request("PROPPATCH", document, body, **XML))
        assert status >= 400 or b" 403 " in answer or b" 424 " in answer, (status, answer)
        status, answer = connection.ask(request("PROPFIND", document, PROPFIND, **XML, Depth="0"))
        assert b"Ada" in answer, (status, answer)

    return fail


def ours(running: Running, body: bytes) -> World:
    """A space for each world."""
    connection, fail = Connection(running.port), failing(body)

    def world() -> None:
        name = f"w{next(_NUMBERS)}"
        fail(connection, f"/s/{name}/world/f.txt")
        assert connection.ask(request("DELETE", f"/-/spaces/{name}"))[0] == 204

    return world


def in_process(body: bytes) -> World:
    """A space for each world, without a socket."""
    app = application(scenario=SCENARIO, scenario_name="world", admin_open=True)

    def ask(method: str, path: str, content: bytes = b"", **headers: str) -> bytes:
        given = {f"HTTP_{name.upper()}": value for name, value in headers.items() if name != "Content_Type"}
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": sys.stderr,
            "CONTENT_LENGTH": str(len(content)),
            "CONTENT_TYPE": headers.get("Content_Type", ""),
            **given,
        }
        statuses: list[str] = []
        answer = b"".join(app(environ, lambda status, _: statuses.append(status)))
        assert statuses[0][0] == "2", (statuses, answer)
        return answer

    def world() -> None:
        name = f"w{next(_NUMBERS)}"
        document = f"/s/{name}/world/f.txt"
        assert b" 424 " in ask("PROPPATCH", document, body, **XML)
        assert b"Ada" in ask("PROPFIND", document, PROPFIND, **XML, Depth="0")
        ask("DELETE", f"/-/spaces/{name}")

    return world


def started(start: Callable[[Path], Any], body: bytes) -> World:
    """A server for each world, over a fresh folder."""
    fail = failing(body)

    def world() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            with start(folder) as running:
                connection = Connection(running.port)
                assert connection.ask(request("PUT", f"{running.base}/f.txt", b"x"))[0] in (201, 204)
                connection.ask(request("PROPPATCH", f"{running.base}/f.txt", AUTHOR, **XML))
                fail(connection, f"{running.base}/f.txt")
                connection.close()

    return world


def kept(running: Running, body: bytes) -> World:
    """A collection for each world, in one server."""
    connection, fail = Connection(running.port), failing(body)

    def world() -> None:
        collection = f"{running.base}/w{next(_NUMBERS)}"
        assert connection.ask(request("MKCOL", f"{collection}/"))[0] == 201
        assert connection.ask(request("PUT", f"{collection}/f.txt", b"x"))[0] == 201
        connection.ask(request("PROPPATCH", f"{collection}/f.txt", AUTHOR, **XML))
        fail(connection, f"{collection}/f.txt")
        assert connection.ask(request("DELETE", f"{collection}/"))[0] == 204

    return world


def canned(body: bytes, answer: bytes) -> World:
    """A mock for each world."""

    def world() -> None:
        with responses.RequestsMock() as mock:
            mock.add(responses.Response("PROPPATCH", "http://dav.test/f.txt", body=answer, status=207))
            assert b" 424 " in requests.request("PROPPATCH", "http://dav.test/f.txt", data=body).content

    return world


def rate(world: World, seconds: float) -> float:
    """Give the worlds a second."""
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds or not done:
        world()
        done += 1
    return done / (time.perf_counter() - begun)


def radicale(seconds: float) -> float:
    """Give the worlds a second of Radicale, in a process that has it."""
    environment = {**os.environ, "PYTHONPATH": str(OF_PYPI.at_hand("radicale"))}
    command = [sys.executable, "-c", RADICALE, str(seconds), str(servers.free_port())]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise AssertionError(run.stderr)
    return float(run.stdout)


@contextmanager
def contenders(body: bytes) -> Iterator[Mapping[str, Callable[[float], float]]]:
    """Give those that are here, by name: each tells its worlds a second, measured for some seconds."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        settings = ["--scenario", SCENARIO, "--scenario-name", "world"]
        running = stack.enter_context(servers.dav424(folder, *settings))
        connection = Connection(running.port)
        _, answer = connection.ask(request("PROPPATCH", "/world/f.txt", body, **XML))
        worlds: dict[str, Callable[[], World]] = {
            DAV424: lambda: ours(running, body),
            "dav424.wsgi, without a socket": lambda: in_process(body),
            "stock WsgiDAV, started for each test": lambda: started(_stock, body),
            NOTHING_STORED: lambda: canned(body, answer),
        }
        if servers.apache(folder) is not None:
            worlds["Apache httpd, started for each test"] = lambda: started(_apache, body)
            apache = stack.enter_context(_apache(folder))
            worlds[KEPT] = lambda: kept(apache, body)
        found: dict[str, Callable[[float], float]] = {
            each: (lambda seconds, make=make: rate(make(), seconds)) for each, make in worlds.items()
        }
        try:
            OF_PYPI.at_hand("radicale")
            found["Radicale, started in a thread for each test"] = radicale
        except NotInstalledError as error:
            print(f"Radicale: {error}\n")
        yield found


def _stock(folder: Path) -> Any:
    """Start WsgiDAV with a property manager, which its command has only by a configuration: without it, it stores no property."""
    file = folder / "wsgidav.json"
    file.write_text(json.dumps({"property_manager": True, "provider_mapping": {"/": str(folder / "stock")}}))
    return servers.stock(folder, "--config", str(file))


def _apache(folder: Path) -> Any:
    root = folder / "apache"
    shutil.rmtree(root, ignore_errors=True)
    return servers.apache(folder)


def measured(body: bytes, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Give the worlds a second of each, in rounds in which all have a turn."""
    with contenders(body) as found:
        rates: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(rounds):
            for name, measure in found.items():
                rates[name].append(measure(seconds))
    return rates


def rows(rates: Mapping[str, list[float]]) -> Iterator[list[str]]:
    """Write a row for each: its rate, and how many times that dav424 is, round by round."""
    for name, each in sorted(rates.items(), key=lambda item: -statistics.median(item[1])):
        times = [mine / theirs for mine, theirs in zip(rates[DAV424], each, strict=True)]
        shown = f"{statistics.median(times):.2f} ({min(times):.2f} to {max(times):.2f})"
        yield [name, f"{statistics.median(each):,.1f}", shown]


def report(body: bytes, *, quick: bool) -> None:
    """Print the table."""
    from tests.bench.bench import table

    print("### Worlds for tests: made, failed in, checked and dropped\n")
    table(["", "worlds a second", "dav424 / this"], [*rows(measured(body, 3 if quick else 7, 0.5 if quick else 2.0))])


if __name__ == "__main__":
    from tests.bench.small_requests import FAILING

    report(FAILING, quick="--quick" in sys.argv)
