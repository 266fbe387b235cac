"""One exchange as the journal keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace as revised
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes import Cause
from dav424.core.batch import Done, Failed, Outcome
from dav424.core.condition_codes import ConditionCode
from dav424.core.message import Request, Response
from dav424.core.method_facts import Rule
from dav424.core.paths import href
from dav424.core.subject import Subject
from dav424.journal.redaction import without_secrets

MOST_OF_A_BODY = 64 << 10
"""Bytes of each body that are kept; the size is kept whole."""

NO_CAUSES: Mapping[str, Cause] = MappingProxyType({})

_OVERHEAD = 1000
"""Bytes that an entry is taken to need beside its bodies and its steps."""

_OF_A_STEP = 300
"""Bytes that an action is taken to need beside its texts."""

_DONE = Done()


class ActionRecord(Struct, frozen=True):
    """One action of a request, what it needed, and what came of it.

    The subject is a ``Label``, or names a request within the request. ``weight`` is the bytes that the step counts for.
    Only ``settled`` makes one, so that no tree is kept alive by it.
    """

    subject: Any
    outcome: Outcome
    needs: tuple[int, ...]
    weight: int


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One exchange. ``at`` is the time of the space's clock, in seconds since the epoch.

    ``number`` is given by the journal. ``refused`` says why a request was refused as a whole. The bodies are
    cut to ``MOST_OF_A_BODY``; ``request_size`` and ``answer_size`` are what they were, in bytes. Of a
    streamed answer no body is kept, which ``()`` stands for. ``rule`` says why an
    action of the request depends on another one. ``parts`` are the requests within a batch. ``notes`` tell what was malformed and let pass. ``weight`` is the bytes that the entry counts for.
    """

    at: float
    scenario: str
    request: Request
    answer: Response
    number: int = 0
    steps: Sequence[ActionRecord] = ()
    refused: Failed | None = None
    causes: Mapping[str, Cause] = NO_CAUSES
    request_size: int = 0
    answer_size: int = 0
    rule: Rule | None = None
    parts: Sequence[JournalEntry] = ()
    notes: Sequence[str] = ()
    weight: int = 0

    @property
    def path(self) -> str:
        """The path of the request from the scenario's root, percent-encoded."""
        return href(self.request.path, collection=self.request.slash)


def settle(subject: Any, outcome: Outcome, needs: tuple[int, ...], causes: Mapping[str, Cause]) -> ActionRecord:
    """Note an action without the value that was to be set and what the action gave: both can be of any size."""
    weight = _OF_A_STEP + 16 * len(needs)
    if isinstance(subject, Subject):
        if subject.text:
            subject = replace(subject, text="")
        weight += 8 * len(subject.path) + sum(map(len, subject.path)) + len(subject.property) + len(subject.name)
    else:
        subject = str(subject)
        weight += len(subject)
    if isinstance(outcome, Done):
        outcome = _DONE
    elif isinstance(outcome, Failed):
        outcome = _failed(outcome, causes)
        weight += len(outcome.detail)
        if isinstance(outcome.condition, ConditionCode):
            weight += sum(map(len, outcome.condition.hrefs))
    return ActionRecord(subject, outcome, needs, weight)


def keep(new: JournalEntry, number: int) -> JournalEntry:
    """Leave out what nobody should read, what is too long of the bodies, and what would keep a tree alive."""
    request, answer = without_secrets(new.request), new.answer
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
    parts = [keep(each, 0) for each in new.parts]
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
    return revised(failed, by=next((each.id for each in causes.values() if each.is_behind(by)), None))
