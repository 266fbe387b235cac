"""POST v1.0/$batch as Microsoft Graph has it: three patterns of dependencies, base64, and errors in its own form."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.trees import scenario, tree

from .batches import JSON, TEXT, Object, ask, do, responses, send

GRAPH = "/v1.0/$batch"
Serve = Callable[..., Served]


def in_base64(text: str | bytes) -> str:
    """Write a body as Graph's SDKs do."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def put(name: str, url: str, text: str = "x", /, **more: Any) -> Object:
    """Write a request object that puts a text."""
    return {"id": name, "method": "PUT", "url": url, "headers": TEXT, "body": in_base64(text), **more}


def get(name: str, url: str, *needs: str) -> Object:
    """Write a request object that reads a document, and depends on others."""
    return {"id": name, "method": "GET", "url": url, **({"dependsOn": list(needs)} if needs else {})}


@pytest.fixture
def locked(serve: Serve) -> Client:
    """A client of a world in which /l is locked."""
    return serve(scenario("/l=old!")).client


def answers(client: Client, *requests: Any) -> dict[str, Object]:
    """Send a batch, and give the response objects by id."""
    return responses(send(client, *requests, path=GRAPH))


def error_of(client: Client, *requests: Any) -> Object:
    """Send a batch, and give the error of its last request, whose type is JSON's."""
    found = answers(client, *requests)[requests[-1]["id"]]
    assert found["headers"]["Content-Type"] == "application/json"
    assert set(found["body"]) == {"error"}
    error: Object = found["body"]["error"]
    assert set(error) >= {"code", "message", "innerError"}
    assert error["innerError"]["status"] == found["status"]
    return error


def refused(client: Client, *requests: Any, status: int = 400) -> Object:
    """Send a batch that is refused as a whole, and give its error; nothing of it may have been done."""
    answer = send(client, *requests, path=GRAPH)
    assert (answer.status, answer.headers["Content-Type"], tree(client)) == (status, "application/json", "")
    error: Object = json.loads(answer.body)["error"]
    assert error["code"] == "BadRequest"
    assert error["innerError"] == {"status": 400, "title": "Bad Request"}
    return error


# Errors ------------------------------------------------------------------------------------------


def test_a_dependent_has_graphs_error(locked: Client) -> None:
    """The code FailedDependency, and inside it the requests that it depended on."""
    answer = send(locked, put("1", "/l"), get("2", "/l", "1"), path=GRAPH)
    found = responses(answer)["2"]
    assert "OData-Version" not in answer.headers
    assert (found["status"], found["headers"]) == (424, {"Content-Type": "application/json"})
    error = found["body"]["error"]
    assert error["code"] == "FailedDependency"
    assert error["message"] == "Not done, because this failed: request 1 (PUT /l) (423 Locked)."
    assert error["innerError"]["because"][0]["id"] == "1"


@pytest.mark.parametrize(
    ("request_", "code", "status"),
    [
        (put("1", "/l"), "Locked", 423),
        (get("1", "/none"), "NotFound", 404),
        (ask("1", "PATCH", "/l", TEXT, body={}), "MethodNotAllowed", 405),
        (ask("1", "MKCOL", "/l"), "MethodNotAllowed", 405),
        (ask("1", "PUT", "/a", {**TEXT, "If-Match": '"no"'}, body=""), "PreconditionFailed", 412),
        (ask("1", "PROPPATCH", "/l", {"Content-Type": "application/xml"}, body=""), "Locked", 423),
        (ask("1", "SEARCH", "/l"), "NotImplemented", 501),
        (get("1", "/%zz"), "NotFound", 404),
        (get("1", "/.." ), "BadRequest", 400),
        (put("1", "/l", headers=TEXT, body="Hello World"), "BadRequest", 400),
    ],
)  # fmt: skip
def test_each_failure_is_an_error_of_graph(locked: Client, request_: Object, code: str, status: int) -> None:
    """Whichever method and whichever status: code, message and innerError, with JSON's type."""
    error = error_of(locked, request_)
    assert (error["code"], error["innerError"]["status"]) == (code, status)
    assert error["message"]


def test_the_condition_of_a_failure_is_in_the_inner_error(locked: Client) -> None:
    """DAV:error has the condition outside of a batch."""
    error = error_of(locked, put("1", "/l"))
    assert error["innerError"]["condition"] == "{DAV:}lock-token-submitted"


