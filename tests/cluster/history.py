"""Histories of operations on spaces, and the question whether some order of them explains every answer.

An operation is an interval: it was called, and it returned. It had its effect at one moment between the two, as a whole
or not at all; if no answer says which, at any moment after the call or never. ``explain`` searches for one order of those
moments in which each operation saw what the operations before it had left. This is linearizability, as Wing and Gong
check it, with Lowe's memory of the states that were met before. Spaces share nothing, so each is searched alone.

    time ------------------------------------------------>
    client 1   |-- sets a=1 b=1 --|
    client 2        |-- saw a=1 b=nothing --|              no order explains this: half a batch
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

NEVER = math.inf
"""When an operation returned, if no answer says whether it had its effect."""
MOST_STATES = 200_000
"""How many states one search visits; a history that needs more is too concurrent to be judged."""

Value = str | None
"""What a name has: None if there is nothing of that name."""


class UndecidedError(Exception):
    """A history has too many operations at the same time: the search ended before it found an order or excluded all orders."""


class Operation(Struct, frozen=True, kw_only=True):
    """A request of a client to a space, and what the client learned.

    ``saw`` is what the answer says of the state before; ``sets`` is what becomes of the state, all of it at one moment.
    An operation whose answer says that nothing was kept has no ``sets``. One that ``returned`` at NEVER may have been
    carried out, if the state was then as it ``saw``.
    """

    space: str
    client: str
    called: float
    returned: float
    saw: Mapping[str, Value] = {}
    sets: Mapping[str, Value] = {}
    said: str = ""

    def __str__(self) -> str:
        """Write it in a line."""
        facts = [f"{verb} {_written(values)}" for verb, values in (("saw", self.saw), ("set", self.sets)) if values]
        end = "no answer" if self.returned == NEVER else f"{self.returned:.4f}"
        return f"{self.space}: {self.client} {self.called:.4f} to {end}: {', '.join(facts) or 'nothing'} {self.said}".rstrip()


class Unexplained(Struct, frozen=True):
    """Why no order explains a space: the longest order that does for a part, the state it leaves, and the operations that fit no more."""

    order: Sequence[Operation]
    state: Mapping[str, Value]
    stuck: Sequence[Operation]

    def __str__(self) -> str:
        """Write it for the reader of a failed test, with the last ten operations of the order."""
        lines = ["No order explains every answer. The longest order that explains a part ends with:"]
        lines += [f"  {operation}" for operation in self.order[-10:]]
        lines += [f"It leaves {_written(self.state) or 'nothing'}. None of these can follow:"]
        return "\n".join(lines + [f"  {operation}" for operation in self.stuck])


def explain(history: Iterable[Operation]) -> Unexplained | None:
    """Search each space for an order that explains it; give the first space that has none, or None if all have one.

    Every space starts empty. Raises ``UndecidedError``.
    """
    spaces: dict[str, list[Operation]] = defaultdict(list)
    for operation in history:
        spaces[operation.space].append(operation)
    for operations in spaces.values():
        found = _Search(_relevant(operations)).run()
        if found is not None:
            return found
    return None


def _relevant(operations: Sequence[Operation]) -> list[Operation]:
    """Leave out the operations without an answer of whose effect nothing was seen: an order without them is as good.

    Whether one of them had its effect, no later operation can tell: in each order with it, all it set was set again before
    an operation looked. Operations of this kind would be concurrent with all that follows, and the search would never end.
    """
    seen = {item for operation in operations for item in operation.saw.items()}
    return sorted(
        (each for each in operations if each.returned != NEVER or seen & each.sets.items()),
        key=lambda operation: operation.called,
    )


class _Step:
    """A step of the search: the operations that are placed, as bits, the values that they leave, and the way here.

    All operations before the number ``first`` are placed.
    """

    __slots__ = ("before", "first", "length", "number", "placed", "values")

    def __init__(self, values: tuple[Value, ...], before: _Step | None = None, number: int = 0) -> None:
        self.values, self.before, self.number = values, before, number
        self.length = self.placed = self.first = 0
        if before is not None:
            self.length, self.placed, self.first = before.length + 1, before.placed | 1 << number, before.first
            while self.placed >> self.first & 1:
                self.first += 1

    def order(self) -> list[int]:
        """List the numbers of the operations, in the order in which they were placed."""
        numbers = []
        step = self
        while step.before is not None:
            numbers.append(step.number)
            step = step.before
        return numbers[::-1]


class _Search:
    """The search for an order of the operations of one space, which are sorted by their calls."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations
        self._names = sorted({name for each in operations for name in (*each.saw, *each.sets)})
        places = {name: place for place, name in enumerate(self._names)}
        self._saw = [[(places[name], value) for name, value in each.saw.items()] for each in operations]
        self._sets = [{places[name]: value for name, value in each.sets.items()} for each in operations]
        self._answered = sum(1 << number for number, each in enumerate(operations) if each.returned != NEVER)

    def run(self) -> Unexplained | None:
        """Try the orders, depth first, and give the longest one if none is whole."""
        start = _Step((None,) * len(self._names))
        stack, met, longest = [start], {(start.placed, start.values)}, start
        while stack:
            step = stack.pop()
            if step.placed & self._answered == self._answered:
                return None
            if step.length > longest.length:
                longest = step
            for number in reversed(self._next(step)):
                after = _Step(self._values_after(number, step.values), step, number)
                if (after.placed, after.values) not in met:
                    met.add((after.placed, after.values))
                    stack.append(after)
            if len(met) > MOST_STATES:
                message = f"{len(met)} states of {len(self._operations)} operations didn't decide it"
                raise UndecidedError(message)
        return self._unexplained(longest)

    def _next(self, step: _Step) -> list[int]:
        """List the operations that can come next: what they saw stands, and all operations that are left return after their call.

        One that changes nothing comes at once, and alone: if it is placed later, no operation between is the better for it.
        """
        found = []
        for number in self._open(step):
            if all(step.values[name] == value for name, value in self._saw[number]):
                if not self._sets[number]:
                    return [number]
                found.append(number)
        return found

    def _open(self, step: _Step) -> list[int]:
        """List the operations whose moment can be now, whatever they saw."""
        horizon = NEVER
        found = []
        for number in range(step.first, len(self._operations)):
            if step.placed >> number & 1:
                continue
            if self._operations[number].called > horizon:
                break
            horizon = min(horizon, self._operations[number].returned)
            found.append(number)
        return found

    def _values_after(self, number: int, values: tuple[Value, ...]) -> tuple[Value, ...]:
        sets = self._sets[number]
        return tuple(sets.get(place, value) for place, value in enumerate(values)) if sets else values

    def _unexplained(self, step: _Step) -> Unexplained:
        state = {name: value for name, value in zip(self._names, step.values, strict=True) if value is not None}
        stuck = [self._operations[number] for number in self._open(step)]
        return Unexplained([self._operations[number] for number in step.order()], state, stuck)


def _written(values: Mapping[str, Value]) -> str:
    return " ".join(f"{name}={'nothing' if value is None else value}" for name, value in values.items())
