"""Where faults meet an answer: after it is decided, and before the journal and the client get it.

    response --> collected --> fault --> fault --> SentAnswer: what the client gets, and what each fault did

A world without faults never comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from msgspec.structs import replace

from dav424.causes.counted import count
from dav424.core.message import Request, Response, SizedBody
from dav424.faults.early_answer import EarlyAnswer
from dav424.faults.fault import MOST_REWRITTEN, AnswerToSpoil, Fault
from dav424.faults.kinds import FAULTS
from dav424.faults.sent_answer import FaultDone, SentAnswer


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Sort faults by their kinds, in the order of ``FAULTS``; those of one kind stay in the order of the scenario."""
    return sorted(faults, key=lambda fault: FAULTS.index(type(fault)))


def matching(faults: Mapping[str, Fault], request: Request) -> list[Fault]:
    """List the faults that are about a request, in the order in which they are applied."""
    return in_order(fault for fault in faults.values() if _can_meet(fault, request))


def _can_meet(fault: Fault, request: Request) -> bool:
    """Say whether a fault is about a request: one of the connection is about no request that came without one."""
    return fault.matches(request) and (request.connected or not fault.needs_connection)


def is_early(faults: Mapping[str, Fault], counts: Mapping[str, int], request: Request) -> bool:
    """Say whether the answer to a request is due before its body is read, if its head decides the answer."""
    return any(
        isinstance(fault, EarlyAnswer) and _can_meet(fault, request) and fault.applies_to(counts.get(fault.id, 0) + 1)
        for fault in faults.values()
    )


def collected(response: Response) -> Response:
    """Give the response with its body in one piece, unless the body is too long for that, or is stored content."""
    body = response.body
    if isinstance(body, bytes | SizedBody):
        return response
    pieces, size = [], 0
    rest = iter(body)
    for piece in rest:
        pieces.append(piece)
        size += len(piece)
        if size > MOST_REWRITTEN:
            return replace(response, body=chain(pieces, rest))
    return replace(response, body=b"".join(pieces))


def apply(
    faults: Iterable[Fault], counts: dict[str, int], request: Request, response: Response, *, early: bool = False
) -> SentAnswer | None:
    """Let faults change a response, and count their matches; None if they leave it unchanged.

    The caller holds the mutex of the world to which the counters belong.
    """
    done: list[FaultDone] = []
    for fault in faults:
        spoilt = fault.spoil(AnswerToSpoil(request, response, early))
        if spoilt is not None and count(fault, counts):
            response = spoilt.response
            done.append(FaultDone(fault.id, fault.kind, spoilt.did))
    return SentAnswer(response, tuple(done)) if done else None
