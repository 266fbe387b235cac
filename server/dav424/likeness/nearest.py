"""Find the bundled dialect that is nearest to a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from dav424.dialects.library import Dialects
from dav424.dialects.names import FAULTS
from dav424.dialects.table import TRAITS
from dav424.likeness.fit import Fit
from dav424.likeness.learn import Differing, SeenServer, Tell, fit_of, remaining


class RankedDialect(Struct, frozen=True):
    """A bundled dialect: how many answers are ``alike`` in it, and by how much the others differ."""

    name: str
    alike: int
    cost: float


class OtherValue(Struct, frozen=True):
    """A trait for which another value would make the answers more alike."""

    trait: str
    of_dialect: Any
    of_server: Any


class Nearest(Struct, frozen=True):
    """The bundled dialects, the nearest first; the answers in which the first one differs, and the traits that would change that."""

    seen: SeenServer
    ranked: Sequence[RankedDialect]
    differing: Sequence[Differing]
    traits: Sequence[OtherValue]


def nearest(seen: SeenServer, tell: Tell = lambda _name, _total: None) -> Nearest:
    """Compare a server that was seen with all bundled dialects, their faults among them."""
    library = Dialects()
    fit = fit_of(seen)
    ranked = []
    for name in library.names:
        tell(name, len(library.names))
        ranked.append(_ranked(fit, name, library))
    ranked.sort(key=lambda each: each.cost)
    values = _values(ranked[0].name, library)
    fit.start(values)
    differing = remaining(fit)
    fit.search()
    return Nearest(seen, ranked, differing, list(_others(values, fit)))


def _ranked(fit: Fit, name: str, library: Dialects) -> RankedDialect:
    fit.start(_values(name, library))
    return RankedDialect(name, fit.answers - len(remaining(fit)), fit.cost)


def _values(name: str, library: Dialects) -> Mapping[str, Any]:
    return library.describe(name + FAULTS).values


def _others(values: Mapping[str, Any], fit: Fit) -> list[OtherValue]:
    found = [
        OtherValue(trait.name, values.get(trait.name, trait.default), fit.values.get(trait.name, trait.default))
        for trait in TRAITS
    ]
    return [each for each in found if each.of_dialect != each.of_server]
