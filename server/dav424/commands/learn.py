"""``dav424 learn``: the exercises of ``/learn/`` in a terminal, on a server that runs as long as the command.

A line that begins with ``curl`` is run in a shell; requests from another terminal count as well.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dav424.commands.colour import Paint, painter
from dav424.commands.flag_types import UsageError

if TYPE_CHECKING:
    from dav424.app import App
    from dav424.pages.learn.exercise import Exercise
    from dav424.pages.learn.grading import Grade

SPACE = "me"
"""The name of the space of the learner."""
_HELP = "Type a curl command, or: hint, show, skip, quit. After requests from elsewhere, press Enter."


def learn(options: argparse.Namespace) -> int:
    """Walk through the exercises; the exit status is 0, also if the learner quits."""
    from dav424.app import App
    from dav424.pages.learn.exercise import exercises
    from dav424.scenario.sources import scenario_sources
    from dav424.wire.server import serving

    number, last = options.number, len(exercises())
    if not (number.isascii() and number.isdecimal() and 1 <= int(number) <= last):
        raise UsageError(f"there is no exercise {number!r}; name one from 1 to {last}")
    app = App(scenario_sources())
    app.spaces.make(SPACE)
    with serving(app.gateway) as url:
        _Walk(app, url, painter()).run(int(number), exercises())
    return 0


class _Walk:
    """The conversation with a learner."""

    def __init__(self, app: App, root: str, paint: Paint) -> None:
        self._app, self._root, self._paint = app, root, paint
        self._lines = _commands()

    def run(self, first: int, exercises: Sequence[Exercise]) -> None:
        """Go through the exercises from the first one on, until the learner quits."""
        print(f"Your server is {self._root} until you quit.")
        solved = 0
        for number, exercise in list(enumerate(exercises, 1))[first - 1 :]:
            answer = self._exercise(number, exercise)
            if answer is None:
                break
            solved += answer
        print(f"\nYou have solved {solved} of {len(exercises) - first + 1} exercises.")

    def _exercise(self, number: int, exercise: Exercise) -> bool | None:
        """Stay with an exercise; gives whether it was solved, None if the learner quits."""
        url = f"{self._root}s/{SPACE}/{exercise.scenario}"
        print(f"\n{number}. {exercise.title}\n")
        for text in exercise.goal:
            print(self._wrapped(text))
        print(f"\nYour copy of the scenario: {url}/ (in a command: $URL/)")
        hints = 0
        while True:
            grade = self._grade(exercise)
            self._show(grade)
            if grade.solved:
                print(f"\n{self._wrapped(f'Solved. {exercise.lesson}')}")
                return True
            print(f"\n{self._wrapped(_HELP)}\n> ", end="", flush=True)
            line = next(self._lines, "quit")
            match line.strip().lower():
                case "quit" | "q":
                    return None
                case "skip" | "s":
                    return False
                case "hint" | "h":
                    hints = min(hints + 1, len(exercise.hints))
                    self._hint(exercise, hints, url)
                case "show":
                    self._play(exercise, url)
                case "":
                    pass
                case _ if line.lstrip().startswith("curl"):
                    self._curl(line, url)
                case _:
                    print(f"{line.strip()[:60]!r} is neither a curl command nor one of the words.")

    def _grade(self, exercise: Exercise) -> Grade:
        from dav424.journal.report import report
        from dav424.pages.learn.grading import grade

        entries = self._app.spaces.find(SPACE).journal
        return grade(exercise.rule, exercise.scenario, [report(entry) for entry in entries])

    def _show(self, grade: Grade) -> None:
        print()
        for step in grade.steps:
            sign = self._paint("[x]", 200) if step.exchange else "[ ]"
            print(f"{sign} {step.text}")

    def _hint(self, exercise: Exercise, number: int, url: str) -> None:
        from dav424.journal.curl import curl

        hint = exercise.hints[number - 1]
        print(f"\n{self._wrapped(f'Hint {number}: {hint.text}')}")
        for each in hint.requests:
            print(curl(each.method, url + each.path, each.headers, each.body.encode()))

    @staticmethod
    def _wrapped(text: str) -> str:
        """Give a text without its marks, wrapped at the width of the terminal."""
        from dav424.proof.show import wrapped

        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        return wrapped(text.replace("`", "").replace("**", ""), columns)

    def _play(self, exercise: Exercise, url: str) -> None:
        """Play the solution elsewhere: it solves nothing for the learner."""
        from dav424.pages.learn.exercise_pages import as_spec
        from dav424.pages.learn.stage import Stage

        stage = Stage(exercise.scenario, self._root)
        for attempt in exercise.solution:
            played = stage.play(as_spec(attempt))
            print(f"\n$ {played.command}\n{self._paint(played.head.partition(chr(10))[0], played.status)}")
            for line in played.lines:
                print(self._paint(f"{'   ' * line.depth}-> {line.text}", line.result.status))
        print(f"\nThese requests went to another copy, and count for nothing. Send your own to {url}/")

    @staticmethod
    def _curl(line: str, url: str) -> None:
        """Run a command of the learner, with their own rights."""
        environment = {**os.environ, "URL": url}
        subprocess.run(line, shell=True, check=False, env=environment, stdin=subprocess.DEVNULL)  # noqa: S602 - the learner's own shell
        print()


def _commands() -> Iterator[str]:
    """Read commands; a command goes on while a quote is open, so that whole requests can be pasted."""
    command = ""
    for line in sys.stdin:
        command += line
        if command.count("'") % 2 == 0:
            yield command.rstrip("\n")
            command = ""
