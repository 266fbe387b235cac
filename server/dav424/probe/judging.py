"""The rules that several cases share. Each gives the remarks about one exchange."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.namespaces import DAV
from dav424.diagnosis import SaidStatus
from dav424.diagnosis.pasted import PROPSTAT, RESPONSE
from dav424.probe.exchange import Probed, same_path
from dav424.probe.place import Place
from dav424.probe.state import Looked
from dav424.probe.verdict import Remark, missed, wrong

PROTECTED = f"{DAV}cannot-modify-protected-property"
SUBMITTED = f"{DAV}lock-token-submitted"
_ALL_OR_NOTHING = "RFC 4918 9.2"
_IN_BODY = {PROPSTAT, RESPONSE}


def short(name: str) -> str:
    """Write the name of a property without its namespace."""
    return name.rpartition("}")[2]


def changes(before: Looked, after: Looked, names: Collection[str], section: str) -> Iterator[Remark]:
    """Find properties that a failed request has changed."""
    for name in names:
        old, new = before.values.get(name), after.values.get(name)
        if old != new:
            yield wrong(
                f"The request can't be done as a whole, but {short(name)} was {_shown(old)}, and is {_shown(new)}.",
                section,
            )


def readable(answer: Probed) -> Iterator[Remark]:
    """Check that the body can be parsed, and that it keeps the rules of its format."""
    if answer.status >= 500 and answer.status != 507:
        yield wrong(f"The server answers {answer.status}, which says that it has an error.", "RFC 9110 15.6")
    if answer.xml_error:
        yield wrong(f"The body can't be parsed: {answer.xml_error}.", "RFC 4918 8.2")
    for sentence, section in answer.facts.flaws:
        yield wrong(sentence, section)


def failed_update(
    answer: Probed, before: Looked, after: Looked, refused: str, others: Collection[str]
) -> Iterator[Remark]:
    """Judge a PROPPATCH in which one property can't be set: nothing changes, and each property has its status."""
    yield from changes(before, after, [*others, *([refused] if refused != f"{DAV}getetag" else [])], _ALL_OR_NOTHING)
    yield from readable(answer)
    if answer.succeeded:
        yield wrong(f"The server answers {answer.status}, as if all properties were set.", _ALL_OR_NOTHING)
        return
    if answer.status != 207:
        if answer.status == 423 and not before.locks:
            yield wrong("The server answers 423, but the resource has no lock.", "RFC 4918 11.3")
        elif answer.status == 400 or answer.status < 300:
            yield wrong(
                f"The server answers {answer.status}, although the request is valid; 207 is required.", _ALL_OR_NOTHING
            )
        elif answer.status < 500:
            yield missed(
                f"The server answers {answer.status} instead of 207 with a status for each property.", "RFC 4918 9.2.1"
            )
        return
    yield from statuses(answer, refused, others)


def statuses(
    answer: Probed, refused: str, others: Collection[str], section: str = "RFC 4918 9.2.1"
) -> Iterator[Remark]:
    """Judge the status of each property: one failed on its own, and the others depended on it."""
    cause = answer.of_property(refused)
    if any(each.status == 200 for each in cause):
        yield wrong(f"{short(refused)} is protected, but its status is 200.", section)
    elif not any(each.failed_itself for each in cause):
        yield wrong(f"The answer does not say that {short(refused)} failed.", section)
    else:
        yield from _cause(cause[0], refused)
    for name in others:
        found = answer.of_property(name)
        if not found:
            yield wrong(f"The answer has no status for {short(name)}.", section)
        elif any(each.status is not None and each.status < 300 for each in found):
            yield wrong(f"The status of {short(name)} is {found[0].status}, beside a failure.", section)
        elif found[0].status != FAILED_DEPENDENCY:
            yield missed(
                f"The status of {short(name)} is {found[0].words}, but it only depended on the failure.",
                "RFC 4918 11.4",
            )


