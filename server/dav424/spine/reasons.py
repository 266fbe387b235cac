"""The sentence that says which failures a 424 depended on."""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core import batch
from dav424.core.batch import Action, Failed, FailedDependency, Outcome
from dav424.core.reason_phrases import reason

MOST_NAMED = 8
"""The most causes that an explanation names; it counts the others."""


class Reasons:
    """Writes that sentence for the actions of a request, once for all actions that one group has undone.

    The sentences are stored by the identity of ``FailedDependency.on``: all actions that a group undoes share one
    tuple, which can be as long as the group, and to hash it for each action would cost the square of that length.
    ``outcomes`` keeps the tuples alive, so that no identity is used twice.
    """

    def __init__(self, actions: Sequence[Action], outcomes: Sequence[Outcome]) -> None:
        self._actions, self._outcomes = actions, outcomes
        self._sentences: dict[int, str] = {}

    def sentence(self, position: int) -> str:
        """Say which failures the 424 at a position depended on."""
        outcome = self._outcomes[position]
        assert isinstance(outcome, FailedDependency), "only a 424 depends on other actions"
        known = self._sentences.get(id(outcome.on))
        if known is None:
            known = self._sentences[id(outcome.on)] = self._write(position)
        return known

    def _write(self, position: int) -> str:
        causes = batch.causes_of(self._outcomes, position)
        names = dict.fromkeys(map(self._name, causes[:MOST_NAMED]))
        more = f"; and {len(causes) - MOST_NAMED} more" if len(causes) > MOST_NAMED else ""
        return f"Not done, because this failed: {'; '.join(names)}{more}."

    def _name(self, position: int) -> str:
        outcome = self._outcomes[position]
        assert isinstance(outcome, Failed), "a cause is a failure of its own action"
        return f"{self._actions[position].subject} ({outcome.status} {reason(outcome.status)})"
