"""tsdav reads, writes and follows an address book: what its caller has when one card fails, and what is there afterwards."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dav424.app import App
from dav424.scenario.load import load
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.clients import install

NAMES = ("ada", "grace", "joan")
CARD = "BEGIN:VCARD\\r\\nVERSION:3.0\\r\\nUID:{0}\\r\\nFN:{0}\\r\\nN:{0};;;;\\r\\nEND:VCARD\\r\\n"
SCENARIO = "title: Cards\nusers: {ada: lovelace}\naddress-books: {/ada/people/: {name: People}}\n" + (
    "principals: {ada: {calendar-home: /ada/, address-book-home: /ada/}}\ntree:\n"
    + "".join(f'  /ada/people/{name}.vcf: {{type: text/vcard, content: "{CARD.format(name)}"}}\n' for name in NAMES)
)
SCRIPT = """
import tsdav from "tsdav";
const client = await tsdav.createDAVClient({
  serverUrl: process.argv[2], credentials: { username: "ada", password: "lovelace" }, authMethod: "Basic", defaultAccountType: "carddav",
});
const [addressBook] = await client.fetchAddressBooks();
const names = cards => cards.filter(each => each.data).map(each => each.url.split("/").pop()).sort();
const told = { book: addressBook.displayName };
try {
  told.cards = names(await client.fetchVCards({ addressBook }));
} catch (error) {
  told.error = error.message;
}
const made = await client.createVCard({ addressBook, filename: "new.vcf", vCardString: process.argv[3] });
told.made = made.status;
const synced = await client.smartCollectionSync({ collection: { ...addressBook, objects: [], objectMultiGet: client.addressBookMultiGet }, method: "webdav" })
  .catch(error => ({ error: error.message }));
told.synced = synced.error ?? names(synced.objects ?? []);
console.log(JSON.stringify(told));
"""
Run = Callable[[str], dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Let tsdav go through the address book, with a cause."""
    if shutil.which("node") is None or not install.has_npm():
        pytest.skip("tsdav isn't installed here; with node and npm make clients does that")
    (tmp_path / "node_modules").symlink_to(install.NPM / "node_modules")
    script = tmp_path / "cards.mjs"
    script.write_text(SCRIPT)

    def run(cause: str) -> dict[str, Any]:
        scenario = f"{SCENARIO}causes: [{cause}]\n"
        app = App({"cards": lambda: load(scenario, "cards.yaml")}, Settings(start=None))
        with serving(app.gateway) as url:
            card = CARD.format("new").replace("\\r\\n", "\r\n")
            words = ["node", "--no-warnings", script.name, f"{url}cards/", card]
            ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
            assert ran.returncode == 0, ran.stdout + ran.stderr
            told: dict[str, Any] = json.loads(ran.stdout)
            told["there"] = sorted(
                app.spaces.default.world("cards").state.root.children["ada"].children["people"].children
            )  # type: ignore[union-attr]
            return told

    return run


def test_it_reads_writes_and_follows_the_cards(run: Run) -> None:
    """From the URL of the scenario: all cards, a new one, and that one alone as what has changed."""
    told = run("")
    assert (told["book"], told["cards"]) == ("People", ["ada.vcf", "grace.vcf", "joan.vcf"])
    assert (told["made"], told["synced"]) == (201, ["new.vcf"])
    assert told["there"] == ["ada.vcf", "grace.vcf", "joan.vcf", "new.vcf"]


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("{id: c, kind: denied, path: /ada/people/grace.vcf, methods: [REPORT]}", 403),
        ("{id: c, kind: answers, path: /ada/people/grace.vcf, methods: [REPORT], status: 404}", 404),
        ("{id: c, kind: unreadable, path: /ada/people/grace.vcf}", 503),
    ],
)
def test_one_card_that_fails_hides_the_others(run: Run, cause: str, status: int) -> None:
    """Its caller gets an error with the status of the one, and none of the cards; nothing is lost on the server."""
    told = run(cause)
    assert "cards" not in told
    assert told["error"].startswith(f"Collection query failed: {status} ")
    assert told["there"] == ["ada.vcf", "grace.vcf", "joan.vcf", "new.vcf"]


def test_a_card_that_can_not_be_stored_is_told(run: Run) -> None:
    """Its caller gets the status, and the next sync has nothing new."""
    told = run("{id: c, kind: store-fails, path: /ada/people/new.vcf}")
    assert (told["made"], told["synced"]) == (507, [])
