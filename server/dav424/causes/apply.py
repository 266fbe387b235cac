"""Where causes meet a request: at each resource it touches, before each of its actions, and before the commit of a group.

``CauseIndex`` is made once for a world: it lists the world's causes by the ``refuse_`` method that they have.
``CauseContext`` is made for a request: it holds the request, its draft, the counters of the causes, and what the causes
that count requests have decided about this one.

    check_request     asks ``refuse_access`` about the Request-URI and the ``Destination``
    refused_members   asks it about the resources below one of these
    check_done        asks causes that answer requests after they were done, about the Request-URI and the ``Destination``
    answers_after     asks them about the resources below one of these
    apply_to_group    asks it about the resource of each action, puts ``refuse_action`` in front of the actions, and
                      makes guards of the commit of ``refuse_commit``
    delay_seconds     adds up the delays of the request

``causes.counted.count`` is the one place that counts. A cause that counts requests decides once for each request:
all resources that the request has in the cause's subtree are refused, or none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from dav424.causes.answers import Answers
from dav424.causes.cause import Cause
from dav424.causes.counted import count
from dav424.causes.delay import Delay
from dav424.causes.object_limits import ObjectLimits
from dav424.causes.object_refused import ObjectRefused
from dav424.causes.report_limit import ReportLimit
from dav424.causes.resource_access import ResourceAccess
from dav424.causes.sync_history import SyncHistory
from dav424.core.batch import Action, Group, Guard, Refused, without_frames
from dav424.core.condition_codes import ConditionCode
from dav424.core.message import Request
from dav424.core.method_facts import Facts, MethodFacts
from dav424.core.paths import Path, href, split
from dav424.core.subject import READING, Subject, Verb
from dav424.dav.headers import depth, destination
from dav424.store.draft import Draft
from dav424.store.tree import Collection

_NOT_SERVED = MethodFacts()
"""The facts of a method that the server does not have."""


class CauseIndex:
    """The causes of one world, listed by the ``refuse_`` method that they have.

    For a request or an action, the server calls only the causes that could refuse it. Most worlds have a dozen causes,
    of which one or two could. The lists are made once, when the causes of the world are set.
    """

    def __init__(self, causes: Iterable[Cause]) -> None:
        self.causes = tuple(causes)
        self.delays = [cause for cause in self.causes if isinstance(cause, Delay)]
        self.limiting = [cause for cause in self.causes if isinstance(cause, ObjectLimits)]
        self.refusing_objects = [cause for cause in self.causes if isinstance(cause, ObjectRefused)]
        self.report_limits = [cause for cause in self.causes if isinstance(cause, ReportLimit)]
        self.sync_histories = [cause for cause in self.causes if isinstance(cause, SyncHistory)]
        self.standing = [cause for cause in self.causes if cause.stands and cause.is_counted]
        self.answering_after = [cause for cause in self.causes if isinstance(cause, Answers) and cause.done]
        self.admitting = [cause for cause in self._overriding("refuse_access") if cause not in self.answering_after]
        self.committing = self._overriding("refuse_commit")
        self._refusing = self._overriding("refuse_action")
        self._for_property: dict[str, list[Cause]] = {}
        self._named = {cause.only_property for cause in self._refusing} - {None}

    def _overriding(self, method: str) -> list[Cause]:
        """List the causes whose class overrides a method of ``Cause``.

        The methods of ``Cause`` never refuse, so there is no need to call them. To look at the class is the simplest
        way to know: a flag or a list beside the method could disagree with it.
        """
        return [cause for cause in self.causes if getattr(type(cause), method) is not getattr(Cause, method)]

    def for_property(self, name: str) -> list[Cause]:
        """List the causes that could refuse a change of this property, or, for "", of a whole resource."""
        key = name if name in self._named else ""
        causes = self._for_property.get(key)
        if causes is None:
            causes = self._for_property[key] = [
                cause for cause in self._refusing if cause.only_property in (None, key or None)
            ]
        return causes

    def may_refuse(self, verb: Verb, path: Path) -> bool:
        """Say whether any cause whose subtree contains the path could refuse the action ``verb`` there."""
        return any(cause.could_refuse(verb, path) and len(cause.subtree) <= len(path) for cause in self._refusing)

    def paths_refusing(self, verb: Verb, top: Path) -> list[Path]:
        """List the paths below ``top``, without ``top`` itself, where causes that could refuse ``verb`` begin."""
        subtrees = (cause.subtree for cause in self._refusing if cause.could_refuse(verb, top))
        return sorted({subtree for subtree in subtrees if len(subtree) > len(top)})


class CauseContext(Struct, frozen=True):
    """One request, and everything that the causes of its world read to decide about it.

    ``counts`` has the number of matches of each cause so far, by the cause's id. It belongs to the world, and goes on from
    request to request. ``verdicts`` says of each cause that counts requests, and that this request has met, whether it
    applies to this request; a part of a request, such as a target of a BDELETE, shares those of the whole request.
    ``methods`` has the facts of the methods of the world.
    """

    cause_index: CauseIndex
    counts: dict[str, int]
    request: Request
    draft: Draft
    methods: Facts
    verdicts: dict[str, bool] = field(default_factory=dict)

    def raise_if_due(self, cause: Cause, refused: Refused | None) -> None:
        """Count a match of the cause, and raise ``refused`` if the cause applies to this match.

        None means that the cause didn't match: nothing is counted or raised.
        """
        if refused is not None and self.is_due(cause):
            refused.by = cause.id
            if isinstance(refused.condition, ConditionCode) and refused.condition.hrefs:
                refused.condition = replace(refused.condition, hrefs=tuple(map(self._slashed, refused.condition.hrefs)))
            raise refused

    def _slashed(self, reference: str) -> str:
        """Write the href of a collection with a slash at its end (RFC 4918 8.3); a cause doesn't know the resource there."""
        path, _ = split(reference)
        slash = path == self.request.path and self.request.slash
        return href(path, collection=slash or isinstance(self.draft.find(path), Collection))

    def is_due(self, cause: Cause) -> bool:
        """Count a match of the cause, and say whether it applies to it; a cause that counts requests counts this one once."""
        if cause.counted != "requests":
            return count(cause, self.counts)
        due = self.verdicts.get(cause.id)
        if due is None:
            due = self.verdicts[cause.id] = count(cause, self.counts)
        return due

    def access(self, path: Path, *, at_destination: bool = False, reads_content: bool = False) -> ResourceAccess:
        """Say what the request does to the resource at a path; ``reads_content`` if a report reads it as GET does."""
        facts = self.methods.get(self.request.method, _NOT_SERVED)
        return ResourceAccess(self.request, facts, path, at_destination, in_report=reads_content)

    @property
    def refusing_members(self) -> Sequence[Cause]:
        """The causes that refuse what the request does to a member.

        What an atomic request does to a member is undone if anything fails. So a cause that answers after that was done
        refuses it, too. Only a request that consists of steps leaves a member done.
        """
        index = self.cause_index
        if index.answering_after and self.access(()).method.atomicity != "steps":
            return [*index.admitting, *index.answering_after]
        return index.admitting


