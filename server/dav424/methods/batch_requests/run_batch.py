"""A batch on its way: parts become groups and needs, and each part goes down the spine by itself.

    part                     groups of actions
    alone                    [condition] do | confirm
    members of a group       [condition] do confirm [condition] do confirm ...

*do* carries the request out, on the draft of the batch, and keeps its answer. *confirm* is refused, with
the status of the cause, if it has failed: that is what its dependents and its group need. Of a part alone, *do*
stands whatever came of it, so that a DELETE that was done in part stays so, as it would outside of a
batch (RFC 4918 9.6.1); in a group all of it is undone. A condition that doesn't hold is refused
with 412, so that what isn't done because of it has a cause, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import FAILED_DEPENDENCY, Action, Failed, Group, Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.message import Request, Response
from dav424.core.paths import Path, href, split, within
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dav.allowed_methods import with_allow
from dav424.dav.multistatus import error_response
from dav424.methods.batch_requests.items import MOST_ANSWERED, REFERRING, Batch, BatchItem
from dav424.spine.exchange import OpenExchange
from dav424.spine.handle import run_method
from dav424.spine.method import MethodTable, find_method
from dav424.store.tree import Document


class InnerFailure(Struct, frozen=True):
    """A failure inside of a 207: what was refused, and why."""

    what: str
    status: int
    detail: str
    condition: ConditionCode | None
    by: object = None


class ItemResult(Struct, frozen=True):
    """What came of a part by itself: its answer, ``refused`` if it has failed, and where what it made is.

    ``inner`` are the failures in a 207.
    """

    response: Response
    refused: Refused | None = None
    where: Path = ()
    inner: Sequence[InnerFailure] = ()


class BatchRun:
    """One batch on its way. Positions are those of the actions in the whole batch."""

    def __init__(self, exchange: OpenExchange, batch: Batch, methods: MethodTable) -> None:
        self.exchange, self.batch, self.parts = exchange, batch, batch.parts
        self._methods = methods
        self._left = MOST_ANSWERED
        self.results: list[ItemResult | None] = [None] * len(self.parts)
        self.members = _adjacent(self.parts)
        """The parts of each group, by the group's number."""
        self.group_of = [number for number, members in enumerate(self.members) for _ in members]
        self.part_at: list[int] = []
        """The part of each position."""
        self._starts: list[int] = []
        for index, part in enumerate(self.parts):
            self._starts.append(len(self.part_at))
            self.part_at += [index] * (2 if part.condition is None else 3)
        self.by_name = {part.id: index for index, part in enumerate(self.parts)}
        self.by_name |= {part.group: index for index, part in enumerate(self.parts) if part.group is not None}
        self._whole: list[bool] = []

    def confirmed_at(self, index: int) -> int:
        """Give the position at which a part is known to have succeeded."""
        return self._starts[index] + (1 if self.parts[index].condition is None else 2)

    @property
    def begun(self) -> int:
        """How many parts were begun: all, unless a failure has ended it."""
        return self.part_at[len(self.exchange.outcomes) - 1] + 1 if self.exchange.outcomes else 0

    def groups(self) -> Iterator[Group]:
        """Give one group after the other, up to a failure that ends the batch."""
        for members in self.members:
            if self.parts[members[0]].group is None:
                *doing, confirming = self._actions(members[0])
                yield doing
                yield [confirming]
            else:
                yield [action for index in members for action in self._actions(index)]
            self._whole.append(all(map(self.went_well, members)))
            if self.batch.stops and not self._whole[-1]:
                return

    def _actions(self, index: int) -> list[Action]:
        part, start = self.parts[index], self._starts[index]
        needs = tuple(self.confirmed_at(self.by_name[name]) for name in part.needs)
        do, confirm = partial(self._do, index), partial(self._confirm, index)
        if part.condition is None:
            return [Action(f"send {part}", do, needs), Action(f"confirm {part}", confirm, (start,))]
        check = Action(f"check {part}", partial(self._check_condition, index))
        return [check, Action(f"send {part}", do, (start,)), Action(f"confirm {part}", confirm, (start + 1,))]

    def went_well(self, index: int) -> bool:
        """Say whether a part has succeeded by itself, whatever became of its group."""
        result = self.results[index]
        return result is not None and result.refused is None

    def _check_condition(self, index: int) -> None:
        condition = self.parts[index].condition
        assert condition is not None, "only a part with a condition has it checked"
        mine = self.group_of[index]

        def succeeded(name: str) -> bool:
            other = self.by_name[name]
            number = self.group_of[other]
            # A group that has ended stands or falls as one; of the part's own, only what is done so far is known.
            return self.went_well(other) if number == mine else self._whole[number]

        if not condition.holds(succeeded):
            said = {name: "succeeded" if succeeded(name) else "failed" for name in condition.ids}
            told = ", ".join(f"request {name} has {how}" for name, how in list(said.items())[:8])
            raise Refused(412, f"The condition {condition.text[:200]!r} doesn't hold{': ' if told else ''}{told}.")

    def _do(self, index: int) -> None:
        """Carry a part out as the request that it is; what it did stays only if it could be answered."""
        request: Request | None = None
        try:
            request = self._request(self.parts[index])
            with self.exchange.draft.savepoint() as savepoint:
                result = self._carry_out(request)
                savepoint.commit()
        except Refused as refused:
            result = ItemResult(self._refusal(refused, request), refused)
        self.results[index] = result

    def _confirm(self, index: int) -> None:
        result = self.results[index]
        if result is not None and result.refused is not None:
            raise result.refused

    def _request(self, part: BatchItem) -> Request:
        outer = self.exchange.request
        path, slash = self._resolve(part)
        sent = {**part.headers, **{name: self._referred(part, name) for name in REFERRING if name in part.headers}}
        return replace(
            outer, method=part.method, path=path, slash=slash or not path, headers=sent, body=part.body, target=""
        )

    def _resolve(self, part: BatchItem) -> tuple[Path, bool]:
        """Find what a part's URL means: within the scenario, since a batch can't leave it."""
        url = part.url.partition("?")[0]
        if part.reference is not None:
            rest, slash = split("/" + url.partition("/")[2])
            return self._made_by(part.reference) + rest, slash and "/" in url
        if part.rooted or not url.startswith("/"):
            return split("/" + url.removeprefix("/"))
        base = self.exchange.request.base_path
        segments, slash = split(url)
        if segments[: len(base)] != base:
            raise Refused(404, f"{url[:200]} lies outside of {self.exchange.request.base}/, which no batch can leave.")
        return segments[len(base) :], slash

    def _made_by(self, name: str) -> Path:
        result = self.results[self.by_name[name]]
        if result is None or result.refused is not None:
            raise Refused(404, f"Request {name} has failed, so there is nothing that ${name} could mean.")
        return result.where

    def _referred(self, part: BatchItem, header: str) -> str:
        """Put what is meant in the place of a reference in a header: an entity-tag, or a path."""
        value = part.headers[header]
        name = part.references.get(header)
        if name is None:
            return value
        path = self._made_by(name)
        if header == "destination":
            _, slash, rest = value.partition("/")
            return self.exchange.request.base + href(path) + slash + rest
        result = self.results[self.by_name[name]]
        answered = {key.lower(): each for key, each in result.response.headers} if result else {}
        node = self.exchange.draft.find(path)
        tag = answered.get("etag") or (node.etag if isinstance(node, Document) else None)
        if tag is None:
            raise Refused(412, f"{header}: ${name} has no entity-tag.")
        return tag

    def _carry_out(self, request: Request) -> ItemResult:
        method = find_method(self._methods, request.method)
        inner = OpenExchange(request, self.exchange.world, self.exchange.draft)
        try:
            response = run_method(method, inner)
            response = replace(response, body=b"" if request.method == "HEAD" else self._whole_body(response))
        except Refused as refused:
            inner.refused = refused
            self.exchange.items.append((inner, error_response(refused, request.base)))
            raise
        self.exchange.items.append((inner, response))
        return _judge(response, inner)

    def _refusal(self, refused: Refused, request: Request | None) -> Response:
        """Answer for a part that was refused as a whole; a 405 says which methods there are (RFC 9110 15.5.6)."""
        response = error_response(refused, self.exchange.request.base)
        if request is None:
            return response
        return with_allow(response, self.exchange.world.methods, request.path, self.exchange.draft.find(request.path))

    def _whole_body(self, response: Response) -> bytes:
        """Read a body to its end, now: what it speaks of changes with the next part."""
        pieces, size = [], 0
        for piece in [response.body] if isinstance(response.body, bytes) else response.body:
            size += len(piece)
            if size > self._left:
                most = f"{MOST_ANSWERED} bytes"
                raise Refused(507, f"The answers of this batch come to more than {most}; send fewer at once.")
            pieces.append(piece)
        self._left -= size
        return b"".join(pieces)


