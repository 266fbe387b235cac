"""What the queries have in common: the members in their scope, and those that they report.

    members in scope  -->  refused: a cause denies it, or it is no object     207 status 403
                           matched                                            207 propstat

A query plans an action for each refusal, and one that carries the paths to report, for ``answer``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from dav424.causes.member_access import refused_reads
from dav424.causes.report_bounds import limited
from dav424.core.batch import Action, Done, Group, Refused, without_frames
from dav424.core.paths import Path
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.methods.reports.report_kind import plan_refusals
from dav424.spine.exchange import OpenExchange
from dav424.store.content import whole
from dav424.store.tree import Collection, Document, walk

if TYPE_CHECKING:
    from dav424.objects.calendar_data import Kind


def objects_in_scope(exchange: OpenExchange, kind: Kind) -> Iterator[tuple[Path, bytes]]:
    """Iterate over the objects of a kind at the Request-URI, or below it as deep as ``Depth`` says (default: 0)."""
    draft, top = exchange.draft, exchange.request.path
    depth = headers.depth(exchange.request, "1", "infinity", "0")
    for path, node in walk(draft.get(top), top, depth):
        if isinstance(node, Collection) or not node.content_type.lower().startswith(kind.media_type):
            continue
        shown = draft.shown(path, node)
        if isinstance(shown, Document):
            yield path, whole(shown.content)


def plan_query(
    exchange: OpenExchange, kind: Kind, matches: Callable[[bytes], bool], most: int | None = None
) -> Sequence[Group]:
    """Plan a refusal for each object that can't be read, and an action with the paths to report: at most ``most`` of them.

    A refused object is reported too: whether it matches can't be known.
    """
    found = list(objects_in_scope(exchange, kind))
    refused = refused_reads(exchange.cause_context, [path for path, _ in found], reads_content=True)
    matched: list[Path] = []
    for path, content in found:
        if path not in refused:
            try:
                if not matches(content):
                    continue
            except Refused as refusal:
                if refusal.status != 403:
                    raise
                refused[path] = without_frames(refusal)
        if most is not None and len(matched) == most:
            matched.append(())
            break
        matched.append(path)
    cut = limited(exchange.cause_context, len(matched))
    if cut is not None:
        raise cut[1]
    told = {path: refused[path] for path in matched if path in refused}
    return [*plan_refusals(told), [Action(Subject("read", exchange.request.path), lambda: matched)]]


def reported(exchange: OpenExchange) -> list[Path]:
    """Give the paths that the plan of a query carries."""
    outcome = exchange.outcomes[-1]
    assert isinstance(outcome, Done), "it only carries the paths"
    paths: list[Path] = outcome.value
    return paths
