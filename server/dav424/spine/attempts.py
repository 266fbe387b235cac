"""The attempts that count for standing causes: the requests that a lock or a quota refuses, or would refuse.

While such a cause doesn't stand, a request is first carried out on a draft in which it does. If the cause refuses
something there, the request is an attempt. That draft is thrown away, and the request is then carried out on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dav424.causes.standing import is_dormant
from dav424.core.batch import Failed, Refused, without_frames

if TYPE_CHECKING:
    from dav424.causes.cause import Cause
    from dav424.core.message import Response
    from dav424.spine.exchange import OpenExchange

Run = Callable[["OpenExchange"], "Response"]


def run_counting_attempts(exchange: OpenExchange, run: Run) -> Response:
    """Run a request, and count it for each standing cause that refuses it, or would."""
    causes = exchange.world.cause_index.standing
    tried = [cause for cause in causes if is_dormant(cause, exchange.draft) and _would_refuse(cause, exchange, run)]
    try:
        response = run(exchange)
    except Refused as refused:
        _count(exchange, tried, [refused.by])
        raise
    _count(exchange, tried, _refusers(exchange))
    return response


def _would_refuse(cause: Cause, exchange: OpenExchange, run: Run) -> bool:
    trial = exchange.trial()
    cause.install(trial.draft)
    try:
        run(trial)
    except Refused as refused:
        return cause.is_behind(without_frames(refused).by)
    return any(map(cause.is_behind, _refusers(trial)))


def _refusers(exchange: OpenExchange) -> list[object]:
    return [outcome.by for outcome in exchange.outcomes if isinstance(outcome, Failed)]


def _count(exchange: OpenExchange, tried: Iterable[Cause], refusers: Iterable[object]) -> None:
    context, found = exchange.cause_context, list(refusers)
    for cause in exchange.world.cause_index.standing:
        if cause in tried or any(map(cause.is_behind, found)):
            context.is_due(cause)
