"""The answer to a GET or HEAD of what can't be made: the 424 stands on the status line.

By default it is a problem of RFC 9457. ``Accept`` may ask for a page for people, or for the fields and headers that
services use which answer so. ``Link`` names the causes (RFC 8288), so that a HEAD tells them too.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from dav424.core import batch
from dav424.core.batch import Failed, FailedDependency
from dav424.core.message import Response
from dav424.core.paths import Path, href
from dav424.core.reason_phrases import reason
from dav424.dav import headers
from dav424.dav.multistatus import error_response
from dav424.spine.exchange import OpenExchange
from dav424.spine.reasons import MOST_NAMED

if TYPE_CHECKING:
    from dav424.core.subject import Subject

RELATION = "urn:dav424:failed-dependency"
"""The relation type of a link to what failed; its ``status`` is that of a GET of it."""
TYPE = "https://www.rfc-editor.org/rfc/rfc4918#section-11.4"
_CURES = {
    403: "Ask as somebody who may read it, or have that granted.",
    404: "PUT {href}.",
    409: "DELETE the collection, and PUT a document in its place.",
    423: "Wait until it may be read again, or take away what locks it against reading.",
    500: "Repair what it is stored in.",
    503: "Try again later.",
    504: "Try again later.",
    507: "Make its sources smaller.",
    508: "Break the circle: DELETE {href}, and PUT a document in its place.",
}
_BY_ITSELF = "Let a GET of it succeed first."


class FailedSource(Struct, frozen=True):
    """What failed for a reason of its own: where, the status of that, and in words what and how to cure it."""

    href: str
    status: int
    title: str
    detail: str
    cure: str


class FailedStep(Struct, frozen=True):
    """What could not be made either, on the way from a cause to what was asked for."""

    href: str
    status: int


class DerivedProblem(Struct, frozen=True):
    """A problem of RFC 9457; ``causes`` and ``through`` are members of its own."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    causes: list[FailedSource]
    through: list[FailedStep]


def answer(exchange: OpenExchange) -> Response:
    """Answer with the outcome of the last action, which depended on others that failed."""
    chosen = headers.accepted(exchange.request.headers.get("accept", ""), list(_SPELLINGS))
    return _SPELLINGS[chosen](exchange, _problem(exchange))


def _problem(exchange: OpenExchange) -> DerivedProblem:
    last = len(exchange.outcomes) - 1
    outcome = exchange.outcomes[last]
    assert isinstance(outcome, FailedDependency), "what failed by itself depends on nothing"
    base = exchange.request.base
    causes = []
    for position in batch.causes_of(exchange.outcomes, last)[:MOST_NAMED]:
        failed = exchange.outcomes[position]
        assert isinstance(failed, Failed), "a 424 is nobody's cause"
        where = base + href(_path(exchange, position))
        cure = _CURES.get(failed.status, _BY_ITSELF).format(href=where)
        causes.append(FailedSource(where, failed.status, reason(failed.status), failed.detail, cure))
    through = [
        FailedStep(base + href(_path(exchange, position)), each.status)
        for position, each in enumerate(exchange.outcomes[:last])
        if isinstance(each, FailedDependency)
    ]
    instance = base + href(exchange.request.path)
    return DerivedProblem(
        TYPE, reason(outcome.status), outcome.status, exchange.because(last), instance, causes, through
    )


def _path(exchange: OpenExchange, position: int) -> Path:
    subject: Subject = exchange.actions[position].subject
    return subject.path


def _respond(problem: DerivedProblem, content_type: str, body: bytes, *more: tuple[str, str]) -> Response:
    links = ", ".join(f'<{each.href}>; rel="{RELATION}"; status={each.status}' for each in problem.causes)
    return Response(problem.status, [("Content-Type", content_type), ("Link", links), ("Vary", "Accept"), *more], body)


def _json(said: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n"


def _as_problem(_: OpenExchange, problem: DerivedProblem) -> Response:
    return _respond(problem, "application/problem+json", _json(problem))


def _as_page(_: OpenExchange, problem: DerivedProblem) -> Response:
    """Write a short page that links to what failed."""
    title = f"{problem.status} {problem.title}"
    rows = [
        f'<li><a href="{escape(each.href)}">{escape(each.href)}</a>: {each.status} {escape(each.title)}. '
        f"{escape(each.detail)} {escape(each.cure)}</li>"
        for each in problem.causes
    ]
    steps = [
        f'<li><a href="{escape(each.href)}">{escape(each.href)}</a>: {each.status}</li>' for each in problem.through
    ]
    between = ["<p>In between, this could not be made either:</p>", "<ul>", *steps, "</ul>"] if steps else []
    page = [
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>',
        f"<body><h1>{title}</h1>",
        f"<p>{escape(problem.instance)} is made from others, and this failed:</p>",
        *("<ul>", *rows, "</ul>"),
        *between,
        f'<p><a href="{escape(problem.type)}">What this status means</a></p></body></html>\n',
    ]
    return _respond(problem, "text/html; charset=utf-8", "\n".join(page).encode())


def _as_bedrock(_: OpenExchange, problem: DerivedProblem) -> Response:
    """Spell it as Amazon Bedrock's ModelErrorException."""
    cause = problem.causes[0]
    said = {"message": problem.detail, "originalStatusCode": cause.status, "resourceName": cause.href}
    return _respond(problem, "application/json", _json(said), ("x-amzn-ErrorType", "ModelErrorException"))


def _as_sagemaker(_: OpenExchange, problem: DerivedProblem) -> Response:
    """Spell it as Amazon SageMaker's ModelError; there is no log to name."""
    cause = problem.causes[0]
    said = {
        "Message": problem.detail,
        "OriginalStatusCode": cause.status,
        "OriginalMessage": cause.detail,
        "LogStreamArn": "",
    }
    return _respond(problem, "application/json", _json(said), ("x-amzn-ErrorType", "ModelError"))


def _as_azureml(exchange: OpenExchange, problem: DerivedProblem) -> Response:
    """Spell it as Azure Machine Learning does: the status in a header, and the body that the source itself answers."""
    first = batch.causes_of(exchange.outcomes, len(exchange.outcomes) - 1)[0]
    failed = exchange.outcomes[first]
    assert isinstance(failed, Failed), "a 424 is nobody's cause"
    own = error_response(failed, exchange.request.base)
    assert isinstance(own.body, bytes), "a refusal is short"
    return _respond(
        problem,
        dict(own.headers)["Content-Type"],
        own.body,
        ("ms-azureml-model-error-statuscode", str(failed.status)),
        ("ms-azureml-model-error-reason", "model_error"),
    )


_SPELLINGS: dict[str, Callable[[OpenExchange, DerivedProblem], Response]] = {
    "application/problem+json": _as_problem,
    "application/json": _as_problem,
    "text/html": _as_page,
    "application/vnd.dav424.bedrock+json": _as_bedrock,
    "application/vnd.dav424.sagemaker+json": _as_sagemaker,
    "application/vnd.dav424.azureml": _as_azureml,
}
