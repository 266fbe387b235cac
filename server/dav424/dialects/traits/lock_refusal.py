"""The answer to a LOCK of a hierarchy with a locked member."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import answer_of, dependency_status, first_failed
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(
        answer={"lockdiscovery": _as_property, "self-first": _self_first, "members": _without_self, "error": _as_error}[
            value
        ]
    )


def _refused(exchange: OpenExchange, answer: SpelledAnswer) -> bool:
    return exchange.request.method == "LOCK" and answer.is_multistatus


def _as_property(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Begin with the Request-URI, whose property ``DAV:lockdiscovery`` has the status that depended on the members."""
    if not _refused(exchange, answer):
        return
    _self_first(exchange, answer)
    dependency = dependency_status(exchange)
    for item in answer.resources():
        if item.status is not None and item.status == dependency:
            item.propstats = [PropstatAnswer([XmlElement("{DAV:}lockdiscovery")], item.status)]
            item.status = None


def _self_first(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if _refused(exchange, answer):
        dependency = dependency_status(exchange)
        resources = sorted(answer.resources(), key=lambda item: not _depended(item, dependency))
        answer.items = list(resources)


def _without_self(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if _refused(exchange, answer):
        dependency = dependency_status(exchange)
        answer.items = [item for item in answer.resources() if not _depended(item, dependency)]


def _depended(item: ResourceAnswer, dependency: int | None) -> bool:
    return item.status is not None and item.status == dependency


def _as_error(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is not None and _refused(exchange, answer):
        answer.take(answer_of(exchange, failed))


LOCK_REFUSAL = Trait(
    name="lock-refusal",
    kind="spelling",
    values=Literal["multistatus", "self-first", "lockdiscovery", "members", "error"],
    default="multistatus",
    description="A LOCK of a hierarchy with a locked member: a multistatus with the members and the Request-URI, the "
    "Request-URI last or first, one in which it has a propstat of lockdiscovery, one with the members alone, or the error of the first member.",
    reports=("docker-webdav#22", "wsgidav#369", "sardine#210"),
    hooks=_hooks,
)
