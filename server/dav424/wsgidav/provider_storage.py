"""The writes of a request to a provider: each change is undone if the provider refuses a part of it.

    change, move  -->  one or more calls of WsgiDAV's resources, of its property manager or of its lock manager
                       each has its undo on the log before it begins; content that it removes is copied first

A collection is made, copied and deleted member by member, as WsgiDAV's own server does it. Only a MOVE is left to the
provider as a whole, if it offers that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from wsgidav.dav_provider import DAVNonCollection, _DAVResource

from dav424.core.batch import Refused
from dav424.core.condition_codes import SUFFICIENT_DISK_SPACE, VALID_RESOURCETYPE
from dav424.core.paths import Path, href
from dav424.store.content import Content
from dav424.store.tree import Collection, Document, Node
from dav424.wsgidav import lock_storage, provider_properties
from dav424.wsgidav.lock_writes import LockWrites
from dav424.wsgidav.property_writes import PropertyWrites
from dav424.wsgidav.provider_tree import ProviderContent, ProviderTree, location
from dav424.wsgidav.refusals import Refusing
from dav424.wsgidav.saved_copies import SavedCopies, SavedCopy
from dav424.wsgidav.undo_log import UndoLog

if TYPE_CHECKING:
    from dav424.wsgidav.provider_properties import SavedProperty


class _Deleted(Struct, frozen=True):
    """A resource that was deleted: ``copy`` is None for a collection, and for content that the provider did not let us read."""

    collection: bool
    copy: SavedCopy | None
    content_type: str
    modified: float | None
    properties: Mapping[str, SavedProperty]
    locks: Iterable[Mapping[str, Any]]


class ProviderStorage:
    """The provider as one request changes it."""

    def __init__(self, tree: ProviderTree) -> None:
        self._tree = tree
        self._log = UndoLog(tree.forget)
        self._copies = SavedCopies()
        self._properties = PropertyWrites(tree, self._log)
        self._locks = LockWrites(tree, self._log)

    def root(self, before: Collection) -> Collection:
        """Give the current tree after an undo: the one ``before`` the changes, if only properties have changed."""
        if not self._log.stale:
            return before
        self._log.stale = False
        return self._tree.root()

    def mark(self) -> int:
        """Give the number of the next change."""
        return len(self._log)

    def undo(self, mark: int) -> Mapping[int, Refused]:
        """Undo the changes from the last one back to ``mark``; gives those that could not be undone, and why."""
        stuck = self._log.undo(mark)
        if not mark:
            self._copies.close()
        return stuck

    def forget_undone(self) -> None:
        """Drop all that an undo would need."""
        self._log.clear()
        self._copies.close()

    def change(self, path: Path, old: Node | None, new: Node | None, *, another: bool) -> Node | None:
        """Make ``new`` of ``old``; refuses what the provider refuses, and then changes nothing."""
        return self._whole(partial(self._change, path, old, new, another=another))

    def move(self, source: Path, target: Path, existing: Node | None, new: Node) -> Node:
        """Move a node with all below it, in the place of the ``existing`` one."""
        moved = self._whole(partial(self._move, source, target, existing, new))
        assert moved is not None, "the node is at the target now"
        return moved

    def moves_whole(self, path: Path) -> bool:
        """Say whether the provider moves the collection at a path in one step."""
        resource = self._tree.resource(path)
        return resource is None or _moves_whole(resource, path)

    def used(self, path: Path) -> int | None:
        """Give the bytes that are used, as the provider says."""
        return self._bytes(path, "get_used_bytes")

    def available(self, path: Path) -> int | None:
        """Give the bytes that are free, as the provider says."""
        return self._bytes(path, "get_available_bytes")

    def _bytes(self, path: Path, getter: str) -> int | None:
        resource = self._tree.resource(path)
        if resource is None:
            return None
        with Refusing("read the free space of", path):
            size = getattr(resource, getter)()
        return None if size is None else int(size)

    def _whole(self, work: Callable[[], Node | None]) -> Node | None:
        """Do all of a change or none of it."""
        mark = self.mark()
        try:
            return work()
        except BaseException as error:
            stuck = self.undo(mark)
            if stuck and isinstance(error, Refused):
                raise Refused(500, " ".join([error.detail, *(each.detail for each in stuck.values())])) from None
            raise

    def _change(self, path: Path, old: Node | None, new: Node | None, *, another: bool) -> Node | None:
        if new is None:
            self._delete(path)
            return None
        if old is None or isinstance(old, Collection) != isinstance(new, Collection):
            if old is not None:
                self._delete(path)
            self._create(path, new)
            return self._tree.node(path)
        written = False
        if isinstance(new, Collection):
            assert isinstance(old, Collection), "both are of one kind"
            _refuse_unstored(new)
            self._change_members(path, old, new)
        elif isinstance(old, Document) and new.content is not old.content:
            self._overwrite(path, new.content, new.content_type)
            written = True
        self._properties.change(path, old.properties, new.properties)
        locks = self._locks.change(path, old.locks, new.locks)
        if written:
            return self._tree.node(path)
        if not another:
            self._properties.change_live(path, old, new)
        return replace(new, locks=locks) if locks is not new.locks else new

    def _change_members(self, path: Path, old: Collection, new: Collection) -> None:
        if old.children is new.children:
            return
        for name in sorted({*old.children, *new.children}):
            before, after = old.children.get(name), new.children.get(name)
            if before is not after:
                self._change((*path, name), before, after, another=True)

    def _move(self, source: Path, target: Path, existing: Node | None, new: Node) -> Node | None:
        if existing is not None:
            self._delete(target)
        for root, locks in self._tree.locks_below(source):
            self._locks.change(root, locks, ())
        resource = self._tree.resource(source)
        if resource is not None and _moves_whole(resource, target):
            self._log.add("move back", source, partial(self._move_back, target, source))
            with Refusing("move", source):
                resource.move_recursive(location(target))
            self._tree.forget(source)
            self._tree.forget(target)
        else:
            self._create(target, new)
            self._delete(source)
        return self._tree.node(target)

    def _move_back(self, target: Path, source: Path) -> None:
        self._tree.forget(target)
        self._tree.forget(source)
        resource = self._tree.resource(target)
        if resource is None:
            return
        if self._tree.resource(source) is not None:
            raise Refused(500, f"{href(source)} and {href(target)} are both there.")
        resource.move_recursive(location(source))

    def _create(self, path: Path, new: Node) -> None:
        """Make a resource, with all below it."""
        parent, name = self._tree.there(path[:-1]), path[-1]
        self._log.add("remove", path, partial(self._remove, path))
        if isinstance(new, Collection):
            _refuse_unstored(new)
            with Refusing("create the collection", path, collection=True):
                parent.create_collection(name)
            self._tree.forget(path)
            for member in new.children:
                self._create((*path, member), new.children[member])
        elif not self._copied(path, new.content):
            with Refusing("create", path):
                parent.create_empty_resource(name)
            self._tree.forget(path)
            self._write(path, new.content, new.content_type)
        self._properties.change(path, self._tree.dead_properties(path), new.properties)
        self._tree.set_locks(path, self._locks.change(path, (), new.locks))

    def _copied(self, path: Path, content: Content) -> bool:
        """Let the provider copy a document, if it can."""
        if not isinstance(content, ProviderContent):
            return False
        source = self._tree.resource(content.path)
        own = getattr(type(source), "copy_move_single", None)
        if source is None or own in (_DAVResource.copy_move_single, DAVNonCollection.copy_move_single):
            return False
        with Refusing("copy to", path):
            source.copy_move_single(location(path), is_move=False)
        self._tree.forget(path)
        return True

    def _remove(self, path: Path) -> None:
        """Remove a resource that the request has made, if it has; its own members are gone already."""
        self._tree.forget(path)
        resource = self._tree.resource(path)
        if resource is None:
            return
        if resource.is_collection and resource.get_member_names():
            raise Refused(500, "It has members that the request did not make.")
        resource.delete()
        _clean(resource)

    def _overwrite(self, path: Path, content: Content, content_type: str) -> None:
        resource = self._tree.there(path)
        copy, modified = self._copy(path), resource.get_last_modified()
        self._log.add("put back the content of", path, partial(self._put_back, path, copy, content_type, modified))
        self._write(path, content, content_type)

    def _write(self, path: Path, content: Content, content_type: str) -> None:
        resource = self._tree.there(path)
        pieces = (content,) if isinstance(content, bytes) else content.pieces()
        with Refusing("write", path):
            _fill(resource, pieces, content_type)
        self._tree.forget(path)

    def _put_back(self, path: Path, copy: SavedCopy | None, content_type: str, modified: float | None) -> None:
        if copy is None:
            raise Refused(500, "The provider did not let the server read its content before.")
        if self._has(path, copy):
            return  # the provider has refused the change before it began
        _fill(self._tree.there(path), self._copies.pieces(copy), content_type)
        self._tree.forget(path)
        _set_modified(self._tree.there(path), modified)

    def _copy(self, path: Path) -> SavedCopy | None:
        """Copy the content of a document, for the undo; None if the provider does not let the server read it."""
        try:
            pieces = ProviderContent(self._tree, path, None).pieces()
        except Refused:
            return None
        try:
            return self._copies.add(_read(pieces, path))
        except OSError as error:
            why = f"The server has no room for the copy of {href(path)} that an undo would need: {error.strerror}."
            raise Refused(507, why, SUFFICIENT_DISK_SPACE) from None

    def _has(self, path: Path, copy: SavedCopy) -> bool:
        """Say whether a document has the content of a copy."""
        content = ProviderContent(self._tree, path, None)
        at = copy.start
        for piece in content.pieces():
            if piece != b"".join(self._copies.pieces(SavedCopy(at, min(len(piece), copy.start + copy.length - at)))):
                return False
            at += len(piece)
        return at == copy.start + copy.length

    def _delete(self, path: Path) -> None:
        """Delete a resource, with all that the provider has below it now."""
        self._tree.forget(path)
        resource = self._tree.there(path)
        if resource.is_collection:
            with Refusing("list", path, collection=True):
                names = sorted(resource.get_member_names())
            for name in names:
                self._delete((*path, name))
            resource = self._tree.there(path)
        self._log.add("put back", path, partial(self._restore, path, self._saved(path, resource)))
        with Refusing("delete", path):
            resource.delete()
            _clean(resource)
        self._tree.forget(path)
        self._tree.set_locks(path, ())

    def _saved(self, path: Path, resource: Any) -> _Deleted:
        """Save all that the deletion of a resource removes."""
        names = self._tree.dead_properties(path)
        with Refusing("read", path):
            collection = bool(resource.is_collection)
            return _Deleted(
                collection,
                None if collection else self._copy(path),
                resource.get_content_type() or "",
                resource.get_last_modified(),
                {name: provider_properties.save(resource, name) for name in names},
                lock_storage.stored(resource.provider.lock_manager, resource),
            )

    def _restore(self, path: Path, deleted: _Deleted) -> None:
        self._tree.forget(path)
        if self._tree.resource(path) is None:
            parent, name = self._tree.there(path[:-1]), path[-1]
            if deleted.collection:
                parent.create_collection(name)
                self._tree.forget(path)
            elif deleted.copy is None:
                raise Refused(500, "The provider did not let the server read its content before.")
            else:
                parent.create_empty_resource(name)
                self._tree.forget(path)
                self._put_back(path, deleted.copy, deleted.content_type, deleted.modified)
        resource = self._tree.there(path)
        for name, value in deleted.properties.items():
            provider_properties.put_back(resource, name, value)
        lock_storage.put_back(resource.provider.lock_manager, deleted.locks)


def _read(pieces: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Read pieces of a provider, so that its errors differ from those of the file for the copies."""
    while True:
        with Refusing("read", path):
            piece = next(pieces, b"")
        if not piece:
            return
        yield piece


