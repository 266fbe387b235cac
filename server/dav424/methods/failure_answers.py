"""How a method answers for the actions that failed: a 207 with a ``DAV:response`` for each resource (RFC 4918 13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dav424.core.batch import Failed, FailedDependency
from dav424.core.hrefs import Base
from dav424.core.message import Response
from dav424.core.paths import href
from dav424.dav import headers
from dav424.dav.multistatus import error_response, failed_response, multistatus_response, resource_response
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, find

if TYPE_CHECKING:
    from dav424.core.paths import Path


def first_failure(exchange: OpenExchange, positions: range | None = None) -> Failed | None:
    """Give the first of the actions at ``positions`` (default: all) that failed on its own; None if none did."""
    chosen = exchange.outcomes if positions is None else exchange.outcomes[positions.start : positions.stop]
    return next((outcome for outcome in chosen if isinstance(outcome, Failed)), None)


def outcome_response(exchange: OpenExchange, position: int, path: str, base: Base) -> str:
    """Write the ``DAV:response`` of the resource at ``base + path``, whose action failed or depended on a failure."""
    match exchange.outcomes[position]:
        case Failed() as failed:
            return failed_response(base, path, failed)
        case FailedDependency(status=status):
            return resource_response(base, path, status, None, exchange.because(position))
        case done:
            raise AssertionError(done)  # a group with a failure has no action that is Done


def failures(exchange: OpenExchange, positions: range | None = None) -> list[tuple[Path, Failed]]:
    """List the actions at ``positions`` (default: all) that failed on their own, with their paths."""
    chosen = range(len(exchange.actions)) if positions is None else positions
    pairs = [(exchange.actions[position].subject.path, exchange.outcomes[position]) for position in chosen]
    return [(path, outcome) for path, outcome in pairs if isinstance(outcome, Failed)]


def answer_failures(exchange: OpenExchange, failed: Iterable[tuple[Path, Failed]]) -> Response:
    """Answer 207 with a response for each failure."""
    base = exchange.request.base
    return multistatus_response(failed_response(base, _href(exchange, path), outcome) for path, outcome in failed)


def _href(exchange: OpenExchange, path: Path) -> str:
    """Write the href of a failure; a collection that is not there has a slash at its end, too.

    It could not be made at a destination, or it was there before the request, which was done and answered as failed.
    """
    draft = exchange.draft
    if draft.find(path) is None:
        for request in [part.request for part in exchange.parts] or [exchange.request]:
            target = headers.destination(request) if "destination" in request.headers else None
            if target is not None and path[: len(target)] == target:
                source = draft.find((*request.path, *path[len(target) :]))
                return href(path, collection=isinstance(source, Collection))
        return href(path, collection=isinstance(find(exchange.world.state.root, path), Collection))
    return draft.href_of(path)


def partial_answer(exchange: OpenExchange, success: int, roots: Sequence[Path]) -> Response:
    """Answer with the status ``success``, or 207 with the failures but without the actions that depended on them.

    A single failure at one of the ``roots`` is the whole answer. So is the first failure of an atomic operation,
    which changed nothing.
    """
    failed = failures(exchange)
    if not failed:
        return Response(success)
    path, outcome = failed[0]
    if exchange.is_atomic or (len(failed) == 1 and path in roots):
        return error_response(outcome, exchange.request.base)
    return answer_failures(exchange, failed)


def subrequest_failures(exchange: OpenExchange) -> dict[Path, Failed]:
    """Give the failures of all subrequests, one for each path.

    A failure at the destination of a subrequest is reported at the path of the subrequest.
    """
    by_path: dict[Path, Failed] = {}
    for part in exchange.parts:
        own = part.request.path
        roots = [own, headers.destination(part.request)] if "destination" in part.request.headers else [own]
        for path, outcome in failures(exchange, part.positions):
            by_path.setdefault(own if path in roots else path, outcome)
    return by_path
