"""The looks show the traits: each value of a trait changes an answer in a look of its row."""

from __future__ import annotations

from typing import Any

import pytest

from dav424.dialects.table import TRAIT_NAMES, TRAITS
from dav424.likeness.candidates import changes
from dav424.likeness.features import describe
from dav424.likeness.fit import OURS
from dav424.likeness.looks import LOOKS
from dav424.likeness.seen import look_at_own
from dav424.likeness.shown_by import SHOWN_BY
from dav424.likeness.suggested import Suggested

NEVER_SHOWN = {"redirects"}
"""Traits that no look in a scratch collection can show."""
BESIDE: dict[str, dict[str, Any]] = {
    "unsupported-locks": {"methods-absent": {"LOCK": 405, "UNLOCK": 405}},
    "if-header": {"methods-absent": {"LOCK": 405, "UNLOCK": 405}},
    "declarations": {"property-prefixes": "ns1"},
    "locations": {"missing-slash": {"GET": 301}},
}
"""Traits that are seen only beside another one."""
TEXTS: dict[str, Any] = {
    "default-lock": 60,
    "endless-lock": 60,
    "lock-order": "depth lockscope",
    "lock-timeout": 1800,
    "longest-lock": 300,
    "dav-prefix": "a",
    "dav-property-prefix": "lp1",
    "undeclared-prefix": "U",
    "property-prefixes": "ns1",
    "status-protocol": "HTTP/1.0",
    "status-line": "Multi-status",
    "xml-type": "text/xml",
    "xml-declaration": "",
    "options-headers": {"DAV": "1"},
    "lock-manner": {"white-space": "indented"},
    "error-manner": {"xml-type": "text/xml"},
    "update-manner": {"xml-type": "text/xml"},
    "created-status": {"LOCK": 200},
    "missing-parent": {"PUT": 404},
    "accept-ranges": {"PUT": "bytes"},
    "methods-absent": {"COPY": 405},
    "methods-refused": {"COPY": 405},
    "missing-slash": {"GET": 301},
    "collections-refuse": {"GET": 405},
    "documents-refuse": {"PROPPATCH": 403},
    "failures-hidden": {"PROPPATCH": 200},
}
"""A value of each trait whose values an answer suggests."""


def test_each_trait_has_a_row() -> None:
    """And each row names looks that there are."""
    assert set(SHOWN_BY) == set(TRAIT_NAMES)
    assert {name for row in SHOWN_BY.values() for name in row} <= set(LOOKS)
    assert {name for name, row in SHOWN_BY.items() if not row} == NEVER_SHOWN


@pytest.mark.parametrize("name", [trait.name for trait in TRAITS if trait.name not in NEVER_SHOWN])
def test_a_look_shows_the_trait(name: str) -> None:
    """Some value of the trait changes the answers to a look of its row."""
    trait, beside = TRAIT_NAMES[name], BESIDE.get(name, {})
    tried = [TEXTS[name]] if name in TEXTS else [change.to(trait.default) for change in changes(trait, Suggested([]))]
    usual = _features(name, beside)
    assert any(_features(name, {**beside, name: value}) != usual for value in tried if value != trait.default)


def _features(name: str, values: dict[str, Any]) -> list[object]:
    return [describe(each, OURS) for each in look_at_own(values, SHOWN_BY[name], holds_events=False)]
