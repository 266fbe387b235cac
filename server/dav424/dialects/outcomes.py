"""The outcomes of an exchange that an answer can be written from: no trait invents the status of a dependency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.core.batch import Failed, FailedDependency, Refused
from dav424.core.message import Reply
from dav424.core.paths import href, split
from dav424.dav import multistatus
from dav424.dialects.answer import PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.answer_reader import read_answer
from dav424.dialects.request_names import named_in_body
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, find

if TYPE_CHECKING:
    from dav424.core.paths import Path
    from dav424.store.tree import Node


def dependency_status(exchange: OpenExchange) -> int | None:
    """Give the status of the actions that depended on a failure; None if no action did."""
    return next((outcome.status for outcome in exchange.outcomes if isinstance(outcome, FailedDependency)), None)


def first_failed(exchange: OpenExchange) -> Failed | None:
    """Give the first action that failed on its own."""
    return next((outcome for outcome in exchange.outcomes if isinstance(outcome, Failed)), None)


def failed_members(exchange: OpenExchange) -> list[ResourceAnswer]:
    """Give a response for each resource whose action failed on its own."""
    return [
        ResourceAnswer([url_of(exchange, action.subject.path)], status=outcome.status)
        for action, outcome in zip(exchange.actions, exchange.outcomes, strict=True)
        if isinstance(outcome, Failed)
    ]


def in_own_words(exchange: OpenExchange) -> bool:
    """Say whether a failure brings a body that the scenario has written: no trait replaces that."""
    failures: list[Failed | Refused | None] = [exchange.refused, first_failed(exchange)]
    return any(
        failure is not None and isinstance(failure.reply, Reply) and failure.reply.body is not None
        for failure in failures
    )


def url_of(exchange: OpenExchange, path: Path) -> str:
    """Write the URL of a path, with a slash at its end if a collection is or was there, or was going to be made."""
    node = exchange.draft.find(path) or find(exchange.world.state.root, path)
    made = exchange.request.method.startswith("MK") and path == exchange.request.path
    return exchange.request.base.url(href(path, collection=made or isinstance(node, Collection)))


def path_at(exchange: OpenExchange, url: str) -> Path:
    """Give the path in its world of an href of an answer, as our methods write it."""
    return split(url)[0][len(exchange.request.base_path) :]


def node_at(exchange: OpenExchange, url: str) -> Node | None:
    """Find the resource at an href of an answer, as our methods write it."""
    return exchange.draft.find(path_at(exchange, url))


def own_url(exchange: OpenExchange) -> str:
    """Write the Request-URI."""
    return url_of(exchange, exchange.request.path)


def answer_of(exchange: OpenExchange, failed: Failed) -> SpelledAnswer:
    """Answer with a failure for the request as a whole."""
    return read_answer(exchange, multistatus.error_response(failed, exchange.request.base))


def updated_names(exchange: OpenExchange) -> list[str]:
    """List the properties that a request sets or removes, in its order, each once."""
    names = dict.fromkeys(action.subject.property for action in exchange.actions if action.subject.property)
    return list(names) if names else named_in_body(exchange.request)


def failing(propstats: list[PropstatAnswer], dependency: int | None) -> PropstatAnswer | None:
    """Find the first propstat of properties that failed on their own; ``dependency`` is the status of all others."""
    return next((each for each in propstats if each.status >= 300 and each.status != dependency), None)
