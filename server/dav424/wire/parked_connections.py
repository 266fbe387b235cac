"""The connections that wait for their clients, without a thread each, and the acceptance of new ones.

accept --> wait --> bytes arrive --> answer --> wait --> ...
                --> the deadline passes --> end
"""

from __future__ import annotations

import logging
import math
import os
import select
import selectors
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol

from dav424.core.clocks import monotonic

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]  # the function that uses it looks

_PAUSE = 0.1
"""Seconds for which the server accepts no connection when it has no file descriptor left."""
_SPARE = 16
"""Descriptors that connections leave for files, such as those of scenarios."""
_REPORT_INTERVAL = 1.0
_EXPIRY_INTERVAL = 0.25
"""Seconds after which the server looks for connections that waited too long."""
log = logging.getLogger("dav424")


class Parked(Protocol):
    """A connection that can wait until its ``deadline``; ``between_requests`` it can be closed."""

    socket: socket.socket
    deadline: float
    between_requests: bool

    def give_up_head(self) -> bool:
        """Refuse the head that takes too long; False if none has begun, so that no answer is due."""

    def close(self) -> None:
        """Close the connection."""


Answer = Callable[[int, Any], bool]
"""Answers what the client of a connection has sent, by its descriptor; false if another thread goes on."""


class Selector(Protocol):
    """The selector of all connections, which worker threads can use too."""

    @property
    def connections(self) -> Iterable[tuple[int, Any]]:
        """The descriptors, each with its data."""

    def register(self, fileobj: int, events: int, data: object) -> object:
        """Wait for bytes."""

    def unregister(self, fileobj: int) -> object:
        """Wait no more."""

    def select(self, timeout: float) -> Iterable[tuple[int, Any]]:
        """Give the descriptors that can be read, each with its data."""

    def close(self) -> None:
        """Close it."""


