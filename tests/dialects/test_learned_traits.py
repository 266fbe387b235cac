"""The traits that were found by learning the dialects of real servers, on a real socket."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dav424.proof.play import Answer
from tests.dialects.conftest import Compare, Speak

TREE = "tree: {/f.txt: {content: A}, /d/: {}, /d/g h.txt: {content: B}, /named: {content: C, properties: {'{DAV:}displayname': N}}}"
NAMED = '<D:propfind xmlns:D="DAV:" xmlns:X="urn:x"><D:prop><D:displayname/><D:getetag/><D:lockdiscovery/><X:a/></D:prop></D:propfind>'
NAMES = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'
LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    "<D:owner>Ada</D:owner></D:lockinfo>"
)
SET = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><X:a xmlns:X="urn:x">1</X:a></D:prop></D:set></D:propertyupdate>'
SET_PROTECTED = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><X:a xmlns:X="urn:x">1</X:a><D:getetag>1</D:getetag></D:prop></D:set></D:propertyupdate>'
DEEP, ONE = {"Depth": "infinity"}, {"Depth": "0"}


Send = Callable[..., Answer]


def client_in(speak: Speak, dialect: str, scenario: str) -> Send:
    """Give a client of the scenario in a dialect; a body of XML has its type."""
    client = speak(dialect, scenario).client

    def send(method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        typed = {"Content-Type": "application/xml"} if body.startswith("<") else {}
        return client(method, path, body, {**typed, **(headers or {})})

    return send


def values(answer: Answer, name: str, status: int = 200) -> list[str]:
    """List the texts of a property of ``DAV:`` in the propstats of a status."""
    found = re.findall(
        rf"<D:propstat>(?:(?!</D:propstat>).)*HTTP/1.1 {status} .*?</D:propstat>", answer.body.decode(), re.DOTALL
    )
    return [
        text or ""
        for propstat in found
        for text in re.findall(rf"<(?:D:)?{name}(?: [^>]*?)?(?:/>|>(.*?)</(?:D:)?{name}>)", propstat, re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("name", ["test", "d", "g h.txt", "f.txt", "N"]),
        ("name-encoded", ["test", "d", "g%20h.txt", "f.txt", "N"]),
        ("name-of-document", ["g h.txt", "f.txt", "N"]),
        ("name-of-collection", ["test", "d", "N"]),
        (
            "path",
            [
                "/s/a~tried/test/",
                "/s/a~tried/test/d/",
                "/s/a~tried/test/d/g h.txt",
                "/s/a~tried/test/f.txt",
                "N",
            ],
        ),
        ("path-of-collection", ["s/a~tried/test", "s/a~tried/test/d", "N"]),
        ("empty", ["", "", "", "", "N"]),
        ("missing", ["N"]),
    ],
)
def test_a_displayname_that_no_client_has_set(speak: Speak, value: str, expected: list[str]) -> None:
    """Whether the request names it or asks for all; a stored one stays."""
    client = client_in(speak, f"display-names: {value}", TREE)
    listed = client("PROPFIND", "/", NAMED, DEEP)
    assert values(listed, "displayname") == expected
    assert len(values(listed, "displayname", 404)) == 5 - len(expected)
    assert values(client("PROPFIND", "/", "", DEEP), "displayname") == expected
    assert values(client("PROPFIND", "/", NAMES, DEEP), "displayname") == [""] * len(expected)


def test_a_displayname_can_be_left_out(speak: Speak) -> None:
    """Not even 404 is said of it."""
    listed = client_in(speak, "display-names: left-out", TREE)("PROPFIND", "/f.txt", NAMED, ONE)
    assert (b"displayname" in listed.body, b"lockdiscovery" in listed.body) == (False, True)


def test_properties_can_be_absent(speak: Speak) -> None:
    """In each listing; the headers and the answer to LOCK keep what they say."""
    client = client_in(speak, "absent-properties: [lockdiscovery, getetag]", TREE)
    listed = client("PROPFIND", "/f.txt", NAMED, ONE)
    assert values(listed, "getetag") == values(listed, "lockdiscovery") == []
    assert values(listed, "getetag", 404) == values(listed, "lockdiscovery", 404) == [""]
    everything = client("PROPFIND", "/f.txt", "", ONE)
    assert (b"getetag" in everything.body, b"lockdiscovery" in everything.body) == (False, False)
    assert "ETag" in client("GET", "/f.txt").headers
    assert b"activelock" in client("LOCK", "/f.txt", LOCK).body


@pytest.mark.parametrize(("value", "form"), [("strong", r'"\w+"'), ("weak", r'W/"\w+"'), ("unquoted", r"\w+")])
def test_a_collection_has_an_entity_tag(speak: Speak, value: str, form: str) -> None:
    """It changes with the members and their content."""
    client = client_in(speak, f"collection-etags: {value}", TREE)

    def tag() -> str:
        (found,) = values(client("PROPFIND", "/d/", NAMED, ONE), "getetag")
        return found

    before = tag()
    assert re.fullmatch(form, before)
    assert tag() == before
    client("PUT", "/d/g%20h.txt", "changed")
    assert tag() != before


def test_the_tag_in_a_listing_can_be_another_one(speak: Speak) -> None:
    """As WsgiDAV's, which has no quotes there."""
    client = client_in(speak, "listed-etags: unquoted", TREE)
    etag = client("GET", "/f.txt").headers["ETag"]
    assert values(client("PROPFIND", "/f.txt", NAMED, ONE), "getetag") == [etag.strip('"')]


