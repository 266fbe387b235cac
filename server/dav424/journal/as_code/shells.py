"""Requests for shells: curl in POSIX shells and in PowerShell, and Hurl files."""

from __future__ import annotations

import base64
import re

from dav424.journal.as_code.coded import Coded
from dav424.journal.curl import curl

_QUOTES = "'\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}"
"""The characters that PowerShell takes for a single quote."""
_END_OF_HERE = re.compile(f"^[{_QUOTES}]@", re.MULTILINE)


def curl_in_sh(request: Coded) -> str:
    """Write a curl command for any POSIX shell."""
    login = f"{request.user}:{request.password}" if request.password else request.user
    headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
    return curl(request.method, request.url, headers if request.user else request.headers, request.body, login) + "\n"


def curl_in_powershell(request: Coded) -> str:
    """Write a curl command for PowerShell. Quotes in arguments get lost in old versions, so files hold headers and body."""
    lines, words = [], ["curl.exe", "-I" if request.method == "HEAD" else f"-i -X {_single(request.method)}"]
    if request.user:
        words.append(f"-u {_single(f'{request.user}:{request.password}')}")
    headers = "\n".join(f"{name}: {value}" for name, value in request.sent_headers.items())
    if headers:
        lines += ["$headers = New-TemporaryFile", f"[IO.File]::WriteAllText($headers, {_here(headers)})"]
        words.append('-H "@$headers"')
    if request.body:
        lines += ["$body = New-TemporaryFile", f"[IO.File]::WriteAllBytes($body, {_bytes(request)})"]
        words.append('--data-binary "@$body"')
    return "\n".join([*lines, f"{' '.join(words)} {_single(request.uri)}", ""])


def _single(text: str) -> str:
    return "'" + re.sub(f"([{_QUOTES}])", r"\1\1", text) + "'"


def _here(text: str) -> str:
    """Write a text of several lines; PowerShell keeps the line breaks of the file, which can be CR LF."""
    return f'@\'\n{text}\n\'@.Replace("`r`n", "`n")'


def _bytes(request: Coded) -> str:
    text = request.text
    if text is None or "\r" in text or _END_OF_HERE.search(text):
        return f"[Convert]::FromBase64String('{base64.b64encode(request.body).decode()}')"
    return f"[Text.Encoding]::UTF8.GetBytes({_here(text)})"


def hurl(request: Coded) -> str:
    """Write a Hurl file, with the status of the answer as its assertion."""
    headers = (f"{_hurl_text(name)}: {_hurl_text(value)}" for name, value in request.sent_headers.items())
    lines = [f"{request.method} {request.uri}", *headers]
    if request.user:
        lines += [
            "[BasicAuth]",
            f"{_hurl_text(request.user).replace(':', chr(92) + ':')}: {_hurl_text(request.password)}",
        ]
    if request.body:
        lines.append(_hurl_body(request))
    return "\n".join([*lines, f"HTTP {request.status or '*'}", ""])


def _hurl_text(text: str) -> str:
    """Escape the characters that begin a comment, an escape or a variable."""
    return text.replace("\\", "\\\\").replace("#", "\\#").replace("{{", "\\u{7b}\\u{7b}")


def _hurl_body(request: Coded) -> str:
    text = request.text
    if text is None or any(special in text for special in ("```", "{{", "\\", "\r")):
        return f"base64,{base64.b64encode(request.body).decode()};"
    return f"```\n{text}```"
