"""The two directions of a connection's socket: a reader that finds the ends of heads, and a writer without a buffer.

The server's connections use them in place of cheroot's files, which are buffered in pure Python and slow. The socket
does not block. A head that is not complete can wait without a thread: ``head_is_there`` receives only the bytes that have arrived.
For a body and an answer a thread waits, as long as the client keeps the pace.
"""

from __future__ import annotations

import socket

from dav424.core.batch import Refused
from dav424.wire.pace import PATIENCE, ConnectionBrokenError, Limits, Pace, has_hung_up, is_ready

_RECEIVED_AT_ONCE = 1 << 16
_READ_AT_ONCE = 1 << 20
_SENT_AT_ONCE = 1 << 20
_EMPTY_LINE = b"\r\n"
_END = b"\r\n\r\n"


def receive(sock: socket.socket, most: int) -> bytes:
    """Receive at most this number of bytes; raises ``BlockingIOError`` if there are none, else ``ConnectionBrokenError``."""
    try:
        return sock.recv(most)
    except BlockingIOError:
        raise
    except OSError as error:
        raise ConnectionBrokenError(*error.args) from error


class SocketReader:
    """The bytes that a client sends, as a file.

    Raises ``TooSlowError`` if the client sends a body too slowly, and ``ConnectionBrokenError`` if the connection broke.
    """

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._socket = sock
        self._limits = limits
        self._pace = Pace(limits)
        self._buffer = b""
        self._at = 0
        self._searched = 0
        self._end = -1
        self._skipped = False
        self._ended = False
        self._overdue = False
        self.bytes_read = 0
        self.closed = False

    def has_data(self) -> bool:
        """Say whether bytes were received that are not read yet: the client sent its next request ahead."""
        return self._at < len(self._buffer)

    def holds(self, length: int) -> bool:
        """Say whether a body of this length was received; with 0, the end of one in chunks, or of a part that looks like it."""
        return len(self._buffer) - self._at >= length if length else self._buffer.endswith(_END)

    def received(self, most: int) -> bytes:
        """Give the bytes that were received and are not read yet, and at most this number of them."""
        return self._buffer[self._at : self._at + most]

    def wait(self, seconds: float) -> bool:
        """Wait until the client sends more or closes the connection; False if it does neither in time."""
        try:
            received = receive(self._socket, _RECEIVED_AT_ONCE)
        except BlockingIOError:
            if not is_ready(self._socket, seconds):
                return False
            try:
                received = receive(self._socket, _RECEIVED_AT_ONCE)
            except BlockingIOError:  # a part of a TLS record
                return False
        self._buffer += received
        return True

    def client_gone(self, *, entirely: bool) -> bool:
        """Say whether the client has closed the connection entirely, or at least its own direction of it."""
        return has_hung_up(self._socket, entirely=entirely)

    def give_up_head(self) -> None:
        """Refuse the head that is not complete yet, when it is read."""
        self._overdue = True

    def head_is_there(self, longest: int) -> bool:
        """Receive the bytes that have arrived; say whether ``head`` can be called.

        It can if the head is complete or malformed, or if the client closed the connection. The thread does not wait for the
        rest of a slow one: it would keep other clients waiting, one slow client after the other.
        """
        if not self._buffer and not self._overdue:  # most requests come whole
            try:
                self._add(receive(self._socket, _RECEIVED_AT_ONCE))
            except BlockingIOError:
                return False
        while not self._head_is_decided(longest):
            try:
                self._add(receive(self._socket, _RECEIVED_AT_ONCE))
            except BlockingIOError:
                return False
        return True

    def head(self, longest: int) -> bytes | None:
        """Read the head of a request, without the empty line at its end; None if the client closed the connection.

        Skips one empty line before the head (RFC 9112 2.2). Refuses with 414 or 431 a head of more than ``longest``
        bytes, with 408 one that took too long, and with 400 one that breaks off or whose lines do not end in CR LF.
        """
        while self._end < 0 and not self._head_is_decided(longest):
            self._add(self._receive(_RECEIVED_AT_ONCE))
        end, self._end = self._end, -1
        if end < 0:
            if self._overdue:
                seconds = self._limits.head_timeout
                raise Refused(408, f"The head is not complete after {seconds:g} seconds; send it faster.")
            self._refuse_unfinished(longest)
            if not self.has_data():
                return None
            raise Refused(400, "The request breaks off before the empty line that ends its headers.")
        if end - self._at > longest:
            raise _too_long(self._buffer, self._at, longest)
        self._searched, self._skipped = 0, False
        self._pace.restart()
        return self._take(end + len(_END) - self._at)[: -len(_END)]

    def _head_is_decided(self, longest: int) -> bool:
        """Say whether no further bytes are needed to read the head, or to refuse it; note its end if that has come."""
        if not self._skipped and self._buffer.startswith(_EMPTY_LINE, self._at):
            self._at += len(_EMPTY_LINE)
            self._skipped = True
        self._end = self._buffer.find(_END, self._at + self._searched)
        if self._end >= 0 or self._ended or self._overdue:
            return True
        if len(self._buffer) - self._at > longest or self._has_bare_line_feed():
            return True
        self._searched = max(0, len(self._buffer) - self._at - len(_END) + 1)
        return False

    def _has_bare_line_feed(self) -> bool:
        """Say whether a line ends in LF without CR, in the bytes that were not searched yet."""
        begin = self._at + self._searched
        if self._searched and self._buffer.startswith(b"\n", begin):
            begin += 1  # the search before this one saw its CR
        return self._buffer.count(b"\n", begin) != self._buffer.count(_EMPTY_LINE, begin)

    def _refuse_unfinished(self, longest: int) -> None:
        """Refuse the beginning of a head that no further bytes can make valid, so that no client waits for its end."""
        if self._buffer.count(b"\n", self._at) != self._buffer.count(_EMPTY_LINE, self._at):
            raise Refused(400, "A line of the head ends in LF without CR; end each line with CR LF.")
        if len(self._buffer) - self._at > longest:
            raise _too_long(self._buffer, self._at, longest)

    def _add(self, received: bytes) -> None:
        """Add received bytes to the buffer; none are the end of the connection."""
        if received:
            self._buffer, self._at = self._buffer[self._at :] + received, 0
        else:
            self._ended = True

    def _receive(self, most: int) -> bytes:
        """Receive what there is, or wait for it; nothing is the end of the connection."""
        while True:
            try:
                received = receive(self._socket, most)
            except BlockingIOError:
                if not PATIENCE.pays(self._socket):
                    self._pace.wait(self._socket, writing=False)
            else:
                self._pace.moved(len(received))
                return received

    def readline(self, size: int) -> bytes:
        """Read up to the end of a line or of the stream, and at most ``size`` bytes."""
        while True:
            end = self._buffer.find(b"\n", self._at) + 1
            available = len(self._buffer) - self._at
            if end or available >= size:
                break
            received = self._receive(_RECEIVED_AT_ONCE)
            if not received:
                break
            self._buffer, self._at = self._buffer[self._at :] + received, 0
        return self._take(min(end - self._at if end else available, size))

    def read(self, size: int) -> bytes:
        """Read ``size`` bytes, or fewer at the end of the stream."""
        buffered = self._take(size)
        missing = size - len(buffered)
        if not missing:
            return buffered
        pieces = [buffered]
        while missing > 0:
            received = self._receive(min(missing, _READ_AT_ONCE))
            if not received:
                break
            pieces.append(received)
            self.bytes_read += len(received)
            missing -= len(received)
        return b"".join(pieces)

    def _take(self, length: int) -> bytes:
        taken = self._buffer[self._at : self._at + length]
        self._at += len(taken)
        self.bytes_read += len(taken)
        if self._at == len(self._buffer):
            self._buffer, self._at = b"", 0
        return taken

    def close(self) -> None:
        """Mark the reader as closed; the connection closes the socket."""
        self.closed = True