def test_a_lock_comes_with_the_entity_tag(speak: Speak) -> None:
    """As lighttpd's."""
    client = client_in(speak, "lock-etags: sent", TREE)
    assert client("LOCK", "/f.txt", LOCK).headers["ETag"] == client("GET", "/f.txt").headers["ETag"]


def test_accept_ranges_by_method(speak: Speak) -> None:
    """A failure has none."""
    client = client_in(speak, "accept-ranges: {GET: absent, PUT: none, PROPFIND: by-kind, COPY: documents}", TREE)
    sent = {
        "GET": client("GET", "/f.txt"),
        "HEAD": client("HEAD", "/f.txt"),
        "PUT": client("PUT", "/f.txt", "b"),
        "document": client("PROPFIND", "/f.txt", "", ONE),
        "collection": client("PROPFIND", "/d/", "", ONE),
        "copy": client("COPY", "/f.txt", "", {"Destination": "{base}/copy.txt"}),
        "tree": client("COPY", "/d/", "", {"Destination": "{base}/copies/"}),
        "failure": client("PUT", "/no/such", "b"),
    }
    found = {name: answer.headers.get("Accept-Ranges") for name, answer in sent.items()}
    assert found == {
        "GET": None,
        "HEAD": "bytes",
        "PUT": "none",
        "document": "bytes",
        "collection": "none",
        "copy": "bytes",
        "tree": None,
        "failure": None,
    }


def test_documents_of_other_code_have_a_manner_of_their_own(speak: Speak) -> None:
    """The answer to LOCK, and errors; a multistatus is written as always."""
    client = client_in(
        speak,
        "lock-manner: {xml-declaration: '<?xml version=\"1.0\"?>', white-space: none, empty-elements: two-tags, xml-type: text/x}\n"
        "error-manner: {white-space: none, xml-type: text/y}",
        TREE,
    )
    locked = client("LOCK", "/f.txt", LOCK)
    assert locked.body.startswith(b'<?xml version="1.0"?>\n<D:prop xmlns:D="DAV:"><D:lockdiscovery><D:activelock>')
    assert (b"<D:write></D:write>" in locked.body, locked.headers["Content-Type"]) == (True, "text/x")
    error = client("PUT", "/f.txt", "b")
    assert (error.status, error.headers["Content-Type"], b"\n <" in error.body) == (423, "text/y", False)
    listed = client("PROPFIND", "/f.txt", NAMED, ONE)
    assert b'<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus' in listed.body
    assert (b"<D:write/>" in listed.body, "xml" in listed.headers["Content-Type"]) == (True, True)


