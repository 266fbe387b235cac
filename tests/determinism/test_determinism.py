"""The same requests to two fresh spaces give the same bytes, whatever else the server does."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.journal.render import as_text
from dav424.methods import METHODS
from dav424.scenario.load import load
from tests.bundled import Whole
from tests.client import Client, statuses
from tests.determinism.conversation import CONVERSATION, held
from tests.trees import lock

HERE = Path(__file__).parent
GOLDEN = HERE / "golden.txt"
MORE = {name: HERE / f"{name}.yaml" for name in ("golden", "golden-users")}


@pytest.fixture
def served(whole: Callable[..., Whole]) -> Whole:
    """Serve the scenarios of the conversation in this process."""
    return whole(more={name: load(file.read_bytes(), file.name) for name, file in MORE.items()})


@contextmanager
def process(folder: Path, seed: str) -> Iterator[str]:
    """Serve them in a process of its own, in which sets and dicts are hashed with a seed; gives the URL."""
    ready = folder / f"ready-{seed}"
    command = [sys.executable, "-m", "dav424", "serve", "--port", "0", "--ready-file", str(ready)]
    command += ["--allow-host", "golden.example"]
    command += [each for file in MORE.values() for each in ("--scenarios", str(file))]
    server = subprocess.Popen(
        command, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("dav424 ready")
        yield json.loads(ready.read_text())["url"]
    finally:
        server.terminate()
        server.communicate(timeout=10)


def api(url: str, method: str, path: str, body: object = None) -> bytes:
    client = Client(url)
    connection = http.client.HTTPConnection(client.host, client.port, timeout=30)
    connection.request(
        method, f"/-/{path}", json.dumps(body) if body is not None else None, {"Content-Type": "application/json"}
    )
    response = connection.getresponse()
    content = response.read()
    connection.close()
    assert response.status < 300 or "reset" in path, content  # what is to be reset may not be there yet
    return content


def converse(url: str | Sequence[str], space: str) -> bytes:
    """Hold the conversation in a space; gives all answers, without the space's name. Several servers take turns."""
    first = url if isinstance(url, str) else url[0]
    said = held(url, space, lambda: api(first, "POST", f"spaces/{space}/clock", {"advance": "PT1H"}))
    return b"".join(b"### %s\n%s\n" % (line.encode(), received) for line, received in said)


def record(url: str, space: str) -> bytes:
    """Hold the conversation in a space; gives all answers and then its journal as JSON, without the space's name."""
    answers = converse(url, space)
    journal = api(url, "GET", f"spaces/{space}/journal").replace(f"/s/{space}/".encode(), b"/s/SPACE/")
    return answers + b"### the journal\n" + journal


def readable(served: Whole, space: str) -> bytes:
    """Hold the conversation in a space; gives all answers and then its journal as text, without the space's name."""
    answers = converse(served.url, space)
    journal = "\n".join(map(as_text, served.told(space))).replace(f"/s/{space}/", "/s/SPACE/")
    return (answers + b"### the journal\n" + journal.encode()).replace(b"\r\n", b"\n")


@contextmanager
def hammered(url: str, scenarios: tuple[str, ...]) -> Iterator[None]:
    """Let others work meanwhile, in spaces of their own, in the default one and on their clocks."""
    stop, number = threading.Event(), count()

    def hammer(space: str) -> None:
        while not stop.is_set():
            where = f"{url}s/{space}-{next(number) % 7}/" if space else url
            client = Client(where + scenarios[next(number) % len(scenarios)] + "/")
            client("PUT", f"/x{next(number) % 50}", "x")
            client("PROPFIND", "/", headers={"Depth": "1"})
            lock(client, f"/x{next(number) % 50}")
            client.say("PROPPATCH /docs/a.txt set u:flaky=1")
            api(url, "POST", "spaces/default/clock", {"advance": "PT1S"})
            if next(number) % 5 == 0:
                api(url, "POST", f"spaces/{space}-1/reset")

    threads = [threading.Thread(target=hammer, args=(space,)) for space in ("other", "more", "")]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def differing(one: bytes, other: bytes) -> str:
    """Show the first lines that differ, if any do."""
    for number, (mine, its) in enumerate(zip(one.split(b"\n"), other.split(b"\n"), strict=False)):
        if mine != its:
            return f"line {number}:\n  {mine!r}\n  {its!r}"
    return "" if len(one) == len(other) else "one ends before the other"


def test_the_conversation_has_all_methods_and_what_can_go_wrong(served: Whole) -> None:
    """It would show little if all went well."""
    assert {line.partition(" ")[0] for line, _, _ in CONVERSATION} >= set(METHODS)
    received = b"".join(
        answer for _, answer in held(served.url, "a", lambda: served.app.spaces.find("a").clock.advance(3600))
    )
    assert set(statuses(received)) >= {200, 201, 204, 207, 304, 400, 401, 403, 404, 405, 409, 412, 416, 423, 501, 502}
    facts = [fact for told in served.told("a") for fact in told.facts]
    assert {fact.status for fact in facts} >= {200, 403, 422, 423, FAILED_DEPENDENCY, 503, 507}


def test_two_spaces_of_a_busy_server_answer_the_same(served: Whole) -> None:
    """Answers and journals are equal to the byte, while others keep the server busy."""
    with hammered(served.url, ("golden", "playground")):
        one, two = record(served.url, "one"), record(served.url, "two")
    assert differing(one, two) == ""


def test_two_servers_answer_the_same(tmp_path: Path) -> None:
    """Each a process of its own, with another seed for hashing."""
    with ExitStack() as stack:
        urls = [stack.enter_context(process(tmp_path, seed)) for seed in ("1", "2")]
        one, two = (record(url, "one") for url in urls)
    assert differing(one, two) == ""


def test_a_space_that_was_reset_answers_as_a_fresh_one(served: Whole) -> None:
    """To the byte, the journal too."""
    fresh = record(served.url, "one")
    served.app.spaces.find("one").reset()
    assert differing(fresh, record(served.url, "one")) == ""


def test_the_answers_are_those_that_were_looked_at(served: Whole) -> None:
    """A person has read golden.txt; DAV424_GOLDEN=write writes it anew, to be read again."""
    current = readable(served, "one")
    if os.environ.get("DAV424_GOLDEN") == "write":
        GOLDEN.write_bytes(current)
    assert differing(GOLDEN.read_bytes(), current) == ""


def test_another_day_would_be_seen(served: Whole) -> None:
    """The comparison above finds a clock that stands elsewhere."""
    served.app.spaces.touch("two").clock.advance(1)
    assert differing(record(served.url, "one"), record(served.url, "two")) != ""