def test_the_failures_inside_a_failure_are_in_the_inner_error(serve: Serve) -> None:
    """A derived document is 424 because of its source, in Graph's form too."""
    client = serve("tree: {/sum.txt: {from: [a.txt]}}\nmissing: [/a.txt]").client
    error = error_of(client, get("1", "/sum.txt"))
    assert (error["code"], error["innerError"]["status"]) == ("FailedDependency", 424)
    assert [each["status"] for each in error["innerError"]["because"]] == [404]


def test_other_headers_of_a_failure_stay(locked: Client) -> None:
    """A 405 lists the allowed methods."""
    assert "PUT" in answers(locked, ask("1", "MKCOL", "/l"))["1"]["headers"]["Allow"]


def test_a_207_is_no_error(serve: Serve) -> None:
    """Its status line is a success, and the SDK reads its XML from base64; its dependent is 424 all the same."""
    client = serve(scenario("/c/ /c/a=1 /c/b=2!")).client
    found = answers(client, ask("1", "DELETE", "/c/"), get("2", "/c/b", "1"))
    assert (found["1"]["status"], found["2"]["status"]) == (207, 424)
    assert found["1"]["headers"]["Content-Type"].startswith("application/xml")
    assert b"<D:multistatus" in base64.b64decode(found["1"]["body"])


def test_a_malformed_batch_is_an_error_of_graph(dav: Client) -> None:
    """Each problem is in details, with its place as target."""
    error = json.loads(dav("POST", GRAPH, "{", JSON).body)["error"]
    assert (error["code"], error["target"], error["innerError"]["status"]) == ("BadRequest", "#", 400)


def test_a_batch_that_is_refused_as_a_whole_is_an_error_of_graph(dav: Client) -> None:
    """A condition of the POST itself that does not hold."""
    answer = dav("POST", GRAPH, '{"requests": []}', {**JSON, "If-Match": '"no"'})
    assert (answer.status, answer.headers["Content-Type"]) == (412, "application/json")
    assert json.loads(answer.body)["error"]["code"] == "PreconditionFailed"


# Header names ------------------------------------------------------------------------------------


def test_headers_are_named_as_in_http(dav: Client) -> None:
    """The SDKs look up Content-Type, by exactly this name; OData's names are in lower case."""
    found = answers(dav, put("1", "/a"), get("2", "/a", "1"))
    assert set(found["1"]["headers"]) == {"ETag"}
    assert set(found["2"]["headers"]) == {"Content-Type", "Accept-Ranges", "ETag", "Last-Modified"}


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
def test_header_names_of_a_request_are_in_any_case(dav: Client, name: str) -> None:
    """The JavaScript SDK sends them in lower case, the others as Graph writes them."""
    assert do(dav, ask("1", "PUT", "/a", {name: "text/plain"}, body="eA=="), path=GRAPH) == "1 201"


@pytest.mark.parametrize("name", ["Content-Length", "host"])
def test_headers_about_the_transport_are_passed_over(serve: Serve, name: str) -> None:
    """Some SDKs copy them from a request of their own; the journal notes it."""
    served = serve("")
    assert do(served.client, ask("1", "GET", "/", {name: "1"}), path=GRAPH) == "1 200"
    assert [f"#/requests/0/headers/{name}" in note for note in noted(served)] == [True]


# Bodies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=utf-16", "image/png", "application/ld+json"])
@pytest.mark.parametrize("sent", ["//vvvgA", "__vvvgA", "//vvvgA=", "__vvvgA="])
def test_base64_of_both_alphabets_is_accepted(dav: Client, sent: str, kind: str) -> None:
    """With padding or without, for text as for all else."""
    assert do(dav, ask("1", "PUT", "/a", {"Content-Type": kind}, body=sent), path=GRAPH) == "1 201"
    assert dav("GET", "/a").body == bytes.fromhex("fffbefbe00")


@pytest.mark.parametrize(
    "sent", ["Hello World", "x", "Hello", "eA=", "eA===", "=", "e-/A?", "eA==\n", "eB==", "é", "<a/>"]
)
@pytest.mark.parametrize("kind", ["text/plain", "text/xml", "image/png", "application/json"])
def test_a_string_that_is_not_base64_is_400_for_its_request(dav: Client, sent: str, kind: str) -> None:
    """The other requests of the batch are done, and those that depend on it are 424."""
    wrong = ask("1", "PUT", "/a", {"Content-Type": kind}, body=sent)
    assert do(dav, wrong, put("2", "/b"), path=GRAPH) == "1 400, 2 201"
    assert do(dav, wrong, get("2", "/b", "1"), path=GRAPH) == "1 400, 2 424"
    assert "base64" in answers(dav, wrong)["1"]["body"]["error"]["message"]
    assert tree(dav) == "/b=x"


