"""What shows the value of a trait: the exchange that would have another answer with another value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from dav424.dialects.table import TRAITS
from dav424.dialects.trait import Trait
from dav424.likeness.candidates import changes
from dav424.likeness.features import Feature, Features, cost, differing
from dav424.likeness.fit import Described, Fit, pairs
from dav424.probe.exchange import Probed


class TraitShown(Struct, frozen=True):
    """An exchange that shows a value; ``member`` is the part of the value, such as a method. ``feature`` decides."""

    answer: Probed
    look: str
    base: str
    feature: Feature
    present: bool
    member: str = ""


def evidence(fit: Fit) -> dict[str, list[TraitShown]]:
    """Find what shows each trait; a trait that is not in it could not be observed."""
    found = {trait.name: list(_of_trait(fit, trait)) for trait in TRAITS}
    return {name: shown for name, shown in found.items() if shown}


def _of_trait(fit: Fit, trait: Trait) -> Iterator[TraitShown]:
    """Give an exchange for each part of a value, and one for a value that has no parts or that is empty."""
    value = fit.values.get(trait.name, trait.default)
    parts = list(value) if isinstance(value, list | dict) and trait.name != "options-headers" else []
    for change in changes(trait, fit.suggested):
        other = change.to(value)
        if other == value:
            continue
        gone = [part for part in parts if part not in other]
        if parts and not gone:
            continue
        shown = _compare(fit, trait, other, "" if not gone else str(gone[0]))
        if shown is not None:
            yield shown
            parts = [part for part in parts if part not in gone]
            if not parts:
                return


def _compare(fit: Fit, trait: Trait, other: Any, member: str) -> TraitShown | None:
    """Find the answer that tells a value from another one best."""
    best: tuple[float, TraitShown] | None = None
    for name in fit.shown(trait):
        (look,) = fit.play(fit.with_value(trait, other), [name]).values()
        for gain, shown in _gains(fit, name, look, member):
            if best is None or gain > best[0]:
                best = gain, shown
        if best is not None:
            return best[1]
    return None


def _gains(fit: Fit, name: str, other: Described, member: str) -> Iterator[tuple[float, TraitShown]]:
    """Give the answers that are more alike with the value than with the other one, and by how much."""
    theirs, ours = fit.theirs[name], fit.ours[name]
    with_other = {one: two for one, two in pairs(theirs, other) if one is not None}
    for one, two in pairs(theirs, ours):
        if one is None or two is None:
            continue
        their, our = theirs.features[one], ours.features[two]
        position = with_other.get(one)
        if position is None:
            continue
        gain = cost(their, other.features[position]) - cost(their, our)
        decides = _deciding(their, our, other.features[position])
        if gain > 0 and decides is not None:
            feature, present = decides
            seen = theirs.seen
            yield gain, TraitShown(seen.exchanges[one], name, seen.base, feature, present, member)


def _deciding(their: Features, our: Features, other: Features) -> tuple[Feature, bool] | None:
    """Find the feature in which their answer is like ours, and not like that with the other value."""
    wrong = [(feature, count > 0) for feature, count in differing(their, other) if their[feature] == our[feature]]
    if not wrong:
        wrong = [(each, their[each] > 0) for each in their.keys() | other.keys() if their[each] != other[each]]
        wrong = [(each, present) for each, present in wrong if their[each] == our[each]]
    return min(wrong, key=lambda each: (not each[1], _RANK.get(each[0].kind, 9), each[0]), default=None)


_RANK = {"status": 0, "code": 1, "header": 2, "type": 2, "text": 3, "element": 4}
