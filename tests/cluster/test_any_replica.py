"""Any replica answers for any space, through the balancer and past it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client import Client, lasting
from tests.clients.test_litmus import SUITES, run
from tests.cluster.running import CONFIGURATION, Cluster, running_balancer, wait_until


def prove(url: str) -> None:
    """Prove all bundled scenarios of a server."""
    command = [sys.executable, "-m", "dav424", "prove", "--server", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_whole_catalogue_is_proven_through_the_balancer(cluster: Cluster) -> None:
    """Each scenario, with its faults, while the requests of one proof go to different replicas."""
    prove(cluster.url)


def test_the_whole_catalogue_is_proven_through_a_proxy_of_http(
    cluster: Cluster, program: Callable[[str], str], tmp_path: Path
) -> None:
    """One that reads and writes each message anew, with the names of headers in small letters."""
    configuration = tmp_path / "haproxy.cfg"
    configuration.write_text(CONFIGURATION.read_text().replace("mode tcp", "mode http"))
    with running_balancer(program("haproxy"), [each.address for each in cluster.replicas], configuration) as url:
        wait_until(url, "first")
        prove(url)


@pytest.mark.parametrize("suite", SUITES)
def test_litmus_passes_through_the_balancer(
    suite: str, cluster: Cluster, program: Callable[[str], str], tmp_path: Path
) -> None:
    """Each suite in a space of its own."""
    run(program("litmus"), tmp_path, suite, f"{cluster.url}s/litmus-{suite}/playground/")


def test_all_replicas_answer_with_the_same_bytes(cluster: Cluster) -> None:
    """What one replica has done, all others show: headers, properties, and the journal."""
    replicas = [Client(f"{url}s/same/playground/") for url in cluster.urls]
    for number, client in enumerate(replicas):
        assert client("PUT", f"/f{number}", f"content {number}").status == 201
        assert client.say(f"PROPPATCH /f0 set u:a={number} set u:b={number}") == "207  u:a 200, u:b 200"
        assert client.say("PROPPATCH /f0 set u:a=x set D:getetag=y").startswith("207  u:a 424, D:getetag 403")
    host = {"Host": "dav.example"}
    listings = [client("PROPFIND", "/", "", {"Depth": "1", **host}) for client in replicas]
    assert len({each.body for each in listings}) == 1
    assert len({str(lasting(each)) for each in listings}) == 1
    journals = {Client(url)("GET", "/-/spaces/same/journal", "", host).body for url in cluster.urls}
    assert len(journals) == 1


def test_the_metrics_of_all_replicas_add_up(cluster: Cluster) -> None:
    """Each request is counted once, by the replica that answered it, however many carry it out."""
    before = counted(cluster)
    for number in range(12):
        client = Client(f"{cluster.url}s/counted/playground/")  # a new connection, which goes to the next replica
        assert client("PUT", "/f", str(number)).status in (201, 204)
    each = [after - then for after, then in zip(counted(cluster), before, strict=True)]
    assert sum(each) == 12
    assert all(each)


def counted(cluster: Cluster) -> list[int]:
    """Give the number of PUTs that each replica has answered."""
    texts = [Client(url)("GET", "/-/metrics").body.decode() for url in cluster.urls]
    lines = [re.findall(r'^dav424_requests_total\{method="PUT".*\} (\d+)$', text, re.MULTILINE) for text in texts]
    return [sum(map(int, found)) for found in lines]
