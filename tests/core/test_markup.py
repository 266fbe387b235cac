"""Escaping for XML."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dav424.core.markup import escape
from dav424.core.writable import NOT_XML_POINTS

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(text=TEXTS)
def test_a_text_stays_the_same_but_for_characters_that_xml_lacks(text: str) -> None:
    """Line ends and references stay; U+FFFD replaces the characters that no XML can have."""
    kept = text.translate(dict.fromkeys(NOT_XML_POINTS, "\N{REPLACEMENT CHARACTER}"))
    assert etree.fromstring(f"<a>{escape(text)}</a>").text == (kept or None)
