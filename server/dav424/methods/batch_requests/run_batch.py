"""A run of one batch: items become groups and needs, and the spine runs each item as a request.

    item                     groups of actions
    without a group          [condition] do | confirm
    members of a group       [condition] do confirm [condition] do confirm ...

*do* runs the request on the draft of the batch, and keeps its response. *confirm* refuses, with the status of the
cause, if the request failed; dependents and the group need *confirm*. For an item without a group, *do* stays done
in either case, so that a DELETE that succeeded in part stays so, as it does outside of a batch (RFC 4918 9.6.1). In a
group, everything is undone. A condition that doesn't hold is refused with 412, and one that the server can't evaluate
with 501, so that its dependents have a cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.batch import FAILED_DEPENDENCY, Action, Failed, Group, Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.hrefs import spellings
from dav424.core.message import Request, Response
from dav424.core.paths import Path, href, split
from dav424.core.space_names import path_in_world
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dav.multistatus import error_response
from dav424.methods.batch_requests.items import MOST_ANSWERED, REFERRING, Batch, BatchItem, has_authority
from dav424.spine.exchange import OpenExchange
from dav424.spine.handle import run_item
from dav424.spine.method import MethodTable
from dav424.spine.required_headers import complete
from dav424.store.tree import Document


class InnerFailure(Struct, frozen=True):
    """A failure inside a 207: the refused action, and the reason."""

    what: str
    status: int
    detail: str
    condition: ConditionCode | None
    by: object = None


class ItemResult(Struct, frozen=True):
    """The result of an item: its response, ``refused`` if it failed, and the path of the resource it made or changed.

    ``inner`` are the failures in a 207.
    """

    response: Response
    refused: Refused | None = None
    path: Path = ()
    inner: Sequence[InnerFailure] = ()


class BatchRun:
    """One batch while it runs. Positions are those of the actions in the whole batch."""

    def __init__(self, exchange: OpenExchange, batch: Batch, methods: MethodTable) -> None:
        self.exchange, self.batch, self.items = exchange, batch, batch.items
        self._methods = methods
        self._left = MOST_ANSWERED
        self._wasted = 0
        self.results: list[ItemResult | None] = [None] * len(self.items)
        self.members = _adjacent(self.items)
        """The items of each group, by the number of the group."""
        self.group_of = [number for number, members in enumerate(self.members) for _ in members]
        self.item_at: list[int] = []
        """The item of each position."""
        self._starts: list[int] = []
        for index, item in enumerate(self.items):
            self._starts.append(len(self.item_at))
            self.item_at += [index] * (2 if item.condition is None else 3)
        self.by_name = {item.id: index for index, item in enumerate(self.items)}
        self.by_name |= {item.group: index for index, item in enumerate(self.items) if item.group is not None}
        self._whole: list[bool] = []

    def confirmed_at(self, index: int) -> int:
        """Give the position of the action *confirm* of an item."""
        return self._starts[index] + (1 if self.items[index].condition is None else 2)

    @property
    def begun(self) -> int:
        """The number of items that were begun: all, unless a failure ended the batch."""
        return self.item_at[len(self.exchange.outcomes) - 1] + 1 if self.exchange.outcomes else 0

    def groups(self) -> Iterator[Group]:
        """Iterate over the groups, up to a failure that ends the batch."""
        for members in self.members:
            if self.items[members[0]].group is None:
                *doing, confirming = self._actions(members[0])
                yield doing
                yield [confirming]
            else:
                yield [action for index in members for action in self._actions(index)]
            self._whole.append(all(map(self.went_well, members)))
            if self.batch.stops and not self._whole[-1]:
                return

    def _actions(self, index: int) -> list[Action]:
        item, start = self.items[index], self._starts[index]
        needs = tuple(self.confirmed_at(self.by_name[name]) for name in item.needs)
        do, confirm = partial(self._do, index), partial(self._confirm, index)
        if item.condition is None:
            return [Action(f"send {item}", do, needs), Action(f"confirm {item}", confirm, (start,))]
        check = Action(f"check {item}", partial(self._check_condition, index))
        return [check, Action(f"send {item}", do, (start,)), Action(f"confirm {item}", confirm, (start + 1,))]

    def name_stuck(self) -> None:
        """Answer for each item whose changes could not be undone with the reason: it was done, and depended on nothing."""
        outcomes = list(self.exchange.outcomes)
        for index in range(self.begun):
            sent = outcomes[self.confirmed_at(index) - 1]
            if isinstance(sent, Failed):  # sending itself never fails: the store reports its undo so
                refused = Refused(sent.status, sent.detail, sent.condition, sent.by)
                self.results[index] = ItemResult(self._refusal(refused, None), refused)
                outcomes[self.confirmed_at(index)] = sent
        self.exchange.outcomes = outcomes

    def went_well(self, index: int) -> bool:
        """Say whether an item succeeded, even if its group was undone."""
        result = self.results[index]
        return result is not None and result.refused is None

    def _check_condition(self, index: int) -> None:
        condition = self.items[index].condition
        assert condition is not None, "only an item with a condition has this action"
        if condition.unsupported:
            raise Refused(
                501,
                f"The server can't evaluate {condition.unsupported[:80]!r} in the condition {condition.text[:200]!r}. "
                "It evaluates $<id>/$succeeded, and, or, not, eq, ne, true and false.",
            )
        own_group = self.group_of[index]

        def succeeded(name: str) -> bool:
            other = self.by_name[name]
            number = self.group_of[other]
            # A group that has ended is all or nothing. Of the item's own group, only the results so far are known.
            return self.went_well(other) if number == own_group else self._whole[number]

        if not condition.holds(succeeded):
            states = {name: "succeeded" if succeeded(name) else "failed" for name in condition.ids}
            listed = ", ".join(f"request {name} {state}" for name, state in list(states.items())[:8])
            raise Refused(412, f"The condition {condition.text[:200]!r} doesn't hold{': ' if listed else ''}{listed}.")

    def _do(self, index: int) -> None:
        """Run an item as a request; its changes stay only if it has a response."""
        request: Request | None = None
        try:
            request = self._request(self.items[index])
            with self.exchange.draft.savepoint() as savepoint:
                result = self._carry_out(request, self.confirmed_at(index) - 1)
                savepoint.commit()
        except Refused as refused:
            result = ItemResult(self._refusal(refused, request), refused)
        self.results[index] = result

    def _confirm(self, index: int) -> int | None:
        """Refuse if the request failed, else give the status of its response."""
        result = self.results[index]
        if result is None:
            return None
        if result.refused is not None:
            raise result.refused
        return result.response.status

    def _request(self, item: BatchItem) -> Request:
        if item.malformed:
            raise Refused(400, item.malformed)
        outer = self.exchange.request
        path, slash = self._resolve(item)
        sent = self._sent(item, path)
        references = {name: self._referred(item, name) for name in REFERRING if name in item.headers}
        return replace(
            outer,
            method=item.method,
            path=path,
            slash=slash,
            headers={**item.headers, **references},
            body=item.body,
            target="",
            chunked=False,
            spellings=spellings(sent, (*outer.base_path, *path), {**item.headers, **references}.get("destination")),
        )

    def _sent(self, item: BatchItem, path: Path) -> str:
        """Give the path of an item's URL from the root of the server, spelled as the batch spells it."""
        base, url = self.exchange.request.base, item.url.partition("?")[0]
        if item.reference is not None:
            return base.url(href(path))
        if url.startswith("/") and not item.rooted:
            return url
        return base.url("/") + url.removeprefix("/")

    def _resolve(self, item: BatchItem) -> tuple[Path, bool]:
        """Find the path of an item's URL, which must be within the scenario."""
        url = item.url.partition("?")[0]
        if item.reference is not None:
            rest, slash = split("/" + url.partition("/")[2])
            return self._made_by(item.reference) + rest, slash and "/" in url
        if item.rooted or not url.startswith("/"):
            return split("/" + url.removeprefix("/"))
        segments, slash = split(url)
        path = path_in_world(segments, self.exchange.request.base_path)
        if path is None:
            raise Refused(
                404, f"{url[:200]} is outside of {self.exchange.request.base}/. A batch can only use URLs in it."
            )
        return path, slash

    def _made_by(self, name: str) -> Path:
        result = self.results[self.by_name[name]]
        if result is None or result.refused is not None:
            raise Refused(404, f"Request {name} failed, so ${name} refers to no resource.")
        return result.path

    def _referred(self, item: BatchItem, header: str) -> str:
        """Replace the reference in a header by an entity-tag or a path."""
        value = item.headers[header]
        name = item.references.get(header)
        if name is None:
            relative = header == "destination" and value and not value.startswith("/") and not has_authority(value)
            return f"{self.exchange.request.base}/{value}" if relative else value  # as the url of an item
        path = self._made_by(name)
        if header == "destination":
            _, slash, rest = value.partition("/")
            return self.exchange.request.base.url(href(path)) + slash + rest
        result = self.results[self.by_name[name]]
        answered = {key.lower(): text for key, text in result.response.headers} if result else {}
        node = self.exchange.draft.find(path)
        tag = answered.get("etag") or (node.etag if isinstance(node, Document) else None)
        if tag is None:
            raise Refused(412, f"{header} refers to ${name}, which has no entity-tag.")
        return tag

    def _carry_out(self, request: Request, position: int) -> ItemResult:
        """Run a request; ``position`` is that of its action in the batch."""
        world = self.exchange.world
        inner = OpenExchange(request, world, self.exchange.draft, world.methods, position=position)
        try:
            self._refuse_further_reads(request)
            response, answer = run_item(self._methods, inner)
            response = replace(response, body=b"" if request.method == "HEAD" else self._whole_body(response))
        except Refused as refused:
            inner.refused = refused
            self.exchange.items.append((inner, error_response(refused, request.base)))
            raise
        if answer is not None:
            inner.refused, response = answer, self._refusal(answer, request)
        self.exchange.items.append((inner, response))
        return _judge(response, inner) if answer is None else ItemResult(response, answer)

    def _refusal(self, refused: Refused, request: Request | None) -> Response:
        """Answer for an item that was refused as a whole, with the headers that the status demands."""
        exchange = self.exchange
        if request is None:
            return error_response(refused, exchange.request.base)
        response = error_response(refused, request.base)
        if request.method == "HEAD":
            response = replace(response, body=b"")
        inner = OpenExchange(
            request,
            exchange.world,
            exchange.draft,
            exchange.world.methods,
            refused=refused,
            challenge=exchange.challenge,
        )
        return complete(response, inner, exchange.draft.root, inside=True)

    def _refuse_further_reads(self, request: Request) -> None:
        """Refuse a read before its response is made, if responses that are as long as all allowed ones were made in vain."""
        if self._wasted <= MOST_ANSWERED or request.method == "HEAD":
            return
        method = self._methods.get(request.method)
        if method is not None and method.FACTS[request.method].safe:
            raise _too_much()

    def _whole_body(self, response: Response) -> bytes:
        """Read a streamed body to its end now, since the next item changes the resources that it describes."""
        pieces, size = [], 0
        for piece in [response.body] if isinstance(response.body, bytes) else response.body:
            size += len(piece)
            if size > self._left:
                self._wasted += size
                raise _too_much()
            pieces.append(piece)
        self._left -= size
        return b"".join(pieces)


