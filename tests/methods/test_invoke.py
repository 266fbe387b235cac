"""Derived documents that take POST, and whose scenario chooses the spelling of their 424."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import get_args

import pytest

from dav424.admin.api_problem import ApiProblem
from dav424.admin.tree_json import read_tree, write_tree
from dav424.admin.tree_payloads import ResourceJson, TreeJson
from dav424.methods.derived_failure import SPELLINGS
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.load import load
from dav424.scenario.model import Spelling
from tests.batches.batches import ask, responses, send
from tests.client import Client, lasting
from tests.conftest import Served
from tests.trees import tree

MODEL = """
tree:
  /s/a: {content: "A"}
  /s/b c: {content: "B"}
  /both: {from: [s/a, s/b c], methods: [GET, POST]}
  /read: {from: [s/a], methods: [GET]}
  /far: {from: [both], methods: [POST, GET], spelling: problem}
"""
SPELLED = "".join(
    f"  /{name}: {{from: ['s/b c'], methods: [GET, POST], spelling: {name}}}\n" for name in get_args(Spelling)
)
SENTENCE = "Error retrieving tool list from MCP server: 'b c'. Http status code: 424 (Failed Dependency)"
Serve = Callable[..., Served]


@pytest.fixture
def model(serve: Serve) -> Client:
    """A client of a world with derived documents, some of which take POST."""
    return serve(MODEL + SPELLED).client


@pytest.fixture
def broken(model: Client) -> Client:
    """The same without a source."""
    assert model("DELETE", "/s/b%20c").status == 204
    return model


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "multipart/mixed; boundary=x", ""])
def test_a_post_makes_it_as_a_get_does(model: Client, content_type: str) -> None:
    """Whatever it sends: the document is made from its sources alone, and nothing is stored."""
    before = tree(model)
    answer = model("POST", "/both", '{"x": 1}', {"Content-Type": content_type} if content_type else {})
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"AB", "application/octet-stream")
    assert tree(model) == before


def test_a_post_without_a_source_is_424_on_the_status_line(broken: Client) -> None:
    """As a GET, with the same body and the same Link."""
    got, posted = broken("GET", "/both"), broken("POST", "/both", "x")
    assert (posted.status, posted.body) == (424, got.body)
    assert lasting(posted) == lasting(got)
    assert json.loads(broken("POST", "/far", "x").body)["through"] == [{"href": f"{broken.base}/both", "status": 424}]


def test_a_post_is_explained_as_a_get_is(serve: Serve) -> None:
    """The journal names the source that failed."""
    served = serve(MODEL)
    served.client("DELETE", "/s/a")
    served.client("POST", "/both", "x")
    *_, last = served.world.journal
    steps = last.steps
    assert {step.subject.path: getattr(step.outcome, "status", 200) for step in steps} == {
        ("s", "a"): 404, ("s", "b c"): 200, ("both",): 424
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/read", "/s/a"])
def test_another_document_takes_no_post(model: Client, path: str) -> None:
    """405, and Allow doesn't list it."""
    answer = model("POST", path, "x")
    assert answer.status == 405
    assert "POST" not in answer.headers["Allow"].split(", ")


def test_allow_lists_post_where_it_is_taken(model: Client) -> None:
    """RFC 9110 9.3.7, and DAV:supported-method-set agrees."""
    assert "POST" in model("OPTIONS", "/both").headers["Allow"].split(", ")
    assert b'name="POST"' in model("PROPFIND", "/both", _ASKED, {"Depth": "0", "Content-Type": "text/xml"}).body
    assert b'name="POST"' not in model("PROPFIND", "/read", _ASKED, {"Depth": "0", "Content-Type": "text/xml"}).body


_ASKED = '<D:propfind xmlns:D="DAV:"><D:prop><D:supported-method-set/></D:prop></D:propfind>'


def test_a_precondition_holds_for_a_post(model: Client) -> None:
    """RFC 9110 13.1: with the entity-tag of a GET."""
    etag = model("GET", "/both").headers["ETag"]
    assert model("POST", "/both", "x", {"If-Match": etag}).status == 200
    assert model("POST", "/both", "x", {"If-Match": '"other"'}).status == 412


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["*", '"other"'])
def test_a_precondition_changes_no_failure(broken: Client, name: str, value: str) -> None:
    """RFC 9110 13.2.1: what would fail without it fails with it, as a GET does."""
    assert broken("POST", "/both", "x", {name: value}).status == 424
    assert broken("GET", "/both", headers={name: value}).status == 424


def test_a_slash_at_the_end_names_another_resource(model: Client) -> None:
    """404, as with GET."""
    assert model("POST", "/both/", "x").status == 404


def test_a_copy_takes_post_too(broken: Client) -> None:
    """COPY copies the definition (RFC 4918 9.8)."""
    assert broken("COPY", "/openai", headers={"Destination": "{base}/copy"}).status == 201
    assert json.loads(broken("POST", "/copy", "x").body)["error"]["message"] == SENTENCE


def test_a_batch_can_post(broken: Client) -> None:
    """What depends on it is 424 in its turn, and the cause is the source."""
    made = ask("1", "post", "both", {"content-type": "application/json"}, body={})
    found = responses(send(broken, made, ask("2", "get", "s/a", dependsOn=["1"])))
    assert [each["status"] for each in found.values()] == [424, 424]
    assert "(404 Not Found)" in json.dumps(found["2"]["body"])


