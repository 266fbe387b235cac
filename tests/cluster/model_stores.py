"""Stores that answer concurrent clients in simulated time: a correct one, and some that break one promise each.

The histories of these stores test the checker of histories. A random number generator that is passed in decides everything,
so that a seed is a history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from heapq import heapify
from itertools import count
from random import Random

from tests.cluster.history import NEVER, Operation, Value

NAMES = ("a", "b", "c")


class ModelStore:
    """The correct store: each batch has its effect at one moment, and each read sees all effects before it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.state: dict[str, Value] = dict.fromkeys(NAMES)
        self.later: list[Mapping[str, Value]] = []

    def write(self, batch: Mapping[str, Value]) -> None:
        """Carry out a batch."""
        self.state.update(batch)

    def read(self) -> Mapping[str, Value]:
        """Give all values."""
        return dict(self.state)


class LosesWrites(ModelStore):
    """Acknowledges some writes that it doesn't keep."""

    def write(self, batch: Mapping[str, Value]) -> None:
        """Forget one batch of five."""
        if self.random.random() > 0.2:
            super().write(batch)


class KeepsHalves(ModelStore):
    """Keeps only the first value of some batches."""

    def write(self, batch: Mapping[str, Value]) -> None:
        """Keep a half of one batch of five."""
        half = self.random.random() < 0.2
        super().write(dict(list(batch.items())[:1]) if half else batch)


class ReadsStale(ModelStore):
    """Answers some reads from a copy that is old."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.copy = super().read()

    def read(self) -> Mapping[str, Value]:
        """Read the copy in one case of five, else make a new one."""
        if self.random.random() > 0.2:
            self.copy = super().read()
        return self.copy


class BringsBack(ModelStore):
    """Carries out some batches a second time, after others have overwritten them."""

    def write(self, batch: Mapping[str, Value]) -> None:
        """Carry out an old batch once more in one case of five."""
        super().write(batch)
        if self.later and self.random.random() < 0.2:
            super().write(self.later.pop(0))
        self.later.append(batch)


def history(make: Callable[[Random], ModelStore], seed: int, *, clients: int, operations: int) -> list[Operation]:
    """Let clients write and read, and write down what they learn. One operation of ten gets no answer.

    Of the writes without an answer, a half has no effect.
    """
    random = Random(seed)
    store = make(random)
    values = (str(number) for number in count())
    found = []
    # The effects happen in the order of their moments, whatever the order of the calls.
    for called, moment, client in sorted(_moments(random, clients, operations), key=lambda each: each[1]):
        answered = random.random() > 0.1
        returned = moment + random.random() * 0.5 if answered else NEVER
        writes = random.random() < 0.5
        sets = {name: next(values) for name in random.sample(NAMES, random.choice((1, 2, 3)))} if writes else {}
        saw = store.read() if answered and not writes else {}
        if writes and (answered or random.random() < 0.5):
            store.write(sets)
        found.append(Operation(space="s", client=str(client), called=called, returned=returned, saw=saw, sets=sets))
    return found


def _moments(random: Random, clients: int, operations: int) -> Iterator[tuple[float, float, int]]:
    """Give when each operation is called, when it has its effect, and its client, which has one operation at a time."""
    free = [(random.random(), client) for client in range(clients)]
    for _ in range(operations):
        heapify(free)
        called, client = free[0]
        moment = called + random.random()
        free[0] = (moment + 0.5 + random.random() * 0.5, client)
        yield called, moment, client
