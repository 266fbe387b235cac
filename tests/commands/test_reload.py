"""Scenario files that change while ``dav424 serve`` runs."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client import Client

from .test_cli import dav424, running

SOON = 30.0
"""Seconds that bound what should come far sooner: the machine may be busy."""


def write(folder: Path, name: str, content: str) -> None:
    """Write a scenario with one document, in one step."""
    (folder / "unfinished").write_text(f"title: {name}\ntree: {{/f: {{content: {content}}}}}\n")
    (folder / "unfinished").rename(folder / f"{name}.yaml")


class Reloading:
    """A server whose files change."""

    def __init__(self, process: subprocess.Popen[str], url: str, folder: Path) -> None:
        self.process, self.folder, self.client = process, folder, Client(url)

    def get(self, path: str) -> tuple[int, str]:
        answer = self.client("GET", path)
        return answer.status, answer.body.decode().partition("\n")[0]

    def said(self) -> str:
        """Wait for the next line of stderr."""
        lines: list[str] = []
        assert self.process.stderr is not None
        reader = threading.Thread(target=lambda: lines.append(self.process.stderr.readline()), daemon=True)
        reader.start()
        reader.join(SOON)
        assert lines, "the server has said nothing"
        return lines[0].rstrip("\n")

    def reload(self) -> str:
        """Send SIGHUP, and give what the server says."""
        self.process.send_signal(signal.SIGHUP)
        return self.said()


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[Reloading]:
    """Serve a folder with the scenarios ``a`` and ``b``, without a terminal."""
    for name in ("a", "b"):
        write(folder, name, "old")
    with running("--port", "0", "--scenarios", str(folder), *flags) as (process, url):
        yield Reloading(process, url, folder)


def test_the_default_space_takes_a_changed_scenario_up_anew(tmp_path: Path) -> None:
    """What clients have changed in it is gone; a scenario that has not changed keeps that."""
    with serving(tmp_path) as server:
        for name in ("a", "b"):
            assert server.client("PUT", f"/{name}/mine", "x").status == 201
        write(tmp_path, "a", "new")
        assert server.reload() == "dav424: took up scenarios: a"
        assert server.get("/a/f") == (200, "new")
        assert server.get("/a/mine")[0] == 404
        assert server.get("/b/f") == (200, "old")
        assert server.get("/b/mine") == (200, "x")


def test_other_spaces_keep_their_copies(tmp_path: Path) -> None:
    """A test that runs sees no change, also after a reset; a space that has no copy yet gets a new one."""
    with serving(tmp_path) as server:
        assert server.client("PUT", "/s/mine/a/mine", "x").status == 201
        write(tmp_path, "a", "new")
        server.reload()
        assert server.get("/s/mine/a/f") == (200, "old")
        assert server.get("/s/mine/a/mine") == (200, "x")
        assert server.client("POST", "/-/spaces/mine/reset").status == 200
        assert server.get("/s/mine/a/f") == (200, "old")
        assert server.get("/s/other/a/f") == (200, "new")


def test_files_come_and_go(tmp_path: Path) -> None:
    """The list of the scenarios follows, and a bundled one comes back when the file that had its name is gone."""
    with serving(tmp_path) as server:
        write(tmp_path, "c", "new")
        write(tmp_path, "playground", "mine")
        (tmp_path / "b.yaml").unlink()
        assert server.reload() == "dav424: took up scenarios: b, c, playground"
        assert [server.get(f"/{name}/f")[0] for name in ("a", "b", "c", "playground")] == [200, 404, 200, 200]
        assert "/c/" in server.client("PROPFIND", "/", headers={"Depth": "1"}).body.decode()
        (tmp_path / "playground.yaml").unlink()
        assert server.reload() == "dav424: took up scenarios: playground"
        assert server.get("/playground/f")[0] == 404


def test_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    """Not the others either; the server says what is wrong, and takes all of them up when it is right."""
    with serving(tmp_path) as server:
        write(tmp_path, "a", "new")
        (tmp_path / "b.yaml").write_text("titel: b\n")
        assert server.reload() == "dav424: the scenarios and dialects stay as they were; solve these problems:"
        assert "b.yaml:1:1: " in server.said()
        assert server.get("/a/f") == server.get("/b/f") == (200, "old")
        while "titel" not in server.said():
            pass
        write(tmp_path, "b", "new")
        assert server.reload() == "dav424: took up scenarios: a, b"
        assert server.get("/a/f") == server.get("/b/f") == (200, "new")


def test_what_means_the_same_has_not_changed(tmp_path: Path) -> None:
    """A comment resets no world."""
    with serving(tmp_path) as server:
        server.client("PUT", "/a/mine", "x")
        with (tmp_path / "a.yaml").open("a") as file:
            file.write("# a comment\n")
        assert server.reload() == "dav424: the scenarios and dialects have not changed"
        assert server.get("/a/mine") == (200, "x")


def test_watch_needs_no_signal(tmp_path: Path) -> None:
    """A file that changed, one that came and one that is broken."""
    with serving(tmp_path, "--watch") as server:
        write(tmp_path, "a", "new")
        assert server.said() == "dav424: took up scenarios: a"
        assert server.get("/a/f") == (200, "new")
        write(tmp_path, "c", "new")
        assert server.said() == "dav424: took up scenarios: c"
        (tmp_path / "c.yaml").write_text("[")
        assert server.said() == "dav424: the scenarios and dialects stay as they were; solve these problems:"
        assert server.get("/c/f") == (200, "new")


def test_watch_needs_files() -> None:
    """There is nothing to look at otherwise."""
    run = dav424("serve", "--port", "0", "--watch")
    assert (run.returncode, run.stderr) == (
        2,
        "dav424: --watch needs files to look at; name them with --scenarios or --dialects\n",
    )


def test_requests_during_a_reload_find_one_scenario_or_the_other(tmp_path: Path) -> None:
    """No request fails while the file changes again and again."""
    with serving(tmp_path) as server:
        seen: set[tuple[int, str]] = set()
        ended = threading.Event()

        def ask() -> None:
            client = Client(server.client.url)
            while not ended.is_set():
                answer = client("GET", "/a/f")
                seen.add((answer.status, answer.body.decode()))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(20):
            write(tmp_path, "a", ("new", "old")[number % 2])
            assert server.reload() == "dav424: took up scenarios: a"
        ended.set()
        for thread in threads:
            thread.join()
        assert seen <= {(200, "old"), (200, "new")}
        assert server.get("/a/f") == (200, "old")


@pytest.mark.skipif(sys.platform != "linux", reason="the test makes a terminal of Linux")
def test_a_terminal_that_closes_ends_the_server(tmp_path: Path) -> None:
    """Its SIGHUP reloads nothing; one that a user sends while the terminal is there does."""
    ready = tmp_path / "ready"
    ours, its = pty.openpty()
    # A session without a terminal gets the first one that its leader opens.
    # The tests themselves may run under nohup, which ignores SIGHUP for all that it starts.
    script = 'exec <>"$0" >&0 2>&1; exec env --default-signal=HUP "$@"'
    command = [sys.executable, "-m", "dav424", "serve", "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(["sh", "-c", script, os.ttyname(its), *command], start_new_session=True) as server:
        try:
            read_until(ours, b"Press Ctrl-C")
            os.close(its)  # not before: a terminal that nobody has opened can't be read
            server.send_signal(signal.SIGHUP)
            read_until(ours, b"the scenarios and dialects have not changed")
            os.close(ours)
            assert server.wait(SOON) == 0
        finally:
            server.kill()
    assert not ready.exists()


def read_until(terminal: int, wanted: bytes) -> None:
    """Read from a terminal until it has shown a text, for a bounded time."""
    shown = b""
    while wanted not in shown:
        assert select.select([terminal], [], [], SOON)[0], shown
        shown += os.read(terminal, 4096)
