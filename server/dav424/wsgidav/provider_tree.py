"""The tree of a provider: nodes of the store that read from it on demand.

A collection reads a member when a path goes through it, and all members when they are listed. A document reads its content
when it is sent or copied. Locks come from the lock manager of the provider, and dead properties from its property manager.
Only with a quota is everything below a collection weighed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from msgspec.structs import replace
from rpds import HashTrieSet
from wsgidav.dav_error import HTTP_NOT_FOUND, DAVError

from dav424.core.batch import Refused
from dav424.core.media_types import guess_type
from dav424.core.paths import Path, href
from dav424.store.content import StoredContent
from dav424.store.locks import Lock
from dav424.store.tree import Collection, Document, Node, Properties
from dav424.wsgidav import provider_properties
from dav424.wsgidav.on_demand import ReadMembers, ReadProperties
from dav424.wsgidav.refusals import Refusing

if TYPE_CHECKING:
    from wsgidav.dav_provider import DAVProvider

PIECE = 1 << 18
"""The bytes of a content that are in memory at a time."""
_NO_LOCKS: Mapping[Path, tuple[Lock, ...]] = {}


def location(path: Path) -> str:
    """Write a path as providers take it: decoded, and without a slash at the end."""
    return "/" + "/".join(path)


class ProviderTree:
    """The tree that one request sees; ``environ`` is that of the request, and ``now`` its time.

    ``caused`` are the locks that causes have set up: they are not in the lock manager. With ``weighed``, each node knows its
    weight.
    """

    def __init__(
        self,
        provider: DAVProvider,
        environ: dict[str, Any],
        caused: Mapping[Path, tuple[Lock, ...]] = _NO_LOCKS,
        *,
        now: float = 0.0,
        weighed: bool = False,
    ) -> None:
        self.now = now
        self.provider = provider
        self.environ = environ
        self._caused = dict(caused)
        self._weighed = weighed
        self._resources: dict[Path, Any] = {}
        self._locks: dict[Path, tuple[Lock, ...]] = {}
        self._locked_in: dict[Path, set[str]] = {}

    def root(self) -> Collection:
        """Read the root, and the locks."""
        self._resources = {}
        node = self.node(())
        if not isinstance(node, Collection):
            raise Refused(500, "The provider has no collection at its root, so it can't be served.")
        self._find_locks()
        locked = self._with_locks((), node)
        assert isinstance(locked, Collection), "locks do not change the kind"
        return locked

    def resource(self, path: Path) -> Any:
        """Give the resource of WsgiDAV at a path; None if there is none. Refuses what the provider refuses."""
        known = self._resources.get(path)
        if known is not None:
            return known
        with Refusing("look up", path):
            found = self._lookup(path)
        if found is not None:
            self._resources[path] = found
        return found

    def there(self, path: Path) -> Any:
        """Give the resource at a path, or refuse with 409: the request has seen it there before."""
        found = self.resource(path)
        if found is None:
            raise Refused(409, f"{href(path)} is not there any more.")
        return found

    def _lookup(self, path: Path) -> Any:
        try:
            return self.provider.get_resource_inst(location(path), self.environ)
        except DAVError as error:
            if error.value == HTTP_NOT_FOUND:
                return None
            raise

    def forget(self, path: Path) -> None:
        """Forget the resources at and below a path, and that above it: they have changed."""
        depth = len(path)
        for known in [each for each in self._resources if each[:depth] == path]:
            del self._resources[known]
        self._resources.pop(path[:-1], None)

    def node(self, path: Path) -> Node | None:
        """Read the node at a path, without its members and its content."""
        resource = self.resource(path)
        if resource is None:
            return None
        with Refusing("read", path):
            node = self._collection(path, resource) if resource.is_collection else self._document(path, resource)
        return self._with_locks(path, node) if self._locks or self._locked_in else node

    def _document(self, path: Path, resource: Any) -> Document:
        modified, created = resource.get_last_modified(), resource.get_creation_date()
        content = ProviderContent(self, path, resource.get_content_length())
        properties = self._properties(path)
        return Document(
            content,
            resource.get_content_type() or guess_type(path[-1]),
            _etag(resource, modified, content),
            created=float(created or modified or 0),
            modified=float(modified or created or 0),
            properties=properties,
            weight=len(content) + _size(properties) if self._weighed else 0,
        )

    def _collection(self, path: Path, resource: Any) -> Collection:
        modified, created = resource.get_last_modified(), resource.get_creation_date()
        members: ReadMembers[Node] = ReadMembers(partial(self._member, path), partial(self._names, path, resource))
        properties = self._properties(path)
        weight = sum(members[name].weight for name in members) + _size(properties) if self._weighed else 0
        return Collection(
            created=float(created or modified or 0),
            modified=float(modified or created or 0),
            children=cast("Any", members),
            properties=properties,
            weight=weight,
        )

    def _member(self, path: Path, name: str) -> Node | None:
        return self.node((*path, name))

    @staticmethod
    def _names(path: Path, resource: Any) -> list[str]:
        with Refusing("list", path, collection=True):
            return [str(name) for name in resource.get_member_names()]

    def _properties(self, path: Path) -> Properties:
        return cast("Properties", ReadProperties(partial(self.dead_properties, path)))

    def dead_properties(self, path: Path) -> dict[str, str]:
        """Read the dead properties of a resource: XML by name."""
        resource = self.resource(path)
        if resource is None:
            return {}
        with Refusing("read the properties of", path):
            return provider_properties.read(resource)

    def _find_locks(self) -> None:
        """Read the locks of the whole share, and of the causes; those of a resource that is not there any more don't count."""
        found: dict[Path, list[Lock]] = {}
        manager = self.provider.lock_manager
        if manager is not None:
            with Refusing("read the locks of", ()):
                for each in manager.get_url_lock_list(self.resource(()).get_ref_url(), recursive=True):
                    lock = self.lock_of(each)
                    found.setdefault(lock.root, []).append(lock)
        for path, locks in self._caused.items():
            found.setdefault(path, []).extend(locks)
        self._locks = {path: tuple(locks) for path, locks in found.items() if self.resource(path) is not None}
        self._locked_in = {}
        for path in self._locks:
            for depth, name in enumerate(path):
                self._locked_in.setdefault(path[:depth], set()).add(name)

    def lock_of(self, stored: Mapping[str, Any]) -> Lock:
        """Give the lock that a lock manager has stored."""
        root = unquote(stored["root"]).removeprefix(self.provider.share_path or "")
        expires = float(stored["expire"])
        return Lock(
            token=stored["token"],
            root=tuple(filter(None, root.split("/"))),
            exclusive=stored["scope"] == "exclusive",
            infinite=stored["depth"] == "infinity",
            principal=stored["principal"],
            owner=provider_properties.fragment(stored["owner"]),
            expires=expires if expires >= 0 else None,
        )

    def set_locks(self, path: Path, locks: tuple[Lock, ...]) -> None:
        """Note that the locks of a resource have changed."""
        self._locks[path] = locks
        for depth, name in enumerate(path):
            self._locked_in.setdefault(path[:depth], set()).add(name)

    def set_caused(self, path: Path, locks: tuple[Lock, ...]) -> None:
        """Note that a cause has set up a lock of a resource, or has removed it."""
        self._caused[path] = locks

    def locks_below(self, path: Path) -> list[tuple[Path, tuple[Lock, ...]]]:
        """List the locks at and below a path."""
        return [(root, locks) for root, locks in self._locks.items() if root[: len(path)] == path and locks]

    def _with_locks(self, path: Path, node: Node) -> Node:
        locks = self._locks.get(path, ())
        if isinstance(node, Document):
            return replace(node, locks=locks) if locks else node
        names = self._locked_in.get(path)
        return replace(node, locks=locks, locked_children=HashTrieSet(names or ())) if locks or names else node


