"""Scenario files: what is wrong with one is told at once, with its place and a suggestion."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dav424.causes.kinds import CAUSES
from dav424.core.http_methods import KNOWN, SERVED
from dav424.methods import METHOD_FACTS
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.files import bundled_files, files_in
from dav424.scenario.json_schema import schema
from dav424.scenario.load import load, load_files, notes
from dav424.scenario.model import Scenario, TreeEntry, XmlProperty
from dav424.scenario.schema_checks import part_problems
from dav424.scenario.sources import scenario_sources
from dav424.scenario.yaml_reader import read
from dav424.scenario.yaml_writer import write
from tests.conftest import Served

ROOT = Path(__file__).parents[2]
SCALARS = [
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("Off", "Off"),
    ("y", "y"),
    ("true", True),
    ("True", True),
    ("FALSE", False),
    ("tRUE", "tRUE"),
    ("12:30", "12:30"),
    ("1:2:3", "1:2:3"),
    ("0o17", 15),
    ("017", 17),
    ("0x1F", 31),
    ("0b11", "0b11"),
    ("1_000", "1_000"),
    ("+12", 12),
    ("-12", -12),
    ("1.5", 1.5),
    (".5", 0.5),
    ("5.", 5.0),
    ("1e3", 1000.0),
    ("1.", 1.0),
    ("-.inf", float("-inf")),
    ("~", None),
    ("null", None),
    ("", None),
    ("nil", "nil"),
    ("2001-02-03", "2001-02-03"),
    ("<<", "<<"),
    ("=", "="),
    ("'true'", "true"),
    ('"12"', "12"),
    ("|\n  12\n", "12\n"),
]
"""What a scalar is in YAML 1.2's core schema."""

