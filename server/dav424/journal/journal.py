"""What was asked of a space and what came of it, kept so that it can be explained later.

An entry holds what the spine knew: the actions, their outcomes, and the causes that were in the way. It is
kept before the answer leaves, so that whoever has the answer finds the entry. What it means is worked
out by ``facts`` when somebody asks.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace as revised
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes import Cause
from dav424.core.batch import Done, Failed, Outcome
from dav424.core.condition_codes import Condition
from dav424.core.message import Request, Response
from dav424.core.subject import Label
from dav424.store.tree import href

MOST_ENTRIES = 1000
MOST_BYTES = 8 << 20
MOST_OF_A_BODY = 64 << 10
"""Bytes of each body that are kept; the size is kept whole."""
NO_CAUSES: Mapping[str, Cause] = MappingProxyType({})
_OVERHEAD = 1000
"""Bytes that an entry is taken to need beside its bodies and its steps."""
_OF_A_STEP = 300
"""Bytes that an action is taken to need beside its texts."""
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"})
_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate"})
_USER_IN_URL = re.compile(r"(?<=://)[^/?#@\s<>]*@")
_DONE = Done()


class Step(Struct, frozen=True):
    """One action of a request, what it needed, and what came of it.

    The label is a ``Label``, or names a request within the request. ``weight`` is the bytes that the step counts for.
    Only ``settled`` makes one, so that no tree is kept alive by it.
    """

    label: Any
    outcome: Outcome
    needs: tuple[int, ...]
    weight: int


class Entry(Struct, frozen=True, kw_only=True):
    """One exchange. ``at`` is the time of the space's clock, in seconds since the epoch.

    ``number`` is given by the journal. ``refused`` says why a request was refused as a whole. The bodies are
    cut to ``MOST_OF_A_BODY``; ``request_size`` and ``answer_size`` are what they were, in bytes. Of a
    streamed answer no body is kept, which ``()`` stands for. ``parts`` are the requests within a batch. ``notes``
    tell what was malformed and let pass. ``weight`` is the bytes that the entry counts for.
    """

    at: float
    scenario: str
    request: Request
    answer: Response
    number: int = 0
    steps: Sequence[Step] = ()
    refused: Failed | None = None
    causes: Mapping[str, Cause] = NO_CAUSES
    request_size: int = 0
    answer_size: int = 0
    atomic: bool = False
    parts: Sequence[Entry] = ()
    notes: Sequence[str] = ()
    weight: int = 0

    @property
    def path(self) -> str:
        """The path of the request from the scenario's root, percent-encoded."""
        return href(self.request.path, collection=self.request.slash)


def settled(label: Any, outcome: Outcome, needs: tuple[int, ...], causes: Mapping[str, Cause]) -> Step:
    """Note an action without the value that was to be set and what the action gave: both can be of any size."""
    weight = _OF_A_STEP + 16 * len(needs)
    if isinstance(label, Label):
        if label.text:
            label = replace(label, text="")
        weight += 8 * len(label.path) + sum(map(len, label.path)) + len(label.property) + len(label.name)
    else:
        label = str(label)
        weight += len(label)
    if isinstance(outcome, Done):
        outcome = _DONE
    elif isinstance(outcome, Failed):
        outcome = _failed(outcome, causes)
        weight += len(outcome.detail)
        if isinstance(outcome.condition, Condition):
            weight += sum(map(len, outcome.condition.hrefs))
    return Step(label, outcome, needs, weight)


def _kept(new: Entry, number: int) -> Entry:
    """Leave out what nobody should read, what is too long of the bodies, and what would keep a tree alive."""
    request, answer = _without_secrets(new.request), new.answer
    content, body = request.body, answer.body
    if request.method == "HEAD":
        body = b""
    elif not isinstance(body, bytes):
        body = ()
    size = len(body) if isinstance(body, bytes) else 0
    if size > MOST_OF_A_BODY or body is not answer.body:
        answer = replace(answer, body=body and body[:MOST_OF_A_BODY])
    if len(content) > MOST_OF_A_BODY:
        request = replace(request, body=content[:MOST_OF_A_BODY])
    parts = [_kept(each, 0) for each in new.parts]
    return replace(
        new,
        number=number,
        request=request,
        answer=answer,
        parts=parts,
        refused=_failed(new.refused, new.causes) if new.refused is not None else None,
        request_size=len(content),
        answer_size=size,
        weight=_OVERHEAD
        + sum(map(len, request.headers))
        + sum(map(len, request.headers.values()))
        + len(request.target)
        + len(request.body)
        + min(size, MOST_OF_A_BODY)
        + sum([step.weight for step in new.steps])
        + sum(map(len, new.notes))
        + sum([part.weight for part in parts]),
    )