def _adjacent(parts: Sequence[BatchItem]) -> list[list[int]]:
    """Put the members of each group together; a part without one is by itself."""

    def group(index: int) -> str | int:
        name = parts[index].group
        return index if name is None else name

    return [list(members) for _, members in groupby(range(len(parts)), group)]


def _judge(response: Response, inner: OpenExchange) -> ItemResult:
    """Say whether a request has succeeded: by its status, and by what it says inside of a 207.

    The status of its failure is its own or, where that looks like a success, the first cause's.
    """
    causes = [
        InnerFailure(_what(action.subject, inner), each.status, each.detail, _condition(each), each.by)
        for action, each in zip(inner.actions, inner.outcomes, strict=True)
        if isinstance(each, Failed)
    ]
    successful = 200 <= response.status <= 299
    if successful and (not causes or inner.world.blueprint.status_line_counts):
        return ItemResult(response, where=_where(inner.request, response))
    own = not successful and response.status != FAILED_DEPENDENCY
    status = response.status if own else causes[0].status
    first = causes[0] if causes else InnerFailure("", status, "", None)
    return ItemResult(response, Refused(status, first.detail, first.condition, first.by), inner=causes)


def _what(subject: object, inner: OpenExchange) -> str:
    if not isinstance(subject, Subject):
        return str(subject)
    where = inner.request.base + href(subject.path)
    return f"{subject.verb} {subject.property} of {where}" if subject.property else f"{subject.verb} {where}"


def _condition(failed: Failed) -> ConditionCode | None:
    return failed.condition if isinstance(failed.condition, ConditionCode) else None


def _where(request: Request, response: Response) -> Path:
    """Say where what a request has made, or spoken of, is to be found."""
    if request.method in ("COPY", "MOVE"):
        return headers.destination(request)
    location = dict(response.headers).get("Location")
    if location is not None:
        found = within(location, request.base_path, "Location")
        if found is not None:
            return found[0]
    return request.path
