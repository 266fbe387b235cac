"""The response of an OData batch in the format and the version that the client reads (OData Protocol 4.01 8.2, 11.7.1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dav424.proof.play import Answer
from tests.batches import test_batch_multipart as multipart
from tests.batches.batches import JSON, ask, put, send
from tests.batches.test_batch_multipart import change_set, messages, request
from tests.client import Client
from tests.conftest import Served
from tests.trees import scenario, tree

AS_JSON = {"Accept": "application/json"}
AS_MULTIPART = {"Accept": "multipart/mixed"}
G = {"atomicityGroup": "g"}


@pytest.fixture
def locked(serve: Callable[..., Served]) -> Client:
    """A client of a world in which /l is locked."""
    return serve(scenario("/l=old! /free=old")).client


def told(answer: Answer) -> list[Any]:
    """Tell each response of a JSON batch: its group, its id and its status."""
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    found = json.loads(answer.body)["responses"]
    return [(each.get("atomicityGroup"), each["id"], each["status"]) for each in found]


# Format ------------------------------------------------------------------------------------------


def test_a_change_set_answers_424_in_json(locked: Client) -> None:
    """OData JSON 19.4: each of its requests has a response; those that were undone are 424, and name the cause."""
    before = tree(locked)
    parts = [request("PUT a", "x", "1"), request("PUT l", "x", "2"), request("PUT b", "x", "3")]
    answer = multipart.send(locked, change_set(*parts), **AS_JSON)
    assert told(answer) == [("change set 1", "1", 424), ("change set 1", "2", 423), ("change set 1", "3", 424)]
    because = json.loads(answer.body)["responses"][0]["body"]["because"]
    assert [(each["id"], each["status"]) for each in because] == [("2", 423)]
    assert tree(locked) == before


def test_a_part_without_a_content_id_has_its_number_as_id(dav: Client) -> None:
    """In JSON each response needs an id (OData JSON 19.4), and no Content-ID has a space."""
    answer = multipart.send(dav, request("PUT f", "x"), request("GET f", content_id="1"), **AS_JSON)
    assert told(answer) == [(None, "part 1", 201), (None, "1", 200)]
    assert answer.headers["OData-Version"] == "4.01"


def test_a_failure_still_ends_a_multipart_batch(locked: Client) -> None:
    """11.7.7: the format of the request has the default, whatever the format of the response is."""
    assert told(multipart.send(locked, request("PUT l", "x"), request("PUT b", "x"), **AS_JSON)) == [
        (None, "part 1", 423)
    ]


def test_a_json_batch_is_answered_in_multipart(locked: Client) -> None:
    """A failed group is one response, that of its cause; a request that depended on it is 424, with the cause."""
    answer = send(
        locked,
        put("1", "a", **G),
        put("2", "l", **G),
        put("3", "b", dependsOn=["g"]),
        put("4", "c", atomicityGroup="h"),
        put("5", "d", atomicityGroup="h"),
        **AS_MULTIPART,
    )
    found = messages(answer)
    assert [each.get_content_type() for each in found] == ["application/http"] * 2 + ["multipart/mixed"]
    assert [each["Content-ID"] for each in found] == [None, "3", None]
    assert multipart.told(answer) == "1 423, 2 424, 3.1 201, 3.2 201"
    assert b"Content-Type: application/problem+json" in answer.body
    assert b"request 2 (PUT l) (423 Locked)" in answer.body
    assert answer.headers["OData-Version"] == "4.01"


def test_a_group_that_depended_on_a_failure_is_one_424_in_multipart(locked: Client) -> None:
    """None of its requests failed on its own."""
    answer = send(locked, put("1", "l"), put("2", "a", dependsOn=["1"], **G), put("3", "b", **G), **AS_MULTIPART)
    assert multipart.told(answer) == "1 423, 2 424"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "own"),
        ("*/*", "own"),
        ("text/html", "own"),
        ("application/json, text/plain, */*", "own"),
        ("multipart/mixed, application/json", "own"),
        ("application/json;odata.metadata=minimal", "application/json"),
        ("application/*", "application/json"),
        ("multipart/*", "multipart/mixed"),
        ("multipart/mixed;q=0.1, application/json", "application/json"),
        ("application/json;q=0, */*", "multipart/mixed"),
    ],
)
def test_the_format_is_the_one_that_the_client_prefers(dav: Client, accept: str, content_type: str) -> None:
    """RFC 9110 12.5.1; of two that are equally welcome it is the format of the request."""
    headers = {"Accept": accept} if accept else {}
    for own, answer in (
        ("application/json", send(dav, ask("1", "get", "f"), **headers)),
        ("multipart/mixed", multipart.send(dav, request("GET f"), **headers)),
    ):
        expected = own if content_type == "own" else content_type
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, expected)


def test_an_empty_batch_is_answered_in_json(dav: Client) -> None:
    """A multipart without a part would be malformed (RFC 2046 5.1.1)."""
    assert told(send(dav, **AS_MULTIPART)) == []


def test_a_malformed_batch_is_a_problem_document_in_any_case(dav: Client) -> None:
    """The batch has no responses."""
    answer = dav("POST", "/$batch", "{", {**JSON, **AS_MULTIPART})
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")


# Version -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "json_version"), [("4.0", "4.0"), ("4.01", "4.01"), ("4.02", "4.01"), ("5.0", "4.01"), (" 4.0 ", "4.0")]
)
def test_the_version_is_at_most_the_one_that_the_client_reads(dav: Client, most: str, json_version: str) -> None:
    """8.2.7, in both formats, and for a malformed batch."""
    headers = {"OData-MaxVersion": most}
    assert send(dav, ask("1", "get", "f"), **headers).headers["OData-Version"] == json_version
    assert multipart.send(dav, request("GET f"), **headers).headers["OData-Version"] == "4.0"
    assert multipart.send(dav, request("GET f"), **headers, **AS_JSON).headers["OData-Version"] == json_version
    assert dav("POST", "/$batch", "{", {**JSON, **headers}).headers["OData-Version"] == json_version


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"OData-MaxVersion": "3.0"}, "OData-MaxVersion is '3.0'. Send 4.0 or higher."),
        ({"OData-MaxVersion": "new"}, "OData-MaxVersion: 'new' is not a version"),
        ({"OData-Version": "3.0"}, "the request has '3.0'"),
        ({"OData-Version": "5.0"}, "reads OData-Version 4.0 and 4.01"),
        ({"OData-Version": ""}, "is not a version"),
    ],
)
def test_a_version_that_the_server_does_not_have_is_400(dav: Client, headers: dict[str, str], said: str) -> None:
    """8.1.5 and 8.2.7: nothing of the batch is done."""
    for answer in (send(dav, put("1", "f"), **headers), multipart.send(dav, request("PUT f", "x"), **headers)):
        assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert said in json.loads(answer.body)["detail"]
    assert tree(dav) == ""


@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_a_batch_may_say_its_version(dav: Client, version: str) -> None:
    """8.1.5."""
    assert send(dav, ask("1", "get", "f"), **{"OData-Version": version}).status == 200


# Preferences -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("continue-on-error", "continue-on-error"),
        ("odata.continue-on-error=false", "continue-on-error=false"),
        ("continue-on-error=true", "continue-on-error=true"),
        ("continue-on-error=maybe", None),
        ("return=minimal", None),
    ],
)
def test_the_preference_that_was_applied_is_named(dav: Client, prefer: str, applied: str | None) -> None:
    """RFC 7240 3, in both formats."""
    headers = {"Prefer": prefer}
    assert send(dav, ask("1", "get", "f"), **headers).headers.get("Preference-Applied") == applied
    assert multipart.send(dav, request("GET f"), **headers).headers.get("Preference-Applied") == applied
