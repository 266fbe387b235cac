"""Subrequests: requests within a request, planned one after the other as separate requests would be.

    BDELETE /box/  a, b  -->  the groups of DELETE /box/a  -->  the groups of DELETE /box/b

All work on one draft, so that a subrequest sees the changes of those before it. No subrequest needs another:
a refusal in one, or of one as a whole, doesn't change the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dav424.causes.apply import AlreadyRefused, check_request
from dav424.core.batch import Action, Group, Refused
from dav424.core.message import Request
from dav424.core.subject import Subject
from dav424.spine.exchange import OpenExchange, SubRequest

if TYPE_CHECKING:
    from dav424.core.subject import Verb

Planner = Callable[[OpenExchange], Iterable[Group]]
"""Plans the groups of one subrequest, whose positions start at 0; may raise ``Refused``."""


def plan(
    exchange: OpenExchange, parts: Iterable[tuple[Request, Planner]], verb: Verb, *, judged: bool
) -> Iterator[Group]:
    """Plan one subrequest after the other; ``verb`` describes a subrequest that is refused as a whole.

    ``judged`` says that the ``If`` header already holds for the request as a whole.
    """
    for request, planner in parts:
        start = len(exchange.actions)
        exchange.asked = request
        for group in _groups(exchange.part(request, judged=judged), planner, verb):
            yield [_moved(action, start) for action in group]
        exchange.parts.append(SubRequest(request, range(start, len(exchange.actions))))


def _moved(action: Action, start: int) -> Action:
    """Count the needs of an action from the start of the whole request, not of the subrequest."""
    return Action(action.subject, action.run, tuple(start + need for need in action.needs))


def _groups(part: OpenExchange, planner: Planner, verb: Verb) -> Sequence[Group]:
    """Plan the groups of a subrequest, or one action that refuses it as a whole."""
    try:
        check_request(part.cause_context)
        return list(planner(part))
    except Refused as refused:
        return [[Action(Subject(verb, part.request.path), AlreadyRefused(refused))]]
