"""The answer to a GET, HEAD or POST of a derived document that can't be made: 424 is the status of the response.

The default body is a problem document (RFC 9457). With ``Accept``, the client can request an HTML page, or the
fields and headers of services that answer 424; a document with a ``spelling`` has that one, whatever the client accepts.
``Link`` names the causes (RFC 8288), so that a HEAD gives them too.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dav424.core import batch
from dav424.core.batch import Failed, FailedDependency
from dav424.core.message import Response
from dav424.core.paths import Path, href
from dav424.core.reason_phrases import reason
from dav424.dav import headers
from dav424.dav.multistatus import error_response
from dav424.spine.exchange import OpenExchange
from dav424.spine.reasons import MOST_NAMED
from dav424.store.tree import Derived

if TYPE_CHECKING:
    from dav424.core.subject import Subject

RELATION = "urn:dav424:failed-dependency"
"""The relation type of a link to a resource that failed; its ``status`` is that of a GET of the resource."""
TYPE = "https://www.rfc-editor.org/rfc/rfc4918#section-11.4"
_CURES = {
    403: "Send the request as a user who may read it, or grant this user the privilege.",
    404: "PUT {href}.",
    409: "DELETE the collection, and PUT a document there.",
    423: "Remove the lock that prevents reading, or wait until it expires.",
    429: "Try again later.",
    500: "Repair the storage of the resource.",
    503: "Try again later.",
    504: "Try again later.",
    507: "Make its sources smaller.",
    508: "Break the circle: DELETE {href}, and PUT a document there.",
}
_DEFAULT_CURE = "Make sure that a GET of {href} succeeds."


class FailedSource(Struct, frozen=True):
    """A resource that failed on its own: its URL and status, an explanation, and a cure."""

    href: str
    status: int
    title: str
    detail: str
    cure: str


class FailedStep(Struct, frozen=True):
    """A derived document between a cause and the requested document, which could not be made either."""

    href: str
    status: int


class DerivedProblem(Struct, frozen=True):
    """A problem document (RFC 9457), extended by ``causes`` and ``through``."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    causes: list[FailedSource]
    through: list[FailedStep]


def answer(exchange: OpenExchange) -> Response:
    """Answer with the outcome of the last action, which depended on a failure."""
    node, problem = exchange.draft.get(exchange.request.path), _problem(exchange)
    if isinstance(node, Derived) and node.spelling:
        return SPELLINGS[node.spelling](exchange, problem)
    chosen = headers.accepted(exchange.request.headers.get("accept", ""), list(_REPRESENTATIONS))
    response = _REPRESENTATIONS[chosen](exchange, problem)
    return replace(response, headers=[*response.headers[:2], ("Vary", "Accept"), *response.headers[2:]])


def _problem(exchange: OpenExchange) -> DerivedProblem:
    last = len(exchange.outcomes) - 1
    outcome = exchange.outcomes[last]
    assert isinstance(outcome, FailedDependency), "a failure on its own has another answer"
    base = exchange.request.base
    causes = []
    for position in batch.causes_of(exchange.outcomes, last)[:MOST_NAMED]:
        failed = _failed_at(exchange, position)
        url = base.url(href(_path(exchange, position)))
        cure = _CURES.get(failed.status, _DEFAULT_CURE).format(href=url)
        causes.append(FailedSource(url, failed.status, reason(failed.status), failed.detail, cure))
    failed_paths = {_path(exchange, at) for at, step in enumerate(exchange.outcomes) if isinstance(step, Failed)}
    through = [
        FailedStep(base.url(href(_path(exchange, position))), step.status)
        for position, step in enumerate(exchange.outcomes[:last])
        if isinstance(step, FailedDependency) and _path(exchange, position) not in failed_paths
    ]
    instance = base.url(href(exchange.request.path))
    return DerivedProblem(
        TYPE, reason(outcome.status), outcome.status, exchange.because(last), instance, causes, through
    )


def _failed_at(exchange: OpenExchange, position: int) -> Failed:
    failed = exchange.outcomes[position]
    assert isinstance(failed, Failed), "a cause failed on its own"
    return failed


def _path(exchange: OpenExchange, position: int) -> Path:
    subject: Subject = exchange.actions[position].subject
    return subject.path


def _respond(problem: DerivedProblem, content_type: str, body: bytes, *more: tuple[str, str]) -> Response:
    links = ", ".join(f'<{cause.href}>; rel="{RELATION}"; status={cause.status}' for cause in problem.causes)
    return Response(problem.status, [("Content-Type", content_type), ("Link", links), *more], body)


