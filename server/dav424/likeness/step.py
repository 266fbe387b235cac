"""One request of a look, as data, and the sending of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from dav424.probe.bodies import event
from dav424.probe.exchange import Probed
from dav424.probe.place import Place, lock_token

_ETAG = re.compile(r'(?:W/)?"[^"]*"')
UNKNOWN_LOCK = "opaquelocktoken:0e0c0d4f-6a8c-4a9c-8f4d-2b6f3f2d7c11"
"""A lock token that no server has granted."""


class LookStep(Struct, frozen=True):
    """One request; ``path`` is relative to the collection of the look.

    In the path, the headers and the body, ``{base}`` is the URL of the collection, ``{path}`` its path, ``{other}`` its URL
    with the other one of http and https, ``{origin}`` the URL of the server, ``{token}`` the latest lock token that was granted, and ``{etag}`` the latest entity-tag that was sent.
    """

    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def run_steps(steps: Sequence[LookStep]) -> Callable[[Place], None]:
    """Give the function that sends some steps in a place."""

    def run(place: Place) -> None:
        _send(place, steps)

    return run


def _send(place: Place, steps: Iterable[LookStep]) -> None:
    origin = place.client.access.origin
    known = {
        "base": origin + place.base,
        "path": place.base,
        "origin": origin,
        "other": _other_scheme(origin) + place.base,
        "token": UNKNOWN_LOCK,
        "etag": '"none"',
    }
    collection = place.base.rstrip("/").rpartition("/")[2]
    for step in (_of_events(step, collection) for step in steps) if place.holds_events else steps:
        path = place.base + _filled(step.path, known)
        headers = {name: _filled(value, known) for name, value in step.headers.items()}
        answer = place.client.send(step.method, path, _filled(step.body, known), headers)
        _learn(place, answer, known)


def _of_events(step: LookStep, collection: str) -> LookStep:
    """Give the step for a place that holds events alone: each document is an event, with a UID of its own."""
    path = _as_event(step.path)
    headers = {name: _as_event(value) for name, value in step.headers.items()}
    if step.headers.get("Content-Type") != "text/plain":
        return replace(step, path=path, headers=headers)
    return replace(
        step,
        path=path,
        body=event(f"{collection}-{path}", "look"),
        headers={**headers, "Content-Type": "text/calendar"},
    )


def _as_event(name: str) -> str:
    return name.replace(".txt", ".ics")


def _learn(place: Place, answer: Probed, known: dict[str, str]) -> None:
    """Remember the token and the entity-tag of an answer; a lock that was granted is released at the end."""
    token = lock_token(answer) if answer.method == "LOCK" else ""
    if token:
        if (answer.path, token) not in place.locks:
            place.locks.append((answer.path, token))
        known["token"] = token
    sent = _ETAG.search(answer.headers.get("etag", ""))
    if sent:
        known["etag"] = sent[0]


def _other_scheme(origin: str) -> str:
    scheme, _, rest = origin.partition(":")
    return f"{'http' if scheme == 'https' else 'https'}:{rest}"


def _filled(text: str, known: Mapping[str, str]) -> str:
    if "{" not in text:
        return text
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text
