"""Faults between replicas and engine: a partition, a slow engine, lost answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.client import Client
from tests.cluster.forwarder import Forwarder, forwarding
from tests.cluster.load import Observer, load
from tests.cluster.namespace import NetworkNamespace, may_make_one, network_namespace
from tests.cluster.running import FORGETFUL, Cluster, ReplicaProcess
from tests.cluster.verdict import finish
from tests.replicas.conftest import RunningCluster, RunningEngine

SPACES = ("one", "two")


@pytest.fixture
def namespace(program: Callable[[str, str], str]) -> Iterator[NetworkNamespace]:
    """A network namespace for one replica."""
    program("ip", "iproute2")
    if not may_make_one():
        pytest.skip("network namespaces need root, and a kernel that allows them")
    with network_namespace() as found:
        yield found


def one_apart(namespace: NetworkNamespace, engine: RunningEngine) -> Sequence[ReplicaProcess]:
    """Make two replicas beside the engine, and one in the namespace."""
    store = f"redis://{namespace.outside}:{engine.port}"
    apart = ReplicaProcess(store, "--admin-open", host=namespace.inside, inside=namespace.name)
    return [ReplicaProcess(engine.url), ReplicaProcess(engine.url), apart]


def test_a_partition(namespace: NetworkNamespace, own_cluster: Callable[..., Cluster], observer: Observer) -> None:
    """One replica reaches its clients and not its engine: it answers 503, the others work on, and it comes back by itself."""
    bind = ("--bind", "127.0.0.1", namespace.outside, "--protected-mode", "no")
    cluster = own_cluster(*FORGETFUL, *bind, make=partial(one_apart, namespace))
    with load([cluster.url], SPACES, observer):
        time.sleep(1.5)
        namespace.cut()
        time.sleep(6)
        during = [Client(f"{url}s/one/playground/")("GET", "/d").status for url in cluster.urls]
        namespace.mend()
        time.sleep(1.5)
    assert during[0] == during[1] != 503
    assert during[2] == 503
    finish(cluster, observer, SPACES)


@pytest.fixture
def between(own_cluster: Callable[..., Cluster]) -> Iterator[tuple[Cluster, Forwarder]]:
    """A cluster whose replicas reach the engine through a forwarder."""
    with ExitStack() as stack:
        forwarders: list[Forwarder] = []

        def make(engine: RunningEngine) -> Sequence[ReplicaProcess]:
            forwarders.append(stack.enter_context(forwarding(engine.port)))
            return [ReplicaProcess(f"redis://127.0.0.1:{forwarders[0].port}") for _ in range(3)]

        cluster = own_cluster(*FORGETFUL, make=make)
        yield cluster, forwarders[0]


def test_an_engine_that_is_slow(between: tuple[Cluster, Forwarder], observer: Observer) -> None:
    """Within the timeout the requests are slow alone."""
    cluster, forwarder = between
    with load([cluster.url], SPACES, observer, clients=2):
        forwarder.delay = 0.1
        time.sleep(4)
        forwarder.delay = 0.0
    finish(cluster, observer, SPACES)
    assert observer.acknowledged
    assert not observer.unavailable


def test_an_engine_that_is_too_slow(between: tuple[Cluster, Forwarder], observer: Observer) -> None:
    """Past the timeout each request is 503, although the engine has appended it."""
    cluster, forwarder = between
    with load([cluster.url], SPACES, observer):
        time.sleep(1)
        forwarder.delay = 5.0
        time.sleep(5)
        forwarder.delay = 0.0
        time.sleep(1)
    finish(cluster, observer, SPACES)
    assert observer.unavailable


def test_answers_of_the_engine_are_lost(between: tuple[Cluster, Forwarder], observer: Observer) -> None:
    """Each connection breaks after the engine has appended an entry: no request is carried out twice."""
    cluster, forwarder = between
    with load([cluster.url], SPACES, observer):
        for _ in range(6):
            time.sleep(0.5)
            forwarder.loses.set()
            time.sleep(0.1)
            forwarder.loses.clear()
    finish(cluster, observer, SPACES)


def test_a_node_of_a_cluster_is_paused(
    own_cluster: Callable[..., Cluster], program: Callable[..., str], tmp_path: Path, observer: Observer
) -> None:
    """The spaces of that node are 503 for a while, and those of the others go on."""
    spaces = [f"space{number}" for number in range(6)]
    nodes = RunningCluster(program("redis-server"), tmp_path)
    try:
        nodes.join(program("redis-cli", "redis-tools"))
        cluster = own_cluster(*FORGETFUL, make=lambda _: [ReplicaProcess(nodes.url) for _ in range(3)])
        with load([cluster.url], spaces, observer, clients=1):
            time.sleep(1)
            begun = time.monotonic()
            nodes.nodes[1].pause(4)
            ended = time.monotonic()
            time.sleep(1)
        finish(cluster, observer, spaces)
    finally:
        for node in nodes.nodes:
            node.kill()
    there = {
        each.space for each in observer.attempts if begun + 1 < each.called < ended and each.status not in (0, 503)
    }
    unavailable = {each.space for each in observer.unavailable}
    assert unavailable, "no space was on the node"
    assert there - unavailable, "all spaces were on the node"