class AnswerAfter(Struct, frozen=True):
    """The ``run`` of an action that raises what causes answer for a resource after it was done. Others leave it alone."""

    check: Callable[[], None]

    def __call__(self) -> None:
        """Raise the answer."""
        self.check()


class AlreadyRefused(Struct, frozen=True):
    """The ``run`` of an action that was refused while it was planned. Causes leave such an action alone."""

    refused: Refused

    def __call__(self) -> None:
        """Raise the refusal."""
        raise self.refused


def delay_seconds(context: CauseContext) -> float:
    """Count a match of each delay that the request matches, and add up their seconds."""
    due = [
        cause
        for cause in context.cause_index.delays
        if cause.matches(context.request) and _touches(context, cause.subtree) and context.is_due(cause)
    ]
    return sum(cause.milliseconds for cause in due) / 1000


def _touches(context: CauseContext, top: Path) -> bool:
    """Say whether the request touches a resource at or below ``top``, as far as its head says it."""
    request = context.request
    target = _destination(request)
    starts = [request.path] if target is None else [request.path, target]
    if any(start[: len(top)] == top for start in starts):
        return True
    if not context.access(()).method.reaches_members or context.draft.find(top) is None:
        return False
    return any(_is_below(top, start, _depth(request)) for start in starts)


def _depth(request: Request) -> float:
    try:
        return depth(request, "0", "1", "infinity")
    except Refused:
        return 0  # the method refuses the request


def check_request(context: CauseContext) -> None:
    """Raise ``Refused`` if a cause refuses the request as a whole: at its Request-URI or at its ``Destination``."""
    admitting = context.cause_index.admitting
    if not admitting:
        return
    _check(context, admitting, _whole(context))


def check_not_served(context: CauseContext) -> None:
    """Raise the answer of a cause to a request whose method the server does not have; no other kind of cause is asked."""
    answering = [cause for cause in context.cause_index.admitting if isinstance(cause, Answers)]
    _check(context, answering, _whole(context))


def check_done(context: CauseContext, around: CauseContext | None = None) -> None:
    """Raise the answer of a cause to a request that was done.

    ``around`` is the request of which this one is a part: a cause that answers that one as a whole leaves the part alone.
    """
    causes = context.cause_index.answering_after
    if around is not None:
        causes = [cause for cause in causes if not any(map(cause.refuse_access, _whole(around)))]
    if causes:
        _check(context, causes, _whole(context))


def _whole(context: CauseContext) -> list[ResourceAccess]:
    """Give what a request does to its Request-URI, and to its ``Destination``."""
    accesses = [context.access(context.request.path)]
    target = _destination(context.request)
    if target is not None:
        accesses.append(context.access(target, at_destination=True))
    return accesses


