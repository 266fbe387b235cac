"""REPORT (RFC 3253 3.6): the root element of the body names the report, and ``reports.REPORTS`` has its module.

The frame reads the body once, refuses a report that the resource doesn't support, and leaves the rest to the module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dav424.core.batch import Group, Refused
from dav424.core.condition_codes import SUPPORTED_REPORT
from dav424.core.message import Response
from dav424.core.method_facts import Facts
from dav424.core.paths import href
from dav424.dav import request_xml
from dav424.dav.supported_reports import supported_reports
from dav424.methods.facts import METHOD_FACTS
from dav424.methods.reports import REPORTS
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from dav424.methods.reports.report_kind import ReportKind

_BY_NAME = {facts.name: kind for facts, kind in REPORTS.items()}


class ChosenReport:
    """The report of one request: its module, and the body that was read."""

    FACTS: ClassVar[Facts] = {"REPORT": METHOD_FACTS["REPORT"]}

    def __init__(self, kind: ReportKind, root: _Element) -> None:
        self._kind, self._root = kind, root

    def plan(self, exchange: OpenExchange) -> Sequence[Group]:
        """Let the module plan a refusal for each member that can't be reported."""
        conditional_requests.check(exchange)
        return self._kind.plan(exchange, self._root)

    def answer(self, exchange: OpenExchange) -> Response:
        """Let the module answer."""
        return self._kind.answer(exchange, self._root)


def choose(exchange: OpenExchange) -> ChosenReport:
    """Read the body, and find the module; refuses with 403 ``supported-report`` what the resource doesn't support."""
    node = exchange.target()
    root = request_xml.parse(exchange.request)
    supported = supported_reports(exchange.methods, exchange.draft, node)
    if root.tag not in supported:
        where = href(exchange.request.path)
        known = ", ".join(name.replace("{DAV:}", "DAV:") for name in supported)
        raise Refused(
            403,
            f"{where} doesn't support the report {str(root.tag)[:200].replace('{DAV:}', 'DAV:')}. It supports: {known}.",
            SUPPORTED_REPORT,
        )
    return ChosenReport(_BY_NAME[root.tag](), root)
