"""What a journal's entry means: each action with what came of it, what it depended on, and what was in the way.

These are the shapes that the admin API sends and ``dav424.testing`` reads. Keys are those of the
attributes, with hyphens for underscores.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from dav424 import headers, rules
from dav424.batch import Done, Failed, FailedDependency, Outcome, causes_of
from dav424.causes import Cause
from dav424.condition import Condition
from dav424.curl import curl
from dav424.journal import Entry
from dav424.multistatus import reason
from dav424.tree import href

Verdict = Literal["done", "failed", "failed-dependency"]


class Fact(Struct, frozen=True, rename="kebab"):
    """What came of one action.

    ``path`` starts at the scenario's root and is percent-encoded; ``property`` and ``condition`` are in
    Clark notation. ``because`` are the positions of the actions that a 424 depended on, ``causes`` those
    at the bottom of it, which failed for a reason of their own. ``cause`` is the id of the scenario's
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

    def __str__(self) -> str:
        """Say it in a line."""
        what = f"{self.verb} {self.property} of {self.path}" if self.property else f"{self.verb} {self.path}"
        condition = f" {self.condition}" if self.condition else ""
        return f"{what}: {self.status} {reason(self.status)}{condition}"


class Part(Struct, frozen=True, rename="kebab"):
    """The headers and the body of a message; a body that isn't text is in base64.

    ``size`` is that of the whole body in bytes; of one that is longer than what is kept, the beginning is
    here. A ``streamed`` body is not kept.
    """

    headers: Sequence[tuple[str, str]]
    body: str
    size: int
    base64: bool = False
    truncated: bool = False
    streamed: bool = False


class Explained(Struct, frozen=True, rename="kebab"):
    """One exchange, as the journal tells it: ``facts`` by position, or why it was ``refused`` as a whole.

    ``at`` is the time of the space's clock; ``target`` is the path as it stood on the request line. ``notes`` tell
    what was malformed and let pass.
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
    facts: Sequence[Fact]
    refused: Fact | None
    request: Part
    answer: Part
    curl: str
    notes: Sequence[str] = ()

    @property
    def failures(self) -> list[Fact]:
        """What failed for a reason of its own."""
        own = [each for each in self.facts if each.outcome == "failed"]
        return [self.refused, *own] if self.refused is not None else own


def explain(entry: Entry) -> Explained:
    """Work out what an entry means."""
    request, answer = entry.request, entry.answer
    target = request.base + entry.path
    outcomes = [step.outcome for step in entry.steps]
    where = f"{request.scheme}://{request.headers.get('host', 'localhost')}{target}"
    return Explained(
        number=entry.number,
        at=timestamp(entry.at),
        scenario=entry.scenario,
        method=request.method,
        target=target,
        path=entry.path,
        user=request.user,
        status=answer.status,
        reason=reason(answer.status),
        facts=[_fact(entry, position, outcomes) for position in range(len(outcomes))],
        refused=_refused(entry) if entry.refused is not None else None,
        request=_part(list(request.headers.items()), request.body, entry.request_size),
        answer=_part(answer.headers, answer.body, entry.answer_size),
        curl=curl(request.method, where, request.headers, request.body),
        notes=headers.overlooked(request),
    )


def timestamp(at: float) -> str:
    """Write a time of a clock as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _fact(entry: Entry, position: int, outcomes: Sequence[Outcome]) -> Fact:
    step = entry.steps[position]
    label = step.label
    about = Fact(position, label.verb, href(label.path), label.property or None, "done", 200, needs=step.needs)
    match step.outcome:
        case Done():
            return about
        case Failed() as failed:
            return _failed(about, failed, entry.causes)
        case FailedDependency(on=on, status=status):
            rule, section = rules.of_dependency(entry.request.method, atomic=entry.atomic)
            return replace(
                about,
                outcome="failed-dependency",
                status=status,
                because=on,
                causes=causes_of(outcomes, position),
                rule=rule,
                section=section,
            )


def _failed(about: Fact, failed: Failed, causes: Mapping[str, Cause]) -> Fact:
    cause = next((each for each in causes.values() if each.caused(failed.by)), None)
    rule, section = rules.of_refusal(failed, cause)
    return replace(
        about,
        outcome="failed",
        status=failed.status,
        condition=failed.condition.name if isinstance(failed.condition, Condition) else None,
        detail=failed.detail,
        cause=cause.id if cause is not None else None,
        kind=cause.kind if cause is not None else None,
        rule=rule,
        section=section,
    )


def _refused(entry: Entry) -> Fact:
    assert entry.refused is not None, "asked only of what was refused"
    about = Fact(-1, entry.request.method, entry.path, None, "failed", entry.refused.status)
    return _failed(about, entry.refused, entry.causes)


def _part(headers: Iterable[tuple[str, str]], body: bytes | Iterable[bytes], size: int) -> Part:
    if not isinstance(body, bytes):
        return Part(list(headers), "", 0, streamed=True)
    try:
        text, encoded = body.decode(), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    return Part(list(headers), text, size, encoded, truncated=len(body) < size)
