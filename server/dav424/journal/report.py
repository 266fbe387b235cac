"""What a journal's entry means: each action with what came of it, what it depended on, and what was in the way.

These are the shapes that the admin API sends and ``dav424.testing`` reads. Keys are those of the
attributes, with hyphens for underscores.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes import Cause
from dav424.core.batch import Done, Failed, FailedDependency, Outcome, causes_of
from dav424.core.condition_codes import ConditionCode
from dav424.core.paths import href
from dav424.core.reason_phrases import reason
from dav424.core.subject import Subject
from dav424.journal import rules
from dav424.journal.curl import curl
from dav424.journal.entries import ActionRecord, JournalEntry

MOST_LISTED = 100
"""How many positions are listed as those that an action depended on: all of a large group would be its square."""
Verdict = Literal["done", "failed", "failed-dependency"]


class ActionResult(Struct, frozen=True, rename="kebab"):
    """What came of one action.

    ``path`` starts at the scenario's root and is percent-encoded; ``property`` and ``condition`` are in
    Clark notation. ``name`` is what people call what neither of them tells apart, such as an invitee. ``because`` are the positions of the actions that a 424 depended on, ``causes`` those
    at the bottom of it, which failed for a reason of their own; of more than 100, the first. ``cause`` is the id of the scenario's
    cause that refused; ``rule`` and its ``section`` say why this status and no other.
    """

    position: int
    verb: str
    path: str
    property: str | None
    outcome: Verdict
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
        """Say what was to be done."""
        done = f"{self.verb} {self.name or self.property or self.path}"
        return f"{done} of {self.path}" if self.name or self.property else done

    def __str__(self) -> str:
        """Say it in a line."""
        condition = f" {self.condition}" if self.condition else ""
        return f"{self.what()}: {self.status} {reason(self.status)}{condition}"


class MessagePart(Struct, frozen=True, rename="kebab"):
    """The headers and the body of a message; a body that isn't text is in base64.

    ``size`` is that of the whole body in bytes; of one that is longer than what is kept, the beginning is
    here. A ``streamed`` body is not kept. The headers of an answer are those that say something about it,
    without Date, Content-Length and the like.
    """

    headers: Sequence[tuple[str, str]]
    body: str
    size: int
    base64: bool = False
    truncated: bool = False
    streamed: bool = False


class ExchangeReport(Struct, frozen=True, rename="kebab"):
    """One exchange, as the journal tells it: ``facts`` by position, or why it was ``refused`` as a whole.

    ``at`` is the time of the space's clock; ``target`` is what stood on the request line. ``scenario`` is empty
    where none was found. ``parts`` are the requests of a batch, as far as they were carried out. ``notes`` tell what
    was malformed and let pass.
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

    @property
    def failures(self) -> list[ActionResult]:
        """What failed for a reason of its own."""
        own = [each for each in self.facts if each.outcome == "failed"]
        return [self.refused, *own] if self.refused is not None else own


def report(entry: JournalEntry) -> ExchangeReport:
    """Work out what an entry means."""
    return _report(entry, entry.request.headers)


def _report(entry: JournalEntry, sent: Mapping[str, str]) -> ExchangeReport:
    """Explain an entry that was ``sent`` with these headers, or within what was."""
    request, answer = entry.request, entry.answer
    outcomes = [step.outcome for step in entry.steps]
    causes: dict[int, Sequence[int]] = {}
    return ExchangeReport(
        number=entry.number,
        at=timestamp(entry.at),
        scenario=entry.scenario,
        method=request.method,
        target=_target(entry),
        path=entry.path,
        user=request.user,
        status=answer.status,
        reason=answer.phrase or reason(answer.status),
        facts=[_action_result(entry, position, outcomes, causes) for position in range(len(outcomes))],
        refused=_refused(entry) if entry.refused is not None else None,
        request=_part(list(request.headers.items()), request.body, entry.request_size),
        answer=_part(answer.headers, answer.body, entry.answer_size),
        curl=_curl(entry, sent),
        parts=[_report(each, sent) for each in entry.parts],
        notes=entry.notes,
    )


def _target(entry: JournalEntry) -> str:
    return entry.request.target or entry.request.base + entry.path


def _curl(entry: JournalEntry, sent: Mapping[str, str]) -> str:
    """Spell the request as a command; whoever logged in is asked for the password, which is not kept.

    A request within another goes to the same host, with the same login.
    """
    request, target = entry.request, _target(entry)
    host = sent.get("host", "localhost")
    url = f"{request.scheme}://{host}{target}" if target.startswith("/") else target
    headers, login = dict(request.headers), sent.get("authorization", "")
    if request.user:
        headers.pop("authorization", None)
    missing = entry.request_size - len(request.body)
    digest = login.lower().startswith("digest")
    return curl(request.method, url, headers, request.body, request.user, digest=digest, missing=missing)


def timestamp(at: float) -> str:
    """Write a time of a clock as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _action_result(
    entry: JournalEntry, position: int, outcomes: Sequence[Outcome], causes: dict[int, Sequence[int]]
) -> ActionResult:
    """Say what came of one action; ``causes`` remembers what a 424 came from, which a whole group has in common."""
    step = entry.steps[position]
    about = _begin_result(position, step)
    match step.outcome:
        case Done():
            return about
        case Failed() as failed:
            return _failed(about, failed, entry.causes)
        case FailedDependency(on=on, status=status):
            if id(on) not in causes:
                causes[id(on)] = causes_of(outcomes, position)[:MOST_LISTED]
            rule, section = rules.of_dependency(entry.rule, entry.answer.phrase)
            return replace(
                about,
                outcome="failed-dependency",
                status=status,
                because=on[:MOST_LISTED],
                causes=causes[id(on)],
                rule=rule,
                section=section,
            )


def _begin_result(position: int, step: ActionRecord) -> ActionResult:
    subject = step.subject
    if isinstance(subject, Subject):
        where, prop = href(subject.path), subject.property or None
        return ActionResult(position, subject.verb, where, prop, "done", 200, needs=step.needs, name=subject.name)
    verb, _, what = subject.partition(" ")
    return ActionResult(position, verb, what, None, "done", 200, needs=step.needs)


def _failed(about: ActionResult, failed: Failed, causes: Mapping[str, Cause]) -> ActionResult:
    cause = causes.get(failed.by) if isinstance(failed.by, str) else None
    rule, section = rules.of_refusal(failed, cause)
    return replace(
        about,
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
    assert entry.refused is not None, "asked only of what was refused"
    about = ActionResult(-1, entry.request.method, entry.path, None, "failed", entry.refused.status)
    return _failed(about, entry.refused, entry.causes)


def _part(headers: Iterable[tuple[str, str]], body: bytes | Iterable[bytes], size: int) -> MessagePart:
    if not isinstance(body, bytes):
        return MessagePart(list(headers), "", 0, streamed=True)
    try:
        # What was cut may end in the middle of a character.
        text, encoded = codecs.getincrementaldecoder("utf-8")().decode(body, final=len(body) == size), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    return MessagePart(list(headers), text, size, encoded, truncated=len(body) < size)
