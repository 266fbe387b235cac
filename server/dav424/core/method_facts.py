"""The facts of an HTTP method that hold for each request with it.

``methods.facts`` states the facts of all methods. All other rooms read them from ``World.methods``: the
causes (privilege), the live properties and ``Allow`` (where a method is allowed), the spine (safe), the journal (rule).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from dav424.core.paths import Path

ResourceKind = Literal["document", "derived", "collection", "principal", "unmapped"]
"""A URL is unmapped if no resource is there (RFC 4918 9.3)."""
LockScope = Literal["exclusive", "shared"]
Atomicity = Literal["whole", "steps", "parts"]
Rule = tuple[str, str]
"""A sentence, and its source: a section of an RFC, or of another document."""

RESOURCES: frozenset[ResourceKind] = frozenset({"document", "derived", "collection"})
READABLE: frozenset[ResourceKind] = RESOURCES | {"principal"}
COLLECTIONS: frozenset[ResourceKind] = frozenset({"collection"})
UNMAPPED: frozenset[ResourceKind] = frozenset({"unmapped"})


ReportPlace = Literal["any", "collection", "calendar", "calendar-object", "address-book", "card", "synchronized"]
"""Where a report is supported: a kind of resource, by its type.

``synchronized`` is a collection whose changes the server knows.
"""


class ReportFacts(Struct, frozen=True):
    """A report (RFC 3253 3.6): the ``name`` of its root element in Clark notation, and ``places`` that support it."""

    name: str
    places: frozenset[ReportPlace]


class MethodFacts(Struct, frozen=True, kw_only=True):
    """The facts of one method; the defaults are those of an unknown one.

    ``safe`` methods change nothing (RFC 9110 9.2.1), and the server answers them without the lock of the world.
    ``atomicity`` is "whole" if a request succeeds or fails as a whole, "steps" if some of its steps can fail, unless the
    scenario makes the method atomic, and "parts" if a request is a batch whose parts fail one by one. A method that
    ``lists_properties`` reports a property that a resource lacks with 404, which is no failure. A method without
    ``has_body`` would ignore a body, so the server refuses one (RFC 4918 8.4).

    A method that ``reaches_members`` acts on what lies below a collection, as deep as ``Depth`` says.
    A method that ``carries_requests`` is a batch of whole requests, which count one by one.

    A method that grants locks grants those of its ``lock_scopes``.

    ``privilege`` is the privilege in ``DAV:`` that a request needs (RFC 3744 appendix B). ``allowed_on`` are the kinds
    of resources that take the method, and ``allowed_at`` the paths that take it whether or not a resource is there.
    ``reports`` are the reports of REPORT, in the order of ``DAV:supported-report-set``.
    ``rule`` says why an action of a request depends on another one, ``group_rule`` why an action depends on another of
    its group that it doesn't need (default: ``rule``), and ``atomic_rule`` says both for a scenario that makes the
    method atomic.
    """

    safe: bool = False
    atomicity: Atomicity = "whole"
    lists_properties: bool = False
    has_body: bool = True
    reaches_members: bool = False
    carries_requests: bool = False
    lock_scopes: tuple[LockScope, ...] = ()
    privilege: str = "write"
    allowed_on: frozenset[ResourceKind] = frozenset()
    allowed_at: frozenset[Path] = frozenset()
    reports: tuple[ReportFacts, ...] = ()
    rule: Rule | None = None
    group_rule: Rule | None = None
    atomic_rule: Rule | None = None


Facts = Mapping[str, MethodFacts]
"""The facts of several methods, by their names; the order is that of the ``Allow`` header."""
