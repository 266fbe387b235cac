"""What has to hold after a fault, whatever it was: the histories, the journals, and the sentences of the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from dav424.admin.payloads import JournalPage
from dav424.core import decode
from dav424.core.batch import FAILED_DEPENDENCY
from tests.client import Client
from tests.cluster.history import NEVER, explain
from tests.cluster.load import Observer, read_back
from tests.cluster.running import STORE_TIMEOUT, Cluster

HANG = 10.0
"""Seconds beyond ``--store-timeout`` after which an answer counts as a hang: this machine may be busy."""


def finish(cluster: Cluster, observer: Observer, spaces: Sequence[str]) -> None:
    """Wait until all replicas answer, without a start of any, read everything once more, and judge."""
    for space in spaces:
        cluster.wait_until_all_answer(space)
    read_back(cluster.urls, spaces, observer)
    judge(observer, cluster.urls, spaces)
    numbers = Counter(
        (each.space, each.answer.headers["Dav424-Exchange"])
        for each in observer.attempts
        if each.answer is not None and each.status != 503
    )
    assert numbers.total() == len(numbers), "two requests have one number in the journal"


def judge(observer: Observer, urls: Iterable[str], spaces: Iterable[str]) -> None:
    """Fail if a history has no explanation, a 424 has no cause in a journal, or an answer came late or without its sentence."""
    spaces = list(spaces)
    unexplained = explain(observer.history)
    assert unexplained is None, str(unexplained)
    for url in urls:
        for space in spaces:
            check_journal(url, space)
    for each in observer.unavailable:
        assert each.text.startswith(("The ", "This ", "Other ")), each
        assert each.answer is not None
        assert each.answer.headers["Retry-After"] == "1"
    late = [each for each in observer.attempts if each.returned - each.called > STORE_TIMEOUT + HANG]
    assert not late, late[:3]


def check_journal(url: str, space: str) -> None:
    """Read the journal of a space from a replica; each 424 in it depended on another failure of the same exchange."""
    body = Client(url)("GET", f"/-/spaces/{space}/journal").body
    for exchange in decode.from_json(body, JournalPage).entries:
        depends = any(fact.status == FAILED_DEPENDENCY for fact in exchange.facts)
        assert not depends or any(fact.status != FAILED_DEPENDENCY for fact in exchange.failures), exchange


def told(observer: Observer) -> str:
    """Sum up in a line what the clients met."""
    longest = max((each.returned - each.called for each in observer.attempts), default=0.0)
    unknown = sum(each.returned == NEVER for each in observer.history)
    return (
        f"{len(observer.attempts)} requests, {len(observer.acknowledged)} acknowledged writes, "
        f"{len(observer.unavailable)} answers with 503, {unknown} without a known end, the longest took {longest:.1f} s"
    )
