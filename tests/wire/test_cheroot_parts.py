"""The parts of cheroot on which the server relies are there, and their absence is reported."""

from __future__ import annotations

import ast
import socket
from pathlib import Path
from threading import Thread
from typing import Any

import cheroot
import pytest
from cheroot.connections import ConnectionManager
from cheroot.server import HTTPConnection, HTTPServer
from cheroot.workers.threadpool import ThreadPool, WorkerThread

from dav424.wire import cheroot_parts
from dav424.wire.cheroot_parts import PARTS, missing_parts
from dav424.wire.server import open_server

CLASSES: dict[str, Any] = {
    "HTTPServer": HTTPServer,
    "HTTPConnection": HTTPConnection,
    "ConnectionManager": ConnectionManager,
    "ThreadPool": ThreadPool,
    "WorkerThread": WorkerThread,
}
SERVER = HTTPServer(("127.0.0.1", 0), None)
with socket.socket() as SERVER.socket:
    MANAGER = ConnectionManager(SERVER)
CONNECTION = HTTPConnection(SERVER, None, lambda *_: None)
INSTANCES = [
    SERVER,
    CONNECTION,
    MANAGER,
    ThreadPool(SERVER),
    WorkerThread(SERVER),
]
CHEROOT_NEEDS = {("HTTPServer", "bind_addr"), ("HTTPServer", "ssl_adapter")}
"""Parts without which cheroot itself makes no server or request."""
OF_CLASSES = [
    (type(instance).__name__, name)
    for instance in INSTANCES
    for name in PARTS[type(instance).__name__]
    if name not in vars(instance)
]


def test_the_installed_cheroot_has_every_part() -> None:
    """If this fails after an update of cheroot, change ``wire/cheroot_parts.py`` or the bound in pyproject.toml."""
    missing = missing_parts()
    assert not missing, f"cheroot {cheroot.__version__} has no {', '.join(missing)}, which wire/cheroot_parts.py uses"


@pytest.mark.parametrize(("owner", "name"), [part for part in OF_CLASSES if part not in CHEROOT_NEEDS])
def test_a_part_that_a_class_lacks_is_named(monkeypatch: pytest.MonkeyPatch, owner: str, name: str) -> None:
    """A new cheroot may drop or rename any of them."""
    monkeypatch.delattr(CLASSES[owner], name)
    assert f"{owner}.{name}" in missing_parts()


def test_a_part_that_an_instance_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """So may the attributes that ``__init__`` sets."""
    make = ThreadPool.__init__

    def make_without_threads(pool: ThreadPool, *args: Any, **settings: Any) -> None:
        make(pool, *args, **settings)
        del pool._threads

    monkeypatch.setattr(ThreadPool, "__init__", make_without_threads)
    assert "ThreadPool._threads" in missing_parts()


def test_no_server_starts_without_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the version, the part, and what to do."""
    monkeypatch.delattr(ThreadPool, "_spawn_worker")
    with pytest.raises(ImportError, match=rf"cheroot {cheroot.__version__} lacks ThreadPool._spawn_worker; install"):
        open_server(lambda _: pytest.fail("no request"), "127.0.0.1", 0)


def test_every_name_of_cheroot_that_is_used_is_a_part() -> None:
    """The module reads or defines no attribute of cheroot's objects that the table does not list.

    The methods of the TLS adapter are ours: cheroot calls them.
    """
    body = ast.parse(Path(cheroot_parts.__file__).read_text()).body
    nodes = [node for part in body if getattr(part, "name", "") != "HandshakeLater" for node in ast.walk(part)]
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    used |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    used |= {
        name.id for node in nodes if isinstance(node, ast.Assign) for name in node.targets if isinstance(name, ast.Name)
    }
    of_cheroot = {name for instance in INSTANCES for name in dir(instance)} - set(dir(Thread))
    assert used & of_cheroot - {name for names in PARTS.values() for name in names} == set()
