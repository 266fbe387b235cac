"""The privileges that causes leave to a user on a resource (RFC 3744 3, 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.causes.denied import Denied
from dav424.causes.read_only import ReadOnly
from dav424.causes.resource_access import ResourceAccess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dav424.causes.apply import CauseContext
    from dav424.core.paths import Path

_WRITES = ("write-properties", "write-content", "bind", "unbind")
_ALL = ("read", *_WRITES, "unlock", "read-current-user-privilege-set")


def privileges(context: CauseContext, path: Path) -> Sequence[str]:
    """List the privileges that the user of a request has on a resource; ``write`` and ``all`` stand for those inside them.

    A user lacks a privilege if a cause refuses a method that needs it. A cause that is counted takes none away, since it
    refuses only some requests.
    """
    lacking = {
        name for cause in context.cause_index.causes if not cause.is_counted for name in _lost(context, cause, path)
    }
    held = [name for name in _ALL if name not in lacking]
    write = ["write"] if not lacking.intersection(_WRITES) else []
    return [*(["all"] if len(held) == len(_ALL) else []), *held[:1], *write, *held[1:]]


def _lost(context: CauseContext, cause: object, path: Path) -> set[str]:
    match cause:
        case ReadOnly():
            return set(_WRITES) if path[: len(cause.subtree)] == cause.subtree else set()
        case Denied(property=None):
            methods = context.methods.items()
            return {
                facts.privilege
                for name, facts in methods
                if cause.refuse_access(ResourceAccess(replace(context.request, method=name, around=""), facts, path))
            }
        case _:
            return set()
