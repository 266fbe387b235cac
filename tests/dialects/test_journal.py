"""The journal of a space that answers in a dialect: the request as it was sent, its dialect, and how to send it again."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.admin.conftest import Api
from tests.client import Client
from tests.dialects.conftest import Speak, Speaking

SCENARIO = """
tree: {/d/: {}, /d/f: {content: Milk}}
causes: [{id: theirs, kind: lock, path: /d/f}]
cure: {why: They left., remove: [theirs], requests: [
  {name: all, method: PROPFIND, path: /, headers: {Depth: infinity}, expect: {status: 207}}]}
"""


@pytest.fixture
def speaking(speak: Speak) -> Speaking:
    """A server with a dialect that refuses Depth: infinity, and one exchange in its journal."""
    speaking = speak("depth-infinity: refused\nxml-type: text/tried", SCENARIO)
    speaking.client("PROPFIND", "/", headers={"Depth": "infinity"})
    return speaking


@pytest.fixture
def api(speaking: Speaking) -> Api:
    """The admin API of the server."""
    return Api(speaking.url)


def test_the_journal_names_the_dialect(api: Api, speaking: Speaking) -> None:
    """It is empty for the answers of the RFCs; the target is the one that was sent."""
    speaking.client_of("a")("GET", "/d/f")
    entries = api("GET", "spaces/a/journal").json["entries"]
    assert [(entry["dialect"], entry["target"]) for entry in entries] == [
        ("tried", "/s/a~tried/test/"),
        ("", "/s/a/test/d/f"),
    ]


def test_an_explanation_names_the_dialect(api: Api) -> None:
    """As text and as a page; its command sends the same URL again."""
    text = api("GET", "spaces/a/journal/1/explain?as=text").body.decode()
    assert "PROPFIND /s/a~tried/test/ in dialect tried -> 403 Forbidden" in text
    assert "/s/a~tried/test/" in text.partition("Replay:")[2]
    assert "in dialect tried" in api("GET", "spaces/a/journal/1/explain?as=html").body.decode()


@pytest.mark.parametrize("language", ["curl", "python", "javascript", "java", "go"])
def test_code_has_the_url_that_was_sent(api: Api, language: str) -> None:
    """In every language."""
    answer = api("GET", f"spaces/a/journal/1/as/{quote(language)}")
    assert "/s/a~tried/test/" in answer.body.decode()


def test_an_archive_has_the_url_that_was_sent(api: Api) -> None:
    """HAR 1.2."""
    (entry,) = json.loads(api("GET", "spaces/a/journal.har").body)["log"]["entries"]
    assert entry["request"]["url"].endswith("/s/a~tried/test/")


def replayed(api: Api, number: int) -> dict[str, Any]:
    """Play an exchange again, and give its report."""
    answer = api("POST", "spaces/a/replay", {"exchange": number})
    assert answer.status == 200
    exchange: dict[str, Any] = answer.json["exchange"]
    return exchange


def test_a_replay_is_in_the_dialect(api: Api) -> None:
    """The copy of the space answers as the space did."""
    exchange = replayed(api, 1)
    assert (exchange["status"], exchange["dialect"]) == (403, "tried")
    assert ["Content-Type", "text/tried"] in exchange["answer"]["headers"]


def test_a_replay_of_an_answer_of_the_rfcs(api: Api, speaking: Speaking) -> None:
    """It stays one, also if the space has got a dialect since."""
    speaking.client_of("a")("PROPFIND", "/", headers={"Depth": "infinity"})
    speaking.app.spaces.find("a").dialect = "tried"
    assert replayed(api, 2)["status"] == 207


def test_a_replay_with_a_destination_in_another_dialect(api: Api, speaking: Speaking) -> None:
    """It is the same world in the copy, too: the copy is there by now, so it is replaced."""
    speaking.client("COPY", "/d/", headers={"Destination": f"{speaking.url}s/a~apache/test/e/"})
    assert replayed(api, 2)["status"] == 204


def test_a_cure_is_carried_out_as_the_rfcs_say(api: Api, speaking: Speaking) -> None:
    """The dialect of the space refuses nothing of it."""
    speaking.app.spaces.find("a").dialect = "tried"
    answer = api("POST", "spaces/a/cure")
    assert (answer.status, [each["status"] for each in answer.json["requests"]]) == (200, [207])


def test_a_user_can_name_the_dialect(api: Api, speaking: Speaking) -> None:
    """The journal keeps the dialect, though the name of the user in it has no space."""
    client = Client(f"{speaking.url}test/")
    client("PROPFIND", "/", headers={"Authorization": "Basic cythfnRyaWVkK0FkYTo="})  # s+a~tried+Ada:
    exchange = api("GET", "spaces/a/journal/2").json
    assert (exchange["status"], exchange["dialect"]) == (403, "tried")
    assert replayed(api, 2)["status"] == 403


def page(speaking: Speaking, path: str) -> str:
    """Read a page as a browser does."""
    answer = Client(speaking.url)("GET", path, headers={"Accept": "text/html"})
    assert answer.status == 200
    return answer.body.decode()


def test_the_pages_name_the_dialect(speaking: Speaking) -> None:
    """That of each exchange and that of the space, with the faults that it leaves out; code has the URL that was sent."""
    speaking.app.spaces.find("a").dialect = "tried"
    space = page(speaking, "/-/ui/space/a?show=all")
    assert "in the dialect tried" in space
    assert "<dt>Dialect</dt><dd>tried</dd>" in space
    exchange = page(speaking, "/-/ui/space/a/1")
    assert "in the dialect tried" in exchange
    assert f"{speaking.url}s/a~tried/test/" in exchange.partition("Copy as")[2]
