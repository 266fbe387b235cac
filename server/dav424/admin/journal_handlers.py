"""The handlers of the admin API for the journal and the metrics of the server."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from itertools import chain
from typing import get_args
from urllib.parse import unquote, urlsplit

from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import JSON, Call, text
from dav424.admin.handlers import to_json
from dav424.admin.payloads import JournalPage
from dav424.core import memory
from dav424.core.message import Response, whole_if_short
from dav424.dav.headers import accepted
from dav424.journal.as_code import FORMS
from dav424.journal.as_code.coded import Coded
from dav424.journal.entries import JournalEntry
from dav424.journal.har import har
from dav424.journal.render import as_html, as_text
from dav424.journal.report import ActionResult, ExchangeReport, OutcomeName, facts_of, report

_FORMS = {"text/plain": "text", "text/html": "html", "application/json": "json"}
"""The forms of an explanation by media type; the first is the default."""
OUTCOMES: tuple[str, ...] = get_args(OutcomeName)
"""The outcomes that an action can have."""
FILTERS = {
    "scenario": "Only exchanges with this scenario.",
    "method": "Only requests with this method.",
    "path": "Only requests for this path, from the root of the scenario; with * at its end, for paths that begin with it.",
    "status": "Only exchanges whose response, or any failed action, has this status.",
    "outcome": "Only exchanges with a result that has this outcome, or, if they have no results, with such a response.",
    "since": "Only exchanges with a number higher than this.",
}
PAGE = {
    **FILTERS,
    "wait": "How long to wait for such exchanges, such as 5s or 500ms (default: 0; at most 60s).",
    "count": "How many exchanges to wait for (default: 1).",
    "newest": "The maximum number of exchanges; those with the highest numbers are sent.",
}


def journal(call: Call) -> Response:
    """List the exchanges of a space by number, as JSON or as text; `wait` makes the call wait for them."""
    if accepted(call.headers.get("accept", ""), ["application/json", "text/plain"]) == "text/plain":
        return journal_explained(call)
    page = JournalPage([report(entry) for entry in _entries(call)], call.space.journal.dropped)
    return Response(200, [*JSON, ("Vary", "Accept")], to_json(page))


def journal_explained(call: Call) -> Response:
    """Explain the exchanges of a space one after the other, as text."""
    entries, headers = _entries(call), [("Content-Type", "text/plain; charset=utf-8"), ("Vary", "Accept")]
    texts = (f"{as_text(report(entry))}\n".encode() for entry in entries)
    return Response(
        200, [*headers, ("Cache-Control", "no-store")], whole_if_short(chain([_summary(call, entries)], texts))
    )


def _summary(call: Call, entries: Sequence[JournalEntry]) -> bytes:
    """Say how many exchanges follow, and how many the journal has dropped."""
    dropped = call.space.journal.dropped
    exchanges = f"{len(entries)} exchange{'' if len(entries) == 1 else 's'} of the space {call.space.name}"
    return f"{exchanges}{f'; {dropped} older ones were dropped' if dropped else ''}\n\n".encode()


def journal_har(call: Call) -> Response:
    """Write the exchanges of a space as an HTTP Archive (HAR 1.2)."""
    return Response(200, JSON, whole_if_short(har(_entries(call))))


def _entries(call: Call) -> list[JournalEntry]:
    """Find the exchanges that the query asks for; waits for them if it says so."""
    space = call.space
    wanted = _filter(call)
    newest = call.number("newest", space.journal.most_entries)
    entries = space.journal.wait(wanted, call.number("count", 1), call.duration("wait"), call.look_for_client)
    return entries[max(0, len(entries) - newest) :]


def clear(call: Call) -> None:
    """Delete the exchanges of a space; numbers start again at 1."""
    call.space.journal.clear()


def _filter(call: Call) -> Callable[[JournalEntry], bool]:
    query = call.query
    since, status = call.number("since", 0), call.number("status", 0)
    method, path, scenario = query.get("method", "").upper(), query.get("path"), query.get("scenario")
    outcome = query.get("outcome")
    if outcome is not None and outcome not in OUTCOMES:
        raise ApiProblem(400, f"?outcome={outcome[:40]} is unknown; use one of {', '.join(OUTCOMES)}.")

    def wanted(entry: JournalEntry) -> bool:
        return (
            entry.number > since
            and method in ("", entry.request.method)
            and scenario in (None, entry.scenario)
            and (path is None or _is_at(entry, path))
            and (not status or status in statuses(entry))
            and (outcome is None or outcome in outcomes(entry))
        )

    return wanted


def statuses(entry: JournalEntry) -> set[int]:
    """Give all statuses of an exchange: that of the response, and those of the failed actions."""
    return {entry.answer.status, *(result.status for result in _results(entry) if result.outcome != "done")}


def outcomes(entry: JournalEntry) -> set[str]:
    """Give all outcomes in an exchange; without any result, the response is a failure or a success."""
    found: set[str] = {result.outcome for result in _results(entry)}
    if entry.refused is not None or (not found and entry.answer.status >= 400):
        found.add("failed")
    return found or {"done"}


def _results(entry: JournalEntry) -> list[ActionResult]:
    return [*facts_of(entry), *(result for part in entry.parts for result in facts_of(part, undone=True))]


def _is_at(entry: JournalEntry, path: str) -> bool:
    """Compare a path, percent-encoded or not, with that of an entry; slashes at its ends don't matter."""
    own = entry.path.strip("/")
    spellings = (own, unquote(own))
    if path.endswith("*"):
        return any(spelling.startswith(path[:-1].lstrip("/")) for spelling in spellings)
    return path.strip("/") in spellings


