"""The spine: one request travels straight down it, and its answer straight back.

    share --> conduct --> method.plan      bytes become intent: groups of actions
                      --> causes.plant     the scenario gets in the way
                      --> batch.run        424 is decided there, and nowhere else
              <------ method.answer        outcomes become bytes
                      and the new root is published

Writers of one world take turns, after their bodies were read; readers hold one root and wait for
nobody. A ``Refused`` that leaves a plan is about the whole request and is answered as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, Protocol

from msgspec import Struct, field

from dav424.causes import Scene, admit, plant
from dav424.core import batch
from dav424.core.batch import Failed, Group, Outcome, Refused
from dav424.core.condition_codes import Condition
from dav424.core.message import Request, Response
from dav424.dav import headers, if_header, multistatus
from dav424.dav.live_properties import READING
from dav424.journal.journal import Entry, settled
from dav424.spine.derived_resources import Maker
from dav424.store.draft import Draft
from dav424.store.tree import Document, Node, href
from dav424.worlds.world import World

__all__ = ["CLASSES", "SAFE", "Exchange", "Method", "Request", "Response", "World", "conduct", "plain", "refusal"]

SAFE = frozenset(READING)
MOST_NAMED = 8
"""How many causes an explanation names before it only counts."""
CLASSES = "1, 2, 3, extended-mkcol, ordered-collections"


class Part(Struct, frozen=True):
    """A request within a request, one target of a batch, and the positions of the actions that it came to."""

    request: Request
    positions: range


class Exchange(Struct):
    """One request on its way: a method fills it from plan to answer.

    ``actions`` are those of all groups that were begun, by position, as ``outcomes`` are; ``refused`` is set if
    the request was refused as a whole. Of a batch, ``parts`` are those planned so far, and ``asked`` is the one that
    the next groups belong to; ``inside`` are the requests that were carried out whole, with their answers. ``via``
    is whom a POST was for; ``kept`` is what the method itself wants to know again when it answers.
    """

    request: Request
    world: World
    draft: Draft
    outcomes: Sequence[Outcome] = ()
    actions: list[batch.Action] = field(default_factory=list)
    refused: Refused | None = None
    parts: list[Part] = field(default_factory=list)
    asked: Request | None = None
    inside: list[tuple[Exchange, Response]] = field(default_factory=list)
    via: Method | None = None
    kept: Any = None
    _reasons: dict[int, str] = field(default_factory=dict)
    _tokens: frozenset[str] | None = None
    _if_lists: list[if_header.StateList] | None = None

    def __post_init__(self) -> None:
        """Let the draft make what is derived, as far as what is in this request's way lets it."""
        self.draft.make = Maker(self.world.obstacles, self.world.counts, self.request)

    @property
    def scene(self) -> Scene:
        """What is in this request's way."""
        return Scene(self.world.obstacles, self.world.counts, self.asked or self.request, self.draft)

    def part(self, request: Request, *, judged: bool) -> Exchange:
        """Make the exchange of a request within this one: on the same draft, with the same lock tokens.

        If the ``If`` header was ``judged``, for this request as a whole, it is not asked again.
        """
        return Exchange(request, self.world, self.draft, _tokens=self.tokens, _if_lists=[] if judged else None)

    @property
    def tokens(self) -> frozenset[str]:
        """The lock tokens that ``If`` submits, wherever in it they stand (RFC 4918 10.4.1)."""
        if self._tokens is None:
            self._tokens = frozenset(token for each in self.if_lists for token in each.tokens)
        return self._tokens

    @property
    def if_lists(self) -> list[if_header.StateList]:
        """The lists of the ``If`` header; refuses with 400 one that is malformed."""
        if self._if_lists is None:
            self._if_lists = if_header.parse(self.request)
        return self._if_lists

    def target(self) -> Node:
        """Find what the request is about, or refuse with 404; a document isn't named with a slash at its end."""
        node = self.draft.get(self.request.path)
        if self.request.slash and isinstance(node, Document):
            raise Refused(404, f"{href(self.request.path)} is a document; name it without the slash at the end.")
        return node

    def because(self, position: int) -> str:
        """Say which failures the 424 at a position came from."""
        outcome = self.outcomes[position]
        # What one group undid depended on the very same causes: they are looked up and worded once.
        key = id(outcome.on) if isinstance(outcome, batch.FailedDependency) else -1
        if key not in self._reasons:
            found = batch.causes_of(self.outcomes, position)
            named = dict.fromkeys(self._name(cause) for cause in found[:MOST_NAMED])
            more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            self._reasons[key] = f"Not done, because this failed: {'; '.join(named)}{more}."
        return self._reasons[key]

    def _name(self, position: int) -> str:
        outcome = self.outcomes[position]
        status = outcome.status if isinstance(outcome, Failed) else 0
        return f"{self.actions[position].label} ({status} {multistatus.reason(status)})"

    def end(self) -> None:
        """Let go of what was planned, which holds the exchange in turn: all of it is freed with its last user."""
        self.actions, self.outcomes, self.parts, self.kept = [], (), [], None
        for inner, _ in self.inside:
            inner.end()
        self.inside = []