@pytest.mark.parametrize("kind", ["application/xml", "text/xml"])
def test_xml_is_base64_as_well(locked: Client, kind: str) -> None:
    """A PROPPATCH reads it as it would outside of a batch."""
    update = '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop><u:a>1</u:a></D:prop></D:set></D:propertyupdate>'
    locked("PUT", "/a", "")
    assert (
        do(locked, ask("1", "PROPPATCH", "/a", {"Content-Type": kind}, body=in_base64(update)), path=GRAPH) == "1 207"
    )
    assert locked.say("PROPFIND /a u:a") == "207  u:a 200"


@pytest.mark.parametrize("value", ['{"b":1, "a":[1e2]}', "[1, 2]", "42", "true", "{}"])
@pytest.mark.parametrize("kind", ["application/json", "application/ld+json", "text/plain"])
def test_json_that_is_no_string_is_the_content(dav: Client, value: str, kind: str) -> None:
    """Byte for byte, whatever the type: the JavaScript SDK sends every body that is JSON as JSON."""
    item = f'{{"id": "1", "method": "PUT", "url": "/a", "headers": {{"Content-Type": "{kind}"}}, "body": {value}}}'
    assert dav("POST", GRAPH, f'{{"requests": [{item}]}}', JSON).status == 200
    assert dav("GET", "/a").body == value.encode()


def test_a_string_of_type_json_is_base64_too(dav: Client) -> None:
    """The Python SDK sends every body that is no object so."""
    item = ask("1", "PUT", "/a", {"Content-Type": "application/json"}, body=in_base64("[1, 2]"))
    assert do(dav, item, path=GRAPH) == "1 201"
    assert dav("GET", "/a").body == b"[1, 2]"


@pytest.mark.parametrize(
    ("kind", "stored", "answered"),
    [
        ("text/plain", b"Hello World", "SGVsbG8gV29ybGQ="),
        ("text/xml; charset=utf-8", b"<a/>", "PGEvPg=="),
        ("image/png", b"\xff\xfb\xef\xbe", "//vvvg=="),
        ("application/ld+json", b"{}", "e30="),
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("application/json; charset=utf-8", b'"a"', "a"),
    ],
)
def test_an_answer_has_base64_of_the_standard_alphabet(dav: Client, kind: str, stored: bytes, answered: Any) -> None:
    """As atob and Convert.FromBase64String read it; JSON alone is JSON."""
    dav("PUT", "/a", stored, {"Content-Type": kind})
    found = answers(dav, get("1", "/a"))["1"]
    assert (found["headers"]["Content-Type"], found["body"]) == (kind, answered)


def test_a_document_that_is_not_json_is_no_json(dav: Client) -> None:
    """An SDK would fail to read it, so its type is that of any bytes."""
    dav("PUT", "/a", "{", {"Content-Type": "application/json"})
    found = answers(dav, get("1", "/a"))["1"]
    assert (found["headers"]["Content-Type"], found["body"]) == ("application/octet-stream", "ew==")


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "PROPPATCH", "put"])
@pytest.mark.parametrize("body", [{}, {"body": None}])
def test_a_write_without_a_body_is_refused(dav: Client, method: str, body: Mapping[str, Any]) -> None:
    """Graph refuses the whole batch, and an empty object will do."""
    error = refused(dav, put("1", "/a"), ask("2", method, "/b", TEXT, **body))
    assert (error["target"], "needs a body" in error["message"]) == ("#/requests/1/body", True)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PROPFIND", "MKCOL", "COPY", "LOCK"])
def test_other_methods_need_no_body(dav: Client, method: str) -> None:
    """Each is answered for itself."""
    assert set(answers(dav, ask("1", method, "/a"))) == {"1"}


