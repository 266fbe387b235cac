"""The ``dav424`` command: its parser, and the commands that start no server for others.

Heavy modules are imported where a command needs them, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import logging
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dav424 import __version__
from dav424.commands.ask_server import health, journal, server_url
from dav424.commands.flags import (
    FIND_FLAGS,
    JOURNAL_FLAGS,
    SCENARIO_FLAGS,
    SERVE_FLAGS,
    SERVER_FLAGS,
    WAIT,
    AnyFlag,
    UsageError,
    add_flags,
)
from dav424.commands.serve import serve
from dav424.commands.stdout import discard_output

if TYPE_CHECKING:
    from dav424.proof.play import Player
    from dav424.scenario.load import Sources
    from dav424.scenario.model import Scenario

_ABOUT = "A WebDAV test server in which HTTP 424 Failed Dependency is caused, never configured."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. The exit status is 0 for success, 1 for a failed check, 2 for bad flags, variables or files."""
    logging.basicConfig(format="dav424: %(message)s", level=logging.WARNING)
    from dav424.scenario.file_problem import ScenarioError

    try:
        options = parser().parse_args(arguments)
        return _run(options)
    except ScenarioError as error:
        print(error, file=sys.stderr)
    except UsageError as error:
        print(f"dav424: {error}", file=sys.stderr)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
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


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands; raises ``UsageError`` for a variable of a switch that is neither on nor off."""
    top = argparse.ArgumentParser(prog="dav424", description=_ABOUT)
    top.add_argument("--version", action="version", version=f"dav424 {__version__}", help="print the version and exit")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add = partial(_add_command, commands)

    add("serve", _serve, "serve the scenarios until SIGTERM or Ctrl-C", (*SCENARIO_FLAGS, *SERVE_FLAGS))
    add("scenarios", _list, "list the scenarios with their titles", SCENARIO_FLAGS)
    name = "name of the scenario, which 'dav424 scenarios' lists, or path of a scenario file"
    show = add(
        "show",
        _show,
        "print a scenario: its causes, requests as curl commands, and cure",
        (*SCENARIO_FLAGS, *SERVER_FLAGS),
    )
    show.add_argument("name", metavar="NAME", help=name)
    about = "send the requests of a scenario to a server of its own, and print each answer and its reasons"
    play = add("try", _try, about, (*SCENARIO_FLAGS, *SERVER_FLAGS))
    play.add_argument("name", metavar="NAME", help=name)
    prove = add(
        "prove", _prove, "check the answers, the stored state, the causes and the cure of scenarios", SCENARIO_FLAGS
    )
    prove.add_argument("names", metavar="NAME", nargs="*", help=f"{name} (default: all scenarios)")
    add("health", health, "check that a running server answers: exit status 0 if it does, else 1", (*FIND_FLAGS, WAIT))
    add(
        "journal",
        journal,
        "print the journal of a running server: requests and reasons of failures",
        (*FIND_FLAGS, *JOURNAL_FLAGS),
    )
    check = add("check", _check, "check scenario files, and print each problem with its line and column")
    check.add_argument("files", metavar="FILE", nargs="+", type=Path, help="scenario file, or a folder of them")
    add("schema", _schema, "print the JSON Schema of scenario files")
    return top


def _add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], help_text: str, flags: Sequence[AnyFlag] = ()
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


def _sources(options: argparse.Namespace) -> Sources:
    """List all scenarios by name: the bundled ones, and those that the flags and variables add."""
    from dav424.scenario.load import scenario_sources

    return scenario_sources(options.scenarios, text=options.scenario, text_name=options.scenario_name)


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
    serve(_sources(options), options)
    return 0


def _list(options: argparse.Namespace) -> int:
    from dav424.proof.show import wrapped

    sources = _sources(options)
    width = max(map(len, sources))
    for name in sorted(sources):
        print(wrapped(f"{name:{width}}  {sources[name]().title}", _columns(), " " * (width + 2)))
    return 0


def _columns() -> int:
    """Give the width of the terminal; 0 if the output is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def _show(options: argparse.Namespace) -> int:
    from dav424.proof.play import Player
    from dav424.proof.show import describe

    name, scenario = _pick(_sources(options), options.name)
    for line in describe(name, Player(f"{server_url(options)}{name}/", scenario), _columns()):
        print(line)
    return 0


def _try(options: argparse.Namespace) -> int:
    from dav424.proof.show import transcript

    name, scenario = _pick(_sources(options), options.name)
    with _playing(name, scenario) as (player, cure):
        for line in transcript(name, player, cure, f"{server_url(options)}{name}/", _columns()):
            print(line)
    return 0


def _prove(options: argparse.Namespace) -> int:
    from dav424.proof.prove import prove

    sources = _sources(options)
    scenarios = [_pick(sources, name) for name in dict.fromkeys(options.names or sorted(sources))]
    unproven = 0
    for name, scenario in scenarios:
        with _playing(name, scenario) as (player, cure):
            flaws = prove(name, player, cure)
        print(f"{name}: {'NOT proven' if flaws else 'proven'}")
        for flaw in flaws:
            print(f"  {flaw.sentence}")
        unproven += bool(flaws)
    print(f"{len(scenarios) - unproven} of {len(scenarios)} scenarios proven")
    return 1 if unproven else 0


@contextlib.contextmanager
def _playing(name: str, scenario: Scenario) -> Iterator[tuple[Player, Callable[[], None]]]:
    """Serve one scenario on a free port; gives a player of its requests, and a function that applies its cure."""
    from dav424.app import App
    from dav424.proof.play import Player
    from dav424.scenario.model import cured
    from dav424.wire.server import serving

    app = App({name: lambda: scenario})

    def cure() -> None:
        app.spaces.default.world(name).change_causes(cured(scenario))

    with serving(app.gateway) as url:
        yield Player(f"{url}{name}/", scenario), cure


def _check(options: argparse.Namespace) -> int:
    from dav424.scenario.files import files_in
    from dav424.scenario.load import load_files, notes

    files = files_in(options.files)
    load_files(files)
    for file in files:
        for note in notes(file.read_bytes(), str(file)):
            print(note)
        print(f"{file}: ok")
    return 0


def _schema(_: argparse.Namespace) -> int:
    from dav424.scenario.json_schema import schema

    print(json.dumps(schema(), indent=2))
    return 0
