"""How an answer reports the actions that depended on a failure."""

from __future__ import annotations

from typing import Literal

from dav424.core.batch import FailedDependency
from dav424.dialects.answer import MULTISTATUS, Item, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.outcomes import dependency_status, failing, first_failed, url_of
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer={"left-out": _left_out, "as-cause": _as_cause, "in-full": _in_full}[value])


def _left_out(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    dependency = dependency_status(exchange)
    if dependency is None or answer.root is None:
        return
    answer.each_propstats(lambda propstats: [each for each in propstats if each.status != dependency])
    answer.items = [
        item for item in answer.all_items() if not (isinstance(item, ResourceAnswer) and item.status == dependency)
    ]


def _as_cause(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Give each dependent the status of the first failure."""
    dependency, first = dependency_status(exchange), first_failed(exchange)
    if dependency is None or first is None:
        return

    def of_propstats(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        cause = failing(propstats, dependency)
        for each in propstats:
            if each.status == dependency:
                each.status = cause.status if cause is not None else first.status
        return propstats

    def of_resource(resource: ResourceAnswer) -> None:
        if resource.status == dependency:
            resource.status = first.status

    answer.each_propstats(of_propstats)
    answer.each_resource(of_resource)


def _in_full(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Add a response for each resource whose action depended on a failure, and that the answer leaves out."""
    if not answer.is_multistatus or exchange.request.method in LISTING:
        return
    known = {href.rstrip("/") for item in answer.resources() for href in item.hrefs}
    added: list[Item] = []
    for position, (action, outcome) in enumerate(zip(exchange.actions, exchange.outcomes, strict=True)):
        if not isinstance(outcome, FailedDependency) or action.subject.property:
            continue
        url = url_of(exchange, action.subject.path)
        if url.rstrip("/") not in known:
            known.add(url.rstrip("/"))
            added.append(ResourceAnswer([url], status=outcome.status, description=exchange.because(position)))
    answer.say(answer.status, MULTISTATUS, [*answer.all_items(), *added])


DEPENDENTS = Trait(
    name="dependents",
    kind="spelling",
    values=Literal["usual", "left-out", "as-cause", "in-full"],
    default="usual",
    description="Resources and properties whose actions depended on a failure: where the RFCs want them, left out, with "
    "the status of the failure, or each of them listed, also the ancestors of a member that DELETE could not delete.",
    reports=("sardine#210", "docker-webdav#22", "caldav#702", "redmine_dmsf#672", "xandikos#546"),
    hooks=_hooks,
)