# URLs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/a", "a", "//a", "/a?x=1", "a?$filter=city eq null&$count=true"])
def test_a_url_starts_at_the_root_of_the_service(dav: Client, url: str) -> None:
    """With a slash or without; the path of the scenario has no place in it."""
    if url.startswith("//"):
        assert refused(dav, put("1", url))["target"] == "#/requests/0/url"
    else:
        assert do(dav, put("1", url), path=GRAPH) == "1 201"
        assert tree(dav) == "/a=x"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/a b.txt", "/a b.txt"),
        ("/a%20b.txt", "/a b.txt"),
        ("/日本.txt", "/日本.txt"),
        ("/%E6%97%A5本.txt", "/日本.txt"),
        ("/100%.txt", "/100%.txt"),
        ("größe 5", "/größe 5"),
        ("/😀", "/😀"),
    ],
)
def test_a_url_can_have_blanks_and_any_character(dav: Client, url: str, name: str) -> None:
    """The SDK of .NET decodes every url on purpose, since Graph encodes it."""
    assert do(dav, put("1", url), get("2", url, "1"), path=GRAPH) == "1 201, 2 200"
    assert tree(dav) == f"{name}=x"


def test_a_destination_can_have_blanks_and_any_character(dav: Client) -> None:
    """It is a URL as well."""
    item = ask("2", "COPY", "/a", {"Destination": f"{dav.base}/日 本"}, dependsOn=["1"])
    assert do(dav, put("1", "/a"), item, path=GRAPH) == "1 201, 2 201"
    assert tree(dav) == "/a=x /日 本=x"


@pytest.mark.parametrize("url", ["", "/a#b", "/a\tb", "/a\nb", "http://host/a"])
def test_a_url_that_can_be_none_is_refused(dav: Client, url: str) -> None:
    """Control characters, fragments and servers."""
    assert refused(dav, put("1", url))["target"] == "#/requests/0/url"


def test_a_dollar_is_no_reference(dav: Client) -> None:
    """Graph documents none, so $1 is a name as any."""
    assert do(dav, put("1", "/a"), put("2", "/$1", "y"), path=GRAPH) == "1 201, 2 201"
    assert tree(dav) == "/$1=y /a=x"


# Ids ---------------------------------------------------------------------------------------------


def test_ids_have_no_case(dav: Client) -> None:
    """A dependency finds its request in any case; the answer has the id as it was sent."""
    assert do(dav, put("First", "/a"), put("2", "/b", dependsOn=["fIRST"]), path=GRAPH) == "First 201, 2 201"
    assert do(dav, get("First", "/none"), put("2", "/c", dependsOn=["first"]), path=GRAPH) == "First 404, 2 424"


def test_two_ids_that_differ_in_case_are_one(dav: Client) -> None:
    """So the batch is refused."""
    error = refused(dav, put("a", "/a"), put("A", "/b"))
    assert (error["target"], "the same id in another case" in error["message"]) == ("#/requests/1/id", True)


@pytest.mark.parametrize("name", ["an id with spaces", "1/2", "ü", "i" * 256])
def test_an_id_is_any_text(dav: Client, name: str) -> None:
    """Graph gives it no form."""
    assert do(dav, put(name, "/a"), path=GRAPH) == f"{name} 201"


@pytest.mark.parametrize("name", ["", "i" * 257, "a\tb"])
def test_the_rule_for_ids_is_graphs(dav: Client, name: str) -> None:
    """The message names no rule of OData's."""
    assert refused(dav, put(name, "/a"))["message"] == "An id must have 1 to 256 characters, and no control characters."


# Dependencies ------------------------------------------------------------------------------------

PATTERNS = {
    "parallel": [[], [], []],
    "serial": [[], ["1"], ["2"], ["3"]],
    "the same, the first": [[], ["1"], ["1"], ["1"]],
    "two": [[], ["1"]],
    "doubled": [[], ["1", "1"], ["2"]],
    "one": [[]],
    "none": [],
}
MIXTURES = {
    "one of three": ([[], [], ["1"]], 1),
    "one of three, the second": ([[], ["1"], []], 2),
    "serial, and one parallel": ([[], ["1"], ["2"], []], 3),
    "serial, then a branch": ([[], ["1"], ["2"], ["2"]], 3),
    "two pairs": ([[], ["1"], [], ["3"]], 2),
    "the same, not the first": ([[], [], ["2"], ["2"]], 1),
    "two dependencies": ([[], [], ["1", "2"]], 2),
    "a diamond": ([[], ["1"], ["1"], ["2", "3"]], 3),
}