def _moves_whole(resource: Any, target: Path) -> bool:
    """Say whether a resource can move with all below it; WsgiDAV's own method can't be asked about a document."""
    if type(resource).support_recursive_move is _DAVResource.support_recursive_move:
        return False
    return bool(resource.support_recursive_move(location(target)))


def _refuse_unstored(node: Collection) -> None:
    """Refuse what providers of WsgiDAV can't store."""
    if node.types:
        raise Refused(
            403, "A provider of WsgiDAV has no resource types beside DAV:collection. Use MKCOL.", VALID_RESOURCETYPE
        )
    if node.order is not None:
        raise Refused(403, "A provider of WsgiDAV keeps no order of members.")


def _fill(resource: Any, pieces: Iterable[bytes], content_type: str) -> None:
    done = False
    file = resource.begin_write(content_type=content_type)
    try:
        try:
            for piece in pieces:
                file.write(piece)
        finally:
            file.close()
        done = True
    finally:
        resource.end_write(with_errors=not done)


def _clean(resource: Any) -> None:
    """Remove the properties and the locks of a resource that is gone, if its ``delete`` has left them."""
    manager = resource.provider.prop_manager
    if manager is not None and manager.get_properties(resource.get_ref_url(), resource.environ):
        resource.remove_all_properties(recursive=True)
    locks = resource.provider.lock_manager
    if locks is not None and locks.get_url_lock_list(resource.get_ref_url()):
        resource.remove_all_locks(recursive=True)


def _set_modified(resource: Any, modified: float | None) -> None:
    """Set the time of a document that was put back, in whole seconds, if the provider can."""
    if modified is None or type(resource).set_last_modified is _DAVResource.set_last_modified:
        return
    resource.set_last_modified(resource.path, int(modified), dry_run=False)
