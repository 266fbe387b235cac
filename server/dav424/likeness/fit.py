"""Search the dialect in which our own server answers like another one, trait by trait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import product
from typing import Any

from msgspec import Struct

from dav424.dialects.table import TRAIT_NAMES, TRAITS
from dav424.dialects.trait import Trait
from dav424.likeness.answer_text import OfServer
from dav424.likeness.candidates import ValueChange, changes, values_of
from dav424.likeness.features import WEIGHTS, Features, cost, describe
from dav424.likeness.seen import SeenLook, look_at_own
from dav424.likeness.shown_by import SHOWN_BY, TOGETHER
from dav424.likeness.suggested import Suggested

OURS = OfServer("http://127.0.0.1")
MOST_ROUNDS = 3
"""Rounds over all traits; a later one corrects what an earlier one chose before the other traits were known."""
_OF_A_TRAIT = 0.5
"""What a trait costs that has another value than the RFCs': it must take away a difference that counts for more."""
_MOST_DIFFERING = 10
"""The looks that differ most, in which a value must gain something before all are looked at."""
_EACH = 8
"""One of eight other looks decides beside them: a value may gain a little in most looks."""
_MOST_OTHERS = 6
"""Looks beside those of a trait in which a method is tried."""
Values = dict[str, Any]
_ORDER = sorted(TRAITS, key=lambda trait: (trait.name != "href-form", ("offer", "spelling", "fault").index(trait.kind)))
"""The form of hrefs comes first, since answers of other hrefs have nothing in common; then what a server offers, since it decides what there
is to see. A fault comes last: it is what nothing else explains."""


class Described(Struct, frozen=True):
    """A look with the features of its answers, and the method and the path of each request."""

    seen: SeenLook
    asked: Sequence[tuple[str, str]]
    features: Sequence[Features]


def described(seen: SeenLook, server: OfServer) -> Described:
    """Describe a look at a server."""
    base = seen.base.rstrip("/")  # a calendar has other ones beside it, whose paths begin with it
    asked = [(each.method, each.path.removeprefix(base)) for each in seen.exchanges]
    return Described(seen, asked, describe(seen, server))


def pairs(theirs: Described, ours: Described) -> list[tuple[int | None, int | None]]:
    """Pair the requests of two looks, by their positions; a case can send other requests after another answer."""
    if theirs.seen.ended:
        ours = Described(ours.seen, ours.asked[: len(theirs.asked)], ours.features[: len(theirs.asked)])
    if theirs.asked == ours.asked:
        return [(number, number) for number in range(len(theirs.asked))]
    paired: list[tuple[int | None, int | None]] = []
    for kind, i, j, k, m in SequenceMatcher(None, theirs.asked, ours.asked, autojunk=False).get_opcodes():
        if kind == "equal":
            paired += zip(range(i, j), range(k, m), strict=True)
        else:
            paired += [(number, None) for number in range(i, j)]
            paired += [(None, number) for number in range(k, m)]
    return paired


def look_cost(theirs: Described, ours: Described) -> float:
    """Say how much two looks differ."""
    total = 0.0
    for one, other in pairs(theirs, ours):
        if one is None or other is None:
            total += WEIGHTS["exchange"]
        else:
            total += cost(theirs.features[one], ours.features[other])
    return total


