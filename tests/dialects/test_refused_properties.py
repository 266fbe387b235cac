"""The trait ``refused-properties``: properties that no client can set."""

from tests.dialects.conftest import Speak


def test_displayname_is_protected(speak: Speak) -> None:
    """The other property of the PROPPATCH is 424, and the journal has the refusal."""
    speaking = speak("refused-properties: [displayname]")
    speaking.client("PUT", "/f", "content")
    said = speaking.client.say("PROPPATCH /f set u:a=1 set D:displayname=x")
    assert said == "207  u:a 424, D:displayname 403 cannot-modify-protected-property"
    assert [step.outcome.status for step in speaking.latest.steps] == [424, 403]


def test_no_dead_property_is_stored(speak: Speak) -> None:
    """They are refused, and displayname is set."""
    client = speak("refused-properties: [dead]").client
    client("PUT", "/f", "content")
    assert client.say("PROPPATCH /f set u:a=1") == "207  u:a 403 cannot-modify-protected-property"
    assert client.say("PROPPATCH /f set D:displayname=x") == "207  D:displayname 200"


def test_an_extended_mkcol_fails_too(speak: Speak) -> None:
    """Nothing is made."""
    client = speak("refused-properties: [dead]").client
    assert client.say("MKCOL /c set u:a=1").startswith("403")
    assert client("GET", "/c/").status == 404
