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

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from dav424.causes.apply import CauseContext
from dav424.core import batch, reason_phrases
from dav424.core.batch import Failed, Group, Outcome, Refused
from dav424.core.message import Request, Response
from dav424.core.paths import href
from dav424.dav import if_header
from dav424.dav.live_properties import READING
from dav424.spine.derived_resources import Maker
from dav424.store.draft import Draft
from dav424.store.tree import Document, Node
from dav424.worlds.world import World

SAFE = frozenset(READING)
MOST_NAMED = 8
"""How many causes an explanation names before it only counts."""


class SubRequest(Struct, frozen=True):
    """A request within a request, one target of a batch, and the positions of the actions that it came to."""

    request: Request
    positions: range


class OpenExchange(Struct):
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
    parts: list[SubRequest] = field(default_factory=list)
    asked: Request | None = None
    inside: list[tuple[OpenExchange, Response]] = field(default_factory=list)
    via: Method | None = None
    kept: Any = None
    _reasons: dict[int, str] = field(default_factory=dict)
    _tokens: frozenset[str] | None = None
    _if_lists: list[if_header.StateList] | None = None

    def __post_init__(self) -> None:
        """Let the draft make what is derived, as far as what is in this request's way lets it."""
        self.draft.make = Maker(self.world.cause_index, self.world.counts, self.request)

    @property
    def cause_context(self) -> CauseContext:
        """What is in this request's way."""
        return CauseContext(self.world.cause_index, self.world.counts, self.asked or self.request, self.draft)

    def part(self, request: Request, *, judged: bool) -> OpenExchange:
        """Make the exchange of a request within this one: on the same draft, with the same lock tokens.

        If the ``If`` header was ``judged``, for this request as a whole, it is not asked again.
        """
        return OpenExchange(request, self.world, self.draft, _tokens=self.tokens, _if_lists=[] if judged else None)

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
        return f"{self.actions[position].subject} ({status} {reason_phrases.reason(status)})"

    def end(self) -> None:
        """Let go of what was planned, which holds the exchange in turn: all of it is freed with its last user."""
        self.actions, self.outcomes, self.parts, self.kept = [], (), [], None
        for inner, _ in self.inside:
            inner.end()
        self.inside = []


class Method(Protocol):
    """A module of ``methods``: an HTTP method, or a family of them."""

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Turn the request into groups of actions, or raise ``Refused`` about it as a whole.

        An iterator is asked for a group when its turn has come: it sees what the groups before it have done, and
        what it doesn't give any more is never begun.
        """

    def answer(self, exchange: OpenExchange) -> Response:
        """Turn the outcomes into an answer."""
