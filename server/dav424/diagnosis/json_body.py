"""Read JSON answers: batches of OData and Microsoft Graph, problems (RFC 9457), and the errors of model services.

Members of an unexpected type count as absent, since a pasted text can hold anything.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.diagnosis.pasted import (
    BODY,
    BodyFacts,
    PastedAnswer,
    SaidStatus,
    SaidThing,
    UnreadableText,
    said_of_part,
)

_STATUS_IN_SENTENCE = re.compile(r"(?:status|code)[^0-9]{0,20}([1-5][0-9]{2})(?![0-9])", re.IGNORECASE)
_LOGGED = re.compile(r"\bHTTP/[0-9.]{1,3} ([45][0-9]{2})(?![0-9])")
"""The status in the message of an exception, as ownCloud logs it."""
_SERVER_IN_SENTENCE = re.compile(r"MCP server:? '([^']{1,200})'")
_CONDITIONS = {"innererror", "innerError"}
_STATUSES = ("status", "statusCode", "code")
"""The members in which error objects have their status, if they have one."""

InnerReader = Callable[[PastedAnswer], BodyFacts]
"""Reads the answer to one request of a batch."""


def parse_json(body: bytes) -> Any:
    """Read JSON. Raises ``UnreadableText`` for a body that is not JSON, and for one that is nested too deep."""
    try:
        return json.loads(body)
    except ValueError as error:
        place = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableText(f"The JSON is malformed{place}. Paste the whole body.") from None
    except RecursionError:
        raise UnreadableText("The JSON is nested too deep to be read.") from None


def read_json(answer: PastedAnswer, read_inner: InnerReader) -> BodyFacts:
    """Read a JSON body; ``read_inner`` reads the body of each answer in a batch."""
    data = parse_json(answer.body)
    if not isinstance(data, dict):
        return BodyFacts(shape="other JSON", description=_short(data) if isinstance(data, str) else "")
    responses = _member(data, "responses", list)
    if responses is not None:
        depends = _dependencies(answer.request_body)
        parts = [part for part in responses if isinstance(part, dict)]
        said = [entry for part in parts for entry in _part(part, depends, read_inner)]
        return BodyFacts(shape="batch", said=tuple(said))
    return next((facts for reader in _READERS if (facts := reader(data, answer)) is not None), _other(data))


def _dependencies(request_body: bytes) -> Mapping[str, tuple[str, ...]]:
    """Give what each request of the pasted batch depends on; none if the request was not pasted or is not JSON."""
    try:
        data = json.loads(request_body) if request_body else None
    except (ValueError, RecursionError):
        return {}
    requests = _member(data, "requests", list) if isinstance(data, dict) else None
    listed = [request for request in requests or () if isinstance(request, dict)]
    depends = {str(request.get("id", "")): _names(request.get("dependsOn")) for request in listed}
    groups: dict[str, list[str]] = {}
    for request in listed:
        groups.setdefault(str(request.get("atomicityGroup", "")), []).append(str(request.get("id", "")))
    groups.pop("", None)
    for members in groups.values():
        if len(members) <= 100:
            for name in members:
                depends[name] += tuple(other for other in members if other != name)
    return {
        name: tuple(member for each in names for member in groups.get(each, [each]))[:100]
        for name, names in depends.items()
    }


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value[:100]) if isinstance(value, list) else ()


def _part(
    part: Mapping[str, Any], depends: Mapping[str, tuple[str, ...]], read_inner: InnerReader
) -> Iterator[SaidStatus]:
    """Read the answer to one request of a batch: its status, and what its own body says of resources and properties."""
    name, status = str(part.get("id", "")), _status(part.get("status"))
    fields = _member(part, "headers", dict) or {}
    headers = {str(field).lower(): str(value) for field, value in fields.items()}
    body = _content(part.get("body"), headers)
    answer = PastedAnswer(status=status, headers=headers, body=body)
    inner = _facts_of_part(answer, read_inner)
    named = _because(part.get("body")) or depends.get(name, ())
    yield from said_of_part(name, answer, inner, tuple(SaidThing(request=each) for each in named))


def _facts_of_part(answer: PastedAnswer, read_inner: InnerReader) -> BodyFacts:
    """Read the body of a part; one that can't be read says nothing beyond its status."""
    try:
        return read_inner(answer)
    except UnreadableText:
        return BodyFacts()


