"""The trait ``member-failures-type``: a multistatus without a type."""

from tests.dialects.conftest import Speak


def test_a_multistatus_about_members_has_no_type(speak: Speak) -> None:
    """A listing has one."""
    client = speak(
        "member-failures-type: absent",
        "tree: {/c/a: {content: a}, /c/b: {content: b}}\ncauses: [{id: x, kind: read-only, path: /c/a}]",
    ).client
    failed = client("DELETE", "/c/")
    assert (failed.status, failed.headers.get("Content-Type")) == (207, None)
    assert client("PROPFIND", "/c/", headers={"Depth": "0"}).headers["Content-Type"].startswith("application/xml")
