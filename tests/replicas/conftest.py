"""A real engine for the whole run, and replicas that share it: each test finds it empty."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from valkey import Valkey
from valkey.exceptions import ConnectionError as NotConnectedError

from dav424.app import App
from dav424.core.clocks import monotonic, sleep
from dav424.replicas.store import SharedStore
from dav424.scenario.model import Scenario
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.bundled import SOURCES
from tests.client import Client

PATIENCE = 30.0
"""Seconds after which a test gives up what does not come."""


def free_port() -> int:
    """Give a port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RunningEngine:
    """A redis-server in a folder, at a port; it can be stopped and started again, and keeps its data if it is told to."""

    def __init__(self, program: str, folder: Path, *flags: str) -> None:
        self._program, self._folder, self._flags = program, folder, flags
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.client = Valkey(port=self.port)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), *self._flags]
        self.process = subprocess.Popen([self._program, *words], stdout=subprocess.DEVNULL)
        until = monotonic() + PATIENCE
        while monotonic() < until:
            with suppress(NotConnectedError):
                if self.answers():
                    return
            sleep(0.02)
        self.kill()
        pytest.fail("the engine does not answer")

    def answers(self) -> bool:
        """Say whether it answers."""
        return bool(self.client.ping())

    def pause(self, seconds: float) -> None:
        """Stop it for a while, as a machine does that swaps; its connections stay open."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            sleep(seconds)
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process = None


@pytest.fixture(scope="session")
def redis_server(program: Callable[..., str]) -> str:
    """The path of redis-server; the test is skipped where it is not installed."""
    return program("redis-server")


class RunningCluster:
    """Three redis-servers that can become a cluster; its ``url``, and the ``nodes``."""

    def __init__(self, server: str, folder: Path) -> None:
        self.nodes: list[RunningEngine] = []
        for number in range(3):
            home = folder / str(number)
            home.mkdir()
            bus = str(free_port())
            self.nodes.append(RunningEngine(server, home, "--cluster-enabled", "yes", "--cluster-port", bus))
        self.url = f"redis://127.0.0.1:{self.nodes[0].port}?cluster=1"

    def join(self, cli: str) -> None:
        """Let them become a cluster."""
        addresses = [f"127.0.0.1:{node.port}" for node in self.nodes]
        command = [cli, "--cluster", "create", *addresses, "--cluster-yes"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
        until = monotonic() + PATIENCE
        while not all(self._is_whole(cli, node) for node in self.nodes):
            assert monotonic() < until
            sleep(0.1)

    @staticmethod
    def _is_whole(cli: str, node: RunningEngine) -> bool:
        told = subprocess.run(
            [cli, "-p", str(node.port), "cluster", "info"], capture_output=True, check=True, timeout=60
        )
        return b"cluster_state:ok" in told.stdout and b"cluster_known_nodes:3" in told.stdout


@pytest.fixture
def cluster(redis_server: str, program: Callable[..., str], tmp_path: Path) -> Iterator[RunningCluster]:
    """A cluster for this test alone."""
    running = RunningCluster(redis_server, tmp_path)
    try:
        running.join(program("redis-cli", "redis-tools"))
        yield running
    finally:
        for node in running.nodes:
            node.kill()


@pytest.fixture(scope="session")
def engine_of_run(redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """The engine of all tests that do no harm to it; it keeps nothing on disk."""
    engine = RunningEngine(redis_server, tmp_path_factory.mktemp("engine"), "--save", "", "--appendonly", "no")
    yield engine
    engine.kill()


class EmptyEngine:
    """A database of an engine without any space: its ``url``, and a ``client`` of it."""

    def __init__(self, port: int, number: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/{number}"
        self.client = Valkey(port=port, db=number)
        self.client.flushdb()


_NUMBERS = cycle(range(1, 16))


@pytest.fixture
def engine(engine_of_run: RunningEngine) -> EmptyEngine:
    """A database without any space; the servers of the test before may still write to theirs."""
    return EmptyEngine(engine_of_run.port, next(_NUMBERS))


@pytest.fixture
def own_engine(redis_server: str, tmp_path: Path) -> Iterator[Callable[..., RunningEngine]]:
    """Start an engine for this test alone, with flags."""
    started: list[RunningEngine] = []

    def start(*flags: str) -> RunningEngine:
        started.append(RunningEngine(redis_server, tmp_path, *flags))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture(scope="module")
def side_by_side(engine_of_run: RunningEngine) -> Iterator[tuple[str, list[str]]]:
    """The URLs of a plain server, and of two replicas that share an engine; all serve the bundled scenarios."""
    engine_of_run.client.flushall()
    store = SharedStore(engine_of_run.url, PATIENCE)
    with ExitStack() as stack:
        apps = [App(SOURCES, store=each) for each in (None, store, store)]
        for app in apps:
            stack.callback(app.spaces.close)
        plain, *shared = [stack.enter_context(serving(app.gateway)) for app in apps]
        yield plain, shared


class Replicas:
    """Servers that share one engine: their ``apps``, and clients of each."""

    def __init__(self, served: list[tuple[str, App]]) -> None:
        self.urls = [url for url, _ in served]
        self.apps = [app for _, app in served]

    def client(self, number: int, path: str = "") -> Client:
        """Give a client of a replica, for a path below its root."""
        return Client(self.urls[number] + path)

    def clients(self, path: str = "") -> list[Client]:
        """Give a client of each replica."""
        return [Client(url + path) for url in self.urls]


@pytest.fixture
def replicas(engine: RunningEngine, serve_alone: Callable[..., tuple[str, App]]) -> Callable[..., Replicas]:
    """Start replicas that serve the bundled scenarios, and others by name."""

    def start(
        number: int = 2,
        settings: Settings | None = None,
        more: dict[str, Scenario] | None = None,
        *,
        url: str = "",
        timeout: float = PATIENCE,
        password: str = "",
        **app: Any,
    ) -> Replicas:
        own = {name: partial(lambda scenario: scenario, scenario) for name, scenario in (more or {}).items()}
        store = SharedStore(url or engine.url, timeout, password)
        served = [serve_alone({**SOURCES, **own}, settings, store=store, **app) for _ in range(number)]
        return Replicas(served)

    return start


def serve_that_ends(*flags: str) -> subprocess.CompletedProcess[str]:
    """Start ``dav424 serve`` with a store and other flags that it refuses."""
    command = [sys.executable, "-m", "dav424", "serve", "--port", "0", "--store", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
