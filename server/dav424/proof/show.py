"""Show a scenario to a person: its content, and a transcript of its requests and their answers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from msgspec import to_builtins

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.proof.play import Answer, Player
from dav424.proof.prove import ATOMIC, BATCHES, PARTIAL, READING, observe
from dav424.scenario.model import Cure, Scenario

SHOWN_HEADERS = ("Content-Type", "DAV", "Allow", "ETag", "Link", "Location", "Lock-Token", "Preference-Applied")


def describe(name: str, player: Player) -> Iterator[str]:
    """Describe a scenario: its causes, its requests as curl commands, and its cure."""
    scenario = player.scenario
    yield from _heading(name, scenario)
    yield "Causes:" if scenario.causes or scenario.missing else "This scenario has no causes."
    yield from (f"  {path} is missing" for path in scenario.missing)
    for cause in scenario.causes:
        settings = to_builtins(cause)
        text = ", ".join(f"{key} {value}" for key, value in settings.items() if key not in ("kind", "id"))
        yield f"  {cause.id}: {settings['kind']}{f' ({text})' if text else ''}"
    for spec in scenario.requests:
        yield f"\n# {spec.name}\n{player.curl(spec)}"
    if scenario.cure is not None:
        yield f"\n# The cure: {scenario.cure.why}"
        yield from _changes(scenario.cure)
        yield from (f"\n# {spec.name}\n{player.curl(spec)}" for spec in scenario.cure.requests)


def _heading(name: str, scenario: Scenario) -> Iterator[str]:
    yield f"{name}: {scenario.title}"
    if scenario.teaches:
        yield textwrap.fill(scenario.teaches, 100)
    if scenario.spec:
        yield f"See {', '.join(scenario.spec)}."
    yield ""


def transcript(name: str, player: Player, cure: Callable[[], None]) -> Iterator[str]:
    """Send the requests of a scenario, apply its cure, and send the failed requests again.

    Below each answer stand the statuses that it reports, and the changes on the server if it failed.
    """
    yield from _heading(name, player.scenario)
    failed = []
    for spec in player.scenario.requests:
        yield f"# {spec.name}\n$ {player.curl(spec)}"
        before = observe(player) if spec.method in ATOMIC | BATCHES | PARTIAL else None
        answer = player.send(spec)
        yield from _annotated(answer, reading=spec.method in READING)
        if answer.status >= 400 or (answer.failed and spec.method not in READING):
            failed.append(spec)
        if answer.failed and before is not None:
            changes = list(before.differences(observe(player)))
            yield f"=> Changes on the server: {'; '.join(changes) if changes else 'none'}."
        yield ""
    if player.scenario.cure is not None and failed:
        yield f"# The cure: {player.scenario.cure.why}"
        yield from _changes(player.scenario.cure)
        yield ""
        cure()
        for spec in player.scenario.cure.requests:
            yield f"# {spec.name}\n$ {player.curl(spec)}"
            yield from _annotated(player.send(spec), reading=spec.method in READING)
            yield ""
        for spec in failed:
            yield f"# {spec.name}: the same request again"
            yield from _annotated(player.send(spec), reading=spec.method in READING)
            yield ""


def _changes(cure: Cure) -> Iterator[str]:
    """List the causes that the cure removes or changes; a client changes them with the admin API."""
    yield from (f"  Remove the cause {name}." for name in cure.remove)
    for name, changes in cure.change.items():
        yield f"  Change the cause {name}: {', '.join(f'{key} {value}' for key, value in changes.items())}."


def _annotated(answer: Answer, *, reading: bool) -> Iterator[str]:
    """Give the status line, some headers and the body, and below them a line for each status that the answer reports.

    In the answer to a request that reads properties, an absent property is 404; nothing failed there.
    """
    yield f"HTTP/1.1 {answer.status} {answer.reason}"
    yield from (f"{name}: {answer.headers[name]}" for name in SHOWN_HEADERS if name in answer.headers)
    if answer.body:
        yield "\n" + answer.body.decode(errors="replace").rstrip()
    if answer.reported:
        yield ""
    for entry in answer.reported:
        sentences = [entry.description] if entry.description else []
        if entry.status >= 400 and entry.status != FAILED_DEPENDENCY and not reading:
            sentences = ["failed on its own.", *sentences]
        yield f"-> {entry}: {' '.join(sentences)}" if sentences else f"-> {entry}"