def exchange(call: Call) -> ExchangeReport:
    """Read one exchange."""
    number = call.parameters["number"]
    space = call.space
    entry = space.journal.find(int(number)) if number.isascii() and number.isdecimal() and len(number) < 19 else None
    if entry is None:
        numbers = [kept.number for kept in space.journal]
        known = f"it has {numbers[0]} to {numbers[-1]}" if numbers else "it is empty"
        raise ApiProblem(404, f"The journal of {space.name!r} has no exchange {number[:40]}; {known}.")
    return report(entry)


def last(call: Call) -> ExchangeReport:
    """Read the latest exchange that the query asks for."""
    wanted, journal_of_space = _filter(call), list(call.space.journal)
    entry = next((entry for entry in reversed(journal_of_space) if wanted(entry)), None)
    if entry is None:
        known = f"none of its {len(journal_of_space)} exchanges matches" if journal_of_space else "it is empty"
        raise ApiProblem(404, f"The journal of {call.space.name!r} has no such exchange; {known}.")
    return report(entry)


def explained(call: Call) -> Response:
    """Explain one exchange as text, as an HTML page or as JSON, as Accept or ?as= asks for."""
    return _explanation(call, exchange(call))


def last_explained(call: Call) -> Response:
    """Explain the latest exchange that the query asks for, as text, as an HTML page or as JSON."""
    return _explanation(call, last(call))


def _explanation(call: Call, explained_exchange: ExchangeReport) -> Response:
    form = call.query.get("as") or _FORMS[accepted(call.headers.get("accept", ""), list(_FORMS))]
    if form == "text":
        return text(as_text(explained_exchange), "text/plain")
    if form == "html":
        return text(as_html(explained_exchange), "text/html")
    if form == "json":
        return Response(200, [("Content-Type", "application/json")], to_json(explained_exchange))
    raise ApiProblem(400, f"?as={form[:40]} is unknown; use one of text, html, json.")


def as_code(call: Call) -> Response:
    """Write the request of one exchange in another language, as text to paste; the password of a login is left out."""
    language = call.parameters["language"]
    form = FORMS.get(language)
    if form is None:
        raise ApiProblem(404, f"There is no form {language[:40]!r}; use one of {', '.join(FORMS)}.")
    found = last(call) if call.parameters["number"] == "last" else exchange(call)
    if found.request.truncated:
        kept, size = len(found.request.body), found.request.size
        raise ApiProblem(409, f"The journal has {kept} of the {size} bytes of the body; choose a shorter request.")
    headers = dict(found.request.headers)
    base = call.url[:-1] if found.target.startswith("/") else ""
    if base:
        base = base.removesuffix(urlsplit(base).path)  # the target has the mount, too
    content = found.request.body
    body = b64decode(content) if found.request.base64 else content.encode()
    coded = Coded(found.method, f"{base}{found.target}", headers, body, found.user, status=found.status)
    return text(form.write(coded), "text/plain")


def metrics(call: Call) -> Response:
    """Report the metrics of the server in the text format of Prometheus."""
    spaces = call.spaces.all()
    lines = [
        "# HELP dav424_requests_total Requests answered, by method and status.",
        "# TYPE dav424_requests_total counter",
        *(
            f'dav424_requests_total{{method="{method}",status="{status}"}} {count}'
            for (method, status), count in sorted(call.answered.items())
        ),
        "# HELP dav424_spaces Spaces, including the default space.",
        "# TYPE dav424_spaces gauge",
        f"dav424_spaces {len(spaces)}",
        "# HELP dav424_spaces_expired_total Spaces deleted after inactivity.",
        "# TYPE dav424_spaces_expired_total counter",
        f"dav424_spaces_expired_total {call.spaces.expired}",
        "# HELP dav424_journal_dropped_total Journal entries deleted to make room, of existing spaces.",
        "# TYPE dav424_journal_dropped_total counter",
        f"dav424_journal_dropped_total {sum(space.journal.dropped for space in spaces)}",
        "# HELP dav424_memory_bytes Memory of documents, properties, snapshots, journals and bodies under way, in bytes.",
        "# TYPE dav424_memory_bytes gauge",
        f"dav424_memory_bytes {memory.total()}",
    ]
    limit = call.spaces.settings.budget.limit
    if limit is not None:
        lines += [
            "# HELP dav424_memory_limit_bytes The limit of dav424_memory_bytes, --max-memory.",
            "# TYPE dav424_memory_limit_bytes gauge",
            f"dav424_memory_limit_bytes {limit}",
        ]
    return Response(
        200, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], "\n".join([*lines, ""]).encode()
    )