def depending(needs: list[list[str]]) -> list[Object]:
    """Write a request for each list of dependencies; ids count from 1."""
    return [put(str(index), f"/f{index}", dependsOn=names) for index, names in enumerate(needs, 1)]


@pytest.mark.parametrize("needs", PATTERNS.values(), ids=PATTERNS)
def test_three_patterns_of_dependencies_are_done(dav: Client, needs: list[list[str]]) -> None:
    """Parallel, serial, and all on the same one."""
    expected = ", ".join(f"{index} 201" for index in range(1, len(needs) + 1))
    assert do(dav, *depending(needs), path=GRAPH) == expected


@pytest.mark.parametrize(("needs", "at"), MIXTURES.values(), ids=MIXTURES)
def test_other_mixtures_are_refused(dav: Client, needs: list[list[str]], at: int) -> None:
    """The message names the first request that fits no pattern, and the patterns."""
    error = refused(dav, *depending(needs))
    assert error["target"] == f"#/requests/{at}/dependsOn"
    assert f"'{at + 1}'" in error["message"]


@pytest.mark.parametrize(
    ("requests", "target", "said"),
    [
        ([put("1", "/a", dependsOn=["2"]), put("2", "/b")], "#/requests/0/dependsOn/0", "comes later"),
        ([put("1", "/a", dependsOn=["9"])], "#/requests/0/dependsOn/0", "There is no request '9'."),
        ([put("1", "/a", dependsOn=["1"])], "#/requests/0/dependsOn/0", "can't depend on itself"),
        ([put("1", "/a", dependsOn="0")], "#/requests/0/dependsOn", "must be an array"),
        ([{"id": "1", "method": "PUT", "url": "/a", "body": {}}], "#/requests/0/headers", "needs a content-type"),
        ([ask("1", "GET", "/a", TEXT, body={})], "#/requests/0/body", "A GET can't have a body"),
        ([ask("1", "POST", "/v1.0/$batch", JSON, body={})], "#/requests/0/url", "another batch"),
        ([ask("1", "GET", "/a", {"Authorization": "x"})], "#/requests/0/headers/Authorization", "not allowed inside"),
        ([{"method": "GET", "url": "/a"}], "#/requests/0/id", "is missing"),
        ([{"id": None, "method": "GET", "url": "/a"}], "#/requests/0/id", "is missing"),
        (["a"], "#/requests/0", "must be an object"),
    ],
)
def test_a_malformed_request_is_told_with_its_place(dav: Client, requests: list[Any], target: str, said: str) -> None:
    """In Graph's form: code, message, and the place as target."""
    error = refused(dav, *requests)
    assert (error["target"], said in error["message"]) == (target, True)
    assert error["details"][0]["message"] == error["message"]


# Members -----------------------------------------------------------------------------------------

UNKNOWN = {
    "depends_on": {"depends_on": []},
    "depends_on with a name": {"depends_on": ["2"]},
    "status": {"status": 200},
    "atomicityGroup": {"atomicityGroup": "g"},
    "if": {"if": "false"},
}


def noted(served: Served) -> list[str]:
    """List the notes of the last exchange in the journal."""
    return list(list(served.world.journal)[-1].notes)


