"""The descriptions of failures inside a multistatus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.core.condition_codes import CANNOT_MODIFY_PROTECTED_PROPERTY
from dav424.core.reason_phrases import reason
from dav424.dialects.answer import Item, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import dependency_status, failing
from dav424.dialects.trait import ChangeAnswer, Hooks, Trait
from dav424.dialects.xml_tree import with_text
from dav424.spine.exchange import OpenExchange

_DESCRIPTION = "{DAV:}responsedescription"
_CONFLICT = "{DAV:}no-conflicting-lock"
_LOCKDISCOVERY = "{DAV:}lockdiscovery"
_OF_ANOTHER_RESOURCE = "An error occurred on another resource, preventing the requested operation on this resource."
Failure = ResourceAnswer | PropstatAnswer
Describe = Callable[[Failure, bool], str]
"""Gives the description of a failure, which depended on another one or not."""


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_CHANGES[value])


def _described(describe: Describe, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    dependency = dependency_status(exchange)

    def described(item: Failure) -> None:
        item.description = describe(item, item.status is not None and item.status == dependency)

    def each(item: Item) -> Item:
        if isinstance(item, ResourceAnswer | PropstatAnswer):
            described(item)
        if isinstance(item, ResourceAnswer):
            for propstat in item.propstats:
                described(propstat)
        return item

    answer.each_item(each)


def _protected(item: Failure) -> bool:
    return _has(item, CANNOT_MODIFY_PROTECTED_PROPERTY.name)


def _has(item: Failure, condition: str) -> bool:
    return item.error is not None and any(each.name == condition for each in item.error.elements)


def _is_lock(item: PropstatAnswer) -> bool:
    return [each.name for each in item.properties] == [_LOCKDISCOVERY]


def _absent(_item: Failure, _dependent: bool) -> str:  # noqa: FBT001 - see Describe
    return ""


def _apache(item: Failure, dependent: bool) -> str:  # noqa: FBT001 - see Describe
    if isinstance(item, ResourceAnswer):
        return _OF_ANOTHER_RESOURCE if any(_is_lock(each) for each in item.propstats) else ""
    if _is_lock(item):
        return ""
    if dependent:
        return "\nAttempted DAV:set operation could not be completed due to other errors."
    return "\nProperty is read-only." if _protected(item) else ""


def _nephele(item: Failure, dependent: bool) -> str:  # noqa: FBT001 - see Describe
    if isinstance(item, PropstatAnswer):
        if item.status == 404:
            names = [each.name.removeprefix("{DAV:}").replace("{", "").replace("}", "") for each in item.properties]
            return f"The {', '.join(names)} {'property was' if len(names) == 1 else 'properties were'} not found."
        named = item.properties[0].name.rpartition("}")[2] if item.properties else ""
        return f"{named} is a protected property." if _protected(item) else ""
    if dependent or item.status != 423:
        return ""
    return "Cannot create a conflicting lock." if _has(item, _CONFLICT) else "This resource is locked."


def _about_all(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Describe the first failure once, behind all responses."""
    _described(_absent, exchange, answer)
    if exchange.request.method != "PROPPATCH" or not answer.is_multistatus:
        return
    dependency = dependency_status(exchange)
    failed = next((each for item in answer.resources() if (each := failing(item.propstats, dependency))), None)
    if failed is not None:
        why = "Access denied to the specified resource" if failed.status == 403 else reason(failed.status)
        said = with_text(_DESCRIPTION, f"{failed.status} {reason(failed.status)}: {why}")
        answer.items = [*answer.all_items(), said]


def _about_resources(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Describe the first failure of each resource, behind its propstats."""
    _described(_absent, exchange, answer)
    dependency = dependency_status(exchange)

    def described(item: ResourceAnswer) -> None:
        failed = failing(item.propstats, dependency)
        if failed is not None and failed.properties:
            item.description = f"\n{failed.properties[0].name.rpartition('}')[2]} cannot be set.\n"

    if exchange.request.method == "PROPPATCH":
        answer.each_resource(described)


_CHANGES: dict[str, ChangeAnswer] = {
    "absent": partial(_described, _absent),
    "apache": partial(_described, _apache),
    "nephele": partial(_described, _nephele),
    "wsgidav": _about_all,
    "zope": _about_resources,
}
DESCRIPTIONS = Trait(
    name="descriptions",
    kind="spelling",
    values=Literal["usual", "absent", "apache", "nephele", "wsgidav", "zope"],
    default="usual",
    description="The DAV:responsedescription of each failure in a multistatus: that of dav424, none, or sentences in the "
    "places where Apache, nephele, WsgiDAV and Zope have them.",
    reports=("sardine#210", "caldav#702"),
    hooks=_hooks,
)