def test_a_cause_counts_a_post_as_a_read(serve: Serve) -> None:
    """``unreadable`` with times: two attempts fail, of whatever method, and the third succeeds."""
    client = serve(MODEL + "causes: [{id: no, kind: unreadable, path: /s/a, status: 503, times: 2}]").client
    assert [client(method, "/both").status for method in ("POST", "GET", "POST")] == [424, 424, 200]


@pytest.mark.parametrize("cause", ["{id: no, kind: read-only, path: /}", "{id: no, kind: store-fails, at: write}"])
def test_a_cause_that_refuses_changes_refuses_no_read(serve: Serve, cause: str) -> None:
    """By POST, by GET, and by GET in a batch, which sends POST too."""
    client = serve(MODEL + f"causes: [{cause}]").client
    assert (client("POST", "/both", "x").status, client("GET", "/both").status) == (200, 200)
    assert responses(send(client, ask("1", "get", "far")))["1"]["status"] == 200


# Spellings ---------------------------------------------------------------------------------------------


def test_each_spelling_of_a_file_can_be_written() -> None:
    """And there is no other."""
    assert set(get_args(Spelling)) == set(SPELLINGS)


@pytest.mark.parametrize(
    "accept", ["", "*/*", "text/html", "application/problem+json", "application/vnd.dav424.azureml"]
)
@pytest.mark.parametrize(
    ("spelling", "members"),
    [
        ("problem", ["type", "title", "status", "detail", "instance", "causes", "through"]),
        ("bedrock", ["message", "originalStatusCode", "resourceName"]),
        ("sagemaker", ["Message", "OriginalStatusCode", "OriginalMessage", "LogStreamArn"]),
        ("openai", ["error"]),
    ],
)
def test_the_scenario_chooses_the_spelling(broken: Client, spelling: str, members: list[str], accept: str) -> None:
    """Whatever the client accepts, and with every method; so nothing varies with Accept."""
    headers = {"Accept": accept} if accept else {}
    posted, got = broken("POST", f"/{spelling}", "x", headers), broken("GET", f"/{spelling}", headers=headers)
    assert (posted.status, list(json.loads(posted.body))) == (424, members)
    assert posted.body == got.body
    assert "Vary" not in posted.headers
    assert 'rel="urn:dav424:failed-dependency"; status=404' in broken("HEAD", f"/{spelling}").headers["Link"]


def test_azure_has_the_own_body_of_the_cause(broken: Client) -> None:
    """And its status in a header."""
    answer = broken("POST", "/azureml", "x", {"Accept": "application/json"})
    assert (answer.status, answer.headers["ms-azureml-model-error-statuscode"]) == (424, "404")


def test_openai_has_an_error_object(broken: Client) -> None:
    """The sentence of agentgateway/agentgateway#383, and the members of the public reports; also by Accept."""
    error = {"message": SENTENCE, "type": "external_connector_error", "param": "tools", "code": "http_error"}
    answer = broken("POST", "/openai", "x")
    assert (answer.headers["Content-Type"], json.loads(answer.body)) == ("application/json", {"error": error})
    by_accept = broken("GET", "/both", headers={"Accept": "application/vnd.dav424.openai+json"})
    assert json.loads(by_accept.body) == {"error": error}
    assert by_accept.headers["Vary"] == "Accept"


# Files and the admin API -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{content: x, methods: [GET]}", "only a document with sources has methods"),
        ("{content: x, spelling: openai}", "only a document with sources has a spelling"),
        ("{from: [x], methods: [POST]}", "a derived document can always be read; add GET"),
        ("{from: [x], methods: [PUT]}", "GET"),
        ("{from: [x], methods: []}", "less than 1 item"),
        ("{from: [x], spelling: azure}", "azureml"),
    ],
)
def test_a_file_that_cannot_be_meant_is_told(entry: str, said: str) -> None:
    """By check, with the place."""
    with pytest.raises(ScenarioError) as caught:
        load(f"title: T\nmissing: [/x]\ntree:\n  /d: {entry}\n", "f.yaml")
    assert said in " ".join(str(problem) for problem in caught.value.problems)


def test_a_tree_keeps_both(serve: Serve) -> None:
    """Read and put again: the resource is what it was."""
    served = serve(MODEL + SPELLED)
    served.client("DELETE", "/s/b%20c")
    before = served.client("POST", "/openai", "x").body
    listed = read_tree(served.world)
    resource = listed.resources["/openai"]
    assert (resource.methods, resource.spelling) == (["GET", "POST"], "openai")
    assert listed.resources["/read"].methods is None
    write_tree(served.world, listed)
    assert served.client("POST", "/openai", "x").body == before
    assert served.client("POST", "/read", "x").status == 405


@pytest.mark.parametrize(
    ("resource", "pointers"),
    [
        (ResourceJson(methods=["GET"], spelling="openai"), ["/resources/~1d/methods", "/resources/~1d/spelling"]),
        (ResourceJson(sources=["x"], methods=["POST"]), ["/resources/~1d/methods"]),
    ],
)
def test_a_tree_that_cannot_be_meant_is_told(serve: Serve, resource: ResourceJson, pointers: list[str]) -> None:
    """422, each with its place."""
    with pytest.raises(ApiProblem) as caught:
        write_tree(serve(MODEL).world, TreeJson({"/d": resource}))
    assert [error.pointer.removeprefix("#") for error in caught.value.document.errors] == pointers
