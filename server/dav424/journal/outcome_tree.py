"""The results of an exchange as a tree: each failure, and beneath it the results that depended on it.

    403 set {DAV:}getetag of /report.txt
    |- 424 set {http://example.com/ns}author of /report.txt
    `- 424 set {http://example.com/ns}title of /report.txt

A 424 that depended on several results stands beneath the first of them, and names the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from dav424.core.reason_phrases import reason
from dav424.journal.report import ActionResult, ExchangeReport

DEEPEST = 40
"""The levels that a tree shows; in a longer chain, the rest stands at the last one."""


class OutcomeLine(Struct, frozen=True):
    """A line of a tree: a result, and the other results on which it depended, too.

    ``last`` says of each level, from the root, whether the line is beneath the last result there, or is that.
    """

    result: ActionResult
    others: Sequence[ActionResult]
    last: tuple[bool, ...]

    @property
    def depth(self) -> int:
        """The number of the levels above."""
        return len(self.last) - 1

    @property
    def text(self) -> str:
        """The status of the result, and the thing that it is about."""
        return f"{self.result.status} {reason(self.result.status)}: {self.result.what()}"

    @property
    def note(self) -> str:
        """The other failures behind a 424; the reason of a failure."""
        if self.others:
            return f"because of {' and '.join(other.what() for other in self.others)}, too"
        return self.result.detail if self.result.outcome == "failed" else ""


def outcome_tree(exchange: ExchangeReport) -> list[OutcomeLine]:
    """List the lines of the tree of an exchange, from top to bottom: failures first, then the results that are done."""
    beneath: dict[int, list[ActionResult]] = {}
    roots = [exchange.refused] if exchange.refused is not None else []
    for fact in exchange.facts:
        if fact.outcome == "failed-dependency" and fact.because:
            beneath.setdefault(fact.because[0], []).append(fact)
        else:
            roots.append(fact)
    roots.sort(key=lambda fact: fact.outcome == "done")
    lines, todo = [], _level(roots, ())
    while todo:  # no recursion: a chain in a batch can be long
        fact, last = todo.pop()
        lines.append(OutcomeLine(fact, [exchange.facts[position] for position in fact.because[1:]], last))
        todo += _level(beneath.get(fact.position, ()), last)
    return lines


def _level(results: Sequence[ActionResult], above: tuple[bool, ...]) -> list[tuple[ActionResult, tuple[bool, ...]]]:
    """Give the results of one level, the last one first, each with the end of its levels."""
    above = above[: DEEPEST - 1]
    return [(result, (*above, i == len(results) - 1)) for i, result in reversed(list(enumerate(results)))]
