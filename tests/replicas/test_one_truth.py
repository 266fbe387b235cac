"""Any replica answers for any space: what one has done, the other one knows, and both answer in the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.client import Client
from tests.replicas.conftest import PATIENCE, EmptyEngine, Replicas, serve_that_ends
from tests.replicas.test_spaces import data, until

Start = Callable[..., Replicas]
PATCH = "set u:title=T  set D:getetag=x"


def test_what_one_replica_stores_another_one_has(replicas: Start) -> None:
    """PUT here, GET there."""
    here, there = replicas().clients("s/x/playground/")
    assert here("PUT", "/new.txt", "hello").status == 201
    assert there("GET", "/new.txt").body == b"hello"


def test_the_numbers_of_the_exchanges_go_on_across_replicas(replicas: Start) -> None:
    """The journal is one, whoever answers."""
    both = replicas().clients("s/x/playground/")
    both[0]("PUT", "/new.txt", "hello")
    numbers = [each("PROPPATCH", "/new.txt", "").headers["Dav424-Exchange"] for each in (*both, *both)]
    assert numbers == ["2", "3", "4", "5"]


def test_a_failed_batch_is_undone_on_all_replicas(replicas: Start) -> None:
    """A 424 here, and the property is not there."""
    here, there = replicas().clients("s/x/playground/")
    here("PUT", "/new.txt", "hello")
    assert here.say(f"PROPPATCH /new.txt {PATCH}") == there.say(f"PROPPATCH /new.txt {PATCH}")
    assert "u:title 404" in there.say("PROPFIND /new.txt u:title")


@contextmanager
def process(url: str, folder: Path, number: int) -> Iterator[tuple[Client, subprocess.Popen[bytes]]]:
    """Serve in a process of its own; gives a client of it."""
    ready = folder / f"ready-{number}"
    command = [
        sys.executable,
        "-m",
        "dav424",
        "serve",
        "--port",
        "0",
        "--ready-file",
        str(ready),
        "--store",
        url,
        "--store-timeout",
        "20",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(ready.exists)
        yield Client(json.loads(ready.read_text())["url"]), server
    finally:
        server.kill()
        server.wait(PATIENCE)


def test_processes_share_what_is_acknowledged(engine: EmptyEngine, tmp_path: Path) -> None:
    """A process that is killed without a warning takes nothing with it."""
    with process(engine.url, tmp_path, 1) as (here, server), process(engine.url, tmp_path, 2) as (there, _):
        assert here("PUT", "/s/x/playground/f", "f").status == 201
        server.kill()
        found = there("GET", "/s/x/playground/f")
        assert (found.body, found.headers["Dav424-Exchange"]) == (b"f", "2")
    with process(engine.url, tmp_path, 3) as (third, _):
        assert third("GET", "/s/x/playground/f").headers["Dav424-Exchange"] == "3"


def test_the_metrics_are_those_of_one_replica(replicas: Start) -> None:
    """They count the requests that it has answered, and the spaces of which it has a copy."""
    here, there = replicas().clients()
    here("PUT", "/s/x/playground/f", "f")
    told = [client("GET", "/-/metrics").body.decode() for client in (here, there)]
    assert 'dav424_requests_total{method="PUT",status="201"} 1' in told[0]
    assert "PUT" not in told[1]
    assert ["dav424_spaces 2" in each for each in told] == [True, False]


def test_the_files_of_servers_that_share_spaces_do_not_change(engine: EmptyEngine, tmp_path: Path) -> None:
    """--watch ends with status 2, and one line."""
    (tmp_path / "mine.yaml").write_text("title: mine\ntree: {/f: {content: f}}\n")
    ended = serve_that_ends(engine.url, "--watch", "--scenarios", str(tmp_path))
    assert (ended.returncode, "--store and --watch" in ended.stderr) == (2, True)


def test_many_requests_at_once_have_one_order(replicas: Start) -> None:
    """Eight clients at two replicas: each exchange has its own number, and both replicas have the same journal."""
    start = replicas()
    clients = start.clients("s/x/playground/")
    clients[0]("PUT", "/f", "f")

    def work(number: int) -> list[str]:
        client = clients[number % 2]
        return [client("PROPPATCH", "/f", "").headers["Dav424-Exchange"] for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        numbers = [int(each) for some in pool.map(work, range(8)) for each in some]
    assert sorted(numbers) == list(range(2, 162))
    journals = [data(client, "GET", "spaces/x/journal") for client in start.clients()]
    assert journals[0] == journals[1]
