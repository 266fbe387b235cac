"""One request, from its plan to its answer and its entry in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext

from dav424.causes.apply import apply_to_group, check_request
from dav424.core import batch
from dav424.core.batch import Group, Refused
from dav424.core.message import Request, Response
from dav424.dav import headers
from dav424.dav.multistatus import error_response
from dav424.journal.entries import JournalEntry, settle
from dav424.spine.exchange import SAFE, Method, OpenExchange
from dav424.store.draft import Draft
from dav424.worlds.world import World


def handle(
    method: Method, request: Request, world: World, finish: Callable[[Response], Response] = lambda response: response
) -> tuple[Response, int]:
    """Carry one request out; gives the answer, ``finish``ed, and the number under which the journal has it."""
    world.apply_delays(request)
    if request.method in SAFE:
        return _attempt_and_record(method, request, world, finish)
    with world.mutex:
        return _attempt_and_record(method, request, world, finish)


def _attempt_and_record(
    method: Method, request: Request, world: World, finish: Callable[[Response], Response]
) -> tuple[Response, int]:
    exchange = OpenExchange(request, world, Draft(world.state, world.clock()))
    try:
        response = (_read if request.method in SAFE else _change)(method, exchange)
    except Refused as refused:
        exchange.refused = refused
        response = error_response(refused, request.base)
    response = finish(response)
    number = world.journal.record(_journal_entry(exchange, response))
    if isinstance(response.body, bytes):
        exchange.end()  # what is streamed is still being told of
    return response, number


def _journal_entry(exchange: OpenExchange, response: Response) -> JournalEntry:
    """Make a journal's entry of an exchange, and of those within it."""
    world, refused, causes = exchange.world, exchange.refused, exchange.world.causes
    # What was refused as a whole after it had begun has no outcomes.
    done = zip(exchange.actions, exchange.outcomes, strict=refused is None)
    return JournalEntry(
        at=world.clock(),
        scenario=world.name,
        request=exchange.request,
        answer=response,
        steps=[settle(action.subject, outcome, action.needs, causes) for action, outcome in done],
        refused=batch.failed(refused) if refused is not None else None,
        causes=causes,
        atomic=world.blueprint.atomic,
        parts=[_journal_entry(inner, answer) for inner, answer in exchange.inside],
        notes=headers.overlooked(exchange.request),
    )


def record(world: World, request: Request, response: Response, refused: Refused | None = None) -> int:
    """Write an exchange that the spine never saw into the journal, before its answer leaves; gives its number."""
    exchange = OpenExchange(request, world, Draft(world.state, world.clock()), refused=refused)
    return world.journal.record(_journal_entry(exchange, response))


def _read(method: Method, exchange: OpenExchange) -> Response:
    """Answer a request that changes nothing, from one root; only where causes count does it take a turn."""
    world = exchange.world
    with world.mutex if world.cause_index.admitting else nullcontext():
        check_request(exchange.cause_context)
        groups = list(method.plan(exchange))
        exchange.actions = [action for group in groups for action in group]
        exchange.outcomes = batch.run(groups, exchange.draft)
    return method.answer(exchange)


def _change(method: Method, exchange: OpenExchange) -> Response:
    """Answer a request and publish what it changed: not before all went well, so that a bug changes nothing."""
    response = run_method(method, exchange)
    exchange.world.state = exchange.draft.state
    return response


def run_method(method: Method, exchange: OpenExchange) -> Response:
    """Carry a request out on its draft, and answer it; to publish the draft is somebody else's.

    It may be part of another request, whose draft it then works on: what is in the way is looked for anew.
    """
    guards = exchange.draft.commit_guards
    check_request(exchange.cause_context)
    groups = method.plan(exchange)
    try:
        exchange.outcomes = batch.run(_with_causes(exchange, groups), exchange.draft)
        return method.answer(exchange)
    finally:
        exchange.draft.commit_guards = guards


def _with_causes(exchange: OpenExchange, groups: Iterable[Group]) -> Iterator[Group]:
    """Note each group when its turn has come, and put the causes in front of it."""
    asked, context = exchange.asked, exchange.cause_context
    for group in groups:
        if exchange.asked is not asked:
            asked, context = exchange.asked, exchange.cause_context
        exchange.actions.extend(group)
        yield apply_to_group(context, group)
