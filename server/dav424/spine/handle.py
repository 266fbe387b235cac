"""The spine: a request goes straight down it, and its response straight back.

    gateway --> handle --> run_method --> method.plan      the request becomes groups of actions
                                      --> apply_to_group   causes of the scenario can refuse them
                                      --> batch.run_group  the only place that decides 424
                               <------ method.answer       the outcomes become a response
                publishes the changed tree, lets a dialect write the response otherwise,
                and records the exchange in the journal

A request that changes a world holds its mutex, after its body was read. A reader reads one root, and waits for no other
request. A ``Refused`` that a plan raises is about the request as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from msgspec.structs import replace

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
from dav424.core.waits import about_to_wait
from dav424.dav import headers, request_content
from dav424.dav.multistatus import error_response
from dav424.faults.sent_answer import SentAnswer
from dav424.journal.entries import JournalEntry, behind, settle
from dav424.spine import beside_the_tree
from dav424.spine.attempts import run_counting_attempts
from dav424.spine.content_location import with_content_location
from dav424.spine.exchange import Around, Challenge, OpenExchange, SubRequest, no_challenge, open_exchange
from dav424.spine.faulty_answers import answers_early, spoil
from dav424.spine.method import AnyMethod, MethodModule, MethodTable, Parts, Planner, chosen, not_served
from dav424.spine.required_headers import complete
from dav424.worlds.world import World

Run = Callable[[OpenExchange], Response]
_HELD = nullcontext()
"""Stands for a mutex that the caller holds."""


def handle(
    method: AnyMethod,
    request: Request,
    world: World,
    challenge: Challenge = no_challenge,
    *,
    around: Around | None = None,
    recorded: bool = True,
) -> tuple[Response, int]:
    """Handle one request; gives the response, and the number of the exchange in the journal: 0 if it is not recorded."""
    world.apply_delays(request)
    if method.FACTS[request.method].safe:
        return _answer_and_record(
            partial(_read, method), request, world, challenge, around=around, recorded=recorded, counting=world.mutex
        )
    if world.mutex.locked():
        about_to_wait()
    with world.mutex:
        return _answer_and_record(partial(_change, method), request, world, challenge, around=around, recorded=recorded)


def answer_not_served(
    request: Request,
    world: World,
    challenge: Challenge = no_challenge,
    *,
    around: Around | None = None,
    recorded: bool = True,
) -> tuple[Response, int]:
    """Answer a request whose method the server does not have, without its body: as a cause says, else with 405 or 501."""
    with world.mutex:
        return _answer_and_record(_refuse_not_served, request, world, challenge, around=around, recorded=recorded)


def tell_without_method(
    response: Response, request: Request, world: World, around: Around, refused: Refused | None = None
) -> Response:
    """Let a dialect write a response that no method gave, such as a refusal before the request came here."""
    exchange = open_exchange(request, world, around=around)
    exchange.refused = refused
    told = around.told(exchange, response)
    exchange.close()
    return told


def _refuse_not_served(exchange: OpenExchange) -> Response:
    check_not_served(exchange.cause_context)
    raise not_served(exchange.request.method)


def answer_by_head(
    method: AnyMethod,
    request: Request,
    announced: int | None,
    world: World,
    challenge: Challenge = no_challenge,
    *,
    around: Around | None = None,
    waits: bool = True,
) -> tuple[Response, int] | None:
    """Answer a request whose body was not read, if its head decides the response; else give None, and change nothing.

    The method runs as for any request: its checks are written once. When it asks for the body, the head alone does not
    decide, and the run is dropped with its draft and its matches of causes. ``announced`` is the length of the body; None
    if it comes in chunks. A client that does not wait for a 100 Continue gets such an answer only if a fault says so.
    """
    with world.mutex:
        if not (waits or answers_early(request, world)):
            return None
        counts = world.counts
        world.counts = dict(counts)
        try:
            answered = _answer_and_record(
                partial(_change_by_head, announced, method),
                request,
                world,
                challenge,
                around=around,
                recorded=True,
                early=not waits,
            )
        except BodyNeeded:
            world.counts = counts
            return None
    world.apply_delays(request, answered=True)
    return answered


def _answer_and_record(
    answer: Run,
    request: Request,
    world: World,
    challenge: Challenge,
    *,
    around: Around | None,
    recorded: bool,
    early: bool = False,
    counting: AbstractContextManager[object] = _HELD,
) -> tuple[Response, int]:
    """Answer and record a request; ``counting`` is the mutex of the world if the caller does not hold it."""
    exchange = open_exchange(request, world, challenge, around)
    try:
        response = answer(exchange)
    except Refused as refused:
        exchange.refused = refused
        response = error_response(refused, request.base)
    except BodyNeeded:
        exchange.close()
        raise
    if response.status >= 300:
        response = complete(response, exchange, world.state.root)
    if around is not None:
        exchange.request = request  # as it was sent
        response = around.told(exchange, response)
    sent = None
    if world.faults:
        response, sent = spoil(request, response, world, counting, early=early)
    number = _record(exchange, response, sent) if recorded else 0
    if isinstance(response.body, bytes):
        exchange.close()  # a streamed body still reads it
    return response if sent is None else sent.response, number


def _record(exchange: OpenExchange, response: Response, sent: SentAnswer | None) -> int:
    """Record an exchange, which can have changed the world by now: the journal gives way if there is no memory for it."""
    journal = exchange.world.journal
    try:
        return journal.record(_journal_entry(exchange, response, sent))
    except MemoryError:
        journal.give_way()
    try:
        return journal.record(_journal_entry(exchange, response, sent))
    except MemoryError:
        return journal.skip()


def _journal_entry(exchange: OpenExchange, response: Response, sent: SentAnswer | None = None) -> JournalEntry:
    """Make the journal entry of an exchange, and of the exchanges in a batch."""
    world, refused, causes, facts = exchange.world, exchange.refused, exchange.world.causes, exchange.facts
    # A request that was refused as a whole after some of its groups were run has actions without outcomes.
    done = zip(exchange.actions, exchange.outcomes, strict=refused is None)
    refusers = [outcome.by for outcome in exchange.outcomes if isinstance(outcome, Failed)]
    if refused is not None:
        refusers.append(refused.by)
    atomic_rule = facts.atomic_rule if facts is not None and world.blueprint.atomic else None
    rule = exchange.rule or atomic_rule or (facts.rule if facts is not None else None)
    return JournalEntry(
        at=world.clock(),
        scenario=world.name,
        request=exchange.request,
        answer=response,
        sent=sent,
        steps=[settle(action.subject, outcome, action.needs, causes) for action, outcome in done],
        refused=batch.failed(refused) if refused is not None else None,
        causes=causes,
        held_causes=world.held,
        rule=rule,
        group_rule=facts.group_rule if facts is not None else None,
        parts=[_journal_entry(item, answer) for item, answer in exchange.items] if exchange.items else (),
        position=exchange.position,
        struck=behind(refusers, causes) if refusers else (),
        notes=[*headers.overlooked(exchange.request), *exchange.notes],
    )


def _read(method: AnyMethod, exchange: OpenExchange) -> Response:
    """Answer a safe request from one root; it holds the mutex only to count the matches of causes."""
    world, index = exchange.world, exchange.world.cause_index
    if exchange.around is not None:
        exchange.around.before(exchange)
    if index.admitting or index.answering_after or world.readers_wait:
        with world.mutex:
            running = _run(method, exchange)
    else:
        running = _run(method, exchange)
    response = with_content_location(running.answer(exchange), exchange)
    if index.answering_after:
        with world.mutex:
            _check_done(exchange, response)
    return response


def _run(method: AnyMethod, exchange: OpenExchange) -> MethodModule:
    """Look at the causes of a safe request, plan and run its actions; gives what answers it."""
    if exchange.world.cause_index.admitting:
        check_request(exchange.cause_context)
    beside_the_tree.check(exchange)
    request_content.check(exchange.request, has_body=method.FACTS[exchange.request.method].has_body)
    plan = (running := chosen(method, exchange)).plan(exchange)
    assert not isinstance(plan, Parts), "a safe method has no parts"
    groups = list(plan if exchange.around is None else exchange.around.plan(exchange, plan))
    if groups:
        exchange.actions = [action for group in groups for action in group]
        exchange.outcomes = batch.run(groups, exchange.draft)
    return running


def _change(method: AnyMethod, exchange: OpenExchange) -> Response:
    """Answer a request, then publish its changes: after the answer, so that a bug publishes nothing."""
    draft = exchange.draft
    try:
        response = run_method(method, exchange)
    except BaseException as error:
        stuck = draft.abandon()
        if isinstance(error, Refused):
            exchange.world.publish()
            if stuck is not None:
                raise stuck from None
        raise
    draft.finish()
    exchange.world.publish(draft.state)
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
    if exchange.around is not None:
        exchange.around.before(exchange)
    index, context = exchange.world.cause_index, exchange.cause_context
    if index.standing:
        standing.settle(index.standing, context.counts, exchange.draft)
    check_request(context)
    beside_the_tree.check(exchange)
    request_content.check(exchange.request, has_body=method.FACTS[exchange.request.method].has_body)
    run = partial(_plan_run_answer, chosen(method, exchange))
    if index.standing and exchange.facts is not None and not exchange.facts.carries_requests:
        return run_counting_attempts(exchange, run)
    return run(exchange)


def _plan_run_answer(method: MethodModule, exchange: OpenExchange) -> Response:
    context = exchange.cause_context
    plan = method.plan(exchange)
    outcomes: list[Outcome] = []
    if isinstance(plan, Parts):
        _run_parts(exchange, plan, outcomes)
    else:
        groups = plan if exchange.around is None else exchange.around.plan(exchange, plan)
        _run_groups(exchange, context, groups, outcomes)
    exchange.outcomes = outcomes
    response = with_content_location(method.answer(exchange), exchange)
    if exchange.around is not None:
        _run_after(exchange, exchange.around, outcomes)
    return response


def _run_after(exchange: OpenExchange, around: Around, outcomes: list[Outcome]) -> None:
    """Run the actions that a dialect adds when the method has answered, which the answer does not report."""
    for group in around.after(exchange):
        later = [Action(_later(action.subject), action.run, action.needs) for action in group]
        shifted = _shifted(later, len(outcomes))
        exchange.actions.extend(shifted)
        batch.run_group(shifted, outcomes, exchange.draft)


def _later(subject: Subject) -> Subject:
    """Name the thing of such an action, so that the journal does not take it for the thing that the answer reports."""
    return replace(subject, name=f"{subject.name or subject.property or 'the resource'}, after the response,")


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
