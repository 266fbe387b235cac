"""The failures that a 424 in a batch depended on, each with its own failed dependencies, down to the root.

The cost for one 424 is bounded, so that a chain of thousands costs its length and not its square: lists are cut
after ``MOST_NAMED``, and below ``LEVELS`` only the roots are listed, with the member ``abridged``.
"""

from __future__ import annotations

from typing import Any

from dav424.core.batch import Done, Failed, FailedDependency, Outcome
from dav424.core.condition_codes import ConditionCode
from dav424.core.reason_phrases import reason
from dav424.methods.batch_requests.run_batch import BatchRun
from dav424.spine.reasons import MOST_NAMED

LEVELS = 8
MOST_ENTRIES = 32
Entry = dict[str, Any]
Source = tuple[int, bool]
"""The index of an item, and whether its condition failed rather than the item itself."""


class FailedDependencies:
    """Explains the outcomes of one batch."""

    def __init__(self, run: BatchRun) -> None:
        self._run = run
        self._outcomes = run.exchange.outcomes
        self._sources: dict[int, list[Source]] = {}
        self._breakers: dict[int, list[Source]] = {}
        self._roots: dict[Source, list[Source]] = {}

    def outcome(self, index: int) -> Outcome:
        """Give the outcome of an item."""
        return self._outcomes[self._run.confirmed_at(index)]

    def status(self, index: int) -> int:
        """Give the status in the response of an item."""
        outcome, result = self.outcome(index), self._run.results[index]
        if isinstance(outcome, FailedDependency):
            return outcome.status
        assert result is not None, "an item without a result is a 424"
        return result.response.status

    def detail(self, index: int) -> str:
        """Describe the causes of a 424 in a sentence."""
        roots = self._find_roots((index, False))
        named = "; ".join(map(self._name, roots[:MOST_NAMED]))
        return f"Not done, because this failed: {named}{'; and more' if len(roots) > MOST_NAMED else ''}."

    def problem(self, index: int) -> Entry:
        """Make the problem document of a 424, which names its failed dependencies (RFC 9457)."""
        status = self.status(index)
        problem = {"type": "about:blank", "title": reason(status), "status": status, "detail": self.detail(index)}
        return {**problem, "because": self.entries(index)}

    def entries(self, index: int) -> list[Entry]:
        """List the direct dependencies of a 424 that failed, each with its own failed dependencies."""
        return self._expand((index, False), LEVELS, {(index, False)}, [MOST_ENTRIES])

    def inside(self, index: int) -> list[Entry]:
        """List the actions of an item that failed on their own, such as those in its 207."""
        result = self._run.results[index]
        return [
            {"what": inner.what, "status": inner.status, "title": reason(inner.status), "detail": inner.detail}
            | _condition(inner.condition)
            for inner in (result.inner[:MOST_NAMED] if result is not None else ())
        ]

    def _expand(self, of: Source, levels: int, seen: set[Source], budget: list[int]) -> list[Entry]:
        entries = []
        for source in self._directly(of)[:MOST_NAMED]:
            entry = self._entry(source)
            again, budget[0] = source in seen or budget[0] <= 0, budget[0] - 1
            seen.add(source)
            if self._directly(source):
                if again:
                    entry["abridged"] = True
                elif levels == 1:
                    entry |= {
                        "abridged": True,
                        "because": list(map(self._entry, self._find_roots(source)[:MOST_NAMED])),
                    }
                else:
                    entry["because"] = self._expand(source, levels - 1, seen, budget)
            entries.append(entry)
        return entries

    def _entry(self, source: Source) -> Entry:
        """Describe one failure, without its dependencies."""
        index, by_condition = source
        item, result = self._run.items[index], self._run.results[index]
        if by_condition:
            failed = self._outcomes[self._run.confirmed_at(index) - 2]
            assert isinstance(failed, Failed), "the condition doesn't hold"
            written = item.condition.text if item.condition else ""
            return {"if": written, "status": failed.status, "title": reason(failed.status), "detail": failed.detail}
        named = {"id": item.id} | ({"atomicityGroup": item.group} if item.group is not None else {})
        outcome = self.outcome(index)
        entry = {**named, "status": self.status(index), "title": reason(self.status(index))}
        if not isinstance(outcome, Failed):
            return entry
        if result is not None and 200 <= result.response.status <= 299:
            return entry | {"because": self.inside(index)}
        return entry | ({"detail": outcome.detail} if outcome.detail else {}) | _condition(outcome.condition)

    def _name(self, source: Source) -> str:
        index, by_condition = source
        item, outcome = self._run.items[index], self.outcome(index)
        if by_condition:
            status = self._entry(source)["status"]
            return f"the condition of {item} ({status} {reason(status)})"
        status = outcome.status if isinstance(outcome, Failed) else 0
        return f"{item} ({status} {reason(status)})"

    def _directly(self, source: Source) -> list[Source]:
        """List the direct dependencies of a failure that failed: at most one more than are ever named."""
        index, by_condition = source
        if by_condition:
            return self._unmet_in_condition(index)
        if index not in self._sources:
            outcome = self.outcome(index)
            self._sources[index] = self._behind(index, outcome) if isinstance(outcome, FailedDependency) else []
        return self._sources[index]

    def _unmet_in_condition(self, index: int) -> list[Source]:
        """List the items that a condition names and that failed."""
        condition = self._run.items[index].condition
        if condition is None or condition.unsupported:
            return []
        named = [self._run.by_name[name] for name in condition.ids]
        failed = [other for other in named if not self._had_succeeded(other, index)]
        sources = dict.fromkeys(source for other in failed for source in self._seen_from(index, other))
        return list(sources)[: MOST_NAMED + 1]

    def _had_succeeded(self, other: int, index: int) -> bool:
        """Say whether an item had succeeded when another's condition was checked, before their common group was undone."""
        if self._run.group_of[other] == self._run.group_of[index]:
            return self._run.went_well(other)
        return isinstance(self.outcome(other), Done)

    def _behind(self, index: int, outcome: FailedDependency) -> list[Source]:
        sources: dict[Source, None] = {}
        todo = list(reversed(outcome.on[: 4 * MOST_NAMED]))
        while todo and len(sources) <= MOST_NAMED:
            position = todo.pop()
            other, cause = self._run.item_at[position], self._outcomes[position]
            if other != index:
                sources |= dict.fromkeys(self._seen_from(index, other))
            elif isinstance(cause, FailedDependency):
                todo += reversed(cause.on[: 4 * MOST_NAMED])
            else:
                sources[index, True] = None  # of the item's own actions, only the condition fails before it is tried
        return list(sources)

    def _seen_from(self, index: int, other: int) -> list[Source]:
        """Name an item of the same group or without a group; name another group by the items that made it fail."""
        number = self._run.group_of[other]
        if number == self._run.group_of[index] or len(self._run.members[number]) == 1:
            return [(other, False)]
        if number not in self._breakers:
            breakers = [(member, False) for member in self._run.members[number] if self._broke(member, number)]
            self._breakers[number] = breakers[: MOST_NAMED + 1]
        return self._breakers[number]

    def _broke(self, index: int, number: int) -> bool:
        """Say whether an item made its group fail, rather than being undone with it."""
        outcome = self.outcome(index)
        if isinstance(outcome, Failed):
            return True
        sources = self._directly((index, False))
        return any(by_condition or self._run.group_of[other] != number for other, by_condition in sources)

    def _find_roots(self, source: Source) -> list[Source]:
        """Follow a failure down to the failures that depended on no other."""
        todo = [source]
        while todo:
            current = todo[-1]
            behind = [] if current in self._roots else self._directly(current)
            unknown = [cause for cause in behind if cause not in self._roots]
            if unknown:
                todo += unknown
                continue
            todo.pop()
            if current not in self._roots:
                roots = dict.fromkeys(root for cause in behind for root in self._roots[cause])
                self._roots[current] = list(roots)[: MOST_NAMED + 1] or [current]
        return self._roots[source]


def _condition(condition: object) -> Entry:
    return {"condition": condition.name} if isinstance(condition, ConditionCode) else {}
