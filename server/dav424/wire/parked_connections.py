"""The connections that wait for their clients, without a thread each, and the acceptance of new ones.

accept --> hand over to a worker --> park --> bytes arrive --> hand over to a worker --> park --> ...
                                          --> the deadline passes --> end
"""

from __future__ import annotations

import logging
import math
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

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


class Selector(Protocol):
    """The selector of all connections, which worker threads can use too."""

    connections: Iterable[tuple[int, Any]]

    def register(self, fileobj: int, events: int, data: object) -> object:
        """Wait for bytes."""

    def unregister(self, fileobj: int) -> object:
        """Wait no more."""

    def select(self, timeout: float) -> Iterable[tuple[int, Any]]:
        """Give the descriptors that can be read, each with its data."""


class ParkedConnections:
    """Hands a connection over to a worker when its client sent something, or when its time is up.

    The data of the listening socket in the ``selector`` is not a connection: it is ``listening``.
    """

    def __init__(
        self,
        selector: Selector,
        listening: object,
        listening_socket: socket.socket,
        accept: Callable[[], Parked | None],
        hand_over: Callable[[Parked], None],
    ) -> None:
        self._selector = selector
        self._listening, self._socket = listening, listening_socket
        self._accept, self._hand_over = accept, hand_over
        self._expire_at = self._report_at = 0.0
        self._resume_at = math.inf

    def step(self, seconds: float) -> None:
        """Wait at most for these seconds, and hand over the connections that can be read."""
        for descriptor, connection in self._selector.select(timeout=seconds):
            if connection is self._listening:
                self._accept_one()
            else:
                self._selector.unregister(descriptor)
                self._hand_over(connection)
        now = time.monotonic()
        if now >= self._resume_at:
            self._resume_accepting(now)
        if now >= self._expire_at:
            self._end_overdue(now)
            self._expire_at = now + _EXPIRY_INTERVAL

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
            self._hand_over(accepted)
            if self._descriptors_suffice(newest):
                return
        self._selector.unregister(self._socket.fileno())
        self._resume_at = time.monotonic() + _PAUSE

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

    def _end_overdue(self, now: float) -> None:
        """End the connections that wait for their client for too long; a client whose head has begun gets an answer."""
        for descriptor, connection in self._connections():
            if now < connection.deadline:
                continue
            self._selector.unregister(descriptor)
            if connection.give_up_head():
                self._hand_over(connection)
            else:
                connection.close()

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
        now = time.monotonic()
        if now >= self._report_at:
            self._report_at = now + _REPORT_INTERVAL
            log.warning(
                "The server accepts no connection for now: %s; close connections, or raise the limit (ulimit -n).",
                reason,
            )
