"""Batches that can't be understood: refused as a whole with 400, each problem with its place, and nothing is done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dav424.methods.batch_requests import if_expression, items, strict_json
from tests.client import Client
from tests.trees import tree

from .batches import JSON, TEXT, ask, problems, put, send

FIRST = put("1", "first")


def refused(client: Client, *requests: Any, status: int = 400) -> dict[str, str]:
    """Send a batch that is refused as a whole, and give its problems; nothing of it may have been done."""
    answer = send(client, *requests)
    assert (answer.status, tree(client)) == (status, "")
    return problems(answer)


# Not JSON ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        (b"", "#", "not JSON"),
        (b"{", "#", "not JSON"),
        (b'{"requests": []} x', "#", "trailing"),
        (b'{"requests": [],}', "#", "trailing comma"),
        (b"{'requests': []}", "#", "not JSON"),
        (b'{"requests": [NaN]}', "#", "not JSON"),
        (b'{"requests": ["\x01"]}', "#", "not JSON"),
        (b'{"requests": ["\\ud800"]}', "#", "half of a surrogate pair, \\ud800"),
        (b'{"requests": ["\\udc00"]}', "#", "half of a surrogate pair"),
        (b'{"requests": ["\\ud83d\\ude00"', "#", "truncated"),
        (b'{"requests": ["\xff"]}', "#", "not UTF-8"),
        (b'\xef\xbb\xbf{"requests": []}', "#", "begins with a byte order mark. Send UTF-8 without"),
        ('{"requests": []}'.encode("utf-16"), "#", "is in UTF-16 or UTF-32"),
        ('{"requests": []}'.encode("utf-16-be"), "#", "is in UTF-16 or UTF-32"),
        ('{"requests": []}'.encode("utf-32"), "#", "is in UTF-16 or UTF-32"),
        (b'{"requests": [{"id": 1e400}]}', "#/requests/0/id", "out of range"),
        (b"[]", "#", "an object with the member requests"),
        (b'"text"', "#", "an object"),
        (b"null", "#", "an object"),
        (b"{}", "#/requests", "is missing"),
        (b'{"requests": {}}', "#/requests", "is missing, or is not an array"),
        (b'{"requests": null}', "#/requests", "an array"),
        (b'{"Requests": []}', "#/Requests", "Unknown member 'Requests'"),
        (b'{"requests": [], "more": 1}', "#/more", "Unknown member 'more'"),
        (b'{"requests": [], "a/b~": 1}', "#/a~1b~0", "Unknown member"),
        (b'{"requests": [], "requests": []}', "#/requests", "twice"),
        (b'{"requests": [{"id": "1", "id": "2"}]}', "#/requests/0/id", "twice"),
        (b'{"requests": [{"headers": {"a": "1", "a": "2"}}]}', "#/requests/0/headers/a", "twice"),
        (b'{"requests": [], "@x": {"y": [{"z": 1, "z": 2}]}}', "#/@x/y/0/z", "twice"),
    ],
)
def test_what_is_no_batch_is_told_with_its_place(dav: Client, body: bytes, pointer: str, said: str) -> None:
    """RFC 9457 and RFC 6901: a problem document with a JSON Pointer."""
    answer = dav("POST", "/$batch", body or " ", JSON)
    assert answer.status == 400
    found = problems(answer)
    assert (list(found)[0], said in found[pointer]) == (pointer, True)  # noqa: RUF015 - the first, of all of them


def test_annotations_are_no_members(dav: Client) -> None:
    """19.1: a batch and its requests MAY have them."""
    body = {"@odata.context": "x", "requests": [{**FIRST, "a@b.c": 1}]}
    assert dav("POST", "/$batch", json.dumps(body), JSON).status == 200


def test_members_of_a_body_may_stand_twice(dav: Client) -> None:
    """What is stored is the client's affair, to the byte."""
    body = b'{"requests": [{"id": "1", "method": "put", "url": "f", "headers": {"content-type": "application/json"}, "body": {"a":1, "a":2}}]}'
    assert dav("POST", "/$batch", body, JSON).status == 200
    assert dav("GET", "/f").body == b'{"a":1, "a":2}'