def test_an_update_has_a_manner_of_its_own(speak: Speak) -> None:
    """The answer to a PROPPATCH is written otherwise, and a listing as always."""
    client = client_in(speak, "update-manner: {white-space: none, xml-type: text/x}", TREE)
    update = (
        '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:u">1</a></D:prop></D:set></D:propertyupdate>'
    )
    done = client("PROPPATCH", "/f.txt", update)
    assert (done.status, done.headers["Content-Type"], b"\n <" in done.body) == (207, "text/x", False)
    listed = client("PROPFIND", "/f.txt", NAMED, ONE)
    assert ("xml" in listed.headers["Content-Type"], b"\n <" in listed.body) == (True, True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sent", b"<D:owner>Ada</D:owner>"),
        ("empty", b"<D:owner/>"),
        ("absent", b""),
        ("bytes", b"<D:owner>b'Ada'</D:owner>"),
    ],
)
def test_the_owner_of_a_lock(speak: Speak, value: str, expected: bytes) -> None:
    """In the answer to LOCK, and in a listing."""
    client = client_in(speak, f"lock-owners: {value}", TREE)
    for body in (client("LOCK", "/f.txt", LOCK).body, client("PROPFIND", "/f.txt", NAMED, ONE).body):
        assert b"<D:activelock>" in body
        assert (
            b"".join(re.findall(rb"<D:owner[^>]*/>|<D:owner.*?</D:owner>", body)).replace(b' xmlns:D="DAV:"', b"")
            == expected
        )


@pytest.mark.parametrize("status", [204, 200])
def test_a_proppatch_of_which_nothing_failed(speak: Speak, status: int) -> None:
    """It has no multistatus; one that failed has."""
    client = client_in(speak, f"proppatch-success: {status}", TREE)
    done = client("PROPPATCH", "/f.txt", SET)
    assert (done.status, done.body, "Content-Type" in done.headers) == (status, b"", False)
    failed = client("PROPPATCH", "/f.txt", SET_PROTECTED)
    assert failed.status == 207
    assert b"424" in failed.body


def test_statuses_of_what_was_made_and_replaced(speak: Speak) -> None:
    """By method; a number is for the three that have no content."""
    client = client_in(speak, "overwritten-status: {PUT: 201, LOCK: 201}\ncreated-status: {COPY: 204, LOCK: 200}", TREE)
    to = {"Destination": "{base}/copy.txt"}
    found = [
        client("PUT", "/f.txt", "b").status,
        client("COPY", "/f.txt", "", to).status,
        client("COPY", "/f.txt", "", to).status,
        client("LOCK", "/f.txt", LOCK).status,
        client("LOCK", "/new.txt", LOCK).status,
    ]
    assert found == [201, 204, 204, 201, 200]
    other = client_in(speak, "overwritten-status: 200", TREE)
    to = {"Destination": "{base}/f.txt"}
    assert [
        other("PUT", "/f.txt", "b").status,
        other("COPY", "/named", "", to).status,
        other("LOCK", "/f.txt", LOCK).status,
    ] == [200] * 3


def test_lockdiscovery_beside_the_properties(speak: Speak) -> None:
    """As ASGIWebDAV's: there it always stands; among the properties it is missing, if the request names it."""
    client = client_in(speak, "lockdiscovery-place: beside-prop\nwhite-space: none", TREE)
    client("LOCK", "/f.txt", LOCK)
    listed = client("PROPFIND", "/f.txt", NAMED, ONE)
    assert b"</D:prop><D:lockdiscovery><D:activelock>" in listed.body
    assert values(listed, "lockdiscovery", 404) == [""]
    for body in ("", NAMES, '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'):
        received = client("PROPFIND", "/f.txt", body, ONE).body
        assert (b"</D:prop><D:lockdiscovery><D:activelock>" in received, b"404" in received) == (True, False)
    alone = client("PROPFIND", "/f.txt", NAMED.replace("<D:displayname/><D:getetag/>", "").replace("<X:a/>", ""), ONE)
    assert b"<D:prop/><D:lockdiscovery><D:activelock>" in alone.body


def test_locks_beside_the_properties_are_spelled_as_others(speak: Speak) -> None:
    """The traits of locks change them there, too; no token is shown where tokens are hidden."""
    dialect = (
        "lockdiscovery-place: beside-prop\nlock-roots: absent\nlisted-lock-tokens: hidden\ninherited-locks: absent"
    )
    client = client_in(speak, dialect, TREE)
    assert b"locktoken" in client("LOCK", "/d/", LOCK).body
    own, inherited = (client("PROPFIND", path, "", ONE).body for path in ("/d/", "/d/g%20h.txt"))
    assert (own.count(b"<D:activelock>"), inherited.count(b"<D:activelock>")) == (1, 0)
    assert not re.search(b"lockroot|locktoken", own)


