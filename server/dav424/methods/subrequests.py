"""Requests within a request: each part is planned as if it had come alone, when its turn has come.

    BDELETE /box/  a, b  -->  the groups of DELETE /box/a  -->  the groups of DELETE /box/b

All work on one draft, so that a part sees what the parts before it have done. No part needs another:
what is refused in one, or as a whole, leaves the others alone.
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
"""Makes the groups of one part, whose positions count from the part's own first; may raise ``Refused``."""


def plan(
    exchange: OpenExchange, parts: Iterable[tuple[Request, Planner]], verb: Verb, *, judged: bool
) -> Iterator[Group]:
    """Plan one part after the other; ``verb`` is what a part that is refused as a whole would have done.

    ``judged`` says that the ``If`` header was found to hold for the request as a whole.
    """
    for request, planner in parts:
        start = len(exchange.actions)
        exchange.asked = request
        for group in _groups(exchange.part(request, judged=judged), planner, verb):
            yield [Action(each.subject, each.run, tuple(start + need for need in each.needs)) for each in group]
        exchange.parts.append(SubRequest(request, range(start, len(exchange.actions))))


def _groups(part: OpenExchange, planner: Planner, verb: Verb) -> Sequence[Group]:
    """Make the groups of a part, or one action that stands for its refusal."""
    try:
        check_request(part.cause_context)
        return list(planner(part))
    except Refused as refused:
        return [[Action(Subject(verb, part.request.path), AlreadyRefused(refused))]]
