"""Change the values of live properties in an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection

from dav424.dialects.answer import PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.request_names import named_in_body, wants
from dav424.dialects.xml_tree import XmlElement, with_text
from dav424.spine.exchange import OpenExchange

ChangeValue = Callable[[str], str | None]
"""Gives the new text of a property; None if the resource is not to have it."""
TextOf = Callable[[str], str | None]
"""Gives the text of a property of the resource at an href; None if it does not have the property."""


def change_value(exchange: OpenExchange, answer: SpelledAnswer, name: str, change: ChangeValue) -> None:
    """Change the text of a property wherever an answer has it; where it has no text, the client wants names alone.

    A property that the resource is not to have is missing, if the request names it.
    """
    if answer.root is None or exchange.request.method not in LISTING:
        return
    named = name in named_in_body(exchange.request)

    def of_propstats(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        lost = False
        for propstat in propstats:
            if propstat.status == 200:
                before = propstat.properties
                propstat.properties = [new for old in before if (new := _changed(old, name, change)) is not None]
                lost = lost or len(before) > len(propstat.properties)
        return _missing(propstats, name) if lost and named else propstats

    answer.each_propstats(of_propstats)


def _changed(element: XmlElement, name: str, change: ChangeValue) -> XmlElement | None:
    if element.name != name or not element.text:
        return element
    new = change(element.text)
    return None if new is None else with_text(name, new)


def _missing(propstats: list[PropstatAnswer], name: str) -> list[PropstatAnswer]:
    """Add a property to those that the resource does not have; a propstat that has lost its only one goes."""
    kept = [each for each in propstats if each.properties]
    missing = next((each for each in kept if each.status == 404), None)
    if missing is None:
        return [*kept, PropstatAnswer([with_text(name)], 404)]
    missing.properties.append(with_text(name))
    return kept


def give_listed(exchange: OpenExchange, answer: SpelledAnswer, name: str, text: TextOf) -> None:
    """Give a property to the resources of a listing that do not have it; also where the request asks for all."""
    if answer.root is None or exchange.request.method not in LISTING:
        return
    wanted = wants(exchange.request)
    if wanted == "named" and name not in named_in_body(exchange.request):
        return

    def of_resource(resource: ResourceAnswer) -> None:
        has = any(
            element.name == name for each in resource.propstats if each.status == 200 for element in each.properties
        )
        given = None if has or not resource.propstats else text(resource.hrefs[0])
        if given is not None:
            resource.propstats = _given(resource.propstats, name, "" if wanted == "names" else given)

    answer.each_resource(of_resource)


def take_listed(exchange: OpenExchange, answer: SpelledAnswer, names: Collection[str]) -> None:
    """Take properties from the resources of a listing: those that the request names are missing, and others are left out."""
    if answer.root is None or exchange.request.method not in LISTING:
        return
    named = named_in_body(exchange.request)
    answer.each_propstats(lambda propstats: take(propstats, names, named))


def take(propstats: list[PropstatAnswer], names: Collection[str], named: Collection[str]) -> list[PropstatAnswer]:
    """Take properties from the propstats of a resource; those that are ``named`` are missing then."""
    taken = []
    for each in propstats:
        if each.status == 200:
            taken += [element.name for element in each.properties if element.name in names]
            each.properties = [element for element in each.properties if element.name not in names]
    if not taken:
        return propstats
    for name in taken:
        if name in named:
            propstats = _missing(propstats, name)
    return [each for each in propstats if each.properties] or [PropstatAnswer([], 200)]


def drop_missing(name: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Do not say that a property is missing."""
    if answer.root is not None and exchange.request.method in LISTING:
        answer.each_property(lambda element, each: None if element.name == name and each.status == 404 else element)


def give_missing(exchange: OpenExchange, answer: SpelledAnswer, name: str, text: str) -> None:
    """Give a property to the resources that do not have it, if the request names it."""
    if answer.root is None or exchange.request.method not in LISTING:
        return

    def of_propstats(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        missing = [each for each in propstats if each.status == 404]
        if not any(element.name == name for each in missing for element in each.properties):
            return propstats
        return _given(propstats, name, text)

    answer.each_propstats(of_propstats)


def _given(propstats: list[PropstatAnswer], name: str, text: str) -> list[PropstatAnswer]:
    """Add a property to those that the resource has, and take it from those that are missing."""
    for each in propstats:
        if each.status == 404:
            each.properties = [element for element in each.properties if element.name != name]
    present = next((each for each in propstats if each.status == 200), None)
    if present is None:
        present = PropstatAnswer([], 200)
        propstats = [present, *propstats]
    present.properties.append(with_text(name, text))
    return [each for each in propstats if each.properties]