class EpollSelector:
    """The selector of Linux, which keeps its connections while they are answered: to add each anew takes time.

    A connection that was found alone twice in a row is waited for beside all others, with one call for both, until another
    one is found. For a client that asks again as soon as it has its answer, Linux then runs the server on the processor of
    the client, and need not wake another one.

    Any thread can add and remove connections, also while another one waits.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._data: dict[int, Any] = {}
        self._waiting = select.poll()
        self._waiting.register(self._epoll.fileno(), select.POLLIN)
        self._latest = self._beside = -1

    @property
    def connections(self) -> Iterable[tuple[int, Any]]:
        """The descriptors, each with its data."""
        return list(self._data.items())

    def register(self, fileobj: int, _events: int, data: object) -> None:
        """Wait for bytes; raises ValueError if the selector is closed."""
        self._epoll.register(fileobj, select.EPOLLIN)
        self._data[fileobj] = data

    def unregister(self, fileobj: int) -> None:
        """Wait no more, also for a descriptor that is closed already."""
        self._data.pop(fileobj, None)
        if fileobj == self._beside:
            self._wait_for_all(fileobj)
        with suppress(OSError, ValueError):
            self._epoll.unregister(fileobj)

    def select(self, timeout: float) -> Iterable[tuple[int, Any]]:
        """Give the descriptors that can be read, each with its data."""
        data, beside = self._data, self._beside
        if beside < 0:
            found = self._epoll.poll(timeout)
            if len(found) == 1:
                self._note_alone(found[0][0])
            return [(each, data[each]) for each, _ in found if each in data]
        ready = self._waiting.poll(1000 * timeout)
        if len(ready) == 1 and ready[0][0] == beside and beside in data:
            return ((beside, data[beside]),)
        if not ready:
            return ()
        self._wait_for_all(beside)
        return [(each, data[each]) for each, _ in self._epoll.poll(0) if each in data]

    def _note_alone(self, descriptor: int) -> None:
        """Wait for this descriptor beside all from now on, if it was found alone the time before, too."""
        if descriptor == self._latest and descriptor in self._data:
            self._waiting.register(descriptor, select.POLLIN)
            with suppress(OSError, ValueError):  # another thread has just removed it
                self._epoll.modify(descriptor, 0)
            self._beside = descriptor
        self._latest = descriptor

    def _wait_for_all(self, beside: int) -> None:
        """Wait no more for one descriptor beside all."""
        self._latest = self._beside = -1
        with suppress(KeyError, OSError, ValueError):  # another thread has just removed it
            self._waiting.unregister(beside)
            self._epoll.modify(beside, select.EPOLLIN)

    def close(self) -> None:
        """Close it."""
        self._epoll.close()


class ParkedConnections:
    """Passes a connection on when its client sent something, or when its time is up.

    The data of the listening socket in the ``selector`` is not a connection: it is ``listening``.
    """

    def __init__(
        self,
        selector: Selector,
        listening: object,
        listening_socket: socket.socket,
        accept: Callable[[], Parked | None],
    ) -> None:
        self._selector = selector
        self._listening, self._socket = listening, listening_socket
        self._accept = accept
        self._expire_at = self._report_at = 0.0
        self._resume_at = math.inf

    def step(self, seconds: float, answer: Answer) -> None:
        """Wait at most for these seconds, and answer on the connections that can be read, until ``answer`` is false."""
        for descriptor, connection in self._selector.select(timeout=seconds):
            if connection is self._listening:
                self._accept_one()
            elif not answer(descriptor, connection):
                return
        now = monotonic()
        if now >= self._resume_at:
            self._resume_accepting(now)
        if now >= self._expire_at:
            self._expire_at = now + _EXPIRY_INTERVAL
            self._end_overdue(now, answer)

    def _accept_one(self) -> None:
        """Accept a connection; if no descriptor is left for another one, pause."""
        try:
            accepted = self._accept()
        except OSError as error:
            self._report(error.strerror or str(error))
        else:
            if accepted is None:
                return
            newest = accepted.socket.fileno()
            self._selector.register(newest, selectors.EVENT_READ, accepted)
            if self._descriptors_suffice(newest):
                return
        self._selector.unregister(self._socket.fileno())
        self._resume_at = monotonic() + _PAUSE

    def _resume_accepting(self, now: float) -> None:
        """Accept connections again if there are descriptors; else close idle ones, and try again after a pause."""
        if self._descriptors_suffice_again():
            self._selector.register(self._socket.fileno(), selectors.EVENT_READ, self._listening)
            self._resume_at = math.inf
            return
        idle = [each for each in self._connections() if each[1].between_requests]
        idle.sort(key=lambda each: each[1].deadline)
        for descriptor, connection in idle[: len(idle) // 4 + 1]:
            self._selector.unregister(descriptor)
            connection.close()
        self._resume_at = now + _PAUSE

    def _end_overdue(self, now: float, answer: Answer) -> None:
        """End the connections that wait for their client for too long; a client whose head has begun gets an answer."""
        for descriptor, connection in self._connections():
            if now < connection.deadline:
                continue
            if not connection.give_up_head():
                self._selector.unregister(descriptor)
                connection.close()
            elif not answer(descriptor, connection):
                return

    def _connections(self) -> list[tuple[int, Parked]]:
        return [each for each in list(self._selector.connections) if each[1] is not self._listening]

    def _descriptors_suffice(self, newest: int) -> bool:
        """Say whether another descriptor is left, by the number of a new one: the system gives the lowest free one."""
        limit = -1 if resource is None else resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if limit < 0 or newest < limit - min(_SPARE, limit // 4):
            return True
        self._report(f"{newest} of {limit} file descriptors are in use")
        return False

    def _descriptors_suffice_again(self) -> bool:
        try:
            newest = os.dup(self._socket.fileno())
        except OSError as error:
            self._report(error.strerror or str(error))
            return False
        os.close(newest)
        return self._descriptors_suffice(newest)

    def _report(self, reason: str) -> None:
        """Log why the server accepts no connection, at most once a second."""
        now = monotonic()
        if now >= self._report_at:
            self._report_at = now + _REPORT_INTERVAL
            log.warning(
                "The server accepts no connection for now: %s; close connections, or raise the limit (ulimit -n).",
                reason,
            )