def _too_much() -> Refused:
    return Refused(
        507, f"The responses of this batch have more than {MOST_ANSWERED} bytes. Send fewer requests at once."
    )


def _adjacent(items: Sequence[BatchItem]) -> list[list[int]]:
    """Put the members of each group together; an item without a group is alone."""

    def group(index: int) -> str | int:
        name = items[index].group
        return index if name is None else name

    return [list(members) for _, members in groupby(range(len(items)), group)]


def _judge(response: Response, inner: OpenExchange) -> ItemResult:
    """Decide whether a request succeeded: by its status, and by the failures inside a 207.

    The status of a failure is that of the response, or the first cause's if the response is 2xx or 424.
    """
    causes = [
        InnerFailure(_describe(action.subject, inner), failed.status, failed.detail, _condition(failed), failed.by)
        for action, failed in zip(inner.actions, inner.outcomes, strict=True)
        if isinstance(failed, Failed)
    ]
    successful = 200 <= response.status <= 299
    if successful and (not causes or inner.world.blueprint.status_line_counts):
        return ItemResult(response, path=_resulting_path(inner.request, response))
    own = not successful and response.status != FAILED_DEPENDENCY
    status = response.status if own else causes[0].status
    first = causes[0] if causes else InnerFailure("", status, "", None)
    return ItemResult(response, Refused(status, first.detail, first.condition, first.by), inner=causes)


def _describe(subject: object, inner: OpenExchange) -> str:
    if not isinstance(subject, Subject):
        return str(subject)
    url = inner.request.base.url(href(subject.path))
    return f"{subject.verb} {subject.property} of {url}" if subject.property else f"{subject.verb} {url}"


def _condition(failed: Failed) -> ConditionCode | None:
    return failed.condition if isinstance(failed.condition, ConditionCode) else None


def _resulting_path(request: Request, response: Response) -> Path:
    """Give the path of the resource that a request made or changed."""
    if request.method in ("COPY", "MOVE"):
        return headers.destination(request)
    location = dict(response.headers).get("Location")
    if location is not None:
        resolved = request.within_world(location, "Location")
        if resolved is not None:
            return resolved[0]
    return request.path
