"""The If header on a real socket (RFC 4918 10.4): a condition, and the place where tokens are submitted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.trees import do, scenario, token, tree

NONE = "<urn:uuid:none>"


class Locked:
    """A world with /f locked by the client, /g, and /c/ with a member; it knows the token and the entity-tags."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.words = {name: client("GET", f"/{name}").headers["ETag"] for name in ("f", "g")}
        self.words["token"] = token(client, "/f")

    def put(self, path: str, header: str) -> str:
        """PUT with an If header, in which {token}, {f} and {g} stand for the lock's token and the entity-tags."""
        sent = header.replace("{token}", self.words["token"])
        for name in ("f", "g"):
            sent = sent.replace("{" + name + "}", self.words[name])
        return do(self.client, f"PUT {path} new", {"If": sent})


@pytest.fixture
def locked(serve: Callable[..., Served]) -> Locked:
    """A client that holds a lock."""
    return Locked(serve(scenario("/f=1 /g=2 /c/x=3")).client)


# Lists without a tag -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("({token})", "204"),
        ("({token} [{f}])", "204"),
        ("([{f}] {token})", "204"),
        ("({token} [{g}])", "412"),
        ("({token} <urn:uuid:none>)", "412"),
        ("(<urn:uuid:none>) ({token})", "204"),
        ("({token}) (<urn:uuid:none>)", "204"),
        ("([{g}]) ({token} [{f}])", "204"),
        ("([{g}]) ({token} [{g}])", "412"),
        ("(Not <urn:uuid:none> {token})", "204"),
        ("(Not {token})", "412"),
        ("(Not {token}) ({token})", "204"),
        ("({token} Not [{g}])", "204"),
        ("({token} Not [{f}])", "412"),
        ("(Not <DAV:no-lock> {token})", "204"),
        ("({token} <DAV:no-lock>)", "412"),
        ("({token} [W/{f}])", "412"),
    ],
)
def test_lists_without_a_tag(locked: Locked, header: str, expected: str) -> None:
    """RFC 4918 10.4.3: all conditions of a list, any list; they are about the Request-URI."""
    assert locked.put("/f", header) == expected


@pytest.mark.parametrize(
    "header",
    [
        "({token})",
        " ( {token} ) ",
        "(\t{token}\t)",
        "({token}[{f}])",
        "({token})(<urn:uuid:none>)",
        "(Not<urn:uuid:none>{token})",
        "(not <urn:uuid:none> {token})",
        "(NOT\t<urn:uuid:none> {token})",
        '({token} Not["x"])',
        "<{base}/f>({token})",
        "<{base}/f>\t({token})\t([{f}])",
    ],
)
def test_white_space_is_where_one_likes(locked: Locked, header: str) -> None:
    """RFC 4918 10.4.2: implied linear white space; Not in any case."""
    assert locked.put("/f", header) == "204"


def test_no_lock_is_no_lock(locked: Locked) -> None:
    """RFC 4918 10.4.8: DAV:no-lock is on nothing, so that Not makes a list that always holds."""
    assert locked.put("/g", "(<urn:uuid:none>) (Not <DAV:no-lock>)") == "204"
    assert locked.put("/g", "(<DAV:no-lock>)") == "412"


@pytest.mark.parametrize(("path", "expected"), [("/g", "204"), ("/new", "201")])
def test_a_condition_needs_no_lock(locked: Locked, path: str, expected: str) -> None:
    """RFC 4918 10.4.1: the header is evaluated whether anything is locked or not."""
    assert locked.put(path, "(Not <urn:uuid:none>)") == expected
    assert locked.put(path, "(<urn:uuid:none>)") == "412"


# Submitting a token ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "({token})",
        "({token} <urn:uuid:none>) (Not <DAV:no-lock>)",
        "(Not {token}) (Not <DAV:no-lock>)",
        "(Not <DAV:no-lock>) ({token})",
        "<{base}/g> ({token}) <{base}/f> ([{f}])",
        "<{base}/g> (Not {token})",
        "<{base}/none> ({token}) <{base}/f> ([{f}])",
        "<http://example.com/elsewhere> ({token}) <{base}/f> ([{f}])",
    ],
)
def test_a_token_counts_wherever_it_stands(locked: Locked, header: str) -> None:
    """RFC 4918 10.4.1: in a list that is false, negated, or about another resource."""
    assert locked.put("/f", header) == "204"


@pytest.mark.parametrize("header", ["(Not <urn:uuid:none>)", "([{f}])", "<{base}/g> ([{g}])"])
def test_a_header_that_holds_is_no_token(locked: Locked, header: str) -> None:
    """RFC 4918 10.4.1: the condition is met, and the lock isn't opened."""
    assert locked.put("/f", header) == "423 lock-token-submitted"


def test_a_token_that_is_not_needed_harms_nothing(locked: Locked) -> None:
    """RFC 4918 10.4.1: on a resource that isn't locked, in a list that holds."""
    assert locked.put("/g", "<{base}/f> ({token})") == "204"