def _check(context: CauseContext, causes: Iterable[Cause], accesses: Sequence[ResourceAccess]) -> None:
    for cause in causes:
        for access in accesses:
            context.raise_if_due(cause, cause.refuse_access(access))


def _destination(request: Request) -> Path | None:
    """Give the path of ``Destination``; None without one, and for one that can't be used, which the method refuses."""
    if "destination" not in request.headers:
        return None
    try:
        return destination(request)
    except Refused:
        return None


def refused_members(
    context: CauseContext,
    top: Path,
    reached: Callable[[Path], bool],
    levels: float = float("inf"),
    *,
    at_destination: bool = False,
) -> dict[Path, Refused]:
    """Find the resources at most ``levels`` levels below ``top`` at which causes refuse what the request does to members.

        DELETE /box, denied at /box/a/b  -->  {("box", "a", "b"): Refused(403)}

    The cost is that of the causes, whatever the size of the tree: where the subtree of a cause begins is the topmost
    resource that it refuses. All below that one is refused too, and not listed. ``reached`` says whether the request
    touches a path. The causes that it meets there count the request, whether or not they refuse it.
    """
    refused: dict[Path, Refused] = {}
    below = [
        cause for cause in context.refusing_members if _is_below(cause.subtree, top, levels) and reached(cause.subtree)
    ]
    for cause in sorted(below, key=lambda cause: len(cause.subtree)):
        path = cause.subtree
        if any(path[: len(above)] == above for above in refused):
            continue
        try:
            context.raise_if_due(cause, cause.refuse_access(context.access(path, at_destination=at_destination)))
        except Refused as refusal:
            refused[path] = without_frames(refusal)
    return refused


def answers_after(
    context: CauseContext, top: Path, reached: Callable[[Path], bool], *, at_destination: bool = False
) -> dict[Path, AnswerAfter]:
    """Give for each resource below ``top`` the answer that causes give after it was done, where they begin.

    A cause counts the request when the answer is raised: a resource that was not done is no match.
    """
    paths = {
        cause.subtree
        for cause in context.cause_index.answering_after
        if _is_below(cause.subtree, top, float("inf")) and reached(cause.subtree)
    }
    answers = {}
    for path in paths:
        access = context.access(path, at_destination=at_destination)
        causes = [cause for cause in context.cause_index.answering_after if cause.subtree == path]
        if any(cause.refuse_access(access) for cause in causes):
            answers[path] = AnswerAfter(partial(_check, context, causes, [access]))
    return answers


def _is_below(path: Path, top: Path, levels: float) -> bool:
    return 0 < len(path) - len(top) <= levels and path[: len(top)] == top


class GuardedGroup(Struct, frozen=True):
    """A group whose actions and commit call the causes: the actions in their ``run``, the commit in its guards."""

    actions: Group
    guards: Sequence[Guard]


def apply_to_group(context: CauseContext, group: Group) -> GuardedGroup:
    """Let the causes refuse the actions of a group, and its commit.

    An action without a ``Subject`` is an item of a batch: the causes look at the request of the item when it runs. They
    leave alone a group that only reads: to read a source is a GET of it, which they look at when it runs.
    """
    if group and all(isinstance(action.subject, Subject) and action.subject.verb in READING for action in group):
        return GuardedGroup(group, ())
    actions = [_guarded(context, action) for action in group]
    committing = context.cause_index.committing
    if not committing:
        return GuardedGroup(actions, ())
    subjects = [action.subject for action in group if isinstance(action.subject, Subject)]
    if len(subjects) < len(group):
        return GuardedGroup(actions, ())
    return GuardedGroup(actions, [partial(_guard_commit, context, cause, subjects) for cause in committing])


def _guard_commit(context: CauseContext, cause: Cause, subjects: Sequence[Subject]) -> None:
    context.raise_if_due(cause, cause.refuse_commit(context.request, subjects))


def _guarded(context: CauseContext, action: Action) -> Action:
    subject = action.subject
    if not isinstance(subject, Subject) or isinstance(action.run, AlreadyRefused | AnswerAfter):
        return action
    causes = context.cause_index.for_property(subject.property)
    is_member = not subject.property and subject.verb not in ("read", "make") and subject.path != context.request.path
    admitting = context.refusing_members if is_member else ()
    if not causes and not admitting:
        return action

    def run() -> object:
        for cause in admitting:
            context.raise_if_due(cause, cause.refuse_access(_access_of_action(context, subject)))
        for cause in causes:
            context.raise_if_due(cause, cause.refuse_action(subject, context.request, context.draft))
        return action.run()

    return Action(subject, run, action.needs)


def _access_of_action(context: CauseContext, subject: Subject) -> ResourceAccess:
    target = _destination(context.request)
    return context.access(subject.path, at_destination=target is not None and subject.path[: len(target)] == target)