ONE_REQUEST = "title: t\nrequests:\n  - name: r\n    method: GET\n    path: /\n    expect:\n      status: "
ONE_CAUSE = "title: t\ntree:\n  /doc.txt: {}\n  /dir/: {}\ncauses:\n  - id: c\n    "
CURED = f"{ONE_CAUSE}kind: value-rule\n    property: p\n    enum: [a]\ncure:\n  why: so\n  "
ANSWER = f"{ONE_CAUSE}kind: answers\n    status: 503\n    "
MEMBER = (
    "title: t\ntree:\n  /box/a: {}\ncauses:\n  - id: c\n    kind: answers\n    path: /box/a\n"
    "    status: 503\n    done: true\n    "
)
WRONGS = {
    "an unknown key, with what was meant": (
        "titel: t\ntitle: t\n",
        ["f:1:1: unknown key 'titel'; did you mean 'title'?"],
    ),
    "an unknown key far from any, with all that are known": (
        "title: t\ncure:\n  why: w\n  qqq: 1\n",
        ["f:4:3: unknown key 'qqq'; use one of: change, remove, requests, why"],
    ),
    "an unknown key of a cause, by its kind": (
        f"{ONE_CAUSE}kind: quota\n    bites: 5\n    properties: 1\n",
        ["f:8:5: unknown key 'bites'; did you mean 'bytes'?"],
    ),
    "a number where text belongs, with how to write it": (
        "title: 12\n",
        ["f:1:8: expected text, received 12; put it in quotes"],
    ),
    "text where a number belongs": (
        f"{ONE_CAUSE}kind: store-fails\n    nth: first\n",
        ['f:8:10: expected a whole number, received "first"'],
    ),
    "a list where a mapping belongs": (
        "title: t\ntree: [a]\n",
        ['f:2:7: expected a mapping, received ["a"]; write a line'],
    ),
    "a mapping where a list belongs": (
        "title: t\ncauses: {a: b}\n",
        ['f:2:9: expected a list, received {"a": "b"}; write a line'],
    ),
    "a file that is a list": ("- title: t\n", ['f:1:1: expected a mapping, received [{"title": "t"}]; write a line']),
    "text where true or false belongs": (
        "title: t\natomic: maybe\n",
        ['f:2:9: expected true or false, received "maybe"'],
    ),
    "a number with a decimal point where a whole number belongs": (
        f"{ONE_CAUSE}kind: store-fails\n    nth: 1.5\n",
        ["f:8:10: expected a whole number, received 1.5; write it without a decimal point or exponent"],
    ),
    "a number as a property": (
        "title: t\ntree:\n  /a:\n    properties:\n      p: 5\n",
        ["f:5:10: expected text or a mapping with the key xml, received 5; put it in quotes"],
    ),
    "a path of the tree without its slash": (
        "title: t\ntree:\n  doc: {}\n",
        ["f:3:3: 'doc' has the wrong form; write text that matches ^/"],
    ),
    "an id with a space": (
        "title: t\ncauses:\n  - id: a b\n    kind: quota\n    bytes: 1\n",
        ["f:3:9: 'a b' has the wrong form; write text that matches ^[A-Za-z0-9._:-]{1,64}$"],
    ),
    "a title that is missing": ("teaches: much\n", ["f:1:1: the key 'title' is missing; add it"]),
    "a status that HTTP does not know": (f"{ONE_REQUEST}299\n", ["f:7:15: 299 is not a registered HTTP status code"]),
    "a status past all statuses": (f"{ONE_REQUEST}999\n", ["f:7:15: 999 is greater than the maximum of 599"]),
    "a cause at a path that is not there, with what was meant": (
        f"{ONE_CAUSE}kind: lock\n    path: /doc.text\n",
        ["f:8:11: the tree has no resource at /doc.text; did you mean '/doc.txt'?"],
    ),
    "a path of a request that can't be": (
        "title: t\nrequests:\n  - name: r\n    method: GET\n    path: /../x\n    expect: {status: 200}\n",
        ["f:5:11: The path holds the segment '..'; send the path without dot segments."],
    ),
    "two keys of one name, with where the first is": (
        "title: one\ntitle: two\n",
        ["f:2:1: the key 'title' repeats the key in line 1; remove one of them"],
    ),
    "two causes of one id": (
        f"{ONE_CAUSE}kind: delay\n    milliseconds: 1\n  - kind: delay\n    id: c\n    milliseconds: 2\n",
        ["f:10:9: another cause has the id 'c'; choose another id"],
    ),
    "a regular expression that isn't one": (
        f"{ONE_CAUSE}kind: value-rule\n    property: p\n    pattern: '('\n",
        [
            (
                "f:9:14: the pattern is not a regular expression that the server takes: missing ): (; "
                "write a regular expression in the syntax of RE2"
            )
        ],
    ),
    "a regular expression that could take exponential time": (
        f"{ONE_CAUSE}kind: value-rule\n    property: p\n    pattern: '(?=a)b'\n",
        [
            (
                "f:9:14: the pattern is not a regular expression that the server takes: invalid perl operator: (?=; write it in "
                "the syntax of RE2, which takes linear time: without look-around, back-references, possessive quantifiers, "
                "comments and \\Z"
            )
        ],
    ),
    "a regular expression that repeats too often": (
        f"{ONE_CAUSE}kind: value-rule\n    property: p\n    pattern: 'a{{1000}}'\n",
        [
            (
                "f:9:14: the pattern is not a regular expression that the server takes: it has a repetition of more than 999; "
                "repeat fewer times, such as {1,999}"
            )
        ],
    ),
    "a long regular expression": (
        f"{ONE_CAUSE}kind: value-rule\n    property: p\n    pattern: '{'a' * 4097}'\n",
        [
            (
                "f:9:14: the pattern is not a regular expression that the server takes: it has 4097 characters; "
                "write at most 4096"
            )
        ],
    ),
    "a value-rule without a rule": (
        f"{ONE_CAUSE}kind: value-rule\n    property: p\n",
        ["f:6:5: the value-rule has no pattern, no enum and no type; add one of them"],
    ),
    "a quota of nothing": (
        f"{ONE_CAUSE}kind: quota\n",
        ["f:6:5: the quota has no bytes and no properties; add one of them"],
    ),
    "YAML that isn't": (
        "title: [t\n",
        ["f:2:1: the YAML is not valid: while parsing a flow sequence, did not find expected ',' or ']'"],
    ),
    "a tab that indents": (
        "title:\n\tt: 1\n",
        [
            "f:2:1: the YAML is not valid: while scanning for the next token, found character that cannot start any token"
        ],
    ),
    "an alias of nothing": ("title: *t\n", ["f:1:8: the YAML is not valid: found undefined alias"]),
    "a tag": ("title: !date today\n", ["f:1:8: the tag !date is not supported; put the text in quotes instead"]),
    "a key that is no word": ("title: t\n? [a]\n: b\n", ["f:2:3: a key is a list or a mapping; write it as text"]),
    "two documents": (
        "title: t\n---\ntitle: u\n",
        ["f:2:1: the YAML is not valid: expected a single document in the stream, but found another document"],
    ),
    "an empty file": ("", ["f:1:1: the file is empty; write at least a title"]),
    "a file of comments": ("# nothing\n", ["f:1:1: the file is empty; write at least a title"]),
    "a cure that removes an unknown cause, with what was meant": (
        f"{CURED}remove: [C]\n",
        ["f:12:12: the scenario has no cause or fault 'C' to remove; use one of: "],
    ),
    "a cure that changes an unknown cause": (
        f"{CURED}change:\n    rfc4918:getetaq: {{}}\n",
        ["f:13:22: the scenario has no cause or fault 'rfc4918:getetaq' to change; did you mean 'rfc4918:getetag'?"],
    ),
    "a cure that changes what isn't there": (
        f"{CURED}change:\n    c: {{enumm: [b]}}\n",
        ["f:13:8: the cause 'c' can't have these settings: Object contains unknown field `enumm`"],
    ),
    "a cure that makes a cause 424": (
        f"{CURED}change:\n    c: {{status: 424}}\n",
        ["f:13:8: the cause 'c' can't have these settings: Invalid enum value 424"],
    ),
    "an unknown user, with who was meant": (
        "title: t\nusers: {alice: x}\nrequests:\n  - {name: r, method: GET, path: /, user: alise, expect: {status: 200}}\n",
        ["f:4:43: the scenario has no user 'alise'; did you mean 'alice'?"],
    ),
    "XML that is not well-formed": (
        "title: t\ntree:\n  /a:\n    properties:\n      p: {xml: <p>}\n",
        ["f:5:10: the XML of p is not well-formed"],
    ),
    "XML of another name": (
        "title: t\ntree:\n  /a:\n    properties:\n      p: {xml: <q/>}\n",
        ["f:5:10: the XML of p is an element named q; name the element p"],
    ),
    "an entity-tag that the server computes": (
        'title: t\ntree:\n  /a:\n    properties:\n      "{DAV:}getetag": unquoted\n',
        ["f:5:24: the server computes {DAV:}getetag, and would not serve this value; leave it out"],
    ),
    "a property that is a key": (
        'title: t\ntree:\n  /a:\n    properties:\n      "{DAV:}getcontenttype": text/plain\n',
        ["f:5:31: the server computes {DAV:}getcontenttype, and would not serve this value; use the key type"],
    ),
    "an answer with 424": (
        f"{ONE_CAUSE}kind: answers\n    status: 424\n",
        ["f:8:13: 424 can't be a cause"],
    ),
    "a cure that makes an answer 424": (
        f"{ONE_CAUSE}kind: answers\n    status: 503\ncure:\n  why: so\n  change:\n    c: {{status: 424}}\n",
        ["f:12:17: 424 can't be a cause"],
    ),
    "an answer that is a success": (
        f"{ONE_CAUSE}kind: answers\n    status: 299\n",
        ["f:8:13: 299 is less than the minimum of 300"],
    ),
    "an answer without a status": (f"{ONE_CAUSE}kind: answers\n", ["f:6:5: the key 'status' is missing; add it"]),
    "a header that is a number": (
        f"{ANSWER}headers: {{Retry-After: 7}}\n",
        ["f:9:28: expected text, received 7; put it in quotes"],
    ),
    "a header with a line break": (
        f'{ANSWER}headers: {{A: "7\\nX: y"}}\n',
        ["f:9:18: '7\\nX: y' has the wrong form; write text that matches "],
    ),
    "a header with a control character": (
        f'{ANSWER}headers: {{A: "\\x7f"}}\n',
        ["f:9:18: '\\x7f' has the wrong form; write text that matches "],
    ),
    "a header with a character that HTTP can't send": (
        f'{ANSWER}headers: {{A: "☂"}}\n',
        ["f:9:18: '☂' has the wrong form; write text that matches "],
    ),
    "a header whose name is no token": (
        f"{ANSWER}headers: {{Retry After: '7'}}\n",
        ["f:9:15: 'Retry After' has the wrong form; write text that matches "],
    ),
    "headers of the server itself": (
        f"{ANSWER}headers: {{content-length: '7', Transfer-Encoding: chunked, Connection: close, DATE: now}}\n",
        [
            "f:9:31: the server itself writes content-length; remove it",
            "f:9:55: the server itself writes Transfer-Encoding; remove it",
            "f:9:76: the server itself writes Connection; remove it",
            "f:9:89: the server itself writes DATE; remove it",
        ],
    ),
    "one header in two cases": (
        f"{ANSWER}headers: {{Retry-After: '1', retry-after: '2'}}\n",
        ["f:9:46: retry-after and Retry-After are the same header; keep one of them"],
    ),
    "a body of a 304": (
        f"{ONE_CAUSE}kind: answers\n    status: 304\n    body: x\n",
        ["f:9:11: a 304 has no body; remove the body, or choose another status"],
    ),
    "a media type without a body": (
        f"{ANSWER}headers: {{Content-Type: text/plain}}\n",
        ["f:9:14: Content-Type describes a body, and the cause has none; add a body, or remove it"],
    ),
    "methods that HTTP does not have, beside some that only this server lacks": (
        f"{ANSWER}methods: [PUTT, get, REPORT, PATCH]\n",
        [
            "f:9:15: there is no HTTP method 'PUTT'; did you mean 'PUT'?",
            "f:9:21: there is no HTTP method 'get'; did you mean 'GET'?",
        ],
    ),
    "a member of an atomic DELETE that stays done": (
        f"{MEMBER}methods: [DELETE, PUT]\natomic: true\n",
        ["f:9:11: DELETE here is all or nothing, so nothing stays done at the member /box/a; remove done, or "],
    ),
    "a member of all atomic methods that stays done": (
        f"{MEMBER}status: 504\natomic: true\n".replace("    status: 503\n", ""),
        ["f:8:11: DELETE, COPY, MOVE here are all or nothing"],
    ),
    "a member of a LOCK that stays done": (f"{MEMBER}methods: [LOCK]\n", ["f:9:11: LOCK here is all or nothing"]),
    "a status in quotes": (
        f"{ONE_CAUSE}kind: store-fails\n    status: '507'\n",
        ["f:8:13: '507' is not one of 500, 503, 507; write 507 without quotes"],
    ),
    "a number in quotes": (
        f"{ONE_CAUSE}kind: quota\n    bytes: '12'\n",
        ['f:8:12: expected a whole number, received "12"; write 12 without quotes'],
    ),
    "yes for true": ("title: t\natomic: yes\n", ['f:2:9: expected true or false, received "yes"; write true or false']),
    "a Clark name without quotes": (
        f"{ONE_CAUSE}kind: protected-property\n    property: {{http://example.com/ns}}owner\n",
        [
            (
                "f:8:38: the YAML is not valid: while parsing a block mapping, did not find expected key; "
                'put names with {...} in quotes: "{http://example.com/ns}owner"'
            )
        ],
    ),
    "a DAV name without quotes": (
        f"{ONE_CAUSE}kind: protected-property\n    property: {{DAV:}}getetag\n",
        [
            (
                "f:8:19: the YAML is not valid: while scanning a plain scalar, found unexpected ':'; "
                'put names with {...} in quotes: "{DAV:}getetag"'
            )
        ],
    ),
    "a Clark name as a key without quotes": (
        "title: t\ntree:\n  /a:\n    properties:\n      {http://e/n}o: Ada\n",
        [
            (
                "f:5:19: the YAML is not valid: while parsing a block mapping, did not find expected key; "
                'put names with {...} in quotes: "{http://e/n}o"'
            )
        ],
    ),
    "an item that is indented too little": (
        "title: t\ncauses:\n  - id: c\n    kind: quota\n   bytes: 4\n",
        [
            (
                "f:5:4: the YAML is not valid: while parsing a block collection, did not find expected '-' indicator; "
                "check the indentation"
            )
        ],
    ),
    "a key that is indented too much": (
        "title: t\n tree: {}\n",
        ["f:2:6: the YAML is not valid: mapping values are not allowed in this context; check the indentation"],
    ),
    "a property with a prefix": (
        f"{ONE_CAUSE}kind: protected-property\n    property: D:getetag\n",
        ["f:8:15: 'D:getetag' has the prefix 'D', which names no namespace here; write '{DAV:}getetag'"],
    ),
    "a property with a prefix nobody knows": (
        f"{ONE_CAUSE}kind: value-rule\n    property: ex:owner\n    enum: [a]\n",
        ["f:8:15: 'ex:owner' has the prefix 'ex', which names no namespace here; write '{NAMESPACE}owner'"],
    ),
    "a namespace and a prefix": (
        f"{ONE_CAUSE}kind: denied\n    property: '{{DAV:}}D:getetag'\n",
        ["f:8:15: '{DAV:}D:getetag' has the prefix 'D', which names no namespace here; write '{DAV:}getetag'"],
    ),
    "a type with a prefix": (
        f"{ONE_CAUSE}kind: resourcetypes\n    types: ['{{DAV:}}collection', C:calendar]\n",
        ["f:8:33: 'C:calendar' has the prefix 'C'"],
    ),
    "a property of the tree with a prefix": (
        "title: t\ntree:\n  /a:\n    properties:\n      D:x: Ada\n",
        ["f:5:7: 'D:x' has the prefix 'D', which names no namespace here; write '{DAV:}x'"],
    ),
    "a name that XML can't have": (
        f"{ONE_CAUSE}kind: protected-property\n    property: '{{urn:u}}1'\n",
        ["f:8:15: '1' can't be the name of an XML element"],
    ),
    "an empty namespace": (
        f"{ONE_CAUSE}kind: protected-property\n    property: '{{}}a'\n",
        ["f:8:15: '{}a' has an empty namespace; write 'a'"],
    ),
    "expected names that no answer has": (
        (
            f"{ONE_REQUEST}507\n      condition: quota-not-exceeded\n      answers:\n"
            "        - {property: a, status: 403, condition: ctag-ok}\n        - {status: 403, condition: x}\n"
        ),
        [
            "f:8:18: the condition 'quota-not-exceeded' has no namespace; write '{DAV:}quota-not-exceeded'",
            "f:10:49: the condition 'ctag-ok' has no namespace; write '{http://me.com/_namespace/}ctag-ok'",
            "f:11:36: the condition 'x' has no namespace; write '{DAV:}x'",
        ],
    ),
    "methods that nobody has": (
        (
            f"{ONE_CAUSE}kind: delay\n    milliseconds: 1\n    methods: [PUTT, get, PATCH]\n"
            "requests:\n  - {name: r, method: PUTT, path: /, expect: {status: 200}}\n"
        ),
        [
            "f:9:15: there is no HTTP method 'PUTT'; did you mean 'PUT'?",
            "f:9:21: there is no HTTP method 'get'; did you mean 'GET'?",
            "f:9:26: the server does not have the method 'PATCH'",
            "f:11:23: there is no HTTP method 'PUTT', and the request does not expect 501; did you mean 'PUT'?",
        ],
    ),
    "an unknown method of a cure": (
        "title: t\ncure:\n  why: w\n  requests:\n    - {name: r, method: DELTE, path: /, expect: {status: 204}}\n",
        ["f:5:25: there is no HTTP method 'DELTE', and the request does not expect 501; did you mean 'DELETE'?"],
    ),
    "users of causes that nobody is": (
        (
            "title: t\nusers: {bo: x}\ncauses:\n  - {id: a, kind: denied, users: [bob]}\n"
            "  - {id: b, kind: login-expired, users: []}\n"
        ),
        [
            "f:4:35: the scenario has no user 'bob'; did you mean 'bo'?",
            "f:5:41: the list is empty, so no request matches",
        ],
    ),
    "users without users": (
        f"{ONE_CAUSE}kind: denied\n    users: [bob]\n",
        ["f:8:13: the scenario has no users, so no request is of 'bob'; list them under users of the scenario"],
    ),
}
"""What can be wrong with a file: its text, and how each problem begins."""

