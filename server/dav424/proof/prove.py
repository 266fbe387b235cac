"""Prove a scenario: compare its answers, the stored state and the effect of its cure with its file.

For each scenario, over real HTTP:

1. each answer is the expected one: no status is missing, and none is added;
2. each 424 has, in the same answer, a cause that is not a 424, and names it;
3. a request that fails as a whole changes no byte on the server; nor does a batch in which every request fails; except
   after an answer that a cause gives to a request that was done;
4. after the cure, the same requests succeed, without any 424; except those that the dialect of the scenario refuses;
5. each cause of the scenario struck one of the requests, unless it is a bystander: then it struck none.

A scenario without requests is not proven.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from msgspec import Struct

from dav424.causes.answers import Answers
from dav424.causes.cause import Cause
from dav424.causes.lock import Locked
from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.json_pointer import resolve
from dav424.core.namespaces import DAV
from dav424.dialects.names import RFC4918
from dav424.methods import METHOD_FACTS
from dav424.proof.answer_body import ReportedStatus, read_json, request_ids
from dav424.proof.play import Answer, Player
from dav424.proof.struck_causes import WatchedPlayer
from dav424.scenario.model import ExpectedStatus, RequestSpec

ATOMIC = frozenset(name for name, facts in METHOD_FACTS.items() if facts.atomicity == "whole" and not facts.safe)
"""The methods that are done as a whole or not at all, whatever the scenario."""
PARTIAL = frozenset(name for name, facts in METHOD_FACTS.items() if facts.atomicity == "steps")
"""The methods that may be done in part, unless the scenario makes them atomic."""
READING = frozenset(name for name, facts in METHOD_FACTS.items() if facts.lists_properties)
BATCHES = frozenset(name for name, facts in METHOD_FACTS.items() if facts.atomicity == "parts") - READING
"""The methods of which one part may be done and another not."""
_EVERYTHING = b'<propfind xmlns="DAV:"><allprop/><include><ordering-type/><quota-available-bytes/><quota-used-bytes/></include></propfind>'

_ACTIVELOCK = re.compile(r"(<(?:\w+:)?activelock\b.*?</(?:\w+:)?activelock>)", re.DOTALL)
_EMPTIED = re.compile(r"></(?:\w+:)?lockdiscovery>$")


class Flaw(Struct, frozen=True):
    """A difference between the server and the scenario file, and the request that shows it; empty for the whole file."""

    scenario: str
    request: str
    message: str

    @property
    def sentence(self) -> str:
        """The request and the difference."""
        return f"{self.request}: {self.message}" if self.request else self.message

    def __str__(self) -> str:
        """Write it in a line."""
        return f"{self.scenario}: {self.sentence}"


class Observed(Struct, frozen=True):
    """The state of a scenario as a client sees it: every property and every content."""

    properties: dict[str, tuple[str, ...]]
    contents: dict[str, tuple[str | None, bytes]]

    def differences(self, later: Observed) -> Iterator[str]:
        """Say in a phrase each how a later state differs."""
        if [*self.properties] != [*later.properties] and {*self.properties} == {*later.properties}:
            yield "the order of members changed"
        for href in sorted({*self.properties, *later.properties}):
            if href not in later.properties:
                yield f"{href} was removed"
            elif href not in self.properties:
                yield f"{href} was added"
            elif self.properties[href] != later.properties[href]:
                changed = sorted(set(self.properties[href]) ^ set(later.properties[href]))
                yield f"properties of {href} changed: {' | '.join(changed)}"
            elif self.contents.get(href) != later.contents.get(href):
                yield f"the content or entity-tag of {href} changed"


def observe(player: Player) -> Observed:
    """Read every property and every content, as the first user with access; raises RuntimeError if no user has it.

    They are read in ``rfc4918``, whatever the dialect of the server and of the scenario.
    """
    player = player.speaking(RFC4918)
    for headers in _logins(player):
        answer = player.exchange(
            "PROPFIND", "/", {**headers, "Depth": "infinity", "Content-Type": "application/xml"}, _EVERYTHING
        )
        if answer.status == 207:
            break
    else:
        message = f"the state can't be read: PROPFIND answered {answer.status}"
        raise RuntimeError(message)
    counted = [cause for cause in player.scenario.causes if cause.stands and cause.is_counted]
    properties: dict[str, list[str]] = {}
    documents = set()
    for entry in answer.reported:
        properties.setdefault(entry.href, []).append(_lasting(entry, counted))
        if entry.property == f"{DAV}getcontentlength" and entry.status == 200:
            documents.add(entry.href)
    contents = {}
    for href in sorted(documents):
        response = player.exchange("GET", quote(href), headers)
        contents[href] = (response.headers.get("ETag"), response.body)
    return Observed({href: tuple(entries) for href, entries in properties.items()}, contents)


def _lasting(entry: ReportedStatus, causes: Iterable[Cause]) -> str:
    """Write a property without the parts that change by the counters of causes, and not by a request."""
    xml = entry.xml
    for cause in causes:
        if isinstance(cause, Locked):
            xml = "".join(piece for piece in _ACTIVELOCK.split(xml) if f">{cause.token}<" not in piece)
        elif entry.property == f"{DAV}quota-available-bytes":
            return ""
    return f"{entry.status} {_EMPTIED.sub('/>', xml)}"


def _logins(player: Player) -> Iterator[dict[str, str]]:
    for user in player.scenario.users or [None]:
        yield player.login(user)


def prove(name: str, player: Player, cure: Callable[[], None]) -> list[Flaw]:
    """Send the requests of a scenario whose world is new; ``cure`` changes the causes as its file says, without HTTP."""
    if not player.scenario.requests:
        return [Flaw(name, "", "the scenario has no requests, so nothing was proven; add requests")]
    flaws: list[Flaw] = []
    failed: list[RequestSpec] = []
    watched = WatchedPlayer(player)
    for spec in player.scenario.requests:
        whole = spec.method in ATOMIC or (spec.method in PARTIAL and player.scenario.atomic)
        before = observe(player) if whole or spec.method == "POST" else None
        answer = watched.send(spec)
        messages = list(_unexpected(spec, answer, player))
        if spec.method not in READING:  # an absent property depends on nothing
            messages += _uncaused(answer)
        if answer.status >= 300 or next(_failures(spec, answer), None) is not None:
            if watched.latest or not player.scenario.dialect:  # a refusal of the dialect itself has no cure
                failed.append(spec)
            if before is not None and whole and not _may_stay_done(player, answer):
                messages += [f"it failed, but {difference}" for difference in before.differences(observe(player))]
        all_failed = bool(answer.parts) and all(part.status >= 300 for part in answer.parts)
        if before is not None and all_failed and not _may_stay_done(player, answer):
            differences = before.differences(observe(player))
            messages += [f"all its requests failed, but {difference}" for difference in differences]
        flaws += [Flaw(name, spec.name, message) for message in messages]
    if player.scenario.cure is not None:
        cure()
        for spec in player.scenario.cure.requests:
            flaws += [Flaw(name, spec.name, message) for message in _unexpected(spec, watched.send(spec), player)]
        for spec in failed:
            messages = list(_still_failing(spec, watched.send(spec), request_ids(player.body(spec))))
            flaws += [Flaw(name, f"{spec.name}, after the cure", message) for message in messages]
        if not failed:
            flaws.append(Flaw(name, "the cure", "no request failed before it"))
    return flaws + [Flaw(name, f"the cause {cause}", message) for cause, message in watched.surprises]


def _may_stay_done(player: Player, answer: Answer) -> bool:
    """Say whether a cause answers requests with such a failure after they were done: then the state changes nevertheless."""
    statuses = {answer.status, *(part.status for part in answer.parts)}
    return any(
        isinstance(cause, Answers) and cause.done and cause.status in statuses for cause in player.scenario.causes
    )


def _unexpected(spec: RequestSpec, answer: Answer, player: Player) -> Iterator[str]:
    """Find the differences between an answer and the expected answer."""
    expect = spec.expect
    if answer.status != expect.status:
        yield f"the status is {answer.status}, not {expect.status}"
    if answer.condition != expect.condition:
        yield f"the condition is {answer.condition or 'missing'}; expected: {expect.condition or 'none'}"
    expected = Counter(str(_reported(status, spec)) for status in expect.answers)
    received = Counter(str(entry) for entry in answer.reported)
    yield from (f"missing: {line}" for line in (expected - received).elements())
    yield from (f"not expected: {line}" for line in (received - expected).elements())
    if expect.contains is not None and expect.contains.replace("{base}", player.base).encode() not in answer.body:
        yield f"the body does not contain {expect.contains!r}"
    data = read_json(answer.body) if expect.json else None
    for pointer, value in expect.json.items():
        received_value = resolve(data, pointer)
        if received_value != value or type(received_value) is not type(value):
            yield f"the value at {pointer} is {json.dumps(received_value)}, not {json.dumps(value)}"


def _reported(expected: ExpectedStatus, spec: RequestSpec) -> ReportedStatus:
    href = expected.href or (spec.path if expected.id is None else "")
    return ReportedStatus(href, expected.property, expected.status, expected.condition, id=expected.id)


def _uncaused(answer: Answer) -> Iterator[str]:
    """Find each 424 that has no cause in the same answer, or doesn't name it."""
    causes = [failure for failure in answer.failures if failure.status != FAILED_DEPENDENCY]
    if answer.status >= 300 and answer.status != FAILED_DEPENDENCY:
        causes.append(ReportedStatus("", None, answer.status))
    if answer.status == FAILED_DEPENDENCY and not causes:
        yield "a 424 on the status line without a cause"
    parts = {(part.id, part.status) for part in answer.parts}
    for failure in answer.failures:
        if failure.status != FAILED_DEPENDENCY:
            continue
        if failure in answer.parts:
            yield from _uncaused_in_batch(failure, parts)
        elif not causes:
            yield f"a 424 without a cause: {failure}"
        elif not any(str(cause.status) in failure.description for cause in causes):
            yield f"a 424 that doesn't name its cause: {failure}"
    broken = {(cause.id, cause.href) for cause in causes if cause.property}
    for entry in answer.reported:
        if entry.property and entry.status < 300 and (entry.id, entry.href) in broken:
            yield f"a success beside a failure: {entry}"
            break


