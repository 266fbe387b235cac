"""The container class, with the real testcontainers package and a Docker Engine that only takes notes.

There is no container engine on every machine that runs these tests: what would be sent to one is looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from dav424.testing import Server


class Engine(ThreadingHTTPServer):
    """As much of the Docker Engine API as it takes to make, start and remove a container."""

    daemon_threads = True
    created: dict[str, Any]
    published = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []


class _Answers(BaseHTTPRequestHandler):
    server: Engine

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.asked.append(f"{self.command} {path}")
        said: Any = {}
        if path.endswith("/version"):
            said = {"ApiVersion": "1.44", "Version": "27", "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64"}
        elif path.endswith("/containers/create"):
            self.server.created = json.loads(body)
            said = {"Id": "c0ffee", "Warnings": []}
        elif path.endswith("/containers/json"):
            networks = {"bridge": {"Gateway": "127.0.0.1", "IPAddress": "127.0.0.1"}}
            said = [{"HostConfig": {"NetworkMode": "default"}, "NetworkSettings": {"Networks": networks}}]
        elif path.endswith("/json"):
            ports = {"4240/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(self.server.published)}]}
            said = {"Id": "c0ffee", "State": {"Status": "running"}, "NetworkSettings": {"Ports": ports}, "Config": {}}
        elif path.endswith("/images/create"):
            said = {"status": "done"}
        data = json.dumps(said).encode()
        self.send_response(201 if path.endswith("/create") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - as http.server wants it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The engine that testcontainers finds."""
    engine = Engine()
    thread = threading.Thread(target=engine.serve_forever)
    thread.start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{engine.server_address[1]}")
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    yield engine
    engine.shutdown()
    engine.server_close()
    thread.join(5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:testcontainers", "ignore::DeprecationWarning:docker")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # docker keeps connections to its engine open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # as above, when they are collected
def test_a_container_gets_its_port_its_address_and_a_token(engine: Engine) -> None:
    """It listens on all addresses inside, its API wants the token, and whoever has the container has that."""
    from dav424.testing.containers import Dav424Container

    with Server() as server:
        engine.published = urlsplit(server.url).port or 0
        with Dav424Container("registry.example/dav424:1") as container:
            made = engine.created
            assert container.url == f"http://{container.get_container_host_ip()}:{engine.published}/"
            assert container.server().space("playground").tree
            token = container.token
    assert made["Image"] == "registry.example/dav424:1"
    assert list(made["ExposedPorts"]) == ["4240/tcp"]
    assert sorted(made["Env"]) == [f"DAV424_ADMIN_TOKEN={token}", "DAV424_HOST=0.0.0.0"]
    assert len(token) > 30
    assert any(each.startswith("DELETE ") and each.endswith("/containers/c0ffee") for each in engine.asked)


def test_testcontainers_is_imported_by_nobody_else() -> None:
    """``dav424.testing`` does without."""
    code = "import sys, dav424.testing, dav424.pytest_plugin; sys.exit('testcontainers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
