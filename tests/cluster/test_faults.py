"""Faults survived: whatever breaks, the histories of the clients are those of one store that does a request whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

from msgspec.structs import replace

from dav424.proof.play import Answer
from tests.client import Client
from tests.cluster.history import NEVER, Operation, explain
from tests.cluster.load import Observer, load, read_back
from tests.cluster.running import DURABLE, FORGETFUL, Cluster, running_balancer, wait_until
from tests.cluster.verdict import finish, judge
from tests.commands.test_cli import running

SPACES = ("one", "two")


def test_without_a_fault(cluster: Cluster, observer: Observer) -> None:
    """Three clients in each of two spaces get answers that one order explains, and no 503."""
    with load([cluster.url], SPACES, observer):
        time.sleep(3)
    finish(cluster, observer, SPACES)
    assert not observer.unavailable
    assert len(observer.acknowledged) > 20


def test_servers_that_share_nothing_are_caught(program: Callable[[str], str], observer: Observer) -> None:
    """The same clients and the same checker, with three servers that are three worlds: no order explains them."""
    with ExitStack() as stack:
        urls = [stack.enter_context(running("--port", "0"))[1] for _ in range(3)]
        addresses = [urlsplit(url).netloc for url in urls]
        url = stack.enter_context(running_balancer(program("haproxy"), addresses))
        wait_until(url, "one")
        with load([url], ["one"], observer):
            time.sleep(1)
    assert explain(observer.history) is not None


def test_replicas_are_killed(own_cluster: Callable[..., Cluster], observer: Observer) -> None:
    """SIGKILL ends one replica after the other, while clients use them; a new process takes the place of each."""
    cluster = own_cluster(*DURABLE)
    with load([cluster.url], SPACES, observer):
        for replica in cluster.replicas:
            time.sleep(1)
            replica.kill()
            time.sleep(1)
            replica.start()
            replica.wait()
    finish(cluster, observer, SPACES)


def test_the_engine_is_killed_and_has_kept_all(own_cluster: Callable[..., Cluster], observer: Observer) -> None:
    """An engine that writes each entry to its disk: all that was acknowledged is there after its restart."""
    cluster = own_cluster(*DURABLE)
    with load([cluster.url], SPACES, observer):
        time.sleep(2)
        cluster.engine.kill()
        time.sleep(1)
        cluster.engine.start()
        time.sleep(2)
    finish(cluster, observer, SPACES)
    assert observer.unavailable


def test_the_engine_is_paused(own_cluster: Callable[..., Cluster], observer: Observer) -> None:
    """For ten seconds it answers nothing, and keeps its connections."""
    cluster = own_cluster(*FORGETFUL)
    with load([cluster.url], SPACES, observer):
        time.sleep(1)
        cluster.engine.pause(10)
        time.sleep(1)
    finish(cluster, observer, SPACES)
    assert observer.unavailable


def test_the_engine_is_killed_and_has_kept_nothing(own_cluster: Callable[..., Cluster], observer: Observer) -> None:
    """All spaces begin anew, on each replica: no copy in a replica outlives the engine, and nothing comes back."""
    cluster = own_cluster(*FORGETFUL)
    with load([cluster.url], SPACES, observer):
        time.sleep(2)
        killed = time.monotonic()
        cluster.engine.kill()
        time.sleep(1)
        started = time.monotonic()
        cluster.engine.start()
        time.sleep(2)
    for space in SPACES:
        cluster.wait_until_all_answer(space)
    read_back(cluster.urls, SPACES, observer)
    later = [replace(each, space=f"{each.space}, later") for each in observer.history if each.returned > killed]
    lost = [each for each in later if each.called < started and each.returned != NEVER]
    observer.history = [until(killed, each) for each in observer.history if each.called < killed]
    observer.history += [each for each in later if each not in lost]
    judge(observer, cluster.urls, SPACES)


def until(end: float, operation: Operation) -> Operation:
    """Give what a client knows of an operation in a world that ended: nothing, if the answer came later."""
    return operation if operation.returned <= end else replace(operation, returned=NEVER, saw={})


def test_the_engine_is_full(own_cluster: Callable[..., Cluster], observer: Observer) -> None:
    """At maxmemory each request that the engine can't keep is 503, and says so; with more memory, all goes on."""
    cluster = own_cluster(*FORGETFUL, "--maxmemory", "6mb", "--maxmemory-policy", "noeviction")
    with load([cluster.url], SPACES, observer):
        time.sleep(1)
        filled = fill(cluster)
        cluster.engine.client.config_set("maxmemory", "1mb")  # less than it has, so that nothing at all fits
        time.sleep(2)
        cluster.engine.client.config_set("maxmemory", "60mb")
        time.sleep(1)
    assert (filled.status, filled.body.decode()) == (
        503,
        "The store of the spaces is full (maxmemory). The request was not carried out; send it again.\n",
    )
    finish(cluster, observer, SPACES)
    assert observer.unavailable
    assert all(each.text.startswith("The store of the spaces is full") for each in observer.unavailable)


def fill(cluster: Cluster) -> Answer:
    """Write documents into another space until one is refused; gives the answer to that one."""
    client = Client(f"{cluster.url}s/large/playground/")
    for number in range(100):
        answer = client("PUT", f"/{number}", b"x" * 200_000)
        if answer.status != 201:
            break
    return answer
