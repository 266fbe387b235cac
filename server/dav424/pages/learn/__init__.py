"""The pages for learners under ``/learn/``: references of status codes, and exercises."""

from __future__ import annotations

from dav424.pages.learn.exercise_pages import exercise, learn
from dav424.pages.learn.reference import reference
from dav424.pages.page import PageRoute

PAGES: tuple[PageRoute, ...] = (
    PageRoute("/learn/", learn),
    PageRoute("/learn", learn),
    PageRoute("/learn/x/{number}", exercise, ("GET", "POST")),
    PageRoute("/learn/{status}", reference),
)
