"""The spine: a request goes straight down it, and its response straight back.

    gateway --> handle --> run_method --> method.plan      the request becomes groups of actions
                                      --> apply_to_group   causes of the scenario can refuse them
                                      --> batch.run_group  the only place that decides 424
                               <------ method.answer       the outcomes become a response
                publishes the changed tree, and records the exchange in the journal

A request that changes a world holds its mutex, after its body was read. A reader reads one root, and waits for no other
request. A ``Refused`` that a plan raises is about the request as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import partial

from dav424.causes import standing
from dav424.causes.apply import (
    AlreadyRefused,
    CauseContext,
    apply_to_group,
    check_done,
    check_not_served,
    check_request,
)
from dav424.core import batch
from dav424.core.batch import Action, Done, Failed, Group, Outcome, Refused, without_frames
from dav424.core.message import BodyNeeded, Request, Response, head_of
from dav424.core.subject import Subject, Verb
from dav424.dav import headers, request_content
from dav424.dav.multistatus import error_response
from dav424.journal.entries import JournalEntry, behind, settle
from dav424.spine.attempts import run_counting_attempts
from dav424.spine.content_location import with_content_location
from dav424.spine.exchange import Challenge, OpenExchange, SubRequest, no_challenge, open_exchange
from dav424.spine.method import AnyMethod, Method, MethodTable, Parts, Planner, chosen, not_served
from dav424.spine.required_headers import complete
from dav424.worlds.world import World

Run = Callable[[OpenExchange], Response]


def handle(
    method: AnyMethod, request: Request, world: World, challenge: Challenge = no_challenge, *, recorded: bool = True
) -> tuple[Response, int]:
    """Handle one request; gives the response, and the number of the exchange in the journal: 0 if it is not recorded."""
    world.apply_delays(request)
    if method.FACTS[request.method].safe:
        return _answer_and_record(partial(_read, method), request, world, challenge, recorded=recorded)
    with world.mutex:
        return _answer_and_record(partial(_change, method), request, world, challenge, recorded=recorded)


def answer_not_served(
    request: Request, world: World, challenge: Challenge = no_challenge, *, recorded: bool = True
) -> tuple[Response, int]:
    """Answer a request whose method the server does not have, without its body: as a cause says, else with 405 or 501."""
    with world.mutex:
        return _answer_and_record(_refuse_not_served, request, world, challenge, recorded=recorded)


def _refuse_not_served(exchange: OpenExchange) -> Response:
    check_not_served(exchange.cause_context)
    raise not_served(exchange.request.method)


def answer_by_head(
    method: AnyMethod, request: Request, announced: int | None, world: World, challenge: Challenge = no_challenge
) -> tuple[Response, int] | None:
    """Answer a request whose body was not read, if its head decides the response; else give None, and change nothing.

    The method runs as for any request: its checks are written once. When it asks for the body, the head alone does not
    decide, and the run is dropped with its draft and its matches of causes. ``announced`` is the length of the body; None
    if it comes in chunks.
    """
    with world.mutex:
        counts = world.counts
        world.counts = dict(counts)
        try:
            answered = _answer_and_record(
                partial(_change_by_head, announced, method), request, world, challenge, recorded=True
            )
        except BodyNeeded:
            world.counts = counts
            return None
    world.apply_delays(request)
    return answered


def _answer_and_record(
    answer: Run, request: Request, world: World, challenge: Challenge, *, recorded: bool
) -> tuple[Response, int]:
    exchange = open_exchange(request, world, challenge)
    try:
        response = answer(exchange)
    except Refused as refused:
        exchange.refused = refused
        response = error_response(refused, request.base)
    except BodyNeeded:
        exchange.close()
        raise
    response = complete(response, exchange, world.state.root)
    number = _record(exchange, response) if recorded else 0
    if isinstance(response.body, bytes):
        exchange.close()  # a streamed body still reads it
    return response, number


def _record(exchange: OpenExchange, response: Response) -> int:
    """Record an exchange, which can have changed the world by now: the journal gives way if there is no memory for it."""
    journal = exchange.world.journal
    try:
        return journal.record(_journal_entry(exchange, response))
    except MemoryError:
        journal.give_way()
    try:
        return journal.record(_journal_entry(exchange, response))
    except MemoryError:
        return journal.skip()


def _journal_entry(exchange: OpenExchange, response: Response) -> JournalEntry:
    """Make the journal entry of an exchange, and of the exchanges in a batch."""
    world, refused, causes, facts = exchange.world, exchange.refused, exchange.world.causes, exchange.facts
    # A request that was refused as a whole after some of its groups were run has actions without outcomes.
    done = zip(exchange.actions, exchange.outcomes, strict=refused is None)
    refusers = [outcome.by for outcome in exchange.outcomes if isinstance(outcome, Failed)]
    if refused is not None:
        refusers.append(refused.by)
    atomic_rule = facts.atomic_rule if facts is not None and world.blueprint.atomic else None
    return JournalEntry(
        at=world.clock(),
        scenario=world.name,
        request=exchange.request,
        answer=response,
        steps=[settle(action.subject, outcome, action.needs, causes) for action, outcome in done],
        refused=batch.failed(refused) if refused is not None else None,
        causes=causes,
        held_causes=world.held,
        rule=atomic_rule or (facts.rule if facts is not None else None),
        group_rule=facts.group_rule if facts is not None else None,
        parts=[_journal_entry(item, answer) for item, answer in exchange.items],
        position=exchange.position,
        struck=behind(refusers, causes),
        notes=[*headers.overlooked(exchange.request), *exchange.notes],
    )


def _read(method: AnyMethod, exchange: OpenExchange) -> Response:
    """Answer a safe request from one root; it holds the mutex only to count the matches of causes."""
    world, index = exchange.world, exchange.world.cause_index
    with world.mutex if index.admitting or index.answering_after else nullcontext():
        check_request(exchange.cause_context)
        request_content.check(exchange.request, has_body=method.FACTS[exchange.request.method].has_body)
        method = chosen(method, exchange)
        plan = method.plan(exchange)
        assert not isinstance(plan, Parts), "a safe method has no parts"
        groups = list(plan)
        exchange.actions = [action for group in groups for action in group]
        exchange.outcomes = batch.run(groups, exchange.draft)
    response = with_content_location(method.answer(exchange), exchange)
    if index.answering_after:
        with world.mutex:
            _check_done(exchange, response)
    return response


def _change(method: AnyMethod, exchange: OpenExchange) -> Response:
    """Answer a request, then publish its changes: after the answer, so that a bug publishes nothing."""
    try:
        response = run_method(method, exchange)
    except Refused:
        exchange.world.publish()
        raise
    exchange.world.publish(exchange.draft.state)
    _check_done(exchange, response)
    return response


def _check_done(exchange: OpenExchange, response: Response) -> None:
    """Raise the answer of a cause to a request that was done, as its own response says.

    A request in which an action failed was not done as a whole, and its own response stays. So does that of a request that
    was not modified. A batch was done once each of its requests has a response.
    """
    facts = exchange.facts
    if not exchange.world.cause_index.answering_after or not 200 <= response.status <= 299:
        return
    whole = facts is not None and facts.carries_requests
    if whole or not any(isinstance(outcome, Failed) for outcome in exchange.outcomes):
        check_done(exchange.cause_context)


def _change_by_head(announced: int | None, method: AnyMethod, exchange: OpenExchange) -> Response:
    """Answer as ``_change`` does, with a request whose body can't be looked at; the journal records the one without it."""
    recorded = exchange.request
    exchange.request = head_of(recorded, announced)
    try:
        return _change(method, exchange)
    finally:
        exchange.request = recorded


