"""The live journal of a space for authors of clients, and the page of one exchange in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from dav424.admin.payloads import ClockState, FaultList, JournalPage, SnapshotName, SpaceDetails
from dav424.core.batch import Refused
from dav424.core.space_names import BEFORE_DIALECT, SPACES
from dav424.faults.kinds import AnyFault
from dav424.journal.report import ExchangeReport
from dav424.pages.page import Page, PageRequest, PageRoute
from dav424.pages.scenario_page import answer_values
from dav424.pages.workbench import cause_form
from dav424.pages.workbench.as_tests import codes
from dav424.pages.workbench.bench import answer_of
from dav424.pages.workbench.outcomes import results
from dav424.pages.workbench.own_server import Api, ApiRefusal, Copy
from dav424.pages.workbench.sent import Sent, Shared, pack

MOST_SHOWN = 100
"""The exchanges that the page lists."""
_WINDOW = 500
"""The exchanges in which the page looks first: to look into all of a long journal takes a while."""
_FILTERS = ("scenario", "method", "path", "status")


def space(request: PageRequest) -> Page:
    """Show the journal of a space; a form changes its state first."""
    name, form = request.parameters["space"], request.form
    api = Api(request, form.get("token", ""))
    values: dict[str, Any] = {"space": name, "notice": "", "problem": "", "errors": [], "token": api.token}
    if request.method == "POST":
        _do(api, name, form, values)
    fields = {**request.query, **{key: value for key, value in form.items() if key in (*_FILTERS, "show", "kind")}}
    try:
        values |= _journal(api, name, fields) | _state(api, name)
    except ApiRefusal as refusal:
        return Page(
            "space_closed.html",
            {**values, "problem": refusal.detail, "no_access": refusal.no_access},
            200 if refusal.no_access else refusal.status,
        )
    kind = cause_form.kinds().get(fields.get("kind", ""))
    failed_form = form if values["problem"] else {}
    values |= {
        "fields": fields,
        "kinds": list(cause_form.kinds().values()),
        "kind": cause_form.filled(kind, failed_form) if kind is not None else None,
        "field_prefix": cause_form.FIELD,
    }
    return Page("space.html", values)


def _do(api: Api, name: str, form: Mapping[str, str], values: dict[str, Any]) -> None:
    """Do the action of a form, and say what it did, or why it could not."""
    action, _, argument = form.get("action", "").partition(" ")
    path = f"spaces/{quote(name)}"
    try:
        values["notice"] = _act(api, path, action, argument, form)
    except ApiRefusal as refusal:
        values["problem"], values["errors"] = refusal.detail, refusal.errors
    except Refused as refused:
        values["problem"] = refused.detail


def _act(api: Api, path: str, action: str, argument: str, form: Mapping[str, str]) -> str:
    scenario = urlencode({"scenario": form.get("of", "")})
    match action:
        case "reset":
            api("POST", f"{path}/reset", kind=SpaceDetails)
            return "The space is as in the beginning."
        case "clear":
            api("DELETE", f"{path}/journal", kind=type(None))
            return "The journal is empty."
        case "snapshot":
            return f"Snapshot {api('POST', f'{path}/snapshots', kind=SnapshotName).snapshot} is saved."
        case "restore":
            api("POST", f"{path}/restore", {"snapshot": argument}, kind=SpaceDetails)
            return f"Snapshot {argument} is restored."
        case "advance":
            seconds = form.get("seconds", "")
            by: float | str = float(seconds) if seconds.replace(".", "", 1).isdecimal() else seconds
            state = api("POST", f"{path}/clock", {"advance": by}, kind=ClockState)
            return f"The clock shows {state.now:%Y-%m-%d %H:%M:%S} UTC."
        case "remove":
            api("DELETE", f"{path}/causes/{quote(argument, safe='')}?{scenario}", kind=type(None))
            return f"The cause {argument} is removed."
        case "mend":
            api("DELETE", f"{path}/faults/{quote(argument, safe='')}?{scenario}", kind=type(None))
            return f"The fault {argument} is removed."
        case "add":
            cause = cause_form.cause_of_form(form.get("kind", ""), form)
            api("POST", f"{path}/causes?{scenario}", cause, kind=dict[str, Any])
            return f"The cause {cause.get('id', '')} is added."
        case "use":
            api("GET", f"{path}/causes?{scenario}", kind=dict[str, Any])
            return f"The space has a copy of {form.get('of', '')}."
        case _:
            return ""


def _journal(api: Api, name: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Read the newest exchanges: those with failures, unless all are wanted."""
    wanted = {key: fields[key] for key in _FILTERS if fields.get(key)}
    path = f"spaces/{quote(name)}/journal?"
    show_all = fields.get("show") == "all"
    if not show_all:
        wanted["outcome"] = "failed"
    latest = api("GET", f"{path}newest=1", kind=JournalPage).entries
    newest = latest[-1].number if latest else 0
    wanted["newest"] = str(MOST_SHOWN)
    page = api("GET", path + urlencode({**wanted, "since": max(0, newest - _WINDOW)}), kind=JournalPage)
    if len(page.entries) < MOST_SHOWN and newest > _WINDOW:
        page = api("GET", path + urlencode(wanted), kind=JournalPage)
    return {
        "entries": list(reversed(page.entries)),
        "dropped": page.dropped,
        "show_all": show_all,
        "newest": newest,
        "most": MOST_SHOWN,
    }


