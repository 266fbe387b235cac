"""The storages of the contract: the tree in memory, files, and a provider as users of WsgiDAV write them."""

from __future__ import annotations

import errno
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from wsgidav.dav_error import HTTP_CONFLICT, HTTP_FORBIDDEN, DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.prop_man.property_manager import PropertyManager
from wsgidav.wsgidav_app import WsgiDAVApp

from dav424.wsgidav import Causes, ScenarioProvider

Files = dict[str, Any]
"""Documents as bytes by name, and folders as dictionaries."""


class Bytes(io.BytesIO):
    """A file that stores its content when it is closed."""

    def __init__(self, store: Callable[[bytes], None]) -> None:
        super().__init__()
        self._store = store

    def close(self) -> None:
        """Store the content, once."""
        if not self.closed:
            self._store(self.getvalue())
        super().close()


class DictDocument(DAVNonCollection):  # type: ignore[misc]  # WsgiDAV has no types
    """A document: an entry of a dictionary."""

    def __init__(self, path: str, environ: dict[str, Any], folder: Files) -> None:
        super().__init__(path, environ)
        self._folder = folder

    def get_content_length(self) -> int:
        """Give the bytes."""
        return len(self._folder[self.name])

    def get_content(self) -> io.BytesIO:
        """Open the content."""
        return io.BytesIO(self._folder[self.name])

    def get_etag(self) -> None:
        """Have no entity-tag."""

    def support_etag(self) -> bool:
        """Have no entity-tag."""
        return False

    def begin_write(self, *, content_type: str | None = None) -> Bytes:
        """Open the content for writing."""
        del content_type
        self.provider.check(self.path)
        if self.path in self.provider.full:
            raise OSError(errno.ENOSPC, "full")
        return Bytes(lambda content: self._folder.__setitem__(self.name, content))

    def delete(self) -> None:
        """Delete the document."""
        self.provider.check(self.path, deleting=True)
        del self._folder[self.name]
        self.remove_all_properties(recursive=True)
        self.remove_all_locks(recursive=True)


class DictFolder(DAVCollection):  # type: ignore[misc]  # WsgiDAV has no types
    """A collection: a dictionary."""

    def __init__(self, path: str, environ: dict[str, Any], files: Files, parent: Files | None) -> None:
        super().__init__(path, environ)
        self._files, self._parent = files, parent

    def get_member_names(self) -> list[str]:
        """List the names."""
        return list(self._files)

    def get_member(self, name: str) -> Any:
        """Give the resource of a name; None if there is none."""
        found = self._files.get(name)
        path = f"{self.path.rstrip('/')}/{name}"
        if isinstance(found, dict):
            return DictFolder(path, self.environ, found, self._files)
        return DictDocument(path, self.environ, self._files) if found is not None else None

    def create_empty_resource(self, name: str) -> Any:
        """Create a document."""
        self.provider.check(f"{self.path.rstrip('/')}/{name}")
        self._files[name] = b""
        return self.get_member(name)

    def create_collection(self, name: str) -> None:
        """Create a collection."""
        self.provider.check(f"{self.path.rstrip('/')}/{name}")
        self._files[name] = {}

    def delete(self) -> None:
        """Delete the collection."""
        self.provider.check(self.path, deleting=True)
        if self._files:
            raise DAVError(HTTP_CONFLICT, "The folder is not empty")
        if self._parent is None:
            raise DAVError(HTTP_FORBIDDEN, "The root stays")
        del self._parent[self.name]
        self.remove_all_properties(recursive=True)
        self.remove_all_locks(recursive=True)


