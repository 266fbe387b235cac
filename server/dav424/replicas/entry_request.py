"""A request that comes from the log, as a connection would bring it."""

from __future__ import annotations

from dav424.core.batch import Refused
from dav424.replicas.entries import RequestEntry
from dav424.wire.framing import Stream
from dav424.wire.head import Head
from dav424.wire.in_process import BytesStream, InProcessRequest


class RefusedBody:
    """The stream of a body that could not be read when it came: to read it refuses as it did then."""

    def __init__(self, status: int, detail: str) -> None:
        self._status, self._detail = status, detail

    def has_data(self) -> bool:
        """Say that nothing has arrived."""
        return False

    def wait(self, _seconds: float, /) -> bool:
        """Say that nothing comes."""
        return False

    def read(self, _size: int, /) -> bytes:
        """Refuse."""
        raise Refused(self._status, self._detail)

    def readline(self, _size: int, /) -> bytes:
        """Refuse."""
        raise Refused(self._status, self._detail)


class BodyWantedError(BaseException):
    """An entry that has only the head of its request can't be carried out: its body decides. Nothing was changed."""


class UnreadBody(RefusedBody):
    """The stream of a body that was not read: the head of its request seemed to decide."""

    def __init__(self) -> None:
        super().__init__(400, "")

    def read(self, _size: int, /) -> bytes:
        """Raise ``BodyWantedError``."""
        raise BodyWantedError

    def readline(self, _size: int, /) -> bytes:
        """Raise ``BodyWantedError``."""
        raise BodyWantedError


class EntryRequest(InProcessRequest):
    """The request of an entry; these are the attributes of ``framing.IncomingRequest``."""

    def __init__(self, entry: RequestEntry) -> None:
        head = Head(
            entry.method,
            entry.target,
            dict(entry.headers),
            entry.length,
            entry.chunked,
            entry.latest,
            entry.persistent,
            entry.waits,
        )
        super().__init__(head, b"", entry.scheme.decode())
        self.mount, self.client = entry.mount, entry.client
        self.any_host, self.connected, self.waited = entry.any_host, entry.connected, entry.waited
        self.stream = _stream(entry)


def _stream(entry: RequestEntry) -> Stream:
    if entry.unread:
        return UnreadBody()
    if entry.problem is not None:
        return RefusedBody(entry.problem.status, entry.problem.detail)
    if not entry.chunked:
        return BytesStream(entry.body)
    framed = b"%x\r\n%b\r\n" % (len(entry.body), entry.body) if entry.body else b""
    return BytesStream(framed + b"0\r\n\r\n")
