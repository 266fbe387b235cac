"""The page of a scenario: request, results, answer and stored resources, with the actions of the workbench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from dav424.causes.in_words import in_words
from dav424.core.batch import Refused
from dav424.dav.charset import decoded, marked
from dav424.pages.page import Page, PageRequest, PageRoute
from dav424.pages.summaries import summary, telling_request
from dav424.pages.workbench import predictions
from dav424.pages.workbench.answer import Received
from dav424.pages.workbench.as_tests import codes
from dav424.pages.workbench.bench import Bench, Counterfactual, Cured, Ran
from dav424.pages.workbench.outcomes import Line, Results, sections
from dav424.pages.workbench.places import Span
from dav424.pages.workbench.reading_clients import readers
from dav424.pages.workbench.sent import (
    Sent,
    Shared,
    of_form,
    of_scenario,
    pack,
    unpack_sent,
    unpack_shared,
)
from dav424.pages.workbench.stored import listing, rows
from dav424.proof.answer_body import encoded_bodies
from dav424.proof.real_clients import real_clients
from dav424.scenario.model import Scenario

_ACTIONS = ("run", "again", "cure", "without", "reset")
Segment = tuple[str, tuple[int, ...]]
"""A piece of an answer, and the numbers of the lines that it reports."""


def show(request: PageRequest) -> Page:
    """Show a scenario with one of its requests, or with the state of a shared URL; nothing is sent."""
    bench = _bench(request, request.query)
    shared = request.query.get("v1")
    if shared is not None:
        state = unpack_shared(shared)
        return _page(bench, state.sent, -1, state.predicted)
    picked = _picked(bench.scenario, request.query.get("request", ""))
    sent = of_scenario(bench.scenario.requests[picked]) if picked >= 0 else Sent("GET", "/")
    return _page(bench, sent, picked, {})


def act(request: PageRequest) -> Page:
    """Do one action, and show what it did."""
    form = request.form
    bench = _bench(request, form)
    action, _, argument = form.get("action", "run").partition(" ")
    if action not in _ACTIONS:
        raise Refused(400, f"There is no action {action[:80]!r}; send one of {', '.join(_ACTIONS)}.")
    picked = _picked(bench.scenario, form.get("request", ""))
    bench.open()
    predicted = predictions.of_form(form)
    if action in {"again", "without"}:
        sent = unpack_sent(form.get("sent", ""))
    elif "method" in form:
        sent = of_form(form, bench.scenario.requests)
    else:
        sent = of_scenario(bench.scenario.requests[picked]) if picked >= 0 else Sent("GET", "/")
    match action:
        case "reset":
            bench.reset()
            bench.notices.append("The copy is as in the beginning: its resources, causes, clock and journal.")
            return _page(bench, sent, picked, predicted)
        case "cure":
            last = unpack_sent(form["sent"]) if form.get("sent") else sent
            cured = bench.cure()
            ran = bench.remembered(last, form.get("exchange", ""), form.get("snapshot", ""))
            return _page(bench, last, picked, predicted, ran, cured=cured)
        case "without":
            ran = bench.remembered(sent, form.get("exchange", ""), form.get("snapshot", ""))
            if ran is None:
                bench.notices.append("The journal does not have this exchange any more. Run the request again.")
                return _page(bench, sent, picked, predicted)
            played = bench.without(ran, [cause for cause in argument.split(" ") if cause])
            return _page(bench, sent, picked, predicted, ran, played=played)
        case _:
            same = form.get("digest", "") if action == "again" else ""
            return _page(bench, sent, picked, predicted, bench.run(sent), same=same)


def _bench(request: PageRequest, fields: Mapping[str, str]) -> Bench:
    return Bench(request, request.parameters["scenario"], space=fields.get("space", ""), token=fields.get("token", ""))


def _picked(scenario: Scenario, number: str) -> int:
    """Give the index of a request; that of the telling one by default, and -1 if there is none."""
    if number.isdecimal() and len(number) < 7 and int(number) < len(scenario.requests):
        return int(number)
    telling = telling_request(scenario)
    return scenario.requests.index(telling) if telling is not None else -1


def _page(
    bench: Bench,
    sent: Sent,
    picked: int,
    predicted: Mapping[str, str],
    ran: Ran | None = None,
    *,
    cured: Cured | None = None,
    played: Counterfactual | str | None = None,
    same: str = "",
) -> Page:
    scenario, copy = bench.scenario, bench.copy
    picked = _index_of(scenario, sent, picked)
    spec = scenario.requests[picked] if picked >= 0 else None
    predicting = predictions.predictions(spec, predicted, ran.results if ran else None, ran.answer.status if ran else 0)
    written = codes(copy, sent, ran.answer if ran else None, ran.results.reported if ran else ())
    values = {
        "name": bench.name,
        "scenario": scenario,
        "summary": summary(bench.name, scenario),
        "spec": [sections(text) for text in scenario.spec],
        "causes": [_words(msgspec.to_builtins(cause)) for cause in scenario.causes],
        "faults": [_words(msgspec.to_builtins(fault)) for fault in scenario.faults],
        "notices": bench.notices,
        "missing": bench.missing,
        "space": bench.space,
        "token": bench.api.token,
        "copy": copy,
        "sent": sent,
        "packed": pack(sent),
        "digest": bench.digest(sent),
        "requests": [each.name for each in scenario.requests],
        "picked": picked,
        "unedited": spec is not None and of_scenario(spec) == sent,
        "predictions": predicting,
        "has_predictions": bool(predicted),
        "choices": predictions.choices(),
        "score": predictions.score(predicting) if ran else (0, 0),
        "predict_field": predictions.FIELD,
        "codes": written,
        "curl_lines": _curl_lines(bench),
        "share": f"{bench.request.root}-/ui/s/{bench.name}?v1={pack(Shared(sent, dict(predicted)))}",
        "ran": ran,
        "cured": cured,
        "played": played,
        "same": same,
        "strip": bench.strip(),
        "real_clients": real_clients(bench.name),
        **(_of_result(ran) if ran else {}),
    }
    if ran is None:
        values["stored"] = listing(_initial(scenario))
    return Page("scenario.html", values)


def _of_result(ran: Ran) -> dict[str, Any]:
    return {
        **answer_values(ran.answer, ran.results),
        "changes": rows(ran.changes.changes) if ran.changes is not None else None,
        "stored": listing(ran.tree) if ran.tree is not None else None,
    }


def answer_values(answer: Received, found: Results) -> dict[str, Any]:
    """Give the values with which a page shows an answer."""
    lines = found.all()
    shown = {line.number for line in lines}
    marks = [(span, number) for span, number in found.marks if number in shown]
    text = _as_text(answer)
    return {
        "head": _head_segments(answer, lines, found.in_head),
        "body": _segments(answer.body, marks) if text is None else [(text, ())],
        "outcomes": {line.number: line.outcome for line in lines},
        "is_text": text is not None or _is_text(answer.body),
        "decoded": list(encoded_bodies(answer.body)),
        "readers": readers(answer.status, answer.body),
    }


def _index_of(scenario: Scenario, sent: Sent, picked: int) -> int:
    """Give the index of the request that was sent unedited, else the one that was picked."""
    same = [index for index, spec in enumerate(scenario.requests) if of_scenario(spec) == sent]
    return picked if picked in same or not same else same[0]


def _initial(scenario: Scenario) -> dict[str, Any]:
    """Give the resources of a new copy, as the file has them."""
    return {path: msgspec.to_builtins(entry) for path, entry in scenario.tree.items()}


def _curl_lines(bench: Bench) -> list[tuple[str, str]]:
    """Write the requests of a scenario, and those of its cure, as curl lines for the default space."""
    scenario = bench.scenario
    cures = scenario.cure.requests if scenario.cure is not None else []
    own = Bench(bench.request, bench.name).copy
    return [
        (spec.name, codes(own, of_scenario(spec), None, ())[0][2].rstrip("\n")) for spec in (*scenario.requests, *cures)
    ]


def _words(settings: dict[str, Any]) -> tuple[str, str, str]:
    """Give the id, the kind and the other settings of a cause or fault in words."""
    return str(settings.pop("id")), str(settings.pop("kind")), in_words(settings)


def _head_segments(answer: Received, lines: Sequence[Line], in_head: Sequence[int]) -> list[Segment]:
    """Split the head: its status line, and the header that names failures, have the numbers of lines."""
    shown = {line.number for line in lines}
    first, _, rest = answer.head.partition("\n")
    whole = tuple(number for number in in_head if number in shown)
    by_link = any(line.startswith("Link: ") for line in rest.split("\n"))
    return [(first, () if by_link and not whole else whole), (f"\n{rest}", ())]


def _segments(body: bytes, marks: Sequence[tuple[Span, int]]) -> list[Segment]:
    """Split a body where a mark begins or ends; marks can overlap."""
    edges = sorted({0, len(body), *(edge for span, _ in marks for edge in span if edge <= len(body))})
    segments: list[Segment] = []
    for start, end in pairwise(edges):
        numbers = tuple(sorted({number for (first, last), number in marks if first <= start and end <= last}))
        segments.append((body[start:end].decode(errors="replace"), numbers))
    return segments


def _as_text(answer: Received) -> str | None:
    """Decode XML in UTF-16, as a fault writes it; None for another body."""
    if not marked(answer.body).startswith("utf-16"):
        return None
    return decoded(answer.body, answer.content_type, xml=True).removeprefix("\ufeff")


def _is_text(body: bytes) -> bool:
    return b"\0" not in body and len(body.decode(errors="replace")) * 2 >= len(body)


def answer(request: PageRequest) -> Page:
    """Show the scenario, or do what a form asks."""
    return act(request) if request.method == "POST" else show(request)


PAGES = (PageRoute("/-/ui/s/{scenario}", answer, ("GET", "POST")),)
