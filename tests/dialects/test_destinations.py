"""The traits of ``Destination`` and ``Overwrite`` on a real socket."""

from __future__ import annotations

import pytest

from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: Milk}, /b.txt: {content: Eggs}}"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 502])
@pytest.mark.parametrize(
    "server", ["http://other.example:{port}", "https://other.example:{port}", "http://{host}:1", "http://{host}"]
)
def test_another_server_is_refused(speak: Speak, server: str, status: int) -> None:
    """Another host or port, as a proxy in front makes of each Destination."""
    client = speak(f"destination-host: {status}", TREE).client
    url = server.format(host=client.host, port=client.port) + client.base
    assert client("MOVE", "/a.txt", headers={"Destination": f"{url}/c.txt"}).status == status
    assert client("GET", "/a.txt").body == b"Milk"


@pytest.mark.parametrize("status", [400, 403, 502])
def test_another_scheme_is_refused(speak: Speak, status: int) -> None:
    """Apache looks at the scheme alone, and takes another host."""
    client = speak(f"destination-scheme: {status}", TREE).client
    place = f"{client.host}:{client.port}{client.base}/c.txt"
    assert client("MOVE", "/a.txt", headers={"Destination": f"https://{place}"}).status == status
    assert client("COPY", "/a.txt", headers={"Destination": f"HTTP://{place}"}).status == 201
    other = f"http://other.example{client.base}/d.txt"
    assert client("MOVE", "/a.txt", headers={"Destination": other}).status == 201


def test_the_own_server_is_taken(speak: Speak) -> None:
    """Whatever the case of scheme and host; a path names no server."""
    client = speak("destination-host: 502", TREE).client
    own = f"HTTP://{client.host.upper()}:{client.port}{client.base}"
    assert client("COPY", "/a.txt", headers={"Destination": f"{own}/c.txt"}).status == 201
    assert client("COPY", "/a.txt", headers={"Destination": "{base}/d.txt"}).status == 201


def test_a_malformed_destination_is_refused_as_always(speak: Speak) -> None:
    """The method does it."""
    client = speak("destination-host: 502", TREE).client
    assert client("COPY", "/a.txt", headers={"Destination": "http://[::1/x"}).status == 400


@pytest.mark.parametrize("status", [400, 403, 502])
def test_a_path_is_refused(speak: Speak, status: int) -> None:
    """Apache wants an absolute URI."""
    client = speak(f"destination-path: {status}", TREE).client
    assert client("COPY", "/a.txt", headers={"Destination": "{base}/c.txt"}).status == status
    url = f"http://{client.host}:{client.port}{client.base}"
    assert client("COPY", "/a.txt", headers={"Destination": f"{url}/c.txt"}).status == 201


def test_a_destination_without_encoding_is_taken(speak: Speak) -> None:
    """A space and UTF-8 are encoded, and an encoded character stays encoded; the journal has the header as sent."""
    speaking = speak("destination-encoding: lenient", TREE)
    client = speaking.client
    sent = f"{client.base}/x y%20z ü.txt".encode().decode("latin-1")
    assert client("COPY", "/a.txt", headers={"Destination": sent}).status == 201
    assert speaking.latest.request.headers["destination"] == sent
    assert client("GET", "/x%20y%20z%20%C3%BC.txt").body == b"Milk"


def test_a_copy_without_overwrite_replaces_nothing(speak: Speak) -> None:
    """Overwrite is F where the client sends none; T and a free place are as always."""
    client = speak("overwrite-default: F", TREE).client
    to_b = {"Destination": "{base}/b.txt"}
    assert client("COPY", "/a.txt", headers=to_b).status == 412
    assert client("GET", "/b.txt").body == b"Eggs"
    assert client("COPY", "/a.txt", headers={"Destination": "{base}/c.txt"}).status == 201
    assert client("COPY", "/a.txt", headers={**to_b, "Overwrite": "T"}).status == 204


@pytest.mark.parametrize("status", [200, 201])
def test_the_status_of_a_replacement(speak: Speak, status: int) -> None:
    """Of PUT, COPY and MOVE; a new resource is 201 as always."""
    client = speak(f"overwritten-status: {status}", TREE).client
    to_b = {"Destination": "{base}/b.txt"}
    assert client("PUT", "/a.txt", "new").status == status
    assert [client(method, "/a.txt", headers=to_b).status for method in ("COPY", "MOVE")] == [status, status]
    assert (client("PUT", "/c.txt", "new").status, client("DELETE", "/c.txt").status) == (201, 204)
