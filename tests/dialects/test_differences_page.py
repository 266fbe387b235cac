"""docs/dialect-differences.md is made from the tables that the tests check."""

from tests.servers.page import FILE, page


def test_the_page_is_the_one_of_the_tables() -> None:
    """`python -m tests.servers.page` writes it."""
    assert FILE.read_text() == page()
