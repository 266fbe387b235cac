"""The report of a failed test: what its spaces received, and the commands that get the same answers again."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from dav424.journal.render import as_text
from dav424.testing.journal import Exchange
from dav424.testing.server import Server
from dav424.testing.space import RecordedCall, Space

MOST_BYTES = 64_000
"""The size of the sections of one report, in bytes of UTF-8."""
_OF_HEADLINES = 8_000
"""How many of these bytes may list the exchanges that are left out."""
_LONGEST_HEADLINE = 150
_HERE = "http://127.0.0.1:4240/"
_HERE_TLS = "https://127.0.0.1:4240/"
"""Where ``dav424 serve`` listens by default."""


class ReportedSpace(Struct, frozen=True):
    """A space in a report. The test began ``after`` the exchange with this number; ``kept`` are the seconds that it stays."""

    space: Space
    after: int = 0
    kept: float = 0


class _Block(Struct, frozen=True):
    """A part of a section that is shown whole or left out. ``headline`` stands for an exchange that is left out."""

    text: str
    headline: str = ""

    @property
    def size(self) -> int:
        """In bytes, with the line break behind it."""
        return len(self.text.encode(errors="replace")) + 1


def failure_report(server: Server, reported: Sequence[ReportedSpace], most: int = MOST_BYTES) -> list[tuple[str, str]]:
    """Write a title and a text for each space, of at most ``most`` bytes altogether."""
    sections: list[tuple[str, str]] = []
    for place, each in enumerate(reported):
        title = f"dav424 {each.space.scenario}"
        text = _section(server, each, most // (len(reported) - place) - len(title) - 1)
        most -= len(text.encode(errors="replace")) + len(title) + 1
        sections.append((title, text))
    return sections


def _section(server: Server, reported: ReportedSpace, most: int) -> str:
    try:
        exchanges = reported.space.journal.entries()
        if not exchanges:
            return "The server received no request for this space."
        commands = _Commands(server, reported)
        return _cut(list(_blocks(reported, exchanges, commands)), most)
    except Exception as error:  # noqa: BLE001 - the failure of the test itself must stay readable
        return f"The journal can't be read: {error!r:.500}"


def _blocks(reported: ReportedSpace, exchanges: Sequence[Exchange], commands: _Commands) -> Iterator[_Block]:
    """Write the commands that make the space anew, then the exchanges and the calls between them."""
    space = reported.space
    dropped = exchanges[0].number - 1
    if dropped or space.journal.clears:
        number = f"{dropped} " if dropped else ""
        yield _Block(f"The journal has lost {number}older exchanges; without them, the answers may differ.\n")
    if reported.after:
        yield _Block(f"The exchanges up to {reported.after} came before this test: other tests use the space too.\n")
    yield _Block("\n".join(commands.beginning()))
    calls = space.recorded
    for exchange in exchanges:
        while calls and calls[0].after < exchange.number:
            yield _Block(f"The test called the admin API:\n\n{commands.call(calls.pop(0))}\n")
        sent = any(call.after < exchange.number <= call.sent for call in space.recorded)
        text = as_text(replace(exchange, curl="" if sent else commands.again(exchange)))
        if sent:
            text = text.replace("Replay:\n\n\n", "The cure above sends it.\n")
        yield _Block(text, _headline(exchange))
    for call in calls:
        yield _Block(f"The test called the admin API:\n\n{commands.call(call)}\n")


def _headline(exchange: Exchange) -> str:
    text = f"Exchange {exchange.number}: {exchange.method} {exchange.target}"
    return f"{text[:_LONGEST_HEADLINE]} -> {exchange.status}"


def _cut(blocks: list[_Block], most: int) -> str:
    """Join blocks to a text of at most ``most`` bytes: the beginning, the number of the blocks that are left out, and the newest ones."""
    if sum(block.size for block in blocks) <= most:
        return "\n".join(block.text for block in blocks)
    beginning = [block for block in blocks[:3] if not block.headline and block.size <= most // 4]
    rest = [block for block in blocks if block not in beginning]
    room = most - sum(block.size for block in beginning) - min(_OF_HEADLINES, most // 4) - 300
    shown: list[_Block] = []
    while rest and rest[-1].size <= room:
        room -= rest[-1].size
        shown.insert(0, rest.pop())
    if not shown and rest:
        shown.append(_Block(_shortened(rest.pop().text, room)))
    return "\n".join([*(block.text for block in beginning), *_left_out(rest, most), *(block.text for block in shown)])


def _shortened(text: str, most: int) -> str:
    data = text.encode(errors="replace")
    left = len(data) - most
    return data[: max(0, most)].decode(errors="ignore") + f"\n... {left} bytes of this exchange are left out.\n"


def _left_out(blocks: Sequence[_Block], most: int) -> Iterator[str]:
    """Say how much is left out, and list the newest of it."""
    size = sum(block.size for block in blocks)
    headlines = [block.headline for block in blocks if block.headline]
    calls = len(blocks) - len(headlines)
    also = f" and {calls} calls of the admin API" if calls else ""
    yield f"{len(headlines)} older exchanges{also} are left out here ({size} bytes); without them, the answers may differ."
    room = min(_OF_HEADLINES, most // 4)
    listed: list[str] = []
    for headline in reversed(headlines):
        room -= len(headline.encode(errors="replace")) + 1
        if room < 0:
            break
        listed.insert(0, headline)
    if len(listed) < len(headlines):
        yield f"The last {len(listed)} of them:"
    yield from listed
    yield ""


class _Commands:
    """Writes shell commands for a server that has the space anew: the one of the test, or one that the user starts."""

    def __init__(self, server: Server, reported: ReportedSpace) -> None:
        self._server, self._reported, self._space = server, reported, reported.space
        here = _HERE_TLS if server.url.startswith("https:") else _HERE
        self._root = here if server.command else server.url
        self._admin = f"{self._root}-/spaces/{self._space.name}"

    def beginning(self) -> Iterator[str]:
        """Write the instructions, and then the commands that make the space anew."""
        kept = self._reported.kept
        if self._server.command:
            yield "The server of this test ends with it. To get the same answers again, start this command:"
            yield f"\n{self._server.command}\n"
            yield "Then send the curl commands of this section in their order. The first ones make the space:\n"
        else:
            if kept:
                yield f"The server keeps this space until it had no request for {kept:g} seconds (--dav424-keep)."
            yield "To get the same answers again, send the curl commands of this section in their order."
            yield "The first ones make the space anew:\n"
        if self._server.url.startswith("https:") and self._server.authority:
            yield "export CURL_CA_BUNDLE=ca.pem  # the file of the authority's certificate"
        body = dict(self._space.made_of)
        if kept:
            body["expires-in"] = kept
        yield self._curl("DELETE", self._admin)
        yield self._curl("PUT", self._admin, body) + "\n"

    def call(self, call: RecordedCall) -> str:
        """Write a recorded call."""
        path = "".join(f"/{quote(step, safe='')}" for step in call.path)
        query = f"?{urlencode({'scenario': call.scenario})}" if call.scenario else ""
        return self._curl(call.method, f"{self._admin}{path}{query}", call.body)

    def again(self, exchange: Exchange) -> str:
        """Write the command of an exchange, for the server that has the space anew, and with the password of its user."""
        curl = exchange.curl
        if self._root != self._server.url:
            port = urlsplit(self._server.url).port
            curl = re.sub(rf"https?://(127\.0\.0\.1|localhost|\[::1\]):{port}/", self._root, curl)
        return self._with_login(exchange, curl)

    def _with_login(self, exchange: Exchange, curl: str) -> str:
        named = exchange.target.partition("://")[2] or exchange.target
        by_user = re.search(rf"/s/{re.escape(self._space.name)}(~[^/]*)?/", f"{named}/") is None
        user = self._space.user(exchange.user, dialect=exchange.dialect) if by_user else exchange.user
        if not user:
            return curl
        password = self._passwords().get(exchange.user, "" if exchange.user else "any")
        login = f"-u {shlex.quote(f'{user}:{password}' if password else user)} "
        known = f"-u {shlex.quote(exchange.user)} "
        if exchange.user and known in curl:
            return curl.replace(known, login, 1)
        return re.sub(r"(^|\| )curl ", rf"\1curl {login}", curl, count=1)

    def _passwords(self) -> Mapping[str, str]:
        users = self._space.made_of.get("users")
        if users is None:
            from dav424.testing.scenario_data import scenarios  # noqa: PLC0415 - few scenarios have users

            known = {data.name: data.users for data in scenarios(self._server.scenario_paths)}
            users = known.get(self._space.scenario, {})
        return dict(users)

    def _curl(self, method: str, url: str, body: object = None) -> str:
        words = ["curl -sS -o /dev/null", f"-X {method}", shlex.quote(url)]
        if self._server.token:
            words.append('-H "Authorization: Bearer $DAV424_ADMIN_TOKEN"')
        if body is not None:
            words += ["-H 'Content-Type: application/json' -d", shlex.quote(json.dumps(body))]
        return " ".join(words)