def _uncaused_in_batch(failure: ReportedStatus, parts: set[tuple[str | None, int]]) -> Iterator[str]:
    """Follow a 424 in a batch to its roots: the answer must have the requests that it names, and no root is a 424."""
    if not failure.roots:
        yield f"a 424 without a cause: {failure}"
    if any(status == FAILED_DEPENDENCY or status < 300 for status in failure.roots):
        yield f"a 424 whose root is not a failure that can be a cause: {failure}"
    if not any(str(status) in failure.description for status in failure.roots):
        yield f"a 424 that doesn't name its cause: {failure}"
    for named, status in failure.because:
        if named and (named, status) not in parts:
            yield f"a 424 that names a request which the answer doesn't have: {failure} names request {named} with {status}"


def _failures(spec: RequestSpec, answer: Answer) -> Iterator[ReportedStatus]:
    """Give the failures inside an answer; that a resource lacks a property is none in the answer of a method that lists them."""
    absent = {404} if spec.method in READING else set()
    return (each for each in answer.failures if each.property is None or each.status not in absent)


def _still_failing(spec: RequestSpec, answer: Answer, ids: Sequence[str]) -> Iterator[str]:
    """Find the failures in an answer to a request that the cure lets succeed; ``ids`` are those of its batch."""
    if answer.status >= 300:
        yield f"the status is {answer.status}: {answer.body.decode(errors='replace').strip()}"
    yield from (f"still failing: {failure}" for failure in _failures(spec, answer))
    answered = {part.id for part in answer.parts}
    yield from (f"request {name} has no response" for name in ids if name not in answered)
