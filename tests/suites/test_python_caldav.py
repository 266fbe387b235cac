"""python-caldav's own tests against a server of dav424, and caldav-server-tester over it.

What is skipped or found unsupported is listed here with its reason; anything else fails.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.installed import NotInstalledError
from tests.suites.install import PYTHON, TESTER, caldav_source

FEATURES = {
    "scheduling": {"support": "unsupported"},  # RFC 6638 is out of scope
    # The library asks for all users without a DAV:property-search, which RFC 3744 9.4 demands: 400. It writes the names of
    # the wanted properties beside DAV:prop and not in it, so that an answer without them is right.
    "principal-search": {"support": "ungraceful"},
    "principal-search.by-name": {"support": "unsupported"},
    "principal-search.by-name.self": {"support": "unsupported"},
    "principal-search.list-all": {"support": "ungraceful"},
}
SKIPPED = ("Scheduling", "scheduling", "schedule-inbox", "searching for principals")
"""Words of the reasons for which tests are skipped; all follow from the features above."""
UNSUPPORTED = {
    "principal-search": "see above",
    "principal-search.by-name": "see above",
    "principal-search.list-all": "see above",
    "scheduling": "RFC 6638 is out of scope",
    "search.text.comp-type-optional": "VCALENDAR itself has no SUMMARY (RFC 4791 9.7.2)",
    "search.time-range.comp-type-optional": "no time range is defined for VCALENDAR (RFC 4791 9.9)",
    "url.encode-at.identity": "both spellings name one resource, so that a second object there has the UID of the first",
}
_PASSED = re.compile(r"(\d+) passed")


@pytest.fixture
def source() -> Path:
    """Give the source of python-caldav; the tests are skipped without it, which fails in CI."""
    try:
        return caldav_source()
    except NotInstalledError as error:
        pytest.skip(str(error))


def _configured(home: str) -> str:
    off = {"type": "embedded", "enabled": False}
    own = {"type": "external", "enabled": True, "url": home, "username": "ada", "password": "lovelace"}
    return json.dumps({"test-servers": {"radicale": off, "xandikos": off, "dav424": {**own, "features": FEATURES}}})


def test_the_functional_tests_of_python_caldav_pass(home: str, source: Path) -> None:
    """Also the asynchronous ones, and its check that the features are as they were declared."""
    (source / "tests" / "caldav_test_servers.json").write_text(_configured(home))
    options = [
        "-q",
        "-ra",
        "-W",
        "ignore",
        "-o",
        "filterwarnings=",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
    ]
    files = ["tests/test_caldav.py", "tests/test_async_integration.py"]
    command = [str(PYTHON), "-m", "pytest", "-p", "no:cacheprovider", *options, *files, "-k", "dav424 or Dav424"]
    told = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=600, check=False).stdout
    failed = [line for line in told.splitlines() if line.startswith(("FAILED", "ERROR"))]
    skipped = [line for line in told.splitlines() if line.startswith("SKIPPED")]
    assert failed == [], told[-4000:]
    assert [line for line in skipped if not any(word in line for word in SKIPPED)] == []
    passed = _PASSED.search(told)
    assert passed is not None, told[-4000:]
    assert int(passed[1]) >= 115


def test_the_server_tester_finds_what_is_known(home: str, source: Path) -> None:
    """Every feature that it doesn't find in full has a reason here."""
    assert source.exists()
    login = ["--caldav-url", home, "--caldav-username", "ada", "--caldav-password", "lovelace"]
    command = [str(TESTER), *login, "--format", "json"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    features: dict[str, Any] = json.loads(told.stdout)["features"]
    lacking = {name for name, found in features.items() if found.get("support", "full") not in ("full", "unknown")}
    assert lacking - set(UNSUPPORTED) == set(), told.stdout
    assert len(features) > 10
