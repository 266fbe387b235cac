"""The ``if`` of a request: a condition on how preceding requests went (OData JSON 4.01 19.1).

    or        = and *( "or" and )
    and       = compare *( "and" compare )
    compare   = sum [ ( "eq" / "ne" / "gt" / ... ) sum ]
    sum       = unary *( ( "add" / "sub" / ... ) unary )
    unary     = "not" unary / "(" or ")" / "true" / "false" / "$" id "/$succeeded" / operand

The server evaluates ``and``, ``or``, ``not``, ``eq``, ``ne``, ``true``, ``false`` and ``$id/$succeeded``. It can't
evaluate the other operators and operands of OData, such as a path into the body of a response, a literal or a function.
It reads them all the same, so that it can tell an expression that it doesn't support from a malformed one: a request
with an expression that the server doesn't support is 424, and OData demands that the rest of the batch is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

LONGEST = 4096
MAX_DEPTH = 32
_STRING = r"'(?:[^']|'')*'"
_TOKEN = re.compile(
    r"[ \t]*(?:(?P<mark>[(),])|\$(?P<id>[A-Za-z0-9._~-]+)/\$succeeded(?![^ \t(),])"
    rf"|(?P<word>[^ \t(),']+(?:{_STRING})?|{_STRING})|(?P<rest>[^ \t].*))",
    re.DOTALL,
)
_LITERAL = re.compile(rf"(?:[A-Za-z_][\w.]*)?{_STRING}|[+-]?[0-9][\w.:+-]*|-?INF|NaN|null", re.ASCII)
_SEGMENT = r"[A-Za-z0-9_$@][\w$@.~-]*"
_REFERENCE = re.compile(rf"-?(?:@[A-Za-z_]\w*|\$(?P<id>[\w.~-]+))(?:/{_SEGMENT})*", re.ASCII)
_NAME = re.compile(rf"[A-Za-z_][\w.]*(?::{_SEGMENT})?(?:/{_SEGMENT})*", re.ASCII)
_REST_OF_PATH = re.compile(rf"(?:/{_SEGMENT})+", re.ASCII)
_EVALUATED = ("eq", "ne")
_COMPARED = ("gt", "ge", "lt", "le", "has", "in")
_COMPUTED = ("add", "sub", "mul", "div", "divby", "mod")
_RESERVED = frozenset({"and", "or", "not", "true", "false", *_EVALUATED, *_COMPARED, *_COMPUTED})
_NO_REQUESTS = frozenset({"it", "root", "this", "count"})
"""The names after ``$`` that stand for no request (OData URL Conventions 5.1.1.14)."""
Succeeded = Callable[[str], bool]


class Expression(Struct, frozen=True):
    """A condition as it was written, the ids that it names, and a function that evaluates it.

    ``unsupported`` is the first part that the server can't evaluate; it is empty for a condition that it can.
    """

    text: str
    ids: tuple[str, ...]
    holds: Callable[[Succeeded], bool]
    unsupported: str = ""


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
    return Expression(text, tuple(dict.fromkeys(reader.ids)), holds, reader.unsupported)


def _never(_: Succeeded) -> bool:
    """Stand for a part that is not evaluated."""
    return False


class _ExpressionParser:
    """A recursive-descent parser."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._next = text.rstrip(" \t"), 0, 0
        self._calls = 0
        self.ids: list[str] = []
        self.unsupported = ""
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
        """Return the current token and move on if it is one of these words or marks; else None."""
        return self.advance() if self.kind in ("word", "mark") and self.token in words else None

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
        left = self.sum(depth)
        operator = self.take(*_EVALUATED, *_COMPARED)
        if operator is None:
            return left
        right = self.sum(depth)
        if operator in _COMPARED:
            return self._unsupported(operator)
        return lambda succeeded: (left(succeeded) == right(succeeded)) is (operator == "eq")

    def sum(self, depth: int) -> Callable[[Succeeded], bool]:
        term = self.unary(depth)
        while operator := self.take(*_COMPUTED):
            self.unary(depth)
            term = self._unsupported(operator)
        return term

    def unary(self, depth: int) -> Callable[[Succeeded], bool]:
        if depth > MAX_DEPTH:
            message = f"it is nested more than {MAX_DEPTH} levels deep"
            raise ExpressionError(message)
        if self.take("not"):
            negated = self.unary(depth + 1)
            return lambda succeeded: not negated(succeeded)
        if self.take("("):
            inner = self.disjunction(depth + 1)
            return self._unsupported("(,)") if self._close(depth) else inner
        if self.kind == "id":
            name = self.advance()
            self.ids.append(name)
            return lambda succeeded: succeeded(name)
        word = self.take("true", "false")
        return self._operand(depth) if word is None else lambda _: word == "true"

    def _operand(self, depth: int) -> Callable[[Succeeded], bool]:
        """Read an operand that the server can't evaluate: a path, a literal or a function.

        Only inside of a function can a name stand for itself: elsewhere a path starts at a request.
        """
        call = self._text.startswith("(", self._next)
        forms = (_LITERAL, _REFERENCE, _NAME) if self._calls or call else (_LITERAL, _REFERENCE)
        if self.kind != "word" or self.token in _RESERVED or not any(form.fullmatch(self.token) for form in forms):
            raise self.wrong("$<id>/$succeeded, true, false, not or an opening parenthesis")
        word = self.advance()
        self._unsupported(word)
        reference = _REFERENCE.fullmatch(word)
        if reference and reference["id"] and reference["id"] not in _NO_REQUESTS:
            self.ids.append(reference["id"])
        if call:
            self._arguments(depth)
        return _never

    def _arguments(self, depth: int) -> None:
        """Read what follows the name of a function: its arguments, and the rest of a path."""
        self._calls += 1
        while self.take("("):
            if not self.take(")"):
                self.disjunction(depth + 1)
                self._close(depth)
            if self.kind != "word" or not _REST_OF_PATH.fullmatch(self.token):
                break
            self.advance()
        self._calls -= 1

    def _close(self, depth: int) -> bool:
        """Read up to the closing parenthesis; say whether more expressions come first, after commas."""
        more = False
        while self.take(","):
            more = True
            self.disjunction(depth + 1)
        if self.take(")") is None:
            raise self.wrong("a closing parenthesis")
        return more

    def _unsupported(self, part: str) -> Callable[[Succeeded], bool]:
        self.unsupported = self.unsupported or part
        return _never
