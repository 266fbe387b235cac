"""WSGI applications have no connection: faults of the bytes work there, and those of the connection are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from dav424.faults.kinds import FAULTS
from dav424.wsgi import application
from dav424.wsgidav import Causes, ScenarioProvider

NEEDED: dict[str, dict[str, int]] = {"wrong-length": {"by": 7}, "pause": {"milliseconds": 1}}
CONNECTION = [str(kind.__struct_config__.tag) for kind in FAULTS if kind.needs_connection]


def _file(folder: Path, kind: str) -> Path:
    settings = "".join(f", {key}: {value}" for key, value in NEEDED.get(kind, {}).items())
    file = folder / "faulty.yaml"
    file.write_text(f"title: T\ntree: {{/f: {{content: x}}}}\nfaults: [{{id: it, kind: {kind}{settings}}}]\n")
    return file


def _call(app: Any, method: str, path: str, body: bytes = b"") -> tuple[str, bytes]:
    import io

    said: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "test",
        "SERVER_PORT": "80",
        "HTTP_HOST": "test",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    answered = b"".join(app(environ, lambda status, _headers, _error=None: said.append(status)))
    return said[0], answered


def test_the_kinds_of_the_connection() -> None:
    """They are these."""
    assert CONNECTION == ["wrong-length", "dribble", "pause", "early-answer", "reset", "close"]


@pytest.mark.parametrize("kind", CONNECTION)
def test_a_file_with_a_fault_of_the_connection_is_refused(tmp_path: Path, kind: str) -> None:
    """Each of the three doors names the fault when it is made."""
    file = _file(tmp_path, kind)
    for make in (lambda: application(file), lambda: ScenarioProvider(file), lambda: Causes(None, file)):
        with pytest.raises(ValueError, match=rf"'it' \({kind}\).*dav424 serve"):
            make()


def test_a_fault_of_the_bytes_works(tmp_path: Path) -> None:
    """The body is left out, as on a connection."""
    app = application(_file(tmp_path, "empty-body"))
    assert _call(app, "GET", "/faulty/f") == ("200 OK", b"")


def test_the_admin_api_refuses_a_fault_of_the_connection() -> None:
    """The answer names the reason; one of the bytes is added."""
    app = application(admin_open=True)
    path = "/-/spaces/default/faults/x"
    assert _call(app, "GET", "/playground/")[0] == "200 OK"
    status, answer = _call(app, "PUT", path, b'{"kind": "reset"}')
    assert status == "422 Unprocessable Content"
    assert b"has no connections of its own" in answer
    assert _call(app, "PUT", path, b'{"kind": "empty-body"}')[0] == "200 OK"
    status, answer = _call(app, "PUT", "/-/spaces/new", b'{"faults": [{"id": "r", "kind": "reset"}]}')
    assert (status[:3], b"has no connections of its own" in answer) == ("422", True)


def test_a_fault_of_the_bytes_works_over_a_provider(tmp_path: Path) -> None:
    """The file is whole on the disk, and its answer is cut."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "f").write_text("0123456789")
    causes = tmp_path / "causes.yaml"
    causes.write_text("title: T\nfaults: [{id: cut, kind: cut-body, bytes: 3}]\n")
    config = {
        "provider_mapping": {"/": Causes(FilesystemProvider(str(folder)), causes)},
        "simple_dc": {"user_mapping": {"*": True}},
        "verbose": 0,
        "logging": {"enable": False},
    }
    assert _call(WsgiDAVApp(config), "GET", "/f") == ("200 OK", b"012")
