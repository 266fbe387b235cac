"""Hold a scenario's answers, the state they leave and its cure against what is promised.

For each scenario, over real HTTP:

1. each answer is as written, nothing missing and nothing more;
2. each 424 has, in the same answer, a cause that is not itself a 424, and names it;
3. a request that fails as a whole leaves everything as it was, to the byte, and so does a batch of which
   every request has failed;
4. after the cure, the very same bytes succeed, and there is no 424 at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

from msgspec import Struct

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.json_pointer import resolve
from dav424.core.namespaces import DAV
from dav424.proof.answer_body import ReportedStatus, asked, read_json
from dav424.proof.play import Answer, Player
from dav424.scenario.model import Expected, RequestSpec

ATOMIC = frozenset({"LOCK", "MKCALENDAR", "MKCOL", "ORDERPATCH", "PROPPATCH", "PUT", "UNLOCK"})
"""The methods that are done as a whole or not at all, whatever the scenario."""
PARTIAL = frozenset({"COPY", "DELETE", "MOVE"})
"""The methods that may be done in part, unless the scenario makes them atomic."""
BATCHES = frozenset({"BCOPY", "BDELETE", "BMOVE", "BPROPPATCH", "POST"})
"""The methods of which one part may be done and another not."""
READING = frozenset({"BPROPFIND", "PROPFIND"})
_EVERYTHING = b'<propfind xmlns="DAV:"><allprop/><include><ordering-type/><quota-available-bytes/><quota-used-bytes/></include></propfind>'


class Flaw(Struct, frozen=True):
    """Something that isn't as promised, and at which request it was seen."""

    scenario: str
    request: str
    message: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.scenario}: {self.request}: {self.message}"


class Observed(Struct, frozen=True):
    """All that a client can see of a scenario: every property and every content, as they came."""

    properties: dict[str, tuple[str, ...]]
    contents: dict[str, tuple[str | None, bytes]]

    def differences(self, later: Observed) -> Iterator[str]:
        """Say how a later observation differs."""
        if [*self.properties] != [*later.properties] and {*self.properties} == {*later.properties}:
            yield "members come in another order"
        for href in sorted({*self.properties, *later.properties}):
            if href not in later.properties:
                yield f"{href} is gone"
            elif href not in self.properties:
                yield f"{href} is new"
            elif self.properties[href] != later.properties[href]:
                changed = sorted(set(self.properties[href]) ^ set(later.properties[href]))
                yield f"properties of {href} changed: {' | '.join(changed)}"
            elif self.contents.get(href) != later.contents.get(href):
                yield f"the content or entity-tag of {href} changed"


def observe(player: Player) -> Observed:
    """Read every property and every content, as the first user who may."""
    for headers in _logins(player):
        answer = player.exchange(
            "PROPFIND", "/", {**headers, "Depth": "infinity", "Content-Type": "application/xml"}, _EVERYTHING
        )
        if answer.status == 207:
            break
    else:
        message = f"the state can't be read: PROPFIND answered {answer.status}"
        raise RuntimeError(message)
    properties: dict[str, list[str]] = {}
    documents = set()
    for each in answer.reported:
        properties.setdefault(each.href, []).append(f"{each.status} {each.xml}")
        if each.property == f"{DAV}getcontentlength" and each.status == 200:
            documents.add(each.href)
    contents = {}
    for href in sorted(documents):
        got = player.exchange("GET", quote(href), headers)
        contents[href] = (got.headers.get("ETag"), got.body)
    return Observed({href: tuple(found) for href, found in properties.items()}, contents)


def _logins(player: Player) -> Iterator[dict[str, str]]:
    for user in player.scenario.users or [None]:
        yield player.login(user)


