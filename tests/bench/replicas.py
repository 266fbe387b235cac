"""What replicas and their engine do and hold: ``python -m tests.bench.replicas``. It takes some minutes; docs/scale.md has its figures.

It needs redis-server and haproxy. All run on one machine, and share its cores with the clients.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from tests.bench import servers
from tests.bench.load import Connection, request
from tests.bench.spaces import table
from tests.cluster.running import FORGETFUL, ReplicaProcess, running_balancer
from tests.replicas.conftest import RunningCluster, RunningEngine

XML = {"Content_Type": "application/xml"}
GOOD = b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:u">1</a></D:prop></D:set></D:propertyupdate>'
BAD = GOOD.replace(b"<D:prop>", b"<D:prop><D:getetag>mine</D:getetag>")
KINDS = {
    "failing PROPPATCH": ("PROPPATCH", "/f", BAD),
    "PUT of 1 KiB": ("PUT", "/f", b"x" * 1024),
    "GET of 1 KiB": ("GET", "/f", b""),
}


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="seconds of each run (default: 4)")
    parser.add_argument("--spaces", type=int, default=2000, help="spaces that are made to be counted (default: 2000)")
    options = parser.parse_args()
    redis, haproxy = shutil.which("redis-server"), shutil.which("haproxy")
    if redis is None or haproxy is None:
        sys.exit("This needs redis-server and haproxy; on Debian: apt-get install redis-server haproxy")
    with started(redis, haproxy) as bench:
        print(
            f"{os.cpu_count()} cores; 4 connections, a space for each; us: microseconds of processor time for a request\n"
        )
        speeds(bench, options.seconds)
        memory(bench, options.spaces)
        replay(bench)
    with tempfile.TemporaryDirectory() as folder:
        in_a_cluster(redis, Path(folder), options.seconds)


class Bench(Struct, frozen=True):
    """What is measured: a server without a store, replicas with their ports, their engine, and the port of the balancer."""

    plain: servers.Running
    replicas: Sequence[ReplicaProcess]
    ports: Sequence[int]
    engine: MeasuredEngine
    balancer: int


class MeasuredEngine(RunningEngine):
    """An engine whose process is looked at."""

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self.process is not None
        return self.process.pid


@contextmanager
def started(redis: str, haproxy: str) -> Iterator[Bench]:
    """Start all servers, and end them."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        engine = MeasuredEngine(redis, Path(folder), *FORGETFUL)
        stack.callback(engine.kill)
        replicas = [ReplicaProcess(engine.url, "--max-spaces", "1000000") for _ in range(3)]
        for each in replicas:
            stack.callback(each.kill)
            each.start()
            each.wait()
        plain = stack.enter_context(servers.dav424(Path(folder), "--max-spaces", "1000000"))
        balancer = stack.enter_context(running_balancer(haproxy, [each.address for each in replicas]))
        yield Bench(plain, replicas, [_port(each.url) for each in replicas], engine, _port(balancer))


class Measured(Struct, frozen=True):
    """A run: the requests a second, and the processor time of a request in microseconds, of the servers and of the engine."""

    rate: float
    servers: float
    engine: float


def speeds(bench: Bench, seconds: float) -> None:
    """Compare a server without a store with one replica, and with three behind the balancer, in runs that alternate."""
    runs: dict[str, tuple[int, Sequence[int], bool]] = {
        "no store": (bench.plain.port, [bench.plain.process.pid], False),
        "one replica": (bench.ports[0], [bench.replicas[0].pid], False),
        "three replicas": (bench.balancer, [each.pid for each in bench.replicas], False),
        "three replicas, one space": (bench.balancer, [each.pid for each in bench.replicas], True),
    }
    rows = []
    for kind, (method, path, body) in KINDS.items():
        found: dict[str, list[Measured]] = {name: [] for name in runs}
        for _ in range(3):
            for name, (port, pids, shared) in runs.items():
                before = cpu(pids), cpu([bench.engine.pid])
                rate, count = spread_rate([port] * 4, method, path, body, seconds / 3, shared=shared)
                used = cpu(pids) - before[0], cpu([bench.engine.pid]) - before[1]
                found[name].append(Measured(rate, *(1e6 * each / count for each in used)))
        for name, each in found.items():
            rows.append([kind, name, *(f"{statistics.median(column):.0f}" for column in columns(each))])
    table(["request", "servers", "requests a second", "us of the servers", "us of the engine"], rows)


def columns(found: Sequence[Measured]) -> list[list[float]]:
    """Give the values of runs by field."""
    return [[each.rate for each in found], [each.servers for each in found], [each.engine for each in found]]


