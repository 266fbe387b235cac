"""The versions in constraints.txt, which the image and the action install."""

from __future__ import annotations

from pathlib import Path

from packaging.requirements import Requirement

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"


def pinned(python: str) -> list[str]:
    """List what a version of Python gets, such as 3.11.2, each as NAME==VERSION; some are for older versions alone."""
    lines = [Requirement(line) for line in CONSTRAINTS.read_text().splitlines()]
    environment = {"python_full_version": python, "python_version": ".".join(python.split(".")[:2])}
    return [
        f"{line.name}{line.specifier}" for line in lines if line.marker is None or line.marker.evaluate(environment)
    ]
