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

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, Protocol

from msgspec import Struct, field

from dav424 import batch, if_header, multistatus
from dav424.batch import Failed, Group, Outcome, Refused
from dav424.causes import Cause, Obstacles, Scene, admit, delay, plant
from dav424.condition import Condition
from dav424.live import READING
from dav424.store import Draft, State
from dav424.tree import Collection, Document, Node, Path, href

SAFE = frozenset(READING)
MOST_NAMED = 8
"""How many causes an explanation names before it only counts."""
CLASSES = "1, 2, 3, extended-mkcol, ordered-collections"


class Request(Struct, frozen=True):
    """A request whose target was understood and whose body has arrived whole.

    ``path`` is within the world, ``base`` the world's own path as it stands in URLs (``/NAME``);
    header names are lower-case; ``user`` is empty for anonymous.
    """

    method: str
    path: Path
    slash: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""
    user: str = ""


class Response(Struct, frozen=True):
    """An answer; a body that isn't bytes is streamed. ``phrase`` stands in for the registered reason phrase."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | Iterable[bytes] = b""
    phrase: str = ""


class World:
    """Everything one test must not share with another: the tree, what is in the way, and the time.

    ``users`` are names and passwords, to be given by one of the authentication ``schemes``; with none,
    everybody may come in. In an ``atomic`` world a DELETE, COPY or MOVE is done as a whole or not at all
    (RFC 5842 2.4). Where it ``tells_dependents``, an ORDERPATCH that failed names what could have been done too.
    """

    state: State
    causes: dict[str, Cause]
    counts: dict[str, int]
    obstacles: Obstacles

    def __init__(
        self,
        name: str,
        initial: Collection,
        causes: Sequence[Cause] = (),
        users: Mapping[str, str] = MappingProxyType({}),
        *,
        schemes: Literal["any", "basic", "digest"] = "any",
        atomic: bool = False,
        read_only: bool = False,
        tells_dependents: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.name, self.initial, self.initial_causes, self.users = name, initial, causes, users
        self.schemes, self.atomic, self.read_only = schemes, atomic, read_only
        self.tells_dependents = tells_dependents
        self.clock, self.sleep = clock, sleep
        self.turn = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Put the tree, the causes and their counters back as the scenario has them."""
        with self.turn:
            self.counts, self.causes, self.state = {}, {}, State(self.initial)
            self._rearrange({cause.id: cause for cause in self.initial_causes})

    def rearrange(self, changed: Mapping[str, Cause | None]) -> None:
        """Add, replace or, with None, remove causes by id; the tree keeps everything else.

        Raises ``Refused`` and changes nothing if a cause can't be put into the tree as it is now.
        """
        with self.turn:
            self._rearrange(changed)

    def hold_up(self, request: Request) -> None:
        """Let a request wait as long as the causes say; nobody else waits with it."""
        if not self.obstacles.delays:
            return
        with self.turn:
            seconds = delay(self.obstacles.delays, self.counts, request)
        if seconds:
            self.sleep(seconds)

    def _rearrange(self, changed: Mapping[str, Cause | None]) -> None:
        draft = Draft(self.state, self.clock())
        for name in changed:
            if name in self.causes:
                self.causes[name].clear(draft)
        for cause in changed.values():
            if cause is not None:
                cause.arrange(draft)
        merged = {**self.causes, **changed}
        self.causes = {name: cause for name, cause in merged.items() if cause is not None}
        self.obstacles = Obstacles(self.causes.values())
        self.counts = {name: count for name, count in self.counts.items() if name not in changed}
        self.state = draft.state


class Part(Struct, frozen=True):
    """A request within a request, one target of a batch, and the positions of the actions that it came to."""

    request: Request
    positions: range


class Exchange(Struct):
    """One request on its way: a method fills it from plan to answer.

    ``actions`` are those of all groups, by position, as ``outcomes`` are. Of a batch, ``parts`` are those
    planned so far, and ``asked`` is the one that the next groups belong to; ``via`` is whom a POST was for.
    """

    request: Request
    world: World
    draft: Draft
    outcomes: Sequence[Outcome] = ()
    actions: list[batch.Action] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    asked: Request | None = None
    via: Method | None = None
    _reasons: dict[int, str] = field(default_factory=dict)
    _tokens: frozenset[str] | None = None
    _if_lists: list[if_header.StateList] | None = None

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


class Method(Protocol):
    """A module of ``methods``: an HTTP method, or a family of them."""

    def plan(self, exchange: Exchange) -> Iterable[Group]:
        """Turn the request into groups of actions, or raise ``Refused`` about it as a whole.

        An iterator is asked for a group when its turn has come: it sees what the groups before it have done.
        """

    def answer(self, exchange: Exchange) -> Response:
        """Turn the outcomes into an answer."""


def conduct(method: Method, request: Request, world: World) -> Response:
    """Carry one request out and answer it."""
    world.hold_up(request)
    try:
        if request.method in SAFE:
            return _read(method, request, world)
        with world.turn:
            return _change(method, request, world)
    except Refused as refused:
        return refusal(refused, request.base)


def _read(method: Method, request: Request, world: World) -> Response:
    """Answer a request that changes nothing, from one root; only where causes count does it take a turn."""
    exchange = Exchange(request, world, Draft(world.state, world.clock()))
    if world.obstacles.admitting:
        with world.turn:
            admit(exchange.scene)
    method.plan(exchange)
    return method.answer(exchange)


def _change(method: Method, request: Request, world: World) -> Response:
    """Answer a request and publish what it changed: not before all went well, so that a bug changes nothing."""
    exchange = Exchange(request, world, Draft(world.state, world.clock()))
    admit(exchange.scene)
    exchange.outcomes = batch.run(_planted(exchange, method.plan(exchange)), exchange.draft)
    response = method.answer(exchange)
    world.state = exchange.draft.state
    return response


def _planted(exchange: Exchange, groups: Iterable[Group]) -> Iterator[Group]:
    """Note each group when its turn has come, and put the causes in front of it."""
    asked, scene = exchange.asked, exchange.scene
    for group in groups:
        if exchange.asked is not asked:
            asked, scene = exchange.asked, exchange.scene
        exchange.actions.extend(group)
        yield from plant(scene, [group])


def refusal(refused: Refused | Failed, base: str = "") -> Response:
    """Answer for a request that failed as a whole: the condition as XML, else a sentence as text."""
    if isinstance(refused.condition, Condition):
        body = multistatus.error_document(refused.condition, refused.detail, base)
        return Response(refused.status, [("Content-Type", multistatus.XML_TYPE)], body)
    return plain(refused.status, refused.detail)


def plain(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Answer with a sentence of text."""
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers], f"{message}\n".encode())
