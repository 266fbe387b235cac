"""URLs that name one space and several dialects lead to one world, wherever a request names them."""

from __future__ import annotations

import json

import pytest

from tests.client import Client
from tests.dialects.conftest import Speak, Speaking

SCENARIO = "tree: {/f: {content: Milk}, /d/: {}}"


@pytest.fixture
def speaking(speak: Speak) -> Speaking:
    """A server with a dialect ``tried``."""
    return speak("xml-type: text/tried", SCENARIO)


@pytest.mark.parametrize("other", ["a", "a~apache", "a~tried", "a%7Etried", "a~tried!"])
@pytest.mark.parametrize("own", ["a", "a~tried"])
def test_a_destination_can_name_another_dialect(speaking: Speaking, own: str, other: str) -> None:
    """It is a path in the same scenario."""
    client = speaking.client_of(own)
    assert client("COPY", "/f", headers={"Destination": f"{speaking.url}s/{other}/test/g"}).status == 201
    assert client("GET", "/g").body == b"Milk"


def test_a_destination_in_the_default_space(speaking: Speaking) -> None:
    """Its plain URL and that with a dialect are one."""
    spoken, plain = speaking.client_of("default~tried"), Client(f"{speaking.url}test/")
    assert spoken("COPY", "/f", headers={"Destination": "/test/g"}).status == 201
    assert plain("MOVE", "/g", headers={"Destination": "/s/default~tried/test/h"}).status == 201
    assert plain("GET", "/h").body == b"Milk"


def test_an_unknown_dialect_in_a_destination_is_404(speaking: Speaking) -> None:
    """No URL leads there; the journal has the refusal."""
    answer = speaking.client("COPY", "/f", headers={"Destination": f"{speaking.url}s/a~klingon/test/g"})
    assert (answer.status, b"apache" in answer.body) == (404, True)
    assert speaking.latest.answer.status == 404


def test_another_space_is_outside(speaking: Speaking) -> None:
    """RFC 4918 9.8.5: 502."""
    answer = speaking.client("COPY", "/f", headers={"Destination": f"{speaking.url}s/b~tried/test/g"})
    assert answer.status == 502


def test_a_tagged_list_can_name_another_dialect(speaking: Speaking) -> None:
    """RFC 4918 10.4: the token in a list about the collection opens its member for a client of another dialect."""
    plain = speaking.client_of("a")
    body = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    token = plain("LOCK", "/d/", body, {"Content-Type": "application/xml"}).headers["Lock-Token"]
    assert speaking.client("PUT", "/d/g", "Eggs").status == 423
    tagged = {"If": f"<{speaking.url}s/a/test/d/> ({token})"}
    assert speaking.client("PUT", "/d/g", "Eggs", tagged).status == 201


def test_a_location_keeps_the_dialect(speaking: Speaking) -> None:
    """The collection without its slash is at the URL with the dialect."""
    assert speaking.client("PROPFIND", "/d", headers={"Depth": "0"}).headers["Content-Location"] == "/s/a~tried/test/d/"


def test_a_batch_can_name_another_dialect(speaking: Speaking) -> None:
    """Its requests are for the same scenario, whatever the dialect in their URLs is."""
    body = json.dumps(
        {
            "requests": [
                {"id": "1", "method": "GET", "url": "/s/a/test/f"},
                {"id": "2", "method": "GET", "url": "/s/a~apache/test/f"},
                {"id": "3", "method": "GET", "url": "/s/b~apache/test/f"},
            ]
        }
    )
    answer = speaking.client("POST", "/$batch", body, {"Content-Type": "application/json"})
    assert sorted((each["id"], each["status"]) for each in json.loads(answer.body)["responses"]) == [
        ("1", 200),
        ("2", 200),
        ("3", 404),
    ]


def test_the_requests_in_a_batch_are_answered_as_the_rfcs_say(speak: Speak) -> None:
    """Alone, the same request gets the answer of the dialect."""
    speaking = speak("methods-absent: {LOCK: 501}", SCENARIO)
    lock = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    request = {"id": "1", "method": "LOCK", "url": "f", "headers": {"Content-Type": "text/xml"}, "body": lock}
    answer = speaking.client(
        "POST", "/$batch", json.dumps({"requests": [request]}), {"Content-Type": "application/json"}
    )
    assert [each["status"] for each in json.loads(answer.body)["responses"]] == [200]
    assert speaking.client("LOCK", "/f", lock).status == 501


def test_a_target_can_name_another_dialect(speaking: Speaking) -> None:
    """The hrefs in a BDELETE are URLs, too."""
    body = (
        '<D:delete xmlns:D="DAV:"><D:target>'
        "<D:href>/s/a/test/f</D:href><D:href>/s/a~apache/test/d/</D:href></D:target></D:delete>"
    )
    assert speaking.client("BDELETE", "/", body, {"Content-Type": "application/xml"}).status in (200, 204, 207)
    assert [speaking.client("GET", path).status for path in ("/f", "/d/")] == [404, 404]
