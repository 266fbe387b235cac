"""Write a diagnosis as text, at the width of a terminal, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from dav424.core.reason_phrases import reason
from dav424.diagnosis.diagnose import Dependent, Diagnosis, DiagnosisReport, Failure
from dav424.diagnosis.pasted import SaidStatus

_MOST_LISTED = 20
_TURNS = {
    "user": "The user can solve it.",
    "developer": "The developer of the client can solve it.",
    "administrator": "The administrator of the server can solve it.",
    "unknown": "",
}
_RETRIES = {
    "same bytes": "Yes, with the same bytes, once the cause is gone.",
    "same bytes later": "Yes, with the same bytes, after a while.",
    "changed bytes": "Not with the same bytes: the request has to change.",
    "unknown": "That depends on the cause, which is not known.",
}


class ReportPart(Struct, frozen=True):
    """A part of the report on one answer: a title, and its texts, which are commands to paste if ``commands`` is true.

    ``kind`` is ``failed``, ``dependent`` or ``done`` for the things that the answer speaks of, else empty.
    """

    title: str
    texts: tuple[str, ...]
    kind: str = ""
    commands: bool = False


def as_text(report: DiagnosisReport, width: int = 80) -> str:
    """Write a report as text. Commands are never wrapped, so that they can be pasted."""
    several = len(report.answers) > 1
    blocks = [_block(answer, number if several else 0, width) for number, answer in enumerate(report.answers, 1)]
    return "\n\n".join("\n".join(block) for block in blocks)


def as_data(report: DiagnosisReport) -> dict[str, Any]:
    """Give a report as plain data, for JSON: the fields of ``Diagnosis`` for each answer, and the exit status."""
    answers = [{**msgspec.to_builtins(answer), "has_failure": answer.has_failure} for answer in report.answers]
    return {"exit_status": report.exit_status, "answers": answers}


def heading(answer: Diagnosis) -> str:
    """Name the request and the status of an answer in one line."""
    request = " ".join(filter(None, (answer.method, answer.target))) or "A request"
    guessed = " (guessed)" if answer.guessed and answer.method else ""
    status = f"{answer.status} {reason(answer.status)}" if answer.status is not None else "no status line"
    return f"{request}{guessed} -> {status}"


def report_parts(answer: Diagnosis) -> list[ReportPart]:
    """Give the parts of the report on one answer, in their order; a part without texts is left out."""
    unreadable = (f"This answer can't be read: {answer.unreadable}",) if answer.unreadable else ()
    no_failure = "The text names no failure." if answer.unknown else "Nothing in it failed."
    nothing = (no_failure,) if not answer.has_failure and not unreadable else ()
    broken = tuple(f"{rule.sentence} ({rule.section})" for rule in answer.broken)
    parts = [
        ReportPart("", (*unreadable, *nothing)),
        *_things(answer),
        *_next_steps(answer),
        ReportPart("The answer breaks a rule", broken),
        ReportPart("Not known", answer.unknown),
    ]
    return [part for part in parts if part.texts]


def _things(answer: Diagnosis) -> Iterator[ReportPart]:
    yield ReportPart("Failed on its own", _listed([_of_failure(each) for each in answer.failed]), "failed")
    title = "Not done because of that" if answer.failed else "Not done because something else failed"
    yield ReportPart(title, _listed([_of_dependent(each) for each in answer.dependent]), "dependent")
    if answer.has_failure:
        yield ReportPart("Done", _listed([_of(each) for each in answer.done]), "done")


def _listed(texts: list[str]) -> tuple[str, ...]:
    more = len(texts) - _MOST_LISTED
    return (*texts[:_MOST_LISTED], *((f"and {more} more",) if more > 0 else ()))


def _next_steps(answer: Diagnosis) -> Iterator[ReportPart]:
    if answer.kept is not None:
        yield ReportPart("Kept", (f"{answer.kept.sentence} ({answer.kept.section})",))
        yield ReportPart("Check it", answer.kept.check, commands=True)
    turns = " ".join(filter(None, (_TURNS[turn] for turn in answer.turn)))
    yield ReportPart("Whose turn", (turns,) if turns else ())
    if answer.retry is not None:
        after = f" The server says: Retry-After: {answer.retry_after}." if answer.retry_after else ""
        yield ReportPart("Send it again?", (f"{_RETRIES[answer.retry]}{after}",))
    yield ReportPart("Standards", (", ".join(answer.sections),) if answer.sections else ())
    yield ReportPart("Reproduce it", (f"dav424 try {answer.scenario}",) if answer.scenario else (), commands=True)


def _block(answer: Diagnosis, number: int, width: int) -> list[str]:
    lines = [_safe(f"{f'{number}. ' if number else ''}{heading(answer)}")]
    for part in report_parts(answer):
        lines += _lines(part, width)
    return lines


def _lines(part: ReportPart, width: int) -> Iterator[str]:
    if part.commands or part.kind:
        yield f"  {part.title}:"
        for text in part.texts:
            yield from [f"    {_safe(text)}"] if part.commands else _wrapped(text, width, indent=4)
        return
    colon = "" if part.title.endswith("?") else ":"
    for text in part.texts:
        yield from _wrapped(f"{part.title}{colon} {text}" if part.title else text, width)


def _of(said: SaidStatus) -> str:
    condition = f", {said.condition}" if said.condition else ""
    speaker = "message" if said.by_client else "server"
    description = f' The {speaker} says: "{said.description}"' if said.description else ""
    return f"{said.thing}: {said.words}{condition}.{description}"


def _of_failure(failure: Failure) -> str:
    named = f" It names {', '.join(failure.said.condition_hrefs[:5])}." if failure.said.condition_hrefs else ""
    return f"{_of(failure.said)}{named} {failure.advice.cure}"


def _of_dependent(dependent: Dependent) -> str:
    because = ", ".join(str(thing) for thing in dependent.because[:5])
    more = f" and {len(dependent.because) - 5} more" if len(dependent.because) > 5 else ""
    return f"{dependent.said.thing}: {dependent.said.words}{f', because of {because}{more}' if because else ''}."


def _wrapped(text: str, width: int, indent: int = 2) -> list[str]:
    """Wrap a sentence."""
    return textwrap.wrap(
        _safe(text),
        max(width, 40),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _safe(text: str) -> str:
    """Show the characters that a terminal would obey as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
