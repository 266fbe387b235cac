"""Show a scenario to a person: its content, and a transcript of its requests and their answers."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from urllib.parse import unquote

from msgspec import to_builtins

from dav424.causes.counted import Counted
from dav424.causes.in_words import in_words
from dav424.core.batch import FAILED_DEPENDENCY
from dav424.proof.answer_body import ReportedStatus, description, encoded_bodies
from dav424.proof.play import Answer, Player
from dav424.proof.prove import ATOMIC, BATCHES, PARTIAL, READING, observe
from dav424.proof.real_clients import wrong_clients
from dav424.scenario.model import Cure, RequestSpec, Scenario

SHOWN_HEADERS = ("Content-Type", "DAV", "Allow", "ETag", "Link", "Location", "Lock-Token", "Preference-Applied")
WIDEST = 100
MOST_NARROW = 40
"""The columns between which sentences are wrapped."""
DEEPEST = 20
"""The levels of the tree of an answer; in a longer chain, the rest stands at the last one."""
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
    """Describe a scenario: its causes and faults, the real clients that get it wrong, its requests as curl commands, and its cure.

    Sentences are wrapped at ``columns``; commands are not, so that they can be pasted.
    """
    scenario = player.scenario
    yield from _heading(name, scenario, columns)
    yield "Causes:" if scenario.causes or scenario.missing else "This scenario has no causes."
    yield from (f"  {path} is missing" for path in scenario.missing)
    yield from (_line(cause, columns) for cause in scenario.causes)
    yield from _faults(scenario, columns)
    yield from _clients(name, columns)
    if scenario.reports:
        yield wrapped(f"Reported as {', '.join(scenario.reports)}.", columns)
    for spec in scenario.requests:
        yield f"\n# {spec.name}\n{player.curl(spec)}"
    if scenario.cure is not None:
        yield ""
        yield wrapped(f"# The cure: {scenario.cure.why}", columns, "# ")
        yield from _changes(scenario.cure, columns)
        yield from (f"\n# {spec.name}\n{player.curl(spec)}" for spec in scenario.cure.requests)


def _clients(name: str, columns: int) -> Iterator[str]:
    """List the real clients that get the scenario wrong, by what they did."""
    wrong = list(wrong_clients(name))
    if wrong:
        yield "Clients that get it wrong (docs/clients.md):"
        yield from (wrapped(f"  {verdict}: {', '.join(clients)}", columns, "    ") for verdict, clients in wrong)


def _line(counted: Counted, columns: int) -> str:
    """Write a cause or fault with its settings in a line."""
    settings = to_builtins(counted)
    text = in_words({key: value for key, value in settings.items() if key not in ("kind", "id")})
    return wrapped(f"  {counted.id}: {settings['kind']}{f' ({text})' if text else ''}", columns, "    ")


def _faults(scenario: Scenario, columns: int) -> Iterator[str]:
    if scenario.faults:
        yield "Faults, which change the answers on their way to the client:"
    yield from (_line(fault, columns) for fault in scenario.faults)


def _heading(name: str, scenario: Scenario, columns: int) -> Iterator[str]:
    yield wrapped(f"{name}: {scenario.title}", columns, "  ")
    if scenario.teaches:
        yield wrapped(" ".join(scenario.teaches.split()), columns or WIDEST)
    if scenario.spec:
        yield wrapped(f"See {', '.join(scenario.spec)}.", columns)
    yield ""


def transcript(
    name: str,
    player: Player,
    cure: Callable[[], None],
    *,
    url: str = "",
    columns: int = 0,
    paint: Callable[[str, int], str] = lambda text, _: text,
) -> Iterator[str]:
    """Send the requests of a scenario, apply its cure, and send the failed requests again.

    Below each answer stand the statuses that it reports, as a tree: each 424 beneath a failure on which it depended; and
    the changes on the server if it failed. The commands are for the scenario at ``url`` (default: the server that the
    player asks), which can be another server. Sentences are wrapped at ``columns``. ``paint`` gives a text the colour of a
    status (default: none).
    """
    annotated = partial(_annotated, columns=columns, paint=paint)
    pasted = Player(url or player.url, player.scenario)
    yield from _heading(name, player.scenario, columns)
    failed = []
    if player.scenario.faults:
        yield from _faults(player.scenario, columns)
        yield wrapped(
            "These are the true answers, without the faults. A client of a server gets them with the faults.", columns
        )
        yield ""
    if not player.scenario.requests:
        yield "The scenario has no requests to send; add some to its file under requests."
    for spec in player.scenario.requests:
        yield f"# {spec.name}\n$ {pasted.curl(spec)}"
        before = observe(player) if spec.method in ATOMIC | BATCHES | PARTIAL else None
        answer = player.send(spec)
        yield from annotated(answer, spec)
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
            yield from annotated(player.send(spec), spec)
            yield ""
        for spec in failed:
            yield f"# {spec.name}: the same request again"
            yield from annotated(player.send(spec), spec)
            yield ""


def _changes(cure: Cure, columns: int) -> Iterator[str]:
    """List the causes that the cure removes or changes; a client changes them with the admin API."""
    yield from (f"  Remove the cause {name}." for name in cure.remove)
    for name, changes in cure.change.items():
        yield wrapped(f"  Change the cause {name}: {in_words(changes)}.", columns, "    ")


def _annotated(answer: Answer, spec: RequestSpec, *, columns: int, paint: Callable[[str, int], str]) -> Iterator[str]:
    """Give the status line, some headers and the body, and below them a line for each status that the answer reports.

    In the answer to a request that reads properties, an absent property is 404; nothing failed there.
    """
    yield paint(f"HTTP/1.1 {answer.status} {answer.reason}", answer.status)
    yield from (f"{name}: {answer.headers[name]}" for name in SHOWN_HEADERS if name in answer.headers)
    if answer.body:
        yield "\n" + answer.body.decode(errors="replace").rstrip()
    for name, text in encoded_bodies(answer.body):
        yield f"\nThe body of request {name}, decoded from base64:\n{text}"
    lines = [*_of_the_whole(answer, spec), *answer.reported]
    if lines:
        yield ""
    for entry, depth in _tree(lines):
        sentence = _reason(entry, lines, reading=spec.method in READING and bool(answer.reported))
        told = f"{_branch(depth)}{entry}: {sentence}" if sentence else f"{_branch(depth)}{entry}"
        first, separator, rest = wrapped(told, columns, " " * len(_branch(depth))).partition("\n")
        yield paint(first, entry.status) + separator + rest


def _branch(depth: int) -> str:
    """Give the sign before an entry of the tree."""
    return f"{'   ' * depth}`-> " if depth else "-> "


def _tree(lines: Sequence[ReportedStatus]) -> Iterator[tuple[ReportedStatus, int]]:
    """Order the statuses of an answer as a tree, each with its depth: a 424 stands beneath what it depended on.

    A 424 in a batch names that. All others depend on each failure of the answer: they stand beneath the last one.
    """
    causes = [entry for entry in lines if entry.status >= 300 and entry.status != FAILED_DEPENDENCY]
    cause = causes[-1] if causes else None
    by_id = {entry.id: entry for entry in reversed(lines) if entry.id is not None and not entry.href}
    beneath: dict[int, list[ReportedStatus]] = {}
    roots = []
    for entry in lines:
        above = next((by_id[name] for name, _ in entry.because if name in by_id), cause)
        if entry.status == FAILED_DEPENDENCY and above is not None and above is not entry:
            beneath.setdefault(id(above), []).append(entry)
        else:
            roots.append(entry)
    if beneath:
        roots.sort(key=lambda entry: entry.status < 300)
    todo = [(entry, 0) for entry in reversed(roots)]
    while todo:
        entry, depth = todo.pop()
        yield entry, depth
        todo += [(each, min(depth + 1, DEEPEST)) for each in reversed(beneath.get(id(entry), ()))]


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
