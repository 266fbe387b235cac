"""The results of a request as a tree: failures at the top, the things that depended on them below, the rest at the end.

The lines are the results in the journal and the statuses that the answer reports. Where both say the same, they are one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from msgspec import Struct

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.reason_phrases import reason
from dav424.journal.report import ActionResult, ExchangeReport
from dav424.pages.workbench.answer import Received
from dav424.pages.workbench.places import Span, places
from dav424.proof.answer_body import ReportedStatus, description, read_body, read_links

MOST_LINES = 200
_SECTION = re.compile(r"RFC ([0-9]+)(?: ([0-9]+(?:\.[0-9]+)*))?")
_REQUEST = re.compile(r"request (?P<id>.+) \((?P<what>.*)\)", re.DOTALL)
MULTI_STATUS = 207


class Line(Struct):
    """One thing and its status.

    * ``number``: of the line, from 0; the marks in the answer have it.
    * ``outcome``: ``done``, ``failed`` or ``failed-dependency``.
    * ``because``: the things on which it depended, in words. ``causes`` are the ids of the causes to remove, so that it
      would not fail.
    * ``in_answer``: whether the answer reports it.
    * ``below``: the lines that depended on this one, and, of a request in a batch, the results in it.
    """

    number: int
    what: str
    status: int
    outcome: str
    condition: str = ""
    because: Sequence[str] = ()
    causes: Sequence[str] = ()
    sentences: Sequence[str] = ()
    sections: Sequence[tuple[str, str]] = ()
    kind: str = ""
    in_answer: bool = False
    below: list[Line] = []

    @property
    def reason(self) -> str:
        """The reason phrase of the status."""
        return reason(self.status)

    @property
    def word(self) -> str:
        """The outcome in a word, beside its colour and its shape."""
        return {"failed": "cause", "failed-dependency": "undone", "done": "done"}[self.outcome]

    def all(self) -> Iterator[Line]:
        """Iterate over this line and all lines below it."""
        yield self
        for line in self.below:
            yield from line.all()


class Results(Struct, frozen=True):
    """The results of a request: the lines at the top of the tree, the number of lines left out, and the marks.

    ``marks`` are spans in the body with the numbers of the lines that they report; ``in_head`` are lines that the head reports.
    """

    lines: Sequence[Line]
    more: int
    marks: Sequence[tuple[Span, int]]
    in_head: Sequence[int]
    reported: Sequence[ReportedStatus]

    def all(self) -> list[Line]:
        """List all lines."""
        return [line for top in self.lines for line in top.all()]

    @property
    def has_failures(self) -> bool:
        """Whether a thing failed."""
        return any(line.outcome != "done" for line in self.all())

    @property
    def summary(self) -> str:
        """Say in one sentence how many things failed, were undone and were done."""
        lines = self.all()
        counts = {word: sum(line.word == word for line in lines) for word in ("cause", "undone", "done")}
        names = {"cause": "failed", "undone": "undone because of that", "done": "done"}
        parts = [f"{count} {names[word]}" for word, count in counts.items() if count]
        return f"{', '.join(parts)}." if parts else "The request asked for no changes."


class _Answered(Struct):
    """A status that the answer reports, with its place; ``line`` is set as soon as a line has it."""

    status: ReportedStatus
    spans: list[Span]
    line: int = -1


def results(answer: Received, base: str, path: str, exchange: ExchangeReport | None) -> Results:
    """Make the tree of an answer; without the ``exchange`` of the journal, of the answer alone."""
    is_document = exchange is not None and exchange.method == "GET" and answer.status < 300
    answered = [] if is_document else _answered(answer, base, path)
    lines = _Lines(answered)
    if exchange is not None:
        lines.add_exchange(exchange)
    left = [each for each in answered if each.line < 0]
    lines.add_answered(left, of_reading=exchange is not None and not exchange.failures)
    if exchange is None and not answered:
        lines.add_status_line(answer, unquote(path))
    top = lines.top()
    marks = [(span, each.line) for each in answered for span in each.spans if each.line >= 0]
    shown, more = _limited(top)
    whole = [line for top_line in shown for line in top_line.all() if not line.in_answer and _is_whole(line, answer)]
    for line in whole:
        line.in_answer = True
    in_head = [line.number for line in whole]
    in_head += [each.line for each in answered if not each.spans and "Link" in answer.by_name]
    return Results(shown, more, marks, in_head, [each.status for each in answered])


def _answered(answer: Received, base: str, path: str) -> list[_Answered]:
    if answer.by_name.get("Link") and not (answer.body and "problem+json" in answer.content_type):
        return [_Answered(each, []) for each in read_links(answer.by_name, base)]
    if answer.cut:
        return []  # its statuses are not all here
    reported = read_body(answer.content_type, answer.body, base, path)[1]
    found = places(answer.content_type, answer.body, reported)
    return [_Answered(status, spans) for status, spans in zip(reported, found, strict=True)]


def _is_whole(line: Line, answer: Received) -> bool:
    """Say whether a line is the one of the status line of the answer."""
    return line.status == answer.status and answer.status not in (MULTI_STATUS, 200)


class _Lines:
    """Collects lines, and gives each of them its place in the tree."""

    def __init__(self, answered: Sequence[_Answered]) -> None:
        self._answered = answered
        self._lines: list[Line] = []
        self._parents: dict[int, int] = {}

    def add_exchange(self, exchange: ExchangeReport) -> None:
        """Add the results of an exchange, and those of the requests in it."""
        if exchange.refused is not None:
            self._add_result(exchange.refused, exchange, {})
        of_position = self._add_facts(exchange)
        for part in exchange.parts:
            position = next((fact.position for fact in exchange.facts if _is_part(fact, part)), None)
            inside = self._add_facts(part)
            for number in inside.values():
                if position is not None:
                    self._parents.setdefault(number, of_position[position])

    def _add_facts(self, exchange: ExchangeReport) -> dict[int, int]:
        of_position: dict[int, int] = {}
        for fact in exchange.facts:
            of_position[fact.position] = self._add_result(fact, exchange, of_position).number
        for fact in exchange.facts:
            if fact.because:
                self._parents[of_position[fact.position]] = of_position[fact.because[0]]
        return of_position

    def _add_result(self, fact: ActionResult, exchange: ExchangeReport, _: object) -> Line:
        number = len(self._lines)
        answered = [each for each in self._answered if each.line < 0 and _same(each.status, fact)]
        for each in answered[:1]:
            each.line = number
        because = [exchange.facts[position] for position in fact.because if position < len(exchange.facts)]
        roots = [
            exchange.facts[position] for position in (*fact.causes, *fact.because) if position < len(exchange.facts)
        ]
        causes = [each.cause for each in (fact, *roots) if each.cause is not None]
        line = Line(
            number,
            _what(fact),
            fact.status,
            fact.outcome,
            fact.condition or "",
            [f"{_what(each)} ({each.status})" for each in because],
            list(dict.fromkeys(causes)),
            [sentence for sentence in (fact.detail, fact.rule) if sentence],
            sections(fact.section),
            fact.kind or "",
            bool(answered),
            [],
        )
        self._lines.append(line)
        return line

    def add_answered(self, left: Iterable[_Answered], *, of_reading: bool) -> None:
        """Add what only the answer says. A 404 of a property that the client reads is no failure."""
        roots: list[int] = []
        undone: list[Line] = []
        for each in left:
            status = each.status
            failed = status.status >= 300 and not (of_reading and status.property is not None)
            outcome = "done" if not failed else "failed-dependency" if status.status == FAILED_DEPENDENCY else "failed"
            subject = " ".join(
                filter(
                    None, [f"request {status.id}" if status.id is not None else "", status.href, status.property or ""]
                )
            )
            line = Line(
                len(self._lines),
                f"answered: {subject}",
                status.status,
                outcome,
                status.condition or "",
                sentences=[status.description] if status.description else [],
                in_answer=True,
                below=[],
            )
            each.line = line.number
            self._lines.append(line)
            if outcome == "failed":
                roots.append(line.number)
            elif outcome == "failed-dependency":
                undone.append(line)
        for line in undone:
            if roots:
                self._parents[line.number] = roots[0]
                line.because = [f"{self._lines[root].what} ({self._lines[root].status})" for root in roots]

    def add_status_line(self, answer: Received, path: str) -> None:
        """Add the status of the whole answer, if it reports nothing else."""
        outcome = (
            "done" if answer.status < 300 else "failed-dependency" if answer.status == FAILED_DEPENDENCY else "failed"
        )
        sentence = description(answer.content_type, answer.body) if answer.status >= 300 and not answer.cut else ""
        self._lines.append(
            Line(len(self._lines), path, answer.status, outcome, sentences=[sentence] if sentence else [], below=[])
        )

    def top(self) -> list[Line]:
        """Build the tree: failures first, then the things undone, then the things done; each in its order."""
        tops = []
        for line in self._lines:
            parent = self._parents.get(line.number)
            if parent is None or self._is_above(line.number, parent):
                tops.append(line)
            else:
                self._lines[parent].below.append(line)
        rank = {"failed": 0, "failed-dependency": 1, "done": 2}
        return sorted(tops, key=lambda line: rank[line.outcome])

    def _is_above(self, number: int, parent: int) -> bool:
        """Say whether a line is above its parent already, which would be a circle."""
        seen = set()
        at: int | None = parent
        while at is not None and at not in seen:
            if at == number:
                return True
            seen.add(at)
            at = self._parents.get(at)
        return False


def _what(fact: ActionResult) -> str:
    request = _REQUEST.fullmatch(fact.path)
    if request is not None:
        name = f"request {request['id']}: {request['what']}"
        return f"{fact.name} of {name}" if fact.name else name
    return f"{fact.verb} {fact.name or _local(fact.property) or fact.path}" + (
        f" of {fact.path}" if fact.name or fact.property else ""
    )


def _local(name: str | None) -> str:
    """Give the name of a property without its namespace, but with a prefix for that of WebDAV."""
    if name is None:
        return ""
    return name.replace("{DAV:}", "DAV:") if name.startswith("{DAV:}") else name.rpartition("}")[2]


def _same(status: ReportedStatus, fact: ActionResult) -> bool:
    """Say whether the answer reports the same thing with the same status as the journal."""
    if status.status != fact.status or fact.name == "the condition":
        return False
    request = _REQUEST.fullmatch(fact.path)
    if request is not None:
        return status.id == request["id"] and not status.href and status.property is None
    if fact.name:
        return fact.name == f"invitee {status.href}"
    same_path = status.href.rstrip("/") == unquote(fact.path).rstrip("/")
    return same_path and status.property == fact.property and (bool(status.href) or status.id is None)


def _is_part(fact: ActionResult, part: ExchangeReport) -> bool:
    """Say whether a result is that of a request in a batch: a batch numbers its requests in their order."""
    return fact.verb == "send" and fact.position + 1 == part.place


def sections(text: str) -> list[tuple[str, str]]:
    """Split a text with sections of RFCs into pieces, each with its URL; empty for the words between.

    >>> sections("RFC 4918 9.2")
    [('RFC 4918 9.2', 'https://www.rfc-editor.org/rfc/rfc4918#section-9.2')]
    """
    pieces, end = [], 0
    for match in _SECTION.finditer(text):
        if text[end : match.start()]:
            pieces.append((text[end : match.start()], ""))
        anchor = f"#section-{match[2]}" if match[2] else ""
        pieces.append((match[0], f"https://www.rfc-editor.org/rfc/rfc{match[1]}{anchor}"))
        end = match.end()
    return [*pieces, *([(text[end:], "")] if text[end:] else [])]


def _limited(tops: Sequence[Line]) -> tuple[list[Line], int]:
    """Keep at most ``MOST_LINES`` lines of a tree, the first ones; give the number of the others."""
    left, total = MOST_LINES, sum(1 for top in tops for _ in top.all())

    def keep(lines: Sequence[Line]) -> list[Line]:
        nonlocal left
        kept = []
        for line in lines:
            if not left:
                break
            left -= 1
            line.below = keep(line.below)
            kept.append(line)
        return kept

    shown = keep(tops)
    return shown, total - sum(1 for top in shown for _ in top.all())
