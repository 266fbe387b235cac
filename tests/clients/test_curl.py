"""curl: a file of more than 2 GiB goes there and comes back, whole and in part."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

LARGE = (2 << 30) + 4096


def test_more_than_two_gigabytes(bundled_url: str, program: Callable[[str], str], tmp_path: Path) -> None:
    """A file past the limit of signed 32-bit numbers is stored, and its length and its last bytes come back."""
    file, url = tmp_path / "large", f"{bundled_url}playground/large"
    with file.open("wb") as writing:
        writing.seek(LARGE - 4)
        writing.write(b"last")

    def curl(*arguments: str | Path) -> str:
        command = [program("curl"), "--silent", "--show-error", "--fail", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout

    assert curl("--upload-file", file, "--write-out", "%{http_code}", url) == "201"
    assert f"Content-Length: {LARGE}\r" in curl("--head", url).replace("\n", "\r").replace("\r\r", "\r")
    assert curl("--range", f"{LARGE - 4}-", url) == "last"
    assert curl("--output", "/dev/null", "--write-out", "%{size_download}", url) == str(LARGE)
    assert curl("--request", "DELETE", "--write-out", "%{http_code}", url) == "204"


def test_424_on_the_status_line(bundled_url: str, program: Callable[[str], str], tmp_path: Path) -> None:
    """A HEAD by curl shows the line that learners look for, and what failed; once that is put there, the same line is 200."""

    def curl(*arguments: str | Path) -> list[str]:
        command = [program("curl"), "--silent", "--show-error", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()

    report, feed = f"{bundled_url}report-from-feeds/report.html", f"{bundled_url}report-from-feeds/feeds/eu.csv"
    lines = curl("-I", report)
    assert lines[0] == "HTTP/1.1 424 Failed Dependency"
    assert 'Link: </report-from-feeds/feeds/eu.csv>; rel="urn:dav424:failed-dependency"; status=404' in lines
    (tmp_path / "eu.csv").write_text("eu,1800\n")
    curl("-T", tmp_path / "eu.csv", feed)
    assert curl("-I", report)[0] == "HTTP/1.1 200 OK"
    assert "eu,1800" in curl(report)