def _too_long(received: bytes, begin: int, longest: int) -> Refused:
    if received.find(b"\n", begin, begin + longest) < 0:
        return Refused(414, f"The request line has more than {longest} bytes.")
    return Refused(431, f"The headers have more than {longest} bytes.")


class SocketWriter:
    """The bytes that are sent to a client, as a file.

    Raises ``TooSlowError`` if the client reads an answer too slowly, and ``ConnectionBrokenError`` if the connection broke.
    """

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._socket = sock
        self._pace = Pace(limits)
        self.bytes_written = 0
        self.closed = False

    def begin(self) -> None:
        """Begin another answer."""
        self._pace.restart()

    def write(self, data: bytes) -> int:
        """Send all bytes, however long it takes a client that keeps the pace."""
        length, at = len(data), 0
        left = data if length <= _SENT_AT_ONCE else memoryview(data)[:_SENT_AT_ONCE]
        while at < length:
            try:
                sent = self._socket.send(left)
            except BlockingIOError:
                self._pace.wait(self._socket, writing=True)
            except OSError as error:
                raise ConnectionBrokenError(*error.args) from error
            else:
                at += sent
                self._pace.moved(sent)
                if at < length:
                    left = memoryview(data)[at : at + _SENT_AT_ONCE]
        self.bytes_written += length
        return length

    def close(self) -> None:
        """Mark the writer as closed; the connection closes the socket."""
        self.closed = True
