"""All cases, in the order in which they run. The letters a to l are those of docs/probe.md."""

from __future__ import annotations

from dav424.probe.case import ProbeCase
from dav424.probe.creation_cases import CREATION_CASES
from dav424.probe.lock_cases import LOCK_CASES
from dav424.probe.property_cases import PROPERTY_CASES
from dav424.probe.tree_cases import TREE_CASES

CASES: dict[str, ProbeCase] = {
    each.name: each
    for each in sorted((*PROPERTY_CASES, *LOCK_CASES, *TREE_CASES, *CREATION_CASES), key=lambda case: case.name)
}
