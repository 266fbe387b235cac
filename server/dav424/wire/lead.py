"""One thread leads: it waits for all connections, and answers their requests itself, one after the other.

    leader    wait for bytes --> answer --> wait for bytes --> answer ...
    watch     looks every few milliseconds whether the leader still answers the same request
    successor waits for bytes --> answer ...        while the first leader ends that request

Python runs one thread at a time, so that to pass each request to another thread costs more than most requests. A request that
lasts still delays no other: before the leader waits for anything, it hands the lead over (``core.waits``), and if it works for
long, the watch takes the lead from it. A connection is in the selector except while a thread without the lead answers it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Protocol

from dav424.core.clocks import sleep
from dav424.core.waits import before_waits
from dav424.wire.parked_connections import Parked, ParkedConnections, Selector

TICK = 0.004
"""Seconds after which the watch looks again: a request that takes longer than one or two of them loses the lead."""
IDLE_TICK = 0.02
"""The same while no requests come."""
_LOOK_FOR_END = 0.02
"""Seconds after which an idle leader looks whether the server is to stop."""
_END_WITHIN = 1.0
log = logging.getLogger("dav424")


class Led(Parked, Protocol):
    """A connection that the leader answers."""

    wants_turn: bool
    wants_thread: bool
    is_led: bool

    def lose_lead(self) -> None:
        """Take a turn for the request in progress, whose thread leads no longer."""

    def end_turn(self) -> None:
        """Let another connection have the turn."""

    def communicate(self) -> bool:
        """Answer the requests that have arrived; False if the connection is to be closed."""


class Term:
    """The time for which one thread leads; a worker takes it from the queue of the pool as if it was a connection.

    ``answering`` holds the connection whose request is being answered. The thread that takes it out has decided whether the
    leader still leads: the leader after its answer, or the one that takes the lead from it.
    """

    remote_addr = remote_port = None

    def __init__(self, lead: Lead) -> None:
        self._lead = lead
        self.answering: list[Led] = []
        self.latest: Led | None = None
        self.descriptor = -1

    @property
    def socket(self) -> object:
        """The socket of the connection that is answered, or was answered last."""
        return self.latest.socket if self.latest is not None else None

    def communicate(self) -> bool:
        """Lead until another thread does."""
        self._lead.serve(self)
        return False

    def close(self) -> None:
        """Do nothing: a term has no socket of its own."""


class Lead:
    """Sees to it that one thread leads, from ``begin`` to ``end``.

    ``queue`` hands a term to a thread that is free. ``give_back`` takes a connection that a thread has answered without the
    lead, or that waits for its turn.
    """

    def __init__(
        self,
        selector: Selector,
        parked: ParkedConnections,
        queue: Callable[[Term], object],
        give_back: Callable[[Led], object],
    ) -> None:
        self._selector, self._parked = selector, parked
        self._queue, self._give_back = queue, give_back
        self._lock = threading.Lock()
        self._term: Term | None = None
        self._seen: list[Led] = []
        self._ended = False
        self._left = threading.Event()
        self._left.set()

    @property
    def busy(self) -> bool:
        """Whether the thread that leads answers a request."""
        term = self._term
        return term is not None and bool(term.answering)

    def begin(self) -> None:
        """Let a thread lead."""
        with self._lock:
            self._begin_term()

    def _begin_term(self) -> None:
        self._left.clear()
        self._term = Term(self)
        self._queue(self._term)

    def serve(self, term: Term) -> None:
        """Wait for connections and answer their requests, as long as a term lasts."""
        answer = partial(self._answer, term)
        before_waits(lambda: self._take_from(term))
        try:
            while term is self._term and not self._ended:
                self._parked.step(_LOOK_FOR_END, answer)
        except Exception:
            log.exception("A bug: waiting for connections has failed, and begins anew")
            sleep(IDLE_TICK)
        finally:
            before_waits(None)
            with self._lock:
                if term is self._term:
                    self._left.set()
                    if not self._ended:
                        self._begin_term()

    def _answer(self, term: Term, descriptor: int, connection: Led) -> bool:
        """Answer what the client of a connection has sent; False if this thread leads no longer."""
        term.latest, term.descriptor = connection, descriptor
        connection.is_led = True
        answering = term.answering = [connection]
        kept = connection.communicate()
        try:
            answering.pop()
            connection.is_led = False
        except IndexError:
            with self._lock:  # the connection has left the selector then
                pass
            connection.end_turn()  # it was given one meanwhile
            if kept:
                self._give_back(connection)
            else:
                connection.close()
            return False
        if not kept:
            self._selector.unregister(descriptor)
            connection.close()
        elif connection.wants_turn or connection.wants_thread:
            self._selector.unregister(descriptor)
            self._give_back(connection)
        return True

    def watch(self) -> None:
        """Wait a little; take the lead from a thread that has answered the same request all the time."""
        term = self._term
        answering = term.answering if term is not None else []
        fresh = answering is not self._seen
        if term is not None and answering and not fresh:
            self._take_from(term)
        self._seen = answering
        sleep(TICK if fresh else IDLE_TICK)

    def _take_from(self, term: Term) -> None:
        """Let another thread lead, unless the request of this term has just been answered."""
        with self._lock:
            if self._take_connection(term) and not self._ended:
                self._begin_term()

    def _take_connection(self, term: Term) -> bool:
        """Take the connection that is answered out of the selector; False if none is answered."""
        if term is not self._term:
            return False
        try:
            connection = term.answering.pop()
        except IndexError:
            return False
        connection.lose_lead()
        self._term = None
        self._left.set()
        self._selector.unregister(term.descriptor)
        return True

    def end(self) -> None:
        """Let no thread lead any more; a request that is being answered goes on without the lead."""
        with self._lock:
            self._ended = True
            term = self._term
            if term is not None:
                self._take_connection(term)
        self._left.wait(_END_WITHIN)
