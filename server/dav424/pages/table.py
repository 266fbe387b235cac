"""The table of the pages. Each group of pages has its own rows."""

from __future__ import annotations

from dav424.pages import catalogue, diagnose_page, learn, prove_page, scenario_page, space_page
from dav424.pages.page import PageRoute

PAGES: tuple[PageRoute, ...] = (
    *diagnose_page.PAGES,
    *catalogue.PAGES,
    *scenario_page.PAGES,
    *space_page.PAGES,
    *prove_page.PAGES,
    *learn.PAGES,
)
