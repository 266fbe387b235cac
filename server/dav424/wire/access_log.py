"""The access log: a line for each response that was sent, as text or as JSON.

2026-11-26T16:34:01.123Z 127.0.0.1 PROPPATCH /proppatch-protected/report.txt 207 512 1.3ms exchange=1
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import IO

from msgspec import Struct

from dav424.core.clocks import real_datetime, real_time
from dav424.core.patterns import pattern

_LOGIN = pattern(r"(^|//)[^/?]*@")
_PROBES = ("/-/live", "/-/ready")
UNKNOWN = "-"
"""Stands for the method or the target of a malformed request."""


class Answered(Struct, frozen=True):
    """A response that was sent: to which client and request, and ``size``, the bytes of its body that were sent.

    ``seconds`` is the time from the head of the request to the end of the response. ``exchange`` is its number in the
    journal; None without one.
    """

    client: str
    method: str
    target: str
    status: int
    size: int
    seconds: float
    exchange: int | None


AccessLog = Callable[[Answered], object]


def log_to(stream: IO[str], *, as_json: bool) -> AccessLog:
    """Give a function that writes a line to a stream, but for a probe that the server has answered with 200.

    A stream that can't be written to gets nothing, and the server goes on.
    """
    write = _json if as_json else _text

    def log(answered: Answered) -> None:
        if answered.status == 200 and answered.target in _PROBES:
            return
        try:
            stream.write(write(answered, _now()) + "\n")
            stream.flush()
        except (OSError, ValueError):  # the reader of the log has gone, or the stream is closed
            return

    return log


def _now() -> str:
    now = real_datetime().fromtimestamp(real_time(), dt.UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(answered: Answered, now: str) -> str:
    exchange = f" exchange={answered.exchange}" if answered.exchange is not None else ""
    words = (now, answered.client, answered.method, _shown(answered.target), answered.status, answered.size)
    return " ".join(map(str, words)) + f" {answered.seconds * 1000:.1f}ms{exchange}"


def _json(answered: Answered, now: str) -> str:
    return json.dumps({
        "time": now,
        "client": answered.client,
        "method": answered.method,
        "target": _shown(answered.target),
        "status": answered.status,
        "bytes": answered.size,
        "seconds": round(answered.seconds, 6),
        "exchange": answered.exchange,
    })  # fmt: skip


def _shown(target: str) -> str:
    """Write a target without the login that one in absolute form can have, and without characters that no line can hold."""
    target = _LOGIN.sub(r"\1", target, count=1) if "@" in target and not target.startswith("/") else target
    if target.isascii() and target.isprintable() and " " not in target:
        return target or UNKNOWN
    return "".join(each if "!" <= each <= "~" else f"%{ord(each):02X}" for each in target)
