"""The start page: what this server is, three scenarios to start with, and all of them in groups."""

from __future__ import annotations

from dav424.pages.page import Page, PageRequest, PageRoute
from dav424.pages.summaries import CARDS, summaries, summary


def catalogue(request: PageRequest) -> Page:
    """List the scenarios; ``?filter=`` keeps those that have all of its words."""
    words = request.query.get("filter", "").lower().split()
    groups = [
        (group, sentence, [each for each in found if all(word in each.words for word in words)])
        for group, sentence, found in summaries(request.scenarios)
    ]
    known = set(request.scenarios.names)
    cards = [
        (summary(name, request.scenarios.scenario(name)), title, sentence)
        for name, title, sentence in CARDS
        if name in known
    ]
    shown = [group for group in groups if group[2]]
    number = sum(len(found) for _, _, found in shown)
    return Page(
        "catalogue.html",
        {
            "groups": shown,
            "cards": cards,
            "number": number,
            "total": len(known),
            "filter": request.query.get("filter", ""),
        },
    )


PAGES = (PageRoute("/", catalogue), PageRoute("/-/ui/", catalogue), PageRoute("/-/ui", catalogue))
