"""The reports of REPORT (RFC 3253 3.6), one module each.

A new report is one module, a function that imports it, and one line in ``REPORTS``. REPORT finds it by the
name of the root element; ``DAV:supported-report-set`` lists it where its facts say. The order is that of the property.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dav424.core.method_facts import ReportFacts
from dav424.core.namespaces import CALDAV, CARDDAV, DAV

if TYPE_CHECKING:
    from dav424.methods.reports.report_kind import ReportKind

# Each module is imported at the first request for its report: a server without such requests starts sooner.
# ruff: noqa: PLC0415


def _expand_property() -> ReportKind:
    from dav424.methods.reports import expand_property

    return expand_property


def _multiget() -> ReportKind:
    from dav424.methods.reports import multiget

    return multiget


def _calendar_query() -> ReportKind:
    from dav424.methods.reports import calendar_query

    return calendar_query


def _addressbook_query() -> ReportKind:
    from dav424.methods.reports import addressbook_query

    return addressbook_query


def _free_busy_query() -> ReportKind:
    from dav424.methods.reports import free_busy_query

    return free_busy_query


def _principal_match() -> ReportKind:
    from dav424.methods.reports import principal_match

    return principal_match


def _principal_search() -> ReportKind:
    from dav424.methods.reports import principal_search

    return principal_search


def _sync_collection() -> ReportKind:
    from dav424.methods.reports import sync_collection

    return sync_collection


REPORTS: dict[ReportFacts, Callable[[], ReportKind]] = {
    ReportFacts(f"{DAV}expand-property", frozenset({"any"})): _expand_property,
    ReportFacts(f"{CALDAV}calendar-multiget", frozenset({"calendar", "calendar-object"})): _multiget,
    ReportFacts(f"{CARDDAV}addressbook-multiget", frozenset({"address-book", "card"})): _multiget,
    ReportFacts(f"{CALDAV}calendar-query", frozenset({"calendar", "calendar-object"})): _calendar_query,
    ReportFacts(f"{CARDDAV}addressbook-query", frozenset({"address-book", "card"})): _addressbook_query,
    ReportFacts(f"{CALDAV}free-busy-query", frozenset({"calendar"})): _free_busy_query,
    ReportFacts(f"{DAV}principal-match", frozenset({"collection"})): _principal_match,
    ReportFacts(f"{DAV}principal-property-search", frozenset({"collection"})): _principal_search,
    ReportFacts(f"{DAV}principal-search-property-set", frozenset({"collection"})): _principal_search,
    ReportFacts(f"{DAV}sync-collection", frozenset({"synchronized"})): _sync_collection,
}
"""Each report, with the function that gives its module."""
