"""The ``dav424`` command: its parser, and the commands that start no server for others.

Heavy modules are imported where a command needs them, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import argparse
import errno
import logging
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dav424 import __version__
from dav424.commands.flag_types import UsageError
from dav424.commands.flags import (
    DIALECT,
    FIND_FLAGS,
    JOURNAL_FLAGS,
    SCENARIO_FLAGS,
    SERVE_FLAGS,
    SERVER_FLAGS,
    WAIT,
    AnyFlag,
    add_flags,
)

if TYPE_CHECKING:
    from dav424.dialects.choice import DialectChoice
    from dav424.scenario.model import Scenario
    from dav424.scenario.sources import Sources

_ABOUT = "A WebDAV test server in which HTTP 424 Failed Dependency is caused, never configured."
_NAME = "name of the scenario, which 'dav424 scenarios' lists, or path of a scenario file"
Run = Callable[[argparse.Namespace], int]
Add = Callable[..., argparse.ArgumentParser]
"""Adds a command: takes the function that runs it, a line about it, and its flags."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. The exit status is 0 for success, 1 for a failed check, 2 for bad flags, variables or files."""
    logging.basicConfig(format="dav424: %(message)s", level=logging.WARNING)
    from dav424.scenario.file_problem import ScenarioError

    try:
        given = sys.argv[1:] if arguments is None else arguments
        options = parser(given[0] if given else "").parse_args(given)
        return _run(options)
    except ScenarioError as error:
        print(error, file=sys.stderr)
    except UsageError as error:
        print(f"dav424: {error}", file=sys.stderr)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        from dav424.commands.stdout import discard_output

        discard_output()
        if error.errno == errno.ENOSPC:
            print(f"dav424: the output can't be written: {error.strerror}; make room", file=sys.stderr)
        return 1
    return 2


def _run(options: argparse.Namespace) -> int:
    """Run the chosen command; gives its exit status. Raises OSError if the output can't be written."""
    status = int(options.run(options))
    if sys.stdout is not None:  # Python has none if it was closed
        sys.stdout.flush()
    return status


def _name_commands(top: argparse.ArgumentParser) -> int:
    """Print all commands, since the command line names none of them."""
    print(top.format_help(), "\ndav424: choose a command, such as: dav424 serve", sep="", file=sys.stderr)
    return 2


def parser(name: str = "") -> argparse.ArgumentParser:
    """Make the parser of all commands; with the name of a command, of that one alone, which takes less time.

    Raises ``UsageError`` for a variable of a switch that is neither on nor off.
    """
    top = argparse.ArgumentParser(prog="dav424", description=_ABOUT)
    top.add_argument("--version", action="version", version=f"dav424 {__version__}", help="print the version and exit")
    top.set_defaults(run=lambda _: _name_commands(top))
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for each in [name] if name in COMMANDS else COMMANDS:
        COMMANDS[each](partial(_add_command, commands, each))
    return top


def _add_serve(add: Add) -> None:
    add(_serve, "serve the scenarios until SIGTERM or Ctrl-C", (*SCENARIO_FLAGS, *SERVE_FLAGS))


def _add_scenarios(add: Add) -> None:
    add(_list, "list the scenarios with their titles", SCENARIO_FLAGS)


def _add_show(add: Add) -> None:
    about = "print a scenario: its causes, requests as curl commands, and cure"
    add(_show, about, (*SCENARIO_FLAGS, *SERVER_FLAGS)).add_argument("name", metavar="NAME", help=_NAME)


def _add_try(add: Add) -> None:
    about = "send the requests of a scenario to a server of its own, and print each answer and its reasons"
    add(_try, about, (*SCENARIO_FLAGS, DIALECT, *SERVER_FLAGS)).add_argument("name", metavar="NAME", help=_NAME)


def _add_learn(add: Add) -> None:
    from dav424.commands.learn import learn

    lessons = add(learn, "walk through ten exercises, in which you cause a 424 on a server of your own")
    lessons.add_argument("number", metavar="NUMBER", nargs="?", default="1", help="exercise to begin with (default: 1)")


def _add_prove(add: Add) -> None:
    from dav424.commands.prove import PROVE_FLAGS

    about = "check the answers, the stored state, the causes and the cure of scenarios"
    add(_prove, about, (*SCENARIO_FLAGS, *PROVE_FLAGS)).add_argument(
        "names", metavar="NAME", nargs="*", help=f"{_NAME} (default: all scenarios)"
    )


def _add_health(add: Add) -> None:
    from dav424.commands.ask_server import health

    add(health, "check that a running server answers: exit status 0 if it does, else 1", (*FIND_FLAGS, WAIT))


def _add_journal(add: Add) -> None:
    from dav424.commands.ask_server import journal

    about = "print the journal of a running server: requests and reasons of failures"
    add(journal, about, (*FIND_FLAGS, *JOURNAL_FLAGS))


def _add_check(add: Add) -> None:
    check = add(_check, "check files of scenarios and dialects, and print each problem with its line and column")
    check.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="file of a scenario or a dialect, or a folder of them"
    )


def _add_diagnose(add: Add) -> None:
    from dav424.commands.diagnose import DIAGNOSE_FLAGS, diagnose

    about = "diagnose an answer with a 424 or another failure: its causes, and the next step"
    add(diagnose, about, DIAGNOSE_FLAGS).add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="file with the answer (default: -, standard input)"
    )


