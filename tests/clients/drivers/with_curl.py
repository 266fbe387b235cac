"""curl: one process for each call, with ``--fail``; exit status 0 is a success, 22 a response of 400 or more."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from answering import XML, Calls, Failure, Value, answer, mkcalendar, mkcol, propertyupdate

LOCK = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
PROPFIND = '<D:propfind xmlns:D="DAV:"><D:prop>{}</D:prop></D:propfind>'


def curl(*arguments: str, sent: str = "") -> subprocess.CompletedProcess[str]:
    command = ["curl", "--silent", "--show-error", "--fail", *arguments]
    return subprocess.run(command, input=sent, capture_output=True, text=True, timeout=60, check=False)


def connect(url: str) -> Calls:
    held: dict[str, str] = {}

    def ask(method: str, path: str, body: str = "", **headers: str) -> subprocess.CompletedProcess[str]:
        sent = [word for name, value in headers.items() for word in ("--header", f"{name.replace('_', '-')}: {value}")]
        typed = ["--header", f"Content-Type: {XML['Content-Type']}", "--data-binary", body] if body else []
        return curl("--request", method, *sent, *typed, "--include", url + path)

    def words(done: subprocess.CompletedProcess[str]) -> Any:
        if done.returncode:
            return Failure(f"exit status {done.returncode}: {done.stderr}")
        return f"exit status 0; printed {done.stdout.splitlines()[0]}" + (" and its body" if "<" in done.stdout else "")

    def told(method: str, path: str, body: str = "", **headers: str) -> Any:
        return words(ask(method, path, body, **headers))

    def propget(path: str, namespace: str, name: str) -> Value:
        said = ask("PROPFIND", path, PROPFIND.format(f'<n:{name} xmlns:n="{namespace}"/>'), Depth="0").stdout
        return Value(re.findall(rf"<[^>]*{name}[^>]*>([^<]*)<", said)[0])

    def names(path: str) -> Value:
        said = ask("PROPFIND", path, Depth="1").stdout
        return Value(list(re.findall(r"<D:href>[^<]*/([^/<]+)</D:href>", said)))

    def lock(path: str) -> Any:
        done = ask("LOCK", path, LOCK)
        found = re.search(r"^Lock-Token: (\S+)", done.stdout, re.MULTILINE | re.IGNORECASE)
        held[path] = found[1] if found else ""
        return words(done)

    return {
        "mkdir": lambda path: told("MKCOL", path),
        "put": lambda path, content: words(curl("--include", "--upload-file", "-", url + path, sent=content)),
        "list": names,
        "get": lambda path: Value(curl(url + path).stdout),
        "proppatch": lambda path, properties: told("PROPPATCH", path, propertyupdate(properties)),
        "propget": propget,
        "mkcol": lambda path, properties: told("MKCOL", path, mkcol(properties)),
        "mkcalendar": lambda path, properties: told("MKCALENDAR", path, mkcalendar(properties)),
        "copy": lambda source, to: told("COPY", source, Destination=url + to),
        "move": lambda source, to: told("MOVE", source, Destination=url + to),
        "lock": lock,
        "unlock": lambda path: told("UNLOCK", path, Lock_Token=held.pop(path)),
        "delete": lambda path: told("DELETE", path),
    }


answer(curl("--version").stdout.split()[1], connect)