@pytest.mark.parametrize("more", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_member_is_passed_over_and_noted(serve: Serve, more: Object) -> None:
    """As Graph does; the Python SDK always sends depends_on."""
    served = serve("")
    assert do(served.client, put("1", "/a") | more, path=GRAPH) == "1 201"
    assert [f"#/requests/0/{next(iter(more))}" in note for note in noted(served)] == [True]


def test_the_note_suggests_the_right_name(serve: Serve) -> None:
    """A request that depends on nothing is done, although its author wanted otherwise."""
    served = serve(scenario("/l=old!"))
    wrong = put("2", "/a") | {"depends_on": ["1"]}
    assert do(served.client, put("1", "/l"), wrong, path=GRAPH) == "1 423, 2 201"
    (note,) = noted(served)
    assert note.startswith("#/requests/1/depends_on: Unknown member 'depends_on'. Did you mean dependsOn? ")
    assert note.endswith("with --strict the server refuses it.")


def test_an_unknown_member_of_the_batch_is_passed_over_and_noted(serve: Serve) -> None:
    """It stands beside requests."""
    served = serve("")
    assert served.client("POST", GRAPH, '{"requests": [], "more": 1}', JSON).status == 200
    assert [note.startswith("#/more: Unknown member 'more'") for note in noted(served)] == [True]


@pytest.mark.parametrize("more", UNKNOWN.values(), ids=UNKNOWN)
def test_a_strict_server_refuses_unknown_members(serve: Serve, more: Object) -> None:
    """With a hint, and nothing is done."""
    error = refused(serve("", strict=True).client, put("1", "/a") | more)
    assert error["target"] == f"#/requests/0/{next(iter(more))}"
    assert "Unknown member" in error["message"]


def test_a_strict_server_refuses_headers_about_the_transport(serve: Serve) -> None:
    """They are passed over as unknown members are, and refused as they are."""
    error = refused(serve("", strict=True).client, ask("1", "GET", "/", {"Host": "h"}))
    assert error["target"] == "#/requests/0/headers/Host"


def test_a_strict_server_refuses_an_unknown_member_of_the_batch(serve: Serve) -> None:
    """With its place."""
    answer = serve("", strict=True).client("POST", GRAPH, '{"requests": [], "more": 1}', JSON)
    assert (answer.status, json.loads(answer.body)["error"]["target"]) == (400, "#/more")


def test_a_document_with_an_error_in_it_is_no_error(dav: Client) -> None:
    """Only failures are written anew."""
    own = '{"error": {"code": "own", "message": "words"}}'
    dav("PUT", "/a", own, JSON)
    assert answers(dav, get("1", "/a"))["1"]["body"] == json.loads(own)


def test_a_member_that_is_null_is_absent(dav: Client) -> None:
    """The SDK of Go writes members without a value so."""
    item = get("1", "/") | dict.fromkeys(("headers", "body", "dependsOn", "status"))
    assert do(dav, item, path=GRAPH) == "1 200"


# Limits and order --------------------------------------------------------------------------------


def test_twenty_requests_are_done(dav: Client) -> None:
    """As many as Graph takes."""
    assert do(dav, *[put(str(i), f"/f{i}") for i in range(20)], path=GRAPH).count("201") == 20


def test_twenty_one_requests_are_refused(dav: Client) -> None:
    """400, and nothing is done."""
    error = refused(dav, *[put(str(i), f"/f{i}") for i in range(21)])
    assert error["message"] == "The batch has 21 requests; at most 20 are accepted."


def test_graph_knows_no_preference_to_stop(locked: Client) -> None:
    """All requests are tried."""
    answer = send(locked, put("1", "/l"), put("2", "/a"), path=GRAPH, Prefer="continue-on-error=false")
    assert [each["status"] for each in responses(answer).values()] == [423, 201]
    assert "Preference-Applied" not in answer.headers


def test_multipart_does_not_go_to_graph(dav: Client) -> None:
    """JSON alone."""
    assert dav("POST", GRAPH, "--b--", {"Content-Type": "multipart/mixed; boundary=b"}).status == 415


@pytest.mark.parametrize(
    ("order", "expected"),
    [("", "1 423, 2 424, 3 424"), ("document", "1 423, 2 424, 3 424"), ("reversed", "3 424, 2 424, 1 423")],
)
@pytest.mark.parametrize("path", [GRAPH, "/$batch"])
def test_the_order_of_the_answers_is_that_of_the_scenario(serve: Serve, path: str, order: str, expected: str) -> None:
    """Only the answers are reversed: the requests still run one after the other."""
    setting = f"batch-order: {order}\n" if order else ""
    client = serve(setting + scenario("/l=old!")).client
    assert do(client, put("1", "l"), get("2", "l", "1"), get("3", "l", "2"), path=path) == expected


def test_a_batch_that_stops_early_is_reversed_too(serve: Serve) -> None:
    """The answers are those of the requests that were begun."""
    client = serve("batch-order: reversed").client
    asked = [put("1", "a"), get("2", "none"), get("3", "a")]
    assert do(client, *asked, Prefer="continue-on-error=false") == "2 404, 1 201"


def test_the_members_of_a_group_stay_adjacent_in_reverse_order(serve: Serve) -> None:
    """OData wants the answers of a group beside each other."""
    client = serve("batch-order: reversed").client
    grouped = [put(name, name, atomicityGroup="g") for name in ("2", "3")]
    assert do(client, put("1", "1"), *grouped, put("4", "4")) == "4 201, 3 201, 2 201, 1 201"
