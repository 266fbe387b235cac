"""A cluster as it is deployed, on loopback: an engine, three processes of ``dav424 serve --store``, and haproxy in front."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.client import Client
from tests.replicas.conftest import PATIENCE, RunningEngine, free_port

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "cluster" / "haproxy.cfg"
STORE_TIMEOUT = 2.0
"""Seconds that a replica waits for the engine: the default of ``--store-timeout``."""
DURABLE = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")
"""Flags of an engine that keeps every write that it has acknowledged."""
FORGETFUL = ("--save", "", "--appendonly", "no")
"""Flags of an engine that keeps nothing when it ends."""
_READY = re.compile(r"dav424 ready url=(http://\S+)\n")


class ReplicaProcess:
    """A process of ``dav424 serve`` at a port of its own, which it keeps when it is started again.

    ``inside`` is the network namespace in which it runs (default: that of the tests).
    """

    def __init__(self, store: str, *flags: str, host: str = "127.0.0.1", inside: str = "") -> None:
        port = free_port()
        self.address = f"{host}:{port}"
        self.url = f"http://{self.address}/"
        self._command = [*(["ip", "netns", "exec", inside] if inside else []), sys.executable, "-m", "dav424", "serve"]
        self._command += ["--host", host, "--port", str(port), "--store", store]
        self._command += ["--store-timeout", f"{STORE_TIMEOUT:g}", *flags]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; ``wait`` waits until it is ready."""
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "server")},
        )

    def wait(self) -> None:
        """Wait until it listens."""
        assert self._process is not None
        assert self._process.stdout is not None
        assert _READY.fullmatch(self._process.stdout.readline()), "the replica ended before it was ready"

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it with SIGKILL, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=PATIENCE)
            self._process = None


class Cluster:
    """The ``engine``, the ``replicas``, and the ``url`` of the balancer."""

    def __init__(self, engine: RunningEngine, replicas: Sequence[ReplicaProcess], url: str) -> None:
        self.engine, self.replicas, self.url = engine, replicas, url

    @property
    def urls(self) -> list[str]:
        """The URL of each replica, past the balancer."""
        return [each.url for each in self.replicas]

    def wait_until_all_answer(self, space: str) -> None:
        """Wait until each replica, and the balancer, answers for a space: none is started again for that."""
        for url in (*self.urls, self.url):
            wait_until(url, space)


def wait_until(url: str, space: str) -> None:
    """Wait until a server answers for a space."""
    until = time.monotonic() + PATIENCE
    while (said := _asked(url, space)) != 200:
        assert time.monotonic() < until, f"{url} still answers {said}"
        time.sleep(0.1)


def _asked(url: str, space: str) -> int | str:
    try:
        return Client(f"{url}s/{space}/playground/")("OPTIONS", "/").status
    except (OSError, http.client.HTTPException) as error:
        return repr(error)


def three_replicas(engine: RunningEngine) -> Sequence[ReplicaProcess]:
    """Make the replicas of most clusters."""
    return [ReplicaProcess(engine.url) for _ in range(3)]


@contextmanager
def running_cluster(
    redis_server: str,
    haproxy: str,
    folder: Path,
    *engine_flags: str,
    make: Callable[[RunningEngine], Sequence[ReplicaProcess]] = three_replicas,
) -> Iterator[Cluster]:
    """Start a cluster, and end all its processes. ``make`` makes the replicas of an engine, not yet started."""
    with ExitStack() as stack:
        engine = RunningEngine(redis_server, folder, *engine_flags)
        stack.callback(engine.kill)
        replicas = make(engine)
        for each in replicas:
            stack.callback(each.kill)
            each.start()
        for each in replicas:
            each.wait()
        url = stack.enter_context(running_balancer(haproxy, [each.address for each in replicas]))
        cluster = Cluster(engine, replicas, url)
        cluster.wait_until_all_answer("first")
        yield cluster


@contextmanager
def running_balancer(haproxy: str, addresses: Sequence[str], configuration: Path = CONFIGURATION) -> Iterator[str]:
    """Run haproxy with the configuration of the compose file, in front of three addresses; gives its URL."""
    port = free_port()
    variables = {f"REPLICA_{number}": each for number, each in enumerate(addresses, 1)}
    process = subprocess.Popen(
        [haproxy, "-db", "-f", str(configuration)],
        env={**variables, "BALANCER": f"127.0.0.1:{port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait(PATIENCE)
