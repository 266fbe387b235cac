"""The ``dav424`` command.

Heavy modules are imported where a command needs them, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dav424 import __version__
from dav424.commands.ask_server import add_health_flags, health, journal
from dav424.commands.serve import UsageError, add_flags, add_place_flags, serve

if TYPE_CHECKING:
    from dav424.proof.play import Player
    from dav424.scenario.load import Sources
    from dav424.scenario.model import Scenario


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status: 0 done, 1 not as promised, 2 can't be had."""
    logging.basicConfig(format="dav424: %(message)s", level=logging.WARNING)
    from dav424.scenario.file_problem import ScenarioError

    try:
        options = parser().parse_args(arguments)
        return int(options.run(options))
    except ScenarioError as wrong:
        print(wrong, file=sys.stderr)
    except UsageError as error:
        print(f"dav424: {error}", file=sys.stderr)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - nobody reads on; the exit would flush once more
        return 1
    return 2


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands; each flag's default comes from its DAV424_ variable."""
    top = argparse.ArgumentParser(prog="dav424", description=_ABOUT)
    top.add_argument("--version", action="version", version=f"dav424 {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    add_flags(_command(commands, "serve", "serve the scenarios until SIGTERM or Ctrl-C", _serve))
    _command(commands, "scenarios", "list the scenarios", _list)
    show = _command(commands, "show", "say what a scenario holds, and how to ask it", _show)
    show.add_argument("name", metavar="NAME")
    trial = _command(commands, "try", "play a scenario over HTTP and print what happens", _try)
    trial.add_argument("name", metavar="NAME")
    prove = _command(commands, "prove", "play scenarios and check all that they promise", _prove)
    prove.add_argument("names", metavar="NAME", nargs="*", help="all of them if none is named")

    asked = commands.add_parser(
        "health",
        help="ask a running server whether it answers",
        description="Ask a running server whether it answers: exit status 0 if it does, 1 if not.",
    )
    add_health_flags(asked)
    asked.set_defaults(run=health)
    told = commands.add_parser(
        "journal",
        help="print what a running server was asked, and why what failed",
        description="Print what a running server was asked, and why what failed.",
    )
    add_place_flags(told)
    told.set_defaults(run=journal)
    check = commands.add_parser(
        "check", help="check scenario files and report all that is wrong", description="Check scenario files."
    )
    check.add_argument("files", metavar="FILE", nargs="+", type=Path)
    check.set_defaults(run=_check)
    schema = commands.add_parser(
        "schema", help="print the JSON Schema of scenario files", description="Print the schema."
    )
    schema.set_defaults(run=_schema)
    return top


_ABOUT = "A WebDAV test server in which HTTP 424 Failed Dependency is caused, never configured."


def _command(commands: Any, name: str, said: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=said, description=f"{said[0].upper()}{said[1:]}.")
    places = os.environ.get("DAV424_SCENARIOS", "")
    made.add_argument(
        "--scenarios",
        action="append",
        type=Path,
        default=[Path(place) for place in places.split(os.pathsep) if place] or None,
        metavar="DIR_OR_FILE",
        help=f"scenarios of your own, beside the bundled ones; repeatable [DAV424_SCENARIOS, separated by {os.pathsep!r}]",
    )
    made.add_argument(
        "--scenario",
        default=os.environ.get("DAV424_SCENARIO"),
        metavar="YAML",
        help="the text of one more scenario, where no file can be had [DAV424_SCENARIO]",
    )
    made.add_argument(
        "--scenario-name",
        default=os.environ.get("DAV424_SCENARIO_NAME", "inline"),
        metavar="NAME",
        help="what that one is served as; inline if absent [DAV424_SCENARIO_NAME]",
    )
    made.set_defaults(run=run)
    return made


def _sources(options: argparse.Namespace) -> Sources:
    """List all scenarios by name: the bundled ones, and those that the flags and variables add."""
    from dav424.scenario.load import scenario_sources

    return scenario_sources(options.scenarios or (), text=options.scenario or "", text_name=options.scenario_name)


def _pick(sources: Sources, name: str) -> Scenario:
    if name not in sources:
        import difflib

        near = difflib.get_close_matches(name, sources, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "'dav424 scenarios' lists all of them"
        raise UsageError(f"there is no scenario {name!r}; {hint}")
    return sources[name]()


def _serve(options: argparse.Namespace) -> int:
    serve(_sources(options), options)
    return 0


def _list(options: argparse.Namespace) -> int:
    sources = _sources(options)
    width = max(map(len, sources))
    for name in sorted(sources):
        print(f"{name:{width}}  {sources[name]().title}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from dav424.proof.play import Player
    from dav424.proof.show import describe

    scenario = _pick(_sources(options), options.name)
    for line in describe(options.name, Player(f"http://127.0.0.1:4240/{options.name}/", scenario)):
        print(line)
    return 0


def _try(options: argparse.Namespace) -> int:
    from dav424.proof.show import transcript

    with _playing(options.name, _pick(_sources(options), options.name)) as (player, cure):
        for line in transcript(options.name, player, cure):
            print(line)
    return 0


def _prove(options: argparse.Namespace) -> int:
    from dav424.proof.prove import prove

    sources = _sources(options)
    scenarios = {name: _pick(sources, name) for name in options.names or sorted(sources)}
    flawed = 0
    for name, scenario in scenarios.items():
        with _playing(name, scenario) as (player, cure):
            flaws = prove(name, player, cure)
        print(f"{name}: {'proven' if not flaws else 'NOT as promised'}")
        for flaw in flaws:
            print(f"  {flaw.request}: {flaw.message}")
        flawed += bool(flaws)
    print(f"{len(scenarios) - flawed} of {len(scenarios)} scenarios proven")
    return 1 if flawed else 0


@contextlib.contextmanager
def _playing(name: str, scenario: Scenario) -> Iterator[tuple[Player, Callable[[], None]]]:
    """Serve one scenario afresh, and give a player for it and its cure."""
    from dav424.app import App
    from dav424.proof.play import Player
    from dav424.scenario.model import cured
    from dav424.wire.server import serving

    app = App({name: lambda: scenario})
    with serving(app.gateway) as where:
        yield Player(f"{where}{name}/", scenario), lambda: app.spaces.default.world(name).change_causes(cured(scenario))


def _check(options: argparse.Namespace) -> int:
    from dav424.scenario.files import files_in
    from dav424.scenario.load import load_files

    files = files_in(options.files)
    load_files(files)
    for file in files:
        print(f"{file}: ok")
    return 0


def _schema(_: argparse.Namespace) -> int:
    from dav424.scenario.json_schema import schema

    print(json.dumps(schema(), indent=2))
    return 0