class ProviderContent(StoredContent):
    """The content of a document of a provider."""

    def __init__(self, tree: ProviderTree, path: Path, length: int | None) -> None:
        self._tree = tree
        self.path = path
        self._length = length

    def __len__(self) -> int:
        if self._length is None:
            self._length = sum(map(len, self.pieces()))
        return self._length

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Open the content at once, and read it in pieces."""
        resource = self._tree.resource(self.path)
        with Refusing("read", self.path):
            if resource is None:
                raise FileNotFoundError(2, "it is not there any more")
            return _Pieces(resource.get_content(), start, stop)


class _Pieces:
    """Reads an open file in pieces, and closes it at the end, or when it is dropped."""

    def __init__(self, file: Any, start: int, stop: int | None) -> None:
        self._file = file
        self._left = None if stop is None else stop - start
        if start:
            _skip(file, start)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        left = self._left
        piece: bytes = self._file.read(PIECE if left is None else min(PIECE, left)) if left is None or left > 0 else b""
        if not piece:
            self.close()
            raise StopIteration
        if left is not None:
            self._left = left - len(piece)
        return piece

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    def __del__(self) -> None:
        self._file.close()


def _skip(file: Any, start: int) -> None:
    if hasattr(file, "seek"):
        file.seek(start)
        return
    while start > 0 and (piece := file.read(min(PIECE, start))):
        start -= len(piece)


def _etag(resource: Any, modified: float | None, content: ProviderContent) -> str:
    """Give the entity-tag of a document; a weak one of its time and its length if the provider has none."""
    tag = resource.get_etag() if resource.support_etag() else None
    if tag:
        return tag if tag.endswith('"') else f'"{tag}"'
    return f'W/"{int((modified or 0) * 1000):x}-{len(content):x}"'


def _size(properties: Properties) -> int:
    return sum(len(xml.encode()) for xml in properties.values())
