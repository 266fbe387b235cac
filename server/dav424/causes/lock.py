"""A lock that somebody else holds (RFC 4918 6, 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from dav424.causes.cause import Cause, TreePath
from dav424.core.markup import escape
from dav424.core.paths import split
from dav424.store.locks import Lock

if TYPE_CHECKING:
    from dav424.store.draft import Draft


class Locked(Cause, frozen=True, kw_only=True, tag="lock"):
    """Locks a resource for a principal who isn't the client, without a time-out."""

    section = "RFC 4918 7"

    path: TreePath
    principal: Annotated[str, Meta(min_length=1, description="Who holds it.")] = "somebody else"
    scope: Literal["exclusive", "shared"] = "exclusive"
    depth: Literal["0", "infinity"] = "infinity"

    def install(self, draft: Draft) -> None:
        """Put the lock on its resource."""
        path, _ = split(self.path)
        node = draft.get(path)
        lock = Lock(
            token=self.token,
            root=path,
            exclusive=self.scope == "exclusive",
            infinite=self.depth == "infinity",
            principal=self.principal,
            owner=f'<D:owner xmlns:D="DAV:">{escape(self.principal)}</D:owner>',
        )
        draft.replace(path, replace(node, locks=(*node.locks, lock)))

    def uninstall(self, draft: Draft) -> None:
        """Take the lock away, if its resource still has it."""
        path, _ = split(self.path)
        node = draft.find(path)
        if node is not None:
            draft.replace(path, replace(node, locks=tuple(lock for lock in node.locks if lock.token != self.token)))

    def is_behind(self, by: object) -> bool:
        """Say whether its lock was in the way."""
        return isinstance(by, tuple) and any(isinstance(each, Lock) and each.token == self.token for each in by)

    @property
    def token(self) -> str:
        """The lock's token, which is no secret."""
        return f"urn:dav424:lock:{self.id}"