def _state(api: Api, name: str) -> dict[str, Any]:
    """Read the details of a space, and the causes and faults of its scenarios."""
    details = api("GET", f"spaces/{quote(name)}", kind=SpaceDetails)
    causes = [
        (
            scenario,
            api("GET", f"spaces/{quote(name)}/causes?{urlencode({'scenario': scenario})}", kind=dict[str, Any]),
        )
        for scenario in details.scenarios
    ]
    return {"details": details, "causes": causes, "faults": list(_faults(api, name, details.scenarios))}


def _faults(api: Api, name: str, scenarios: Iterable[str]) -> Iterator[tuple[str, AnyFault, int]]:
    """Give each fault with its scenario, and the number of answers that it changed."""
    for scenario in scenarios:
        listed = api("GET", f"spaces/{quote(name)}/faults?{urlencode({'scenario': scenario})}", kind=FaultList)
        for fault in listed.faults:
            yield scenario, fault, len(listed.strikes.get(fault.id, ()))


def exchange(request: PageRequest) -> Page:
    """Show one exchange of a journal in the four panels."""
    name, number = request.parameters["space"], request.parameters["number"]
    api = Api(request, request.form.get("token", ""))
    try:
        found = api("GET", f"spaces/{quote(name)}/journal/{quote(number)}", kind=ExchangeReport)
    except ApiRefusal as refusal:
        values = {"space": name, "problem": refusal.detail, "no_access": refusal.no_access, "token": api.token}
        return Page("space_closed.html", values, 200 if refusal.no_access else refusal.status)
    answer = answer_of(found)
    values = {"space": name, "exchange": found, "share": "", "codes": []}
    base = ""
    if found.scenario in request.scenarios.names:
        scenario = request.scenarios.scenario(found.scenario)
        copy = Copy(request, name, found.scenario, scenario, _dialect_in_url(found, name))
        sent, base = _sent(found, copy.base), copy.base
        values["share"] = f"{request.mount}/-/ui/s/{quote(found.scenario)}?v1={pack(Shared(sent))}"
        if not found.request.truncated:
            values["codes"] = codes(copy, sent, answer, ())
    outcome = results(answer, base, found.path, found)
    return Page("exchange.html", {**values, "answer": answer, "results": outcome, **answer_values(answer, outcome)})


def _dialect_in_url(found: ExchangeReport, space: str) -> str:
    """Give the dialect that the URL of a request names behind its space; empty if it names none."""
    named = re.search(rf"/{SPACES}/{re.escape(space)}{BEFORE_DIALECT}([^/?]+)", found.target)
    return named[1] if named is not None else ""


def _sent(found: ExchangeReport, base: str) -> Sent:
    """Give the request of an exchange, with ``{base}`` for the path of its copy."""
    connection = {"host", "user-agent", "accept-encoding", "connection", "content-length", "authorization", "expect"}
    headers = tuple(
        (name, value.replace(base, "{base}")) for name, value in found.request.headers if name.lower() not in connection
    )
    body = b"" if found.request.base64 else found.request.body.replace(base, "{base}").encode()
    return Sent(found.method, found.path, headers, body, found.user)


PAGES = (
    PageRoute("/-/ui/space/{space}", space, ("GET", "POST")),
    PageRoute("/-/ui/space/{space}/{number}", exchange, ("GET", "POST")),
)
