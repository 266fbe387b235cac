"""The mistakes in a cause or fault that a schema can't find: a path, a user or a method that no request can match, and the like.

The scenario files and the admin API have these checks in common.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from dav424.causes.answers import Answers
from dav424.causes.cause import Cause
from dav424.causes.kinds import AnyCause
from dav424.causes.lock import Locked
from dav424.causes.object_refused import ObjectRefused
from dav424.causes.quota import Quota
from dav424.causes.value_rule import PatternError, ValueRule, compiled
from dav424.core.batch import FAILED_DEPENDENCY, Refused
from dav424.core.http_methods import KNOWN, SERVED
from dav424.core.paths import Path, href, split
from dav424.faults.broken_connection import BrokenConnection
from dav424.faults.cut_body import CutBody
from dav424.faults.kinds import AnyFault
from dav424.faults.wrong_length import WrongLength
from dav424.scenario.answers_checks import answers_problems
from dav424.scenario.clark_names import name_note, name_problem
from dav424.scenario.file_problem import did_you_mean, suggest
from dav424.scenario.model import ResourceKinds
from dav424.scenario.property_xml import property_xml
from dav424.scenario.requested_paths import RequestedPaths, can_be_made
from dav424.scenario.yaml_reader import Pointer

NEVER_424 = (
    "424 can't be a cause: the server gives it to actions that depend on a failed action; "
    "use the status of the failure itself, such as 403 or 423"
)


class Surroundings:
    """What a cause can be about: the resources of the tree, those that ``requests`` make, and the users.

    Without requests, a cause can also be about what any client could make. In an ``atomic`` scenario DELETE, COPY and MOVE
    are all or nothing. Without a ``tree_known``, the causes are for files that only the provider knows.
    """

    def __init__(
        self,
        kinds: ResourceKinds,
        users: Collection[str],
        requests: RequestedPaths | None = None,
        *,
        atomic: bool = False,
        tree_known: bool = True,
    ) -> None:
        self.kinds, self.users, self.requests, self.atomic = kinds, users, requests, atomic
        self.tree_known = tree_known

    @cached_property
    def paths(self) -> list[str]:
        """The paths of the resources, sorted, as files write them."""
        return sorted("/" + "/".join(path) for path in self.kinds)


def cause_problems(cause: AnyCause, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    """Check a cause against its surroundings: a pointer into the cause and a sentence for each problem."""
    if getattr(cause, "status", None) == FAILED_DEPENDENCY:
        yield ("status",), NEVER_424
    yield from _names(cause)
    yield from _senders(cause, around)
    try:
        path, _ = split(cause.path)
    except Refused as refused:
        yield ("path",), refused.detail
        return
    problem = _path_problem(cause, path, around) if around.tree_known else None
    if problem:
        yield ("path",), problem
    if isinstance(cause, Answers):
        yield from answers_problems(cause, path, atomic=around.atomic)
    if isinstance(cause, ValueRule):
        if cause.pattern is None and cause.enum is None and cause.type is None:
            yield (), "the value-rule has no pattern, no enum and no type; add one of them"
        if cause.pattern is not None:
            try:
                compiled(cause.pattern)
            except PatternError as error:
                yield ("pattern",), f"the pattern is not a regular expression that the server takes: {error}"
    if isinstance(cause, Locked):
        try:
            property_xml("{DAV:}owner", cause.principal)
        except ValueError:
            yield ("principal",), "the principal has a character that XML doesn't allow; remove it"
    if isinstance(cause, Quota) and cause.bytes is not None and around.kinds.get(path) == "document":
        yield ("path",), f"{cause.path} is a document, which can't have a quota of bytes; use the path of a collection"
    if isinstance(cause, ObjectRefused) and (cause.precondition == "no-uid-conflict") != (cause.other is not None):
        yield (
            ("precondition",),
            "no-uid-conflict needs other, the resource that has the UID, and no other precondition has it",
        )
    if isinstance(cause, Quota) and cause.bytes is None and cause.properties is None:
        yield (), "the quota has no bytes and no properties; add one of them"


def fault_problems(fault: AnyFault, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    """Check a fault against its surroundings: a pointer into the fault and a sentence for each problem."""
    yield from _senders(fault, around)
    if isinstance(fault, CutBody):
        if fault.bytes is not None and fault.inside is not None:
            yield ("inside",), "the body is cut at a byte or inside an element; remove bytes or inside"
        if fault.inside is not None and (wrong := name_problem(fault.inside)):
            yield ("inside",), wrong
    if isinstance(fault, WrongLength) and fault.by == 0:
        yield ("by",), "a length that differs by 0 bytes is right; write another number"
    if isinstance(fault, BrokenConnection) and fault.bytes is not None and fault.at != "in-body":
        yield ("bytes",), f"bytes is for a connection that ends in-body, and this one ends {fault.at}; remove bytes"
    try:
        path, _ = split(fault.path)
    except Refused as refused:
        yield ("path",), refused.detail
        return
    problem = _path_problem(fault, path, around) if around.tree_known else None
    if problem:
        yield ("path",), problem


def lock_conflicts(cause: Cause, others: Iterable[Cause]) -> Iterator[tuple[Pointer, str]]:
    """Find the locks of other causes beside which a lock can't be (RFC 4918 6.1): a pointer into the cause and a sentence.

    The lock of a cause that counts is not there all the time, so two such locks can follow each other.
    """
    if not isinstance(cause, Locked) or cause.is_counted or _unreadable(cause.path):
        return
    for other in others:
        if not isinstance(other, Locked) or other.is_counted or other.id == cause.id or _unreadable(other.path):
            continue
        above, below = sorted((cause, other), key=lambda lock: len(lock.subtree))
        meets = below.subtree[: len(above.subtree)] == above.subtree
        covers = above.subtree == below.subtree or above.depth == "infinity"
        if meets and covers and "exclusive" in (cause.scope, other.scope):
            yield (
                ("path",),
                (
                    f"the lock of the cause {other.id!r} covers this resource, and an exclusive lock allows no other one; "
                    "make both shared, or remove one of them"
                ),
            )


def _unreadable(path: str) -> bool:
    try:
        split(path)
    except Refused:
        return True
    return False


def cause_notes(cause: AnyCause | AnyFault, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    """Find likely mistakes in a cause or fault without problems."""
    path, _ = split(cause.path)
    if path not in around.kinds and around.requests is None:
        hint = did_you_mean(cause.path, around.paths)
        yield ("path",), f"the tree has no resource at {cause.path}; the cause applies if a client makes one{hint}"
    for pointer, name in _names_of(cause):
        note = name_note(name)
        if note:
            yield pointer, note


def _names_of(cause: AnyCause | AnyFault) -> Iterator[tuple[Pointer, str]]:
    """Give the names in Clark notation that a cause has."""
    name = getattr(cause, "property", None)
    if name is not None:
        yield ("property",), name
    for i, name in enumerate(getattr(cause, "types", ())):
        yield ("types", i), name


def _names(cause: AnyCause) -> Iterator[tuple[Pointer, str]]:
    for pointer, name in _names_of(cause):
        problem = name_problem(name)
        if problem:
            yield pointer, problem


def _senders(cause: AnyCause | AnyFault, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    """Find users and methods of which no request can be."""
    users, methods = getattr(cause, "users", None), getattr(cause, "methods", None)
    for key, names in (("users", users), ("methods", methods)):
        if names is not None and not names:
            yield (key,), f"the list is empty, so no request matches; name one of the {key}, or leave {key} out for all"
    for i, user in enumerate(users or ()):
        if around.users and user not in around.users:
            yield ("users", i), f"the scenario has no user {user!r}{suggest(user, around.users)}"
        elif not around.users and user:
            remedy = "list them under users of the scenario, or leave users out here"
            yield ("users", i), f"the scenario has no users, so no request is of {user!r}; {remedy}"
    for i, method in enumerate(methods or ()):
        if isinstance(cause, Answers) and method in KNOWN:
            continue  # it also answers methods that the server does not have
        if method not in SERVED:
            why = "the server does not have the method" if method in KNOWN else "there is no HTTP method"
            yield ("methods", i), f"{why} {method!r}{method_hint(method, SERVED)}"


def method_hint(method: str, known: Collection[str]) -> str:
    """Suggest the known method that is most like a name, or list them."""
    return did_you_mean(method.upper(), sorted(known)) or f"; use one of: {', '.join(sorted(SERVED))}"


def _path_problem(cause: AnyCause | AnyFault, path: Path, around: Surroundings) -> str | None:
    """Say why a cause never meets a request at its path; None if it can."""
    if path in around.kinds:
        return None
    nothing = f"the tree has no resource at {cause.path}"
    if isinstance(cause, Locked | Quota):
        return nothing + suggest(cause.path, around.paths)
    if around.requests is not None:
        if around.requests.can_make(path):
            return None
        return f"{nothing}, and no request of the scenario makes one{suggest(cause.path, around.paths)}"
    if can_be_made(path, around.kinds):
        return None
    missing = next(path[:depth] for depth in range(1, len(path)) if around.kinds.get(path[:depth]) != "collection")
    return (
        f"{nothing}, and no collection {href(path[:-1], collection=True)} in which a client could make one"
        f"{did_you_mean(cause.path, around.paths) or f'; write {href(missing)} for all that a client makes there'}"
    )
