"""POST v1.0/$batch as Microsoft Graph has it: twenty requests, ids in any case, errors in its own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.trees import scenario, tree

from .batches import JSON, TEXT, ask, do, put, responses, send

GRAPH = "/v1.0/$batch"


@pytest.fixture
def locked(serve: Callable[..., Served]) -> Client:
    """A client of a world in which /l is locked."""
    return serve(scenario("/l=old!")).client


def refused(client: Client, *requests: Any) -> dict[str, Any]:
    """Send a batch that is refused as a whole, and give its error; nothing of it may have been done."""
    answer = send(client, *requests, path=GRAPH)
    assert (answer.status, answer.headers["Content-Type"], tree(client)) == (400, "application/json", "")
    error: dict[str, Any] = json.loads(answer.body)["error"]
    assert error["code"] == "BadRequest"
    return error


def test_a_dependent_has_graphs_error(locked: Client) -> None:
    """The code FailedDependency, and inside it what it depended on."""
    answer = send(locked, put("1", "/l"), put("2", "/a", dependsOn=["1"]), path=GRAPH)
    found = responses(answer)["2"]
    assert "OData-Version" not in answer.headers
    assert (found["status"], found["headers"]) == (424, {"content-type": "application/json"})
    assert set(found["body"]) == {"error"}
    assert found["body"]["error"]["code"] == "FailedDependency"
    assert found["body"]["error"]["message"] == "Not done, because this failed: request 1 (PUT /l) (423 Locked)."
    assert found["body"]["error"]["innerError"]["because"][0]["id"] == "1"


@pytest.mark.parametrize("url", ["/a", "a", "//a", "/a?x=1"])
def test_a_url_starts_at_the_root_of_the_service(dav: Client, url: str) -> None:
    """With a slash or without; the path of the scenario has no place in it."""
    if url.startswith("//"):
        assert refused(dav, put("1", url))["target"] == "#/requests/0/url"
    else:
        assert do(dav, put("1", url), path=GRAPH) == "1 201"
        assert tree(dav) == "/a=x"


def test_ids_have_no_case(dav: Client) -> None:
    """A dependency finds its request in any case; the answer has the id as it was sent."""
    assert do(dav, put("First", "/a"), put("2", "/b", dependsOn=["fIRST"]), path=GRAPH) == "First 201, 2 201"
    assert do(dav, ask("First", "GET", "/none"), put("2", "/c", dependsOn=["first"]), path=GRAPH) == "First 404, 2 424"


def test_two_ids_that_differ_in_case_are_one(dav: Client) -> None:
    """So the batch is refused."""
    error = refused(dav, put("a", "/a"), put("A", "/b"))
    assert (error["target"], "the same id in another case" in error["message"]) == ("#/requests/1/id", True)


@pytest.mark.parametrize("name", ["an id with spaces", "1/2", "ü"])
def test_an_id_is_any_text(dav: Client, name: str) -> None:
    """Graph gives it no form."""
    assert do(dav, put(name, "/a"), path=GRAPH) == f"{name} 201"


def test_twenty_requests_are_done(dav: Client) -> None:
    """As many as Graph takes."""
    assert do(dav, *[put(str(i), f"/f{i}") for i in range(20)], path=GRAPH).count("201") == 20


def test_twenty_one_requests_are_refused(dav: Client) -> None:
    """400, and nothing is done."""
    error = refused(dav, *[put(str(i), f"/f{i}") for i in range(21)])
    assert error["message"] == "The batch has 21 requests; at most 20 are accepted."


@pytest.mark.parametrize(
    ("requests", "target", "said"),
    [
        ([put("1", "/a", dependsOn=["2"]), put("2", "/b")], "#/requests/0/dependsOn/0", "comes later"),
        ([put("1", "/a", dependsOn=["9"])], "#/requests/0/dependsOn/0", "There is no request '9'."),
        ([put("1", "/a", dependsOn=["1"])], "#/requests/0/dependsOn/0", "can't depend on itself"),
        ([put("1", "/a", atomicityGroup="g")], "#/requests/0/atomicityGroup", "Unknown member"),
        ([put("1", "/a") | {"if": "true"}], "#/requests/0/if", "Unknown member"),
        ([put("1", "/a", depends_on=["0"])], "#/requests/0/depends_on", "Did you mean dependsOn?"),
        ([{"id": "1", "method": "PUT", "url": "/a", "body": "x"}], "#/requests/0/headers", "needs a content-type"),
        ([ask("1", "GET", "/a", TEXT, body="x")], "#/requests/0/body", "A GET can't have a body"),
        ([ask("1", "POST", "/v1.0/$batch")], "#/requests/0/url", "another batch"),
        ([{"method": "GET", "url": "/a"}], "#/requests/0/id", "is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_its_place(dav: Client, requests: list[Any], target: str, said: str) -> None:
    """In Graph's form: code, message, and the place as target."""
    error = refused(dav, *requests)
    assert (error["target"], said in error["message"]) == (target, True)
    assert error["details"][0]["message"] == error["message"]


def test_a_dollar_is_no_reference(dav: Client) -> None:
    """Graph documents none, so $1 is a name as any."""
    assert do(dav, put("1", "/a"), put("2", "/$1", "y"), path=GRAPH) == "1 201, 2 201"
    assert tree(dav) == "/$1=y /a=x"


def test_graph_knows_no_preference_to_stop(locked: Client) -> None:
    """All requests are tried."""
    answer = send(locked, put("1", "/l"), put("2", "/a"), path=GRAPH, Prefer="continue-on-error=false")
    assert [each["status"] for each in responses(answer).values()] == [423, 201]
    assert "Preference-Applied" not in answer.headers


def test_what_is_no_json_is_told_in_graphs_words(dav: Client) -> None:
    """The same problems, in another form."""
    error = json.loads(dav("POST", GRAPH, "{", JSON).body)["error"]
    assert (error["code"], error["target"]) == ("BadRequest", "#")


def test_multipart_does_not_go_to_graph(dav: Client) -> None:
    """JSON alone."""
    assert dav("POST", GRAPH, "--b--", {"Content-Type": "multipart/mixed; boundary=b"}).status == 415
