"""JUnit 5 as Debian packages it."""

from __future__ import annotations

from pathlib import Path

import pytest

JAVA = Path("/usr/share/java")
JARS = [
    *("junit-jupiter-api", "junit-jupiter-engine", "junit-platform-commons", "junit-platform-console"),
    *("junit-platform-engine", "junit-platform-launcher", "junit-platform-reporting", "opentest4j", "apiguardian-api"),
    *("picocli", "univocity-parsers", "opentest4j-reporting-events", "opentest4j-reporting-schema"),
]


def class_path() -> str:
    """Give the class path that compiles and runs tests, or skip the test."""
    if not (JAVA / "junit-platform-console.jar").exists():
        pytest.skip("JUnit 5 is not installed; on Debian: apt-get install junit5 default-jdk-headless")
    return ":".join(str(JAVA / f"{name}.jar") for name in JARS)
