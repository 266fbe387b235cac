"""A resource as live properties read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.core.hrefs import Base
from dav424.core.method_facts import Facts
from dav424.core.paths import Path
from dav424.store.locks import Lock
from dav424.store.tree import Node

if TYPE_CHECKING:
    from dav424.store.draft import Draft


class LiveResource(Struct, frozen=True):
    """A node at its path, as live properties need it.

    ``base`` is the path of the world as URLs begin, and ``methods`` are those of the world. ``user`` sent the request, and
    ``privileges`` gives the privileges of this user on the resource at a path.
    """

    path: Path
    node: Node
    draft: Draft
    base: Base
    locks: tuple[Lock, ...]
    methods: Facts
    user: str = ""
    privileges: Callable[[Path], Sequence[str]] = lambda _: ()
