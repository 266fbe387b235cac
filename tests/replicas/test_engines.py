"""A cluster, TLS, a password, a socket file: each is an engine as any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from valkey import Valkey

from dav424.replicas.engine import check_url
from tests.client import Client
from tests.replicas.conftest import Replicas, RunningCluster, RunningEngine, free_port, serve_that_ends
from tests.replicas.test_problems import ready
from tests.replicas.test_spaces import api, data, until

Start = Callable[..., Replicas]
Own = Callable[..., RunningEngine]


def exchanged(here: Client, there: Client, space: str) -> list[str]:
    """Store here, read there; gives the numbers of the exchanges."""
    stored = here("PUT", f"/s/{space}/playground/f", space)
    found = there("GET", f"/s/{space}/playground/f")
    assert (stored.status, found.body) == (201, space.encode())
    return [stored.headers["Dav424-Exchange"], found.headers["Dav424-Exchange"]]


def test_a_cluster_spreads_the_spaces(replicas: Start, cluster: RunningCluster) -> None:
    """All keys of a space are on one node, and the spaces are on all of them."""
    here, there = replicas(url=cluster.url).clients()
    for number in range(20):
        assert exchanged(here, there, f"space{number}") == ["1", "2"]
    counts = [sum(b":meta" in key for key in node.client.scan_iter()) for node in cluster.nodes]
    assert sum(counts) == 20
    assert all(counts)
    assert data(there, "POST", "spaces")["name"] == "1"
    assert len(data(here, "GET", "spaces")["spaces"]) == 22
    assert api(here, "DELETE", "spaces/space7").status == 204
    assert api(there, "GET", "spaces/space7").status == 404
    until(lambda: ready(here) == 200)


def test_without_a_node_of_a_cluster_its_spaces_are_503(replicas: Start, cluster: RunningCluster) -> None:
    """The answer comes in time, and says so."""
    here, there = replicas(url=cluster.url, timeout=2).clients()
    exchanged(here, there, "x")
    for node in cluster.nodes:
        node.kill()
    answer = there("GET", "/s/x/playground/f")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_a_connection_can_be_encrypted(replicas: Start, redis_server: str, tmp_path: Path) -> None:
    """The certificate of the engine has to be one of the authority in the URL."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    for name, blob in (("ca.pem", authority.cert_pem), ("key.pem", certificate.private_key_pem)):
        blob.write_to_path(tmp_path / name)
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(tmp_path / "cert.pem", append=True)
    port = free_port()
    flags = ["--tls-port", str(port), "--tls-auth-clients", "no", "--tls-cert-file", str(tmp_path / "cert.pem")]
    flags += ["--tls-key-file", str(tmp_path / "key.pem"), "--tls-ca-cert-file", str(tmp_path / "ca.pem")]
    engine = RunningEngine(redis_server, tmp_path, *flags)
    try:
        trusted = f"valkeys://127.0.0.1:{port}?ssl_ca_certs={tmp_path / 'ca.pem'}"
        assert exchanged(*replicas(url=trusted).clients(), "x") == ["1", "2"]
        doubted = replicas(1, url=f"valkeys://127.0.0.1:{port}").client(0)
        assert doubted("GET", "/s/x/playground/f").status == 503
    finally:
        engine.kill()


def test_a_password_is_in_the_url_or_in_a_variable(
    replicas: Start, own_engine: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, each request for a space is 503, and no answer has the password."""
    monkeypatch.setattr(RunningEngine, "answers", lambda engine: Valkey(port=engine.port, password="secret").ping())
    engine = own_engine("--requirepass", "secret")
    url = engine.url.replace("redis://", "redis://:secret@")
    assert exchanged(*replicas(url=url).clients(), "x") == ["1", "2"]
    assert replicas(1, url=engine.url, password="secret").client(0)("GET", "/s/x/playground/f").status == 200
    wrong = replicas(1, url=engine.url.replace("redis://", "redis://:wrong@")).client(0)
    answer = wrong("GET", "/s/x/playground/f")
    assert (answer.status, b"wrong@" in answer.body) == (503, False)


def test_a_socket_file_is_an_address(replicas: Start, own_engine: Own, tmp_path: Path) -> None:
    """On one machine, no port has to be open."""
    own_engine("--unixsocket", str(tmp_path / "engine.sock"))
    assert exchanged(*replicas(url=f"unix://{tmp_path / 'engine.sock'}").clients(), "x") == ["1", "2"]


@pytest.mark.parametrize("url", ["", "localhost", "http://localhost", "valkey://localhost:port"])
def test_a_url_that_names_no_engine_is_refused(url: str) -> None:
    """With the form that is right."""
    with pytest.raises(ValueError, match="URL"):
        check_url(url)


def test_store_and_folder_exclude_each_other(tmp_path: Path) -> None:
    """Status 2, and one line."""
    ended = serve_that_ends("redis://127.0.0.1:1", "--folder", str(tmp_path))
    assert ended.returncode == 2
    assert "--store and --folder" in ended.stderr
