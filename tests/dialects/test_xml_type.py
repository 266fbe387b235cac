"""The trait ``xml-type`` on a real socket."""

from __future__ import annotations

from tests.dialects.conftest import Speak

TYPE = 'text/xml; charset="utf-8"'
DIALECT = f"xml-type: '{TYPE}'"


def test_a_multistatus_has_the_type(speak: Speak) -> None:
    """The journal has the type that was sent."""
    speaking = speak(DIALECT, "tree: {/f: {content: Milk}}")
    assert speaking.client("PROPFIND", "/", headers={"Depth": "1"}).headers["Content-Type"] == TYPE
    assert ("Content-Type", TYPE) in speaking.latest.answer.headers


def test_a_refusal_has_the_type(speak: Speak) -> None:
    """A refusal of a method and one of the gateway are written in the dialect, too."""
    client = speak(DIALECT).client
    assert client("UNLOCK", "/", headers={"Lock-Token": "<urn:x>"}).headers["Content-Type"] == TYPE
    root = client.__class__(client.url.removesuffix("test/"))
    assert root("PROPFIND", "/", headers={"Depth": "infinity"}).headers["Content-Type"] == TYPE


def test_the_content_of_a_client_keeps_its_type(speak: Speak) -> None:
    """A document is no answer of the server."""
    client = speak(DIALECT, "tree: {/f: {content: <a/>, type: application/xml}}").client
    assert client("GET", "/f").headers["Content-Type"] == "application/xml"
