"""The rules of the standards that an answer breaks, as far as the answer alone shows it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.diagnosis.method_guess import plain_method
from dav424.diagnosis.pasted import BODY, HEADER, STATUS_LINE, BodyFacts, PastedAnswer, SaidStatus

_ALL_OR_NOTHING = {
    "PROPPATCH": "RFC 4918 9.2",
    "MKCOL": "RFC 5689 3",
    "MKCALENDAR": "RFC 4791 5.3.1",
    "LOCK": "RFC 4918 9.10.3",
}
_WITHOUT_DEPENDENTS = {"DELETE": "RFC 4918 9.6.1", "COPY": "RFC 4918 9.8.5", "MOVE": "RFC 4918 9.9.4"}
_SUCCESS = range(200, 300)
_MULTI_STATUS = 207


class BrokenRule(Struct, frozen=True):
    """One rule that the answer breaks, as a sentence, and the section that has the rule."""

    sentence: str
    section: str


class Sorted(Struct, frozen=True, kw_only=True):
    """What an answer says, sorted: the things that failed on their own, those that depended on them, and those that were done."""

    failed: tuple[SaidStatus, ...]
    dependent: tuple[SaidStatus, ...]
    done: tuple[SaidStatus, ...]


def broken_rules(answer: PastedAnswer, facts: BodyFacts, method: str, said: Sorted) -> list[BrokenRule]:
    """List the rules that an answer breaks; ``method`` can be a guess."""
    found = [BrokenRule(sentence, section) for sentence, section in facts.flaws]
    found += _dependents(method, said)
    found += _half_done(method, said)
    found += _told_as_success(answer, said)
    return found


def _dependents(method: str, said: Sorted) -> Iterator[BrokenRule]:
    """Check the 424s: each depends on a failure, and some methods leave them out."""
    inside = [each for each in said.dependent if each.where != STATUS_LINE]
    if inside and not said.failed:
        yield BrokenRule(
            "The answer has a 424, but nothing in it failed on its own. Its cause is missing.",
            "RFC 4918 11.4",
        )
    section = _WITHOUT_DEPENDENTS.get(plain_method(method))
    if section and inside:
        yield BrokenRule(f"The answer to {method} should not name the resources that depended on a failure.", section)


def _half_done(method: str, said: Sorted) -> Iterator[BrokenRule]:
    section = _ALL_OR_NOTHING.get(plain_method(method))
    failing = {each.thing.href for each in (*said.failed, *said.dependent)}
    kept = [each for each in said.done if each.thing.href in failing]
    if section and kept:
        first = kept[0]
        yield BrokenRule(
            f"The answer says {first.words} of {first.thing} beside a failure, but {method} does everything or nothing.",
            section,
        )


def _told_as_success(answer: PastedAnswer, said: Sorted) -> Iterator[BrokenRule]:
    """Check the status line: a failure inside needs 207, and a failed PROPPATCH that was tried does too."""
    failing = (*said.failed, *said.dependent)
    tried = [each for each in failing if each.where not in {STATUS_LINE, HEADER, BODY} and not each.thing.request]
    if answer.status is None or not tried:
        return
    if answer.status in _SUCCESS and answer.status != _MULTI_STATUS:
        yield BrokenRule(
            f"The status line says {answer.status}, which is success, but a part failed: it must be 207.", "RFC 4918 13"
        )
    if answer.status == FAILED_DEPENDENCY:
        yield BrokenRule(
            "The status line says 424, but the body names each failure: the status line must be 207.", "RFC 4918 13"
        )
