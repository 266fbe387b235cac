"""Clusters for tests: one for the tests that do no harm to it, and one for each of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.load import Observer
from tests.cluster.running import FORGETFUL, Cluster, ReplicaProcess, running_cluster
from tests.cluster.verdict import told
from tests.replicas.conftest import RunningEngine


@pytest.fixture(scope="session")
def cluster(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster of the whole run."""
    folder = tmp_path_factory.mktemp("engine")
    with running_cluster(program("redis-server"), program("haproxy"), folder, *FORGETFUL) as found:
        yield found


@pytest.fixture
def own_cluster(program: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Start a cluster for this test alone, with flags of its engine."""
    with ExitStack() as stack:

        def start(*engine_flags: str, **make: Callable[[RunningEngine], Sequence[ReplicaProcess]]) -> Cluster:
            found = program("redis-server"), program("haproxy")
            return stack.enter_context(running_cluster(*found, tmp_path, *engine_flags, **make))

        yield start


@pytest.fixture
def observer() -> Iterator[Observer]:
    """What the clients of a test learn; ``--log-cli-level=INFO`` shows a line about it."""
    found = Observer()
    yield found
    logging.getLogger("tests.cluster").info(told(found))