def _add_probe(add: Add) -> None:
    from dav424.commands.probe import PROBE_FLAGS, probe

    about = "find out what any WebDAV server does with a dependent failure, in a collection that is removed afterwards"
    add(probe, about, PROBE_FLAGS).add_argument(
        "url", metavar="URL", nargs="?", help="collection in which a scratch collection may be made"
    )


def _add_schema(add: Add) -> None:
    schema = add(_schema, "print the JSON Schema of scenario files")
    schema.add_argument("--dialect", action="store_true", help="print that of dialect files (no variable)")


COMMANDS: dict[str, Callable[[Add], None]] = {
    "serve": _add_serve,
    "scenarios": _add_scenarios,
    "show": _add_show,
    "try": _add_try,
    "learn": _add_learn,
    "prove": _add_prove,
    "health": _add_health,
    "journal": _add_journal,
    "check": _add_check,
    "diagnose": _add_diagnose,
    "probe": _add_probe,
    "schema": _add_schema,
}
"""All commands, in the order of ``--help``: each function adds one to the parser."""


def _add_command(
    commands: Any, name: str, run: Run, help_text: str, flags: Sequence[AnyFlag] = ()
) -> argparse.ArgumentParser:
    description = f"{help_text[0].upper()}{help_text[1:]}."
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help_text,
        description=description,
        epilog="The environment variable in brackets sets a flag too; the command line wins." if flags else None,
    )
    add_flags(command, flags)
    command.set_defaults(run=run)
    return command


def _choice(options: argparse.Namespace) -> DialectChoice:
    """Choose the dialects of the flags and variables; raises ``UsageError`` if there is none with the name of --dialect."""
    from dav424.dialects.choice import UnknownDialectError, dialect_choice

    choice = dialect_choice(options.dialects, getattr(options, "dialect", ""))
    if choice.paths or choice.name:
        try:
            choice.sources()
        except UnknownDialectError as error:
            raise UsageError(f"--dialect: {error}") from None
    return choice


def _sources(options: argparse.Namespace, choice: DialectChoice) -> Sources:
    """List all scenarios by name: the bundled ones, and those that the flags and variables add."""
    from dav424.scenario.sources import scenario_sources

    dialects = choice.sources() if options.scenarios or options.scenario else None
    return scenario_sources(
        options.scenarios, text=options.scenario, text_name=options.scenario_name, dialects=dialects
    )


def _pick(sources: Sources, name: str) -> tuple[str, Scenario]:
    """Find a scenario by its name, or load the file at a path; gives its name, too. Raises ``UsageError`` for neither."""
    if name in sources:
        return name, sources[name]()
    path = Path(name)
    if path.is_file():
        from dav424.scenario.load import load_files

        return next(iter(load_files([path]).items()))
    if path.is_dir():
        raise UsageError(
            f"{name!r} is a folder; name a file in it, or give --scenarios {name} and the name of a scenario"
        )
    import difflib

    from dav424.scenario.files import SUFFIXES

    if path.suffix in SUFFIXES or len(path.parts) > 1:
        hint = f"did you mean the scenario {path.stem!r}?" if path.stem in sources else "check the path"
        raise UsageError(f"there is no file {name!r}; {hint}")
    begun = sorted(known for known in sources if known.startswith(name))
    near = begun or difflib.get_close_matches(name, sources, n=1)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "'dav424 scenarios' lists all names"
    raise UsageError(f"there is no scenario {name!r}; {hint}")


def _serve(options: argparse.Namespace) -> int:
    from dav424.commands.serve import serve

    choice = _choice(options)
    serve(partial(_sources, options, choice), choice, options)
    return 0


def _list(options: argparse.Namespace) -> int:
    from dav424.proof.show import wrapped

    sources = _sources(options, _choice(options))
    width = max(map(len, sources))
    for name in sorted(sources):
        print(wrapped(f"{name:{width}}  {sources[name]().title}", _columns(), " " * (width + 2)))
    return 0


def _columns() -> int:
    """Give the width of the terminal; 0 if the output is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else 0


def _show(options: argparse.Namespace) -> int:
    from dav424.commands.ask_server import server_url
    from dav424.proof.play import Player
    from dav424.proof.show import describe

    name, scenario = _pick(_sources(options, _choice(options)), options.name)
    for line in describe(name, Player(f"{server_url(options)}{name}/", scenario), _columns()):
        print(line)
    return 0


def _try(options: argparse.Namespace) -> int:
    from dav424.app import playing
    from dav424.commands.ask_server import server_url
    from dav424.commands.colour import painter
    from dav424.proof.show import transcript

    choice = _choice(options)
    name, scenario = _pick(_sources(options, choice), options.name)
    with playing(name, scenario, dialects=choice.library(), dialect=choice.name) as (player, cure):
        for line in transcript(
            name, player, cure, url=f"{server_url(options)}{name}/", columns=_columns(), paint=painter()
        ):
            print(line)
    return 0


def _prove(options: argparse.Namespace) -> int:
    from dav424.commands.prove import prove

    choice = _choice(options)
    sources = _sources(options, choice)
    scenarios = [_pick(sources, name) for name in dict.fromkeys(options.names or sorted(sources))]
    return prove(scenarios, choice, options)


def _check(options: argparse.Namespace) -> int:
    from dav424.dialects.check_files import check_files
    from dav424.scenario.files import files_in

    for line in check_files(files_in(options.files, "scenario or dialect")):
        print(line)
    return 0


def _schema(options: argparse.Namespace) -> int:
    import json

    from dav424.dialects.dialect_file import dialect_schema
    from dav424.scenario.json_schema import schema

    print(json.dumps(dialect_schema() if options.dialect else schema(), indent=2))
    return 0