# Limits ------------------------------------------------------------------------------------------


def test_too_many_requests_are_413(dav: Client) -> None:
    """How many there may be is said."""
    said = refused(dav, *[ask(str(i), "get", "f") for i in range(items.MOST_ITEMS + 1)], status=413)
    assert said == {"#/requests": "The batch has 5001 requests; at most 5000 are accepted."}


def test_too_many_bytes_are_413(dav: Client) -> None:
    """How many there may be is said."""
    said = refused(dav, put("1", "f", "x" * items.MAX_BYTES), status=413)
    assert "at most 4194304 are accepted" in said["#"]


@pytest.mark.parametrize("depth", [strict_json.MAX_DEPTH, 500, 100_000])
@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
def test_too_deep_nesting_is_400(dav: Client, depth: int, brackets: str) -> None:
    """Before anything goes down there."""
    opening, closing = brackets[:-1], brackets[-1]
    body = f'{{"requests": {opening * depth}{"1" if closing == "}" else ""}{closing * depth}}}'
    assert problems(dav("POST", "/$batch", body, JSON)) == {"#": "The JSON is nested more than 64 levels deep."}


def test_brackets_in_text_are_no_nesting(dav: Client) -> None:
    """Nor are they behind a quote with a backslash."""
    assert send(dav, put("1", "f", '\\"' + "[" * 500)).status == 200
    assert dav("GET", "/f").body == b'\\"' + b"[" * 500


@pytest.mark.parametrize(
    "body",
    [
        b'{"requests": [' + b'"\\"' * 400_000,
        b'"' * 1_000_000,
        b"[" * 1_000_000,
        b'{"requests": [' + b"{}," * 500_000 + b"{}]}",
        b'{"requests": [' + b'{"id": "1", "id": "2"},' * 4_000 + b"{}]}",
        b'{"requests": [{"id": "1", "method": "get", "url": "f", "dependsOn": [' + b'"1",' * 500_000 + b'"1"]}]}',
    ],
    ids=["quotes", "only quotes", "brackets", "objects", "doubles", "dependencies"],
)
def test_a_hostile_body_is_refused_quickly(dav: Client, body: bytes) -> None:
    """In a time that follows its size: a quadratic one would take longer than the client waits."""
    assert dav("POST", "/$batch", body, JSON).status in (400, 413)


def test_problems_are_told_at_once_up_to_a_number(dav: Client) -> None:
    """Three mistakes of three kinds; and of a hundred the first sixteen."""
    assert list(refused(dav, {**FIRST, "id": 1}, {**FIRST, "url": ""}, {**FIRST, "id": "2", "metod": "x"})) == [
        "#/requests/0/id",
        "#/requests/1/url",
        "#/requests/2/metod",
    ]
    assert len(refused(dav, *[{}] * 100)) == 16


# Members -----------------------------------------------------------------------------------------