def test_properties_that_nobody_asked_for(speak: Speak) -> None:
    """As ASGIWebDAV's resourcetype; a request for all properties or for names, or one that is malformed, stays as it is."""
    dialect = "unasked-properties: [resourcetype, getetag]"
    client, plain = client_in(speak, dialect, TREE), client_in(speak, "title: plain", TREE)
    asked = (
        '<?xml version="1.0" encoding="utf-16"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
    )
    listed = client("PROPFIND", "/d/", asked.replace("utf-16", "utf-8"), ONE)
    assert len(values(listed, "resourcetype")) == 1
    assert values(listed, "getetag", 404) == [""]
    for body in ("", NAMES, "<D:broken"):
        one, other = client("PROPFIND", "/f.txt", body, ONE), plain("PROPFIND", "/f.txt", body, ONE)
        assert (one.status, one.body) == (other.status, other.body)


def test_missing_properties_beside_dead_ones(speak: Speak) -> None:
    """As ASGIWebDAV's: a resource without dead properties does not say what it lacks."""
    client = client_in(speak, "missing-properties: beside-dead", TREE)
    client("PROPPATCH", "/f.txt", SET.replace("X:a", "X:b"))
    found = {path: b"404" in client("PROPFIND", path, NAMED, ONE).body for path in ("/f.txt", "/d/g%20h.txt")}
    assert found == {"/f.txt": True, "/d/g%20h.txt": False}


def test_locks_of_documents_alone(speak: Speak) -> None:
    """As Cyrus's: a collection has neither lockdiscovery nor supportedlock."""
    client = client_in(speak, "unsupported-locks: absent-from-collections\ncollections-refuse: {LOCK: 405}", TREE)
    listed = client("PROPFIND", "/d/", NAMED.replace("<X:a/>", "<D:supportedlock/>"), {"Depth": "1"})
    assert (len(values(listed, "lockdiscovery")), len(values(listed, "supportedlock"))) == (1, 1)
    assert (values(listed, "lockdiscovery", 404), values(listed, "supportedlock", 404)) == ([""], [""])


def test_the_members_of_a_depth_of_zero(speak: Speak) -> None:
    """As Cyrus's; a document has no members, and the journal has the request as it was sent."""
    speaking = speak("depth-zero: members-too", TREE)
    assert len(values(speaking.client("PROPFIND", "/d/", "", ONE), "getetag")) == 1
    assert speaking.latest.request.headers["depth"] == "0"
    assert b"g%20h.txt" in speaking.client("PROPFIND", "/d/", "", ONE).body
    assert speaking.client("PROPFIND", "/f.txt", "", ONE).body.count(b"<D:response>") == 1


def test_an_if_header_that_is_ignored(speak: Speak) -> None:
    """A fault, as Xandikos's: neither its conditions nor its form matter; its lock tokens count, and a lock can be refreshed."""
    client = speak("if-header: ignored", TREE, faults=True).client
    for sent in ("(<urn:unknown>)", '(["other"])', "malformed"):
        assert client("PUT", "/f.txt", "new", {"If": sent}).status == 204
    granted = client("LOCK", "/f.txt", LOCK, {"Content-Type": "application/xml"})
    token = f"({granted.headers['Lock-Token']})"
    assert client("PUT", "/f.txt", "newer").status == 423
    assert client("PUT", "/f.txt", "newer", {"If": token}).status == 204
    assert client("LOCK", "/f.txt", "", {"If": token}).status == 200
    assert client("LOCK", "/f.txt", "", {"If": "(<urn:unknown>)"}).status == 412
    assert speak("if-header: ignored", TREE).client("PUT", "/f.txt", "new", {"If": "(<urn:unknown>)"}).status == 412


