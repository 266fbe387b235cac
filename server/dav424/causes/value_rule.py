"""A rule for the value of a property: 409, or 422 for a value that can't be parsed (RFC 4316)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from dav424.causes.cause import Cause, PropertyName, SubtreePath, below
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
    """The cause refuses a value that doesn't match a pattern, isn't in a list, or isn't of an XML Schema type."""

    section = "RFC 4918 9.2.1"

    property: PropertyName
    path: SubtreePath = "/"
    pattern: Annotated[str, Meta(description="A regular expression that must match the whole value.")] | None = None
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
        if self.pattern is not None and not re.fullmatch(self.pattern, text):
            return f"must match {self.pattern!r}"
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
