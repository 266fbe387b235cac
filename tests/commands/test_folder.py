"""``dav424 serve --folder``: a real folder at /folder/, beside the scenarios."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from dav424.testing.admin import AdminApi

XML = {"Content-Type": "application/xml"}
LOCKINFO = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
CAUSES = """
title: My files
causes:
  - {id: owner, kind: protected-property, property: "{urn:x}owner"}
  - {id: twice, kind: denied, methods: [DELETE], path: /box/a, times: 2}
"""


def update(*names: str) -> str:
    """Write the body of a PROPPATCH that sets properties."""
    props = "".join(f"<x:{name}>1</x:{name}>" for name in names)
    return (
        f'<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop>{props}</D:prop></D:set></D:propertyupdate>'
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with two files, and the file of its causes beside it."""
    made = tmp_path / "my files"
    (made / "box").mkdir(parents=True)
    (made / "f").write_text("file")
    (made / "box" / "a").write_text("a")
    (tmp_path / "causes.yaml").write_text(CAUSES)
    return made


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[httpx.Client]:
    """Serve a folder with its causes, in a process of its own."""
    ready = folder.parent / "ready.json"
    causes = str(folder.parent / "causes.yaml")
    command = [sys.executable, "-m", "dav424", "serve", "--port", "0", "--ready-file", str(ready), *flags]
    command += ["--folder", str(folder), "--folder-causes", causes]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            with httpx.Client(base_url=json.loads(ready.read_text())["url"]) as client:
                yield client
        finally:
            process.terminate()


def statuses(answer: httpx.Response) -> list[str]:
    """Give the statuses in a 207."""
    return re.findall("HTTP/1.1 ([0-9]+)", answer.text)


def test_a_folder_fails_and_survives_a_restart(folder: Path) -> None:
    """A refused property undoes the other; files, properties and locks are there after a restart, and beside the folder."""
    with serving(folder) as client:
        failed = client.request("PROPPATCH", "/folder/f", content=update("a", "owner"), headers=XML)
        assert statuses(failed) == ["424", "403"]
        assert statuses(client.request("PROPPATCH", "/folder/f", content=update("kept"), headers=XML)) == ["200"]
        token = client.request("LOCK", "/folder/f", content=LOCKINFO, headers=XML).headers["Lock-Token"]
        assert client.put("/folder/new", content=b"new").status_code == 201
    with serving(folder) as client:
        found = client.request("PROPFIND", "/folder/f", headers={"Depth": "0"}).text
        assert (":kept" in found, "owner>" in found, token[1:-1] in found) == (True, False, True)
        assert client.put("/folder/f", content=b"x").status_code == 423
        assert client.put("/folder/f", content=b"x", headers={"If": f"({token})"}).status_code == 204
        assert client.get("/folder/new").content == b"new"
    assert (folder / "f").read_bytes() == b"x"
    assert sorted(path.name for path in folder.iterdir()) == ["box", "f", "new"]
    assert folder.with_name("my files.dav424-state").is_file()


def test_there_is_one_folder(folder: Path) -> None:
    """A space has no folder of its own; the scenarios are there, in spaces too; the list names the folder."""
    with serving(folder) as client:
        missing = client.get("/s/mine/folder/f")
        assert (missing.status_code, missing.text) == (
            404,
            "There is one 'folder' for all spaces, outside of the server: send /folder/.\n",
        )
        assert client.get("/s/mine/proppatch-protected/report.txt").status_code == 200
        assert "folder/" in client.get("/").text


