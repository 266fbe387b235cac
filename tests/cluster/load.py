"""Clients that write and read in a space at the same time, and write down what they learned, for ``tests.cluster.history``.

Each request has a connection of its own, so that the balancer gives it to any replica. The values that a client writes are
written once only. The state of a space has these names:

* ``f.a``, ``f.b``, ``f.c``: properties of the document ``/f``, which one PROPPATCH sets together;
* ``c``, ``c.a``, ``c.b``: a collection and its properties, which an extended MKCOL makes at once, and a DELETE removes;
* ``d``: the content of a document.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from urllib.parse import urlsplit

from msgspec import Struct

from dav424.proof.play import Answer, read
from dav424.replicas.problems import MAYBE_DONE, NOT_DONE
from tests.cluster.history import NEVER, Operation, Value

PROPERTIES = ("f.a", "f.b", "f.c")
COLLECTION = ("c", "c.a", "c.b")
GIVE_UP = 30.0
"""Seconds after which a client gives up an answer; one that comes later is as good as none."""
_XML = {"Content-Type": "application/xml"}
_NAMES = "<u:a/><u:b/><u:c/>"


class Attempt(Struct, frozen=True):
    """A request for a space, and the answer to it, if there was one, with its times in seconds."""

    space: str
    method: str
    called: float
    returned: float
    answer: Answer | None
    problem: str = ""

    @property
    def status(self) -> int:
        """The status of the answer; 0 if there was none."""
        return self.answer.status if self.answer is not None else 0

    @property
    def text(self) -> str:
        """The body of the answer."""
        return self.answer.body.decode(errors="replace") if self.answer is not None else self.problem


class Observer:
    """Collects what all clients learned: ``history`` in operations, ``attempts`` in bytes."""

    def __init__(self) -> None:
        self.history: list[Operation] = []
        self.attempts: list[Attempt] = []

    @property
    def unavailable(self) -> list[Attempt]:
        """The requests that a replica could not carry out."""
        return [each for each in self.attempts if each.status == 503]

    @property
    def acknowledged(self) -> list[Operation]:
        """The writes that were answered with success."""
        return [each for each in self.history if each.sets and each.returned != NEVER]


class SpaceClient:
    """One client: sends requests for a space to one of ``urls``, each chosen by chance, and tells an observer."""

    def __init__(self, name: str, urls: Sequence[str], space: str, observer: Observer, seed: int) -> None:
        self._name, self._urls, self._space, self._observer = name, urls, space, observer
        self._random, self._number = Random(f"{name} {seed}"), 0

    def act(self) -> None:
        """Send one request, chosen by chance."""
        requests = [self.set_properties, self.fail, self.look, self.make, self.remove, self.look_at_collection]
        self._random.choice([*requests, self.set_properties, self.look, self.put, self.get])()

    def begin(self) -> None:
        """Make the document whose properties are set."""
        assert self._send("PUT", "/f", b"").status == 201, self._observer.attempts[-1]

    def set_properties(self) -> None:
        """Set two or three properties in one PROPPATCH."""
        names = PROPERTIES[: self._random.choice((2, 3))]
        sets = {name: self._value() for name in names}
        attempt = self._send("PROPPATCH", "/f", _update("propertyupdate", sets))
        self._note(attempt, {207: ({}, sets), 404: ({}, {})})

    def fail(self) -> None:
        """Set properties in a PROPPATCH that also sets a protected one: nothing of it may stay."""
        sets = dict.fromkeys(PROPERTIES, self._value())
        attempt = self._send("PROPPATCH", "/f", _update("propertyupdate", sets, "<D:getetag>mine</D:getetag>"))
        if attempt.status == 207:
            assert attempt.answer is not None
            assert {each.status for each in attempt.answer.reported} == {403, 424}, attempt
        self._note(attempt, {207: ({}, {}), 404: ({}, {})}, maybe={})

    def look(self) -> None:
        """Read all properties of the document."""
        attempt = self._send("PROPFIND", "/f", _propfind(), {"Depth": "0"})
        self._note(attempt, {207: (_seen(attempt, PROPERTIES), {}), 404: (dict.fromkeys(PROPERTIES), {})}, maybe={})

    def make(self) -> None:
        """Make the collection with two properties."""
        sets: dict[str, Value] = {"c": "made", "c.a": self._value(), "c.b": self._value()}
        attempt = self._send("MKCOL", "/c", _update("mkcol", {name: sets[name] for name in ("c.a", "c.b")}))
        free: dict[str, Value] = {"c": None}
        self._note(attempt, {201: (free, sets), 405: ({"c": "made"}, {})}, maybe=sets, condition=free)

    def remove(self) -> None:
        """Remove the collection."""
        sets: dict[str, Value] = dict.fromkeys(COLLECTION)
        attempt = self._send("DELETE", "/c", b"")
        self._note(attempt, {204: ({"c": "made"}, sets), 404: ({"c": None}, {})}, maybe=sets)

    def look_at_collection(self) -> None:
        """Read the properties of the collection, or that there is none."""
        attempt = self._send("PROPFIND", "/c", _propfind(), {"Depth": "0"})
        seen = {**_seen(attempt, COLLECTION), "c": "made"}
        self._note(attempt, {207: (seen, {}), 404: (dict.fromkeys(COLLECTION), {})}, maybe={})

    def put(self) -> None:
        """Write the content of the other document."""
        value = self._value()
        attempt = self._send("PUT", "/d", value.encode())
        self._note(attempt, {201: ({"d": None}, {"d": value}), 204: ({}, {"d": value})})

    def get(self) -> None:
        """Read the content of the other document."""
        attempt = self._send("GET", "/d", b"")
        self._note(attempt, {200: ({"d": attempt.text}, {}), 404: ({"d": None}, {})}, maybe={})

    def _value(self) -> str:
        self._number += 1
        return f"{self._name}-{self._number}"

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Attempt:
        """Send a request over a connection of its own."""
        url = urlsplit(self._random.choice(self._urls))
        base = f"/s/{self._space}/playground"
        called = time.monotonic()
        answer, problem = None, ""
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=GIVE_UP)
        try:
            sent = {**(_XML if body[:1] == b"<" else {}), **(headers or {}), "Connection": "close"}
            connection.request(method, base + path, body or None, sent)
            answer = read(connection.getresponse(), base, path)
        except (OSError, http.client.HTTPException) as error:
            problem = repr(error)
        finally:
            connection.close()
        attempt = Attempt(self._space, method, called, time.monotonic(), answer, problem)
        self._observer.attempts.append(attempt)
        return attempt

    def _note(
        self,
        attempt: Attempt,
        facts: Mapping[int, tuple[Mapping[str, Value], Mapping[str, Value]]],
        *,
        maybe: Mapping[str, Value] | None = None,
        condition: Mapping[str, Value] | None = None,
    ) -> None:
        """Write down what an answer says: for each status, what was seen and what was set.

        Without an answer, what the request sets may have been set, if the ``condition`` held: ``maybe`` (default: what a
        success sets).
        """
        saw, sets, returned = condition or {}, maybe, attempt.returned
        if attempt.status in facts:
            saw, sets = facts[attempt.status]
        elif attempt.status == 503 and attempt.text.rstrip().endswith(NOT_DONE):
            saw, sets = {}, {}
        else:
            assert attempt.status in (0, 503), attempt
            assert attempt.status == 0 or attempt.text.rstrip().endswith(MAYBE_DONE), attempt
            returned = NEVER
            sets = max((each for _, each in facts.values()), key=len) if sets is None else sets
        self._observer.history.append(
            Operation(
                space=self._space,
                client=self._name,
                called=attempt.called,
                returned=returned,
                saw=saw,
                sets=sets or {},
                said=f"{attempt.method} {attempt.status or attempt.problem}",
            )
        )


@contextmanager
def load(
    urls: Sequence[str], spaces: Iterable[str], observer: Observer, *, clients: int = 3, seed: int = 1
) -> Iterator[None]:
    """Let ``clients`` write and read in each space while the context lasts; raises what went wrong in one of them."""
    stop, errors = threading.Event(), list[BaseException]()
    threads = []
    for space in spaces:
        SpaceClient(f"{space}-0", urls, space, observer, seed).begin()
        for number in range(1, clients + 1):
            client = SpaceClient(f"{space}-{number}", urls, space, observer, seed)
            threads.append(threading.Thread(target=_run, args=(client.act, stop, errors), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(GIVE_UP * 2)
    if errors:
        raise BaseExceptionGroup("what went wrong in the clients", errors)


def _run(act: Callable[[], None], stop: threading.Event, errors: list[BaseException]) -> None:
    try:
        while not stop.is_set():
            act()
            stop.wait(0.01)
    except BaseException as error:  # noqa: BLE001 - raised again by ``load``
        errors.append(error)


def read_back(urls: Sequence[str], spaces: Iterable[str], observer: Observer) -> None:
    """Read all of each space from each replica once more: what was acknowledged has to be there."""
    for space in spaces:
        for number, url in enumerate(urls):
            client = SpaceClient(f"reader-{number}", [url], space, observer, 0)
            client.look()
            client.look_at_collection()
            client.get()


def _update(root: str, sets: Mapping[str, Value], more: str = "") -> bytes:
    values = "".join(f"<u:{name[-1]}>{value}</u:{name[-1]}>" for name, value in sets.items())
    return (
        f'<D:{root} xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop>{values}{more}</D:prop></D:set></D:{root}>'.encode()
    )


def _propfind() -> bytes:
    return f'<D:propfind xmlns:D="DAV:" xmlns:u="urn:u"><D:prop>{_NAMES}</D:prop></D:propfind>'.encode()


def _seen(attempt: Attempt, names: Iterable[str]) -> dict[str, Value]:
    """Read the values of an answer to PROPFIND; a property that is not there has none."""
    found: dict[str, Value] = dict.fromkeys(names)
    for each in attempt.answer.reported if attempt.answer is not None else ():
        name = f"{next(iter(found))[0]}.{(each.property or '')[-1:]}"
        if name in found and each.status == 200:
            found[name] = each.xml.partition(">")[2].partition("<")[0]
    return found
