"""Request objects of JSON batches (OData JSON 4.01 19.1, Microsoft Graph) become parts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from dav424.core.json_pointer import fragment
from dav424.methods.batch_requests import if_expression
from dav424.methods.batch_requests.items import (
    HEADER_VALUE,
    MOST_PROBLEMS,
    NOT_INSIDE,
    REQUEST_ID,
    TOKEN,
    WITHOUT_BODY,
    BatchItem,
    BatchProblem,
    MalformedBatch,
    has_authority,
    is_batch,
)
from dav424.methods.batch_requests.json_bodies import BodyError, from_json
from dav424.methods.batch_requests.strict_json import decode

_MEMBERS = ("id", "method", "url", "headers", "body", "dependsOn")
_TYPES = {"id": str, "method": str, "url": str, "headers": dict, "dependsOn": list, "atomicityGroup": str, "if": str}
_CALLED: Mapping[type, str] = {str: "a string", dict: "an object", list: "an array"}
_GRAPH_ID = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_UNUSABLE_IN_URL = re.compile(r"[\x00-\x20\x7f#]")


class Rules(Struct, frozen=True):
    """How two kinds of batches differ. ``graph`` has no groups, no conditions and no references."""

    most: int
    graph: bool = False

    @property
    def members(self) -> tuple[str, ...]:
        """What a request object may have."""
        return _MEMBERS if self.graph else (*_MEMBERS, "atomicityGroup", "if")

    def fold(self, name: str) -> str:
        """Give what ids that count as the same have in common."""
        return name.casefold() if self.graph else name


class _Body(Struct):
    body: Raw = Raw()


class _Envelope(Struct):
    requests: list[_Body]


def read(body: bytes, rules: Rules) -> list[BatchItem]:
    """Read the parts of a batch; raises ``Malformed`` with all that is wrong, up to a number."""
    data = decode(body)
    if not isinstance(data, dict):
        raise MalformedBatch([BatchProblem("#", "A batch is an object with the member requests.")])
    unknown = [
        BatchProblem(fragment(name), f"There is no member {name[:80]!r} here; a batch has requests.")
        for name in data
        if name != "requests" and "@" not in name
    ]
    requests = data.get("requests")
    if not isinstance(requests, list):
        raise MalformedBatch(
            [*unknown, BatchProblem(fragment("requests"), "requests must be there, and be an array.")][:MOST_PROBLEMS]
        )
    if len(requests) > rules.most:
        detail = f"There are {len(requests)} requests; a batch may have {rules.most}."
        raise MalformedBatch([BatchProblem(fragment("requests"), detail)], 400 if rules.graph else 413)
    reader = _BatchParser(rules, requests)
    reader.problems += unknown
    if all(isinstance(item, dict) for item in requests):
        raws = msgspec.json.decode(body, type=_Envelope).requests
        parts = [reader.part(index, bytes(raw.body)) for index, raw in enumerate(raws) if not reader.full]
    else:
        parts = []
        for index, item in enumerate(requests):
            if not isinstance(item, dict):
                reader.problem("A request is an object.", index)
    if reader.problems:
        raise MalformedBatch(reader.problems[:MOST_PROBLEMS])
    return [part for part in parts if part is not None]


class _BatchParser:
    """Reads one request object after the other, with what all of them are called in view."""

    def __init__(self, rules: Rules, requests: Sequence[Any]) -> None:
        self._rules, self._requests = rules, requests
        self.problems: list[BatchProblem] = []
        self._ids: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        for index, item in enumerate(requests):
            name, group = self._text(item, "id"), self._text(item, "atomicityGroup")
            if name:
                self._ids.setdefault(rules.fold(name), index)
            if group and not rules.graph:
                self._groups.setdefault(group, index)

    @property
    def full(self) -> bool:
        """Whether enough is wrong to stop looking for more."""
        return len(self.problems) >= MOST_PROBLEMS

    def problem(self, detail: str, index: int, *steps: str | int) -> None:
        """Note something wrong with a request, or a member of it."""
        self.problems.append(BatchProblem(fragment("requests", index, *steps), detail))

    @staticmethod
    def _text(item: Any, member: str) -> str:
        value = item.get(member) if isinstance(item, dict) else None
        return value if isinstance(value, str) else ""

    def part(self, index: int, raw: bytes) -> BatchItem | None:
        """Read one; None if it has problems."""
        item: dict[str, Any] = self._requests[index]
        known = len(self.problems)
        self._check_members(index, item)
        if len(self.problems) > known:
            return None
        group = item.get("atomicityGroup")
        self._check_names(index, item["id"], group)
        method = item["method"].upper()
        headers = self._headers(index, item.get("headers", {}))
        self._check_url(index, method, item["url"])
        part = BatchItem(
            item["id"],
            method,
            item["url"],
            headers,
            self._body(index, method, headers, raw, item.get("body")),
            group,
            self._needs(index, item),
            self._condition(index, item.get("if")),
            rooted=self._rules.graph,
            referring=not self._rules.graph,
        )
        self._check_references(index, part)
        return part if len(self.problems) == known else None

    def _check_members(self, index: int, item: dict[str, Any]) -> None:
        """Check that the members are known, there, and of their types."""
        for name in item:
            if name not in self._rules.members and "@" not in name:
                near = difflib.get_close_matches(name.replace("_", ""), self._rules.members, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(self._rules.members)}."
                self.problem(f"There is no member {name[:80]!r} here; {hint}", index, name)
        for name in ("id", "method", "url"):
            if name not in item:
                self.problem(f"{name} must be there.", index, name)
        for name, kind in _TYPES.items():
            if name in item and name in self._rules.members and not isinstance(item[name], kind):
                self.problem(f"{name} must be {_CALLED[kind]}.", index, name)
        method = item.get("method")
        if isinstance(method, str) and not TOKEN.fullmatch(method):
            self.problem(f"{method[:80]!r} can't be the name of a method.", index, "method")

    def _check_names(self, index: int, name: str, group: str | None) -> None:
        """Check that the id is an id and nobody else's, and the group's name a name and its members adjacent."""
        form = _GRAPH_ID if self._rules.graph else REQUEST_ID
        if not form.fullmatch(name):
            self.problem("An id has 1 to 256 letters, digits, '-', '.', '_' or '~'.", index, "id")
            return
        first = self._ids[self._rules.fold(name)]
        if first != index:
            same = "the same id" if self._requests[first]["id"] == name else "the same id, since case doesn't count"
            self.problem(f"Request {first}, counted from 0, has {same}.", index, "id")
        if name in self._groups:
            self.problem(f"{name!r} is the name of an atomicityGroup, too.", index, "id")
        if group is None:
            return
        if not REQUEST_ID.fullmatch(group):
            self.problem("A group's name has 1 to 256 letters, digits, '-', '.', '_' or '~'.", index, "atomicityGroup")
        elif self._groups[group] != index and self._text(self._requests[index - 1], "atomicityGroup") != group:
            self.problem(f"The members of {group!r} must be adjacent; others stand between.", index, "atomicityGroup")

    def _headers(self, index: int, sent: dict[str, Any]) -> dict[str, str]:
        headers: dict[str, str] = {}
        for name, value in sent.items():
            lower = name.lower()
            if not TOKEN.fullmatch(name):
                self.problem(f"{name[:80]!r} can't be the name of a header.", index, "headers", name)
            elif not isinstance(value, str) or not HEADER_VALUE.fullmatch(value):
                self.problem(
                    "The value of a header is a string of Latin-1, without line breaks.", index, "headers", name
                )
            elif lower in NOT_INSIDE:
                self.problem(f"{lower} can't be sent within a batch; it is the batch's.", index, "headers", name)
            elif lower in headers:
                self.problem(f"{lower} stands here twice.", index, "headers", name)
            else:
                headers[lower] = value.strip(" \t")
        return headers

    def _check_url(self, index: int, method: str, url: str) -> None:
        if not url or _UNUSABLE_IN_URL.search(url):
            self.problem("A url is neither empty nor has it spaces, control characters or a '#'.", index, "url")
        elif has_authority(url):
            self.problem("Write the url as an absolute path or a relative one, without a server.", index, "url")
        elif method == "POST" and is_batch(url):
            self.problem("A batch can't hold another batch.", index, "url")

    def _body(self, index: int, method: str, headers: Mapping[str, str], raw: bytes, value: Any) -> bytes:
        if value is None:
            return b""
        if method in WITHOUT_BODY:
            self.problem(f"A {method} has no body.", index, "body")
            return b""
        if "content-type" not in headers:
            self.problem("A body needs a content-type among the headers.", index, "headers")
            return b""
        try:
            return from_json(raw, value, headers["content-type"])
        except BodyError as error:
            self.problem(str(error), index, "body")
            return b""

    def _needs(self, index: int, item: dict[str, Any]) -> tuple[str, ...]:
        needs: dict[str, None] = {}
        for at, name in enumerate(item.get("dependsOn", ())):
            wrong = (
                "An id must be a string." if not isinstance(name, str) else self._wrong_dependency(index, item, name)
            )
            if wrong:
                self.problem(wrong, index, "dependsOn", at)
            if self.full:
                break
            if not wrong:
                target = self._ids.get(self._rules.fold(name))
                needs[self._requests[target]["id"] if target is not None else name] = None
        return tuple(needs)

    def _wrong_dependency(self, index: int, item: dict[str, Any], name: str) -> str | None:
        """Say why a request can't depend on what is called so; None if it can."""
        target, group, mine = self._ids.get(self._rules.fold(name)), self._groups.get(name), item.get("atomicityGroup")
        if target is None and group is None:
            return f"There is no request {name[:80]!r}{'' if self._rules.graph else ', nor a group of that name'}."
        if target == index:
            return f"Request {name!r} depends on itself."
        if target is None and mine == name:
            return f"Group {name!r} depends on itself; name the member that is needed."
        at = target if target is not None else group
        assert at is not None, "it is one or the other"
        if at > index:
            circle = " Theirs is a circle: it depends on this one." if self._leads_to(at, index) else ""
            return f"{name!r} comes later; a request can only depend on what precedes it.{circle}"
        theirs = self._text(self._requests[at], "atomicityGroup") if target is not None else ""
        if theirs and not self._rules.graph and theirs != mine:
            return f"Request {name!r} is a member of group {theirs!r}; depend on the group instead."
        return None

    def _leads_to(self, start: int, end: int) -> bool:
        """Say whether a request depends on another, by whatever way."""
        todo, seen = [start], {start}
        while todo:
            names = self._requests[todo.pop()].get("dependsOn")
            for name in names if isinstance(names, list) else ():
                key = self._rules.fold(name) if isinstance(name, str) else ""
                found = self._ids.get(key, self._groups.get(key))
                if found == end:
                    return True
                if found is not None and found not in seen:
                    seen.add(found)
                    todo.append(found)
        return False

    def _condition(self, index: int, text: str | None) -> if_expression.Expression | None:
        if text is None:
            return None
        try:
            return if_expression.parse(text)
        except if_expression.ExpressionError as error:
            self.problem(f"The condition can't be read: {error}.", index, "if")
            return None

    def _check_references(self, index: int, part: BatchItem) -> None:
        """Check that what is referred to as ``$id`` precedes the request, and is among what it depends on."""
        spots = {
            where: (name, ("url",) if where == "url" else ("headers", where)) for where, name in part.references.items()
        }
        spots |= {f"if {name}": (name, ("if",)) for name in (part.condition.ids if part.condition else ())}
        for name, steps in spots.values():
            target = self._ids.get(name)
            if target is None or target >= index:
                self.problem(f"${name[:80]} refers to no request that precedes this one.", index, *steps)
                continue
            theirs = self._text(self._requests[target], "atomicityGroup")
            if name not in part.needs and (theirs == (part.group or "") or theirs not in part.needs):
                wanted = theirs if theirs and theirs != part.group else name
                self.problem(f"${name[:80]} is used, so dependsOn must name {wanted!r}.", index, *steps)
