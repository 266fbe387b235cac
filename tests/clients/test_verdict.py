"""The verdicts themselves: what has to be told for which."""

from __future__ import annotations

import pytest

from .run import LONGEST, shown
from .verdict import Told, Verdict, better_or_same, judge


@pytest.mark.parametrize(
    ("told", "culprits", "verdict"),
    [
        (Told("failure", "raised Locked: /box/locked.txt"), ["locked.txt"], Verdict.TRUTH),
        (Told("failure", "raised Failed: /box/"), ["locked.txt"], Verdict.NOT_WHAT),
        (Told("failure", "raised Failed: a.txt"), ["a.txt", "b.txt"], Verdict.NOT_WHAT),
        (Told("failure", "raised KeyError: 'Lock-Token'", accident=True), ["plan.txt"], Verdict.BROKE_OFF),
        (Told("failure", "exit status 22: 423"), ["423"], Verdict.TRUTH),
        (Told("failure", "raised ResourceLocked: Resource /a locked"), ["423"], Verdict.TRUTH),
        (Told("failure", "raised Error: no"), ["423"], Verdict.NOT_WHAT),
        (Told("answer", "returned a Response with status 207"), ["getetag"], Verdict.HANDED_OVER),
        (Told("success", "returned None"), ["getetag"], Verdict.MISTOOK),
        (Told("success", "exit status 0; printed getetag"), ["getetag"], Verdict.MISTOOK),
        (Told("missing"), [], Verdict.MISSING),
    ],
)
def test_a_verdict_follows_from_what_was_told_and_what_failed(
    told: Told, culprits: list[str], verdict: Verdict
) -> None:
    """All that is to blame has to be named, a request as a whole by its status; to return is to call it a success."""
    assert judge(told, culprits) == verdict


def test_where_nothing_failed_there_is_no_verdict() -> None:
    """A client that never came to the failing request isn't called mistaken."""
    with pytest.raises(ValueError, match="nothing failed"):
        judge(Told("success", "returned None"), [])


@pytest.mark.parametrize(
    ("found", "recorded", "fine"),
    [
        (Verdict.TRUTH, Verdict.MISTOOK, True),
        (Verdict.MISTOOK, Verdict.MISTOOK, True),
        (Verdict.MISTOOK, Verdict.TRUTH, False),
        (Verdict.BROKE_OFF, Verdict.NOT_WHAT, False),
        (Verdict.MISSING, Verdict.MISTOOK, False),
        (Verdict.FELL_SHORT, Verdict.WORKED, False),
    ],
)
def test_another_version_may_be_better_and_not_worse(found: Verdict, recorded: Verdict, *, fine: bool) -> None:
    """That is all that is asked of a version that isn't the one on record."""
    assert better_or_same(found, recorded) is fine


def test_words_are_the_same_in_every_run() -> None:
    """They lose the server's address, the tokens of locks and their line breaks, and are cut."""
    url = "http://127.0.0.1:4240/"
    words = "`at' http://127.0.0.1:4240/box/\n and 127.0.0.1:4240/box/: <urn:uuid:0f0a-1>"
    assert shown(words, url) == "'at' /box/ and /box/: <urn:uuid:…>"
    assert len(shown("x" * 1000, url)) == LONGEST
