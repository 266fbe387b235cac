"""The answers that faults of the scenario change on their way to the client: counted, and recorded beside the true ones."""

from __future__ import annotations

from contextlib import AbstractContextManager

from dav424.core.message import Request, Response
from dav424.faults.sent_answer import SentAnswer
from dav424.worlds.world import World


def spoil(
    request: Request, response: Response, world: World, counting: AbstractContextManager[object], *, early: bool = False
) -> tuple[Response, SentAnswer | None]:
    """Let the faults of a world change a response; gives the true one, and what the client gets if a fault changed it.

    A streamed body may have been read: the true response that is given has all of it. ``counting`` is the mutex of the
    world, unless the caller holds it. ``early`` says that the body of the request was not read yet.
    """
    from dav424.faults.apply import apply, collected, matching  # noqa: PLC0415 - most worlds have no faults

    faults = matching(world.faults, request)
    if not faults:
        return response, None
    response = collected(response)
    with counting:
        return response, apply(faults, world.counts, request, response, early=early)


def answers_early(request: Request, world: World) -> bool:
    """Say whether a fault wants the answer to a request before its body is read; the caller holds the mutex of the world."""
    from dav424.faults.apply import is_early  # noqa: PLC0415 - as above

    return is_early(world.faults, world.counts, request)