class Method(Protocol):
    """A module of ``methods``: an HTTP method, or a family of them."""

    def plan(self, exchange: Exchange) -> Iterable[Group]:
        """Turn the request into groups of actions, or raise ``Refused`` about it as a whole.

        An iterator is asked for a group when its turn has come: it sees what the groups before it have done, and
        what it doesn't give any more is never begun.
        """

    def answer(self, exchange: Exchange) -> Response:
        """Turn the outcomes into an answer."""


def conduct(
    method: Method, request: Request, world: World, finish: Callable[[Response], Response] = lambda response: response
) -> tuple[Response, int]:
    """Carry one request out; gives the answer, ``finish``ed, and the number under which the journal has it."""
    world.hold_up(request)
    if request.method in SAFE:
        return _carry_out(method, request, world, finish)
    with world.turn:
        return _carry_out(method, request, world, finish)


def _carry_out(
    method: Method, request: Request, world: World, finish: Callable[[Response], Response]
) -> tuple[Response, int]:
    exchange = Exchange(request, world, Draft(world.state, world.clock()))
    try:
        response = (_read if request.method in SAFE else _change)(method, exchange)
    except Refused as refused:
        exchange.refused = refused
        response = refusal(refused, request.base)
    response = finish(response)
    number = world.journal.record(_entry(exchange, response))
    if isinstance(response.body, bytes):
        exchange.end()  # what is streamed is still being told of
    return response, number


def _entry(exchange: Exchange, response: Response) -> Entry:
    """Make a journal's entry of an exchange, and of those within it."""
    world, refused, causes = exchange.world, exchange.refused, exchange.world.causes
    # What was refused as a whole after it had begun has no outcomes.
    done = zip(exchange.actions, exchange.outcomes, strict=refused is None)
    return Entry(
        at=world.clock(),
        scenario=world.name,
        request=exchange.request,
        answer=response,
        steps=[settled(action.label, outcome, action.needs, causes) for action, outcome in done],
        refused=batch.failed(refused) if refused is not None else None,
        causes=causes,
        atomic=world.blueprint.atomic,
        parts=[_entry(inner, answer) for inner, answer in exchange.inside],
        notes=headers.overlooked(exchange.request),
    )


def note(world: World, request: Request, response: Response, refused: Refused | None = None) -> int:
    """Write an exchange that the spine never saw into the journal, before its answer leaves; gives its number."""
    exchange = Exchange(request, world, Draft(world.state, world.clock()), refused=refused)
    return world.journal.record(_entry(exchange, response))


def _read(method: Method, exchange: Exchange) -> Response:
    """Answer a request that changes nothing, from one root; only where causes count does it take a turn."""
    world = exchange.world
    with world.turn if world.obstacles.admitting else nullcontext():
        admit(exchange.scene)
        groups = list(method.plan(exchange))
        exchange.actions = [action for group in groups for action in group]
        exchange.outcomes = batch.run(groups, exchange.draft)
    return method.answer(exchange)


def _change(method: Method, exchange: Exchange) -> Response:
    """Answer a request and publish what it changed: not before all went well, so that a bug changes nothing."""
    response = carry_out(method, exchange)
    exchange.world.state = exchange.draft.state
    return response


def carry_out(method: Method, exchange: Exchange) -> Response:
    """Carry a request out on its draft, and answer it; to publish the draft is somebody else's.

    It may be part of another request, whose draft it then works on: what is in the way is looked for anew.
    """
    guards = exchange.draft.commit_guards
    admit(exchange.scene)
    groups = method.plan(exchange)
    try:
        exchange.outcomes = batch.run(_planted(exchange, groups), exchange.draft)
        return method.answer(exchange)
    finally:
        exchange.draft.commit_guards = guards


def _planted(exchange: Exchange, groups: Iterable[Group]) -> Iterator[Group]:
    """Note each group when its turn has come, and put the causes in front of it."""
    asked, scene = exchange.asked, exchange.scene
    for group in groups:
        if exchange.asked is not asked:
            asked, scene = exchange.asked, exchange.scene
        exchange.actions.extend(group)
        yield plant(scene, group)


def refusal(refused: Refused | Failed, base: str = "") -> Response:
    """Answer for a request that failed as a whole: the condition as XML, else a sentence as text."""
    if isinstance(refused.condition, Condition):
        body = multistatus.error_document(refused.condition, refused.detail, base)
        return Response(refused.status, [("Content-Type", multistatus.XML_TYPE)], body)
    return plain(refused.status, refused.detail)


def plain(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Answer with a sentence of text."""
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers], f"{message}\n".encode())
