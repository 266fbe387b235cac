"""The actions of the workbench: run, run again, cure, reset, and play without a cause; each gives what the page shows."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from dav424.admin.payloads import ChangeList, CureRequest, JournalPage, Replay, SnapshotName, SpaceDetails
from dav424.core.batch import Refused
from dav424.journal.report import ExchangeReport, MessagePart
from dav424.pages.page import PageRequest
from dav424.pages.workbench.answer import Received
from dav424.pages.workbench.outcomes import Results, results
from dav424.pages.workbench.own_server import EXPIRES_IN, Api, ApiRefusal, Copy, tree_of
from dav424.pages.workbench.sent import Sent, of_scenario
from dav424.pages.workbench.stored import Tree

_SPACE = re.compile(r"ui-[a-z0-9]{8}")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
MOST_IN_STRIP = 12


class Ran(Struct, frozen=True):
    """A request that ran: the answer, its results, and the snapshot before it.

    ``changes`` are those since then, and ``tree`` the resources now; None where a page can't read them.
    """

    sent: Sent
    answer: Received
    results: Results
    digest: str
    snapshot: str
    changes: ChangeList | None = None
    tree: Tree | None = None
    exchange: ExchangeReport | None = None


class Cured(Struct, frozen=True):
    """What a cure did: the causes that remain, and its requests; ``refusal`` says why it could not do all of it."""

    requests: Sequence[CureRequest] = ()
    refusal: str = ""


class Counterfactual(Struct, frozen=True):
    """The same request in a new copy without some causes."""

    causes: Sequence[str]
    answer: Received
    results: Results


class Bench:
    """The workbench of one reader: a copy of a scenario in a space of the reader, and what to say about it.

    ``missing`` says which part the page lacks, because the admin API is closed to the reader or on another port.
    """

    def __init__(self, request: PageRequest, name: str, *, space: str = "", token: str = "") -> None:
        self.scenario = request.scenarios.scenario(name)
        self.request, self.name = request, name
        self.space = space if _SPACE.fullmatch(space) else ""
        self.api = Api(request, token)
        self.notices: list[str] = []
        self.missing = ""

    @property
    def copy(self) -> Copy:
        """The copy of the scenario; that of the default space, as long as the reader has none."""
        return Copy(self.request, self.space or "default", self.name, self.scenario)

    def open(self) -> None:
        """Make a space for the reader, or find the one that the reader has."""
        given = self.space
        self.space = given or f"ui-{''.join(secrets.choice(_LETTERS) for _ in range(8))}"
        try:
            if given and self._exists():
                return
            if given:
                self.notices.append("Your copy of the scenario had expired. This is a new one, as in the beginning.")
            self._make()
        except ApiRefusal as refusal:
            if not refusal.no_access:
                raise Refused(refusal.status, refusal.detail) from None
            self.missing = refusal.detail

    def _make(self) -> None:
        wanted = {"scenario": self.name, "expires-in": EXPIRES_IN}
        self.api("PUT", f"spaces/{self.space}", wanted, kind=SpaceDetails)

    def _exists(self) -> bool:
        try:
            self.api("GET", f"spaces/{self.space}", kind=SpaceDetails)
        except ApiRefusal as refusal:
            if refusal.status in (404, 410):
                return False
            raise
        return True

    def run(self, sent: Sent) -> Ran:
        """Send a request, and read what it did."""
        copy, snapshot = self.copy, self._snapshot()
        answer = copy.send(sent)
        exchange = self.exchange(answer.exchange or "last")
        return self._ran(sent, answer, exchange, snapshot)

    def _ran(self, sent: Sent, answer: Received, exchange: ExchangeReport | None, snapshot: str) -> Ran:
        found = results(answer, self.copy.base, sent.path, exchange)
        return Ran(sent, answer, found, self.digest(sent), snapshot, self._changes(snapshot), self._tree(), exchange)

    def digest(self, sent: Sent) -> str:
        """Give the SHA-256 of the body of a request as it is sent."""
        return hashlib.sha256(sent.body_to_send(self.copy.base)).hexdigest()

    def _snapshot(self) -> str:
        """Save the state before a request; empty if that is not possible."""
        if self.missing:
            return ""
        try:
            return self.api("POST", f"spaces/{self.space}/snapshots", kind=SnapshotName).snapshot
        except ApiRefusal as refusal:
            self.notices.append(
                f"The page can't compare the resources before and after. {refusal.detail} Reset the copy."
            )
            return ""

    def _changes(self, snapshot: str) -> ChangeList | None:
        if self.missing or not snapshot:
            return None
        path = f"spaces/{self.space}/changes?scenario={quote(self.name)}&snapshot={quote(snapshot)}"
        try:
            return self.api("GET", path, kind=ChangeList)
        except ApiRefusal:
            return None

    def _tree(self) -> Tree | None:
        if self.missing:
            return None
        try:
            return tree_of(self.api, self.copy)
        except ApiRefusal:
            return None

    def exchange(self, number: str) -> ExchangeReport | None:
        """Read an exchange from the journal; None if it is not there, or if the reader has no access."""
        if self.missing:
            return None
        try:
            return self.api("GET", f"spaces/{self.space}/journal/{quote(number)}", kind=ExchangeReport)
        except ApiRefusal:
            return None

    def remembered(self, sent: Sent, number: str, snapshot: str) -> Ran | None:
        """Make the results of an exchange from the journal again; None if it is not there."""
        exchange = self.exchange(number)
        return self._ran(sent, answer_of(exchange), exchange, snapshot) if exchange is not None else None

    def cure(self) -> Cured:
        """Cure the scenario: by the admin API, or, without it, by the requests of the cure alone."""
        cure = self.scenario.cure
        if cure is None:
            return Cured(refusal="This scenario has no cure.")
        if not self.missing:
            try:
                path = f"spaces/{self.space}/cure?scenario={quote(self.name)}"
                report = self.api("POST", path, kind=dict[str, Any])
                return Cured([CureRequest(**_named(each)) for each in report["requests"]])
            except ApiRefusal as refusal:
                return Cured(refusal=refusal.detail)
        sent = [(spec, self.copy.send(of_scenario(spec))) for spec in cure.requests]
        requests = [
            CureRequest(spec.name, spec.method, spec.path, answer.status, spec.expect.status, None)
            for spec, answer in sent
        ]
        changes = ", ".join([*cure.remove, *cure.change])
        left = f"Only the admin API can change these causes: {changes}. {self.missing}" if changes else ""
        return Cured(requests, left)

    def reset(self) -> None:
        """Begin with a new copy in the same space: its resources, causes, clock, journal and snapshots are new."""
        if self.missing:
            self.space = ""
            self.open()
            return
        try:
            self.api("DELETE", f"spaces/{self.space}", kind=type(None))
            self._make()
        except ApiRefusal as refusal:
            raise Refused(refusal.status, refusal.detail) from None

    def without(self, ran: Ran, causes: Sequence[str]) -> Counterfactual | str:
        """Play an exchange again without some causes, or after the cure if there are none to remove.

        If other causes then refuse the same things, such as those that an RFC demands, it is played without them, too.
        Gives a sentence if that is not possible.
        """
        removed = list(causes)
        about = {line.what for line in ran.results.all() if not set(line.causes).isdisjoint(causes)}
        while True:
            try:
                played = self._replay(ran, removed)
            except ApiRefusal as refusal:
                return refusal.detail
            others = {
                cause
                for line in played.results.all()
                if line.outcome == "failed" and line.what in about
                for cause in line.causes
            }
            if not causes or others <= {*removed}:
                return played
            removed += sorted(others - {*removed})

    def _replay(self, ran: Ran, causes: Sequence[str]) -> Counterfactual:
        number = ran.exchange.number if ran.exchange is not None else 0
        wanted = {"exchange": number, "without": causes, "cured": not causes}
        if ran.snapshot:
            wanted["snapshot"] = ran.snapshot
        played = self.api("POST", f"spaces/{self.space}/replay", wanted, kind=Replay)
        answer = answer_of(played.exchange)
        return Counterfactual(causes, answer, results(answer, self.copy.base, played.exchange.path, played.exchange))

    def strip(self) -> list[ExchangeReport]:
        """List the latest exchanges of the space, the oldest first."""
        if self.missing or not self.space:
            return []
        try:
            path = f"spaces/{self.space}/journal?newest={MOST_IN_STRIP}"
            return list(self.api("GET", path, kind=JournalPage).entries)
        except ApiRefusal:
            return []


def answer_of(exchange: ExchangeReport) -> Received:
    """Give the answer of an exchange as far as the journal keeps it."""
    part: MessagePart = exchange.answer
    body = base64.b64decode(part.body) if part.base64 else part.body.encode()
    headers = tuple((name, value) for name, value in part.headers)
    return Received(exchange.status, exchange.reason, headers, body, part.size)


def _named(data: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in data.items()}
