"""Logins by the libraries that real clients stand on, and by curl: what they send is what the server takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Served
from tests.installed import NotInstalledError

from .install import NPM, at_hand, has_npm

DRIVERS = Path(__file__).parent / "drivers"
LIBRARIES = {
    "requests": "webdavclient3",
    "niquests": "caldav",
    "httpx": "webdav4",
    "aiohttp": "aiowebdav2",
    "webdav": "",
}
"""Each library, and the client of PyPI whose folder has it; webdav is from npm."""
USERS = "users: {ada: lovelace, jörg: größe}\ntree: {/f: {content: hello}}\n"
EXPIRING = USERS + "causes: [{id: expires, kind: login-expired, nth: 2}]\n"
Serve = Callable[[str], Served]


def log_in(library: str, scheme: str, served: Served, user: str, password: str) -> list[int]:
    """Send four GETs, and give the statuses that the library tells its caller."""
    try:
        command, folder, environment = found(library)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    url = served.url if library == "webdav" else f"{served.url}f"
    done = subprocess.run(
        [*command, scheme, url, user, password],
        cwd=folder,
        env={**os.environ, "NO_PROXY": "127.0.0.1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    statuses: list[int] = json.loads(done.stdout)
    return statuses


def found(library: str) -> tuple[list[str], Path, dict[str, str]]:
    """Give the command that starts a library's driver, where to start it, and its environment."""
    if LIBRARIES[library]:
        python = [sys.executable, "-W", "ignore", str(DRIVERS / "logins.py"), library]
        return python, DRIVERS, {"PYTHONPATH": str(at_hand(LIBRARIES[library]))}
    if shutil.which("node") is None or not has_npm():
        raise NotInstalledError("webdav isn't installed here; with node and npm make clients-test does that")
    text = (DRIVERS / "logins.mjs").read_text()
    return ["node", "--no-warnings", "--input-type=module", "--eval", text, "--"], NPM, {}


def answered(served: Served) -> list[tuple[str, int]]:
    """List the users and statuses that the journal has."""
    return [(each.request.user, each.answer.status) for each in served.world.journal]


@pytest.mark.parametrize("auth", ["digest", "any"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_digest_costs_one_challenge(library: str, auth: str, serve: Serve) -> None:
    """One nonce is good for every count after it."""
    served = serve(f"auth: {auth}\n{USERS}")
    assert log_in(library, "digest", served, "ada", "lovelace") == [200] * 4
    assert answered(served) == [("", 401), *[("ada", 200)] * 4]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_login_that_expires_is_renewed(library: str, serve: Serve) -> None:
    """Their callers see nothing of it: the libraries adopt the new nonce."""
    served = serve(EXPIRING)
    assert log_in(library, "digest", served, "ada", "lovelace") == [200] * 4
    assert answered(served) == [("", 401), ("ada", 200), ("ada", 401), *[("ada", 200)] * 3]


@pytest.mark.parametrize("library", ["requests", "niquests", "aiohttp"])
def test_digest_with_a_name_outside_ascii(library: str, serve: Serve) -> None:
    """The library requests puts it into the header as Latin-1, the others as UTF-8; httpx can't send one."""
    served = serve(USERS)
    assert log_in(library, "digest", served, "jörg", "größe") == [200] * 4
    assert answered(served)[-1] == ("jörg", 200)


@pytest.mark.parametrize(
    ("library", "status"), [("niquests", 200), ("httpx", 200), ("aiohttp", 200), ("requests", 401)]
)
def test_basic_with_a_name_outside_ascii(library: str, status: int, serve: Serve) -> None:
    """UTF-8 is accepted, as the challenge says; requests encodes texts in Latin-1, which is 401."""
    assert log_in(library, "basic", serve(USERS), "jörg", "größe") == [status] * 4


@pytest.mark.own_server  # a user name carries a space to the paths of the default space
@pytest.mark.parametrize("user", ["ada:lovelace", "jörg:größe", "s+alpha+jörg:größe"])
@pytest.mark.parametrize("scheme", ["--basic", "--digest", "--anyauth"])
def test_curl(scheme: str, user: str, serve: Serve, program: Callable[[str], str]) -> None:
    """It takes SHA-256, and sends names in UTF-8; of two URLs in one command the second needs no challenge."""
    served = serve(USERS)
    command = [program("curl"), "-s", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_code} ", scheme, "-u", user]
    run = subprocess.run([*command, *[f"{served.url}f"] * 2], capture_output=True, text=True, check=True)
    assert run.stdout == "200 200 "
