"""What every driver does: read a call from a line of JSON, make it, and say in a line of JSON what its caller was told.

The first line a driver prints is ``{"version": ...}``. A call is ``{"url", "call", "arguments"}``; the answer is

    {"how": "success", "words": ...}   it returned, and had looked at the answer, or says so itself
    {"how": "answer", "words": ...}    it handed over the answer of the server, and said nothing about it
    {"how": "failure", "words": ...}   it raised, or said otherwise that it failed; ``accident`` for a KeyError and the like
    {"how": "missing"}                 it has no such call

with ``value`` for what was read, such as the content of a document.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ACCIDENTS = (LookupError, TypeError, AttributeError, AssertionError)
"""What a client raises when it didn't expect the answer, rather than because of it."""
XML = {"Content-Type": "application/xml"}


@dataclass(frozen=True)
class Answer:
    """The server's answer, handed over as it came."""

    words: str


@dataclass(frozen=True)
class Failure:
    """The client's own word for it, where that isn't an exception."""

    words: str


@dataclass(frozen=True)
class Value:
    """What was read."""

    value: Any


Calls = Mapping[str, Callable[..., Any]]


def answer(version: str, connect: Callable[[str], Calls]) -> None:
    """Answer the calls that arrive on standard input; a client is connected once a URL."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a client prints by itself is no answer
    sys.stdout = sys.stderr
    print(json.dumps({"version": version}), file=told, flush=True)
    clients: dict[str, Calls] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        url = asked["url"]
        if url not in clients:
            clients[url] = connect(url)
        print(json.dumps(_made(clients[url].get(asked["call"]), asked["arguments"])), file=told, flush=True)


def _made(call: Callable[..., Any] | None, arguments: list[Any]) -> dict[str, Any]:
    if call is None:
        return {"how": "missing"}
    try:
        returned = call(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever a client raises is what it tells its caller
        name = type(error).__name__
        return {"how": "failure", "words": f"raised {name}: {error}", "accident": isinstance(error, ACCIDENTS)}
    match returned:
        case Answer(words):
            return {"how": "answer", "words": words}
        case Failure(words):
            return {"how": "failure", "words": words, "accident": False}
        case Value(value):
            return {"how": "success", "words": "returned it", "value": value}
        case str(words):
            return {"how": "success", "words": words}
        case _:
            return {"how": "success", "words": f"returned {returned!r}"}


def propertyupdate(properties: list[list[str]]) -> str:
    """Write the body of a PROPPATCH that sets properties: namespace, name and value of each."""
    return f'<D:propertyupdate xmlns:D="DAV:">{_sets(properties)}</D:propertyupdate>'


def mkcol(properties: list[list[str]]) -> str:
    """Write the body of an extended MKCOL."""
    kind = "<D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop></D:set>"
    return f'<D:mkcol xmlns:D="DAV:">{kind}{_sets(properties)}</D:mkcol>'


def mkcalendar(properties: list[list[str]]) -> str:
    """Write the body of a MKCALENDAR; it has one DAV:set (RFC 4791 9.2)."""
    named = "".join(f'<n:{name} xmlns:n="{namespace}">{value}</n:{name}>' for namespace, name, value in properties)
    spaces = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    return f"<C:mkcalendar {spaces}><D:set><D:prop>{named}</D:prop></D:set></C:mkcalendar>"


def _sets(properties: list[list[str]]) -> str:
    return "".join(
        f'<D:set><D:prop><n:{name} xmlns:n="{namespace}">{value}</n:{name}></D:prop></D:set>'
        for namespace, name, value in properties
    )