class DictProvider(DAVProvider):  # type: ignore[misc]  # WsgiDAV has no types
    """A provider over a dictionary, as users write them.

    It raises ``refusals[path]``, if there is one, at each write. It deletes no path of ``refusals_of_delete``, and finds no
    space for the content of a path that is ``full``.
    """

    def __init__(self, files: Files) -> None:
        super().__init__()
        self.files = files
        self.refusals: dict[str, Exception] = {}
        self.refusals_of_delete: set[str] = set()
        self.full: set[str] = set()

    def check(self, path: str, *, deleting: bool = False) -> None:
        """Raise the refusal of a path."""
        if path in self.refusals:
            raise self.refusals[path]
        if deleting and path in self.refusals_of_delete:
            raise DAVError(HTTP_FORBIDDEN, f"{path} stays")

    def get_resource_inst(self, path: str, environ: dict[str, Any]) -> Any:
        """Find a resource by its path."""
        self._count_get_resource_inst += 1
        return DictFolder("/", environ, self.files, None).resolve("", path)


class FussyPropertyManager(PropertyManager):  # type: ignore[misc]  # WsgiDAV has no types
    """Refuses to store a property named "fussy", with 409 once it is to be stored, and to remove one that is ``stuck``."""

    def __init__(self) -> None:
        super().__init__()
        self.stuck: set[str] = set()

    def write_property(self, norm_url: str, name: str, property_value: Any, *more: Any, **named: Any) -> Any:
        """Refuse one name."""
        dry_run = bool(more and more[0])
        if name == "{urn:x}fussy" and not dry_run:
            raise DAVError(HTTP_CONFLICT, "fussy is not welcome")
        return super().write_property(norm_url, name, property_value, *more, **named)

    def remove_property(self, norm_url: str, name: str, *more: Any, **named: Any) -> Any:
        """Refuse what is stuck."""
        if name in self.stuck:
            raise DAVError(HTTP_FORBIDDEN, f"{name} is stuck")
        return super().remove_property(norm_url, name, *more, **named)


HREF = re.compile("<D:href>(.*?)</D:href>")
RESPONSE = re.compile("<D:response>.*?</D:response>", re.DOTALL)
PROPSTAT = re.compile("<D:propstat>.*?</D:propstat>", re.DOTALL)
STATUS = re.compile("HTTP/1.1 ([0-9]+)")
PROP = re.compile('<(?:[a-z0-9]+:)?([a-z0-9]+)(?: xmlns(?::[a-z0-9]+)?="urn:x")?/>')


@dataclass
class Storage:
    """A served storage: a client, the provider, and what is really stored."""

    client: httpx.Client
    provider: Any
    stored: Callable[[], Any]
    inner: Any = None
    app: Any = None

    def tree(self) -> dict[str, bytes | None]:
        """Read all that is served: the content of each document, None for collections."""
        found: dict[str, bytes | None] = {}
        for path in HREF.findall(self("PROPFIND", "/", Depth="infinity").text):
            found[path] = None if path.endswith("/") else self("GET", path).content
        return found

    def say(self, *request: Any, **headers: str) -> str:
        """Send a request, and give its status and those in its 207, each with the last segment of what it is about."""
        answer = self(*request, **headers)
        if answer.status_code != 207:
            return str(answer.status_code)
        found = []
        for response in RESPONSE.findall(answer.text):
            path = HREF.search(response)
            name = path[1].rstrip("/").rpartition("/")[2] if path else ""
            for propstat in PROPSTAT.findall(response) or [response]:
                status = STATUS.search(propstat)
                names = PROP.findall(propstat) or [name]
                found += [f"{each} {status[1] if status else '?'}" for each in names]
        return f"207 {', '.join(found)}"

    def batch(self, *requests: Mapping[str, Any]) -> str:
        """Send a JSON batch, and give the status of each request by its id."""
        body = json.dumps({"requests": requests})
        answer = self("POST", "/$batch", body, Content_Type="application/json")
        assert answer.status_code == 200, answer.text
        return ", ".join(f"{each['id']} {each['status']}" for each in answer.json()["responses"])

    def __call__(self, method: str, path: str, content: Any = None, **headers: str) -> httpx.Response:
        """Send a request."""
        typed = {"Content-Type": "application/xml"} if content and method != "PUT" else {}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, content=content, headers=typed | sent)


