"""docs/compatibility.md: what it says is not served is answered as it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Served

PAGE = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()
LEFT_OUT = ("ACL", "BIND", "UNBIND", "REBIND", "MKREDIRECTREF", "VERSION-CONTROL", "CHECKOUT", "MERGE", "SEARCH")


@pytest.mark.parametrize("method", LEFT_OUT)
def test_a_method_that_is_left_out_is_not_implemented(serve: Callable[..., Served], method: str) -> None:
    """It is 501, which tells a client to look for another way."""
    assert serve("").client(method, "/").status == 501


def test_no_class_of_a_left_out_part_is_claimed(serve: Callable[..., Served]) -> None:
    """``DAV`` promises neither access control nor scheduling, versions, bindings or search."""
    classes = serve("").client("OPTIONS", "/").headers["DAV"]
    assert re.findall(r"access-control|calendar-auto-schedule|version-control|bind|redirectrefs|search", classes) == []


def test_the_page_links_to_what_holds_it() -> None:
    """The list of names that it speaks of exists."""
    assert "`tests/compatibility/promised.txt`" in PAGE
    assert (Path(__file__).parents[1] / "compatibility" / "promised.txt").exists()
