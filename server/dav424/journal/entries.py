"""The entries of a journal: what it keeps of an exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace as revised
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes.cause import Cause
from dav424.core.batch import Done, Failed, Outcome
from dav424.core.condition_codes import ConditionCode
from dav424.core.memory import NOTHING, Held, hold
from dav424.core.message import Request, Response
from dav424.core.method_facts import Rule
from dav424.core.paths import href
from dav424.core.subject import Effect, Subject
from dav424.faults.sent_answer import SentAnswer
from dav424.journal.content_coding import BEGIN_OF_GZIP, decoded
from dav424.journal.redaction import without_secrets

MOST_OF_A_BODY = 64 << 10
"""The maximum number of bytes that are kept of each body."""

NO_CAUSES: Mapping[str, Cause] = MappingProxyType({})

_OVERHEAD = 1000
"""The estimated size of an entry without its texts, bodies and steps, in bytes."""

_OF_A_HEADER = 110
"""The estimated size of a header without its texts, in bytes."""

_OF_A_SEGMENT = 50
"""The estimated size of a segment of a path without its text, in bytes."""

_OF_A_STEP = 300
"""The estimated size of an action without its texts, in bytes."""

_DONE = Done()

NO_EFFECT = Effect()


class ActionRecord(Struct, frozen=True):
    """One action of a request, the positions of the actions that it needs, and its outcome.

    The subject is a ``Subject``, or a text that names a request of a batch. ``status`` is that of an action that is done:
    201 if it created its resource, that of the response for a request of a batch, else 200. ``effect`` says which members
    the action dealt with. ``weight`` is the estimated size in bytes. Only ``settle`` makes records, so that none keeps a
    tree alive.
    """

    subject: Any
    outcome: Outcome
    needs: tuple[int, ...]
    weight: int
    status: int = 200
    effect: Effect = NO_EFFECT


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One exchange.

    * ``at`` is the time of the space's clock, in seconds since the epoch.
    * ``number``: the journal assigns it.
    * ``refused``: the refusal, if the request was refused as a whole.
    * The bodies are truncated to ``MOST_OF_A_BODY``; ``request_size``, ``answer_size`` and ``sent_size`` are their full
      sizes in bytes. A response in the content coding gzip has its
      body without that. The body of a streamed response is not kept: it is ``()``.
    * ``rule``: why an action of the request depends on another one; ``group_rule``: why it depends on one of its group that
      it doesn't need, if that is another rule.
    * ``parts``: the requests of a batch. ``position`` of such a part is that of the action that ran it, else -1.
    * ``struck``: the ids of all causes that refused something; of two locks that refuse one action, both.
    * ``notes``: malformed parts of the request that the server accepted nevertheless.
    * ``sent``: the answer as the client gets it, if faults have changed it. ``answer`` is the true one.
    * ``weight``: the estimated size in bytes. ``held`` counts it, and ``held_causes`` that of the causes.
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
    group_rule: Rule | None = None
    parts: Sequence[JournalEntry] = ()
    position: int = -1
    struck: Sequence[str] = ()
    notes: Sequence[str] = ()
    sent: SentAnswer | None = None
    sent_size: int = 0
    weight: int = 0
    held: Held = NOTHING
    held_causes: Held = NOTHING

    @property
    def path(self) -> str:
        """The path of the request from the root of the scenario, percent-encoded."""
        return href(self.request.path, collection=self.request.slash)


def strikes(entries: Iterable[JournalEntry], scenario: str) -> dict[str, list[int]]:
    """Give the numbers of the exchanges with a scenario in which each cause refused something, by the id of the cause."""
    found: dict[str, list[int]] = {}
    for entry in entries:
        if entry.scenario == scenario:
            for cause in sorted(_struck(entry)):
                found.setdefault(cause, []).append(entry.number)
    return found


def fault_strikes(entries: Iterable[JournalEntry], scenario: str) -> dict[str, list[int]]:
    """Give the numbers of the exchanges with a scenario whose answer each fault changed, by the id of the fault."""
    found: dict[str, list[int]] = {}
    for entry in entries:
        if entry.scenario == scenario and entry.sent is not None:
            for fault in entry.sent.faults:
                found.setdefault(fault.id, []).append(entry.number)
    return found


def _struck(entry: JournalEntry) -> set[str]:
    return {*entry.struck, *(cause for part in entry.parts for cause in _struck(part))}


def behind(refusers: Iterable[object], causes: Mapping[str, Cause]) -> list[str]:
    """List the ids of the causes that stand behind refusals, of which each has named its refuser."""
    found: dict[str, None] = {}
    for by in refusers:
        if isinstance(by, str):
            found.update({by: None} if by in causes else {})
        elif by is not None:
            found.update({cause.id: None for cause in causes.values() if cause.is_behind(by)})
    return list(found)


def settle(subject: Any, outcome: Outcome, needs: tuple[int, ...], causes: Mapping[str, Cause]) -> ActionRecord:
    """Record an action without the value to set and the result of the action: both can be large."""
    weight = _OF_A_STEP + 16 * len(needs)
    if isinstance(subject, Subject):
        if subject.text:
            subject = replace(subject, text="")
        weight += _weight_of_path(subject.path) + len(subject.property) + len(subject.name)
    else:
        subject = str(subject)
        weight += len(subject)
    status, effect = 200, NO_EFFECT
    if isinstance(outcome, Done):
        match outcome.value:
            case Effect() as effect:
                status = 201 if effect.created else 200
                weight += sum(len(name) + 50 for group in effect.members for name in group.names)
            case int(answered):
                status = answered
        outcome = _DONE
    elif isinstance(outcome, Failed):
        outcome = _failed(outcome, causes)
        weight += _weight_of_failure(outcome)
    return ActionRecord(subject, outcome, needs, weight, status, effect)


def keep(new: JournalEntry, number: int) -> JournalEntry:
    """Make the entry that the journal keeps: without credentials, with truncated bodies, and without references to trees."""
    request, content = without_secrets(new.request), new.request.body
    answer, size = _kept_answer(new.answer, request.method)
    sent, sent_size = new.sent, 0
    if sent is not None:
        kept, sent_size = _kept_answer(sent.response, request.method)
        sent = replace(sent, response=kept)
    if len(content) > MOST_OF_A_BODY:
        request = replace(request, body=content[:MOST_OF_A_BODY], counted=None)
    parts = [keep(part, 0) for part in new.parts] if new.parts else ()
    refused = _failed(new.refused, new.causes) if new.refused is not None else None
    weight = (
        _weight(request, answer)
        + len(request.body)
        + min(size, MOST_OF_A_BODY)
        + (sum([step.weight for step in new.steps]) if new.steps else 0)
        + (sum(map(len, new.notes)) if new.notes else 0)
        + (sum([part.weight for part in parts]) if parts else 0)
        + (_weight_of_sent(sent, sent_size) if sent is not None else 0)
        + (_weight_of_failure(refused) if refused is not None else 0)
    )
    return replace(
        new,
        number=number,
        request=request,
        answer=answer,
        parts=parts,
        refused=refused,
        request_size=len(content),
        answer_size=size,
        sent=sent,
        sent_size=sent_size,
        weight=weight,
        held=hold(weight) if number else NOTHING,  # the entry counts its parts too
    )


def _kept_answer(answer: Response, method: str) -> tuple[Response, int]:
    """Give a response as the journal keeps it, and the size of its body."""
    body = answer.body
    if method == "HEAD":
        body = b""
    elif not isinstance(body, bytes):
        body = ()
    elif body.startswith(BEGIN_OF_GZIP):
        body = decoded(body, answer.headers)
    size = len(body) if isinstance(body, bytes) else 0
    if size > MOST_OF_A_BODY or body is not answer.body:
        answer = replace(answer, body=body and body[:MOST_OF_A_BODY])
    return answer, size


def _weight_of_sent(sent: SentAnswer, size: int) -> int:
    """Estimate the size of an answer that faults have changed."""
    headers = sum([_OF_A_HEADER + len(name) + len(value) for name, value in sent.response.headers])
    return headers + min(size, MOST_OF_A_BODY) + sum([_OF_A_STEP + len(fault.did) for fault in sent.faults])


def _weight(request: Request, answer: Response) -> int:
    """Estimate the size of a request and its response without their bodies."""
    headers = request.headers
    weight = _OVERHEAD + _OF_A_HEADER * (len(headers) + len(answer.headers)) + len(request.target)
    weight += sum(map(len, headers)) + sum(map(len, headers.values()))
    weight += sum([len(name) + len(value) for name, value in answer.headers])
    weight += _weight_of_path(request.path)
    for spelling in request.spellings:
        weight += 2 * (_weight_of_path(spelling.sent) + _weight_of_path(spelling.canonical))
    return weight


def _weight_of_path(path: Sequence[str]) -> int:
    return _OF_A_SEGMENT * len(path) + sum(map(len, path))


def _weight_of_failure(failed: Failed) -> int:
    hrefs = failed.condition.hrefs if isinstance(failed.condition, ConditionCode) else ()
    return len(failed.detail) + _weight_of_path(hrefs)


def _failed(failed: Failed, causes: Mapping[str, Cause]) -> Failed:
    """Replace the object that refused the action by the id of the scenario's cause; by None if no cause is behind it.

    The answer has what the refusal brought for it, so that is dropped here.
    """
    by = failed.by
    if by is None or (isinstance(by, str) and by in causes):
        return failed if failed.reply is None else revised(failed, reply=None)
    return revised(failed, by=next((cause.id for cause in causes.values() if cause.is_behind(by)), None), reply=None)