TREES = {
    "a path that can't be": (
        "title: t\ntree:\n  /100%: {}\n",
        "f:3: The path '/100%' has a % that isn't followed by two hexadecimal digits.",
    ),
    "one resource written twice": (
        "title: t\ntree:\n  /a%62: {}\n  /ab: {}\n",
        "f:4: /ab and /a%62 are the same resource; remove one of them",
    ),
    "a member of a document": (
        "title: t\ntree:\n  /a: {}\n  /a/b: {}\n",
        "f:4: /a/b is below the document /a; write /a/ to make it a collection",
    ),
    "content of a collection": (
        "title: t\ntree:\n  /a/: {content: x}\n",
        "f:3: /a/ is a collection, which can't have content or type; remove these, or the slash at its end",
    ),
    "bytes of a collection": (
        "title: t\ntree:\n  /a/: {content-base64: eA==}\n",
        "f:3: /a/ is a collection, which can't have content or type; remove these, or the slash at its end",
    ),
    "text and bytes": (
        "title: t\ntree:\n  /a:\n    content-base64: eA==\n    content: x\n",
        "f:5: the document has content and content-base64; leave one of them out",
    ),
    "bytes that are not base64": (
        "title: t\ntree:\n  /a:\n    content-base64: eA=\n",
        "f:4: the value is not base64: Incorrect padding",
    ),
    "types of a document": (
        "title: t\ntree:\n  /a:\n    types: ['{urn:u}t']\n",
        "f:4: /a is a document, which has no types; write /a/ to make it a collection",
    ),
    "a type that every collection has": (
        "title: t\ntree:\n  /a/:\n    types:\n      - '{DAV:}collection'\n",
        "f:5: every collection has the type {DAV:}collection; leave it out",
    ),
    "a type with a prefix": (
        "title: t\ntree:\n  /a/: {types: ['C:calendar']}\n",
        "f:3: 'C:calendar' has the prefix 'C', which names no namespace here; write '{urn:ietf:params:xml:ns:caldav}calendar'",
    ),
    "a day that there isn't": (
        "title: t\ntree:\n  /a:\n    modified: 2026-02-30T00:00:00Z\n",
        "f:4: there is no time 2026-02-30T00:00:00Z: day is out of range for month",
    ),
    "a time before any that HTTP can write": (
        "title: t\ntree:\n  /a:\n    created: 1000-01-01T00:00:00+01:00\n",
        "f:4: 1000-01-01T00:00:00+01:00 can't be written in UTC with a year of four digits",
    ),
}
"""What can be wrong with the tree: the file's text, and the problem without its column."""


