"""curl: certificates that are right and wrong, by its exit statuses, and logins that carry a space or expire."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dav424.app import App
from dav424.scenario.sources import scenario_sources
from dav424.wire import tls
from dav424.wire.server import serving


class Curl:
    """Runs curl, trusting one authority."""

    def __init__(self, program: str, authority: Path) -> None:
        self._command = [program, "--silent", "--show-error", "--cacert", str(authority), "--max-time", "30"]

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self._command, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def ask(program: Callable[[str], str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Ask a server with a certificate as it is described for something."""

    def asked(path: str, broken: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
        made = tls.make(broken=broken)
        authority = tmp_path / "ca.pem"
        authority.write_bytes(made.authority)
        with serving(App(scenario_sources(), authority=made.authority).gateway, made) as url:
            return Curl(program("curl"), authority)(*arguments, url.replace("127.0.0.1", "localhost") + path)

    return asked


def test_curl_trusts_the_authority(ask: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Exit status 0, and the answer."""
    run = ask("proppatch-protected/report.txt", None, "--fail")
    assert (run.returncode, run.stdout[:9]) == (0, "Quarterly")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("expired", "certificate has expired"),
        ("wrong-host", "no alternative certificate subject name matches target host name 'localhost'"),
        ("untrusted", "SSL certificate problem"),
    ],
)
def test_curl_refuses_what_is_broken(
    ask: Callable[..., subprocess.CompletedProcess[str]], broken: str, said: str
) -> None:
    """Exit status 60 each time, and the reason in words; with --insecure it is served."""
    run = ask("proppatch-protected/report.txt", broken)
    assert (run.returncode, run.stdout) == (60, "")
    assert said in run.stderr
    assert ask("proppatch-protected/report.txt", broken, "--insecure").returncode == 0


def test_curl_gets_the_authority_first(ask: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """As README says: /-/ca.pem, without looking at the certificate, once."""
    run = ask("-/ca.pem", None, "--insecure")
    assert run.stdout.encode() == (tmp_path / "ca.pem").read_bytes()


def test_curl_logs_in_again_when_a_digest_login_has_expired(program: Callable[[str], str]) -> None:
    """A 401 with stale=true is answered by the same password once more: of two PROPPATCHes both are stored."""
    body = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><t xmlns="urn:u">x</t></D:prop></D:set></D:propertyupdate>'
    name = "proppatch-login-expires"
    app = App({name: scenario_sources()[name]})
    with serving(app.gateway) as url:
        for _ in range(2):
            sent = ["-X", "PROPPATCH", "--data", body, "-H", "Content-Type: application/xml", f"{url}{name}/report.txt"]
            run = subprocess.run(
                [
                    program("curl"),
                    "-s",
                    "-w",
                    "%{http_code}",
                    "-o",
                    "/dev/null",
                    "--digest",
                    "-u",
                    "ada:lovelace",
                    *sent,
                ],
                capture_output=True,
                text=True,
                check=True,
            )
            assert run.stdout == "207"
    journal = app.spaces.default.journal
    assert [(each.request.user, each.answer.status) for each in journal if each.request.user] == [
        ("ada", 207),
        ("ada", 401),
        ("ada", 207),
    ]


@pytest.mark.parametrize("scheme", ["--basic", "--digest", "--anyauth"])
def test_curl_names_a_space_by_its_user(ask: Callable[..., subprocess.CompletedProcess[str]], scheme: str) -> None:
    """By either scheme, preemptively or challenged."""
    run = ask("proppatch-denied/report.txt", None, "--head", scheme, "--user", "s+alpha+alice:wonderland")
    assert "HTTP/1.1 200 OK" in run.stdout
    assert "Dav424-Space: alpha;" in run.stdout
