"""A request of this process, which takes no connection: its head is parsed as strictly as one from a socket."""

from __future__ import annotations

import io
from collections.abc import Mapping

from dav424.core.batch import Refused
from dav424.core.memory import Held
from dav424.wire.framing import Stream
from dav424.wire.head import Head, parse


class BytesStream:
    """A body that is here already, as a ``framing.Stream``."""

    def __init__(self, body: bytes) -> None:
        self._bytes = io.BytesIO(body)
        self._size = len(body)

    def has_data(self) -> bool:
        """Say whether bytes are left."""
        return self._bytes.tell() < self._size

    def wait(self, _seconds: float, /) -> bool:
        """Say whether bytes are left: no more come."""
        return self.has_data()

    def read(self, size: int, /) -> bytes:
        """Read ``size`` bytes, or fewer at the end."""
        return self._bytes.read(size)

    def readline(self, size: int, /) -> bytes:
        """Read up to the end of a line, and at most ``size`` bytes."""
        return self._bytes.readline(size)


class InProcessRequest:
    """A ``framing.IncomingRequest`` whose body is here already."""

    def __init__(self, head: Head, body: bytes, scheme: str) -> None:
        self.head = head
        self.scheme = scheme.encode()
        self.mount = ""
        self.stream: Stream = BytesStream(body)
        self.body_read = False
        self.close_connection = False
        self.held: object = None
        self.counted: Held | None = None
        self.client = ""
        self.any_host = False
        self.connected = False
        self.waited = False

    def send_continue(self) -> None:
        """Do nothing: the body is here already."""

    def look_for_client(self) -> None:
        """Do nothing: the client is this process."""


def in_process(
    method: str, target: str, headers: Mapping[str, str], body: bytes, *, host: str, scheme: str
) -> InProcessRequest:
    """Make a request with the headers that every client adds: ``Host`` and, for a body, ``Content-Length``.

    Refuses with 400 what no client can send.
    """
    given = {name.lower() for name in headers}
    lines = [f"{method} {target} HTTP/1.1", *([] if "host" in given else [f"Host: {host}"])]
    if body and not given & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    try:
        head = parse("\r\n".join(lines).encode("latin-1"))
    except UnicodeEncodeError as error:
        bad = error.object[error.start : error.end]
        raise Refused(400, f"A header or the path has {bad!r}, which HTTP can't send; percent-encode it.") from None
    return InProcessRequest(head, body, scheme)
