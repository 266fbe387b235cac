"""How many bytes the server holds for its clients, and the limit of that (``--max-memory``).

    hold(n)    n bytes that count as long as the number is alive: the owner of the bytes keeps it beside them
    total()    the sum of all that are alive
    Budget     refuses with 507 a change that would make the sum larger than the limit
    spare(r)   results that count too, and give way before anything is refused

Values that several trees share are counted once, because they share the number too. Python frees a number as soon as its
last owner is gone, so the sum needs no list of what the server holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sized
from sys import getsizeof
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.clocks import sleep
from dav424.core.condition_codes import SUFFICIENT_DISK_SPACE

_TRIES, _PAUSE = 10, 0.005
"""How often, and after how many seconds, a check looks again before it refuses."""
_MOST_TRIES = 400
"""The most looks, while memory is given back."""
_FREED = 1 << 16
"""The bytes, given back between two looks, that show that a tree is being freed."""
Key = TypeVar("Key", bound=Sized)
Value = TypeVar("Value")


class _Count:
    """The bytes that all living numbers count now, and those that dead ones have given back since the server began.

    Threads change them without a lock, which would take most of the time: CPython switches threads at a call or a jump, and
    ``count.total += size`` has neither. A test counts in eight threads at once.
    """

    __slots__ = ("given_back", "total")

    def __init__(self) -> None:
        self.total = 0
        self.given_back = 0


_COUNT = _Count()


class Held(int):
    """A number of bytes that the server holds; ``hold`` makes it, and it counts until Python frees it.

    Two of them are equal whatever they count, so that two nodes are equal if what they hold for clients is equal.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Say whether the other one is one of these too, or the same number."""
        return isinstance(other, Held) or int(self) == other

    def __hash__(self) -> int:
        """Give the same for all, since all are equal."""
        return 0

    def __del__(self, count: _Count = _COUNT) -> None:
        """Count them no longer."""
        count.total -= self
        count.given_back += self


def hold(size: int) -> Held:
    """Count this number of bytes as long as the result is alive.

    >>> before = total()
    >>> content = hold(1000)
    >>> total() - before
    1000
    >>> del content
    >>> total() - before
    0
    """
    _COUNT.total += size
    return Held(size)


NOTHING = hold(0)


def total() -> int:
    """Give the bytes that the server holds now."""
    return _COUNT.total


def given_back() -> int:
    """Give the bytes that the server held once and holds no longer."""
    return _COUNT.given_back


def size_of_texts(*texts: str) -> int:
    """Give the bytes that texts take."""
    size = 0
    for text in texts:
        size += getsizeof(text)
    return size


class Remembered(dict[Key, Value]):
    """The results of a function by its argument: at most ``most`` of them, none for a long argument.

    Clients choose the arguments. So ``forget`` drops all results when a space goes, and they are few and small before.

    >>> lengths = Remembered(len, most=10)
    >>> lengths["four"], lengths["x" * 1000], list(lengths)
    (4, 1000, ['four'])
    """

    def __init__(self, function: Callable[[Key], Value], most: int) -> None:
        super().__init__()
        self._function, self._most = function, most
        _REMEMBERED.append(self)

    def __missing__(self, argument: Key) -> Value:
        """Call the function."""
        result = self._function(argument)
        if len(argument) <= _LONGEST_ARGUMENT:
            if len(self) >= self._most:
                self.clear()
            self[argument] = result
        return result


class Recent(Generic[Key, Value]):
    """The values of the keys that were used last, ``most`` of them; ``forget`` drops all, because clients choose the keys.

    >>> lengths = Recent[str, int](most=2)
    >>> for word in ("one", "three", "one", "seven"):
    ...     lengths.keep(word, len(word))
    >>> lengths.find("one"), lengths.find("three")
    (3, None)
    """

    def __init__(self, most: int) -> None:
        self._found: OrderedDict[Key, Value] = OrderedDict()
        self._most, self._lock = most, Lock()
        forgotten(self)

    def find(self, key: Key) -> Value | None:
        """Find the value of a key; None if there is none."""
        with self._lock:
            value = self._found.get(key)
            if value is not None:
                self._found.move_to_end(key)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Keep the value of a key as the one that was used last."""
        with self._lock:
            self._found[key] = value
            self._found.move_to_end(key)
            if len(self._found) > self._most:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Drop all of them."""
        with self._lock:
            self._found.clear()


class Clearable(Protocol):
    """Results that can be forgotten."""

    def clear(self) -> None:
        """Forget all of them."""


_REMEMBERED: list[Remembered[Any, Any]] = []
_CLEARABLE: list[Clearable] = []
_SPARE: list[Clearable] = []
_LONGEST_ARGUMENT = 200


def forgotten(results: Clearable) -> None:
    """Let ``forget`` forget these results too."""
    _CLEARABLE.append(results)


def spare(results: Clearable) -> None:
    """Drop these results when the memory is full, and let ``forget`` forget them too: they can be made again."""
    _SPARE.append(results)
    forgotten(results)


def forget() -> None:
    """Forget the results that functions remember."""
    for results in (*_REMEMBERED, *_CLEARABLE):
        results.clear()


def out_of_memory() -> Refused:
    """Give the refusal of a request for which Python got no memory; nothing that the request did is kept."""
    return Refused(
        507,
        "The machine has no memory left for this request; nothing was changed. Send less, or delete documents or spaces. "
        "With a smaller --max-memory, the server refuses sooner.",
        SUFFICIENT_DISK_SPACE,
    )


class Budget(Struct, frozen=True):
    """The bytes that the server may hold; None for no limit."""

    limit: int | None = None

    def has_room(self, more: int) -> bool:
        """Say whether the server may hold ``more`` bytes, with all that it could spare."""
        return self.limit is None or _COUNT.total + more <= self.limit

    def exceeded(self, more: int = 0) -> bool:
        """Say whether the server holds more than it may, or would do so with ``more`` bytes; it first drops what it can spare."""
        if self.has_room(more):
            return False
        for results in _SPARE:
            results.clear()
        return not self.has_room(more)

    def check(self, more: int = 0, *, patient: bool = True) -> None:
        """Refuse with 507 if the server would hold more than it may (RFC 4918 11.5).

        What a request deletes is freed after its response is sent, so a ``patient`` check waits a little for that.
        """
        if self.exceeded(more) and not (patient and self._has_room_soon(more)):
            raise Refused(
                507,
                f"The server may hold {self.limit} bytes, and with this it would hold more. Delete documents or spaces, "
                "or start the server with a larger --max-memory.",
                SUFFICIENT_DISK_SPACE,
            )

    def _has_room_soon(self, more: int) -> bool:
        """Look again a few times, and longer while a large tree is being freed."""
        tries, before = _TRIES, given_back()
        for _ in range(_MOST_TRIES):
            sleep(_PAUSE)
            if not self.exceeded(more):
                return True
            tries -= 1
            if given_back() - before >= _FREED:
                tries, before = _TRIES, given_back()
            if not tries:
                break
        return False


NO_LIMIT = Budget()
