"""The content lines of a stream are found in slices, and are those of one search."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dav424.core.batch import Refused
from dav424.objects import calendar_data
from dav424.objects.calendar_data import CALENDAR, split

LINE_END = re.compile(r"\r\n|\n|\r")
EVENT = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@given(st.text(alphabet="ab \t\r\n\x85\u2028"))
def test_lines_end_in_cr_lf_or_both(text: str) -> None:
    """No other character ends a line (RFC 5545 3.1)."""
    assert list(calendar_data._physical(text)) == LINE_END.split(text)


@pytest.mark.parametrize("before", [0, calendar_data._SLICE - 70, calendar_data._SLICE, 3 * calendar_data._SLICE])
def test_a_control_character_is_found_in_any_slice(before: int) -> None:
    """The message names its line."""
    with pytest.raises(Refused, match=r"line 4 has the character U\+0007"):
        split(EVENT.format("X:" + "x" * before + "\a").encode(), CALENDAR)


@pytest.mark.parametrize("spelling", ["DTSTART;TZID=Rome:1", "DTSTART;tzid=Rome:1", 'DTSTART;T\r\n ZID="Rome":1'])
def test_a_zone_is_named_in_any_spelling(spelling: str) -> None:
    """Also in a folded line, and in small letters."""
    zones = "".join(f"BEGIN:VTIMEZONE\r\nTZID:{zone}\r\nEND:VTIMEZONE\r\n" for zone in ("Rome", "Oslo"))
    data = EVENT.format(spelling).replace("BEGIN:VEVENT", f"{zones}BEGIN:VEVENT", 1)
    (item,) = split(data.encode(), CALENDAR)
    assert b"TZID:Rome" in item.content
    assert b"TZID:Oslo" not in item.content