def problems(text: str | bytes) -> list[str]:
    """Load a file that is wrong, and give what is said about it."""
    with pytest.raises(ScenarioError) as caught:
        load(text, "f")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(("text", "expected"), WRONGS.values(), ids=WRONGS)
def test_what_is_wrong_is_told_with_its_place(text: str, expected: list[str]) -> None:
    """File, line, column, what is wrong, and what was probably meant."""
    said = problems(text)
    assert [line[: len(begins)] for line, begins in zip(said, expected, strict=True)] == expected


@pytest.mark.parametrize(("text", "expected"), TREES.values(), ids=TREES)
def test_what_is_wrong_with_the_tree_is_told_with_its_line(text: str, expected: str) -> None:
    """Paths that can't be, or can't be together, are told where they stand."""
    assert [re.sub(r"^(f:\d+):\d+", r"\1", line) for line in problems(text)] == [expected]


def test_a_wrong_path_is_told_where_it_is_written() -> None:
    """The place is that of the path, not that of what the file says below it."""
    assert problems("title: t\ntree:\n  /100%:\n    content: x\n")[0].startswith("f:3:3: The path")


def test_an_unknown_kind_of_cause_is_told_with_what_was_meant() -> None:
    """All kinds that there are stand in the message, and the nearest one."""
    (said,) = problems(f"{ONE_CAUSE}kind: quotta\n")
    known = ", ".join(sorted(cause.__struct_config__.tag for cause in CAUSES))
    assert said == f"f:7:11: 'quotta' is not one of {known}; did you mean 'quota'?"


