"""webdav4's own client against its own kind of server: WsgiDAV on cheroot, with only ``provider_mapping`` changed.

The client reports the same over stock WsgiDAV, over the same files with causes, and over a scenario.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cheroot import wsgi
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from dav424.wsgidav import Causes, ScenarioProvider
from tests.wsgi.storages import FussyPropertyManager

from .run import NotInstalledError, driving

LIFE: list[tuple[str, list[Any]]] = [
    ("mkdir", ["box"]),
    ("put", ["box/a b", "content"]),
    ("put", ["box/ü", "more"]),
    ("put", ["box/a b", "changed"]),
    ("list", ["box"]),
    ("get", ["box/a b"]),
    ("proppatch", ["box/ü", [["urn:x", "colour", "red"]]]),
    ("copy", ["box", "copy"]),
    ("list", ["copy"]),
    ("move", ["copy/a b", "moved"]),
    ("get", ["moved"]),
    ("move", ["copy", "box/copy"]),
    ("list", ["box/copy"]),
    ("mkdir", ["box"]),
    ("mkdir", ["none/box"]),
    ("put", ["none/f", "content"]),
    ("get", ["none"]),
    ("delete", ["none"]),
    ("delete", ["box"]),
    ("list", [""]),
]
"""Calls of the client, those that fail too."""


@contextmanager
def served(provider: Any) -> Iterator[str]:
    """Serve a provider as webdav4's tests do, with all else as WsgiDAV has it, but for the login."""
    config = {
        "provider_mapping": {"/": provider},
        "simple_dc": {"user_mapping": {"*": True}},
        "property_manager": FussyPropertyManager(),
        "verbose": 0,
        "logging": {"enable": False},
    }
    server = wsgi.Server(("127.0.0.1", 0), WsgiDAVApp(config), numthreads=2)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(timeout=30)


def told(provider: Any, calls: list[tuple[str, list[Any]]]) -> list[tuple[str, str, object]]:
    """Let the client make calls, and give what it reports of each."""
    with driving("webdav4") as driver, served(provider) as url:
        reports = [driver.call(url, call, arguments) for call, arguments in calls]
        return [(each.how, each.words.replace(url, ""), each.value) for each in reports]


def files(folder: Path, name: str) -> FilesystemProvider:
    """Make a folder, and its provider."""
    (folder / name).mkdir()
    return FilesystemProvider(str(folder / name), fs_opts={})


def test_the_client_reports_the_same(tmp_path: Path) -> None:
    """Its life cycle is the same over stock WsgiDAV, over files with causes, and over a scenario in memory."""
    try:
        stock = told(files(tmp_path, "stock"), LIFE)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    assert [how for how, *_ in stock].count("failure") == 5
    over_files = told(Causes(files(tmp_path, "ours")), LIFE)
    in_memory = told(ScenarioProvider("playground"), LIFE)
    for number, (call, arguments) in enumerate(LIFE):
        ours = [over_files[number], in_memory[number]]
        assert [each[0] for each in ours] == [stock[number][0]] * 2, (call, arguments, stock[number], ours)
        assert sorted(map(str, over_files[number][2] or [])) == sorted(map(str, stock[number][2] or [])), call


def test_a_refusal_of_the_property_manager_is_undone(tmp_path: Path) -> None:
    """The client reports the same. Stock WsgiDAV keeps the other property, and the files with causes don't."""
    calls: list[tuple[str, list[Any]]] = [
        ("put", ["f", "content"]),
        ("proppatch", ["f", [["urn:x", "new", "1"], ["urn:x", "fussy", "1"]]]),
    ]
    provider = Causes(files(tmp_path, "ours"))
    try:
        reports = told(provider, calls)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    outcomes = provider.space.journal.last.outcomes
    assert (outcomes["f", "{urn:x}new"].status, outcomes["f", "{urn:x}fussy"].status) == (424, 409)
    assert not provider.prop_manager.get_properties("/f")
    stock = files(tmp_path, "stock")
    assert told(stock, calls) == reports
    assert stock.prop_manager.get_properties("/f") == ["{urn:x}new"]
