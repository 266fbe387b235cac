"""Have a conversation with a server, and describe each answer for comparisons."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from dav424.proof.play import Answer
from tests.client import Client
from tests.dialects.compare import form_of_etag, told
from tests.servers.conversations import Step

_TOKEN = re.compile(r"<(?:\w*:)?locktoken>\s*<(?:\w*:)?href>([^<]*)")


def talk(
    url: str, name: str, steps: Sequence[Step], headers: Mapping[str, str], make: str = "MKCOL"
) -> Iterator[list[object]]:
    """Have a conversation in a new collection below a URL; gives what each answer said. ``make`` makes the collection."""
    base = f"{url.rstrip('/')}/{name}/"
    client = Client(base)
    client(make, "/", headers=headers)
    token = ""
    for step in steps:
        known = {"token": token, "base": base, "path": urlsplit(base).path}
        sent = {key: _filled(value, known) for key, value in step.headers.items()}
        answer = client(step.method, f"/{step.path}", step.body, {**sent, **headers})
        body = answer.body.decode(errors="replace")
        if step.method == "LOCK" and answer.status < 300 and (found := _TOKEN.search(body)):
            token = found[1].strip()
        yield [
            *described(answer, step, urlsplit(url).path),
            *(_lists(base, headers) if step.method == "OPTIONS" else []),
        ]


def described(answer: Answer, step: Step, base: str) -> list[object]:
    """Describe an answer: its status, the headers that clients look at, and the elements of its body."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    body = "" if step.method in {"GET", "HEAD"} else answer.body.decode(errors="replace")
    compared: list[object] = [f"{name}: {_form(name, headers.get(name.lower()))}" for name in ("ETag", "Lock-Token")]
    if step.method == "OPTIONS":
        compared = []
    kind = headers.get("content-type", "") if answer.body else ""
    if "xml" not in kind and step.method != "OPTIONS":
        kind, body = "", body if body.startswith("<?xml") and "<html" not in body else ""
    return [*told(answer.status, kind, body, base), *compared]


def _lists(url: str, headers: Mapping[str, str]) -> Iterator[str]:
    """Ask again, and give the headers that can be there more than once."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    try:
        connection.request("OPTIONS", parts.path, headers=dict(headers))
        received = connection.getresponse()
        for name in ("DAV", "Allow", "MS-Author-Via"):
            lines = ",".join(received.headers.get_all(name, []))
            yield f"{name}: {sorted(each.strip() for each in lines.split(',') if each.strip())}"
    finally:
        connection.close()


def _form(name: str, value: str | None) -> str:
    """Put the value of a header aside, and keep its form."""
    if value is None:
        return "absent"
    if name == "ETag":
        return form_of_etag(value)
    return "in brackets" if value.startswith("<") else "bare"


def _filled(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text