def test_all_problems_are_told_at_once() -> None:
    """Three mistakes of three kinds are told in one go, in the order of the file."""
    text = f"titel: x\n{ONE_CAUSE}kind: value-rule\n    status: 424\n    property: 5\n"
    assert [line.split(" ")[0] for line in problems(text)] == ["f:1:1:", "f:9:13:", "f:10:15:"]


def test_dangling_names_are_told_at_once() -> None:
    """A path, a pattern and a cure that lead nowhere are three problems of one file."""
    text = (
        f"{ONE_CAUSE}kind: lock\n    path: /x\n  - id: d\n    kind: value-rule\n    property: p\n    pattern: '['\n"
        "cure:\n  why: so\n  remove: [e]\n"
    )
    assert [line.split(" ")[0] for line in problems(text)] == ["f:8:11:", "f:12:14:", "f:15:12:"]


def test_problems_of_several_files_are_told_at_once(tmp_path: Path) -> None:
    """Each file's problems are told under its own name."""
    (tmp_path / "a.yaml").write_text("titel: t\n")
    (tmp_path / "b.yaml").write_text("title: 5\n")
    with pytest.raises(ScenarioError) as caught:
        load_files(files_in([tmp_path]))
    assert {Path(problem.file).name for problem in caught.value.problems} == {"a.yaml", "b.yaml"}


@pytest.mark.parametrize(
    "text",
    [
        f"{MEMBER}methods: [PUT, PROPPATCH]\natomic: true\n",
        f"{MEMBER}methods: [DELETE, COPY, MOVE]\n",
        f"{MEMBER}nth: 1\n",
        f"{MEMBER}methods: [LOCK]\n".replace("/box/a", "/a"),
    ],
)
def test_what_can_stay_done_is_no_problem(text: str) -> None:
    """The Request-URI of an atomic method, and a member of a method that is done in part."""
    assert load(text, "f").causes


def test_a_status_of_a_cause_may_be_expected() -> None:
    """A status that is not registered is a mistake, unless a cause of the file answers with it."""
    cause = "causes: [{id: k, kind: answers, status: 599}]\n"
    assert "599 is not a registered" in problems(f"{ONE_REQUEST}599\n")[0]
    assert load(f"{ONE_REQUEST}599\n{cause}", "f").causes


@pytest.mark.parametrize("kind", ["value-rule", "store-fails", "protected-property", "lock", "denied", "read-only"])
def test_no_cause_can_be_424(kind: str) -> None:
    """Whatever its kind, a cause with status 424 is refused, and told why."""
    said = problems(f"{ONE_CAUSE}kind: {kind}\n    status: 424\n")
    assert [line for line in said if line.startswith("f:8:13: 424 can't be a cause")]


@pytest.mark.parametrize("written", ["424.0", "0x1A8", "0o650", "+424", "4.24e2"])
def test_no_spelling_of_424_can_be_a_cause(written: str) -> None:
    """However the number is written, it is refused."""
    assert problems(f"{ONE_CAUSE}kind: value-rule\n    property: p\n    enum: [a]\n    status: {written}\n")


def test_a_file_that_is_not_utf_8_is_told() -> None:
    """Bytes that are no text are a problem, not a crash."""
    assert problems(b"title: \xff\n")[0].startswith("f:1:1: the file is not YAML")


def test_aliases_that_expand_to_too_much_are_told() -> None:
    """Nine levels of ten aliases each would be a thousand million values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert "more than 200000 values" in problems("\n".join(lines))[0]


def test_an_alias_of_itself_is_told() -> None:
    """A list that holds itself has no end."""
    assert "nested more than 40 levels deep" in problems("title: &t [*t]\n")[0]


def test_a_mapping_that_holds_itself_is_told() -> None:
    """The whole file as its own tree has no end either."""
    assert "nested more than 40 levels deep" in problems("&all\ntitle: t\ntree: *all\n")[0]


def test_an_alias_is_what_it_stands_for() -> None:
    """Two documents can share their properties."""
    scenario = load("title: t\ntree:\n  /a: &a\n    properties: {p: x}\n  /b: *a\n", "f")
    assert scenario.tree["/b"].properties == {"p": "x"}


def test_a_file_that_is_too_large_is_told() -> None:
    """More than 8 MiB are not read."""
    assert "at most 8388608 bytes" in problems(b"#" * (8 * 1024 * 1024 + 1))[0]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_told_and_does_not_end_the_process(opening: str) -> None:
    """100,000 brackets are a problem of the file, not the end of the server."""
    code = (
        "from dav424.scenario.load import load\n"
        "from dav424.scenario.file_problem import ScenarioError\n"
        f"try:\n    load({opening!r} * 100_000, 'f')\nexcept ScenarioError:\n    print('told')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "told\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{ONE_CAUSE}kind: store-fails\n    nth: {'9' * 5000}\n", id="a number of 5000 digits"),
        pytest.param(f"{ONE_REQUEST}200.0\n", id="a status with a decimal point"),
        pytest.param(f"{ONE_CAUSE}kind: store-fails\n    nth: 1e0\n", id="a count with an exponent"),
        pytest.param("title: \ud800\n", id="half a surrogate pair"),
        pytest.param(f"{ONE_CAUSE}kind: value-rule\n    property: p\n    pattern: 'a{{99999999999}}'\n", id="a huge repetition"),
        pytest.param(
            f"{ONE_CAUSE}kind: value-rule\n    property: p\n    pattern: '{'(' * 2000}{')' * 2000}*a**'\n", id="a deep pattern"
        ),
        pytest.param(f"{CURED}change:\n    c: {{pattern: '('}}\n", id="a cure with a pattern that isn't one"),
        pytest.param(f"{ONE_CAUSE}kind: lock\n    path: /dir/\ncure:\n  why: so\n  change: {{c: {{path: /x}}}}\n", id="a cure to nowhere"),
        pytest.param(f"{CURED}change:\n    c: {{id: d}}\n", id="a cure that renames a cause"),
        pytest.param('title: t\ntree: {/a: {properties: {"a<b": x}}}\n', id="a property that can't be an element"),
        pytest.param('title: t\ntree: {/a: {properties: {"1": x}}}\n', id="a property named with a digit"),
        pytest.param('title: t\ntree: {/a: {properties: {p: "\\x01"}}}\n', id="a property with a control character"),
        pytest.param(
            "title: t\ntree: {/a: {properties: {p: {xml: '<!DOCTYPE p [<!ENTITY e \"x\">]><p>&e;</p>'}}}}\n",
            id="a property with an entity of its own",
        ),
        pytest.param(f"{ONE_CAUSE}kind: quota\n    path: /doc.txt\n    bytes: 1\n", id="a quota of bytes on a document"),
    ],
)  # fmt: skip
def test_what_can_not_be_used_is_told(text: str) -> None:
    """What would crash, or make a world that breaks later, is told when it is loaded."""
    assert problems(text)


@pytest.mark.parametrize(("written", "meant"), SCALARS)
def test_a_scalar_is_what_yaml_1_2_says(written: str, meant: Any) -> None:
    """``no`` is a word, 12:30 is no number of seconds, and 0o17 is fifteen."""
    found = read(f"a: {written}\n", "f").data["a"]
    assert (type(found), found) == (type(meant), meant)


def test_not_a_number_is_a_number() -> None:
    """``.nan`` is the one value that isn't itself."""
    found = read("a: .nan\n", "f").data["a"]
    assert found != found  # noqa: PLR0124 - that is what makes it .nan


