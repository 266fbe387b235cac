"""The reader of JSON batches (OData JSON 4.01 19.1): request objects become items; ``graph_reader`` reads Graph's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Raw, Struct

from dav424.core.decode import from_json as read_typed
from dav424.core.json_pointer import fragment
from dav424.methods.batch_requests import if_expression
from dav424.methods.batch_requests.items import (
    HEADER_VALUE,
    ID_RULE,
    JSON_TYPE,
    MOST_ITEMS,
    MOST_PROBLEMS,
    NESTED_BATCH,
    NOT_INSIDE,
    REQUEST_ID,
    TOKEN,
    WITHOUT_BODY,
    WITHOUT_EFFECT,
    BatchItem,
    BatchProblem,
    MalformedBatch,
    forbidden_body,
    forbidden_header,
    has_authority,
    is_batch,
)
from dav424.methods.batch_requests.json_bodies import BodyError, from_json
from dav424.methods.batch_requests.strict_json import decode

_TYPES = {"id": str, "method": str, "url": str, "headers": dict, "dependsOn": list, "atomicityGroup": str, "if": str}
_CALLED: Mapping[type, str] = {str: "a string", dict: "an object", list: "an array"}
_UNUSABLE_IN_URL = re.compile(r"[\x00-\x20\x7f#]")


class _Body(Struct):
    body: Raw = Raw()


class _Envelope(Struct):
    requests: list[_Body]


class JsonBatchReader:
    """Reads one batch: one request object after the other, with the ids and groups of all.

    A format that differs has a subclass. ``notes`` are the malformed parts of the batch that the reader accepted.
    """

    most: ClassVar[int] = MOST_ITEMS
    status_of_too_many: ClassVar[int] = 413
    needs_content_type: ClassVar[bool] = False
    members: ClassVar[Sequence[str]] = ("id", "method", "url", "headers", "body", "dependsOn", "atomicityGroup", "if")
    """The members that a request object can have."""
    id_form: ClassVar[re.Pattern[str]] = REQUEST_ID
    id_rule: ClassVar[str] = ID_RULE

    def __init__(self) -> None:
        self.problems: list[BatchProblem] = []
        self.notes: list[str] = []
        self._requests: Sequence[Any] = ()
        self._ids: dict[str, int] = {}
        self._groups: dict[str, int] = {}

    @staticmethod
    def fold(name: str) -> str:
        """Give a common form for ids that count as equal."""
        return name

    def read(self, body: bytes) -> list[BatchItem]:
        """Read the items of a batch; raises ``MalformedBatch`` with all problems, up to ``MOST_PROBLEMS``."""
        data = decode(body)
        if not isinstance(data, dict):
            raise MalformedBatch([BatchProblem("#", "A batch must be an object with the member requests.")])
        for name in data:
            if name != "requests" and "@" not in name:
                self.unknown(f"Unknown member {name[:80]!r}. A batch has the member requests.", name)
        requests = data.get("requests")
        if not isinstance(requests, list):
            missing = BatchProblem(fragment("requests"), "requests is missing, or is not an array.")
            raise MalformedBatch([*self.problems, missing][:MOST_PROBLEMS])
        if len(requests) > self.most:
            detail = f"The batch has {len(requests)} requests; at most {self.most} are accepted."
            raise MalformedBatch([BatchProblem(fragment("requests"), detail)], self.status_of_too_many)
        items = self._items(requests, body)
        if self.problems:
            raise MalformedBatch(self.problems[:MOST_PROBLEMS])
        return items

    def _items(self, requests: Sequence[Any], body: bytes) -> list[BatchItem]:
        """Read the items without those that have problems."""
        self._requests = requests
        for index, request in enumerate(requests):
            name, group = self._text(request, "id"), self._text(request, "atomicityGroup")
            if name:
                self._ids.setdefault(self.fold(name), index)
            if group and "atomicityGroup" in self.members:
                self._groups.setdefault(group, index)
        wrong = [index for index, request in enumerate(requests) if not isinstance(request, dict)]
        for index in wrong:
            self.problem("A request must be an object.", index)
        if wrong:
            return []
        raws = read_typed(body, _Envelope).requests
        items = [self.item(index, bytes(raw.body)) for index, raw in enumerate(raws) if not self.full]
        return [item for item in items if item is not None]

    def unknown(self, detail: str, *steps: str | int) -> None:
        """Take a member that no rule names, at a place: it is a problem."""
        self.problems.append(BatchProblem(fragment(*steps), detail))

    @property
    def full(self) -> bool:
        """Whether there are enough problems to stop reading."""
        return len(self.problems) >= MOST_PROBLEMS

    def problem(self, detail: str, index: int, *steps: str | int) -> None:
        """Add a problem of a request, or of a member of it."""
        self.problems.append(BatchProblem(fragment("requests", index, *steps), detail))

    @staticmethod
    def _text(request: Any, member: str) -> str:
        value = request.get(member) if isinstance(request, dict) else None
        return value if isinstance(value, str) else ""

    def item(self, index: int, raw: bytes) -> BatchItem | None:
        """Read one request; None if it has problems."""
        request = self.present(self._requests[index])
        known = len(self.problems)
        self._check_members(index, request)
        if len(self.problems) > known:
            return None
        group = request.get("atomicityGroup") if "atomicityGroup" in self.members else None
        self._check_names(index, request["id"], group)
        method = request["method"].upper()
        headers = self._headers(index, request.get("headers", {}))
        self._check_url(index, method, request["url"])
        item = self.make_item(index, request, method, headers, raw)
        self._check_references(index, item)
        return item if len(self.problems) == known else None

    def present(self, request: dict[str, Any]) -> dict[str, Any]:
        """Give the members of a request object that count."""
        return request

    def make_item(
        self, index: int, request: dict[str, Any], method: str, headers: dict[str, str], raw: bytes
    ) -> BatchItem:
        """Make the item of a request object whose members have their types; ``raw`` is the JSON of its body."""
        return BatchItem(
            request["id"],
            method,
            request["url"],
            headers,
            self._body(index, method, headers, raw, request.get("body")),
            request.get("atomicityGroup"),
            self._needs(index, request),
            self._condition(index, request.get("if")),
        )

    def _check_members(self, index: int, request: dict[str, Any]) -> None:
        """Check that all members are known, none is missing, and each has its type."""
        for name in request:
            if name not in self.members and "@" not in name:
                near = difflib.get_close_matches(name.replace("_", ""), self.members, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"A request can have {', '.join(self.members)}."
                self.unknown(f"Unknown member {name[:80]!r}. {hint}", "requests", index, name)
        for name in ("id", "method", "url"):
            if name not in request:
                self.problem(f"{name} is missing.", index, name)
        for name, kind in _TYPES.items():
            if name in request and name in self.members and not isinstance(request[name], kind):
                self.problem(f"{name} must be {_CALLED[kind]}.", index, name)
        method = request.get("method")
        if isinstance(method, str) and not TOKEN.fullmatch(method):
            self.problem(f"{method[:80]!r} is not a valid method name.", index, "method")

    def _check_names(self, index: int, name: str, group: str | None) -> None:
        """Check that the id is valid and unique, and that the group's name is valid and its members are adjacent."""
        if not self.id_form.fullmatch(name):
            self.problem(f"An id must have {self.id_rule}.", index, "id")
            return
        first = self._ids[self.fold(name)]
        if first != index:
            same = "the same id" if self._requests[first]["id"] == name else "the same id in another case"
            self.problem(f"Request {first}, counted from 0, has {same}.", index, "id")
        if name in self._groups:
            self.problem(f"{name!r} is also the name of an atomicityGroup. Choose another id.", index, "id")
        if group is None:
            return
        if not REQUEST_ID.fullmatch(group):
            self.problem(f"A group's name must have {ID_RULE}.", index, "atomicityGroup")
        elif self._groups[group] != index and self._text(self._requests[index - 1], "atomicityGroup") != group:
            self.problem(
                f"The members of {group!r} must be adjacent; other requests are between them.", index, "atomicityGroup"
            )

    def _headers(self, index: int, sent: dict[str, Any]) -> dict[str, str]:
        headers: dict[str, str] = {}
        for name, value in sent.items():
            lower = name.lower()
            if not TOKEN.fullmatch(name):
                self.problem(f"{name[:80]!r} is not a valid header name.", index, "headers", name)
            elif not isinstance(value, str) or not HEADER_VALUE.fullmatch(value):
                self.problem(
                    "The value of a header must be a string of Latin-1, without line breaks.", index, "headers", name
                )
            elif lower in WITHOUT_EFFECT:
                continue
            elif lower in NOT_INSIDE:
                self.problem(
                    forbidden_header(lower),
                    index,
                    "headers",
                    name,
                )
            elif lower in headers:
                self.problem(f"The header {lower} occurs twice.", index, "headers", name)
            else:
                headers[lower] = value.strip(" \t")
        return headers

    def _check_url(self, index: int, method: str, url: str) -> None:
        if not url or _UNUSABLE_IN_URL.search(url):
            self.problem(
                "A url must not be empty or contain '#', control characters or, outside of Graph, spaces.", index, "url"
            )
        elif has_authority(url):
            self.problem("Send the url as an absolute or relative path, without a server.", index, "url")
        elif method == "POST" and is_batch(url):
            self.problem(NESTED_BATCH, index, "url")

    def _body(self, index: int, method: str, headers: dict[str, str], raw: bytes, value: Any) -> bytes:
        """Read a body, and add the default ``content-type`` to ``headers``."""
        if value is None:
            return b""
        if method in WITHOUT_BODY:
            self.problem(forbidden_body(method), index, "body")
            return b""
        if "content-type" not in headers and self.needs_content_type:
            self.problem("A body needs a content-type in headers.", index, "headers")
            return b""
        # OData JSON 4.02 19.1; the text of 4.01 demands a content-type, and its own example has none.
        return self.content(index, raw, value, headers.setdefault("content-type", JSON_TYPE))

    def content(self, index: int, raw: bytes, value: Any, content_type: str) -> bytes:
        """Give the content of a body in bytes; ``raw`` is its JSON as it was received."""
        try:
            return from_json(raw, value, content_type)
        except BodyError as error:
            self.problem(str(error), index, "body")
            return b""

    def _needs(self, index: int, request: dict[str, Any]) -> tuple[str, ...]:
        needs: dict[str, None] = {}
        names = request.get("dependsOn", ())
        groups = {name for name in names if isinstance(name, str)} | {self._text(request, "atomicityGroup")}
        for at, name in enumerate(names):
            problem = (
                self._wrong_dependency(index, groups, name) if isinstance(name, str) else "An id must be a string."
            )
            if problem:
                self.problem(problem, index, "dependsOn", at)
            if self.full:
                break
            if not problem:
                target = self._ids.get(self.fold(name))
                needs[self._requests[target]["id"] if target is not None else name] = None
        return tuple(needs)

    def _wrong_dependency(self, index: int, groups: set[str], name: str) -> str | None:
        """Say why a request can't depend on this name; None if it can.

        It can depend on the members of these ``groups``: its own one, and those that it depends on, too (19.1).
        """
        target, group = self._ids.get(self.fold(name)), self._groups.get(name)
        own_group = self._requests[index].get("atomicityGroup")
        if target is None and group is None:
            grouped = ", nor a group of that name" if "atomicityGroup" in self.members else ""
            return f"There is no request {name[:80]!r}{grouped}."
        if target == index:
            return f"Request {name!r} can't depend on itself."
        if target is None and own_group == name:
            return f"Group {name!r} can't depend on itself. Name the member that the request needs."
        at = target if target is not None else group
        assert at is not None, "it is one or the other"
        if at > index:
            circle = " They are a circle: it depends on this request." if self._leads_to(at, index) else ""
            return f"{name!r} comes later. A request can depend only on requests before it.{circle}"
        other_group = self._text(self._requests[at], "atomicityGroup") if target is not None else ""
        if other_group in self._groups and other_group not in groups:
            return f"Request {name!r} is a member of group {other_group!r}. Depend on the group, or on both."
        return None

    def _leads_to(self, start: int, end: int) -> bool:
        """Say whether a request depends on another, directly or not."""
        todo, seen = [start], {start}
        while todo:
            names = self._requests[todo.pop()].get("dependsOn")
            for name in names if isinstance(names, list) else ():
                key = self.fold(name) if isinstance(name, str) else ""
                needed = self._ids.get(key, self._groups.get(key))
                if needed == end:
                    return True
                if needed is not None and needed not in seen:
                    seen.add(needed)
                    todo.append(needed)
        return False

    def _condition(self, index: int, text: str | None) -> if_expression.Expression | None:
        if text is None:
            return None
        try:
            return if_expression.parse(text)
        except if_expression.ExpressionError as error:
            self.problem(f"The condition is malformed: {error}.", index, "if")
            return None

    def _check_references(self, index: int, item: BatchItem) -> None:
        """Check that each ``$id`` is a request before this one, and one that it depends on."""
        places = {
            place: (name, ("url",) if place == "url" else ("headers", place)) for place, name in item.references.items()
        }
        places |= {f"if {name}": (name, ("if",)) for name in (item.condition.ids if item.condition else ())}
        for name, steps in places.values():
            target = self._ids.get(name)
            if target is None or target >= index:
                self.problem(f"${name[:80]} refers to no request before this one.", index, *steps)
                continue
            group = self._text(self._requests[target], "atomicityGroup")
            if name not in item.needs and (group == (item.group or "") or group not in item.needs):
                wanted = group if group and group != item.group else name
                self.problem(f"The request uses ${name[:80]}. Add {wanted!r} to dependsOn.", index, *steps)
