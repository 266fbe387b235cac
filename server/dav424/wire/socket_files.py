"""The two directions of a connection's socket: a reader that finds the ends of heads, and a writer without a buffer.

The server's connections use them in place of cheroot's files, which are buffered in pure Python and slow.
"""

from __future__ import annotations

import socket

from dav424.core.batch import Refused

_RECEIVED_AT_ONCE = 1 << 16
_READ_AT_ONCE = 1 << 20
_EMPTY_LINE = b"\r\n"
_END = b"\r\n\r\n"


class SocketReader:
    """The bytes that a client sends, as a file. Raises TimeoutError if the client sends nothing for too long."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        self._at = 0
        self.bytes_read = 0
        self.closed = False

    def has_data(self) -> bool:
        """Say whether bytes were received that are not read yet: the client sent its next request ahead."""
        return self._at < len(self._buffer)

    def received(self, most: int) -> bytes:
        """Give the bytes that were received and are not read yet, and at most this number of them."""
        return self._buffer[self._at : self._at + most]

    def wait(self, seconds: float) -> bool:
        """Wait until the client sends more or closes the connection; False if it does neither in time."""
        timeout = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        try:
            self._buffer += self._socket.recv(_RECEIVED_AT_ONCE)
        except TimeoutError:
            return False
        finally:
            self._socket.settimeout(timeout)
        return True

    def head(self, longest: int) -> bytes | None:
        """Read the head of a request, without the empty line at its end; None if the client closed the connection.

        Skips one empty line before the head (RFC 9112 2.2). Refuses with 414 or 431 a head of more than ``longest``
        bytes, and with 400 one that breaks off or whose lines do not end in CR LF.
        """
        skipped = False
        searched = 0
        while True:
            if not skipped and self._buffer.startswith(_EMPTY_LINE, self._at):
                self._at += len(_EMPTY_LINE)
                skipped = True
            end = self._buffer.find(_END, self._at + searched)
            if end >= 0:
                break
            self._refuse_unfinished(longest)
            received = self._socket.recv(_RECEIVED_AT_ONCE)
            if not received:
                if not self.has_data():
                    return None
                raise Refused(400, "The request breaks off before the empty line that ends its headers.")
            self._buffer, self._at = self._buffer[self._at :] + received, 0
            searched = max(0, len(self._buffer) - len(received) - len(_END) + 1)
        if end - self._at > longest:
            raise _too_long(self._buffer, self._at, longest)
        return self._take(end + len(_END) - self._at)[: -len(_END)]

    def _refuse_unfinished(self, longest: int) -> None:
        """Refuse the beginning of a head that no further bytes can make valid, so that no thread waits for its end."""
        if self._buffer.count(b"\n", self._at) != self._buffer.count(_EMPTY_LINE, self._at):
            raise Refused(400, "A line of the head ends in LF without CR; end each line with CR LF.")
        if len(self._buffer) - self._at > longest:
            raise _too_long(self._buffer, self._at, longest)

    def readline(self, size: int) -> bytes:
        """Read up to the end of a line or of the stream, and at most ``size`` bytes."""
        while True:
            end = self._buffer.find(b"\n", self._at) + 1
            available = len(self._buffer) - self._at
            if end or available >= size:
                break
            received = self._socket.recv(_RECEIVED_AT_ONCE)
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
            received = self._socket.recv(min(missing, _READ_AT_ONCE))
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
    """The bytes that are sent to a client, as a file."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.bytes_written = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        """Send all bytes at once."""
        self._socket.sendall(data)
        self.bytes_written += len(data)
        return len(data)

    def close(self) -> None:
        """Mark the writer as closed; the connection closes the socket."""
        self.closed = True
