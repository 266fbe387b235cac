"""What a module of ``reports`` offers to REPORT: a plan and an answer.

To add a report, write one module with these two, and add a function that imports it, and one line to ``reports.REPORTS``. ``plan`` makes an action of the
verb "read" for each member that can't be reported, with ``refused_reads`` for causes; the journal then tells of it, and
``failures`` in ``answer`` has its status. ``member_responses`` writes the responses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from dav424.causes.apply import AlreadyRefused
from dav424.causes.member_access import refused_reads
from dav424.core.batch import Action, Failed, Group, Refused
from dav424.core.message import Response, whole_if_short
from dav424.core.paths import Path
from dav424.core.subject import Subject
from dav424.dav import headers, multistatus
from dav424.dav.multistatus import multistatus_chunks
from dav424.methods.resource_properties import PropertySelection
from dav424.methods.response_writer import ResponseWriter
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.store.draft import Draft


class ReportKind(Protocol):
    """A module of ``reports``: a report, or several of one kind."""

    def plan(self, exchange: OpenExchange, root: _Element) -> Sequence[Group]:
        """Plan a refusal for each member that can't be reported, or raise ``Refused`` about the whole request.

        ``root`` is the root element of the body.
        """

    def answer(self, exchange: OpenExchange, root: _Element) -> Response:
        """Write the response."""


def plan_refusals(refused: Mapping[Path, Refused]) -> list[Group]:
    """Plan an action for each member that can't be reported: it fails with the reason."""
    return [[Action(Subject("read", path), AlreadyRefused(refusal))] for path, refusal in refused.items()]


def plan_members(exchange: OpenExchange, paths: Iterable[Path], *, reads_content: bool) -> list[Group]:
    """Plan a refusal for each of some members that a cause forbids to report.

    With ``reads_content``, the report reads their content as GET does, so that one that is unreadable is refused.
    """
    return plan_refusals(refused_reads(exchange.cause_context, paths, reads_content=reads_content))


def member_responses(
    exchange: OpenExchange, paths: Iterable[Path], selection: PropertySelection, refused: Mapping[Path, Failed]
) -> Iterator[str]:
    """Write a response for each member: its properties, or the status of its refusal."""
    writer = ResponseWriter(exchange, selection)
    for path in paths:
        yield from member_response(exchange.draft, writer, path, refused.get(path))


def member_response(draft: Draft, writer: ResponseWriter, path: Path, failed: Failed | None) -> Iterator[str]:
    """Write the response of a member, or nothing for one that is neither there nor refused."""
    node = draft.find(path)
    if node is not None:
        yield writer.response(path, node, failed)
    elif failed is not None:
        yield multistatus.failed_response(writer.base, draft.href_of(path), failed)


def multistatus_report(exchange: OpenExchange, responses: Iterator[str]) -> Response:
    """Answer 207, streamed if it is long; ``Prefer: return=minimal`` is confirmed (RFC 8144 2)."""
    minimal = headers.prefers_minimal(exchange.request)
    preference = [("Preference-Applied", "return=minimal")] if minimal else []
    body = whole_if_short(multistatus_chunks(responses))
    return Response(207, [("Content-Type", multistatus.XML_TYPE), *preference], body)