def test_a_header_that_does_not_hold_is_412_token_or_not(locked: Locked) -> None:
    """RFC 4918 10.4.1: two purposes; both have to be met."""
    assert locked.put("/f", '({token} ["other"])') == "412"
    assert locked.client("GET", "/f").body == b"1"


# Tagged lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("<{base}/f> ({token})", "204"),
        ("<http://example.com{base}/f> ({token})", "204"),
        ("<{base}/g> ({token})", "412"),
        ("<{base}/g> ({token}) <{base}/f> ({token})", "204"),
        ("<{base}/f> ({token}) <{base}/g> ([{f}])", "204"),
        ("<{base}/f> ([{g}]) ({token})", "204"),
        ("<{base}/f> ([{g}]) <{base}/g> ([{f}])", "412"),
        ("<{base}/f> ([{g}]) <{base}/g> ([{g}] Not {token})", "204"),
        ("<{base}/none> (Not {token})", "204"),
        ("<{base}/none> ([{f}])", "412"),
        ("<{base}/none/at/all> (Not [{f}] Not {token})", "204"),
        ("<{base}/c/> (Not [{f}] Not {token})", "204"),
        ("<{base}/c/> ([{f}])", "412"),
        ("<{base}/%66> ({token})", "204"),
    ],
)
def test_tagged_lists(locked: Locked, header: str, expected: str) -> None:
    """RFC 4918 10.4.2: each list is about the resource in front of it, which need not be the Request-URI."""
    told = locked.put("/f", header)
    assert told == expected


@pytest.mark.parametrize(
    "tag", ["/elsewhere/f", "http://example.com/f", "ftp://example.com/f", "urn:x:y", "{base}/f?query"]
)
def test_a_tag_that_names_something_else_is_well_formed(locked: Locked, tag: str) -> None:
    """RFC 4918 10.4.2, 8.3: any absolute URI, or a path with a query; it has no state here, so the list is false."""
    assert locked.put("/g", f"<{tag}> ([{{g}}])") == "412"
    assert locked.put("/g", f"<{tag}> (Not [{{g}}])") == "204"


def test_a_tagged_list_about_a_member_of_the_scope(serve: Callable[..., Served]) -> None:
    """RFC 4918 10.4.4: a token matches anywhere in the scope of its lock."""
    client = serve(scenario("/c/x=1 /c/d/y=2 /f=3")).client
    held = token(client, "/c/")
    assert do(client, "PUT /f new", {"If": f"<{{base}}/c/d/y> ({held})"}) == "204"
    assert do(client, "PUT /f new", {"If": f"<{{base}}/f> ({held})"}) == "412"


def test_a_lock_of_depth_0_does_not_match_on_a_member(serve: Callable[..., Served]) -> None:
    """RFC 4918 10.4.4: it isn't in the scope."""
    client = serve(scenario("/c/x=1 /f=3")).client
    held = token(client, "/c/", {"Depth": "0"})
    assert do(client, "PUT /f new", {"If": f"<{{base}}/c/x> ({held})"}) == "412"
    assert do(client, "PUT /f new", {"If": f"<{{base}}/c> ({held})"}) == "204"


def test_nothing_is_in_no_state(serve: Callable[..., Served]) -> None:
    """RFC 4918 10.4.4: an unmapped URL is treated as a resource without the specified state, in a lock's scope, too."""
    client = serve(scenario("/c/")).client
    held = token(client, "/c/")
    assert do(client, "PUT /c/new x", {"If": f"({held})"}) == "412"
    assert do(client, "PUT /c/new x", {"If": f"<{{base}}/c/> ({held})"}) == "201"


# Methods -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "GET /g",
        "HEAD /g",
        "PROPFIND /g",
        "PROPPATCH /g",
        "PUT /g new",
        "DELETE /g",
        "COPY /g /h",
        "MOVE /g /h",
        "MKCOL /h/",
        "UNLOCK /f",
        "LOCK /g",
    ],
)
def test_it_is_looked_at_by_every_method(locked: Locked, line: str) -> None:
    """RFC 4918 10.4: 412, and nothing is done."""
    before = tree(locked.client)
    method, path = line.split()[:2]
    body = {
        "PROPPATCH": '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a/></D:prop></D:set></D:propertyupdate>',
        "PUT": "new",
    }.get(method, "")
    headers = {
        "If": f"({NONE})",
        "Destination": "{base}/h",
        "Lock-Token": locked.words["token"],
        "Content-Type": "text/xml",
    }
    assert locked.client(method, path, body, headers).status == 412
    assert tree(locked.client) == before