def prove(name: str, player: Player, cure: Callable[[], None]) -> list[Flaw]:
    """Play a scenario that is as it was loaded; ``cure`` changes what its file says, behind the wire."""
    flaws: list[Flaw] = []
    failed: list[RequestSpec] = []
    for spec in player.scenario.requests:
        whole = spec.method in ATOMIC or (spec.method in PARTIAL and player.scenario.atomic)
        before = observe(player) if whole or spec.method == "POST" else None
        answer = player.send(spec)
        found = list(_as_written(spec, answer, player))
        if spec.method not in READING:  # a property that isn't there depends on nothing
            found += _caused(answer)
        if answer.status >= 400 or (answer.failed and spec.method not in READING):
            failed.append(spec)
            if before is not None and whole:
                found += [f"it failed, and {each}" for each in before.differences(observe(player))]
        if before is not None and answer.parts and all(each.status >= 400 for each in answer.parts):
            found += [f"all of it failed, and {each}" for each in before.differences(observe(player))]
        flaws += [Flaw(name, spec.name, message) for message in found]
    if player.scenario.cure is not None:
        cure()
        for spec in player.scenario.cure.requests:
            flaws += [Flaw(name, spec.name, message) for message in _as_written(spec, player.send(spec), player)]
        for spec in failed:
            cured = _succeeded(player.send(spec), asked(player.body(spec)))
            flaws += [Flaw(name, f"{spec.name}, after the cure", each) for each in cured]
        if not failed:
            flaws.append(Flaw(name, "the cure", "nothing failed that it could cure"))
    return flaws


def _as_written(spec: RequestSpec, answer: Answer, player: Player) -> Iterator[str]:
    expect = spec.expect
    if answer.status != expect.status:
        yield f"answered {answer.status}, not {expect.status}"
    if answer.condition != expect.condition:
        yield f"the condition is {answer.condition or 'missing'}, not {expect.condition or 'expected at all'}"
    wanted = [str(_said(each, spec)) for each in expect.answers]
    got = [str(each) for each in answer.reported]
    yield from (f"missing: {line}" for line in (Counter(wanted) - Counter(got)).elements())
    yield from (f"not expected: {line}" for line in (Counter(got) - Counter(wanted)).elements())
    if expect.contains is not None and expect.contains.replace("{base}", player.base).encode() not in answer.body:
        yield f"the body does not contain {expect.contains!r}"
    data = read_json(answer.body) if expect.json else None
    for pointer, value in expect.json.items():
        actual = resolve(data, pointer)
        if actual != value or type(actual) is not type(value):
            yield f"the value at {pointer} is {actual!r}, not {value!r}"


def _said(expected: Expected, spec: RequestSpec) -> ReportedStatus:
    href = expected.href or (spec.path if expected.id is None else "")
    return ReportedStatus(href, expected.property, expected.status, expected.condition, id=expected.id)


def _caused(answer: Answer) -> Iterator[str]:
    """Find each 424 that has no cause in the same answer, or doesn't name it."""
    causes = [each for each in answer.failures if each.status != FAILED_DEPENDENCY]
    if answer.status >= 400 and answer.status != FAILED_DEPENDENCY:
        causes.append(ReportedStatus("", None, answer.status))
    if answer.status == FAILED_DEPENDENCY and not causes:
        yield "a 424 on the status line without a cause"
    parts = {(each.id, each.status) for each in answer.parts}
    for each in answer.failures:
        if each.status != FAILED_DEPENDENCY:
            continue
        if each in answer.parts:
            yield from _caused_in_batch(each, parts)
        elif not causes:
            yield f"a 424 without a cause: {each}"
        elif not any(str(cause.status) in each.description for cause in causes):
            yield f"a 424 that doesn't say what it depended on: {each}"
    broken = {(each.id, each.href) for each in causes if each.property}
    for each in answer.reported:
        if each.property and each.status < 400 and (each.id, each.href) in broken:
            yield f"a success beside a failure: {each}"
            break


def _caused_in_batch(each: ReportedStatus, parts: set[tuple[str | None, int]]) -> Iterator[str]:
    """Follow a 424 of a batch to its roots: what it names has to be in the answer, and what ends it has to be no 424."""
    if not each.roots:
        yield f"a 424 without a cause: {each}"
    if any(status == FAILED_DEPENDENCY or status < 400 for status in each.roots):
        yield f"a 424 whose root is no cause: {each}"
    if not any(str(status) in each.description for status in each.roots):
        yield f"a 424 that doesn't say what it depended on: {each}"
    for named, status in each.because:
        if named and (named, status) not in parts:
            yield f"a 424 that depended on what isn't in the answer: {each} names request {named} with {status}"


def _succeeded(answer: Answer, ids: Sequence[str]) -> Iterator[str]:
    if answer.status >= 400:
        yield f"answered {answer.status}: {answer.body.decode(errors='replace').strip()}"
    yield from (f"still {each}" for each in answer.failures)
    missing = [name for name in ids if name not in {each.id for each in answer.parts}]
    yield from (f"request {name} isn't answered" for name in missing)
