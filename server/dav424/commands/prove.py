"""The command ``dav424 prove``: scenarios do what their files say, on servers of the command or on one that runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dav424.commands.flag_types import Flag, Switch, UsageError
from dav424.commands.flags import ADMIN_TOKEN, AnyFlag

if TYPE_CHECKING:
    from dav424.dialects.choice import DialectChoice
    from dav424.proof.prove import Flaw
    from dav424.scenario.model import Scenario


def _root(text: str) -> str:
    """Read the URL of a server."""
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/") or url.query:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the URL of a server; give one without a path, such as http://127.0.0.1:4240/"
        )
    return f"{url.scheme}://{url.netloc}/"


PROVE_FLAGS: tuple[AnyFlag, ...] = (
    Flag(
        name="--dialect",
        metavar="NAME_OR_FILE",
        default="",
        default_text="rfc4918",
        help="prove that the state, the causes and the cure hold in this dialect; NAME! also has its faults",
    ),
    Switch(name="--each-dialect", help="also prove that the state, the causes and the cure hold in each other dialect"),
    Flag(
        name="--server",
        metavar="URL",
        default_text="servers for the proof alone",
        convert=_root,
        help="prove the scenarios that this running server has, in spaces of their own",
    ),
    ADMIN_TOKEN,
)
"""The flags of ``prove`` beside those of scenarios."""


def prove(scenarios: Sequence[tuple[str, Scenario]], choice: DialectChoice, options: argparse.Namespace) -> int:
    """Prove scenarios, and print each with its flaws; the exit status is 1 if there are any, else 0.

    Raises ``UsageError`` if the server of ``--server`` doesn't answer, or doesn't have a scenario.
    """
    from dav424.dialects.names import RFC4918
    from dav424.objects import libraries

    others = [name for name in choice.library().names if name != RFC4918] if options.each_dialect else []
    others = [choice.name] if choice.name not in ("", RFC4918) else others
    if others and options.server is not None:
        raise UsageError("--server proves the answers of rfc4918 alone; leave out --dialect and --each-dialect")
    unproven = 0
    for name, scenario in scenarios:
        if options.server is None:
            flaws = _alone(name, scenario, choice, others)
        else:
            flaws = _on_server(name, scenario, options)
        print(f"{name}: {'NOT proven' if flaws else 'proven'}")
        for flaw in flaws:
            print(f"  {flaw.sentence}")
        unproven += bool(flaws)
    said = f" in {', '.join(others)}" if others else ""
    if unproven and not libraries.installed():
        print("Some scenarios of calendars are proven with the libraries of: pip install 'dav424[calendars]'")
    print(f"{len(scenarios) - unproven} of {len(scenarios)} scenarios proven{said}")
    return 1 if unproven else 0


def _alone(name: str, scenario: Scenario, choice: DialectChoice, others: Sequence[str]) -> list[Flaw]:
    """Prove a scenario on a server of its own, and on another one in the other dialects."""
    from dav424.app import prove_alone, proving
    from dav424.dialects.names import RFC4918

    dialects = choice.library()
    flaws = prove_alone(name, scenario, dialects=dialects) if choice.name in ("", RFC4918) else []
    if others:
        with proving(name, scenario, dialects) as prover:
            flaws += [flaw for dialect in others for flaw in prover.prove(dialect)]
    return flaws


def _on_server(name: str, scenario: Scenario, options: argparse.Namespace) -> list[Flaw]:
    """Prove a scenario on the server of ``--server``."""
    from dav424.proof.prove_served import RunningServer, UnprovableError

    try:
        return RunningServer(options.server, options.admin_token).prove(name, scenario)
    except UnprovableError as error:
        raise UsageError(str(error)) from None
