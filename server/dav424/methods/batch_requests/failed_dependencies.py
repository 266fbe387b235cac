"""What a 424 of a batch depended on: its failed dependencies, each with its own, down to the root.

The cost for one 424 is bounded, so that a chain of thousands costs its length and not its square: lists
are cut after ``MOST_NAMED``, and below ``LEVELS`` the roots alone are named, as ``abridged`` says.
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
"""A part, and whether it is its condition that is meant."""


class FailedDependencies:
    """Explains the outcomes of one batch."""

    def __init__(self, running: BatchRun) -> None:
        self._running = running
        self._outcomes = running.exchange.outcomes
        self._sources: dict[int, list[Source]] = {}
        self._breakers: dict[int, list[Source]] = {}
        self._roots: dict[Source, list[Source]] = {}

    def outcome(self, index: int) -> Outcome:
        """Say what came of a part."""
        return self._outcomes[self._running.confirmed_at(index)]

    def status(self, index: int) -> int:
        """Give the status that a part is answered with."""
        outcome, result = self.outcome(index), self._running.results[index]
        if isinstance(outcome, FailedDependency):
            return outcome.status
        assert result is not None, "what wasn't tried is a 424"
        return result.response.status

    def detail(self, index: int) -> str:
        """Say in a sentence what a 424 came from."""
        roots = self._find_roots((index, False))
        named = "; ".join(map(self._name, roots[:MOST_NAMED]))
        return f"Not done, because this failed: {named}{'; and more' if len(roots) > MOST_NAMED else ''}."

    def entries(self, index: int) -> list[Entry]:
        """List what a 424 directly depended on, each with what it depended on itself."""
        return self._expand((index, False), LEVELS, {(index, False)}, [MOST_ENTRIES])

    def _expand(self, of: Source, levels: int, seen: set[Source], budget: list[int]) -> list[Entry]:
        found = []
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
            found.append(entry)
        return found

    def _entry(self, source: Source) -> Entry:
        """Describe one failure, without what it depended on."""
        index, by_condition = source
        part, result = self._running.parts[index], self._running.results[index]
        if by_condition:
            failed = self._outcomes[self._running.confirmed_at(index) - 2]
            assert isinstance(failed, Failed), "it is named because it doesn't hold"
            written = part.condition.text if part.condition else ""
            return {"if": written, "status": failed.status, "title": reason(failed.status), "detail": failed.detail}
        named = {"id": part.id} | ({"atomicityGroup": part.group} if part.group is not None else {})
        outcome = self.outcome(index)
        entry = {**named, "status": self.status(index), "title": reason(self.status(index))}
        if not isinstance(outcome, Failed):
            return entry
        if result is not None and 200 <= result.response.status <= 299:
            return entry | {
                "because": [
                    {"what": each.what, "status": each.status, "title": reason(each.status), "detail": each.detail}
                    | _condition(each.condition)
                    for each in result.inner[:MOST_NAMED]
                ]
            }
        return entry | ({"detail": outcome.detail} if outcome.detail else {}) | _condition(outcome.condition)

    def _name(self, source: Source) -> str:
        index, by_condition = source
        part, outcome = self._running.parts[index], self.outcome(index)
        if by_condition:
            status = self._entry(source)["status"]
            return f"the condition of {part} ({status} {reason(status)})"
        status = outcome.status if isinstance(outcome, Failed) else 0
        return f"{part} ({status} {reason(status)})"

    def _directly(self, source: Source) -> list[Source]:
        """List what a failure depended on: at most one more than are ever named."""
        index, by_condition = source
        if by_condition:
            return self._unmet_in_condition(index)
        if index not in self._sources:
            outcome = self.outcome(index)
            self._sources[index] = self._behind(index, outcome) if isinstance(outcome, FailedDependency) else []
        return self._sources[index]

    def _unmet_in_condition(self, index: int) -> list[Source]:
        """List the parts that a condition speaks of and that have failed."""
        condition = self._running.parts[index].condition
        named = [self._running.by_name[name] for name in condition.ids] if condition else []
        failed = [each for each in named if not self._had_succeeded(each, index)]
        return list(dict.fromkeys(found for each in failed for found in self._seen_from(index, each)))[: MOST_NAMED + 1]

    def _had_succeeded(self, other: int, index: int) -> bool:
        """Say whether a part had succeeded when another's condition was looked at: its own group was not yet undone."""
        if self._running.group_of[other] == self._running.group_of[index]:
            return self._running.went_well(other)
        return isinstance(self.outcome(other), Done)

    def _behind(self, index: int, outcome: FailedDependency) -> list[Source]:
        found: dict[Source, None] = {}
        todo = list(reversed(outcome.on[: 4 * MOST_NAMED]))
        while todo and len(found) <= MOST_NAMED:
            position = todo.pop()
            part, here = self._running.part_at[position], self._outcomes[position]
            if part != index:
                found |= dict.fromkeys(self._seen_from(index, part))
            elif isinstance(here, FailedDependency):
                todo += reversed(here.on[: 4 * MOST_NAMED])
            else:
                found[index, True] = None  # of what a part itself does, only its condition fails before it is tried
        return list(found)

    def _seen_from(self, index: int, other: int) -> list[Source]:
        """Name a part of the same group or of none by itself; a group by those who broke it."""
        number = self._running.group_of[other]
        if number == self._running.group_of[index] or len(self._running.members[number]) == 1:
            return [(other, False)]
        if number not in self._breakers:
            self._breakers[number] = [
                (each, False) for each in self._running.members[number] if self._broke(each, number)
            ][: MOST_NAMED + 1]
        return self._breakers[number]

    def _broke(self, index: int, number: int) -> bool:
        """Say whether a part broke its group, and wasn't just undone with it."""
        outcome = self.outcome(index)
        if isinstance(outcome, Failed):
            return True
        sources = self._directly((index, False))
        return any(by_condition or self._running.group_of[each] != number for each, by_condition in sources)

    def _find_roots(self, source: Source) -> list[Source]:
        """Follow a failure down to those that have no other behind them."""
        todo = [source]
        while todo:
            here = todo[-1]
            behind = [] if here in self._roots else self._directly(here)
            unknown = [each for each in behind if each not in self._roots]
            if unknown:
                todo += unknown
                continue
            todo.pop()
            if here not in self._roots:
                found = dict.fromkeys(root for each in behind for root in self._roots[each])
                self._roots[here] = list(found)[: MOST_NAMED + 1] or [here]
        return self._roots[source]


def _condition(condition: object) -> Entry:
    return {"condition": condition.name} if isinstance(condition, ConditionCode) else {}
