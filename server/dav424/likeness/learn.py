"""Learn a dialect: take all looks at a server, find the traits with which ours answers alike, and say what shows each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct

from dav424.dialects.table import TRAITS
from dav424.likeness.answer_text import OfServer
from dav424.likeness.evidence import TraitShown, evidence
from dav424.likeness.features import Feature, differing
from dav424.likeness.fit import Described, Fit, described, pairs
from dav424.likeness.looks import LOOKS
from dav424.likeness.seen import SeenLook, look_at
from dav424.probe.access import ProbeAccess
from dav424.probe.client import NoAnswerError, ProbeClient
from dav424.probe.scratch import Scratch, made

Tell = Callable[[str, int], None]
"""Gets the name of the thing that is done now, and how many there are."""


class SeenServer(Struct, frozen=True):
    """What a server answered in all looks.

    With ``etags_settle``, the entity-tag of a document is weak at first and strong later, as Apache's are in the first second;
    it counts as strong. ``left`` are paths that could not be removed, with the reason.
    """

    url: str
    origin: str
    server: str
    looks: Sequence[SeenLook]
    holds_events: bool
    etags_settle: bool = False
    left: tuple[str, ...] = ()

    @property
    def ended(self) -> Sequence[str]:
        """Why looks ended early; empty if the server answered each request."""
        return [each.ended for each in self.looks if each.ended]

    @property
    def requests(self) -> int:
        """How many answers there are."""
        return sum(len(each.exchanges) for each in self.looks)


class Differing(Struct, frozen=True):
    """An answer that no trait makes alike; the count of a feature is above 0 if it is the other server's, else it is ours.

    Without features, one of the two servers did not get the request, since an earlier answer differed.
    """

    look: str
    method: str
    path: str
    features: Sequence[tuple[Feature, int]] = ()


class Learned(Struct, frozen=True):
    """A dialect that was learned: the ``values`` of its traits, what shows each, and the answers that still differ.

    A trait without something that shows it was not observed, and has its default.
    """

    seen: SeenServer
    values: Mapping[str, Any]
    shown: Mapping[str, Sequence[TraitShown]]
    differing: Sequence[Differing]

    @property
    def not_observed(self) -> list[str]:
        """The names of the traits that were not observed."""
        return [trait.name for trait in TRAITS if trait.name not in self.shown]

    @property
    def alike(self) -> int:
        """How many answers are the same, but for prefixes, the order of members and the words of error pages."""
        return self.seen.requests - len(self.differing)


def see(access: ProbeAccess, tell: Tell = lambda _name, _total: None) -> SeenServer:
    """Take all looks at a server, in a scratch collection. Raises as ``probe.run_cases`` does."""
    client = ProbeClient(access)
    with made(client) as scratch:
        server = client.exchanges[0].headers.get("server", "")
        weak, looks = _etag(client, scratch), []
        for position, name in enumerate(LOOKS):
            tell(name, len(LOOKS))
            looks.append(look_at(client, scratch, name, position))
        client.begin()
        strong = _etag(client, scratch)
        settled = bool(strong) and weak == f"W/{strong}"
        holds_events = scratch.holds_events
    return SeenServer(
        access.url, access.origin, server, looks, holds_events, etags_settle=settled, left=tuple(scratch.left)
    )


def _etag(client: ProbeClient, scratch: Scratch) -> str:
    """Ask for the entity-tag of the first document; empty if there is none, or no answer."""
    if not scratch.holds_events:
        with suppress(NoAnswerError):
            return client.send("GET", scratch.first).headers.get("etag", "")
    return ""


def learn(seen: SeenServer, tell: Tell = lambda _name, _total: None) -> Learned:
    """Find the dialect of a server that was seen."""
    fit = fit_of(seen, lambda name: tell(name, len(TRAITS)))
    fit.start({})
    fit.search()
    shown = evidence(fit)
    fit.start({name: value for name, value in fit.values.items() if name in shown})
    return Learned(seen, fit.values, shown, remaining(fit))


def fit_of(seen: SeenServer, tell: Callable[[str], None] = lambda _: None) -> Fit:
    """Make the search for a server that was seen."""
    server = OfServer(seen.origin, etags_settle=seen.etags_settle)
    return Fit(seen.looks, server, holds_events=seen.holds_events, tell=tell)


def remaining(fit: Fit) -> list[Differing]:
    """List the answers in which a server and ours differ now."""
    return list(_differing(fit.theirs, fit.ours))


def compare(seen: SeenServer, other: SeenServer) -> list[Differing]:
    """List the answers in which two servers differ that were seen."""
    return list(_differing(_described(seen), _described(other)))


def _described(seen: SeenServer) -> dict[str, Described]:
    server = OfServer(seen.origin, etags_settle=seen.etags_settle)
    return {each.name: described(each, server) for each in seen.looks if each.exchanges}


def _differing(all_theirs: Mapping[str, Described], all_ours: Mapping[str, Described]) -> Iterator[Differing]:
    for name, theirs in all_theirs.items():
        ours = all_ours[name]
        for one, other in pairs(theirs, ours):
            if one is None or other is None:
                method, path = theirs.asked[one] if one is not None else ours.asked[other or 0]
                yield Differing(name, method, path)
            elif features := differing(theirs.features[one], ours.features[other]):
                yield Differing(name, *theirs.asked[one], features)