def test_a_reset_leaves_the_files_alone(folder: Path) -> None:
    """Causes, counters and journal are those of the beginning; a restore, a PUT of the tree and a scenario file are 409."""
    with serving(folder) as client:
        api = AdminApi(str(client.base_url), "")
        assert [client.delete("/folder/box/a").status_code for _ in range(2)] == [403, 403]
        assert client.put("/folder/f", content=b"changed").status_code == 204
        client.put("/-/spaces/default/causes/more?scenario=folder", json={"kind": "read-only", "path": "/f"})
        assert client.put("/folder/f", content=b"again").status_code == 403
        name = client.post("/-/spaces/default/snapshots").json()["snapshot"]
        restored = client.post("/-/spaces/default/restore", json={"snapshot": name})
        assert (restored.status_code, "are outside of the server" in restored.text) == (409, True)
        tree = client.get("/-/spaces/default/tree?scenario=folder")
        assert "/box/a" in tree.text
        replaced = client.put("/-/spaces/default/tree?scenario=folder", json={"resources": {}})
        assert (replaced.status_code, "outside of the server" in replaced.text) == (409, True)
        assert client.get("/-/spaces/default/changes?scenario=folder").status_code == 409
        assert client.get("/-/spaces/default/scenario?scenario=folder").status_code == 409
        played = client.post("/-/spaces/default/replay", json={"exchange": 1})
        assert (played.status_code, "outside of the server" in played.text) == (409, True)
        api("POST", "spaces", "default", "reset")
        assert client.get("/folder/f").content == b"changed"
        assert [client.delete("/folder/box/a").status_code for _ in range(3)] == [403, 403, 204]
        assert client.put("/folder/f", content=b"again").status_code == 204
        assert len(client.get("/-/spaces/default/journal").json()["entries"]) == 5


def test_a_large_file_streams(folder: Path) -> None:
    """The content has its length, a range of it too, and HEAD sends none."""
    (folder / "large").write_bytes(bytes(range(256)) * 20_000)
    with serving(folder) as client:
        whole = client.get("/folder/large")
        assert (len(whole.content), whole.headers["Content-Length"]) == (5_120_000, "5120000")
        part = client.get("/folder/large", headers={"Range": "bytes=300000-300255"})
        assert (part.status_code, part.content[:3]) == (206, bytes([224, 225, 226]))
        assert client.head("/folder/large").headers["Content-Length"] == "5120000"


def refused(*flags: str) -> str:
    """Run ``serve`` with flags that it refuses, and give the message."""
    command = [sys.executable, "-m", "dav424", "serve", "--port", "0", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done
    return done.stderr


def test_what_cannot_be_served_is_refused(folder: Path) -> None:
    """Each message names the flag and the remedy."""
    with_tree = folder.parent / "tree.yaml"
    with_tree.write_text("title: T\ntree: {/f: {content: x}}\n")
    assert "there is no such folder" in refused("--folder", str(folder / "none"))
    assert "is in the folder" in refused("--folder", str(folder), "--folder-state", str(folder / "state"))
    assert "remove the key" in refused("--folder", str(folder), "--folder-causes", str(with_tree))
    assert "can't be read" in refused("--folder", str(folder), "--folder-causes", str(folder / "none.yaml"))
    assert "name one with --folder" in refused("--folder-state", "x")
    assert "can't be used" in refused("--folder", str(folder), "--folder-state", str(folder.parent / "no" / "state"))


def test_check_takes_a_file_without_a_tree(folder: Path) -> None:
    """Its paths are those of a folder; with a tree, a path that is not there is a mistake. The name folder is reserved."""

    def check(text: str, name: str = "causes.yaml") -> tuple[int, str]:
        file = folder.parent / name
        file.write_text(text)
        command = [sys.executable, "-m", "dav424", "check", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    assert check(CAUSES)[0] == 0
    assert "the tree has no resource at /box/a" in check(CAUSES + "tree: {/f: {content: x}}\n")[1]
    assert "'folder' can't be a scenario's name" in check(CAUSES, "folder.yaml")[1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_stops_nothing(folder: Path) -> None:
    """To open it waits for a writer, and all other requests would wait too."""
    os.mkfifo(folder / "pipe")
    with serving(folder) as client:
        for method in ("GET", "PUT", "PROPFIND", "DELETE"):
            assert client.request(method, "/folder/pipe", timeout=20).status_code == 403
        assert client.put("/folder/g", content="x").status_code == 201
