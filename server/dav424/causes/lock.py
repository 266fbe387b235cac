"""A lock that another user holds (RFC 4918 6, 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from dav424.causes.cause import Cause, TreePath
from dav424.core.markup import escape
from dav424.core.paths import split
from dav424.store.locks import Lock, counted

if TYPE_CHECKING:
    from dav424.store.draft import Draft


class Locked(Cause, frozen=True, kw_only=True, tag="lock"):
    """The cause locks a resource for another user, who isn't the client. The lock doesn't expire.

    The client can't submit the token of this lock, so requests that need it are refused with 423. ``nth``, ``after`` and
    ``times`` count these requests: the lock exists exactly while it would refuse the next one. With ``times: 2`` it
    refuses two requests and is gone.
    """

    section = "RFC 4918 7"

    path: TreePath = "/"
    principal: Annotated[str, Meta(min_length=1, description="The user who holds the lock.")] = "another user"
    scope: Annotated[Literal["exclusive", "shared"], Meta(description="The lock scope (RFC 4918 6.1).")] = "exclusive"
    depth: Annotated[
        Literal["0", "infinity"], Meta(description="Whether the lock also covers all members of a collection.")
    ] = "infinity"

    @property
    def stands(self) -> bool:
        """Always: it is a lock in the tree."""
        return True

    def install(self, draft: Draft) -> None:
        """Put the lock on its resource."""
        path, _ = split(self.path)
        node = draft.get(path)
        draft.replace(path, replace(node, locks=(*node.locks, counted(self.lock))))

    def uninstall(self, draft: Draft) -> None:
        """Remove the lock, if its resource still has it."""
        path, _ = split(self.path)
        node = draft.find(path)
        if node is not None:
            draft.replace(path, replace(node, locks=tuple(lock for lock in node.locks if lock.token != self.token)))

    @property
    def lock(self) -> Lock:
        """The lock."""
        return Lock(
            token=self.token,
            root=split(self.path)[0],
            exclusive=self.scope == "exclusive",
            infinite=self.depth == "infinity",
            principal=self.principal,
            owner=f'<D:owner xmlns:D="DAV:">{escape(self.principal)}</D:owner>',
        )

    def is_behind(self, by: object) -> bool:
        """Say whether its lock is among the locks that refused an action."""
        return isinstance(by, tuple) and any(isinstance(lock, Lock) and lock.token == self.token for lock in by)

    @property
    def token(self) -> str:
        """The lock token. It can be public: the server accepts it from the user who holds the lock alone."""
        return f"urn:dav424:lock:{self.id}"
