"""The report of a journal entry: one result for each thing, the results on which it depended, and its cause.

The admin API sends these types as JSON, and ``dav424.testing`` reads them. Keys are the names of the attributes, with
hyphens for underscores.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes.cause import Cause
from dav424.core.batch import Done, Failed, FailedDependency
from dav424.core.condition_codes import ConditionCode
from dav424.core.reason_phrases import reason
from dav424.core.writable import timestamp
from dav424.journal import rules
from dav424.journal.curl import curl
from dav424.journal.entries import JournalEntry
from dav424.journal.verdicts import Thing, Verdict, fold

OutcomeName = Literal["done", "failed", "failed-dependency"]


class ActionResult(Struct, frozen=True, rename="kebab"):
    """The result for one resource, property or request of a batch: the only one in its exchange.

    * ``path`` starts at the root of the scenario and is percent-encoded. For a request of a batch it is the description
      of the request.
    * ``property`` and ``condition`` are names in Clark notation.
    * ``name`` is a readable name for a thing that neither path nor property tells apart, such as an invitee, or members
      that the journal only counts.
    * ``status`` of a thing that is done is that of the response for the requested resource and for a request of a batch,
      201 for another resource that the request created, else 200.
    * ``needs``: positions of the results that this one needs.
    * ``because``: positions of the results on which a 424 depended, at most 100.
    * ``causes``: positions of the root failures of a 424, which failed on their own, at most 100.
    * ``cause`` and ``kind``: id and kind of the scenario's cause that refused the action.
    * ``rule`` and ``section``: why the action has this status, and where that is defined. ``rule`` is empty if
      ``detail`` already says it.
    """

    position: int
    verb: str
    path: str
    property: str | None
    outcome: OutcomeName
    status: int
    condition: str | None = None
    detail: str = ""
    needs: Sequence[int] = ()
    because: Sequence[int] = ()
    causes: Sequence[int] = ()
    cause: str | None = None
    kind: str | None = None
    rule: str = ""
    section: str = ""
    name: str = ""

    def what(self) -> str:
        """Describe the action, such as ``set {urn:x}a of /f.txt``."""
        action = f"{self.verb} {self.name or self.property or self.path}"
        return f"{action} of {self.path}" if self.name or self.property else action

    def __str__(self) -> str:
        """Describe the action and its result in one line."""
        condition = f" {self.condition}" if self.condition else ""
        return f"{self.what()}: {self.status} {reason(self.status)}{condition}"


class MessagePart(Struct, frozen=True, rename="kebab"):
    """The headers and the body of a message; a body that is not UTF-8 is in base64.

    ``size`` is that of the whole body in bytes. If the body is longer than the journal keeps, ``body`` is its beginning
    and ``truncated`` is true. A ``streamed`` body is not kept. The headers of a response are those that the method
    wrote: Date, Content-Length and the like are left out.
    """

    headers: Sequence[tuple[str, str]]
    body: str
    size: int
    base64: bool = False
    truncated: bool = False
    streamed: bool = False


class FaultResult(Struct, frozen=True, rename="kebab"):
    """What a fault of the scenario did to an answer on its way to the client, in words."""

    id: str
    kind: str
    did: str


class ExchangeReport(Struct, frozen=True, rename="kebab"):
    """One exchange: the request, the response, and the result of each action.

    * ``at`` is the time of the space's clock.
    * ``scenario`` is empty if the request was for no scenario.
    * ``target`` is the request target from the request line.
    * ``facts``: one result for each resource, property and request of a batch, by position.
    * ``refused``: the refusal, if the request was refused as a whole.
    * ``parts``: the requests of a batch, as far as they were run. ``place`` of a part is that of the request in the batch,
      counted from 1. A part that was undone has the status 424 and no
      answer; its facts are its own failures alone.
    * ``notes``: malformed parts of the request that the server accepted nevertheless.
    * ``dialect`` is the name of the dialect of the answer; empty for the answers of the RFCs.
    * ``faults``: what faults did to the answer on its way. ``answer`` is the true answer, and ``sent`` the one that the
      client got, as far as it got it; null if no fault changed it.
    """

    number: int
    at: str
    scenario: str
    method: str
    target: str
    path: str
    user: str
    status: int
    reason: str
    facts: Sequence[ActionResult]
    refused: ActionResult | None
    request: MessagePart
    answer: MessagePart
    curl: str
    parts: Sequence[ExchangeReport] = ()
    notes: Sequence[str] = ()
    place: int = 0
    dialect: str = ""
    faults: Sequence[FaultResult] = ()
    sent: MessagePart | None = None

    @property
    def failures(self) -> list[ActionResult]:
        """The actions that failed on their own, or the refusal of the whole request."""
        failed = [action for action in self.facts if action.outcome == "failed"]
        return [self.refused, *failed] if self.refused is not None else failed


class _Fate(Struct, frozen=True):
    """What a batch did to a request in it.

    Its changes are ``undone`` with its group. ``dependency`` is its outcome if it did not fail itself.
    """

    undone: bool = False
    dependency: FailedDependency | None = None


_KEPT = _Fate()


def report(entry: JournalEntry) -> ExchangeReport:
    """Make the report of a journal entry."""
    return _report(entry, entry.request.headers)


def facts_of(entry: JournalEntry, *, undone: bool = False) -> list[ActionResult]:
    """List the results of an entry, by position; if it was ``undone``, its failures alone."""
    refused = entry.request.path if entry.refused is not None else None
    verdicts = fold(entry.steps, undone=undone, refused=refused)
    return [_action_result(entry, position, verdict) for position, verdict in enumerate(verdicts)]


def _report(entry: JournalEntry, sent: Mapping[str, str], fate: _Fate = _KEPT) -> ExchangeReport:
    """Make the report of an entry; ``sent`` are the headers of the HTTP request, which may be a batch around it.

    ``fate`` says what a batch did to the entry.
    """
    request, answer = entry.request, entry.answer
    undone = fate.dependency is not None
    status = fate.dependency.status if fate.dependency is not None else answer.status
    return ExchangeReport(
        number=entry.number,
        at=timestamp(entry.at),
        scenario=entry.scenario,
        method=request.method,
        target=target_of(entry),
        path=entry.path,
        user=request.user,
        status=status,
        reason=(answer.phrase if not undone else "") or reason(status),
        facts=facts_of(entry, undone=fate.undone),
        refused=_refused(entry) if entry.refused is not None else None,
        request=_part(list(request.headers.items()), request.body, entry.request_size),
        answer=_part(answer.headers, answer.body, entry.answer_size) if not undone else _part([], b"", 0),
        curl=_curl(entry, sent),
        parts=[
            replace(_report(part, sent, _fate(entry, part)), place=place)
            for part, place in zip(entry.parts, _places(entry), strict=True)
        ],
        notes=entry.notes,
        dialect=request.dialect,
        **_sent(entry),
    )


def _sent(entry: JournalEntry) -> dict[str, Any]:
    """Give what the report says of faults; nothing without faults."""
    if entry.sent is None:
        return {}
    response = entry.sent.response
    return {
        "faults": [FaultResult(fault.id, fault.kind, fault.did) for fault in entry.sent.faults],
        "sent": _part(response.headers, response.body, entry.sent_size),
    }


def _places(batch: JournalEntry) -> Iterator[int]:
    """Count the requests of a batch up to each part: a request that was never tried has a place, and is no part."""
    place = position = 0
    for part in batch.parts:
        for step in batch.steps[position : part.position + 1]:
            place += str(step.subject).startswith("send ")
        position = max(position, part.position + 1)
        yield place


def _fate(batch: JournalEntry, part: JournalEntry) -> _Fate:
    """Say what a batch did to a part: its own action ran it, and the next action confirmed that it succeeded."""
    if not 0 <= part.position < len(batch.steps) - 1:
        return _KEPT
    sent, confirmed = (step.outcome for step in batch.steps[part.position : part.position + 2])
    dependency = confirmed if isinstance(confirmed, FailedDependency) and not isinstance(sent, Failed) else None
    return _Fate(isinstance(sent, FailedDependency), dependency)


def target_of(entry: JournalEntry) -> str:
    """Give the request target as it was sent, or for a part of a batch the URL of its path."""
    return entry.request.target or entry.request.base.url(entry.path)


def _curl(entry: JournalEntry, sent: Mapping[str, str]) -> str:
    """Write the curl command of the request; curl prompts for the password, which the journal does not keep.

    A request of a batch goes to the host of the batch, with the same login.
    """
    request, target = entry.request, target_of(entry)
    host = sent.get("host", "localhost")
    url = f"{request.scheme}://{host}{target}" if target.startswith("/") else target
    headers, login = dict(request.headers), sent.get("authorization", "")
    if request.user:
        headers.pop("authorization", None)
    missing = entry.request_size - len(request.body)
    digest = login.lower().startswith("digest")
    return curl(request.method, url, headers, request.body, request.user, digest=digest, missing=missing)


def _action_result(entry: JournalEntry, position: int, verdict: Verdict) -> ActionResult:
    thing = verdict.thing
    result = ActionResult(
        position,
        verdict.verb,
        thing.path,
        thing.property or None,
        "done",
        _seen_status(entry, verdict),
        needs=verdict.needs,
        name=thing.name,
    )
    match verdict.outcome:
        case Done():
            return result
        case Failed() as failed:
            return _failed(result, failed, entry.causes)
        case FailedDependency(status=status):
            is_needed = entry.group_rule is None or not set(verdict.needs).isdisjoint(verdict.because)
            rule, section = rules.of_dependency(entry.rule if is_needed else entry.group_rule, entry.answer.phrase)
            return replace(
                result,
                outcome="failed-dependency",
                status=status,
                because=verdict.because,
                causes=verdict.causes,
                rule=rule,
                section=section,
            )


def _seen_status(entry: JournalEntry, verdict: Verdict) -> int:
    """Give the status that the client saw for a thing: of the requested resource, if it is done, that of the response."""
    answered = entry.answer.status
    is_requested = verdict.thing == Thing(entry.path)
    if isinstance(verdict.outcome, Done) and is_requested and 200 <= answered < 400 and answered not in (201, 207):
        return answered
    return verdict.status


def _failed(result: ActionResult, failed: Failed, causes: Mapping[str, Cause]) -> ActionResult:
    cause = causes.get(failed.by) if isinstance(failed.by, str) else None
    rule, section = rules.of_refusal(failed, cause)
    return replace(
        result,
        outcome="failed",
        status=failed.status,
        condition=failed.condition.name if isinstance(failed.condition, ConditionCode) else None,
        detail=failed.detail,
        cause=cause.id if cause is not None else None,
        kind=cause.kind if cause is not None else None,
        rule=rule,
        section=section,
    )


def _refused(entry: JournalEntry) -> ActionResult:
    assert entry.refused is not None, "the caller checks it"
    result = ActionResult(-1, entry.request.method, entry.path, None, "failed", entry.refused.status)
    return _failed(result, entry.refused, entry.causes)


def _part(headers: Iterable[tuple[str, str]], body: bytes | Iterable[bytes], size: int) -> MessagePart:
    if not isinstance(body, bytes):
        return MessagePart(list(headers), "", 0, streamed=True)
    try:
        # A truncated body may end in the middle of a character.
        text, encoded = codecs.getincrementaldecoder("utf-8")().decode(body, final=len(body) == size), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    return MessagePart(list(headers), text, size, encoded, truncated=len(body) < size)
