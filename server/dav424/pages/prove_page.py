"""The page "Prove all": each scenario is proven by the admin API, one after the other, and its result shown as it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from dav424.admin.payloads import FileProof, SpaceDetails
from dav424.core.clocks import sleep
from dav424.pages.page import Page, PageRequest, PageRoute
from dav424.pages.workbench.own_server import Api, ApiRefusal
from dav424.scenario.model import Scenario
from dav424.scenario.yaml_writer import write

_TRIES, _PAUSE = 50, 0.1
"""How often the page asks while another proof is under way, and the seconds between: it waits five seconds."""
_BUSY = 503


class Proof(Struct, frozen=True):
    """The result for one scenario; ``reasons`` are sentences that say why it is not proven, or was not tried."""

    name: str
    title: str
    state: Literal["proven", "not proven", "not tried", "waiting"]
    reasons: tuple[str, ...] = ()


def prove(request: PageRequest) -> Page:
    """List the scenarios; a form proves all of them, or the one that it names.

    A browser without JavaScript gets the page in pieces: each result when its proof ends.
    """
    form, scenarios = request.form, request.scenarios
    api = Api(request, form.get("token", ""))
    waiting = [Proof(name, scenarios.scenario(name).title, "waiting") for name in scenarios.names]
    values: dict[str, Any] = {"proofs": waiting, "proving": False, "problem": "", "token": api.token, "ask": False}
    try:
        api("GET", "spaces/default", kind=SpaceDetails)  # the rights of the reader
    except ApiRefusal as refusal:
        values |= {"total": len(waiting), "problem": refusal.detail, "ask": refusal.status == 401}
        return Page("prove.html", values, 200 if refusal.no_access else refusal.status)
    if request.method != "POST":
        return Page("prove.html", {**values, "total": len(waiting)})
    names = [form["scenario"]] if "scenario" in form else scenarios.names
    named = {name: scenarios.scenario(name) for name in names}
    streamed = request.answer_form == "text/html"
    if streamed:
        # A look could send an interim response into the middle of the page; writing the page finds out as well.
        api = Api(replace(request, look_for_client=lambda: None), api.token)
    counted: Counter[str] = Counter()
    proofs = _counted(_proofs(api, named), counted)
    values |= {"proofs": proofs, "total": len(named), "counted": counted, "proving": True}
    return Page("prove.html", values, streamed=streamed)


def _counted(proofs: Iterator[Proof], counted: Counter[str]) -> Iterator[Proof]:
    for proof in proofs:
        counted[proof.state] += 1
        yield proof


def _proofs(api: Api, named: Mapping[str, Scenario]) -> Iterator[Proof]:
    """Prove one scenario after the other; after a refusal that the next one would meet too, the others are not tried."""
    ended = False
    for name, scenario in named.items():
        if ended:
            yield Proof(name, scenario.title, "not tried")
            continue
        try:
            proof = _prove(api, write(scenario))
        except ApiRefusal as refusal:
            ended = refusal.no_access or refusal.status == _BUSY
            yield Proof(name, scenario.title, "not tried" if ended else "not proven", (refusal.detail,))
        else:
            yield _of(name, scenario.title, proof)


def _prove(api: Api, text: str) -> FileProof:
    """Prove a scenario file, and wait for another proof that is under way; raises ``ApiRefusal``."""
    for _ in range(_TRIES):
        try:
            return api("POST", "prove", {"text": text}, kind=FileProof)
        except ApiRefusal as refusal:
            if refusal.status != _BUSY:
                raise
        sleep(_PAUSE)
    return api("POST", "prove", {"text": text}, kind=FileProof)


def _of(name: str, title: str, proof: FileProof) -> Proof:
    reasons = (
        *(problem.message for problem in proof.problems),
        *(f"{flaw.request}: {flaw.message}" if flaw.request else flaw.message for flaw in proof.flaws),
    )
    return Proof(name, title, "proven" if proof.proven else "not proven", reasons)


PAGES = (PageRoute("/-/ui/prove", prove, ("GET", "POST")),)
