"""Clients that read an answer: two of six lines, which the page shows and runs."""

from __future__ import annotations

import inspect
import re

from msgspec import Struct

from dav424.core.batch import FAILED_DEPENDENCY


def naive(status: int, _body: bytes) -> str:
    """Read the status line alone, as ``response.ok`` does."""
    ok = 200 <= status < 300
    if not ok:
        return f"failed: {status}"
    return "everything was done"


def careful(status: int, body: bytes) -> str:
    """Read each status in the body, too."""
    inside = re.findall(rb'HTTP/1\.1 (\d{3})|"status": ?"?(\d{3})', body)
    failed = sorted({each for each in (status, *(int(xml or json) for xml, json in inside)) if each >= 300})
    roots = [each for each in failed if each != FAILED_DEPENDENCY] or "another answer"
    return f"not everything was done: {failed}, because of {roots}" if failed else "everything was done"


class Reader(Struct, frozen=True):
    """A client of six lines: its name, its source, and its conclusion from an answer."""

    name: str
    source: str
    conclusion: str


def readers(status: int, body: bytes) -> list[Reader]:
    """Run both clients on an answer."""
    return [Reader(read.__name__, inspect.getsource(read), read(status, body)) for read in (naive, careful)]