def test_the_entity_tag_of_a_copy(speak: Speak) -> None:
    """As Cyrus's: after COPY and MOVE of a document; a collection has none, and a failure neither."""
    client = client_in(speak, "copied-etag: sent", TREE)
    for method, path in (("COPY", "/f.txt"), ("MOVE", "/named")):
        made = client(method, path, "", {"Destination": "{base}/new.txt"})
        assert made.headers["ETag"] == client("GET", "/new.txt").headers["ETag"]
    assert "ETag" not in client("COPY", "/d/", "", {"Destination": "{base}/e/"}).headers
    assert "ETag" not in client("COPY", "/missing", "", {"Destination": "{base}/f.txt"}).headers


@pytest.mark.parametrize(("dialect", "expected"), [("", []), ("unsupported-locks: empty", [""])])
def test_lockdiscovery_without_locks(speak: Speak, dialect: str, expected: list[str]) -> None:
    """As Xandikos's: empty, also where all properties are asked for; a server with locks keeps its own."""
    client = client_in(speak, f"methods-absent: {{LOCK: 405, UNLOCK: 405}}\n{dialect}", TREE)
    for asked in (NAMED, ""):
        assert values(client("PROPFIND", "/f.txt", asked, ONE), "lockdiscovery") == expected
    locking = client_in(speak, dialect or "title: none", TREE)
    locking("LOCK", "/f.txt", LOCK)
    (lock,) = values(locking("PROPFIND", "/f.txt", NAMED, ONE), "lockdiscovery")
    assert "<D:activelock>" in lock


def test_namespaces_can_be_lost(compare: Compare) -> None:
    """In the answers to the methods that are named."""
    both = compare("namespaces-lost: [PROPPATCH]", TREE)
    spoken, plain = both("PROPPATCH", "/f.txt", SET)
    assert (b"urn:x" in plain.body, b"urn:x" in spoken.body, b"<a/>" in spoken.body) == (True, False, True)
    assert b"urn:x" in both("PROPFIND", "/f.txt", NAMED, ONE)[0].body


def test_a_lock_token_can_come_without_brackets(speak: Speak) -> None:
    """As Zope's."""
    assert (
        client_in(speak, "lock-token-header: bare", TREE)("LOCK", "/f.txt", LOCK)
        .headers["Lock-Token"]
        .startswith("urn:uuid:")
    )


def test_errors_of_an_old_sabre(speak: Speak) -> None:
    """Version 1.8 names itself behind the message."""
    body = client_in(speak, "error-body: sabre-1", TREE)("DELETE", "/missing").body
    assert re.search(rb"s:exception>.*<s:message>.*<s:sabredav-version>1.8.12<", body, re.DOTALL)


@pytest.mark.parametrize(
    ("value", "expected"), [("without-slash", b"/s/a~tried/test/d"), ("sent", b"/s/a~tried/test/d/")]
)
def test_the_root_of_a_lock_can_lose_its_slash(speak: Speak, value: str, expected: bytes) -> None:
    """As sabre/dav's."""
    locked = client_in(speak, f"lock-roots: {value}", TREE)("LOCK", "/d/", LOCK)
    assert b"<D:lockroot><D:href>%s</D:href></D:lockroot>" % expected in locked.body


def test_members_can_hide_the_lock_of_their_collection(speak: Speak) -> None:
    """Their own locks are listed, and the collection lists its lock."""
    client = client_in(speak, "inherited-locks: absent", TREE)
    client("LOCK", "/d/", LOCK)
    client("LOCK", "/f.txt", LOCK)
    found = {
        path: b"activelock" in client("PROPFIND", path, NAMED, ONE).body for path in ("/d/", "/d/g%20h.txt", "/f.txt")
    }
    assert found == {"/d/": True, "/d/g%20h.txt": False, "/f.txt": True}


def test_a_failed_update_can_name_the_first_property_alone(compare: Compare) -> None:
    """As copyparty's."""
    spoken, plain = compare("update-failures: first", TREE)("PROPPATCH", "/f.txt", SET_PROTECTED)
    assert [(each.property, each.status) for each in spoken.reported] == [("{urn:x}a", 424)]
    assert len(plain.reported) == 2


