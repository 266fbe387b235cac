"""``sync-collection`` on a real socket (RFC 6578)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client import Client
from tests.conftest import OneServer, Served

Serve = Callable[..., Served]
XML = {"Content-Type": "application/xml"}
TREE = "tree: {/c/a: {content: A}, /c/b: {content: B}, /c/sub/x: {content: X}, /other/o: {content: O}}\n"
ALL = {"a": 200, "b": 200, "sub/": 200}
DEEP = {**ALL, "sub/x": 200}


class Synced:
    """A client that follows a collection: ``members`` as it knows them, and its ``token``."""

    def __init__(self, client: Client, path: str = "/c/", level: str = "1", most: int | None = None) -> None:
        self.client, self.path, self.level, self.most = client, path, level, most
        self.token = ""
        self.members: dict[str, str] = {}

    def ask(self, token: str | None = None, **headers: str) -> tuple[int, str]:
        """Ask for the changes since a token."""
        limit = f"<D:limit><D:nresults>{self.most}</D:nresults></D:limit>" if self.most else ""
        level = f"<D:sync-level>{self.level}</D:sync-level>" if self.level else ""
        body = (
            f'<D:sync-collection xmlns:D="DAV:"><D:sync-token>{self.token if token is None else token}</D:sync-token>'
            f"{level}{limit}<D:prop><D:getetag/></D:prop></D:sync-collection>"
        )
        answer = self.client("REPORT", self.path, body, {**XML, **headers})
        return answer.status, answer.body.decode()

    def sync(self) -> dict[str, int]:
        """Take over the changes; gives the status of each member, without the collection."""
        status, body = self.ask()
        assert status == 207, body
        (self.token,) = re.findall(r"<D:sync-token>([^<]*)</D:sync-token>", body)
        found: dict[str, int] = {}
        for response in re.findall(r"<D:response>.*?</D:response>", body, re.DOTALL):
            (href,) = re.findall(r"<D:href>([^<]*)</D:href>", response)[:1]
            name = href.removeprefix(self.client.base + self.path)
            (code,) = re.findall(r"<D:status>HTTP/1.1 (\d+)", response)[:1]
            found[name] = 200 if code == "404" and "<D:propstat>" in response else int(code)
            etags = re.findall(r"<D:getetag>([^<]*)<", response)
            if found[name] in (200, 404):
                self.members = {known: etag for known, etag in self.members.items() if not _is_in(known, name)}
            if found[name] == 200:
                self.members[name] = etags[0] if etags else ""
        return found

    def sync_all(self) -> None:
        """Go on until everything fitted."""
        while self.sync().get("") == 507:
            pass

    def truth(self) -> dict[str, str]:
        """List the members with their entity-tags as PROPFIND does."""
        body = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
        depth = "1" if self.level == "1" else "infinity"
        answer = self.client("PROPFIND", self.path, body, {**XML, "Depth": depth})
        listed = {each.href.removeprefix(self.path): each.xml for each in answer.reported}
        return {name: "".join(re.findall(">([^<]*)<", xml)) for name, xml in listed.items() if name}


def _is_in(known: str, name: str) -> bool:
    """Say whether a member is at a path or below it; a collection can come in place of a document, and the other way round."""
    return (known + "/").startswith(name.rstrip("/") + "/")


@pytest.mark.parametrize(("level", "members"), [("1", ALL), ("infinite", DEEP)])
def test_the_first_listing_has_every_member(serve: Serve, level: str, members: dict[str, int]) -> None:
    """RFC 6578 3.4: with an empty token, and not the collection itself."""
    assert Synced(serve(TREE).client, level=level).sync() == members


def test_nothing_has_changed(serve: Serve) -> None:
    """The token stays the same, and it is that of the property."""
    client = Synced(serve(TREE).client)
    client.sync()
    token = client.token
    assert client.sync() == {}
    assert client.token == token
    assert token in client.client("PROPFIND", "/c/", TOKEN, {**XML, "Depth": "0"}).body.decode()


TOKEN = '<D:propfind xmlns:D="DAV:"><D:prop><D:sync-token/></D:prop></D:propfind>'


def test_what_was_made_rewritten_and_removed_is_told(serve: Serve) -> None:
    """RFC 6578 3.5: and nothing else."""
    client = Synced(serve(TREE).client)
    client.sync()
    for method, path in [
        ("PUT", "/c/new"),
        ("PUT", "/c/a"),
        ("DELETE", "/c/b"),
        ("PUT", "/other/p"),
        ("PUT", "/c/sub/y"),
    ]:
        client.client(method, path, "new" if method == "PUT" else "")
    assert client.sync() == {"new": 200, "a": 200, "b": 404}


def test_a_member_that_came_and_went_is_not_told(serve: Serve) -> None:
    """The client never knew it."""
    client = Synced(serve(TREE).client)
    client.sync()
    client.client("PUT", "/c/new", "x")
    client.client("DELETE", "/c/new")
    assert client.sync() == {}


def test_a_property_and_a_lock_are_no_changes(serve: Serve) -> None:
    """The entity-tag stays."""
    client = Synced(serve(TREE).client)
    client.sync()
    client.client.say("PROPPATCH /c/a set u:a=1")
    assert client.sync() == {}


def test_what_failed_and_was_undone_is_no_change(serve: Serve) -> None:
    """A store that fails at the commit leaves everything unchanged."""
    client = Synced(serve(TREE + "causes: [{id: full, kind: store-fails, at: commit, path: /c/a}]").client)
    client.sync()
    assert client.client("PUT", "/c/a", "new").status >= 500
    assert client.sync() == {}


@pytest.mark.parametrize(("level", "expected"), [("1", {"sub/": 404}), ("infinite", {"sub/": 404})])
def test_a_collection_that_is_removed_is_told_once(serve: Serve, level: str, expected: dict[str, int]) -> None:
    """Its members went with it."""
    client = Synced(serve(TREE).client, level=level)
    client.sync()
    client.client("PUT", "/c/sub/x", "new")
    client.client("DELETE", "/c/sub/")
    assert client.sync() == expected


def test_the_members_that_a_delete_reached_are_told(serve: Serve) -> None:
    """A locked member stays, and so does its collection."""
    client = Synced(serve(TREE + "causes: [{id: lock, kind: lock, path: /c/a}]").client)
    client.sync()
    assert client.client("DELETE", "/c/").status == 207
    assert client.sync() == {"b": 404, "sub/": 404}


def test_all_that_a_copy_brings_is_told(serve: Serve) -> None:
    """At every level that the client asks for."""
    client = Synced(serve(TREE).client, level="infinite")
    client.sync()
    client.client("COPY", "/c/sub/", "", {"Destination": "{base}/c/twin/"})
    assert client.sync() == {"twin/": 200, "twin/x": 200}


@pytest.mark.parametrize(("level", "most"), [("1", 1), ("1", 2), ("infinite", 1), ("infinite", 2), ("infinite", 3)])
def test_a_limit_cuts_the_listing_and_the_client_goes_on(serve: Serve, most: int, level: str) -> None:
    """RFC 6578 3.6: 507 for the collection beside what fits; a change meanwhile is not lost."""
    client = Synced(serve(TREE).client, level=level, most=most)
    first = client.sync()
    assert (first[""], len(first)) == (507, most + 1)
    client.client("PUT", "/c/a", "new")
    client.client("DELETE", "/c/b")
    client.sync_all()
    assert client.members == client.truth()


def test_a_limit_that_everything_fits_into_cuts_nothing(serve: Serve) -> None:
    """There is no 507."""
    assert Synced(serve(TREE).client, most=3).sync() == ALL


def test_a_cause_limits_each_report(serve: Serve) -> None:
    """As a server does that is asked for too much."""
    served = serve(TREE + "causes: [{id: few, kind: report-limit, path: /c/, members: 2, times: 1}]")
    client = Synced(served.client)
    assert client.sync() == {"a": 200, "b": 200, "": 507}
    assert client.sync() == {"sub/": 200}
    assert served.world.counts == {"few": 1}


def test_a_short_memory_refuses_an_old_token(serve: Serve) -> None:
    """RFC 6578 3.2: 403 ``valid-sync-token``."""
    client = Synced(serve(TREE + "causes: [{id: short, kind: sync-history, changes: 1}]").client)
    client.sync()
    client.client("PUT", "/c/a", "1")
    assert client.ask()[0] == 207
    client.client("PUT", "/c/a", "2")
    status, body = client.ask()
    assert (status, "<D:valid-sync-token/>" in body) == (403, True)


@pytest.mark.parametrize(
    "token",
    ["urn:x", "urn:dav424:sync:9-00000000", "urn:dav424:sync:0-00000000", "urn:dav424:sync:99999999999999999-0"],
)
def test_a_token_of_another_server_is_not_valid(serve: Serve, token: str) -> None:
    """Nor is one with a number that was never given."""
    status, body = Synced(serve(TREE).client).ask(token)
    assert (status, "<D:valid-sync-token/>" in body) == (403, True)


def test_a_token_of_another_collection_is_not_valid(serve: Serve) -> None:
    """RFC 6578 3.2: it belongs to the target of the request."""
    served = serve(TREE)
    other = Synced(served.client, "/other/")
    other.sync()
    assert Synced(served.client).ask(other.token)[0] == 403


def test_a_token_of_a_state_that_was_given_up_is_not_valid(serve: Serve) -> None:
    """After the restore of a snapshot, the same number names another state."""
    served = serve(TREE)
    client = Synced(served.client)
    client.sync()
    snapshot = served.space.snapshot()
    served.client("PUT", "/c/a", "1")
    client.sync()
    served.space.restore(snapshot)
    served.client("PUT", "/c/b", "1")
    assert client.ask()[0] == 403


def test_a_collection_that_was_made_anew_has_other_tokens(serve: Serve) -> None:
    """The client lists it from the beginning."""
    client = Synced(serve(TREE).client)
    client.sync()
    client.client("DELETE", "/c/")
    client.client("MKCOL", "/c/")
    assert client.ask()[0] == 403


def test_a_denied_member_has_a_status_of_its_own(serve: Serve) -> None:
    """Its members are not listed."""
    client = Synced(serve(TREE + "causes: [{id: no, kind: denied, path: /c/sub}]").client, level="infinite")
    assert client.sync() == {"a": 200, "b": 200, "sub/": 403}


@pytest.mark.parametrize(
    ("level", "headers", "status"),
    [
        ("1", {"Depth": "0"}, 207),
        ("1", {"Depth": "1"}, 207),
        ("", {"Depth": "1"}, 207),
        ("", {"Depth": "infinity"}, 207),
        ("", {}, 400),
        ("2", {}, 400),
    ],
)
def test_the_level_is_that_of_the_body(serve: Serve, level: str, headers: dict[str, str], status: int) -> None:
    """RFC 6578 6.3, appendix A; a client of a draft sends Depth alone."""
    assert Synced(serve(TREE).client, level=level).ask(**headers)[0] == status


def test_a_strict_server_wants_depth_0(serve: Serve) -> None:
    """RFC 6578 3.2."""
    assert Synced(serve(TREE, strict=True).client).ask(Depth="1")[0] == 400


@pytest.mark.parametrize("most", ["0", "-1", "many", ""])
def test_a_limit_is_a_number(serve: Serve, most: str) -> None:
    """RFC 5323 5.17."""
    client = serve(TREE).client
    body = (
        '<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level>'
        f"<D:limit><D:nresults>{most}</D:nresults></D:limit><D:prop/></D:sync-collection>"
    )
    assert client("REPORT", "/c/", body, XML).status == 400


def test_a_sync_token_is_a_state_token(serve: Serve) -> None:
    """RFC 6578 5: a PUT that depends on it fails after a change."""
    client = Synced(serve(TREE).client)
    client.sync()
    condition = {"If": f"<{client.client.base}/c/> (<{client.token}>)"}
    assert [client.client("PUT", "/c/new", "x", condition).status for _ in range(2)] == [201, 412]


def test_a_principal_is_not_followed(serve: Serve) -> None:
    """It never changes."""
    assert Synced(serve(TREE).client, "/principals/anyone/").ask()[0] == 403


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["PUT", "DELETE", "MKCOL", "COPY", "MOVE"]),
        st.sampled_from(["a", "b", "sub/", "sub/x", "new", "deep/", "deep/y"]),
        st.sampled_from(["a", "sub/", "twin/", "new"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@given(
    changes=st.lists(CHANGES, min_size=1, max_size=3),
    most=st.sampled_from([None, 1, 2]),
    level=st.sampled_from(["1", "infinite"]),
)
def test_a_client_that_follows_knows_what_is_there(
    one_server: OneServer, changes: Iterable[list[tuple[str, str, str]]], most: int | None, level: str
) -> None:
    """Whatever requests change, in pages or at once; a client whose token is refused begins anew."""
    served = one_server.serve(TREE)
    try:
        client = Synced(served.client, level=level, most=most)
        for some in changes:
            for method, path, target in some:
                headers = {"Destination": f"{{base}}/c/{target}"} if method in ("COPY", "MOVE") else {}
                served.client(method, f"/c/{path}", "x" if method == "PUT" else "", headers)
            if client.token and client.ask()[0] == 403:
                client.token, client.members = "", {}
            client.sync_all()
            assert client.members == client.truth()
    finally:
        one_server.remove(served)


def test_a_large_collection_that_loses_members_at_once_is_listed_anew(serve: Serve) -> None:
    """To compare all of its members would take longer than to remove them."""
    members = "".join(f", /big/{number}: {{}}" for number in range(2_001))
    served = serve(f"tree: {{/big/locked: {{}}{members}}}\ncauses: [{{id: lock, kind: lock, path: /big/locked}}]")
    client = Synced(served.client, "/big/")
    client.sync()
    assert served.client("DELETE", "/big/").status == 207
    assert client.ask()[0] == 403
    assert Synced(served.client, "/big/").sync() == {"locked": 200}
