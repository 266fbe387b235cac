"""HAR 1.2 as a JSON Schema: which keys its objects have and what their values are. Keys that begin with ``_`` are free."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
SIZE = {"type": "integer", "minimum": -1}
"""In bytes; -1 for a size that is not known."""
DURATION = {"type": "number", "minimum": -1}
"""In milliseconds; -1 for a phase that the request did not have."""
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}


def an_object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Describe an object; each one can have a comment."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {}), "comment": TEXT},
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


def a_list(of: dict[str, Any]) -> dict[str, Any]:
    """Describe a list."""
    return {"type": "array", "items": of}


PAIR = an_object({"name": TEXT, "value": TEXT})
COOKIE = an_object(
    {"name": TEXT, "value": TEXT},
    {"path": TEXT, "domain": TEXT, "expires": TIME, "httpOnly": {"type": "boolean"}, "secure": {"type": "boolean"}},
)
PARAMETER = an_object({"name": TEXT}, {"value": TEXT, "fileName": TEXT, "contentType": TEXT})
POST_DATA = an_object({"mimeType": TEXT, "params": a_list(PARAMETER), "text": TEXT})
CONTENT = an_object({"size": WHOLE, "mimeType": TEXT}, {"compression": WHOLE, "text": TEXT, "encoding": TEXT})
MESSAGE = {
    "httpVersion": TEXT,
    "cookies": a_list(COOKIE),
    "headers": a_list(PAIR),
    "headersSize": SIZE,
    "bodySize": SIZE,
}
REQUEST = an_object(
    {**MESSAGE, "method": TEXT, "url": {"type": "string", "pattern": "^[a-z]+:"}, "queryString": a_list(PAIR)},
    {"postData": POST_DATA},
)
RESPONSE = an_object({**MESSAGE, "status": WHOLE, "statusText": TEXT, "redirectURL": TEXT, "content": CONTENT})
TIMINGS = an_object(
    dict.fromkeys(("send", "wait", "receive"), DURATION),
    dict.fromkeys(("blocked", "dns", "connect", "ssl"), DURATION),
)
STORED = {
    "anyOf": [{"type": "null"}, an_object({"lastAccess": TIME, "eTag": TEXT, "hitCount": WHOLE}, {"expires": TIME})]
}
CACHE = an_object({}, {"beforeRequest": STORED, "afterRequest": STORED})
ENTRY = an_object(
    {
        "startedDateTime": TIME,
        "time": {"type": "number", "minimum": 0},
        "request": REQUEST,
        "response": RESPONSE,
        "cache": CACHE,
        "timings": TIMINGS,
    },
    {"pageref": TEXT, "serverIPAddress": TEXT, "connection": TEXT},
)
PROGRAM = an_object({"name": TEXT, "version": TEXT})
PAGE = an_object(
    {
        "startedDateTime": TIME,
        "id": TEXT,
        "title": TEXT,
        "pageTimings": an_object({}, {"onContentLoad": DURATION, "onLoad": DURATION}),
    }
)
LOG = an_object(
    {"version": TEXT, "creator": PROGRAM, "entries": a_list(ENTRY)}, {"browser": PROGRAM, "pages": a_list(PAGE)}
)
ARCHIVE = an_object({"log": LOG})
