"""Changed files of scenarios and dialects are taken up while the server runs: at SIGHUP, and soon after each change with ``--watch``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dav424.app import App
    from dav424.dialects.choice import DialectChoice
    from dav424.scenario.sources import Sources

INTERVAL = 0.3
"""Seconds between two looks at the files; a change is taken up when the files have stayed the same for as long."""
Fingerprint = dict[Path, tuple[int, int, int] | None]
"""What changes with each file: its time, its size and its number in the file system; None for one that can't be read."""


class Reloader:
    """Reads the dialects and the scenarios anew when that is ``asked`` for; with ``watched`` paths, when their files change."""

    def __init__(
        self,
        app: App,
        read: Callable[[], Sources],
        choice: DialectChoice,
        watched: Iterable[Path] = (),
    ) -> None:
        self._app, self._read, self._choice, self._watched = app, read, choice, list(watched)
        self._asked: SimpleQueue[None] = SimpleQueue()

    def ask(self) -> None:
        """Have the files read soon. The handler of a signal may call it."""
        self._asked.put(None)

    def start(self) -> None:
        """Wait for requests and changes, in a thread that ends with the process."""
        seen = fingerprint(self._watched)
        threading.Thread(target=self._run, args=(seen,), name="reload", daemon=True).start()

    def _run(self, seen: Fingerprint) -> None:
        while True:
            if not self._is_asked() and fingerprint(self._watched) == seen:
                continue
            seen = self._settled()
            self._reload()

    def _is_asked(self) -> bool:
        """Wait until a reload is asked for, or for the interval of ``--watch``."""
        try:
            self._asked.get(timeout=INTERVAL if self._watched else None)
        except Empty:
            return False
        return True

    def _settled(self) -> Fingerprint:
        """Wait until no file changes: an editor writes a file in several steps."""
        seen = fingerprint(self._watched)
        while self._watched:
            self._is_asked()  # waits for the interval; a reload is under way
            now = fingerprint(self._watched)
            if now == seen:
                break
            seen = now
        return seen

    def _reload(self) -> None:
        from dav424.dialects.choice import UnknownDialectError
        from dav424.scenario.file_problem import ScenarioError

        try:
            scenarios, dialects = self._read(), self._choice.sources()
        except ScenarioError as error:
            _say(f"the scenarios and dialects stay as they were; solve these problems:\n{error}")
            return
        except UnknownDialectError as error:
            _say(f"the scenarios and dialects stay as they were; --dialect: {error}")
            return
        except OSError as error:
            _say(f"the scenarios and dialects stay as they were; a folder can't be read: {error}")
            return
        taken = {
            "dialects": self._app.dialects.replace(dialects),
            "scenarios": self._app.reload(scenarios),
        }
        changed = [f"{kind}: {', '.join(names)}" for kind, names in taken.items() if names]
        _say(f"took up {'; '.join(changed)}" if changed else "the scenarios and dialects have not changed")
        if changed:
            say_left_out(self._app, self._choice.name, scenarios)


def say_left_out(app: App, default: str, sources: Sources) -> None:
    """Say which faults the default dialect, and those of the user's scenarios, leave out because the name has no ``!``."""
    from dav424.scenario.sources import LoadedScenario

    own = [source.scenario.dialect for source in sources.values() if isinstance(source, LoadedScenario)]
    for name in sorted({name for name in [default, *own] if name}):
        if note := app.dialects.note(name):
            _say(f"note: {note}")


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Look at all files of scenarios and dialects at paths."""
    from dav424.scenario.files import SUFFIXES

    found: Fingerprint = {}
    for path in paths:
        try:
            members = [each for each in path.iterdir() if each.suffix in SUFFIXES] if path.is_dir() else [path]
        except OSError:
            members = [path]
        found.update((file, _state(file)) for file in members)
    return found


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _say(text: str) -> None:
    print(f"dav424: {text}", file=sys.stderr, flush=True)
