"""How the properties of a resource are grouped in propstats."""

from __future__ import annotations

from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.dialects.answer import PropstatAnswer, SpelledAnswer
from dav424.dialects.outcomes import first_failed
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_grouped, value))


def _grouped(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if value == "each-in-failures":
        if first_failed(exchange) is None:
            return
        value = "each"
    answer.each_propstats({"each": _each, "split": _split, "merged": _merged}[value])


def _each(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
    return [part for propstat in propstats for part in _parts(propstat, [[each] for each in propstat.properties])]


def _split(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
    """Split each propstat in two: the properties of WebDAV, and all others."""
    return [
        part
        for propstat in propstats
        for part in _parts(
            propstat,
            [
                [each for each in propstat.properties if each.namespace == "DAV:"],
                [each for each in propstat.properties if each.namespace != "DAV:"],
            ],
        )
    ]


def _parts(propstat: PropstatAnswer, groups: list[list[XmlElement]]) -> list[PropstatAnswer]:
    """Make a propstat of each group that has properties; one without any stays."""
    return [replace(propstat, properties=group) for group in groups if group] or [propstat]


def _merged(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
    """Merge the propstats of one status; the first condition and description stay."""
    merged: dict[int, PropstatAnswer] = {}
    for each in propstats:
        first = merged.setdefault(each.status, each)
        if first is not each:
            first.properties += each.properties
            first.error = first.error or each.error
            first.description = first.description or each.description
    return list(merged.values())


PROPSTATS = Trait(
    name="propstats",
    kind="spelling",
    values=Literal["usual", "merged", "each", "each-in-failures", "split"],
    default="usual",
    description="Propstats: one for each status and reason, one for each status, one for each property, in all answers or "
    "in those of requests that failed, or two of one status, for properties in DAV: and for all others.",
    reports=("sabre/dav#208", "sabre/dav#950", "AsterDrive#256"),
    hooks=_hooks,
)
