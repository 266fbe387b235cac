"""No fault invents a status: each status that is sent is one of the true answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from dav424.app import App
from dav424.core.message import Response
from dav424.faults.apply import apply, in_order
from dav424.faults.fault import Fault
from dav424.faults.kinds import FAULTS
from dav424.journal.entries import JournalEntry
from dav424.proof.play import Player
from dav424.wire.server import serving
from tests.bundled import SOURCES

NEEDED: dict[str, dict[str, Any]] = {
    "wrong-length": {"by": 7},
    "pause": {"milliseconds": 1},
    "padding": {"bytes": 20_000},
}
"""Settings that a kind needs, or that make it quick."""
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("cut-body", {"bytes": 100}),
    ("cut-body", {"inside": "{DAV:}status"}),
    ("padding", {"bytes": 20_000, "with": "responses"}),
    ("padding", {"bytes": 20_000, "with": "comments"}),
    ("comments", {"where": "inside"}),
    ("processing-instructions", {"where": "inside"}),
    ("encoding", {"to": "utf-16be"}),
    ("encoding", {"to": "utf-8-bom"}),
    ("bare-response", {"which": "all"}),
    ("status-beside-propstat", {"repeats": "last"}),
    *((kind, {"at": at}) for kind in ("reset", "close") for at in ("before-head", "after-body", "next-request")),
]
KINDS = {str(kind.__struct_config__.tag): kind for kind in FAULTS}
ALL = [(name, NEEDED.get(name, {})) for name in KINDS] + VARIANTS


def _made(name: str, settings: dict[str, Any]) -> Fault:
    fields = {key.replace("with", "filling"): value for key, value in settings.items()}
    return KINDS[name](id=f"{name}-{len(settings)}", **fields)


def _bytes(response: Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)


def statuses(response: Response) -> set[int]:
    """Give all statuses of a response: that of its status line, and all that its body has, in whatever form."""
    body = _bytes(response)
    codec = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = body.decode(codec, errors="replace")
    found = {int(code) for code in re.findall(r"HTTP/1\.1 ([0-9]{3})\b", text)}
    found |= {int(code) for code in re.findall(r'"status": ?"?([0-9]{3})\b', text)}
    try:
        root = etree.fromstring(body)
    except (etree.XMLSyntaxError, ValueError):
        return {response.status, *found}
    whole = ["".join(map(str, each.xpath("text()"))) for each in root.iter("{*}status")]
    return {response.status, *found, *(int(each.split()[1]) for each in whole if each.count(" "))}


@pytest.fixture(scope="module")
def exchanges() -> list[JournalEntry]:
    """Every exchange that the bundled scenarios show, with the true answer, if the journal has all of it."""
    entries: list[JournalEntry] = []
    for name, source in SOURCES.items():
        scenario = source()
        app = App({name: lambda scenario=scenario: replace(scenario, faults=[])})
        with serving(app.gateway) as url:
            player = Player(f"{url}{name}/", scenario)
            for request in scenario.requests:
                player.send(request)
        entries += [entry for entry in app.spaces.default.journal if isinstance(entry.answer.body, bytes)]
    return entries


@pytest.mark.parametrize(("name", "settings"), ALL)
def test_no_kind_invents_a_status(exchanges: list[JournalEntry], name: str, settings: dict[str, Any]) -> None:
    """Over every answer of every bundled scenario; each kind changes some of them."""
    fault = _made(name, settings)
    changed = 0
    for entry in exchanges:
        truth = entry.answer
        sent = apply([fault], {}, entry.request, truth, early=True)
        if sent is not None:
            changed += 1
            assert sent.response.status == truth.status
            assert statuses(sent.response) <= statuses(truth)
    assert changed > 5


@given(number=st.integers(0, 9999), chosen=st.lists(st.integers(0, len(ALL) - 1), min_size=2, max_size=5))
def test_no_mix_of_faults_invents_a_status(exchanges: list[JournalEntry], number: int, chosen: list[int]) -> None:
    """Faults that come one upon the other, in the order of their kinds."""
    entry = exchanges[number % len(exchanges)]
    sent = apply(in_order(_made(*ALL[each]) for each in chosen), {}, entry.request, entry.answer)
    assert sent is None or statuses(sent.response) <= statuses(entry.answer)


def test_an_invented_status_would_be_seen(exchanges: list[JournalEntry]) -> None:
    """The statuses of the 207s are found, whatever hides them."""
    multistatus = next(entry for entry in exchanges if statuses(entry.answer) == {207, 403, 424})
    for name, settings in (("comments", {"where": "inside"}), ("encoding", {}), ("cdata", {})):
        sent = apply([_made(name, settings)], {}, multistatus.request, multistatus.answer)
        assert sent is not None
        assert statuses(sent.response) == {207, 403, 424}