def test_a_key_is_always_text() -> None:
    """A key that looks like a number or a truth is the word that was written."""
    assert read("12: a\nno: b\ntrue: c\n", "f").data == {"12": "a", "no": "b", "true": "c"}


def test_places_are_kept_for_keys_and_values() -> None:
    """The key a.b stands in line 2, column 3, and its value in column 6."""
    parsed = read("a:\n  b: c\n", "f")
    assert (parsed.position(("a", "b"), key=True), parsed.position(("a", "b"))) == ((2, 3), (2, 6))


def test_the_place_of_what_is_missing_is_that_of_what_it_is_missing_from() -> None:
    """Nothing stands at a.x, so its place is that of a."""
    assert read("a:\n  b: c\n", "f").position(("a", "x")) == (2, 3)


def test_json_is_yaml() -> None:
    """A scenario can be written as JSON."""
    assert load(json.dumps({"title": "t", "tree": {"/a": {"content": "x"}}}), "f").tree["/a"].content == "x"


def test_a_byte_order_mark_is_no_problem() -> None:
    """Editors of another world write one."""
    assert load(b"\xef\xbb\xbftitle: t\n", "f").title == "t"


def test_a_property_may_be_given_as_xml() -> None:
    """An element of the property's own name, with its own prefix."""
    text = "title: t\ntree: {/a: {properties: {'{urn:u}p': {xml: '<u:p xmlns:u=\"urn:u\"/>'}}}}\n"
    assert load(text, "f").tree["/a"].properties == {"{urn:u}p": XmlProperty(xml='<u:p xmlns:u="urn:u"/>')}