def test_failures_as_a_whole_by_method(speak: Speak) -> None:
    """As Nephele's, which has a multistatus for MOVE."""
    client = client_in(speak, "whole-failures: {MOVE: multistatus}", TREE)
    client("LOCK", "/f.txt", LOCK)
    moved = client("MOVE", "/f.txt", "", {"Destination": "{base}/x"})
    assert (moved.status, client("DELETE", "/f.txt").status) == (207, 423)


def test_the_answer_to_an_update_has_a_manner_of_its_own(speak: Speak) -> None:
    """A listing is written as always."""
    client = client_in(speak, "update-manner: {white-space: none, empty-elements: two-tags}", TREE)
    updated, listed = client("PROPPATCH", "/f.txt", SET).body, client("PROPFIND", "/f.txt", NAMED, ONE).body
    assert (b"></n:a>" in updated or b"></X:a>" in updated, b"\n <D:response>" in updated) == (True, False)
    assert (b"/>" in listed, b"\n <D:response>" in listed) == (True, True)


def test_dead_properties_can_be_refused_without_a_condition(speak: Speak) -> None:
    """The others depend on it, as always."""
    refused = client_in(speak, "refused-properties: [dead-without-condition]", TREE)("PROPPATCH", "/f.txt", SET)
    assert [(each.property, each.status) for each in refused.reported] == [("{urn:x}a", 403)]
    assert b"cannot-modify" not in refused.body


@pytest.mark.parametrize(
    ("value", "depth", "expected"), [("infinity", "0", True), ("zero", "infinity", False), ("as-asked", "0", False)]
)
def test_the_depth_of_a_lock(speak: Speak, value: str, depth: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    """A member is locked, or not; a document's lock stays as it was asked for."""
    client = speak(f"lock-depth: {value}", TREE, faults=True).client
    typed = {"Content-Type": "application/xml", "Depth": depth}
    client("LOCK", "/d/", LOCK, typed)
    assert (client("PUT", "/d/g%20h.txt", "x").status == 423) is expected
    assert b"<D:depth>0</D:depth>" in client("LOCK", "/f.txt", LOCK, {**typed, "Depth": "0"}).body


def test_locks_that_never_end(speak: Speak) -> None:
    """Whatever the client wishes."""
    client = client_in(speak, "lock-timeout: infinite\nendless-timeout: Second-Infinite", TREE)
    assert b"<D:timeout>Second-Infinite</D:timeout>" in client("LOCK", "/f.txt", LOCK, {"Timeout": "Second-60"}).body


def test_a_parent_that_is_missing(speak: Speak) -> None:
    """By method, of the resource or of the destination; another 409 stays."""
    client = client_in(speak, "missing-parent: {PUT: 403, COPY: 404}", TREE)
    copied = client("COPY", "/f.txt", "", {"Destination": "{base}/no/such"})
    found = [client("PUT", "/no/such", "b").status, copied.status, client("MKCOL", "/no/such/").status]
    assert found == [403, 404, 409]


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_method_that_nobody_knows(speak: Speak, status: int) -> None:
    """PATCH, too; Allow stands beside 405 alone. A method that the server knows keeps its status."""
    client = client_in(speak, f"unknown-methods: {status}\nmethods-absent: {{LOCK: 403, COPY: 405}}", TREE)
    for method in ("PATCH", "UNKNOWN"):
        answer = client(method, "/f.txt")
        assert (answer.status, "Allow" in answer.headers) == (status, status == 405)
    assert [client(method, "/f.txt").status for method in ("LOCK", "COPY", "MKCOL")] == [403, 405, 405]


def test_what_is_missing_below_a_missing_parent(speak: Speak) -> None:
    """As Radicale's 403; a resource whose parent is there is missing as usual."""
    client = client_in(speak, "missing-parent: {DELETE: 403, PROPFIND: 403, MOVE: 403, PROPPATCH: 403}", TREE)
    to = {"Destination": "{base}/new"}
    sent = [("DELETE", "", {}), ("PROPFIND", NAMED, ONE), ("PROPPATCH", SET, {}), ("MOVE", "", to)]
    assert [client(method, "/no/such", *rest).status for method, *rest in sent] == [403] * 4
    assert [client(method, "/missing", *rest).status for method, *rest in sent] == [404] * 4
    assert client("GET", "/no/such").status == 404
