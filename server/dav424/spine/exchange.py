"""A request while the server handles it: what its method reads, plans and answers with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from dav424.causes.apply import CauseContext
from dav424.causes.privileges import privileges
from dav424.core.batch import Action, Group, Outcome, Refused
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts, MethodFacts, Rule
from dav424.core.paths import Path, href
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


class Around(Protocol):
    """A dialect around the methods: how a server in the field answers.

    The methods and the core do not know it. ``handle`` asks it at four stages of a request:

        before --> method.plan --> plan --> batch --> method.answer --> after --> told

    The requests in a batch, and the parts of a request, have nothing around them.
    """

    def offered(self, methods: Facts) -> Facts:
        """Give those of the methods that the server has, with those that it alone has."""

    def before(self, exchange: OpenExchange) -> None:
        """Change the request of an exchange, or refuse it. The journal keeps the request that was sent."""

    def plan(self, exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
        """Change the groups that the method has planned."""

    def after(self, exchange: OpenExchange) -> Iterable[Group]:
        """Give groups to run when the method has answered: no cause refuses them, and the journal has their actions."""

    def told(self, exchange: OpenExchange, response: Response) -> Response:
        """Write the response otherwise; also that of a request that was refused."""


class SubRequest(Struct, frozen=True):
    """A part of a request, such as one target of a BDELETE, and the positions of its actions."""

    request: Request
    positions: range


class OpenExchange(Struct):
    """A request, the draft that it changes, and its results so far.

    ``methods`` are those that the server has, with their facts. ``actions`` are those of all groups that were begun, by position, and so are their ``outcomes``. ``refused`` is the
    reason if the request was refused as a whole. ``facts`` are those of the method that runs; None before it is known.
    ``parts`` are the sub-requests of a method that plans ``Parts``. ``items`` are the exchanges of the requests in a
    batch, each with its response; ``position`` is that of the action of the batch that runs the request, -1 outside of a
    batch. ``notes`` are malformed parts of the request that its method accepted. ``prepared`` is the part of a plan that the
    answer reads. ``challenge`` gives the challenge of a 401. ``around`` is the dialect that the server speaks; None for the answers of the RFCs.

    A dialect sets three more before the method plans. ``atomic`` makes all steps one group. ``rule`` replaces the rule of the
    method that says why an action depends on another one. The locks with the tokens ``overlooked`` refuse no write.
    """

    request: Request
    world: World
    draft: Draft
    methods: Facts
    actions: list[Action] = field(default_factory=list)
    outcomes: Sequence[Outcome] = ()
    refused: Refused | None = None
    facts: MethodFacts | None = None
    parts: list[SubRequest] = field(default_factory=list)
    items: list[tuple[OpenExchange, Response]] = field(default_factory=list)
    notes: Sequence[str] = ()
    prepared: object = None
    challenge: Challenge = no_challenge
    around: Around | None = None
    atomic: bool = False
    rule: Rule | None = None
    overlooked: frozenset[str] = frozenset()
    _counts: dict[str, int] | None = None
    _verdicts: dict[str, bool] = field(default_factory=dict)
    position: int = -1
    _reasons: Reasons | None = None
    _tokens: frozenset[str] | None = None
    _if_lists: list[if_header.StateList] | None = None

    @property
    def is_atomic(self) -> bool:
        """Say whether the steps of a request succeed or fail as a whole."""
        return self.atomic or self.world.blueprint.atomic

    @property
    def cause_context(self) -> CauseContext:
        """The causes of the world, and what they look at for this request."""
        world = self.world
        counts = world.counts if self._counts is None else self._counts
        return CauseContext(world.cause_index, counts, self.request, self.draft, self.methods, self._verdicts)

    def privileges(self, path: Path) -> Sequence[str]:
        """List the privileges that the causes leave to the user on the resource at a path."""
        return privileges(self.cause_context, path)

    def part(self, request: Request, *, judged: bool) -> OpenExchange:
        """Open the exchange of a part of this request: on the same draft, with the same lock tokens and verdicts of causes.

        With ``judged``, the ``If`` header was evaluated for the whole request, and the part does not evaluate it again.
        """
        return OpenExchange(
            replace(request, around=self.request.method, chunked=self.request.chunked),
            self.world,
            self.draft,
            self.world.methods,
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
            self.methods,
            facts=self.facts,
            around=self.around,
            atomic=self.atomic,
            rule=self.rule,
            overlooked=self.overlooked,
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


def open_exchange(
    request: Request, world: World, challenge: Challenge = no_challenge, around: Around | None = None
) -> OpenExchange:
    """Open an exchange on a new draft of the current state of a world."""
    make = Maker(world.cause_index, world.counts, request, world.methods)
    methods = world.methods if around is None else around.offered(world.methods)
    return OpenExchange(request, world, world.open_draft(make), methods, challenge=challenge, around=around)
