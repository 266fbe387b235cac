"""The pages `/learn/` and `/learn/x/N`: a form sends requests to a space of the learner, and its journal grades them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from dav424.admin.payloads import JournalPage, SpaceDetails
from dav424.core.batch import FAILED_DEPENDENCY, Refused
from dav424.journal.curl import curl
from dav424.journal.outcome_tree import OutcomeLine, outcome_tree
from dav424.journal.report import ExchangeReport
from dav424.pages.learn.article import articles
from dav424.pages.learn.exercise import Attempt, Exercise, exercises, glossary
from dav424.pages.learn.grading import Grade, grade
from dav424.pages.learn.inline import inline
from dav424.pages.learn.stage import Played, Stage
from dav424.pages.page import Page, PageRequest
from dav424.pages.workbench.answer import Received
from dav424.pages.workbench.own_server import EXPIRES_IN, Api, ApiRefusal, Copy
from dav424.pages.workbench.sent import Sent, of_form
from dav424.scenario.model import ExpectedAnswer, RequestSpec

_SPACE = re.compile(r"learn-[a-z0-9]{8}")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
METHODS = ("GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "MKCOL", "LOCK", "POST", "COPY", "MOVE", "UNLOCK")


class Work(Struct):
    """What a learner has done: the space, whether the server had it, its exchanges, and why they can't be read."""

    space: str
    known: bool = False
    exchanges: Sequence[ExchangeReport] = ()
    missing: str = ""


class Hinted(Struct, frozen=True):
    """A hint as the page shows it: its requests as curl commands."""

    text: str
    commands: list[str]


def learn(request: PageRequest) -> Page:
    """Show the way through the exercises, the pages on status codes, and the glossary; `?space=` ticks the solved exercises."""
    work = _work(request, request.query.get("space", ""))
    solved = [_grade(exercise, work).solved for exercise in exercises()]
    values = {
        "exercises": list(enumerate(exercises(), 1)),
        "solved": solved,
        "articles": sorted(articles().values(), key=lambda article: article.status != FAILED_DEPENDENCY),
        "glossary": glossary(),
        "work": work,
        "inline": partial(inline, mount=request.mount),
    }
    return Page("learn.html", values)


def exercise(request: PageRequest) -> Page:
    """Show an exercise; a form that is posted sends a request to the space of the learner."""
    number = _numbered(request.parameters["number"])
    chosen = exercises()[number - 1]
    form = request.form
    work = _work(request, form.get("space", request.query.get("space", "")))
    api, notices = Api(request, form.get("token", "")), []
    scenario = request.scenarios.scenario(chosen.scenario)
    copy = Copy(request, work.space, chosen.scenario, scenario)
    sent, answer = _filled(chosen, request.query.get("fill", "")), None
    if request.method == "POST":
        if form.get("begun") and not work.known and not work.missing:
            notices.append("Your space had expired. This is a new one, in which everything is as in the beginning.")
        if not work.known:
            _make(api, work)
        sent = of_form(form, ())
        answer = copy.send(sent)
        _read(api, work)
    values = {
        "number": number,
        "last": len(exercises()),
        "exercise": chosen,
        "work": work,
        "begun": work.known,
        "url": copy.url,
        "sent": sent,
        "answer": answer,
        "lines": _lines(answer, work, chosen.scenario),
        "grade": _grade(chosen, work),
        "methods": sorted({*METHODS, sent.method}),
        "hints": [Hinted(hint.text, [_command(each, copy.url) for each in hint.requests]) for hint in chosen.hints],
        "open_hints": int(request.query.get("hint", "0")) if request.query.get("hint", "0") in ("1", "2", "3") else 0,
        "shown": _shown(chosen, request.root) if "show" in request.query else [],
        "notices": notices,
        "inline": partial(inline, mount=request.mount),
    }
    return Page("exercise.html", values)


def _numbered(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= len(exercises()):
        return int(text)
    raise Refused(404, f"There is no exercise {text[:20]!r}; there are exercises 1 to {len(exercises())}.")


def _work(request: PageRequest, space: str) -> Work:
    """Read the exchanges of a space; without a space, or with another text, give the name of a new one."""
    if not _SPACE.fullmatch(space):
        return Work(f"learn-{''.join(secrets.choice(_LETTERS) for _ in range(8))}")
    work = Work(space)
    _read(Api(request, request.form.get("token", "")), work)
    return work


def _read(api: Api, work: Work) -> None:
    try:
        work.exchanges = api("GET", f"spaces/{quote(work.space)}/journal", kind=JournalPage).entries
        work.known = True
    except ApiRefusal as refusal:
        work.missing = refusal.detail if refusal.no_access else ""


def _make(api: Api, work: Work) -> None:
    """Make the space; if the API does not do it, the first request to the space does."""
    try:
        api("PUT", f"spaces/{quote(work.space)}", {"expires-in": EXPIRES_IN}, kind=SpaceDetails)
    except ApiRefusal as refusal:
        if not refusal.no_access:
            raise Refused(refusal.status, refusal.detail) from None


def _grade(chosen: Exercise, work: Work) -> Grade:
    return grade(chosen.rule, chosen.scenario, work.exchanges)


def _lines(answer: Received | None, work: Work, scenario: str) -> list[OutcomeLine]:
    """Give the results of the request that was just sent."""
    newest = [each for each in work.exchanges if each.scenario == scenario][-1:]
    return outcome_tree(newest[0]) if answer is not None and newest else []


def _filled(chosen: Exercise, fill: str) -> Sent:
    """Give the request in the form: that at the start, or one of the last hint."""
    known = {str(number): attempt for number, attempt in enumerate(chosen.solution, 1)}
    attempt = known.get(fill, chosen.start)
    return Sent(attempt.method, attempt.path, tuple(attempt.headers.items()), attempt.body.encode())


def _command(attempt: Attempt, url: str) -> str:
    return curl(attempt.method, url + attempt.path, attempt.headers, attempt.body.encode())


def _shown(chosen: Exercise, root: str) -> list[Played]:
    """Play the solution on a stage: the learner sees it, and nothing is ticked."""
    stage = Stage(chosen.scenario, root)
    return [stage.play(as_spec(attempt)) for attempt in chosen.solution]


def as_spec(attempt: Attempt) -> RequestSpec:
    """Give the request of an attempt as one of a scenario; nothing compares its expected answer."""
    details: dict[str, Any] = {"headers": attempt.headers, "body": attempt.body}
    return RequestSpec(
        name="Solution", method=attempt.method, path=attempt.path, **details, expect=ExpectedAnswer(status=200)
    )
