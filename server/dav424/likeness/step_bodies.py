"""The steps that several looks send."""

from __future__ import annotations

from dav424.likeness.step import LookStep
from dav424.probe.bodies import XML, lockinfo, propfind, update

ASKED = "D:resourcetype D:getcontentlength D:getetag D:getlastmodified X:A X:missing"
TEXT = "0123456789"


def put(path: str, **headers: str) -> LookStep:
    """Make a PUT of ten digits."""
    return LookStep("PUT", path, TEXT, {"Content-Type": "text/plain", **spelled(headers)})


def listing(path: str, depth: str = "0", names: str = ASKED, **headers: str) -> LookStep:
    """Make a PROPFIND of properties by name."""
    return LookStep("PROPFIND", path, propfind(names), {**XML, "Depth": depth, **spelled(headers)})


def proppatch(path: str, *instructions: str, **headers: str) -> LookStep:
    """Make a PROPPATCH of instructions such as ``set X:A=1``."""
    return LookStep("PROPPATCH", path, update(*instructions), {**XML, **spelled(headers)})


def lock(path: str, scope: str = "exclusive", depth: str = "0", timeout: str = "Second-600") -> LookStep:
    """Make a LOCK of a new lock."""
    return LookStep("LOCK", path, lockinfo(scope), {**XML, "Depth": depth, **({"Timeout": timeout} if timeout else {})})


def refresh(path: str, timeout: str = "Second-600") -> LookStep:
    """Make a LOCK that refreshes the latest lock."""
    return LookStep("LOCK", path, headers={"If": "(<{token}>)", "Timeout": timeout})


def unlock(path: str, named: str = "{token}") -> LookStep:
    """Make an UNLOCK."""
    return LookStep("UNLOCK", path, headers={"Lock-Token": f"<{named}>"})


def transfer(method: str, path: str, to: str, **headers: str) -> LookStep:
    """Make a COPY or a MOVE."""
    return LookStep(method, path, headers={"Destination": to, **spelled(headers)})


def spelled(headers: dict[str, str]) -> dict[str, str]:
    """Give the headers of keywords such as ``If_Match``."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
