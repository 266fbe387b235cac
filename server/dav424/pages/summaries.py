"""How the start page presents a scenario: its group, its failures, and where its 424 stands."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from dav424.admin.call import ScenarioLookup
from dav424.scenario.model import RequestSpec, Scenario
from dav424.scenario.outline import Group, Outline, Where, outline

GROUPS: Mapping[Group, tuple[str, str]] = {
    "properties": ("Properties", "Several properties in one request: all are stored, or none is."),
    "locks": ("Locks", "A lock on a collection needs each of its members."),
    "trees": ("Trees", "DELETE, COPY and MOVE of a whole tree do the part that they can."),
    "collections": ("Collections", "A new collection and its properties, or a new order, succeed or fail together."),
    "status-line": ("On the status line", "A document that the server makes from other documents."),
    "batches": ("Batches", "Several requests in one POST, some of which depend on others."),
    "bulk": ("Many things at once", "Exchange's B methods, Apple's multiput, imports and invitations."),
    "other": ("Others", "A file with its properties in one request, and a place to try your own requests."),
}
"""The groups in the order of the page, each with its title and a sentence."""
_PLACES: Mapping[Where, str] = {
    "status-line": "on the status line",
    "multistatus": "inside a 207",
    "batch": "in the answer to a batch",
    "body": "in another body",
}
CARDS = (
    ("report-from-feeds", "See a 424 on the status line", "A report needs two feeds, and one is missing."),
    ("proppatch-protected", "See why a 207 is no success", "One property is protected, and two others depend on it."),
    ("batch-chain", "Follow a chain to its root", "Of four requests in a batch, one fails and takes two with it."),
)
"""The scenarios to start with."""


class Summary(Struct, frozen=True):
    """A scenario in the list; ``where`` is empty if it has no 424."""

    name: str
    title: str
    outline: Outline

    @property
    def where(self) -> str:
        """The places of the 424s, in words."""
        return ", ".join(_PLACES[place] for place in self.outline.where)

    @property
    def words(self) -> str:
        """The text in which the filter looks."""
        statuses = map(str, [*self.outline.failures, *(["dependents 424"] if self.outline.dependents else [])])
        group = GROUPS[self.outline.group][0]
        return " ".join((self.name, self.title, group, *self.outline.methods, *statuses, self.where)).lower()


def summary(name: str, scenario: Scenario) -> Summary:
    """Summarize a scenario."""
    return Summary(name, scenario.title, outline(scenario))


def summaries(scenarios: ScenarioLookup) -> list[tuple[str, str, list[Summary]]]:
    """Give the groups that have scenarios: the title of each, its sentence, and its scenarios by name."""
    all_of_them = [summary(name, scenarios.scenario(name)) for name in scenarios.names]
    grouped = [
        (*about, [each for each in all_of_them if each.outline.group == group]) for group, about in GROUPS.items()
    ]
    return [group for group in grouped if group[2]]


def telling_request(scenario: Scenario) -> RequestSpec | None:
    """Choose the request that shows most; the first one if none fails, None if the scenario has no requests."""
    shown = outline(scenario).shown_by
    return scenario.requests[shown or 0] if scenario.requests else None