def run_item(methods: MethodTable, exchange: OpenExchange) -> tuple[Response, Refused | None]:
    """Run a request of a batch; gives its own response, and the answer of a cause to the request that was done."""
    method = methods.get(exchange.request.method)
    if method is None:
        return _refuse_not_served(exchange), None
    response = run_method(method, exchange)
    try:
        _check_done(exchange, response)
    except Refused as answer:
        return response, without_frames(answer)
    return response, None


def run_method(method: AnyMethod, exchange: OpenExchange) -> Response:
    """Run a method on the draft of an exchange, and answer; the caller publishes the draft.

    The request can be an item of a batch, whose draft it then changes: the causes look at each item.
    """
    index, context = exchange.world.cause_index, exchange.cause_context
    if index.standing:
        standing.settle(index.standing, context.counts, exchange.draft)
    check_request(context)
    request_content.check(exchange.request, has_body=method.FACTS[exchange.request.method].has_body)
    method = chosen(method, exchange)
    run = partial(_plan_run_answer, method)
    if index.standing and exchange.facts is not None and not exchange.facts.carries_requests:
        return run_counting_attempts(exchange, run)
    return run(exchange)


def _plan_run_answer(method: Method, exchange: OpenExchange) -> Response:
    context = exchange.cause_context
    plan = method.plan(exchange)
    outcomes: list[Outcome] = []
    if isinstance(plan, Parts):
        _run_parts(exchange, plan, outcomes)
    else:
        _run_groups(exchange, context, plan, outcomes)
    exchange.outcomes = outcomes
    return with_content_location(method.answer(exchange), exchange)


def _run_groups(
    exchange: OpenExchange, context: CauseContext, groups: Iterable[Group], outcomes: list[Outcome]
) -> None:
    for group in groups:
        exchange.actions.extend(group)
        guarded = apply_to_group(context, group)
        batch.run_group(guarded.actions, outcomes, exchange.draft, guarded.guards)


def _run_parts(exchange: OpenExchange, parts: Parts, outcomes: list[Outcome]) -> None:
    for request, planner in parts.requests:
        part, start = exchange.part(request, judged=parts.judged), len(outcomes)
        context = part.cause_context
        groups = _plan_part(part, context, planner, parts.verb)
        _run_groups(exchange, context, [_shifted(group, start) for group in groups], outcomes)
        _answer_part(exchange, context, parts.verb, outcomes, start)
        exchange.parts.append(SubRequest(request, range(start, len(outcomes))))


def _answer_part(
    exchange: OpenExchange, context: CauseContext, verb: Verb, outcomes: list[Outcome], start: int
) -> None:
    """Let causes answer a part that was done: an action fails that stands for this answer, and the part stays done."""
    if not context.cause_index.answering_after or not all(isinstance(each, Done) for each in outcomes[start:]):
        return
    check = partial(check_done, context, exchange.cause_context)
    try:
        check()
    except Refused as answer:
        refusal = Action(Subject(verb, context.request.path), AlreadyRefused(without_frames(answer)))
        _run_groups(exchange, context, [[refusal]], outcomes)


def _plan_part(part: OpenExchange, context: CauseContext, planner: Planner, verb: Verb) -> list[Group]:
    """Plan the groups of a part, or one action that stands for the refusal of the whole part."""
    try:
        check_request(context)
        return list(planner(part))
    except Refused as refused:
        return [[Action(Subject(verb, part.request.path), AlreadyRefused(refused))]]


def _shifted(group: Group, start: int) -> Group:
    """Count the positions that the actions of a part need from the first action of the whole request."""
    return [Action(action.subject, action.run, tuple(start + need for need in action.needs)) for action in group]