def spread_rate(
    ports: Sequence[int], method: str, path: str, body: bytes, seconds: float, *, shared: bool
) -> tuple[float, int]:
    """Give the answers a second, and their number, over a connection for each port: each for a space of its own, or all for one."""

    def work(number: int) -> int:
        space = "bench" if shared else f"bench-{number}"
        connection = Connection(ports[number])
        connection.ask(request("PUT", f"/s/{space}/playground/f", b"x" * 1024))
        data = request(method, f"/s/{space}/playground{path}", body, **XML)
        end, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            status, _ = connection.ask(data)
            assert status < 400, status
            count += 1
        connection.close()
        return count

    with ThreadPoolExecutor(len(ports)) as pool:
        begun = time.perf_counter()
        total = sum(pool.map(work, range(len(ports))))
        return total / (time.perf_counter() - begun), total


def cpu(pids: Sequence[int]) -> float:
    """Give the processor time that processes have used so far, in seconds."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def in_a_cluster(redis: str, folder: Path, seconds: float) -> None:
    """Say what one replica does with three nodes, and how the spaces are spread over them."""
    nodes = RunningCluster(redis, folder)
    replica = ReplicaProcess(nodes.url, "--max-spaces", "1000000")
    try:
        nodes.join(shutil.which("redis-cli") or "redis-cli")
        replica.start()
        replica.wait()
        pids = [node.process.pid for node in nodes.nodes if node.process is not None]
        before = cpu([replica.pid]), cpu(pids)
        rate, count = spread_rate([_port(replica.url)] * 4, *KINDS["PUT of 1 KiB"], seconds, shared=False)
        used = [1e6 * (now - then) / count for now, then in zip((cpu([replica.pid]), cpu(pids)), before, strict=True)]
        fill(_port(replica.url), "spread", 300, 1)
        spread = [sum(b":meta" in key for key in node.client.scan_iter(count=1000)) for node in nodes.nodes]
    finally:
        replica.kill()
        for node in nodes.nodes:
            node.kill()
    row = [f"{rate:.0f}", *(f"{each:.0f}" for each in used), ", ".join(map(str, spread))]
    table(["PUT of 1 KiB a second, in a cluster", "us of the replica", "us of the nodes", "spaces on each node"], [row])


def memory(bench: Bench, spaces: int) -> None:
    """Say what a space takes in the engine and in a replica: one without content, and one after a hundred requests."""
    rows = []
    replica = bench.replicas[2]
    for title, times, number in (
        ("one failing PROPPATCH", 1, spaces),
        ("a PUT of 1 KiB and 100 failing PROPPATCHes", 101, spaces // 10),
        ("a PUT of 1 KiB and 400 failing PROPPATCHes", 401, spaces // 40),
    ):
        before = bench.engine.client.info("memory")["used_memory"], resident(replica.pid)
        fill(bench.ports[2], f"m{times}", number, times)
        time.sleep(3)  # for the checkpoints
        after = bench.engine.client.info("memory")["used_memory"], resident(replica.pid)
        sizes = [(b - a) / number / 1024 for a, b in zip(before, after, strict=True)]
        rows.append([title, str(number), *(f"{size:.1f}" for size in sizes)])
    table(["requests for a space", "spaces", "KiB in the engine", "KiB in a replica"], rows)


def fill(port: int, prefix: str, spaces: int, times: int) -> None:
    """Send requests to new spaces."""
    connection = Connection(port)
    for number in range(spaces):
        base = f"/s/{prefix}-{number}/playground"
        if times > 1:
            connection.ask(request("PUT", f"{base}/f", b"x" * 1024))
        bad = request("PROPPATCH", f"{base}/" if times == 1 else f"{base}/f", BAD, **XML)
        for _ in range(max(times - 1, 1)):
            connection.ask(bad)
    connection.close()


def replay(bench: Bench) -> None:
    """Say how long the first request for a space takes at a replica that does not know it, and what it costs."""
    rows = []
    for entries in (1, 50, 250, 2000):
        taken: list[float] = []
        used = cpu([bench.replicas[1].pid])
        for number in range(5):
            space = f"replay-{entries}-{number}"
            fill_one(bench.ports[0], space, entries)
            time.sleep(0.5)  # for the checkpoint
            begun = time.perf_counter()
            asked(bench.ports[1], f"/s/{space}/playground/f")
            taken.append(time.perf_counter() - begun)
        used = cpu([bench.replicas[1].pid]) - used
        rows.append([str(entries), f"{1e3 * statistics.median(taken):.0f}", f"{1e3 * used / len(taken):.0f}"])
    table(["requests that the space had", "ms until the answer", "ms of the replica"], rows)


def fill_one(port: int, space: str, entries: int) -> None:
    """Send requests for one space."""
    writer = Connection(port)
    writer.ask(request("PUT", f"/s/{space}/playground/f", b"x" * 1024))
    data = request("PROPPATCH", f"/s/{space}/playground/f", BAD, **XML)
    for _ in range(entries - 1):
        writer.ask(data)
    writer.close()


def asked(port: int, path: str) -> None:
    """Send a GET over a new connection, again while the replica still reads the log."""
    connection = Connection(port)
    while (answer := connection.ask(request("GET", path)))[0] == 503:
        time.sleep(0.01)
    assert answer[0] == 200, answer
    connection.close()


def resident(pid: int) -> int:
    """Give the resident memory of a process in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


if __name__ == "__main__":
    main()
