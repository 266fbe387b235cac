"""Show a scenario to people: what it holds, and a transcript of what really happens."""

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
    """Say what a scenario holds: what is in the way, the requests as curl commands, and the cure."""
    scenario = player.scenario
    yield from _heading(name, scenario)
    yield "In the way:" if scenario.causes or scenario.missing else "Nothing is in the way."
    yield from (f"  {path} is missing" for path in scenario.missing)
    for cause in scenario.causes:
        settings = to_builtins(cause)
        said = ", ".join(f"{key} {value}" for key, value in settings.items() if key not in ("kind", "id"))
        yield f"  {cause.id}: {settings['kind']}{f' ({said})' if said else ''}"
    for spec in scenario.requests:
        yield f"\n# {spec.name}\n{player.curl(spec)}"
    if scenario.cure is not None:
        yield f"\nThe cure: {scenario.cure.why}"
        yield from (f"\n# {spec.name}\n{player.curl(spec)}" for spec in scenario.cure.requests)


def _heading(name: str, scenario: Scenario) -> Iterator[str]:
    yield f"{name}: {scenario.title}"
    if scenario.teaches:
        yield textwrap.fill(scenario.teaches, 100)
    if scenario.spec:
        yield f"See {', '.join(scenario.spec)}."
    yield ""


def transcript(name: str, player: Player, cure: Callable[[], None]) -> Iterator[str]:
    """Play a scenario, its cure and what failed once more, and say at each step what it means."""
    yield from _heading(name, player.scenario)
    failed = []
    for spec in player.scenario.requests:
        yield f"# {spec.name}\n$ {player.curl(spec)}"
        before = observe(player) if spec.method in ATOMIC | BATCHES | PARTIAL else None
        answer = player.send(spec)
        yield from _annotated(answer)
        if answer.status >= 400 or (answer.failed and spec.method not in READING):
            failed.append(spec)
        if answer.failed and before is not None:
            changes = list(before.differences(observe(player)))
            yield "=> " + ("; ".join(changes) if changes else "nothing was changed") + "\n"
    if player.scenario.cure is not None and failed:
        yield f"# The cure: {player.scenario.cure.why}"
        yield from _changes(player.scenario.cure)
        cure()
        for spec in player.scenario.cure.requests:
            yield f"\n# {spec.name}\n$ {player.curl(spec)}"
            yield from _annotated(player.send(spec))
        for spec in failed:
            yield f"\n# {spec.name}: the very same bytes again"
            yield from _annotated(player.send(spec))


def _changes(cure: Cure) -> Iterator[str]:
    yield from (f"   without {name}" for name in cure.remove)
    yield from (f"   {name} with {settings}" for name, settings in cure.change.items())


def _annotated(answer: Answer) -> Iterator[str]:
    """Give an answer as it came, and below it what it says, a line for each resource or property."""
    yield f"HTTP/1.1 {answer.status} {answer.reason}"
    yield from (f"{name}: {answer.headers[name]}" for name in SHOWN_HEADERS if name in answer.headers)
    if answer.body:
        yield "\n" + answer.body.decode(errors="replace").rstrip()
    yield ""
    for each in answer.reported:
        if each.status == FAILED_DEPENDENCY:
            yield f"-> {each}: {each.description}"
        elif each.status >= 400:
            yield f"-> {each}: a reason of its own. {each.description}"
        else:
            yield f"-> {each}"
