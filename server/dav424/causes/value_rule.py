"""A rule that a property's value must keep: 409, or 422 where it can't even be parsed (RFC 4316)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from dav424.causes.cause import Cause, PropertyName, TreePath, below
from dav424.core.batch import Refused
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft

Type = Literal["boolean", "date", "dateTime", "decimal", "integer"]

_TYPES: dict[str, Callable[[str], object]] = {
    "boolean": re.compile(r"true|false|0|1").fullmatch,
    "date": date.fromisoformat,
    "dateTime": datetime.fromisoformat,
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)").fullmatch,
    "integer": re.compile(r"[+-]?\d+").fullmatch,
}


class ValueRule(Cause, frozen=True, kw_only=True, tag="value-rule"):
    """Refuses a value that doesn't match a pattern, isn't one of a list, or isn't of a type of XML Schema."""

    section = "RFC 4918 9.2.1"

    property: PropertyName
    path: TreePath = "/"
    pattern: Annotated[str, Meta(description="A regular expression that the whole text has to match.")] | None = None
    enum: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    type: Type | None = None
    status: Literal[409, 422] = 409

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse to set the property to a value that breaks the rule."""
        if subject.verb != "set" or subject.property != self.property or not below(subject.path, self.path):
            return None
        broken = self._broken(subject.text.strip())
        return (
            Refused(self.status, f"{self.property} {broken}, and {subject.text.strip()[:80]!r} isn't.")
            if broken
            else None
        )

    def _broken(self, text: str) -> str | None:
        if self.pattern is not None and not re.fullmatch(self.pattern, text):
            return f"must match {self.pattern!r} to be accepted"
        if self.enum is not None and text not in self.enum:
            return f"must be one of {', '.join(self.enum)}"
        if self.type is not None and not _is(self.type, text):
            return f"must be an xs:{self.type}"
        return None


def _is(type_name: str, text: str) -> bool:
    try:
        return _TYPES[type_name](text) is not None
    except ValueError:
        return False
