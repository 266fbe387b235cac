"""The pages `/learn/424` and so on: an article whose runs the server plays while it makes the page."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.dav.headers import accepted
from dav424.pages.learn.article import Article, Run, articles
from dav424.pages.learn.inline import inline
from dav424.pages.learn.snippets import SNIPPETS
from dav424.pages.learn.stage import Played, Stage, bundled
from dav424.pages.page import Page, PageRequest

NO_STORE = (("Cache-Control", "no-store"),)


class Shown(Struct, frozen=True):
    """A run that was played: its requests, the cure in words, the requests of the cure, and the last request again."""

    requests: list[Played]
    cure: str = ""
    cured: tuple[Played, ...] = ()
    again: Played | None = None


def play(run: Run, root: str) -> Shown:
    """Play a run on a stage of its own; ``root`` is the URL of the server that the reader sees."""
    stage = Stage(run.scenario, root)
    specs = [stage.scenario.requests[position] for _ in range(run.times) for position in run.requests]
    played = [stage.play(spec) for spec in specs]
    if not run.cure:
        return Shown(played)
    assert stage.scenario.cure is not None, "a test looks at every run"
    cured = tuple(stage.cure())
    return Shown(played, stage.scenario.cure.why, cured, stage.play(specs[-1]))


def reference(request: PageRequest) -> Page:
    """Show the article about a status code; `?run=NAME` plays one of its runs and shows its answer in its place."""
    code = request.parameters["status"]
    article = articles().get(int(code)) if code.isascii() and code.isdecimal() and len(code) == 3 else None
    if article is None:
        known = ", ".join(map(str, articles()))
        raise Refused(404, f"There is no page about {code[:20]!r}; there are pages about {known}.")
    runs = dict(article.runs())
    wanted = request.query.get("run", "live")
    if wanted not in runs:
        raise Refused(404, f"This page has no run {wanted[:40]!r}; its buttons name all of them.")
    if "run" in request.query and _wants_text(request):
        return _run_alone(article, runs[wanted], request)
    shown = {name: play(runs[name], request.root) for name in {"live", wanted}}
    names = {id(run): name for name, run in runs.items()}
    values: dict[str, Any] = {
        "article": article,
        "name_of": lambda run: names[id(run)],
        "shown": shown,
        "wanted": wanted,
        "snippets": list(SNIPPETS.values()),
        "others": [other for other in articles().values() if other.status != article.status],
        "inline": partial(inline, mount=request.mount),
    }
    return Page("article.html", values)


def _wants_text(request: PageRequest) -> bool:
    return accepted(request.headers.get("accept", ""), ("text/plain", "text/html")) == "text/plain"


def _run_alone(article: Article, run: Run, request: PageRequest) -> Page:
    """Show a run without the article around it: a terminal has no place to jump to."""
    scenario = bundled(run.scenario)
    title = f"{article.status} {article.phrase}: {scenario.title}"
    values = {"article": article, "title": title, "scenario": run.scenario, "shown": play(run, request.root)}
    return Page("run.html", values)