def test_the_schema_is_a_schema() -> None:
    """It is valid by the meta-schema of draft-07, which it names."""
    made = schema()
    jsonschema_rs.meta.validate(made)
    assert made["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_schema_in_the_docs_is_the_schema() -> None:
    """What editors use is what ``dav424 check`` goes by; ``make schema`` writes it."""
    assert json.loads((ROOT / "docs" / "scenario.schema.json").read_text()) == schema()


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    """No definition is missing, and none is there for nothing."""
    made = schema()
    referred = set(re.findall(r'"\$ref": "#/definitions/(\w+)"', json.dumps(made)))
    assert referred == set(made["definitions"])


def test_the_schema_knows_every_kind_of_cause() -> None:
    """Each kind in the table of causes can be written in a file."""
    kinds = schema()["properties"]["causes"]["items"]["properties"]["kind"]["enum"]
    assert set(kinds) == {cause.__struct_config__.tag for cause in CAUSES}


def test_a_tree_can_have_bytes_types_and_times(serve: Callable[..., Served]) -> None:
    """What a server serves is what the file says."""
    client = serve("""
tree:
  /a.bin: {content-base64: /wA=, modified: "2020-02-29T12:00:00+01:00", created: "2019-01-01T00:00:00Z"}
  /cal/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"], created: "2018-01-01T00:00:00Z"}
""").client
    read = client("GET", "/a.bin")
    assert (read.body, read.headers["Last-Modified"]) == (b"\xff\x00", "Sat, 29 Feb 2020 11:00:00 GMT")
    said = client("PROPFIND", "/", "", {"Depth": "1"}).body.decode()
    assert "calendar" in said.partition("/cal/")[2].partition("resourcetype>")[2].partition("resourcetype>")[0]
    assert [f"{year}-01-01T00:00:00Z" in said for year in (2018, 2019)] == [True, True]


@given(text=st.text(st.characters(codec="utf-8")), key=st.text(st.characters(codec="utf-8"), min_size=1))
@example(text="1e5", key="0o17")
@example(text="a\x85b\u2028\ufeff", key="+12")
@example(text="\n a\n\n", key="~")
@example(text="a\n", key=".inf")
@example(text="a\n\nb " + "c " * 100, key="# x")
def test_a_scenario_that_was_written_is_read_as_it_was(text: str, key: str) -> None:
    """Whatever its texts look like to YAML 1.1 and 1.2."""
    data = read(write(Scenario(title="t", tree={"/a": TreeEntry(content=text)}, users={key: text})), "f").data
    assert (data["tree"]["/a"].get("content", ""), data["users"]) == (text, {key: text})


@pytest.mark.parametrize("file", bundled_files(), ids=lambda file: file.stem)
def test_every_bundled_file_is_right(file: Path) -> None:
    """What we ship has no problem of any kind, untrusted too."""
    assert load(file.read_bytes(), file.name).title


@pytest.mark.parametrize("file", bundled_files(), ids=lambda file: file.stem)
def test_every_bundled_file_tells_editors_its_schema(file: Path) -> None:
    """The first line is the comment that language servers look for, and the schema is where it says."""
    first = file.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../docs/scenario.schema.json"


@pytest.mark.parametrize("file", bundled_files(), ids=lambda file: file.stem)
def test_trusting_a_file_loads_the_same(file: Path) -> None:
    """Leaving the checks out changes nothing for a file without problems."""
    assert load(file.read_bytes(), file.name, trusted=True) == load(file.read_bytes(), file.name)


def test_trusting_a_wrong_file_tells_what_is_wrong() -> None:
    """Trust that was misplaced ends in the same problems."""
    with pytest.raises(ScenarioError, match="f:1:1: unknown key 'titel'"):
        load("titel: t\ntitle: t\n", "f", trusted=True)


def test_bundled_scenarios_are_found_by_name() -> None:
    """Each file is a scenario of the file's name."""
    assert set(scenario_sources()) == {file.stem for file in bundled_files()}


def test_a_folder_is_all_the_scenario_files_in_it(tmp_path: Path) -> None:
    """.yaml and .yml are, in order; others aren't."""
    for name in ("b.yml", "a.yaml", "c.txt"):
        (tmp_path / name).write_text("title: t\n")
    assert list(load_files(files_in([tmp_path]))) == ["a", "b"]


def test_a_place_without_scenarios_is_told(tmp_path: Path) -> None:
    """An empty folder and a missing file are two problems, told at once."""
    with pytest.raises(ScenarioError) as caught:
        files_in([tmp_path, tmp_path / "missing.yaml"])
    assert len(caught.value.problems) == 2


def test_two_files_of_one_name_are_told(tmp_path: Path) -> None:
    """a.yaml and a.yml would be one scenario."""
    for name in ("a.yaml", "a.yml"):
        (tmp_path / name).write_text("title: t\n")
    with pytest.raises(ScenarioError, match="has the same scenario name"):
        load_files(files_in([tmp_path]))


def test_a_name_that_can_not_stand_in_a_url_is_told(tmp_path: Path) -> None:
    """A file's name is the first segment of its URLs."""
    (tmp_path / "my scenario.yaml").write_text("title: t\n")
    with pytest.raises(ScenarioError, match="can't be a scenario's name"):
        load_files(files_in([tmp_path]))


@pytest.mark.parametrize("name", ["s", "learn"])
def test_a_name_that_is_taken_is_told(tmp_path: Path, name: str) -> None:
    """The server has other things at these paths."""
    (tmp_path / f"{name}.yaml").write_text("title: t\n")
    with pytest.raises(ScenarioError, match=f"'{name}' can't be a scenario's name, since .* served at /{name}/"):
        load_files(files_in([tmp_path]))


def loads_or_tells(text: str | bytes) -> None:
    """Load a text; to be told what is wrong with it is fine, anything else is not."""
    with contextlib.suppress(ScenarioError):
        load(text, "f")


TOKENS = (
    "", " ", "\n", "\t", ":", "- ", "? ", "[", "]", "{", "}", "'", '"', "|", ">", "#", "&a ", "*a", "!x ", "%", "---\n",
    "~", "no", "true", "0", "-1", "1.0", "1e3", "424", "99999999999999999999", ".nan", ".inf", "\x00", "\x85", "\ufeff",
    "é", "/", "/%", "/../", "<a/>", "{DAV:}", "title", "kind: quota", "(", "*", "\\", "{}", "[]",
)  # fmt: skip
BUNDLED = [file.read_text() for file in bundled_files()]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Draw a bundled file in which up to four stretches were replaced by something else."""
    text = draw(st.sampled_from(BUNDLED))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 1, 2, 5, 20, 200]))
        text = text[:start] + draw(st.sampled_from(TOKENS)) + text[start + length :]
    return text


@st.composite
def revalued(draw: st.DrawFn) -> str:
    """Draw a bundled file in which one value was replaced by another."""
    text = draw(st.sampled_from(BUNDLED))
    values = list(re.finditer(r"(?<=: )[^\n{\[|>]+$", text, re.MULTILINE))
    chosen = draw(st.sampled_from(values))
    return text[: chosen.start()] + draw(st.sampled_from(TOKENS)) + text[chosen.end() :]


many = settings(max_examples=150)


@many
@given(st.text(max_size=80) | st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))
@example("\ud800")
def test_any_text_is_loaded_or_told(text: str) -> None:
    """No text whatsoever makes anything but problems."""
    loads_or_tells(text)


@many
@given(st.binary(max_size=60))
def test_any_bytes_are_loaded_or_told(data: bytes) -> None:
    """Nor do any bytes."""
    loads_or_tells(data)


@many
@given(mutated())
def test_a_mutilated_file_is_loaded_or_told(text: str) -> None:
    """Nor does any of our own files with pieces knocked out and put in."""
    loads_or_tells(text)


@many
@given(revalued())
def test_a_file_with_another_value_is_loaded_or_told(text: str) -> None:
    """Nor does any of our own files with any of its values exchanged."""
    loads_or_tells(text)


# What can never match ------------------------------------------------------------------------------

SETTINGS = {"answers": "status: 503", "protected-property": "property: p", "value-rule": "property: p, enum: [a]", "resourcetypes": "types: []",
            "invitees": "known: []", "delay": "milliseconds: 1", "quota": "properties: 1",
            "report-limit": "members: 1", "sync-history": "changes: 1", "object-refused": "precondition: valid-data"}  # fmt: skip
ASKED = """
requests:
  - {name: p, method: PUT, path: /new/made.txt, expect: {status: 409}}
  - {name: c, method: COPY, path: /dir/, headers: {Destination: "{base}/copy/"}, expect: {status: 201}}
  - {name: b, method: POST, path: /dir/, body: '{"url": "{base}/dir/by%20batch.txt"}', expect: {status: 400}}
  - {name: b, method: BCOPY, path: /, body: '<href>/bulk/</href>', expect: {status: 400}}
"""


def with_cause(kind: str, path: str, requests: str = "") -> str:
    """Write a file with a cause of a kind at a path."""
    cause = ", ".join(filter(None, ["id: c", f"kind: {kind}", SETTINGS.get(kind), f"path: {path}"]))
    return f"title: t\ntree: {{/doc.txt: , /dir/in.txt: }}\ncauses: [{{{cause}}}]\n{requests}"


KINDS = [str(cause.__struct_config__.tag) for cause in CAUSES]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("requests", ["", ASKED])
def test_a_path_at_which_nothing_is_or_can_be_is_told(kind: str, requests: str) -> None:
    """For every kind of cause, with what was meant."""
    (said,) = problems(with_cause(kind, "/dri/in.text", requests))
    assert said.startswith("f:3:")
    assert "the tree has no resource at /dri/in.text" in said
    assert said.endswith("did you mean '/dir/in.txt'?")


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_that_no_request_makes_is_told(kind: str) -> None:
    """A client could make it, but the requests of the scenario don't."""
    (said,) = problems(with_cause(kind, "/doc.text", ASKED))
    assert said.endswith("did you mean '/doc.txt'?")


@pytest.mark.parametrize(
    "path", ["/new", "/new/made.txt", "/copy", "/copy/in.txt", "/dir/by%20batch.txt", "/bulk/in.txt"]
)
def test_a_path_that_a_request_makes_is_right(path: str) -> None:
    """By its own path, below it, by a copy, or by a name in a body."""
    assert load(with_cause("denied", path, ASKED), "f").causes


@pytest.mark.parametrize("path", ["/new.txt", "/dir/new", "/copy/in.txt"])
def test_a_path_that_a_client_could_make_is_noted_without_requests(path: str) -> None:
    """It may be meant so: the file loads, and check prints a note."""
    (note,) = notes(with_cause("read-only", path), "f")
    assert re.match(
        rf"f:3:\d+: note: the tree has no resource at {path}; the cause applies if a client makes one", str(note)
    )


def test_names_without_a_namespace_are_noted() -> None:
    """They are legal, and most often a mistake."""
    text = (
        "title: t\ntree: {/a: {properties: {owner: Ada}}}\ncauses:\n  - {id: a, kind: protected-property, property: getetag}\n"
        "  - {id: b, kind: protected-property, property: '{dav:}getetag'}\n"
        "  - {id: c, kind: protected-property, property: '{urn:u}fine'}\n"
    )
    assert [str(note) for note in notes(text, "f")] == [
        (
            "f:2:33: note: 'owner' has no namespace, and so differs from all properties that have one; "
            "did you mean '{DAV:}owner'?"
        ),
        (
            "f:4:49: note: 'getetag' has no namespace, and so differs from all properties that have one; "
            "did you mean '{DAV:}getetag'?"
        ),
        "f:5:49: note: the namespace of '{dav:}getetag' is not that of WebDAV; did you mean '{DAV:}getetag'?",
    ]


@pytest.mark.parametrize(("method", "status"), [("PUTT", 501), ("PATCH", 405), ("ACL", 501), ("SEARCH", 200)])
def test_a_method_that_the_server_lacks_can_be_requested(method: str, status: int) -> None:
    """One that HTTP knows in any case; any other one if 501 is expected."""
    text = f"title: t\nrequests: [{{name: r, method: {method}, path: /, expect: {{status: {status}}}}}]\n"
    assert load(text, "f").requests


def test_an_anonymous_user_can_be_named_where_there_are_no_users() -> None:
    """An empty name is that of every client."""
    assert load("title: t\ncauses: [{id: c, kind: denied, users: ['']}]\n", "f").causes


@pytest.mark.parametrize("trusted", [False, True])
def test_an_entry_without_a_value_is_an_empty_resource(trusted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """``/trip/:`` is a collection, and ``/a.txt:`` an empty document."""
    tree = load("title: t\ntree:\n  /trip/:\n  /a.txt:\n", "f", trusted=trusted).tree
    assert [(path, entry.content) for path, entry in tree.items()] == [("/trip/", ""), ("/a.txt", "")]


def test_the_methods_of_the_checks_are_those_of_the_server() -> None:
    """No method is missing, and none is made up."""
    assert {*METHOD_FACTS} == SERVED
    assert SERVED < KNOWN


# Threads -----------------------------------------------------------------------------------------

AT_ONCE = """
import sys, threading
from dav424.scenario.load import load
from dav424.scenario.schema_checks import part_problems
from dav424.scenario.files import bundled_files

sys.setswitchinterval(1e-5)
start = threading.Barrier(8)

def work():
    start.wait()
    for file in bundled_files():
        load(file.read_bytes(), file.name, trusted=True)

threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
"""


def test_the_first_scenarios_can_be_loaded_at_once() -> None:
    """By several threads of a process that has loaded none before: the server's, and the one that prints commands."""
    assert subprocess.run([sys.executable, "-c", AT_ONCE], check=False).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "title: t\ntree:\n" + "".join(f"  /a{n}: {{conten: x}}\n" for n in range(5000)),
        "title: t\ntree:\n" + "".join(f"  /b{n}: {{from: [/a{n}]}}\n" for n in range(5000)),
        "title: t\ntree: {}\nusers:\n"
        + "".join(f"  u{n}: p\n" for n in range(2000))
        + "requests:\n"
        + "".join(
            f"- {{name: r{n}, method: GET, path: /, user: v{n}, expect: {{status: 200}}}}\n" for n in range(2000)
        ),
    ],
    ids=["keys", "sources", "users"],
)
def test_a_hundred_problems_are_told(text: str) -> None:
    """More of them would take long, and are told when these are solved."""
    assert len(problems(text)) == 100


def test_each_mistake_of_a_long_list_has_its_place() -> None:
    """The list is checked in pieces, and the pointers count from its beginning; other keys are reported once."""
    data = {
        "bogus": 1,
        "causes": [1] * 1201,
        "tree": {f"/{number}": 1 for number in range(601)},
        "users": {f"u{number}": "p" for number in range(900)},
    }
    found = [pointer for pointer, _ in part_problems(data)]
    assert found.count(("bogus",)) == 1
    assert sorted(pointer[1] for pointer in found if pointer[0] == "causes") == list(range(1201))
    assert sorted(pointer[1] for pointer in found if pointer[0] == "tree") == sorted(data["tree"])
    assert len(found) == 1 + 1201 + 601
