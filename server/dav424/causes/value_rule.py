"""A rule for the value of a property: 409, or 422 for a value that can't be parsed (RFC 4316)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from dav424.causes.cause import Cause, PropertyName, SubtreePath, below
from dav424.core.batch import Refused
from dav424.core.patterns import pattern
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft

MOST_SHOWN = 20
"""Limit for the allowed values that a message lists."""
LONGEST_PATTERN = 4096
_MEMORY = 2 << 20
"""Bytes for one compiled pattern and the states of its automaton."""
_MOST_STEPS = 50_000_000
"""Limit for the instructions of a pattern times the bytes of a value: at worst about 0.6 seconds, while other threads run."""
_HUGE_COUNT = pattern(r"\{[0-9]*,?[0-9]{4,}")
Type = Literal["boolean", "date", "dateTime", "decimal", "integer"]

_TYPES: dict[str, Callable[[str], object]] = {
    "boolean": re.compile(r"true|false|0|1").fullmatch,
    "date": date.fromisoformat,
    "dateTime": datetime.fromisoformat,
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)").fullmatch,
    "integer": re.compile(r"[+-]?\d+").fullmatch,
}


class ValueRule(Cause, frozen=True, kw_only=True, tag="value-rule"):
    """The cause refuses a value that doesn't match a pattern, isn't in a list, or isn't of an XML Schema type."""

    section = "RFC 4918 9.2.1"

    property: PropertyName
    path: SubtreePath = "/"
    pattern: (
        Annotated[str, Meta(description="A regular expression, in the syntax of RE2, that must match the whole value.")]
        | None
    ) = None
    enum: Annotated[tuple[str, ...], Meta(min_length=1, description="The allowed values.")] | None = None
    type: Annotated[Type, Meta(description="The XML Schema type of the value.")] | None = None
    status: Annotated[Literal[409, 422], Meta(description="422 says that the value can't be parsed.")] = 409

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse to set the property to a value that breaks the rule."""
        if subject.verb != "set" or subject.property != self.property or not below(subject.path, self.path):
            return None
        text = subject.text.strip()
        rule = self._broken_rule(text)
        return Refused(self.status, f"{self.property} {rule}; received {text[:80]!r}.") if rule else None

    def _broken_rule(self, text: str) -> str | None:
        if self.pattern is not None:
            broken = _mismatch(self.pattern, text)
            if broken:
                return broken
        if self.enum is not None and text not in self.enum:
            more = f" and {len(self.enum) - MOST_SHOWN} others" if len(self.enum) > MOST_SHOWN else ""
            return f"must be one of {', '.join(self.enum[:MOST_SHOWN])}{more}"
        if self.type is not None and not _is(self.type, text):
            return f"must be an xs:{self.type}"
        return None


def _is(type_name: str, text: str) -> bool:
    try:
        return _TYPES[type_name](text) is not None
    except ValueError:
        return False


class PatternError(ValueError):
    """A pattern that the server can't take; the message says why, and what to write instead."""


def compiled(pattern: str) -> Any:
    """Compile a pattern for RE2, whose time is linear in the length of the value; raises ``PatternError``."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"it has {len(pattern)} characters; write at most {LONGEST_PATTERN}")
    if _HUGE_COUNT.search(pattern):
        raise PatternError("it has a repetition of more than 999; repeat fewer times, such as {1,999}")
    return _compiled(pattern)


@lru_cache(maxsize=32)
def _compiled(pattern: str) -> Any:
    import re2  # noqa: PLC0415 - most servers have no pattern, and start sooner without it

    options = re2.Options()
    options.log_errors, options.never_capture, options.max_mem = False, True, _MEMORY
    try:
        return re2.compile(pattern, options)
    except UnicodeEncodeError:
        raise PatternError("it has half of a surrogate pair; write a whole character") from None
    except re2.error as error:
        told = error.args[0]
        why = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        raise PatternError(f"{why[:200]}; {_remedy(why)}") from None


def _remedy(why: str) -> str:
    if "invalid perl operator" in why or "bad repetition operator" in why or "invalid escape sequence" in why:
        return (
            "write it in the syntax of RE2, which takes linear time: without look-around, back-references, possessive "
            r"quantifiers, comments and \Z"
        )
    return "shorten it" if "too large" in why else "write a regular expression in the syntax of RE2"


def _mismatch(pattern: str, text: str) -> str | None:
    """Say why a value doesn't match a pattern; None if it does."""
    matcher = compiled(pattern)
    if matcher.programsize * len(text) > _MOST_STEPS:
        return f"has {len(text)} characters; its pattern is tried on at most {_MOST_STEPS // matcher.programsize}"
    return None if matcher.fullmatch(text) else f"must match {pattern[:200]!r}"