def _cause(said: SaidStatus, name: str) -> Iterator[Remark]:
    if said.status == 409:
        yield missed(f"The status of {short(name)} is 409; that of a protected property is 403.", "RFC 4918 9.2.1")
    elif said.status != 403:
        yield missed(
            f"The status of {short(name)} is {said.words}; that of a protected property is 403.", "RFC 4918 9.2.1"
        )
    if said.condition != PROTECTED:
        yield missed(f"The failure of {short(name)} has no cannot-modify-protected-property.", "RFC 4918 16")


def refused_for_lock(answer: Probed, locked: str, section: str) -> Iterator[Remark]:
    """Judge the answer to a request on a locked resource without its token: 423 that names the lock."""
    if answer.status == 207:
        if any(each.status == 423 for each in answer.facts.said):
            yield missed("The 423 stands inside of a 207; the whole request is refused.", section)
        else:
            yield wrong("The answer is a 207 without a 423.", section)
        return
    if answer.status != 423:
        yield wrong(f"The server answers {answer.status} for a locked resource; 423 is required.", section)
        return
    yield from _names_lock(answer, locked)


def _names_lock(answer: Probed, locked: str) -> Iterator[Remark]:
    if answer.facts.condition != SUBMITTED:
        said = f"{short(answer.facts.condition)} instead of" if answer.facts.condition else "no"
        yield missed(f"The 423 has {said} lock-token-submitted.", "RFC 4918 16")
    elif not any(same_path(each, locked) for each in answer.facts.condition_hrefs):
        yield missed("The lock-token-submitted of the 423 does not name the locked resource.", "RFC 4918 16")


def locked_member(answer: Probed, locked: str, section: str, destination: str = "") -> Iterator[Remark]:
    """Judge DELETE, COPY or MOVE that a locked member refuses: a 207 that names it, or a 423 with its lock.

    A 207 may name its ``destination`` instead (RFC 4918 9.9.4).
    """
    yield from readable(answer)
    if answer.status == FAILED_DEPENDENCY:
        yield wrong("The status line says 424; 207 or 423 is required.", section)
    elif answer.status == 423:
        yield from _names_lock(answer, locked)
    elif answer.status != 207:
        yield wrong(
            f"The server answers {answer.status}; 207 that names the locked member, or 423, is required.", section
        )
    else:
        said = [*answer.of_resource(locked), *(answer.of_resource(destination) if destination else [])]
        named = [each for each in said if each.where in _IN_BODY]
        if not any(each.status is not None and each.failed_itself for each in named):
            yield wrong("The 207 does not name the locked member with a failure.", section)
        if any(each.status == FAILED_DEPENDENCY for each in answer.facts.said):
            yield missed("The 207 has a 424, which clients can do without here.", section)
        if any(each.status in {201, 204} for each in answer.facts.said):
            yield missed("The 207 has members with 201 or 204, which should be left out.", section)


def untouched(place: Place, path: str, section: str) -> Iterator[Remark]:
    """Check that a locked resource is still there, with its content and its lock."""
    before, after = place.before[path], place.after[path]
    if not after.exists:
        yield wrong("The locked resource is gone.", section)
        return
    if before.content != after.content:
        yield wrong(
            f"The content of the locked resource was {_shown(before.content)}, and is {_shown(after.content)}.", section
        )
    if before.locks and not after.locks:
        yield wrong("The lock is gone.", section)


def stored_twice(looked: Looked) -> Iterator[Remark]:
    """Check that no property is there more than once."""
    for name in looked.twice:
        yield wrong(f"PROPFIND gives {short(name)} more than once.", "RFC 4918 4.4")


def stored(values: Mapping[str, str], expected: Mapping[str, str], section: str) -> Iterator[Remark]:
    """Check properties that the server said it has set; None for those that must not be there."""
    for name, value in expected.items():
        if values.get(name, "") != value:
            yield wrong(
                f"The server reports success, but {short(name)} is {_shown(values.get(name))}, not {_shown(value or None)}.",
                section,
            )


def _shown(value: str | None) -> str:
    return "absent" if value is None else repr(value[:60])
