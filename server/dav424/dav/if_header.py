"""The ``If`` header (RFC 4918 10.4): its grammar, and whether its conditions are met.

    If           = 1*No-tag-list | 1*Tagged-list
    Tagged-list  = "<" URL ">" 1*List
    List         = "(" 1*( ["Not"] ( "<" token ">" | "[" entity-tag "]" ) ) ")"

A list holds if all its conditions hold. The header holds if at least one of its lists does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.paths import Path, is_uri
from dav424.core.patterns import pattern
from dav424.core.writable import ENTITY_TAG
from dav424.dav.sync_token import SYNC, sync_token
from dav424.store.locks import Lock
from dav424.store.tree import Collection, Document
from dav424.store.written import ctag

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft

NO_LOCK = "DAV:no-lock"
"""A state token that no resource ever has (RFC 4918 10.4.8)."""
CTAG = "http://me.com/_namespace/ctag/"
"""The prefix of a state token that ends in a collection's CTag (calendarserver-bulk-change 6)."""
ETAG = rf"(?:W/)?{ENTITY_TAG}"
"""An entity-tag, weak or strong."""
_TOKENS = pattern(
    rf"[ \t]*(?:(?P<coded><[^<> \t]+>)|(?P<etag>\[[ \t]*{ETAG}[ \t]*\])|(?P<no>Not)(?![^ \t<\[])|(?P<paren>[()]))",
    re.IGNORECASE,
)


class IfCondition(Struct, frozen=True):
    """One condition of a list: a state token or an entity-tag that must, or must not, match."""

    state: str
    is_etag: bool
    negated: bool


class ResourceState:
    """What the conditions of a list are compared with: the entity-tag, the lock tokens, the CTag and the sync token of a resource.

    An unmapped URL has no state, even if a lock covers it (RFC 4918 10.4.4); a path of None neither.
    """

    def __init__(self, draft: Draft, path: Path | None) -> None:
        self._node = draft.find(path) if path is not None else None
        shown = draft.shown(path, self._node) if path is not None else None
        self.etag = shown.etag if isinstance(shown, Document) else None
        mapped = path is not None and self._node is not None
        self._tokens = {lock.token for lock in draft.locks_on(path)} if mapped and path is not None else set()
        self._ctag: str | None = None
        synced = draft.knows_changes and isinstance(self._node, Collection)
        self._changes = (draft.state.changes, path) if synced and path is not None else None

    def has(self, token: str) -> bool:
        """Say whether the resource has a state token."""
        if token.startswith(CTAG) and self._ctag is None:
            self._ctag = CTAG + ctag(self._node) if isinstance(self._node, Collection) else ""
        if token.startswith(SYNC) and self._changes is not None:
            return token == sync_token(*self._changes)  # RFC 6578 5
        return token in self._tokens or token == self._ctag


def any_holds(lists: Iterable[StateList], draft: Draft, path: Path | None = None) -> bool:
    """Say whether a list holds, for ``path`` (default: the list's own path).

    The state of a resource is looked up once for all lists after one tag.
    """
    known: tuple[Path | None, ResourceState] | None = None
    for state_list in lists:
        about = state_list.path if path is None else path
        if known is None or known[0] is not about:
            known = (about, ResourceState(draft, about))
        if state_list.holds(known[1]):
            return True
    return False


class StateList(Struct, frozen=True):
    """One list of conditions about a resource.

    ``path`` is None if the list is tagged with a URL outside of the scenario: no resource there has a state. A list that
    is not ``tagged`` is about every resource that the request works on.
    """

    path: Path | None
    conditions: Sequence[IfCondition]
    tagged: bool = False

    @property
    def tokens(self) -> list[str]:
        """The state tokens in the list. A client submits a token by naming it in any list (RFC 4918 10.4.1)."""
        return [condition.state for condition in self.conditions if not condition.is_etag]

    def holds(self, state: ResourceState) -> bool:
        """Say whether all conditions hold for a resource in this state."""
        return all(
            ((each.state == state.etag) if each.is_etag else state.has(each.state)) is not each.negated
            for each in self.conditions
        )

    def holds_below(self, locks: Iterable[Lock]) -> bool:
        """Say whether it holds for every resource that these locks of infinite depth cover.

        The result is False if that depends on the resource: then the caller has to ask ``holds`` for each one.
        """
        tokens = {lock.token for lock in locks}
        return all(
            not condition.is_etag and (condition.state == NO_LOCK if condition.negated else condition.state in tokens)
            for condition in self.conditions
        )


def written(conditions: Iterable[IfCondition]) -> str:
    """Write a list as it stands in the header."""
    states = [
        ("Not " if each.negated else "") + (f"[{each.state}]" if each.is_etag else f"<{each.state}>")
        for each in conditions
    ]
    return f"({' '.join(states)})"


class _IfParser:
    """A position in a header, from which tokens are taken one after the other."""

    def __init__(self, header: str) -> None:
        self.header, self.at = header.rstrip(" \t"), 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.header)

    def take(self, kind: str, text: str = "") -> str | None:
        """Take the next token if it is of this kind and, with ``text``, equal to it; else return None."""
        match = _TOKENS.match(self.header, self.at)
        if match is None or match.lastgroup != kind or (text and match[kind] != text):
            return None
        self.at = match.end()
        return match[kind]

    def malformed(self, wanted: str) -> Refused:
        rest = self.header[self.at : self.at + 40]
        return Refused(400, f"If: expected {wanted} at character {self.at}, but received {rest!r}.")


def parse(request: Request) -> list[StateList]:
    """Read the lists of a request's ``If`` header; without one, none. Refuses with 400 a malformed header."""
    header = request.headers.get("if")
    if header is None:
        return []
    reader = _IfParser(header)
    lists: list[StateList] = []
    tagged = reader.header.lstrip(" \t").startswith("<")
    while not reader.done or not lists:
        path: Path | None = request.path
        if tagged:
            path = _resource(reader, request)
        lists.append(_list(reader, path, tagged=tagged))
        while not reader.done and reader.take("paren", "("):
            lists.append(_conditions(reader, path, tagged=tagged))
    return lists


def _resource(reader: _IfParser, request: Request) -> Path | None:
    coded = reader.take("coded")
    if coded is None:
        raise reader.malformed("a resource in angle brackets")
    found = request.within_world(coded[1:-1], "If")
    return found[0] if found else None


def _list(reader: _IfParser, path: Path | None, *, tagged: bool) -> StateList:
    if reader.take("paren", "(") is None:
        raise reader.malformed("a list in parentheses")
    return _conditions(reader, path, tagged=tagged)


def _conditions(reader: _IfParser, path: Path | None, *, tagged: bool) -> StateList:
    conditions: list[IfCondition] = []
    while not conditions or reader.take("paren", ")") is None:
        negated = reader.take("no") is not None
        coded, etag = reader.take("coded"), None
        if coded is None:
            etag = reader.take("etag")
        if coded is not None and is_uri(coded[1:-1]):
            conditions.append(IfCondition(coded[1:-1], is_etag=False, negated=negated))
        elif etag is not None:
            conditions.append(IfCondition(etag[1:-1].strip(" \t"), is_etag=True, negated=negated))
        else:
            ended = ", or the end of the list" if conditions else ""
            raise reader.malformed(f'a state token <URI> or an entity-tag ["tag"]{ended}')
    return StateList(path, conditions, tagged)
