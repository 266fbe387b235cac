"""A failing PROPPATCH in process: through each door, beside stock WsgiDAV, in the same run.

There is no socket, so that the rates are those of the applications alone. Stock WsgiDAV refuses a property of the same
request, and undoes nothing.

The bare providers always send the same answer, and do only what a door can't do without. They show how fast it could be.
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from dav424.wsgi import application
from dav424.wsgidav import Causes, ScenarioProvider

STOCK = "stock WsgiDAV, files"
ANSWER = b"<D:status>HTTP/1.1 424 Failed Dependency</D:status>"
Work = Callable[[Any, bytes], object]
Rates = dict[str, list[float]]


def host(provider: Any) -> Any:
    """Give WsgiDAV's application with one provider, and the rest of its stock stack."""
    return WsgiDAVApp(
        {
            "provider_mapping": {"/": provider},
            "simple_dc": {"user_mapping": {"*": True}},
            "property_manager": True,
            "verbose": 0,
            "logging": {"enable": False},
        }
    )


def files(folder: Path, name: str) -> FilesystemProvider:
    """Make a folder with the document of the requests."""
    (folder / name).mkdir()
    (folder / name / "f.txt").write_bytes(b"x")
    return FilesystemProvider(str(folder / name), fs_opts={})


class Bare(FilesystemProvider):  # type: ignore[misc]  # WsgiDAV has no types
    """Does the ``work`` of each request, and sends the same answer to all."""

    def __init__(self, inner: FilesystemProvider, work: Work) -> None:
        super().__init__(inner.root_folder_path, fs_opts={})
        self._work = work

    def get_resource_inst(self, path: str, environ: Any) -> None:
        """Give no resource to WsgiDAV's directory browser, which asks for one at each request."""

    def look_up(self, path: str, environ: Any) -> Any:
        """Give a resource."""
        return super().get_resource_inst(path, environ)

    def custom_request_handler(self, environ: Any, start_response: Any, _default_handler: object) -> list[bytes]:
        """Answer a request."""
        self._work(environ, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        environ["wsgidav.all_input_read"] = 1
        start_response("207 Multi-Status", [("Content-Type", "application/xml"), ("Content-Length", str(len(ANSWER)))])
        return [ANSWER]


def nothing(_environ: Any, _body: bytes) -> None:
    """Read the body alone."""


def read_xml(_environ: Any, body: bytes) -> list[str]:
    """Read the XML of a PROPPATCH, and write each property as a store keeps it."""
    root = etree.fromstring(body)
    return [etree.tostring(each, encoding="unicode") for prop in root.iter("{DAV:}prop") for each in prop]


def calls_of_causes(environ: Any, body: bytes) -> None:
    """Make the calls to WsgiDAV that ``Causes`` makes: look up, read, write two of the properties, and remove them."""
    provider = environ["wsgidav.provider"]
    root = provider.look_up("/", environ)
    provider.lock_manager.get_url_lock_list(root.get_ref_url(), recursive=True)
    found = provider.look_up(environ["PATH_INFO"], environ)
    for each in (root, found):
        _ = each.is_collection, each.get_last_modified(), each.get_creation_date()
    _ = found.get_content_length(), found.get_content_type(), found.support_etag() and found.get_etag()
    manager, url = provider.prop_manager, found.get_ref_url()
    manager.get_properties(url, environ)
    written = [etree.fromstring(xml) for xml in read_xml(environ, body)]
    stored = [each for each in written if not each.tag.startswith("{DAV:}")]
    for each in stored:
        found.set_property_value(each.tag, each)
    for each in stored:
        manager.remove_property(url, each.tag, environ=environ)


def ask(app: Any, method: str, path: str, body: bytes = b"") -> tuple[str, bytes]:
    """Call an application as a WSGI server does."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/xml",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    content = b"".join(app(environ, lambda status, *_: told.append(status)))
    return told[0], content


def rate(app: Any, path: str, body: bytes, seconds: float) -> float:
    """Count the answers in a second of computing: other programs on the machine take none of it."""
    count, begun = 0, time.process_time()
    while (taken := time.process_time() - begun) < seconds:
        for _ in range(20):
            ask(app, "PROPPATCH", path, body)
        count += 20
    return count / taken


def measure(body: bytes, rounds: int, seconds: float) -> Rates:
    """Measure each door in turn, in rounds."""
    with tempfile.TemporaryDirectory() as folder:
        ours = application()
        ask(ours, "PUT", "/playground/f.txt", b"x")
        scenario = host(ScenarioProvider("playground"))
        ask(scenario, "PUT", "/f.txt", b"x")
        apps: dict[str, tuple[Callable[..., Any], str]] = {
            STOCK: (host(files(Path(folder), "stock")), "/f.txt"),
            "`dav424.wsgi`": (ours, "/playground/f.txt"),
            "`ScenarioProvider` in WsgiDAV": (scenario, "/f.txt"),
            "`Causes` over files in WsgiDAV": (host(Causes(files(Path(folder), "ours"))), "/f.txt"),
            "bare: WsgiDAV's stack": (host(Bare(files(Path(folder), "nothing"), nothing)), "/f.txt"),
            "bare: stack and XML": (host(Bare(files(Path(folder), "xml"), read_xml)), "/f.txt"),
            "bare: stack, XML and the calls of `Causes`": (
                host(Bare(files(Path(folder), "calls"), calls_of_causes)),
                "/f.txt",
            ),
        }
        for app, path in apps.values():
            status, content = ask(app, "PROPPATCH", path, body)
            assert status.startswith("207"), (status, content)
            assert b"424" in content
        rates: Rates = {name: [] for name in apps}
        for _ in range(rounds):
            for name, (app, path) in apps.items():
                rates[name].append(rate(app, path, body, seconds))
    return rates


def rows(rates: Rates) -> list[list[str]]:
    """Compare with stock WsgiDAV, round by round; what is quoted is the median."""
    compared = []
    for name, found in rates.items():
        ratio = statistics.median(one / other for one, other in zip(found, rates[STOCK], strict=True))
        compared.append([name, f"{statistics.median(found):,.0f}", f"{ratio:.2f}"])
    return compared


def run(body: bytes, rounds: int, seconds: float) -> tuple[list[str], list[list[str]]]:
    """Give the head and the rows of the table."""
    return ["in process", "requests a second of computing", "beside stock WsgiDAV"], rows(
        measure(body, rounds, seconds)
    )