class Fit:
    """A search; ``values`` are those of the traits that were chosen so far. ``tell`` gets the name of each trait before it is tried."""

    def __init__(
        self,
        seen: Iterable[SeenLook],
        server: OfServer,
        *,
        holds_events: bool,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        looks = [each for each in seen if each.exchanges]
        self.theirs = {each.name: described(each, server) for each in looks}
        self.suggested = Suggested(looks)
        self.values: Values = {}
        self._holds_events, self._tell = holds_events, tell
        self.ours: dict[str, Described] = {}
        self.costs: dict[str, float] = {}
        self._current: set[str] = set()
        self._tried: dict[str, tuple[Any, ...]] = {}

    @property
    def cost(self) -> float:
        """How much all answers differ now."""
        return sum(self.costs.values())

    @property
    def answers(self) -> int:
        """How many answers the other server gave."""
        return sum(len(each.asked) for each in self.theirs.values())

    def start(self, values: Mapping[str, Any]) -> None:
        """Begin with these values of traits."""
        self.values = dict(values)
        self._current.clear()
        self._take(self.play(self.values, self.theirs))

    def search(self) -> None:
        """Choose the value of each trait that makes the answers most alike, until no value does better."""
        self._rounds()
        changed = self._reconsider()
        if changed:
            self._rounds(changed)

    def _rounds(self, settled: Iterable[str] = ()) -> None:
        """Choose each trait; the first round leaves those alone that are settled, so that others can follow them."""
        for number in range(MOST_ROUNDS):
            before = self.cost
            for trait in _ORDER:
                if number or trait.name not in settled:
                    self._tell(trait.name)
                    self._choose(trait)
            for together in TOGETHER:
                self._choose_together([TRAIT_NAMES[name] for name in together])
            self._refresh(self.theirs)
            if self.cost >= before:
                break

    def _reconsider(self) -> set[str]:
        """Look at all answers for the traits that were chosen, since the looks of a trait are few; give those that have another value now."""
        changed = set()
        for trait in [trait for trait in _ORDER if trait.name in self.values]:
            self._tell(trait.name)
            for value in values_of(trait, self.suggested):
                self._refresh(self.theirs)
                now = self.values.get(trait.name, trait.default)
                if value != now and (value == trait.default or not isinstance(value, list | dict)):
                    gained = _prices([(trait, now)]) - _prices([(trait, value)])
                    some, others = self._mixed()
                    if self._improves(self.with_value(trait, value), gained, [*some, *others], most=len(some)):
                        changed.add(trait.name)
        return changed

    def _mixed(self) -> tuple[list[str], list[str]]:
        """Give the looks that differ most with some of the others, and the rest."""
        names = sorted(self.theirs, key=lambda name: -self.costs[name])
        some = [*names[:_MOST_DIFFERING], *names[_MOST_DIFFERING::_EACH]]
        return some, [name for name in names if name not in some]

    def play(self, values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Described]:
        """Take looks at our server in a dialect."""
        seen = look_at_own(values, names, holds_events=self._holds_events)
        return {each.name: described(each, OURS) for each in seen}

    def shown(self, trait: Trait) -> list[str]:
        """List the looks of a trait that the server gave something to see in."""
        return [name for name in SHOWN_BY[trait.name] if name in self.theirs]

    def _take(self, played: Mapping[str, Described]) -> None:
        self.ours.update(played)
        self._current.update(played)
        self.costs.update({name: look_cost(self.theirs[name], look) for name, look in played.items()})

    def _choose(self, trait: Trait) -> None:
        """Take each value of a trait that makes the answers more alike, one step after the other."""
        names = self.shown(trait)
        self._refresh(names)
        now = self.values.get(trait.name, trait.default)
        state = (now, *(self.costs[name] for name in names))
        if self._tried.get(trait.name) == state:
            return
        for change in changes(trait, self.suggested):
            differing = [name for name in names if self.costs[name]]
            if not differing:
                break
            concerned = [*names, *self._others_with(change.method, names)]
            value = change.to(now)
            if value == now or not self._concerned(change, differing):
                continue
            self._refresh(concerned)
            if self._improves(
                self.with_value(trait, value), _prices([(trait, now)]) - _prices([(trait, value)]), concerned
            ):
                now = value
        self._tried[trait.name] = (now, *(self.costs[name] for name in names))

    def _others_with(self, method: str, names: Iterable[str]) -> list[str]:
        """List other looks that send a method: what a server does with it in one place, it may not do in another."""
        if not method:
            return []
        others = [each for each in self.theirs.values() if any(asked == method for asked, _ in each.asked)]
        chosen = [each.seen.name for each in others if each.seen.name not in names]
        return chosen[:_MOST_OTHERS]

    def _concerned(self, change: ValueChange, names: Iterable[str]) -> bool:
        """Say whether an answer that a change is about differs now."""
        if not change.method:
            return True
        for name in names:
            theirs, ours = self.theirs[name], self.ours[name]
            for one, other in pairs(theirs, ours):
                if one is None or other is None:
                    continue
                method, _ = theirs.asked[one]
                statuses = {theirs.seen.exchanges[one].status, ours.seen.exchanges[other].status}
                about = len(statuses) == 2 and change.status in statuses if change.status else statuses
                if method == change.method and about and theirs.features[one] != ours.features[other]:
                    return True
        return False

    def _choose_together(self, traits: Sequence[Trait]) -> None:
        """Take values of some traits that make the answers more alike together, where none does alone."""
        shown = dict.fromkeys(name for trait in traits for name in self.shown(trait))
        names = [*shown, *(name for name in self.theirs if name not in shown)]
        for chosen in product(*(list(changes(trait, self.suggested)) for trait in traits)):
            self._refresh(names)
            if not any(self.costs[name] for name in shown):
                return
            before = [(trait, self.values.get(trait.name, trait.default)) for trait in traits]
            after = [(trait, change.to(now)) for (trait, now), change in zip(before, chosen, strict=True)]
            if all(now != new for (_, now), (_, new) in zip(before, after, strict=True)):
                values = self.values
                for trait, new in after:
                    values = self.with_value(trait, new, values)
                self._improves(values, _prices(before) - _prices(after), names, most=len(shown))

    def _improves(self, values: Values, gained: float, names: Sequence[str], most: int = 0) -> bool:
        """Take values if they make the answers more alike; the looks that differ decide first, since they alone can gain.

        With ``most``, the looks stay in their order, and that many decide whether the others are taken at all.
        """
        todo = names if most else sorted(names, key=lambda name: (not self.costs[name], len(self.theirs[name].asked)))
        hoped = sum(self.costs[name] for name in names)
        played: dict[str, Described] = {}
        for name in todo:
            (look,) = self.play(values, [name]).values()
            played[name] = look
            hoped -= self.costs[name]
            gained += self.costs[name] - look_cost(self.theirs[name], look)
            if gained + hoped <= 0 or (len(played) == most and gained <= 0):
                return False
        self.values = values
        self._current.clear()
        self._take(played)
        return True

    def _refresh(self, names: Iterable[str]) -> None:
        """Take the looks again that were taken before the latest change of a value."""
        stale = [name for name in names if name not in self._current]
        if stale:
            self._take(self.play(self.values, stale))

    def with_value(self, trait: Trait, value: Any, values: Values | None = None) -> Values:
        """Give the values with another one for a trait; that of the RFCs is left out."""
        values = self.values if values is None else values
        others = {name: each for name, each in values.items() if name != trait.name}
        return others if value in (trait.default, {}) else {**others, trait.name: value}


def _prices(values: Iterable[tuple[Trait, Any]]) -> float:
    """Say what the values of some traits cost, so that one without effect is not chosen."""
    others = [value for trait, value in values if value != trait.default]
    return sum(_OF_A_TRAIT * (len(value) if isinstance(value, list | dict) else 1) for value in others)
