"""The nonces of Digest logins that a space issued, and how often each of them was used (RFC 7616 3.3, 3.4)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import blake2b
from typing import Literal

from msgspec import Struct

from dav424.core.memory import hold

LIFETIME = 300.0
"""How long a nonce is accepted, in seconds of the space's clock."""
MOST_NONCES = 1000
"""How many nonces a space remembers, the latest ones, whether they have expired or not."""
MOST_AHEAD = 1000
"""How many uses of one nonce are remembered beside the row that begins with 1; a client that skips more needs another nonce."""
_OF_A_NONCE, _OF_A_USE = 700, 90
"""The bytes that a nonce takes, and each of its uses out of order (measured)."""
_UNCOUNTED = 8
"""The uses out of order that the count of the nonce includes."""
Verdict = Literal["accepted", "used", "expired", "unknown"]
_LOCK = threading.Lock()  # one for all spaces: a nonce can be counted in two, and each step takes microseconds


class _Uses:
    """Which values of ``nc`` came with a nonce: all up to ``row``, and those ``ahead`` of it. ``held`` counts their memory."""

    __slots__ = ("ahead", "held", "row")

    def __init__(self) -> None:
        self.row = 0
        self.ahead: set[int] = set()
        self.held = hold(_OF_A_NONCE)

    def add(self, count: int) -> bool:
        """Note a use; False if it is there already."""
        if count <= self.row or count in self.ahead:
            return False
        self.ahead.add(count)
        while self.row + 1 in self.ahead:
            self.row += 1
            self.ahead.remove(self.row)
        if len(self.ahead) > _UNCOUNTED:
            self.held = hold(_OF_A_NONCE + _OF_A_USE * len(self.ahead))
        return True


class _IssuedNonce(Struct):
    """A nonce ``at`` the time when it began to count in a space, in seconds since the epoch."""

    at: float
    uses: _Uses
    live: bool = True


class KeptNonce(Struct, frozen=True):
    """A nonce in the state of a space: when it was issued, and its uses."""

    nonce: str
    at: float
    live: bool
    row: int
    ahead: list[int]


class KeptNonces(Struct, frozen=True):
    """All nonces in the state of a space, the oldest first, and the seed of the next one; some are ``forgot`` or not."""

    seed: bytes
    forgot: bool
    known: list[KeptNonce]


class Nonces:
    """The nonces of one space: the last ``MOST_NONCES``, each with at most ``MOST_AHEAD`` uses out of order.

    A nonce follows from ``kind`` and from the requests that were challenged before, so that the same requests get the
    same nonces. No two kinds issue the same nonce. ``clock`` gives the time in seconds since the epoch.
    """

    __slots__ = ("_clock", "_forgot", "_kind", "_known", "seed")

    seed: bytes
    """What the next nonce follows from."""

    def __init__(self, kind: str, clock: Callable[[], float]) -> None:
        self._kind, self._clock = kind.encode(), clock
        self._known: dict[str, _IssuedNonce] = {}
        self._forgot = False
        self.reset()

    def issue(self, *asked: str) -> str:
        """Issue a nonce, 40 hexadecimal digits; ``asked`` tells the request that is challenged from others."""
        with _LOCK:
            self.seed = blake2b("\0".join(asked).encode(), key=self.seed, digest_size=16).digest()
            nonce = self.seed.hex() + self._mark(self.seed)
            self._remember(nonce, _IssuedNonce(self._clock(), _Uses()))
            return nonce

    def adopt(self, nonce: str, other: Nonces) -> None:
        """Let a nonce that another space issued count here from now on, by this clock; both count its uses as one."""
        with _LOCK:
            found, known = other._known.get(nonce), self._known.get(nonce)
            if found is not None and (known is None or known.uses is not found.uses):  # it was issued anew
                self._remember(nonce, _IssuedNonce(self._clock(), found.uses, live=other._alive(found)))

    def use(self, nonce: str, count: int) -> Verdict:
        """Accept a nonce with a count (``nc``) once; else say why not."""
        with _LOCK:
            issued = self._known.get(nonce)
            if issued is None:
                return "expired" if self._forgot and self._is_marked(nonce) else "unknown"
            if not self._alive(issued):
                return "expired"
            if not issued.uses.add(count):
                return "used"
            issued.live = len(issued.uses.ahead) <= MOST_AHEAD
            return "accepted"

    def expire(self, nonce: str) -> None:
        """Accept a nonce no longer."""
        with _LOCK:
            if nonce in self._known:
                self._known[nonce].live = False

    def reset(self, seed: bytes | None = None) -> None:
        """Let every nonce expire, and begin anew, or from the ``seed`` that a snapshot kept."""
        with _LOCK:
            for each in self._known.values():
                each.live = False
            self.seed = self._kind if seed is None else seed

    def is_live(self, nonce: str) -> bool | None:
        """Say whether a nonce is accepted; None for one that is not known."""
        with _LOCK:
            issued = self._known.get(nonce)
            return None if issued is None else self._alive(issued)

    def learn(self, nonce: str, *, live: bool) -> None:
        """Know a nonce that another process has issued, unless it is known; it counts from now on."""
        with _LOCK:
            if nonce not in self._known:
                self._remember(nonce, _IssuedNonce(self._clock(), _Uses(), live))
            self._known[nonce].live = live

    def kept(self) -> KeptNonces:
        """Give all nonces, for ``restore``."""
        with _LOCK:
            known = [
                KeptNonce(name, each.at, each.live, each.uses.row, sorted(each.uses.ahead))
                for name, each in self._known.items()
            ]
            return KeptNonces(self.seed, self._forgot, known)

    def restore(self, kept: KeptNonces) -> None:
        """Take over the nonces of another space."""
        with _LOCK:
            self.seed, self._forgot, self._known = kept.seed, kept.forgot, {}
            for each in kept.known:
                uses = _Uses()
                uses.row, uses.ahead = each.row, set(each.ahead)
                self._known[each.nonce] = _IssuedNonce(each.at, uses, each.live)

    def _alive(self, issued: _IssuedNonce) -> bool:
        return issued.live and self._clock() < issued.at + LIFETIME

    def _remember(self, nonce: str, issued: _IssuedNonce) -> None:
        """Keep a nonce, which may be issued for the second time after a reset, and let the oldest make room."""
        self._known.pop(nonce, None)
        self._known[nonce] = issued
        if len(self._known) > MOST_NONCES:
            del self._known[next(iter(self._known))]
            self._forgot = True

    def _is_marked(self, nonce: str) -> bool:
        """Say whether this space, or another of its kind, can have issued a nonce that it does not remember."""
        try:
            seed = bytes.fromhex(nonce[:32])
        except ValueError:
            return False
        return nonce == seed.hex() + self._mark(seed)

    def _mark(self, seed: bytes) -> str:
        return blake2b(seed, key=self._kind, digest_size=4).hexdigest()
