"""A load: the same bytes, sent again and again over connections that are kept open."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence

HOST = "bench"
"""What stands in Host, and in the URLs of Destination: WsgiDAV compares them."""


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Spell a request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """A connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=300)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def ask(self, data: bytes) -> tuple[int, bytes]:
        """Send a request, and give the status and the body of the answer."""
        self._socket.sendall(data)
        while b"\r\n\r\n" not in self._left:
            self._more()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        lower = head.lower()
        status = int(head.split(None, 2)[1])
        if b"transfer-encoding: chunked" in lower:
            return status, self._chunks()
        length = int(lower.partition(b"content-length:")[2].split(None, 1)[0]) if b"content-length:" in lower else 0
        return status, self._take(length)

    def _more(self) -> None:
        piece = self._socket.recv(1 << 20)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self._left += piece

    def _take(self, length: int) -> bytes:
        pieces, have = [self._left], len(self._left)
        while have < length:
            piece = self._socket.recv(1 << 20)
            if not piece:
                raise ConnectionError("the server closed the connection")
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        self._left = whole[length:]
        return whole[:length]

    def _chunks(self) -> bytes:
        body = []
        while True:
            while b"\r\n" not in self._left:
                self._more()
            size, _, self._left = self._left.partition(b"\r\n")
            body.append(self._take(int(size, 16)))
            self._take(2)
            if int(size, 16) == 0:
                return b"".join(body)

    def close(self) -> None:
        """Close it."""
        self._socket.close()


def rate(port: int, data: bytes | Sequence[bytes], connections: int, seconds: float) -> float:
    """Give the answers a second to a request, or to several in turn, sent over so many connections at once.

    A connection that the server has closed after its answer is replaced, as a client would do.
    """
    requests = [data] if isinstance(data, bytes) else data
    counts = [0] * connections
    end = time.perf_counter() + seconds

    def work(mine: int) -> None:
        connection = Connection(port)
        at = mine * len(requests) // connections
        while time.perf_counter() < end:
            try:
                connection.ask(requests[at])
            except ConnectionError:
                connection.close()
                connection = Connection(port)
                continue
            counts[mine] += 1
            at = (at + 1) % len(requests)
        connection.close()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(connections)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)
