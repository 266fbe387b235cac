"""The page `/learn/diagnose`: paste an answer, and read its causes and the next step. Nothing of it is kept."""

from __future__ import annotations

from typing import Any

from dav424.diagnosis import UnreadableText
from dav424.diagnosis import diagnose as diagnosis_of
from dav424.diagnosis.report import heading, report_parts
from dav424.pages.page import Page, PageRequest, PageRoute

_MOST_SHOWN = 100
"""The maximum number of answers on one page."""
_MOST_ECHOED = 200_000
"""In characters: a longer text is not written into the form again."""
_NO_STORE = (("Cache-Control", "no-store"),)


def diagnose(request: PageRequest) -> Page:
    """Show the form, and the diagnosis of the text in it."""
    text = request.form.get("text", "")
    if request.method != "POST":
        return Page("diagnose.html", _values(text))
    try:
        report = diagnosis_of(text)
    except UnreadableText as error:
        return Page("diagnose.html", _values(text, problem=str(error)), 422, _NO_STORE)
    shown = [
        {
            "heading": heading(answer).replace(" -> ", " \N{RIGHTWARDS ARROW} "),
            "parts": report_parts(answer),
            "scenario": answer.scenario,
        }
        for answer in report.answers[:_MOST_SHOWN]
    ]
    return Page("diagnose.html", _values(text, shown=shown, more=len(report.answers) - len(shown)), headers=_NO_STORE)


def _values(
    text: str, *, shown: list[dict[str, Any]] | None = None, more: int = 0, problem: str = ""
) -> dict[str, Any]:
    return {"text": text if len(text) <= _MOST_ECHOED else "", "shown": shown or [], "more": more, "problem": problem}


PAGES: tuple[PageRoute, ...] = (PageRoute("/learn/diagnose", diagnose, ("GET", "POST")),)
