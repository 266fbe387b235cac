"""The verdict on what a client told its caller, held against what the server said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any


class Verdict(StrEnum):
    """From the best to the worst; the last is no verdict on what was told."""

    WORKED = "worked"
    TRUTH = "told the truth"
    NOT_WHAT = "said that it failed, not what"
    HANDED_OVER = "left it to its caller"
    BROKE_OFF = "broke off by accident"
    MISTOOK = "mistook it for success"
    FELL_SHORT = "fell short"
    MISSING = "has no such call"


MEANINGS = {
    Verdict.WORKED: "each call of the life cycle did what it is for, and said so",
    Verdict.TRUTH: "its caller was told that it failed, and which member or property was to blame; "
    "where the request failed as a whole, its status",
    Verdict.NOT_WHAT: "its caller was told that it failed, and not what was to blame",
    Verdict.HANDED_OVER: "its caller was given the answer as it came, and has to read the 207 itself",
    Verdict.BROKE_OFF: "it raised, because it had expected another answer: a KeyError and the like",
    Verdict.MISTOOK: "its caller was told that it succeeded, or was told nothing, by a call that raises when something failed",
    Verdict.FELL_SHORT: "a call of the life cycle failed, or did something else",
    Verdict.MISSING: "there is nothing to judge",
}


@dataclass(frozen=True)
class Told:
    """What a driver said of a call; drivers/answering.py has the words."""

    how: str
    words: str = ""
    accident: bool = False
    value: Any = None


def better_or_same(verdict: str, than: str) -> bool:
    """Say whether a verdict is as good as another, or better; what can't be asked any more is neither."""
    ranks = list(Verdict)
    return verdict == than or ranks.index(Verdict(verdict)) < ranks.index(Verdict(than)) < ranks.index(Verdict.MISSING)


def judge(told: Told, culprits: Sequence[str]) -> Verdict:
    """Judge what was told of a request that failed because of ``culprits``: names, or the status of a whole request."""
    if told.how == "missing":
        return Verdict.MISSING
    if not culprits:
        raise ValueError("nothing failed, so there is nothing to judge")
    match told.how:
        case "answer":
            return Verdict.HANDED_OVER
        case "success":
            return Verdict.MISTOOK
        case _ if all(_names(told.words, culprit) for culprit in culprits):
            return Verdict.TRUTH
        case _ if told.accident:
            return Verdict.BROKE_OFF
        case _:
            return Verdict.NOT_WHAT


def _names(words: str, culprit: str) -> bool:
    """Say whether the words name a culprit; a status by its number, or by its phrase, in part or in whole."""
    if not culprit.isdigit():
        return culprit in words
    phrase = HTTPStatus(int(culprit)).phrase
    return culprit in words or phrase.lower() in words.lower()
