"""The UIDs in a collection, kept with its immutable node (RFC 4791 5.3.2.1): no two members have the same.

    Collection.index   uid -> name of the member      a change of one member changes one entry

The first request that needs the index reads the members; from then on each change of a member changes its entry.
"""

from __future__ import annotations

import weakref

from msgspec import Struct
from msgspec.structs import replace
from rpds import HashTrieMap

from dav424.core.batch import Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.memory import Held, hold, size_of_texts
from dav424.core.paths import Path, href
from dav424.objects import calendar_data
from dav424.objects.calendar_data import Kind
from dav424.store.content import whole
from dav424.store.draft import Draft
from dav424.store.tree import Collection, Document, Node

_OF_AN_ENTRY = 250
"""The bytes that an entry takes, without its texts (measured)."""


class _Entry(Struct, frozen=True):
    name: str
    held: Held


class UidIndex(Struct, frozen=True):
    """The members of a collection by their UIDs."""

    entries: HashTrieMap[str, _Entry] = HashTrieMap()

    def with_member(self, name: str, old: Node | None, new: Node | None) -> UidIndex:
        """Give the index after a change of one member."""
        before, after = uid_of(old), uid_of(new)
        if before == after:
            return self
        entries = self.entries
        entry = entries.get(before)
        if entry is not None and entry.name == name:
            entries = entries.remove(before)
        if after and after not in entries:
            entries = entries.insert(after, _Entry(name, hold(_OF_AN_ENTRY + size_of_texts(name, after))))
        return UidIndex(entries)

    def name_of(self, uid: str) -> str:
        """Name the member that has a UID; empty if none has it."""
        entry = self.entries.get(uid)
        return entry.name if entry is not None else ""


_uids: dict[int, tuple[weakref.ref[Document], str]] = {}
"""The UIDs that were read so far, by the identity of the document: the UID goes with its document."""


def uid_of(node: Node | None) -> str:
    """Read the UID of a document that is an object of a kind; empty for another node."""
    if not isinstance(node, Document):
        return ""
    media_type = node.content_type.partition(";")[0].strip().lower()
    kind = next((each for each in calendar_data.KINDS if each.media_type == media_type), None)
    if kind is None:
        return ""
    key = id(node)
    known = _uids.get(key)
    if known is not None and known[0]() is node:
        return known[1]
    uid = calendar_data.uid_of(whole(node.content), kind)
    _uids[key] = weakref.ref(node, lambda _: _uids.pop(key, None)), uid
    return uid


def index_of(draft: Draft, path: Path) -> UidIndex:
    """Give the index of a collection; the first time, it is made and kept with the node."""
    node = draft.get(path)
    assert isinstance(node, Collection), "only a collection has members"
    if isinstance(node.index, UidIndex):
        return node.index
    index = UidIndex()
    for name, child in node.children.items():
        index = index.with_member(name, None, child)
    if type(node.children) is HashTrieMap:  # another mapping reads its members on demand, and is not ours to change
        draft.replace(path, replace(node, index=index))
    return index


def check_uid(draft: Draft, path: Path, uid: str, kind: Kind, leaving: Path | None = None) -> None:
    """Refuse with 403 ``no-uid-conflict`` a UID that another member has, or that isn't that of the member at the path.

    A member at ``leaving`` goes away, and is in no one's way.
    """
    top, name = path[:-1], path[-1]
    other = index_of(draft, top).name_of(uid)
    if other not in ("", name) and (*top, other) != leaving:
        raise _conflict(uid, (*top, other), "already has this UID", kind)
    own = uid_of(draft.find(path))
    if own not in ("", uid):
        raise _conflict(uid, path, f"has the UID {own[:80]}, which can't change", kind)


def _conflict(uid: str, path: Path, why: str, kind: Kind) -> Refused:
    where = href(path)
    return Refused(
        403, f"The UID {uid[:80]} can't be stored: {where} {why}.", ConditionCode(kind.no_conflict, (where,))
    )
