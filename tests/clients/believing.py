"""Which client believes which server: each client in the same failures, against the dialects of servers.

The client gets the answers that a server of this kind gives, and the verdict is about what it tells its caller. A dialect is
chosen with its faults (``!``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from lxml import etree
from msgspec import Struct

from dav424.app import App
from dav424.diagnosis import PastedAnswer, UnreadableText
from dav424.diagnosis.read_answer import read_answer
from dav424.dialects.choice import dialect_choice
from dav424.dialects.library import RFC4918
from dav424.proof.play import Answer
from dav424.scenario.files import bundled_files
from dav424.scenario.load import load
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.clients.run import Driver, driving
from tests.clients.situations import SITUATIONS, Situation
from tests.clients.truth import Ear, changes, tree
from tests.clients.verdict import Told, Verdict, judge

FILE = Path(__file__).with_name("beliefs.json")
OWN = Path(__file__).with_name("dialects")
SERVERS = {
    RFC4918: "the RFCs",
    "apache": "Apache",
    "lighttpd": "lighttpd",
    "nginx": "nginx",
    "tomcat": "Tomcat",
    "cyrus": "Cyrus",
    "fastmail": "Fastmail",
    "go": "Go",
    "sabre": "sabre/dav",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "radicale": "Radicale",
    "xandikos": "Xandikos",
    "nephele": "Nephele",
    "wsgidav": "WsgiDAV",
    "zope": "Zope",
    "one-error": "*one error*",
    "empty-207": "*empty 207*",
    "hides-failures": "*hidden failure*",
}
"""The dialects, and how the page calls their servers; the last three are forms of the folder ``dialects`` here."""
SENT_ONE_BY_ONE = {("cadaver", "proppatch-protected")}
"""Clients that send a request for each property, so that nothing depends on another one."""
ASKED = tuple(
    each
    for each in SITUATIONS
    if each.scenario
    in {
        "proppatch-protected",
        "lock-infinity-locked-child",
        "delete-locked-member",
        "copy-onto-locked-member",
        "move-locked-member",
        "mkcol-with-properties",
        "mkcalendar-refused",
    }
)
"""The situations in which servers differ."""
BELIEVED = "believed a success"
DONE = "done"
NOT_SENT = "did not send it"


class Belief(Struct, frozen=True):
    """One call against one kind of server: what it answered, and the verdict on what the client told."""

    client: str
    situation: str
    server: str
    answer: str
    verdict: str


@cache
def believe(client: str) -> tuple[Belief, ...]:
    """Take one client through all situations at all servers; raises NotInstalledError where it isn't here."""
    sources = {file.stem: partial(_load, file) for file in bundled_files()}
    ear = Ear(App(sources, Settings(start=None), dialects=dialect_choice([OWN], "").library()).gateway)
    with driving(client) as driver, serving(ear) as url:
        return tuple(_beliefs(client, driver, ear, url))


def _load(file: Path) -> object:
    return load(file.read_bytes(), file.name)


def _beliefs(client: str, driver: Driver, ear: Ear, url: str) -> Iterator[Belief]:
    for situation in ASKED:
        failed: list[str] = []
        for server in SERVERS:
            if (client, situation.scenario) in SENT_ONE_BY_ONE:
                break
            ours = Client(f"{url}s/{server}~{RFC4918}/{situation.scenario}")
            before = tree(ours)
            ear.heard.clear()
            told = driver.call(f"{url}s/{server}~{server}!/{situation.scenario}", situation.call, situation.arguments)
            if told.how == "missing":
                break
            answers = [each.answer for each in ear.heard if each.method == situation.method]
            form = "; ".join(dict.fromkeys(map(_form, answers)))
            changed = changes(before, tree(ours))
            failed = failed if server != RFC4918 else changed
            verdict = _verdict(told, answers, is_done=changed not in ([], failed))
            yield Belief(client, situation.title, server, form, verdict)


def _verdict(told: Told, answers: Sequence[Answer], *, is_done: bool) -> str:
    culprits = list(dict.fromkeys(name for answer in answers for name in _culprits(answer)))
    if not answers:
        return NOT_SENT
    if culprits:
        return judge(told, culprits)
    if told.how == "failure":
        return Verdict.BROKE_OFF if told.accident else Verdict.NOT_WHAT
    return DONE if is_done else BELIEVED


