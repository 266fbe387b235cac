"""The ``if`` of a request: a condition on how preceding requests went (OData JSON 4.01 19.1).

    or       = and *( "or" and )
    and      = compare *( "and" compare )
    compare  = unary [ ( "eq" / "ne" ) unary ]
    unary    = "not" unary / "(" or ")" / "true" / "false" / "$" id "/$succeeded"

These are the expressions of OData that need no data model. A reference to the body of a response gets a
special message, because OData allows it and this server doesn't.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

LONGEST = 4096
MAX_DEPTH = 32
_TOKEN = re.compile(r"[ \t]*(?:(?P<paren>[()])|\$(?P<id>[A-Za-z0-9._~-]+)/\$succeeded(?![^ \t()])|(?P<word>[^ \t()]+))")
_RESERVED = frozenset({"and", "or", "eq", "ne", "not"})
Succeeded = Callable[[str], bool]


class Expression(Struct, frozen=True):
    """A condition as it was written, the ids that it names, and a function that evaluates it."""

    text: str
    ids: tuple[str, ...]
    holds: Callable[[Succeeded], bool]


class ExpressionError(ValueError):
    """A text that is no valid condition; the message names the place."""


def parse(text: str) -> Expression:
    """Read a condition; raises ``ExpressionError``."""
    if len(text) > LONGEST:
        message = f"it has {len(text)} characters; at most {LONGEST} are accepted"
        raise ExpressionError(message)
    reader = _ExpressionParser(text)
    holds = reader.disjunction(0)
    if reader.kind:
        raise reader.wrong("and, or, or the end")
    return Expression(text, tuple(dict.fromkeys(reader.ids)), holds)


class _ExpressionParser:
    """A recursive-descent parser."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._next = text.rstrip(" \t"), 0, 0
        self.ids: list[str] = []
        self.kind, self.token = "", ""
        self.advance()

    def advance(self) -> str:
        """Move to the next token, and return the current one."""
        token, self._at = self.token, self._next
        match = _TOKEN.match(self._text, self._at) if self._at < len(self._text) else None
        self.kind = (match.lastgroup or "") if match else ""
        self.token = match[self.kind] if match else ""
        self._next = match.end() if match else self._at
        return token

    def take(self, *words: str) -> str | None:
        """Return the current token and move on if it is one of these words or parentheses; else None."""
        return self.advance() if self.kind != "id" and self.token in words else None

    def wrong(self, wanted: str) -> ExpressionError:
        received = self._text[self._at :].strip(" \t")[:40]
        return ExpressionError(f"expected {wanted} at character {self._at}; received {received!r}")

    def disjunction(self, depth: int) -> Callable[[Succeeded], bool]:
        terms = [self.conjunction(depth)]
        while self.take("or"):
            terms.append(self.conjunction(depth))
        return terms[0] if len(terms) == 1 else lambda succeeded: any(term(succeeded) for term in terms)

    def conjunction(self, depth: int) -> Callable[[Succeeded], bool]:
        terms = [self.comparison(depth)]
        while self.take("and"):
            terms.append(self.comparison(depth))
        return terms[0] if len(terms) == 1 else lambda succeeded: all(term(succeeded) for term in terms)

    def comparison(self, depth: int) -> Callable[[Succeeded], bool]:
        left = self.unary(depth)
        operator = self.take("eq", "ne")
        if operator is None:
            return left
        right = self.unary(depth)
        return lambda succeeded: (left(succeeded) == right(succeeded)) is (operator == "eq")

    def unary(self, depth: int) -> Callable[[Succeeded], bool]:
        if depth > MAX_DEPTH:
            message = f"it is nested more than {MAX_DEPTH} levels deep"
            raise ExpressionError(message)
        if self.take("not"):
            negated = self.unary(depth + 1)
            return lambda succeeded: not negated(succeeded)
        if self.take("("):
            inner = self.disjunction(depth + 1)
            if self.take(")") is None:
                raise self.wrong("a closing parenthesis")
            return inner
        if self.kind == "id":
            name = self.advance()
            self.ids.append(name)
            return lambda succeeded: succeeded(name)
        word = self.take("true", "false")
        if word is None:
            if self.token.startswith("$"):
                message = f"{self.token[:80]!r} refers to the body of a response, which is not supported; use $<id>/$succeeded"
                raise ExpressionError(message)
            raise self.wrong("$<id>/$succeeded, true, false, not or an opening parenthesis")
        return lambda _: word == "true"
