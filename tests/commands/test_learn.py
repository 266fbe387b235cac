"""``dav424 learn`` and the colours of ``dav424 try``, as a terminal and as a pipe see them."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from dav424.pages.learn.exercise import exercises

HERE = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
MODULE = [sys.executable, "-m", "dav424"]


def learn(typed: str, *arguments: str) -> str:
    """Run the command with lines typed into a pipe; gives what it prints."""
    run = subprocess.run(
        [*MODULE, "learn", *arguments], input=typed, capture_output=True, text=True, timeout=120, check=False, env=HERE
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def in_terminal(*arguments: str, **variables: str) -> str:
    """Run a command in a terminal; gives the bytes that it shows."""
    master, slave = pty.openpty()
    run = subprocess.Popen([*MODULE, *arguments], stdin=slave, stdout=slave, env={**HERE, "TERM": "xterm", **variables})
    os.close(slave)
    shown = bytearray()
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:
        pass  # the other side is closed: the command has ended
    finally:
        os.close(master)
    assert run.wait(60) == 0
    return shown.decode().replace("\r\n", "\n")


def test_the_ten_exercises_are_solved_by_the_commands_of_their_hints(curl: str) -> None:
    """Each is printed by the third ``hint``, pasted, and graded."""
    del curl
    hinted = learn("hint\nhint\nhint\nskip\n" * 10)
    parts = re.split(r"^Hint 3: .*\n", hinted, flags=re.MULTILINE)[1:]
    commands = [part.partition("\n\n[ ]")[0] for part in parts]
    assert [part.count("curl -") for part in commands] == [len(each.solution) for each in exercises()]
    told = learn(
        "".join(f"{re.sub(r'http://127.0.0.1:[0-9]+/s/me/[a-z0-9-]+', '$URL', each)}\n" for each in _typed(commands))
    )
    assert told.endswith("\nYou have solved 10 of 10 exercises.\n")
    assert told.count("\nSolved. ") == 10
    for exercise in exercises():
        assert f". {exercise.title}\n" in told


def _typed(commands: list[str]) -> list[str]:
    """Give the commands so that the shell puts the variable into the quotes, too."""
    return [
        command.replace("curl -", "curl -s -").replace("'http", '"http').replace("$batch'", '\\$batch"')
        for command in commands
    ]


def test_show_solves_nothing(curl: str) -> None:
    """The solution is played elsewhere, with its real answers."""
    del curl
    told = learn("show\nquit\n")
    assert (
        "HTTP/1.1 424 Failed Dependency\n-> 404 Not Found: read /feeds/eu.csv\n   -> 424 Failed Dependency: make /report.html"
        in told
    )
    assert "These requests went to another copy, and count for nothing. Send your own to http://127.0.0.1:" in told
    assert told.endswith("\nYou have solved 0 of 10 exercises.\n")


def test_it_begins_where_the_learner_wants_and_ends_with_the_input() -> None:
    """``dav424 learn 9`` begins with the ninth; the end of the input is the end."""
    told = learn("", "9")
    assert "\n9. On the status line, and cured\n" in told
    assert "\n1. " not in told
    assert told.endswith("\nYou have solved 0 of 2 exercises.\n")


def test_a_command_can_use_the_url_of_the_copy(curl: str) -> None:
    """The first exercise is solved without a copied port."""
    del curl
    assert "Solved." in learn("curl -sI $URL/report.html\n")


def test_another_word_is_told() -> None:
    """It is no command for the shell."""
    assert "'rm -rf x' is neither a curl command nor one of the words." in learn("rm -rf x\nquit\n")


@pytest.mark.parametrize("number", ["0", "11", "one"])
def test_an_unknown_exercise_is_told(number: str) -> None:
    """With those that there are."""
    run = subprocess.run([*MODULE, "learn", number], capture_output=True, text=True, check=False, env=HERE)
    assert (run.returncode, run.stderr) == (2, f"dav424: there is no exercise '{number}'; name one from 1 to 10\n")


def test_try_prints_each_424_beneath_the_failure_on_which_it_depended() -> None:
    """A pipe gets the tree in plain text."""
    run = subprocess.run([*MODULE, "try", "batch-chain"], capture_output=True, text=True, check=True, env=HERE)
    first = run.stdout.partition("=> Changes")[0]
    lines = [line.partition(": ")[0] + line.partition(": ")[2][:4] for line in first.splitlines() if "-> " in line]
    assert lines == ["-> request 1423 ", "   `-> request 2424:", "      `-> request 3424:", "-> request 4201"]
    assert "\x1b" not in run.stdout


def test_try_paints_in_a_terminal() -> None:
    """Red is a failure on its own, yellow a failed dependency, green a success."""
    shown = in_terminal("try", "proppatch-two-causes")
    assert "\x1b[31m-> /report.txt {DAV:}creationdate: 403" in shown
    assert "\x1b[31m-> /report.txt {http://example.com/ns}priority: 409" in shown
    assert "\x1b[33m   `-> /report.txt {http://example.com/ns}author: 424" in shown
    assert "\x1b[32m-> /report.txt {DAV:}creationdate: 200\x1b[0m" in shown


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colour_gets_none(variables: dict[str, str]) -> None:
    """NO_COLOR, and a terminal that has none."""
    assert "\x1b" not in in_terminal("try", "proppatch-two-causes", **variables)
