"""The traits ``missing-slash``, ``redirects`` and ``locations`` on a real socket."""

from __future__ import annotations

import pytest

from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: Milk}, /d/b.txt: {content: Eggs}}"
NGINX = "missing-slash: {GET: 301, PROPFIND: 301, DELETE: 409, MKCOL: 409, COPY: 409, MOVE: 409}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_collection_without_its_slash_is_redirected(speak: Speak, status: int) -> None:
    """The Location is its URL, as the request began; a document is served."""
    speaking = speak(f"missing-slash: {{GET: {status}}}", TREE)
    client = speaking.client
    answer = client("GET", "/d")
    assert (answer.status, answer.headers["Location"]) == (status, f"{client.base}/d/")
    assert (client("GET", "/d/").status, client("GET", "/a.txt").status) == (200, 200)
    assert client("PROPFIND", "/d", headers={"Depth": "0"}).status == 207


def test_the_journal_has_the_redirection(speak: Speak) -> None:
    """Its status, its reason and its Location."""
    speaking = speak(NGINX, TREE)
    speaking.client("PROPFIND", "/d")
    entry = speaking.latest
    assert entry.refused is not None
    assert (entry.refused.status, entry.answer.status) == (301, 301)
    assert ("Location", f"{speaking.client.base}/d/") in entry.answer.headers


def test_a_slash_is_missing_and_nothing_is_done(speak: Speak) -> None:
    """DELETE and MKCOL of nginx: 409 without the slash, done with it."""
    client = speak(NGINX, TREE).client
    assert [client(method, path).status for method, path in (("DELETE", "/d"), ("MKCOL", "/new"))] == [409, 409]
    assert client("GET", "/d/b.txt").body == b"Eggs"
    assert client("PROPFIND", "/new/").status == 404
    assert [client(method, path).status for method, path in (("MKCOL", "/new/"), ("DELETE", "/d/"))] == [201, 204]


@pytest.mark.parametrize(
    ("source", "target", "status"), [("/d/", "/e", 409), ("/d", "/e/", 409), ("/d/", "/e/", 201), ("/a.txt", "/e", 201)]
)
def test_the_destination_of_a_collection_needs_its_slash(speak: Speak, source: str, target: str, status: int) -> None:
    """As the Request-URI does; the copy of a document has none."""
    client = speak(NGINX, TREE).client
    assert client("COPY", source, headers={"Destination": "{base}" + target}).status == status


def test_the_destination_of_another_server_is_refused_as_always(speak: Speak) -> None:
    """The method decides on it."""
    assert speak(NGINX, TREE).client("COPY", "/d/", headers={"Destination": "urn:x"}).status == 502


@pytest.mark.parametrize(
    ("target", "path", "location"),
    [
        ("/new/", "/old/", "{base}/new/"),
        ("/new/", "/old/a%20b.txt", "{base}/new/a%20b.txt"),
        ("/new/", "/old/c/", "{base}/new/c/"),
        ("/new/", "/old", "{base}/new"),
        ("http://other.example/dav", "/old/c/d", "http://other.example/dav/c/d"),
        ("https:", "/old/c?x=1", "https://{host}{base}/old/c?x=1"),
    ],
)
def test_a_path_has_moved(speak: Speak, target: str, path: str, location: str) -> None:
    """All below it has moved, too: to another path, another host or another scheme."""
    client = speak(f"redirects: [{{from: /old, to: '{target}', status: 308}}]", TREE).client
    answer = client("PROPFIND", path)
    assert answer.status == 308
    assert answer.headers["Location"] == location.format(base=client.base, host=f"{client.host}:{client.port}")
    assert client("GET", "/a.txt").status == 200


def test_a_redirection_is_permanent_by_default(speak: Speak) -> None:
    """Of two that match, the first one counts."""
    client = speak("redirects: [{from: /old/x, to: /y}, {from: /old, to: /new}]", TREE).client
    answer = client("GET", "/old/x")
    assert (answer.status, answer.headers["Location"]) == (301, f"{client.base}/y")


def test_a_location_is_an_absolute_url(speak: Speak) -> None:
    """That of a redirection, and that of a new resource."""
    client = speak(f"{NGINX}\nlocations: absolute", TREE).client
    root = f"http://{client.host}:{client.port}{client.base}"
    assert client("GET", "/d").headers["Location"] == f"{root}/d/"
    assert client("MKCOL", "/new/").headers["Location"] == f"{root}/new/"
    assert client("COPY", "/a.txt", headers={"Destination": "{base}/c.txt"}).headers["Location"] == f"{root}/c.txt"