MEMBERS: dict[str, tuple[Any, str, str]] = {
    "no object": (5, "", "A request must be an object"),
    "null": (None, "", "A request must be an object"),
    "an array": ([], "", "A request must be an object"),
    "no id": ({"method": "get", "url": "f"}, "/id", "is missing"),
    "no method": ({"id": "x", "url": "f"}, "/method", "is missing"),
    "no url": ({"id": "x", "method": "get"}, "/url", "is missing"),
    "an id that is a number": ({**FIRST, "id": 1}, "/id", "must be a string"),
    "an id that is null": ({**FIRST, "id": None}, "/id", "must be a string"),
    "an empty id": ({**FIRST, "id": ""}, "/id", "1 to 256 letters"),
    "an id with a space": ({**FIRST, "id": "a b"}, "/id", "1 to 256 letters"),
    "an id with a slash": ({**FIRST, "id": "a/b"}, "/id", "1 to 256 letters"),
    "an id that is too long": ({**FIRST, "id": "a" * 257}, "/id", "1 to 256 letters"),
    "a method that is a list": ({**FIRST, "method": ["get"]}, "/method", "must be a string"),
    "a method with a space": ({**FIRST, "method": "GE T"}, "/method", "is not a valid method name"),
    "an empty method": ({**FIRST, "method": ""}, "/method", "is not a valid method name"),
    "a method with a line break": ({**FIRST, "method": "GET\r\n"}, "/method", "is not a valid method name"),
    "a url that is a number": ({**FIRST, "url": 5}, "/url", "must be a string"),
    "an empty url": ({**FIRST, "url": ""}, "/url", "must not be empty"),
    "a url with a space": ({**FIRST, "url": "a b"}, "/url", "must not be empty"),
    "a url with a fragment": ({**FIRST, "url": "a#b"}, "/url", "'#'"),
    "a url with a line break": ({**FIRST, "url": "a\n"}, "/url", "control characters"),
    "a url with a server": ({**FIRST, "url": "http://127.0.0.1/test/f"}, "/url", "without a server"),
    "a url with a server and no scheme": ({**FIRST, "url": "//host/f"}, "/url", "without a server"),
    "a file": ({**FIRST, "url": "file:///etc/passwd"}, "/url", "without a server"),
    "a member that nobody knows": ({**FIRST, "priority": 1}, "/priority", "A request can have id, method"),
    "a member that is spelled otherwise": ({**FIRST, "depends_on": ["0"]}, "/depends_on", "Did you mean dependsOn?"),
    "a member in another case": ({**FIRST, "atomicitygroup": "g"}, "/atomicitygroup", "Did you mean atomicityGroup?"),
    "headers that are a list": ({**FIRST, "headers": []}, "/headers", "must be an object"),
    "headers that are null": ({**FIRST, "headers": None}, "/headers", "must be an object"),
    "a header that is a number": ({**FIRST, "headers": {**TEXT, "depth": 0}}, "/headers/depth", "a string of Latin-1"),
    "a header with a line break": ({**FIRST, "headers": {**TEXT, "x": "a\r\nb: c"}}, "/headers/x", "line breaks"),
    "a header with other letters": ({**FIRST, "headers": {**TEXT, "x": "\u0142"}}, "/headers/x", "Latin-1"),
    "a header with no name": ({**FIRST, "headers": {**TEXT, "": "a"}}, "/headers/", "is not a valid header name"),
    "a header with a bad name": ({**FIRST, "headers": {**TEXT, "a b": "a"}}, "/headers/a b", "is not a valid header name"),
    "a header twice": ({**FIRST, "headers": {**TEXT, "Content-Type": "a/b"}}, "/headers/Content-Type", "twice"),
    "a login": ({**FIRST, "headers": {**TEXT, "authorization": "Basic x"}}, "/headers/authorization", "is not allowed inside a batch"),
    "a range": ({"id": "x", "method": "get", "url": "f", "headers": {"range": "bytes=0-"}}, "/headers/range", "is not allowed inside a batch"),
    "a body on GET": ({"id": "x", "method": "get", "url": "f", "headers": TEXT, "body": "x"}, "/body", "A GET can't have a body"),
    "a body on HEAD": ({"id": "x", "method": "HEAD", "url": "f", "headers": TEXT, "body": "x"}, "/body", "A HEAD can't have a body"),
    "a body on DELETE": ({"id": "x", "method": "Delete", "url": "f", "body": {}}, "/body", "A DELETE can't have a body"),
    "a text that is an object": ({**FIRST, "body": {}}, "/body", "a string, of text"),
    "a text that is a number": ({**FIRST, "body": 5}, "/body", "a string, of text"),
    "a text in no encoding": ({**FIRST, "headers": {"content-type": "text/plain; charset=x-none"}}, "/body", "can't be encoded in x-none"),
    "a text that its encoding hasn't": (
        {**FIRST, "headers": {"content-type": "text/plain; charset=ascii"}, "body": "é"}, "/body", "can't be encoded in ascii",
    ),
    "bytes that are an object": ({**FIRST, "headers": {"content-type": "image/png"}, "body": {}}, "/body", "a string, of base64url"),
    "bytes in the other alphabet": ({**FIRST, "headers": {"content-type": "image/png"}, "body": "+/+/"}, "/body", "base64url, with '-'"),
    "bytes with a line break": ({**FIRST, "headers": {"content-type": "image/png"}, "body": "AAAA\n"}, "/body", "base64url"),
    "bytes that are cut": ({**FIRST, "headers": {"content-type": "image/png"}, "body": "A"}, "/body", "base64url"),
    "bytes with bits to spare": ({**FIRST, "headers": {"content-type": "image/png"}, "body": "AB"}, "/body", "base64url"),
    "bytes with wrong padding": ({**FIRST, "headers": {"content-type": "image/png"}, "body": "AAA=="}, "/body", "base64url"),
    "XML as it is": (
        {"id": "x", "method": "mkcol", "url": "c/", "headers": {"content-type": "application/xml"}, "body": "<a/>"},
        "/body", "send it as text/xml",
    ),
    "a group that is a number": ({**FIRST, "atomicityGroup": 1}, "/atomicityGroup", "must be a string"),
    "a group with a space": ({**FIRST, "atomicityGroup": "a b"}, "/atomicityGroup", "A group's name"),
    "an empty group": ({**FIRST, "atomicityGroup": ""}, "/atomicityGroup", "A group's name"),
    "dependencies that are text": ({**FIRST, "dependsOn": "0"}, "/dependsOn", "must be an array"),
    "dependencies that are null": ({**FIRST, "dependsOn": None}, "/dependsOn", "must be an array"),
    "a dependency that is a number": ({**FIRST, "dependsOn": [0]}, "/dependsOn/0", "must be a string"),
    "a condition that is true": ({**FIRST, "if": True}, "/if", "must be a string"),
    "an empty condition": ({**FIRST, "if": ""}, "/if", "expected $<id>/$succeeded"),
    "a condition that isn't one": ({**FIRST, "if": "yes please"}, "/if", "at character 0; received 'yes please'"),
    "half a condition": ({**FIRST, "if": "true and"}, "/if", "received ''"),
    "two conditions": ({**FIRST, "if": "true false"}, "/if", "expected and, or, or the end at character 4"),
    "a parenthesis that is open": ({**FIRST, "if": "(true"}, "/if", "a closing parenthesis"),
    "a parenthesis that was never opened": ({**FIRST, "if": "true)"}, "/if", "expected and, or, or the end"),
    "a condition on a body of nobody": ({**FIRST, "if": "$9/Name eq 'x'"}, "/if", "$9 refers to no request before"),
    "a condition on a path from nowhere": ({**FIRST, "if": "Name eq 'x'"}, "/if", "expected $<id>/$succeeded"),
    "half a condition on a body": ({**FIRST, "if": "$0/Name eq"}, "/if", "received ''"),
    "a text that is open in a condition": ({**FIRST, "if": "$0/Name eq 'x"}, "/if", "received \"'x\""),
    "a function that is open in a condition": ({**FIRST, "if": "contains($0/Name,'x'"}, "/if", "a closing parenthesis"),
    "a function of half a list in a condition": ({**FIRST, "if": "contains($0/Name,)"}, "/if", "received ')'"),
    "a condition that is too deep": ({**FIRST, "if": "not " * 40 + "true"}, "/if", "nested more than 32"),
    "a condition that is too long": ({**FIRST, "if": "true or " * 600 + "true"}, "/if", "at most 4096"),
    "a condition on nobody": ({**FIRST, "if": "$9/$succeeded"}, "/if", "$9 refers to no request before"),
    "a batch in the batch": ({"id": "x", "method": "post", "url": "$batch"}, "/url", "can't hold another batch"),
    "a batch by its path": ({"id": "x", "method": "POST", "url": "/test/%24batch?x"}, "/url", "can't hold another batch"),
    "a batch of Graph's": ({"id": "x", "method": "POST", "url": "v1.0/$batch/"}, "/url", "can't hold another batch"),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "where", "said"), MEMBERS.values(), ids=MEMBERS)
