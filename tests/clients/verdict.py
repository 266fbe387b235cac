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
    TRUTH = "reported the truth"
    NOT_WHAT = "reported the failure, not the culprit"
    HANDED_OVER = "returned the raw response"
    BROKE_OFF = "raised by accident"
    MISTOOK = "mistook it for success"
    FELL_SHORT = "fell short"
    MISSING = "has no such call"


MEANINGS = {
    Verdict.WORKED: "each call of the life cycle succeeded, changed the tree as requested, and reported success",
    Verdict.TRUTH: "the client reported the failure and the member or property that caused it; "
    "for a request that failed as a whole, its status",
    Verdict.NOT_WHAT: "the client reported the failure, but not the member or property that caused it",
    Verdict.HANDED_OVER: "the client returned the response, and its caller has to read the 207",
    Verdict.BROKE_OFF: "the client expected another response and raised an unrelated error, such as a KeyError",
    Verdict.MISTOOK: "the client reported success, or returned without an error from a call that raises for a failure",
    Verdict.FELL_SHORT: "a call of the life cycle failed, or changed the tree in another way",
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
