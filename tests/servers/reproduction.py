"""A case as a script of curl lines, which repeats what the probe sent, without what it read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from dav424.probe import Result
from dav424.probe.exchange import Probed
from dav424.probe.place import lock_token

_READS = {"PROPFIND", "GET"}
_LEFT_OUT = {"host", "user-agent", "accept-encoding", "content-length", "timeout"}
"""Headers that curl sends itself, or that make no difference."""
_OWN = re.compile(r"(?:https?://[^/\s>]+)?/[^\s<>\"]*?dav424-probe-[0-9a-f]{8}[-/]\w+-\d+")
_UID = re.compile(r"dav424-probe-[0-9a-f]{8}-\w+-\d+")
_TOKEN_LINE = "sed -n 's/^lock-token: *<*\\([^>\\r]*\\).*/\\1/Ip'"


def script(result: Result) -> str:
    """Write the requests of a case up to the one that is judged; each that only reads is left out.

    ``$URL`` is that of a collection, without a slash at its end; the first line makes it.
    """
    assert result.shown is not None
    sent = result.exchanges[: result.shown + 1]
    needed = [each for each in sent[:-1] if each.method not in _READS and not _is_beside(each, sent)]
    tokens = {lock_token(each): f"TOKEN{number or ''}" for number, each in enumerate(_granted(needed))}
    lines = [_line(each, tokens, [*needed, sent[-1]]) for each in (*needed, sent[-1])]
    return "\n".join(lines)


def _granted(exchanges: Sequence[Probed]) -> Iterator[Probed]:
    return (each for each in exchanges if each.method == "LOCK" and lock_token(each))


def _is_beside(exchange: Probed, sent: Sequence[Probed]) -> bool:
    """Say whether a PUT makes a document that no other request is about."""
    others = [each for each in sent if each is not exchange and each.method not in _READS]
    named = [each.path for each in others] + [_request(each)[1].get("Destination", "") for each in others]
    return exchange.method == "PUT" and not any(each.endswith(exchange.path) for each in named) and len(others) > 1


def _line(exchange: Probed, tokens: Mapping[str, str], all_sent: Sequence[Probed]) -> str:
    headers, body = _request(exchange)[1:]
    words = [
        "curl",
        "-i" if exchange is all_sent[-1] else "-so/dev/null",
        "-X",
        exchange.method,
        _quoted(_own(exchange.path), tokens),
    ]
    for name, value in headers.items():
        words += ["-H", _quoted(f"{name}: {_own(value)}", tokens)]
    if body:
        words += ["--data-binary", _quoted(_own(body), tokens)]
    token = tokens.get(lock_token(exchange)) if exchange.method == "LOCK" else None
    if token and any(lock_token(exchange) in text for each in all_sent for text in _request(each)[1].values()):
        words[1] = "-si"
        return f"{token}=$({' '.join(words)} | {_TOKEN_LINE})"
    return " ".join(words)


def _request(exchange: Probed) -> tuple[str, dict[str, str], str]:
    """Split what was sent into the first line, the headers that matter, and the body."""
    head, _, body = exchange.sent.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return first, {name: value for name, value in pairs if name.lower() not in _LEFT_OUT}, body


def _own(text: str) -> str:
    """Put the variable of the script for the collection of a case."""
    return _UID.sub("new", _OWN.sub("$URL", text))


def _quoted(text: str, tokens: Mapping[str, str]) -> str:
    for token, name in tokens.items():
        text = text.replace(token, f"${name}")
    names = ["URL", *tokens.values()]
    if not any(f"${name}" in text for name in names):
        return shlex.quote(text)
    escaped = re.sub(rf'(["`\\]|\$(?!(?:{"|".join(names)})\b))', r"\\\1", text)
    return f'"{escaped}"'


def shown_answer(result: Result, longest: int = 1500) -> str:
    """Write the status line and the body of the answer that is judged; empty if there is none."""
    assert result.shown is not None
    head, _, _ = result.exchanges[result.shown].received.decode("utf-8", "replace").partition("\r\n")
    body = _own(result.exchanges[result.shown].body.decode("utf-8", "replace")).replace("\r\n", "\n").strip()
    body = re.sub(r"(?:opaquelocktoken|urn:uuid):[-0-9A-Za-z.]+", "opaquelocktoken:…", body).replace("$URL", "/…")
    body = re.sub(r"/[^\s():\"]*/(?=build/)", "/…/", body)  # where the server itself is installed
    body = body if len(body) <= longest else f"{body[:longest]}…"
    return "\n".join([head.strip(), *(["", body] if body else [])])


_PART = re.compile(r"(\w+)=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(\d+) locks?|content ('.*')$|(not there)")
_MOVING = {"getetag", "getlastmodified", "creationdate"}


def changed(result: Result) -> Iterator[str]:
    """Say in words what has become different: a path, what was there, and what is there."""
    for path, before in result.before.items():
        old, new = _parts(before), _parts(result.after.get(path, before))
        said = " ".join(result.sentences)
        names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
        told = [name for name in names if name not in _MOVING or name in said]
        if "not there" in {old.get("state"), new.get("state")}:
            told = ["state"] if "state" in names else []
        for name in told:
            subject = "" if name == "state" else f" {name}"
            yield f"`{_own(path)}`{subject}: {old.get(name, _absent(name))} before, {new.get(name, _absent(name))} after"


def _absent(name: str) -> str:
    return {"state": "there", "locks": "0"}.get(name, "absent")


def _parts(state: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value, locks, content, missing in _PART.findall(state):
        if name:
            found[name] = f"`{value}`"
        elif locks:
            found["locks"] = locks
        elif content:
            found["content"] = f"`{content}`"
        elif missing:
            found["state"] = missing
    return found