def _failed(failed: Failed, causes: Mapping[str, Cause]) -> Failed:
    """Put the id of the scenario's cause in the place of what stood in the way; None if it was none."""
    by = failed.by
    if by is None or (isinstance(by, str) and by in causes):
        return failed
    return revised(failed, by=next((each.id for each in causes.values() if each.caused(by)), None))


def _without_secrets(request: Request) -> Request:
    """Leave credentials out of a request; most have none."""
    headers = request.headers
    if _SECRET.isdisjoint(headers) and "@" not in request.target and "@" not in "".join(headers.values()):
        return request
    redacted = {name: _redacted(name, value) for name, value in headers.items()}
    return replace(request, headers=redacted, target=_without_user(request.target))


def _redacted(name: str, value: str) -> str:
    """Leave of credentials the scheme alone."""
    if name not in _SECRET:
        return _without_user(value)
    scheme, space, _ = value.partition(" ")
    return f"{scheme} [redacted]" if space and scheme.lower() in _SCHEMES else "[redacted]"


def _without_user(text: str) -> str:
    """Leave out of URLs the user and the password."""
    return _USER_IN_URL.sub("[redacted]@", text) if "@" in text else text


class Journal:
    """The exchanges of one space, by number, counted from 1: the last ``most_entries`` in at most ``most_bytes``.

    ``dropped`` says how many had to make room. A number is given as an entry is written, so that whoever asks
    for those since the last that it saw misses none.
    """

    __slots__ = (
        "_changes",
        "_closed",
        "_entries",
        "_lock",
        "_news",
        "_next",
        "_weight",
        "dropped",
        "most_bytes",
        "most_entries",
    )

    def __init__(self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.most_entries, self.most_bytes = most_entries, most_bytes
        self._lock = threading.Lock()
        self._news: threading.Condition | None = None  # made for whoever waits first: most journals have nobody
        self._changes = 0
        self._closed = False
        self._entries: dict[int, Entry] = {}
        self._next = 1
        self._weight = 0
        self.dropped = 0

    @property
    def upcoming(self) -> int:
        """The number that an entry would be given now."""
        return self._next

    def record(self, new: Entry) -> int:
        """Keep an entry without the credentials in it, and let the oldest make room; gives its number."""
        with self._lock:
            number = self._next
            self._next += 1
            if self.most_entries:
                kept = self._entries[number] = _kept(new, number)
                self._weight += kept.weight
            else:
                self.dropped += 1
            while len(self._entries) > self.most_entries or self._weight > self.most_bytes:
                oldest = self._entries.pop(next(iter(self._entries)))
                self._weight -= oldest.weight
                self.dropped += 1
            self._tell()
        return number

    def clear(self) -> None:
        """Forget everything, and count from 1 again."""
        with self._lock:
            self._entries.clear()
            self._next, self._weight, self.dropped = 1, 0, 0
            self._tell()

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._lock:
            self._closed = True
            self._tell()

    def _tell(self) -> None:
        self._changes += 1
        if self._news is not None:
            self._news.notify_all()

    def find(self, number: int) -> Entry | None:
        """Find an exchange by its number; None if it is not kept."""
        return self._entries.get(number)

    def __len__(self) -> int:
        """Say how many are kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over what is kept, by number."""
        with self._lock:
            return iter(list(self._entries.values()))

    def wait(self, wanted: Callable[[Entry], bool], count: int, seconds: float) -> list[Entry]:
        """Wait until at least ``count`` entries are ``wanted``, but no longer than so many seconds; gives those.

        Nothing is waited for where nothing can come any more: see ``close``.
        """
        until = time.monotonic() + seconds
        while True:
            with self._lock:
                seen, entries = self._changes, list(self._entries.values())
            found = [each for each in entries if wanted(each)]
            if len(found) >= count or not self._changed(seen, until):
                return found

    def _changed(self, seen: int, until: float) -> bool:
        """Wait for a change after the one that was ``seen``; False if none came in time."""
        with self._lock:
            if self._news is None:
                self._news = threading.Condition(self._lock)
            while self._changes == seen and not self._closed:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._news.wait(left)
            return self._changes != seen