def _content(body: object, headers: Mapping[str, str]) -> bytes:
    """Give the bytes of a body in a batch: an object is JSON; a text is plain, or base64 of either alphabet (RFC 4648)."""
    if isinstance(body, dict | list):
        return json.dumps(body).encode()
    if not isinstance(body, str):
        return b""
    if "<" in body or headers.get("content-type", "").startswith("text/"):
        return body.encode("utf-8", "replace")
    try:
        padded = body.rstrip("=") + "=" * (-len(body.rstrip("=")) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return body.encode("utf-8", "replace")


def _because(body: object) -> tuple[str, ...]:
    """Give the requests that a 424 of this server's batches names as the ones it depended on."""
    error = _member(body, "error", dict) if isinstance(body, dict) else None
    inner = _member(error, "innerError", dict) if error else None
    for holder in (inner, body):
        chain = _member(holder, "because", list) if isinstance(holder, dict) else None
        if chain:
            return tuple(str(failure.get("id", "")) for failure in chain[:100] if isinstance(failure, dict))
    return ()


def _problem(data: Mapping[str, Any], answer: PastedAnswer) -> BodyFacts | None:
    """Read a problem document; ``causes`` and ``through`` are extensions that name the failures behind a 424."""
    if not answer.media_type.endswith("problem+json") and not ("title" in data and "status" in data):
        return None
    said = [_named(entry) for entry in _objects(data, "causes")]
    said += [_named(entry) for entry in _objects(data, "through")]
    return BodyFacts(
        shape="problem",
        status=_of_failure(data.get("status")),
        said=tuple(said),
        description=_short(data.get("detail") or data.get("title")),
    )


def _named(entry: Mapping[str, Any]) -> SaidStatus:
    words = [_short(entry.get(key)) for key in ("detail", "cure")]
    return SaidStatus(
        thing=SaidThing(href=str(entry.get("href", ""))),
        status=_status(entry.get("status")),
        where=BODY,
        description=" ".join(filter(None, words)),
    )


def _model_service(data: Mapping[str, Any], _: PastedAnswer) -> BodyFacts | None:
    """Read the error of a model behind Amazon Bedrock (``originalStatusCode``) or SageMaker (``OriginalStatusCode``)."""
    lower = {str(key).lower(): value for key, value in data.items()}
    if "originalstatuscode" not in lower:
        return None
    said = SaidStatus(
        thing=SaidThing(href=str(lower.get("resourcename") or "the model behind the endpoint")),
        status=_status(lower["originalstatuscode"]),
        where=BODY,
        description=_short(lower.get("originalmessage") or lower.get("message")),
    )
    return BodyFacts(shape="model error", said=(said,), description=_short(lower.get("message")))


def _tool_server(data: Mapping[str, Any], _: PastedAnswer) -> BodyFacts | None:
    """Read OpenAI's error for a connector or MCP server whose tools it could not read."""
    error = _member(data, "error", dict) or {}
    message = _short(error.get("message"))
    return (
        tool_server_facts(message)
        if error.get("type") == "external_connector_error" or "MCP server" in message
        else None
    )


def tool_server_facts(message: str) -> BodyFacts:
    """Give what the message of such an error says. The status in it is that of the server, unless it is the 424 itself."""
    named, told = _SERVER_IN_SENTENCE.search(message), _STATUS_IN_SENTENCE.search(message)
    status = int(told[1]) if told and int(told[1]) != FAILED_DEPENDENCY else None
    name = f"the MCP server '{named[1]}'" if named else "the MCP server"
    said = SaidStatus(thing=SaidThing(href=name), status=status, where=BODY, description=message)
    return BodyFacts(shape="tool server error", said=(said,), description=message)


def _other(data: Mapping[str, Any]) -> BodyFacts:
    """Read any other error object: its message, wherever the usual members have it."""
    error = data.get("error")
    holder = error if isinstance(error, dict) else data
    inner: dict[str, Any] = next((holder[key] for key in _CONDITIONS if isinstance(holder.get(key), dict)), {})
    message = (
        holder.get("message")
        or holder.get("Message")
        or holder.get("detail")
        or (error if isinstance(error, str) else "")
    )
    condition = inner.get("condition")
    logged = _LOGGED.search(message) if isinstance(message, str) else None
    said = (
        (SaidStatus(thing=SaidThing(), status=int(logged[1]), where=BODY, description=_short(message)),)
        if logged
        else ()
    )
    return BodyFacts(
        said=said,
        shape="error" if error else "error object" if message else "other JSON",
        status=next(filter(None, (_of_failure(holder.get(key)) for key in _STATUSES)), None) if message else None,
        description=_short(message.get("value") if isinstance(message, dict) else message),
        condition=condition if isinstance(condition, str) else "",
    )


_READERS = (_model_service, _tool_server, _problem)
"""The readers of objects that are no batch; the first one that knows the object reads it."""


def _objects(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [entry for entry in _member(data, name, list) or () if isinstance(entry, dict)]


def _member(data: object, name: str, kind: type[Any]) -> Any:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, kind) else None


def _status(value: object) -> int | None:
    """Read a status: a number, or a text that begins with one."""
    text = str(value)[:3] if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isdecimal() and text.isascii() and 100 <= int(text) <= 599 else None


def _of_failure(value: object) -> int | None:
    """Read the status of a failure: a number, or a text of its digits alone, since a code can be any other text."""
    status = _status(value)
    return status if status is not None and status >= 400 and str(value) == str(status) else None


def _short(value: object) -> str:
    return " ".join(value.split())[:500] if isinstance(value, str) else ""
