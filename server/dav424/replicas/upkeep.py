"""The work that no request waits for: tell the engine the latest digests, look whether it is there, follow awaited spaces."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from dav424.core.clocks import sleep
from dav424.replicas.engine import Engine
from dav424.replicas.problems import StoreError, UnavailableError
from dav424.replicas.replica import Replica

_SETTLE_AFTER = 0.02
"""Seconds after which the engine learns the digest of an answer; the next request for the space tells it sooner."""
_FOLLOW_EVERY = 0.05
"""Seconds between two looks at a space whose journal a client waits for."""
_LOOK_EVERY = 1.0
"""Seconds between two looks at the engine."""
_TROUBLES_EVERY = 5
"""The number of looks after which the spaces come up again that this replica could not serve."""
log = logging.getLogger("dav424")


class Upkeep:
    """The upkeep of a replica, until the server is ``closed``. ``problem`` says why the engine can't be used; empty if it can."""

    def __init__(self, engine: Engine, replica: Replica, closed: Callable[[], bool]) -> None:
        self._engine, self._replica, self._closed = engine, replica, closed
        self._changed: SimpleQueue[str] = SimpleQueue()
        self._due: SimpleQueue[str] = SimpleQueue()
        self._followed: Counter[str] = Counter()
        self._following = threading.Condition()
        self.problem = "The store of the spaces was not reached yet."
        self._said = ""

    def start(self) -> None:
        """Begin, in threads that end with the process."""
        for work in (self._settle, self._save, self._follow, self._look):
            threading.Thread(target=work, name=f"store {work.__name__.strip('_')}", daemon=True).start()

    def changed(self, name: str, *, due: bool) -> None:
        """Settle a space soon: an entry of it was carried out here. With ``due``, write a checkpoint of it."""
        self._changed.put(name)
        if due:
            self._due.put(name)

    @contextmanager
    def follows(self, name: str) -> Iterator[None]:
        """Carry out the entries of other replicas in a space as they come, while the context lasts."""
        with self._following:
            self._followed[name] += 1
            self._following.notify()
        try:
            yield
        finally:
            with self._following:
                self._followed[name] -= 1
                self._followed += Counter()  # drops the names that no client waits for

    def _settle(self) -> None:
        while not self._closed():
            try:
                names = {self._changed.get(timeout=_LOOK_EVERY)}
            except Empty:
                continue
            sleep(_SETTLE_AFTER)
            while not self._changed.empty():
                names.add(self._changed.get())
            for name in names:
                self._quietly(self._replica.settle, name)

    def _save(self) -> None:
        while not self._closed():
            with suppress(Empty):
                self._quietly(self._replica.save, self._due.get(timeout=_LOOK_EVERY))

    def _follow(self) -> None:
        while not self._closed():
            with self._following:
                if not self._followed:
                    self._following.wait(_LOOK_EVERY)
                names = list(self._followed)
            for name in names:
                self._quietly(self._replica.synced, name)
            if names:
                sleep(_FOLLOW_EVERY)

    @staticmethod
    def _quietly(work: Callable[[str], object], name: str) -> None:
        """Do what a later request does anyway, which also reports the problem to its client."""
        try:
            work(name)
        except (StoreError, UnavailableError) as problem:
            log.debug("%s: %s", name, problem)
        except Exception:  # a bug with one space must not end the upkeep of all
            log.exception("A bug: the upkeep of the space %r", name)

    def _look(self) -> None:
        looks = 0
        while not self._closed():
            try:
                self._engine.ask("PING")
                if not looks:
                    self._warn_of_eviction()
                looks += 1
                if looks % _TROUBLES_EVERY == 0:
                    self._replica.look_at_troubles()
            except StoreError as error:
                self._say(str(error))
            except Exception:  # as in _quietly
                log.exception("A bug: the look at the store of the spaces")
            else:
                self._say("")
            sleep(_LOOK_EVERY)

    def _say(self, problem: str) -> None:
        """Log each change once."""
        if problem != self._said and problem:
            log.warning("%s Requests for spaces are answered with 503 meanwhile.", problem)
        elif problem != self._said:
            log.warning("The store of the spaces answers again.")
        self.problem = self._said = problem

    def _warn_of_eviction(self) -> None:
        memory = self._engine.ask("INFO", "memory")
        text = memory.decode() if isinstance(memory, bytes) else str(memory)
        policy = next((line.partition(":")[2].strip() for line in text.splitlines() if "maxmemory_policy:" in line), "")
        if policy not in ("", "noeviction"):
            log.warning(
                "The store of the spaces has the maxmemory-policy %s, with which it may drop spaces that are in use. "
                "Set it to noeviction: then it refuses more, and drops none.",
                policy,
            )