def _json(body: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n"


def _as_problem(_: OpenExchange, problem: DerivedProblem) -> Response:
    return _respond(problem, "application/problem+json", _json(problem))


def _as_page(_: OpenExchange, problem: DerivedProblem) -> Response:
    """Write a short page with links to the causes."""
    title = f"{problem.status} {problem.title}"
    rows = [
        f"<li>{_link(cause.href)}: {cause.status} {escape(cause.title)}. {escape(cause.detail)} {escape(cause.cure)}</li>"
        for cause in problem.causes
    ]
    steps = [f"<li>{_link(step.href)}: {step.status}</li>" for step in problem.through]
    between = ["<p>The server could not make these resources either:</p>", "<ul>", *steps, "</ul>"] if steps else []
    page = [
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>',
        f"<body><h1>{title}</h1>",
        f"<p>The server makes {escape(problem.instance)} from other resources, and these failed:</p>",
        *("<ul>", *rows, "</ul>"),
        *between,
        f'<p><a href="{escape(problem.type)}">What this status means</a></p></body></html>\n',
    ]
    return _respond(problem, "text/html; charset=utf-8", "\n".join(page).encode())


def _link(url: str) -> str:
    return f'<a href="{escape(url)}">{escape(url)}</a>'


def _as_bedrock(_: OpenExchange, problem: DerivedProblem) -> Response:
    """Write it as a ModelErrorException of Amazon Bedrock."""
    cause = problem.causes[0]
    body = {"message": problem.detail, "originalStatusCode": cause.status, "resourceName": cause.href}
    return _respond(problem, "application/json", _json(body), ("x-amzn-ErrorType", "ModelErrorException"))


def _as_sagemaker(_: OpenExchange, problem: DerivedProblem) -> Response:
    """Write it as a ModelError of Amazon SageMaker, without the name of a log."""
    cause = problem.causes[0]
    body = {
        "Message": problem.detail,
        "OriginalStatusCode": cause.status,
        "OriginalMessage": cause.detail,
        "LogStreamArn": "",
    }
    return _respond(problem, "application/json", _json(body), ("x-amzn-ErrorType", "ModelError"))


def _as_azureml(exchange: OpenExchange, problem: DerivedProblem) -> Response:
    """Write it as Azure Machine Learning does: the cause's status in a header, and the cause's own body."""
    failed = _failed_at(exchange, batch.causes_of(exchange.outcomes, len(exchange.outcomes) - 1)[0])
    own = error_response(failed, exchange.request.base)
    assert isinstance(own.body, bytes), "the body of a refusal is never streamed"
    return _respond(
        problem,
        dict(own.headers).get("Content-Type", "application/octet-stream"),
        own.body,
        ("ms-azureml-model-error-statuscode", str(failed.status)),
        ("ms-azureml-model-error-reason", "model_error"),
    )


def _as_openai(_: OpenExchange, problem: DerivedProblem) -> Response:
    """Write it as the error object of OpenAI's Responses API, when that can't read the list of tools of an MCP server.

    The sentence names the server, here the last segment of the cause, and the status of the response: what really
    failed stands in ``Link`` alone. See the public report agentgateway/agentgateway#383.
    """
    name = unquote(problem.causes[0].href).rpartition("/")[2]
    error = {
        "message": f"Error retrieving tool list from MCP server: '{name}'. "
        f"Http status code: {problem.status} ({problem.title})",
        "type": "external_connector_error",
        "param": "tools",
        "code": "http_error",
    }
    return _respond(problem, "application/json", _json({"error": error}))


Representation = Callable[[OpenExchange, DerivedProblem], Response]
SPELLINGS: dict[str, Representation] = {
    "problem": _as_problem,
    "bedrock": _as_bedrock,
    "sagemaker": _as_sagemaker,
    "azureml": _as_azureml,
    "openai": _as_openai,
}
"""The formats of a failure, by their names in scenario files."""
_REPRESENTATIONS: dict[str, Representation] = {
    "application/problem+json": _as_problem,
    "application/json": _as_problem,
    "text/html": _as_page,
    "application/vnd.dav424.bedrock+json": _as_bedrock,
    "application/vnd.dav424.sagemaker+json": _as_sagemaker,
    "application/vnd.dav424.azureml": _as_azureml,
    "application/vnd.dav424.openai+json": _as_openai,
}