def _said(answer: Answer) -> list[tuple[str, int]]:
    """List what an answer says, as a reader of all servers understands it: names with their statuses."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    try:
        facts = read_answer(PastedAnswer(status=answer.status, headers=headers, body=answer.body))
    except UnreadableText:
        return []
    return [
        (each.thing.property.rpartition("}")[2] or each.thing.href.rstrip("/").rpartition("/")[2], each.status)
        for each in facts.said
        if each.status is not None and (each.thing.property or each.thing.href)
    ]


def _culprits(answer: Answer) -> Iterator[str]:
    failed = [name for name, status in _said(answer) if status >= 300 and status != 424]
    if answer.status in {207, 424} or (answer.status < 300 and failed):
        yield from failed
    elif answer.status >= 300:
        yield from failed or [str(answer.status)]


def _form(answer: Answer) -> str:
    """Write the form of an answer: its status, and those that it says of members and properties."""
    inner = sorted({status for _, status in _said(answer)})
    malformed = ", not well-formed" if inner and not _is_well_formed(answer.body) else ""
    said = f" with {', '.join(map(str, inner))}" if inner else " that names nothing" if answer.status == 207 else ""
    return f"{answer.status}{said}{malformed}"


def _is_well_formed(body: bytes) -> bool:
    try:
        etree.fromstring(body)
    except etree.XMLSyntaxError:
        return False
    return True


def recorded() -> list[Belief]:
    """Read what make clients-doc has found, in the order of the clients and the situations."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    found = [
        Belief(client, title, server, answer, verdict)
        for client, title, answer, verdict, servers in rows
        for server in servers
    ]
    titles, servers = [each.title for each in ASKED], [*SERVERS]
    clients = list(dict.fromkeys(each.client for each in found))
    return sorted(
        found, key=lambda each: (clients.index(each.client), titles.index(each.situation), servers.index(each.server))
    )


def as_json(beliefs: Sequence[Belief]) -> str:
    """Write the verdicts, a line for each that some servers share."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for each in beliefs:
        rows.setdefault((each.client, each.situation, each.answer, each.verdict), []).append(each.server)
    return "[\n" + ",\n".join(json.dumps([*row, servers]) for row, servers in rows.items()) + "\n]\n"


_SHORT: Mapping[str, str] = {
    Verdict.TRUTH: "truth",
    Verdict.NOT_WHAT: "no culprit",
    Verdict.HANDED_OVER: "raw",
    Verdict.BROKE_OFF: "accident",
    Verdict.MISTOOK: "**mistook**",
    BELIEVED: "**believed**",
    DONE: "done",
    NOT_SENT: "not sent",
}


def table(beliefs: Sequence[Belief], clients: Sequence[str]) -> str:
    """Write a row for each form of an answer to each request: the servers that give it, and the verdict on each client that met it."""
    lines = [f"| request | answer | servers | {' | '.join(clients)} |", "|---" * (len(clients) + 3) + "|"]
    for situation in ASKED:
        rows = [each for each in beliefs if each.situation == situation.title]
        forms = dict.fromkeys(map(_row, sorted(rows, key=lambda each: [*SERVERS].index(each.server))))
        for form in forms:
            met = [each for each in rows if _row(each) == form and each.answer]
            names = [title for server, title in SERVERS.items() if any(each.server == server for each in met)]
            cells = (_cell([each for each in met if each.client == client]) for client in clients)
            if met:
                lines.append(f"| {situation.title} | {form} | {', '.join(names)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _row(belief: Belief) -> str:
    """Name the row of the table: the form of the answer, and whether a success is true."""
    return belief.answer + {DONE: ", done", BELIEVED: ", not done"}.get(belief.verdict, "")


def _cell(met: Sequence[Belief]) -> str:
    return " / ".join(dict.fromkeys(_SHORT[each.verdict] for each in met)) or "-"


def mistaken(beliefs: Sequence[Belief], clients: Sequence[str]) -> str:
    """Write for each client which servers it believes: those at which it takes a failure for a success, by method."""
    lines = []
    for client in clients:
        wrong = [each for each in beliefs if each.client == client and each.verdict == Verdict.MISTOOK]
        said = [f"{each.method} ({', '.join(at)})" for each in ASKED if (at := _believed(each, wrong))]
        lines.append(f"- {client}: {', '.join(said) or 'none'}.")
    return "\n".join(lines)


def _believed(situation: Situation, wrong: Sequence[Belief]) -> list[str]:
    at = {each.server for each in wrong if each.situation == situation.title}
    return [title for server, title in SERVERS.items() if server in at]