def test_a_copy_is_about_its_source(serve: Callable[..., Served]) -> None:
    """RFC 4918 10.4.2: a list without a tag is about the Request-URI, so a destination's token takes a tag."""
    client = serve(scenario("/f=1 /g=2")).client
    held = token(client, "/g")
    assert do(client, "COPY /f /g", {"If": f"({held})"}) == "412"
    assert do(client, "COPY /f /g", {"If": f"({held}) (Not <DAV:no-lock>)"}) == "204"
    assert do(client, "COPY /f /g", {"If": f"<{{base}}/g> ({held})"}) == "204"


@pytest.mark.parametrize(
    ("etag", "header", "expected"),
    [('"other"', "({token})", "412"), ("{f}", "({token})", "204"), ("{f}", "(<urn:uuid:none>)", "412")],
)
def test_if_match_and_if(locked: Locked, etag: str, header: str, expected: str) -> None:
    """RFC 4918 10.4.1: both have to hold."""
    sent = {"If-Match": etag.format(**locked.words), "If": header.format(**locked.words)}
    assert do(locked.client, "PUT /f new", sent) == expected


@pytest.mark.parametrize(("tag", "expected"), [('"other"', "412"), ("{f}", "423 lock-token-submitted")])
def test_if_match_comes_before_the_lock(locked: Locked, tag: str, expected: str) -> None:
    """RFC 4918 8.5: and one that holds is no token."""
    assert do(locked.client, "PUT /f new", {"If-Match": tag.format(**locked.words)}) == expected


# Malformed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "hello",
        "<urn:x>",
        "(",
        ")",
        "()",
        "( )",
        "()<urn:x>)",
        "(<urn:x>) () <urn:x>)",
        "(Not)",
        "(Not Not <urn:x>)",
        "Not (<urn:x>)",
        "(Not (<urn:x>))",
        "((<urn:x>))",
        "(<urn:x>",
        "<urn:x>)",
        "(<urn:x>))",
        "(<urn:x>) )",
        "(<urn:x>) x",
        "x (<urn:x>)",
        "(<urn:x>), (<urn:y>)",
        "(<urn:x>, <urn:y>)",
        "(<urn:x>;)",
        "(urn:x)",
        "(<>)",
        "(< >)",
        "(<x>)",
        "(<:x>)",
        "(<1:x>)",
        "(<urn:x)",
        "(<urn:x x>)",
        "(<<urn:x>>)",
        '("x")',
        "([x])",
        "([])",
        '(["x)',
        '(["x"',
        '(["x])',
        '(["x" "y"])',
        '([W"x"])',
        '([W/ "x"])',
        '(["x"]',
        "(NotX <urn:x>)",
        "(No <urn:x>)",
        "(<urn:x> Not)",
        "(<urn:x>) (",
        "(<urn:x>) ()",
        "<{base}/f>",
        "<{base}/f> <{base}/g> (<urn:x>)",
        "<{base}/f> Not (<urn:x>)",
        "<> (<urn:x>)",
        "<f> (<urn:x>)",
        "<{base}/f (<urn:x>)",
        "{base}/f (<urn:x>)",
        "(<urn:x>) <{base}/f> (<urn:x>)",
        "<{base}/f> (<urn:x>) <{base}/g>",
        "<{base}/f#x> (<urn:x>)",
        "<{base}/a b> (<urn:x>)",
        "<{base}/%> (<urn:x>)",
        "<{base}/%zz> (<urn:x>)",
        "<{base}/../f> (<urn:x>)",
    ],
)
def test_what_is_malformed_is_400(locked: Locked, header: str) -> None:
    """RFC 4918 10.4.2: before anything is done, and with the lock's own token beside it, too."""
    before = tree(locked.client)
    for path in ("/f", "/g", "/new"):
        assert locked.put(path, header).split()[0] == "400"
    assert locked.put("/f", header + " extra ({token})") == "400"
    assert tree(locked.client) == before


@pytest.mark.parametrize(
    "token",
    [
        "urn:a{b",
        "urn:a|b",
        'urn:a"b',
        "urn:a\\b",
        "urn:a^b",
        "urn:a`b",
        "urn:%zz",
        "urn:%",
        "urn:a#b",
        "urn:\xfc",
        "urn:",
    ],
)
def test_a_state_token_is_a_uri(locked: Locked, token: str) -> None:
    """RFC 4918 10.4.2, RFC 3986 4.3: a Coded-URL holds an absolute-URI, without a fragment."""
    assert locked.put("/g", f"(Not <{token}>)") == ("204" if token == "urn:" else "400")


def test_a_very_long_header_that_is_malformed_is_found_at_once(locked: Locked) -> None:
    """No pattern of ours takes more than a look at each character."""
    for header in ("(" * 30000, "(Not " * 6000, "(<urn:x> " * 3000, " " * 30000 + "x", '(["' + "x" * 30000):
        assert locked.put("/g", header) == "400"


def test_a_thousand_lists(locked: Locked) -> None:
    """RFC 4918 10.4.2 sets no limit; the last one holds."""
    assert locked.put("/f", "(<urn:x>) " * 1000 + "({token})") == "204"
