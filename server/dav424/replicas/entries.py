"""The entries of a space's log: a request, with all that its answer follows from."""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec import Struct

from dav424.core import decode


class BodyProblem(Struct, frozen=True, array_like=True):
    """The refusal of a body that could not be read."""

    status: int
    detail: str


class RequestEntry(Struct, frozen=True, array_like=True, tag="request"):
    """A request for a space, after a trusted proxy's headers were applied.

    The fields are those of ``wire.head.Head`` and of ``wire.framing.IncomingRequest``. ``sender`` is the user of a request
    that needs no login. ``problem`` is why the body could not be read; with ``unread``, nothing has asked for it. A request that has ``waited``
    was delayed by causes in an entry before this one. ``nonce`` is that of its login, if the default space has issued it and the user
    names another space; it is still accepted if it is ``nonce_live``.
    """

    method: str
    target: str
    headers: dict[str, str]
    length: int
    chunked: bool
    latest: bool
    persistent: bool
    waits: bool
    body: bytes
    scheme: bytes
    mount: str
    client: str
    any_host: bool
    connected: bool
    sender: str | None = None
    problem: BodyProblem | None = None
    unread: bool = False
    waited: bool = False
    nonce: str = ""
    nonce_live: bool = False


class CallEntry(Struct, frozen=True, array_like=True, tag="call"):
    """A call of the admin API that may change a space; the fields are those of ``core.message.AdminRequest``."""

    method: str
    target: str
    root: str
    headers: dict[str, str]
    body: bytes


Entry = RequestEntry | CallEntry


def pack(entry: Entry) -> bytes:
    """Write an entry as bytes."""
    return msgspec.msgpack.encode(entry)


def unpack(data: bytes) -> Entry:
    """Read an entry; raises ``msgspec.DecodeError`` for bytes that are none."""
    return cast("Entry", decode.to_type(msgspec.msgpack.decode(data), Entry))