def filled(storage: Storage) -> Storage:
    """Fill a storage with a small tree and a few properties."""
    for path in ("/box/", "/box/in/"):
        assert storage("MKCOL", path).status_code == 201
    for path, content in (("/f", b"file"), ("/box/a", b"a" * 5000), ("/box/b", b"bee"), ("/box/in/c", "ü".encode())):
        assert storage("PUT", path, content).status_code == 201
    for path in ("/f", "/box/", "/box/a", "/box/in/c"):
        assert storage("PROPPATCH", path, update(old="<x:sub>é</x:sub>", also="2")).status_code == 207
    return storage


def update(**values: str | None) -> str:
    """Write the body of a PROPPATCH that sets properties, or removes them with None, in this order."""
    instructions = "".join(
        f"<D:set><D:prop><x:{name}>{value}</x:{name}></D:prop></D:set>"
        if value is not None
        else f"<D:remove><D:prop><x:{name}/></D:prop></D:remove>"
        for name, value in values.items()
    )
    return f'<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x">{instructions}</D:propertyupdate>'


@contextmanager
def served(
    provider: Any, stored: Callable[[], Any], inner: Any = None, before: Any = None, **config: Any
) -> Iterator[Storage]:
    """Serve a provider inside WsgiDAV's application, in this process, with the properties of the application ``before``."""
    properties = before.prop_manager if before is not None else FussyPropertyManager()
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": provider},
            "simple_dc": {"user_mapping": {"*": True}},
            "property_manager": properties,
            "verbose": 0,
            "logging": {"enable": False},
            **config,
        }
    )
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://test") as client:
        yield Storage(client, provider, lambda: (stored(), kept(properties)), inner, app)


def kept(properties: PropertyManager) -> Any:
    """Give what a property manager has stored, byte for byte."""
    return {url: dict(found) for url, found in (properties._dict or {}).items() if found}


def files_in(folder: Path) -> dict[str, tuple[bytes | None, int]]:
    """Read a folder: the content and the time of each file, None for folders."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), int(path.stat().st_mtime)) if path.is_file() else (None, 0)
        for path in sorted(folder.rglob("*"))
    }


def scenario_in(folder: Path, settings: Mapping[str, Any]) -> Path:
    """Write a scenario file with these settings."""
    file = folder / "contract.yaml"
    file.write_text(yaml.safe_dump({"title": "Contract", **settings}))
    return file


@contextmanager
def in_memory(folder: Path, **settings: Any) -> Iterator[Storage]:
    """Serve a scenario: the immutable tree."""
    causes = settings.pop("causes", [])
    provider = ScenarioProvider(scenario_in(folder, settings))
    with served(provider, lambda: {path: dict(each) for path, each in provider.space.tree.items()}) as storage:
        filled(storage)
        for cause in causes:
            provider.space.put_cause(**cause)
        yield storage


@contextmanager
def on_files(folder: Path, **settings: Any) -> Iterator[Storage]:
    """Serve a folder."""
    root = folder / "root"
    root.mkdir(exist_ok=True)
    inner = FilesystemProvider(str(root), fs_opts={})
    with served(Causes(inner), lambda: files_in(root), inner) as storage:
        filled(storage)
    with served(Causes(inner, scenario_in(folder, settings)), lambda: files_in(root), inner, storage.app) as storage:
        yield storage


@contextmanager
def in_dictionary(folder: Path, **settings: Any) -> Iterator[Storage]:
    """Serve a dictionary."""
    inner = DictProvider({})
    with served(Causes(inner), lambda: copied(inner.files), inner) as storage:
        filled(storage)
    with served(
        Causes(inner, scenario_in(folder, settings)), lambda: copied(inner.files), inner, storage.app
    ) as storage:
        yield storage


def copied(files: Files) -> Files:
    """Copy a dictionary with all below it."""
    return {name: copied(each) if isinstance(each, dict) else each for name, each in files.items()}


STORAGES = {"memory": in_memory, "files": on_files, "dictionary": in_dictionary}
