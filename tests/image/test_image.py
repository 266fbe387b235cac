"""The image does what Dockerfile, docker-compose.yml and docs/ci.md promise of it."""

from __future__ import annotations

import socket
import ssl
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.constraints import pinned

from .conftest import ROOT, Image, Running

PROPPATCH = b"""<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set>
<D:set><D:prop><title xmlns="urn:x">x</title></D:prop></D:set></D:propertyupdate>"""


def test_what_the_image_says_of_itself(image: Image) -> None:
    """Who runs it, how it is stopped, where it listens, what it is."""
    config = image.config
    assert config["User"] == "65532:65532"
    assert config["StopSignal"] == "SIGTERM"
    assert set(config["ExposedPorts"]) == {"4240/tcp"}
    assert (config["Entrypoint"], config["Cmd"]) == (["dav424"], ["serve"])
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in config["Labels"].items()}
    assert labels.items() >= {"title": "dav424", "licenses": "MIT", "version": "1.2.3", "created": ""}.items()
    assert labels["authors"] == "The dav424 authors"
    assert labels["source"] == labels["url"] == "https://EXAMPLE.invalid/dav424"
    assert labels["revision"] == "abcdef"
    assert config["Healthcheck"]["Test"] == ["CMD", "dav424", "health"]


def test_the_image_holds_no_sources_and_no_installer(image: Image) -> None:
    """The first stage stays behind."""
    assert not (image.root / "src").exists()
    assert not list((image.root / "opt/dav424").rglob("site-packages/pip"))
    assert (image.root / "opt/dav424/bin/dav424").exists()


def test_it_has_the_versions_of_the_constraints(image: Image) -> None:
    """Each package of the image is in constraints.txt, with its version."""
    version = image.ask("python3", "-c", "import platform; print(platform.python_version())").stdout.strip()
    script = "from importlib.metadata import distributions as d; print(*(f'{x.name}=={x.version}' for x in d()))"
    found = image.ask("python3", "-c", script).stdout.lower().replace("_", "-").replace(".", "-").split()
    ours = {line.replace(".", "-") for line in pinned(version)}
    assert {each for each in found if not each.startswith(("dav424==", "pip==", "setuptools=="))} == ours


def test_buildah_runs_it(image: Image) -> None:
    """As an engine does, by its own user."""
    said = image.buildah(
        "run", "--isolation", "chroot", "--user", "65532", image.container, "--", "dav424", "--version"
    )
    assert said.startswith("dav424 ")


def test_it_serves_from_a_read_only_root_as_nobody(image: Image) -> None:
    """A PROPPATCH is answered with 207 and 424, and no process of root's is behind it."""
    with image.running() as server:
        status, body = server("proppatch-protected/report.txt", "PROPPATCH", PROPPATCH, Content_Type="application/xml")
        assert (status, b"HTTP/1.1 424 Failed Dependency" in body) == (207, True)
        told = Path(f"/proc/{server.process.pid}/status").read_text()
        assert "Uid:\t65532\t65532\t65532\t65532" in told
        assert image.ask("python3", "-c", "open('/opt/x', 'w')").stderr.endswith("Read-only file system: '/opt/x'\n")


def test_it_listens_on_both_families(image: Image, url_on: Callable[[str, str], str]) -> None:
    """A mapped port arrives at whichever the engine chooses."""
    with image.running() as server:
        hosts = ["127.0.0.1", "127.0.0.2"]
        if socket.has_ipv6 and Path("/proc/net/if_inet6").exists():
            hosts.append("[::1]")
        for host in hosts:
            with urllib.request.urlopen(url_on(server.url, host), timeout=20) as answer:
                assert answer.status == 200


def health(image: Image, server: Running) -> tuple[int, str, str]:
    """Run the health check of the image in the container's settings."""
    done = image.ask(*image.config["Healthcheck"]["Test"][1:], **server.variables)
    return done.returncode, done.stdout, done.stderr


def test_the_health_check_follows_the_same_variables(image: Image) -> None:
    """0 while it serves, also over HTTPS that must be refused; 1 when it doesn't."""
    with image.running() as server:
        assert health(image, server) == (0, f"dav424 is ready at {server.url}\n", "")
    status, _, said = health(image, server)
    assert (status, said[:18]) == (1, "dav424: not ready:")
    with image.running(DAV424_TLS="1", DAV424_TLS_BROKEN="expired") as server:
        assert health(image, server)[0] == 0


def test_https_in_the_container(image: Image) -> None:
    """From a read-only root too; the name that is asked for is in the certificate."""
    with image.running(DAV424_TLS="1", DAV424_TLS_NAMES="dav424") as server:
        careless = ssl._create_unverified_context()
        with urllib.request.urlopen(f"{server.url}-/ca.pem", context=careless) as answer:
            authority = answer.read().decode()
        context = ssl.create_default_context(cadata=authority)
        port = int(server.variables["DAV424_PORT"])
        for name in ("localhost", "dav424", socket.gethostname().lower()):
            with (
                socket.create_connection(("127.0.0.1", port)) as plain,
                context.wrap_socket(plain, server_hostname=name) as secure,
            ):
                assert secure.version() is not None


def test_the_admin_api_is_closed_in_the_container(image: Image) -> None:
    """Until there is a token, or somebody opens it; whether it is ready is no secret."""
    with image.running() as server:
        assert server("-/spaces")[0] == 403
        assert server("-/ready")[0] == 200
    with image.running(DAV424_ADMIN_TOKEN="secret") as server:
        assert server("-/spaces")[0] == 401
        assert server("-/spaces", Authorization="Bearer secret")[0] == 200
    with image.running(DAV424_ADMIN_OPEN="1") as server:
        assert server("-/spaces")[0] == 200


def test_each_response_is_in_the_log_of_the_container(image: Image) -> None:
    """As text, and the health checks are left out."""
    with image.running() as server:
        assert server("playground/")[0] == 200
        assert health(image, server)[0] == 0
        server.process.terminate()
        assert server.process.stderr is not None
        (line,) = server.process.stderr.read().splitlines()
        assert " GET /playground/ 200 " in line


def test_a_scenario_in_a_variable(image: Image) -> None:
    """Where services start before anything can be mounted, the scenario comes with them."""
    with image.running(
        DAV424_SCENARIO="title: mine\ntree: {/f: {content: hello}}\n", DAV424_SCENARIO_NAME="mine"
    ) as server:
        assert server("mine/f") == (200, b"hello")


def test_the_compose_file_serves_my_scenarios(image: Image) -> None:
    """With its variables and its mount, the folder's scenarios are there."""
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["dav424"]
    outside, inside, mode = service["volumes"][0].split(":")
    assert (service["read_only"], mode) == (True, "ro")
    (image.root / inside.lstrip("/")).mkdir(exist_ok=True)  # an engine makes the place of a mount by itself
    with image.running({ROOT / outside: inside}, **service["environment"]) as server:
        assert server("fixed-owner/list.txt") == (200, b"Milk\n")
        assert server("-/spaces")[0] == 200


@pytest.mark.parametrize("variables", [{"DAV424_PORT": "x"}, {"DAV424_SCENARIO": "titel: x"}])
def test_a_setting_that_is_wrong_ends_it_with_a_line(image: Image, variables: dict[str, str]) -> None:
    """And with status 2, not with a traceback."""
    done = image.ask("dav424", "serve", **variables)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_it_stops_at_once(image: Image) -> None:
    """SIGTERM, to the process itself: there is no shell in between."""
    with image.running() as server:
        server.process.terminate()
        assert server.process.wait(timeout=5) == 0  # an engine kills after ten
