"""Show a scenario to a person: its content, and a transcript of its requests and their answers."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from msgspec import to_builtins

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.proof.answer_body import ReportedStatus, description, encoded_bodies
from dav424.proof.play import Answer, Player
from dav424.proof.prove import ATOMIC, BATCHES, PARTIAL, READING, observe
from dav424.scenario.model import Cure, RequestSpec, Scenario

SHOWN_HEADERS = ("Content-Type", "DAV", "Allow", "ETag", "Link", "Location", "Lock-Token", "Preference-Applied")
WIDEST = 100
MOST_NARROW = 40
"""The columns between which sentences are wrapped."""
_QUOTA = r"(?:\d{3} <D:quota-(?:used|available)-bytes [^|]*)"
_OF_A_QUOTA = re.compile(rf"^properties of \S+ changed: {_QUOTA}(?: \| {_QUOTA})*$")
"""A change that follows from every other one."""


def wrapped(text: str, columns: int, indent: str = "") -> str:
    """Wrap a text at the width of the terminal, between words; with 0 columns, leave it in one line."""
    if not columns:
        return text
    width = max(MOST_NARROW, min(columns, WIDEST))
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def describe(name: str, player: Player, columns: int = 0) -> Iterator[str]:
    """Describe a scenario: its causes, its requests as curl commands, and its cure.

    Sentences are wrapped at ``columns``; commands are not, so that they can be pasted.
    """
    scenario = player.scenario
    yield from _heading(name, scenario, columns)
    yield "Causes:" if scenario.causes or scenario.missing else "This scenario has no causes."
    yield from (f"  {path} is missing" for path in scenario.missing)
    for cause in scenario.causes:
        settings = to_builtins(cause)
        text = _settings({key: value for key, value in settings.items() if key not in ("kind", "id")})
        yield wrapped(f"  {cause.id}: {settings['kind']}{f' ({text})' if text else ''}", columns, "    ")
    for spec in scenario.requests:
        yield f"\n# {spec.name}\n{player.curl(spec)}"
    if scenario.cure is not None:
        yield ""
        yield wrapped(f"# The cure: {scenario.cure.why}", columns, "# ")
        yield from _changes(scenario.cure, columns)
        yield from (f"\n# {spec.name}\n{player.curl(spec)}" for spec in scenario.cure.requests)


def _settings(settings: Mapping[str, object]) -> str:
    """Write the settings of a cause in words, such as ``users bob, methods GET, HEAD``."""
    return ", ".join(f"{key} {_words(value)}" for key, value in settings.items())


def _words(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(part)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_words, value)) or "none"
    return str(value)


def _heading(name: str, scenario: Scenario, columns: int) -> Iterator[str]:
    yield wrapped(f"{name}: {scenario.title}", columns, "  ")
    if scenario.teaches:
        yield wrapped(" ".join(scenario.teaches.split()), columns or WIDEST)
    if scenario.spec:
        yield wrapped(f"See {', '.join(scenario.spec)}.", columns)
    yield ""


def transcript(name: str, player: Player, cure: Callable[[], None], url: str = "", columns: int = 0) -> Iterator[str]:
    """Send the requests of a scenario, apply its cure, and send the failed requests again.

    Below each answer stand the statuses that it reports, and the changes on the server if it failed. The commands are
    for the scenario at ``url`` (default: the server that the player asks), which can be another server. Sentences are
    wrapped at ``columns``.
    """
    pasted = Player(url or player.url, player.scenario)
    yield from _heading(name, player.scenario, columns)
    failed = []
    if not player.scenario.requests:
        yield "The scenario has no requests to send; add some to its file under requests."
    for spec in player.scenario.requests:
        yield f"# {spec.name}\n$ {pasted.curl(spec)}"
        before = observe(player) if spec.method in ATOMIC | BATCHES | PARTIAL else None
        answer = player.send(spec)
        yield from _annotated(answer, spec, columns)
        if answer.status >= 300 or (answer.failed and spec.method not in READING):
            failed.append(spec)
        if answer.failed and before is not None:
            changes = [change for change in before.differences(observe(player)) if not _OF_A_QUOTA.search(change)]
            yield wrapped(f"=> Changes on the server: {'; '.join(changes) if changes else 'none'}.", columns, "   ")
        yield ""
    if player.scenario.cure is not None and failed:
        yield wrapped(f"# The cure: {player.scenario.cure.why}", columns, "# ")
        yield from _changes(player.scenario.cure, columns)
        yield ""
        cure()
        for spec in player.scenario.cure.requests:
            yield f"# {spec.name}\n$ {pasted.curl(spec)}"
            yield from _annotated(player.send(spec), spec, columns)
            yield ""
        for spec in failed:
            yield f"# {spec.name}: the same request again"
            yield from _annotated(player.send(spec), spec, columns)
            yield ""


def _changes(cure: Cure, columns: int) -> Iterator[str]:
    """List the causes that the cure removes or changes; a client changes them with the admin API."""
    yield from (f"  Remove the cause {name}." for name in cure.remove)
    for name, changes in cure.change.items():
        yield wrapped(f"  Change the cause {name}: {_settings(changes)}.", columns, "    ")


def _annotated(answer: Answer, spec: RequestSpec, columns: int) -> Iterator[str]:
    """Give the status line, some headers and the body, and below them a line for each status that the answer reports.

    In the answer to a request that reads properties, an absent property is 404; nothing failed there.
    """
    yield f"HTTP/1.1 {answer.status} {answer.reason}"
    yield from (f"{name}: {answer.headers[name]}" for name in SHOWN_HEADERS if name in answer.headers)
    if answer.body:
        yield "\n" + answer.body.decode(errors="replace").rstrip()
    for name, text in encoded_bodies(answer.body):
        yield f"\nThe body of request {name}, decoded from base64:\n{text}"
    lines = [*_of_the_whole(answer, spec), *answer.reported]
    if lines:
        yield ""
    for entry in lines:
        sentence = _reason(entry, lines, reading=spec.method in READING and bool(answer.reported))
        yield wrapped(f"-> {entry}: {sentence}" if sentence else f"-> {entry}", columns, "   ")


def _of_the_whole(answer: Answer, spec: RequestSpec) -> Iterator[ReportedStatus]:
    """Report the status of the requested resource, if the status line says that the request failed."""
    path = unquote(spec.path)
    if answer.status < 300 or any(entry.href == path and entry.property is None for entry in answer.reported):
        return
    sentence = description(answer.headers.get("Content-Type", ""), answer.body)
    yield ReportedStatus(path, None, answer.status, answer.condition, sentence)


def _reason(entry: ReportedStatus, lines: Sequence[ReportedStatus], *, reading: bool) -> str:
    """Say why a thing has a failure for a status; empty for a success."""
    if entry.status < 300 or reading:
        return entry.description
    if entry.status == FAILED_DEPENDENCY:
        return entry.description or _named(lines)
    if entry.property is None and not entry.description:
        inside = [
            other for other in lines if other.property is not None and (other.id, other.href) == (entry.id, entry.href)
        ]
        if any(other.status == entry.status for other in inside):
            return "its properties failed, as follows."
    return " ".join(filter(None, ["failed on its own.", entry.description]))


def _named(lines: Sequence[ReportedStatus]) -> str:
    causes = [line for line in lines if line.status >= 300 and line.status != FAILED_DEPENDENCY]
    return f"Not done, because this failed: {'; '.join(map(str, causes))}." if causes else ""
