"""A request as code in other languages, to paste. Each language has one line in ``FORMS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from dav424.journal.as_code import compiled, scripts, shells
from dav424.journal.as_code.coded import Coded


class CodeForm(Struct, frozen=True):
    """A language: its name for a person, the function that writes it, and whether tests run what it writes."""

    name: str
    write: Callable[[Coded], str]
    tested: bool = True


FORMS: Mapping[str, CodeForm] = {
    "curl": CodeForm("curl (sh)", shells.curl_in_sh),
    "powershell": CodeForm("curl (PowerShell)", shells.curl_in_powershell, tested=False),
    "hurl": CodeForm("Hurl", shells.hurl, tested=False),
    "python": CodeForm("Python", scripts.python),
    "javascript": CodeForm("JavaScript", scripts.javascript),
    "php": CodeForm("PHP", scripts.php),
    "go": CodeForm("Go", compiled.go),
    "java": CodeForm("Java", compiled.java),
    "csharp": CodeForm("C#", compiled.csharp, tested=False),
}
"""The languages by their name in URLs."""
