"""A request while the server handles it: what its method reads, plans and answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from dav424.causes.apply import CauseContext
from dav424.core.batch import Action, Outcome, Refused
from dav424.core.message import Request, Response
from dav424.core.method_facts import MethodFacts
from dav424.core.paths import href
from dav424.dav import if_header
from dav424.spine.derived_resources import Maker
from dav424.spine.reasons import Reasons
from dav424.store.draft import Draft
from dav424.store.slices import clear
from dav424.store.tree import Document, Node
from dav424.worlds.world import World


class Challenge(Protocol):
    """Gives the ``WWW-Authenticate`` headers of a 401 (RFC 9110 15.5.2)."""

    def __call__(self, *, expired: bool) -> Sequence[tuple[str, str]]:
        """Give the headers; ``expired`` says that the login was valid and has expired."""


def no_challenge(*, expired: bool) -> Sequence[tuple[str, str]]:
    """Give no headers, where no client can log in."""
    del expired
    return ()


class SubRequest(Struct, frozen=True):
    """A part of a request, such as one target of a BDELETE, and the positions of its actions."""

    request: Request
    positions: range


class OpenExchange(Struct):
    """A request, the draft that it changes, and its results so far.

    ``actions`` are those of all groups that were begun, by position, and so are their ``outcomes``. ``refused`` is the
    reason if the request was refused as a whole. ``facts`` are those of the method that runs; None before it is known.
    ``parts`` are the sub-requests of a method that plans ``Parts``. ``items`` are the exchanges of the requests in a
    batch, each with its response; ``position`` is that of the action of the batch that runs the request, -1 outside of a
    batch. ``notes`` are malformed parts of the request that its method accepted. ``challenge`` gives the challenge of a 401.
    """

    request: Request
    world: World
    draft: Draft
    actions: list[Action] = field(default_factory=list)
    outcomes: Sequence[Outcome] = ()
    refused: Refused | None = None
    facts: MethodFacts | None = None
    parts: list[SubRequest] = field(default_factory=list)
    items: list[tuple[OpenExchange, Response]] = field(default_factory=list)
    notes: Sequence[str] = ()
    challenge: Challenge = no_challenge
    _counts: dict[str, int] | None = None
    _verdicts: dict[str, bool] = field(default_factory=dict)
    position: int = -1
    _reasons: Reasons | None = None
    _tokens: frozenset[str] | None = None
    _if_lists: list[if_header.StateList] | None = None

    @property
    def cause_context(self) -> CauseContext:
        """The causes of the world, and what they look at for this request."""
        world = self.world
        counts = world.counts if self._counts is None else self._counts
        return CauseContext(world.cause_index, counts, self.request, self.draft, world.methods, self._verdicts)

    def part(self, request: Request, *, judged: bool) -> OpenExchange:
        """Open the exchange of a part of this request: on the same draft, with the same lock tokens and verdicts of causes.

        With ``judged``, the ``If`` header was evaluated for the whole request, and the part does not evaluate it again.
        """
        return OpenExchange(
            replace(request, around=self.request.method, chunked=self.request.chunked),
            self.world,
            self.draft,
            _tokens=self.tokens,
            _if_lists=[] if judged else None,
            _counts=self._counts,
            _verdicts=self._verdicts,
        )

    def trial(self) -> OpenExchange:
        """Open an exchange of the same request that changes nothing: its draft and its counters are thrown away."""
        counts = dict(self.cause_context.counts)
        return OpenExchange(
            self.request,
            self.world,
            self.draft.fork(),
            facts=self.facts,
            _counts=counts,
            _verdicts=dict(self._verdicts),
        )

    @property
    def tokens(self) -> frozenset[str]:
        """The lock tokens that the ``If`` header submits, in any of its lists (RFC 4918 10.4.1)."""
        if self._tokens is None:
            self._tokens = frozenset(token for state_list in self.if_lists for token in state_list.tokens)
        return self._tokens

    @property
    def if_lists(self) -> list[if_header.StateList]:
        """The lists of the ``If`` header; refuses with 400 a malformed one."""
        if self._if_lists is None:
            self._if_lists = if_header.parse(self.request)
        return self._if_lists

    def target(self) -> Node:
        """Find the node at the Request-URI; refuses with 404 an unmapped URL, and a document named with a slash at the end."""
        node = self.draft.get(self.request.path)
        if self.request.slash and isinstance(node, Document):
            raise Refused(404, f"{href(self.request.path)} is a document; name it without the slash at the end.")
        return node

    def because(self, position: int) -> str:
        """Say which failures the 424 at a position depended on."""
        if self._reasons is None:
            self._reasons = Reasons(self.actions, self.outcomes)
        return self._reasons.sentence(position)

    def close(self) -> None:
        """Drop the actions and results, which refer to the exchange: without these cycles, its memory is freed at once."""
        actions, outcomes = self.actions, self.outcomes
        self.actions, self.outcomes, self.parts, self._reasons = [], (), [], None
        clear(actions)
        if isinstance(outcomes, list):
            clear(outcomes)
        for item, _ in self.items:
            item.close()
        self.items = []


def open_exchange(request: Request, world: World, challenge: Challenge = no_challenge) -> OpenExchange:
    """Open an exchange on a new draft of the current state of a world."""
    make = Maker(world.cause_index, world.counts, request, world.methods)
    return OpenExchange(request, world, Draft(world.state, world.clock(), make, world.budget), challenge=challenge)
