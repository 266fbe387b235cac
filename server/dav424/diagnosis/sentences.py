"""Read the sentences in which clients and servers report an answer: messages of exceptions, and lines of access logs.

    Client error '424 Failed Dependency' for url 'http://...'
    Request failed with status code 423
    127.0.0.1 - ada [21/Apr/2026:13:05:34 +0000] "DELETE /a.txt HTTP/1.1" 424 572
    An error occurred (ModelError) when calling the InvokeEndpoint operation: Received server error (500) from ...

The status comes from the sentence; a body behind it is read as any other body.
"""

from __future__ import annotations

import ast
import json
import re

from dav424.diagnosis.pasted import PastedAnswer

_LONGEST = 100_000
"""In bytes: a longer text without the head of an answer is no sentence."""
_LONGEST_DICT = 20_000
_LOG_LINE = re.compile(rb"\"([A-Z][A-Z-]{1,19}) (\S{1,8000}) HTTP/[0-9.]{1,3}\" ([1-5][0-9]{2})(?![0-9])")
_MODEL_ERROR = re.compile(
    rb"\((ModelError\w{0,20})\)[^\n]{0,200}? error \(([0-9]{1,3})\) from (?:[^\n]{0,40}?message[^\n\"]{0,20}\"([^\n\"]{0,300}))?",
    re.IGNORECASE,
)
_MODEL_EXCEPTION = re.compile(
    rb"\(?(Model(?:Stream)?Error(?:Exception)?)\b[^\n]{0,200}? calling the \w{1,60} operation(?: \([^()\n]{0,80}\))?: ([^\n]{0,300})"
)
"""The errors of Bedrock and SageMaker for a model that failed, if their text has no status."""
_STATUS = re.compile(
    rb"(?:\b(?:status(?: ?code)?|error(?: ?code)?|code|response|returned|HTTP(?:/[0-9.]{1,3})?)\b[^0-9\n]{0,40}?|['\"(>:] ?|^)"
    rb"([45][0-9]{2})(?![0-9])(?=[ '\"):,.]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_METHOD = re.compile(rb"\b(PROPPATCH|PROPFIND|MKCOL|MKCALENDAR|LOCK|UNLOCK|DELETE|COPY|MOVE|REPORT|PUT)\b")
_URL = re.compile(rb"https?://[^\s'\"<>()]{1,2000}")
_BODY = re.compile(rb"<\?xml|<[A-Za-z]{1,10}:(?:multistatus|error)\b|<(?:multistatus|html)\b|\{(?=\s*[\"'])")


def read_sentences(text: bytes) -> list[PastedAnswer]:
    """Give the answers that a text without a head reports; none if it reports no status of a failure."""
    text = text[:_LONGEST]
    lines = [
        PastedAnswer(status=int(line[3]), method=line[1].decode(), target=_decoded(line[2]))
        for line in _LOG_LINE.finditer(text)
    ]
    if lines:
        return lines
    model = _MODEL_ERROR.search(text)
    if model is not None:
        return [_model_error(model[1], int(model[2]), model[3] or b"")]
    model = _MODEL_EXCEPTION.search(text)
    if model is not None:
        return [_model_error(model[1], None, model[2])]
    status = _STATUS.search(text)
    return [_reported(text, status)] if status is not None else []


def _model_error(kind: bytes, status: int | None, message: bytes) -> PastedAnswer:
    """Write the message of an AWS SDK as the error object that the SDK had read."""
    error = {"OriginalStatusCode": status, "OriginalMessage": _decoded(message)}
    return PastedAnswer(headers={"x-amzn-errortype": kind.decode()}, body=json.dumps(error).encode())


def _reported(text: bytes, status: re.Match[bytes]) -> PastedAnswer:
    body = _BODY.search(text, status.end())
    before = text[: body.start() if body else len(text)]
    method, url = _METHOD.search(before), _URL.search(before)
    return PastedAnswer(
        status=int(status[1]),
        method=method[1].decode() if method else "",
        target=_decoded(url[0]).rstrip(".,;") if url else "",
        body=_strict_json(text[body.start() :]) if body else before.strip(),
        is_message=body is None,
    )


def _strict_json(body: bytes) -> bytes:
    """Give the JSON that a text begins with; that of a printed Python dict too. Any other text is left unchanged."""
    text = _decoded(body)
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        value = _printed_dict(text[: text.rfind("}") + 1])
    return body if value is None else json.dumps(value, default=str).encode()


def _printed_dict(text: str) -> dict[str, object] | None:
    """Read a dict as Python prints it; only literals are read. None for any other text."""
    if len(text) > _LONGEST_DICT:
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else None


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")
