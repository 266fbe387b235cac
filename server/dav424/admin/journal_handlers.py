"""The journal, and the numbers of the server, over the admin API."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import Call, text
from dav424.admin.handlers import to_json
from dav424.admin.payloads import JournalPage
from dav424.core.message import Response
from dav424.dav.headers import accepted
from dav424.journal.entries import JournalEntry
from dav424.journal.render import as_html, as_text
from dav424.journal.report import ExchangeReport, report

_FORMS = {"text/plain": "text", "text/html": "html", "application/json": "json"}
"""The forms of an explanation by media type; the first is the default."""
FILTERS = {
    "scenario": "Only exchanges with this scenario.",
    "method": "Only requests with this method.",
    "path": "Only requests for this path, from the scenario's root; all that begin so if it ends in *.",
    "status": "Only where the answer, or any action, had this status.",
    "since": "Only exchanges with a higher number.",
    "wait": "How long to wait for them, as 5s or 500ms; at most 60s.",
    "count": "How many to wait for; 1 if absent.",
    "newest": "At most so many, those with the highest numbers.",
}


def journal(call: Call) -> JournalPage:
    """List the exchanges of a space, by number; waits for them if asked to."""
    space = call.space
    wanted = _filter(call)
    newest = call.number("newest", space.journal.most_entries)
    found = space.journal.wait(wanted, call.number("count", 1), call.duration("wait"))
    return JournalPage([report(each) for each in found[max(0, len(found) - newest) :]], space.journal.dropped)


def clear(call: Call) -> None:
    """Forget the exchanges of a space, and count from 1 again."""
    call.space.journal.clear()


def _filter(call: Call) -> Callable[[JournalEntry], bool]:
    query = call.query
    since, status = call.number("since", 0), call.number("status", 0)
    method, path, scenario = query.get("method", "").upper(), query.get("path"), query.get("scenario")

    def wanted(entry: JournalEntry) -> bool:
        return (
            entry.number > since
            and method in ("", entry.request.method)
            and scenario in (None, entry.scenario)
            and (not status or status in statuses(entry))
            and (path is None or _is_at(entry, path))
        )

    return wanted


def statuses(entry: JournalEntry) -> set[int]:
    """Give all the statuses of an exchange: the answer's, and those of the actions that failed."""
    failed = {getattr(step.outcome, "status", 0) for step in entry.steps}
    return {entry.answer.status, *failed} - {0}


def _is_at(entry: JournalEntry, path: str) -> bool:
    """Compare a path as it is spelled in URLs, or as people read it; slashes at its ends don't matter."""
    own = entry.path.strip("/")
    spellings = (own, unquote(own))
    if path.endswith("*"):
        return any(each.startswith(path[:-1].lstrip("/")) for each in spellings)
    return path.strip("/") in spellings


def exchange(call: Call) -> ExchangeReport:
    """Read one exchange."""
    text = call.parameters["number"]
    space = call.space
    found = space.journal.find(int(text)) if text.isascii() and text.isdecimal() and len(text) < 19 else None
    if found is None:
        kept = [each.number for each in space.journal]
        there = f"there are {kept[0]} to {kept[-1]}" if kept else "there is none yet"
        raise ApiProblem(404, f"There is no exchange {text[:40]} in the journal of {space.name!r}; {there}.")
    return report(found)


def explained(call: Call) -> Response:
    """Explain one exchange to people: as text, as a page, or as JSON, as Accept or ?as= has it."""
    told = exchange(call)
    form = call.query.get("as") or _FORMS[accepted(call.headers.get("accept", ""), list(_FORMS))]
    if form == "text":
        return text(as_text(told), "text/plain")
    if form == "html":
        return text(as_html(told), "text/html")
    if form == "json":
        return Response(200, [("Content-Type", "application/json")], to_json(told))
    raise ApiProblem(400, f"?as={form[:40]} is unknown; use one of text, html, json.")


def metrics(call: Call) -> Response:
    """Give the server's numbers in the text format of Prometheus."""
    spaces = call.spaces.all()
    lines = [
        "# HELP dav424_requests_total Requests answered, by method and status.",
        "# TYPE dav424_requests_total counter",
        *(
            f'dav424_requests_total{{method="{method}",status="{status}"}} {count}'
            for (method, status), count in sorted(call.answered.items())
        ),
        "# HELP dav424_spaces Spaces that there are, the default one included.",
        "# TYPE dav424_spaces gauge",
        f"dav424_spaces {len(spaces)}",
        "# HELP dav424_spaces_expired_total Spaces that nobody asked for.",
        "# TYPE dav424_spaces_expired_total counter",
        f"dav424_spaces_expired_total {call.spaces.expired}",
        "# HELP dav424_journal_dropped_total Entries of the journals of living spaces that had to make room.",
        "# TYPE dav424_journal_dropped_total counter",
        f"dav424_journal_dropped_total {sum(space.journal.dropped for space in spaces)}",
    ]
    return Response(
        200, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], "\n".join([*lines, ""]).encode()
    )
