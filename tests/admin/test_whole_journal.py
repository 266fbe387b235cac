"""The whole journal: as text, and as an HTTP Archive."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from dav424.app import App
from dav424.proof.play import Player
from dav424.scenario.sources import scenario_sources
from dav424.wire.server import serving

from .conftest import Api
from .har_format import ARCHIVE

SCHEMA = jsonschema_rs.Draft7Validator(ARCHIVE)
SOURCES = scenario_sources()


def failed(api: Api) -> Api:
    """Make three exchanges: 423, 201 and 200."""
    api("PUT", "spaces/x", {"scenario": "locked"})
    dav = api.dav("s/x/locked/")
    dav("PUT", "/c/yours.txt", "x", {"Content-Type": "text/plain", "Authorization": "Basic c2VjcmV0"})
    dav("PUT", "/c/n.bin", b"\xff\x00")
    dav("GET", "/c/n.bin?a=1&b=")
    return api


def archive(api: Api, query: str = "") -> list[dict[str, Any]]:
    """Read the entries of the archive, which is valid."""
    said = api("GET", f"spaces/x/journal.har{query}").json
    assert list(SCHEMA.iter_errors(said)) == []
    assert (said["log"]["version"], said["log"]["creator"]["name"]) == ("1.2", "dav424")
    entries: list[dict[str, Any]] = said["log"]["entries"]
    return entries


def test_the_format_refuses_what_har_does_not_have(api: Api) -> None:
    """An entry without its status, and a key of our own without the underscore."""
    said = failed(api)("GET", "spaces/x/journal.har").json
    del said["log"]["entries"][0]["response"]["status"]
    said["log"]["entries"][1]["number"] = 2
    assert len(list(SCHEMA.iter_errors(said))) == 2


@pytest.mark.parametrize(("path", "accept"), [("journal/explain", "*/*"), ("journal", "text/plain")])
def test_the_journal_as_text(api: Api, path: str, accept: str) -> None:
    """Every exchange as its own explanation has it, in order."""
    said = failed(api)("GET", f"spaces/x/{path}", headers={"Accept": accept})
    assert said.headers["Content-Type"] == "text/plain; charset=utf-8"
    single = [api("GET", f"spaces/x/journal/{number}/explain").body for number in (1, 2, 3)]
    assert said.body == b"3 exchanges of the space x\n\n" + b"\n".join(single) + b"\n"


def test_json_is_the_default(api: Api) -> None:
    """For clients that take anything, and for those that ask for it."""
    failed(api)
    for accept in ("*/*", "application/json", "application/json, text/plain;q=0.5"):
        assert len(api("GET", "spaces/x/journal", headers={"Accept": accept}).json["entries"]) == 3


def test_the_text_is_filtered(api: Api) -> None:
    """By the same parameters as the JSON; an empty journal says so."""
    said = failed(api)("GET", "spaces/x/journal/explain?status=423").body.decode()
    assert said.startswith("1 exchange of the space x\n\nExchange 1, ")
    assert said.count("Replay:") == 1
    assert api("GET", "spaces/x/journal/explain?status=500").body == b"0 exchanges of the space x\n\n"


def test_an_archive_has_the_exchanges(api: Api) -> None:
    """Whole URLs, headers, bodies and statuses, and the explanation as the comment."""
    first, second, third = archive(failed(api))
    assert first["request"]["url"] == f"{api.url}s/x/locked/c/yours.txt"
    assert (first["response"]["status"], first["response"]["statusText"]) == (423, "Locked")
    assert first["request"]["postData"] == {"mimeType": "text/plain", "text": "x", "params": []}
    assert "lock-token-submitted" in first["response"]["content"]["text"]
    assert "cause theirs (lock)" in first["comment"]
    assert [fact["outcome"] for fact in [first["_refused"], *first["_facts"]] if fact] == ["failed"]
    assert (second["request"]["postData"]["text"], second["request"]["postData"]["_encoding"]) == ("/wA=", "base64")
    assert third["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]
    assert (third["response"]["content"]["text"], third["response"]["content"]["encoding"]) == ("/wA=", "base64")


def test_an_archive_has_no_credentials(api: Api) -> None:
    """As the journal itself."""
    assert b"c2VjcmV0" not in failed(api)("GET", "spaces/x/journal.har").body


def test_an_archive_is_filtered(api: Api) -> None:
    """By the parameters of the journal; an empty one is valid too."""
    failed(api)
    assert [each["_number"] for each in archive(api, "?method=PUT&newest=1")] == [2]
    assert archive(api, "?status=500") == []


def test_a_cut_body_is_told(api: Api) -> None:
    """The sizes are those of the whole body."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    api.dav("s/x/plain/")("PUT", "/a.txt", "x" * 70_000)
    (entry,) = archive(api)
    assert (entry["request"]["bodySize"], len(entry["request"]["postData"]["text"])) == (70_000, 65_536)
    assert "only its beginning" in entry["request"]["postData"]["comment"]


def test_every_bundled_scenario_makes_a_valid_archive() -> None:
    """With batches, streamed answers, redirects and all methods."""
    app = App(SOURCES)
    with serving(app.gateway) as url:
        api = Api(url, app)
        for name in sorted(SOURCES):
            scenario = SOURCES[name]()
            player = Player(f"{url}s/x/{name}/", scenario)
            for spec in scenario.requests:
                player.send(spec)
        entries = archive(api)
    assert len(entries) > len(SOURCES)
    assert {424, 207, 423} <= {entry["response"]["status"] for entry in entries}
