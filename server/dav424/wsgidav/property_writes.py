"""Changes of the properties of resources of WsgiDAV."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.markup import escape
from dav424.core.paths import Path
from dav424.store.tree import Document, Node
from dav424.wsgidav import provider_properties
from dav424.wsgidav.refusals import Refusing

if TYPE_CHECKING:
    from dav424.wsgidav.provider_properties import SavedProperty
    from dav424.wsgidav.provider_tree import ProviderTree
    from dav424.wsgidav.undo_log import UndoLog


class PropertyWrites:
    """Changes the properties of resources."""

    def __init__(self, tree: ProviderTree, log: UndoLog) -> None:
        self._tree = tree
        self._log = log

    def change(self, path: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Set and remove dead properties until a resource has those in ``new``; it has those in ``old`` now."""
        if old is new:
            return
        removed = [(name, None) for name in old if name not in new]
        left = len(old)
        for name, xml in [*removed, *new.items()]:
            known = old.get(name)
            if known != xml:
                self._set(path, name, xml, known=known is not None, alone=not left)
                left += (known is None) - (xml is None)

    def change_live(self, path: Path, old: Node, new: Node) -> None:
        """Set the live properties that a client has set, as far as the provider allows it."""
        if new.created != old.created:
            self._set_live(path, "creationdate", f"{new.created:.0f}")
        if not isinstance(old, Document) or not isinstance(new, Document):
            return
        if new.content_type != old.content_type:
            self._set_live(path, "getcontenttype", new.content_type)
        if new.etag != old.etag:
            self._set_live(path, "getetag", new.etag)
        if int(new.modified) != int(old.modified):
            self._set_live(path, "getlastmodified", formatdate(int(new.modified), usegmt=True))

    def _set_live(self, path: Path, name: str, value: str) -> None:
        self._set(path, f"{{DAV:}}{name}", f'<D:{name} xmlns:D="DAV:">{escape(value)}</D:{name}>', known=True)

    def _set(self, path: Path, name: str, xml: str | None, *, known: bool, alone: bool = False) -> None:
        """Set a property, or remove it with None. Only one that is ``known`` has a value now; ``alone`` there is no other."""
        resource = self._tree.there(path)
        with Refusing(f"read {name} of", path):
            before = provider_properties.save(resource, name, known=known, alone=alone)
        self._log.add(f"put back {name} of", path, partial(self._put_back, path, name, before), properties_only=True)
        with Refusing(f"{'remove' if xml is None else 'set'} {name} of", path):
            provider_properties.write(resource, name, xml)

    def _put_back(self, path: Path, name: str, before: SavedProperty) -> None:
        resource = self._tree.resource(path)
        if resource is None:
            raise Refused(500, "It is not there any more.")
        provider_properties.put_back(resource, name, before)