def test_a_malformed_member_is_told_with_its_place(dav: Client, wrong: Any, where: str, said: str) -> None:
    """400 for the whole batch, and the request before it isn't done either."""
    found = refused(dav, put("0", "before"), wrong)
    assert list(found) == [f"#/requests/1{where}"]
    assert said in found[f"#/requests/1{where}"]


# Dependencies ------------------------------------------------------------------------------------

G = {"atomicityGroup": "g"}
DEPENDENCIES: dict[str, tuple[list[Any], str, str]] = {
    "two of one id": ([put("1", "a"), put("1", "b")], "1/id", "Request 0, counted from 0, has the same id"),
    "an id that is a group's name": ([put("1", "a", **G), put("g", "b")], "1/id", "the name of an atomicityGroup"),
    "a group's name that is a later id": ([put("g", "a"), put("1", "b", **G)], "0/id", "the name of an atomicityGroup"),
    "members that are not adjacent": (
        [put("1", "a", **G), put("2", "b"), put("3", "c1", **G)], "2/atomicityGroup", "must be adjacent",
    ),
    "members with another group between": (
        [put("1", "a", **G), put("2", "b", atomicityGroup="h"), put("3", "c1", **G)], "2/atomicityGroup", "must be adjacent",
    ),
    "on nobody": ([put("1", "a"), put("2", "b", dependsOn=["1", "9"])], "1/dependsOn/1", "There is no request '9', nor a group"),
    "on nobody of an empty name": ([put("1", "a"), put("2", "b", dependsOn=[""])], "1/dependsOn/0", "There is no request ''"),
    "on nobody in this case": ([put("a", "a"), put("2", "b", dependsOn=["A"])], "1/dependsOn/0", "There is no request 'A'"),
    "on itself": ([put("1", "a", dependsOn=["1"])], "0/dependsOn/0", "'1' can't depend on itself"),
    "on its own group": ([put("1", "a", **G), put("2", "b", dependsOn=["g"], **G)], "1/dependsOn/0", "Name the member"),
    "on what comes later": ([put("1", "a", dependsOn=["2"]), put("2", "b")], "0/dependsOn/0", "depend only on requests before it"),
    "on a group that comes later": ([put("1", "a", dependsOn=["g"]), put("2", "b", **G)], "0/dependsOn/0", "comes later"),
    "in a circle": (
        [put("1", "a", dependsOn=["3"]), put("2", "b", dependsOn=["1"]), put("3", "c1", dependsOn=["2"])],
        "0/dependsOn/0", "They are a circle",
    ),
    "on a member of another group": (
        [put("1", "a", **G), put("2", "b", dependsOn=["1"])], "1/dependsOn/0", "is a member of group 'g'. Depend on the group, or on both",
    ),
    "on a member of another group, in a group": (
        [put("1", "a", **G), put("2", "b", dependsOn=["1"], atomicityGroup="h")], "1/dependsOn/0", "Depend on the group",
    ),
    "on a member beside another group": (
        [put("1", "a", **G), put("h1", "h1", atomicityGroup="h"), put("2", "b", dependsOn=["1", "h"])],
        "2/dependsOn/0", "is a member of group 'g'",
    ),
    "a condition on the body of what it doesn't depend on": (
        [put("1", "a"), put("2", "b") | {"if": "$1/status eq 200"}], "1/if", "Add '1' to dependsOn",
    ),
    "a condition on what it doesn't depend on": (
        [put("1", "a"), put("2", "b") | {"if": "$1/$succeeded"}], "1/if", "Add '1' to dependsOn",
    ),
    "a condition on a group that it doesn't depend on": (
        [put("1", "a", **G), put("2", "b") | {"if": "$1/$succeeded"}], "1/if", "Add 'g' to dependsOn",
    ),
    "a condition on itself": ([put("1", "a", dependsOn=[]) | {"if": "$1/$succeeded"}], "0/if", "no request before"),
    "a reference to what it doesn't depend on": ([put("1", "a"), ask("2", "get", "$1")], "1/url", "Add '1' to dependsOn"),
    "a reference to nobody": ([ask("1", "get", "$9/f")], "0/url", "$9 refers to no request before this one"),
    "a reference to what comes later": ([ask("1", "get", "$2"), put("2", "b")], "0/url", "no request before"),
    "a tag of what it doesn't depend on": (
        [put("1", "a"), put("2", "a", "x", {"if-match": "$1"})], "1/headers/if-match", "Add '1' to dependsOn",
    ),
    "a destination at what it doesn't depend on": (
        [put("1", "a"), ask("2", "copy", "a", {"destination": "$1/x"})], "1/headers/destination", "Add '1' to dependsOn",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("requests", "where", "said"), DEPENDENCIES.values(), ids=DEPENDENCIES)
def test_a_dependency_that_cannot_be_is_told_with_its_place(
    dav: Client, requests: list[Any], where: str, said: str
) -> None:
    """400 for the whole batch, and nothing of it is done."""
    found = refused(dav, *requests)
    pointer = f"#/requests/{where}"
    assert (list(found)[0], said in found[pointer]) == (pointer, True)  # noqa: RUF015 - the first, of all of them


def test_a_forward_dependency_that_is_no_circle_is_not_called_one(dav: Client) -> None:
    """Only what leads back does."""
    (said,) = refused(dav, put("1", "a", dependsOn=["2"]), put("2", "b")).values()
    assert "circle" not in said


# Anything ----------------------------------------------------------------------------------------

_scalars = st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(
    ["", "1", "2", "g", "$1", "$1/$succeeded", "get", "put", "f", "/test/f", "$batch", "text/plain", "\x00", "é", "AAAA", "*"]
)  # fmt: skip
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "content-type", "if-match", "depth"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_requests = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["1", "2", "3"]) | _values,
        "method": st.sampled_from(["get", "put", "delete"]) | _values,
        "url": st.sampled_from(["f", "g", "$1"]) | _values,
    },
    optional={
        "headers": st.just(TEXT) | _values,
        "body": st.just("x") | _values,
        "dependsOn": st.lists(st.sampled_from(["1", "2", "g"]), max_size=2) | _values,
        "atomicityGroup": st.just("g") | _values,
        "if": st.just("$1/$succeeded") | _values,
        "other": _values,
    },
)


@settings(max_examples=200)
@given(st.lists(_requests | _values, max_size=4))
def test_any_json_is_done_or_told(dav: Client, requests: list[Any]) -> None:
    """200 or 400 with problems, never anything else; and each 424 names a cause."""
    answer = send(dav, *requests)
    if answer.status == 200:
        assert [each["id"] for each in json.loads(answer.body)["responses"]] == [each["id"] for each in requests]
        assert all(each.roots for each in answer.parts if each.status == 424)
    else:
        assert answer.status == 400
        assert problems(answer)


@settings(max_examples=300)
@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(
            [
                "(",
                ")",
                "and",
                "or",
                "not",
                "eq",
                "true",
                "$1/$succeeded",
                "$1",
                " ",
                "'a,('",
                "f(",
                ",",
                "gt",
                "in",
                "add",
                "/b",
                "-$1/c",
                "-5",
            ]
        ),
        max_size=9,
    ).map(" ".join)
)
def test_any_condition_is_read_or_told(text: str) -> None:
    """Nothing but an ExpressionError, and what is read can be evaluated."""
    try:
        read = if_expression.parse(text)
    except if_expression.ExpressionError:
        return
    assert read.holds(lambda _: True) in (True, False)
