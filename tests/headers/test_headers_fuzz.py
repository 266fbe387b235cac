"""Every request header of RFC 4918 10, from its grammar and from mutations of it.

A value is written from the grammar, and perhaps broken: characters taken out, put in, doubled, changed
places. Whether it is still well-formed says a pattern of this file, which knows nothing of the server. What
is malformed is 400 and changes nothing; whatever is sent, the server has an answer that is no bug.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Served
from tests.trees import XML, lockinfo, scenario, token

pytestmark = pytest.mark.own_server  # the values below name paths of the default space
TREE = "/c/ /c/x=1 /f=2"
SOAK = int(os.environ.get("DAV424_SOAK", "1"))
FUZZ = settings(max_examples=120 * SOAK)

# The grammar (RFC 4918 10, RFC 3986, RFC 9110 8.8.3), as patterns ---------------------------------

_PCHAR = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*"
_QUERY = rf"(?:\?(?:{_PCHAR}|[/?])*)?"
_ABSOLUTE_PATH = rf"/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?"
_HOST = r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_AUTHORITY = rf"(?:(?:{_HOST}|[:])*@)?(?:\[[0-9A-Fa-f:.]+\]|{_HOST})(?::[0-9]*)?"
URI = rf"{_SCHEME}:(?://{_AUTHORITY}(?:/{_PCHAR}*)*|{_ABSOLUTE_PATH}|{_PCHAR}+(?:/{_PCHAR}*)*|){_QUERY}"
SIMPLE_REF = rf"(?:{URI}|{_ABSOLUTE_PATH}{_QUERY})"
_W = r"[ \t]*"
_ETAG = r'(?:W/)?"[\t\x20\x21\x23-\x7e\x80-\xff]*"'
_CONDITION = rf"(?:[Nn][Oo][Tt]{_W})?(?:<{URI}>|\[{_W}{_ETAG}{_W}\])"
_LIST = rf"\({_W}(?:{_CONDITION}{_W})+\)"
_TIME = r"(?:second-[0-9]+|infinite)"

GRAMMAR = {
    "Depth": r"0|1|infinity",
    "Destination": SIMPLE_REF,
    "If": rf"(?:{_LIST}{_W})+|(?:<{SIMPLE_REF}>{_W}(?:{_LIST}{_W})+)+",
    "Lock-Token": rf"<{URI}>",
    "Overwrite": r"T|F",
    "Timeout": rf"(?:{_W},)*{_W}{_TIME}(?:{_W},(?:{_W}{_TIME})?)*",
}
_FOLDED = ("Depth", "Overwrite", "Timeout")  # RFC 4918 10 by way of RFC 2616 2.1: literals are case-insensitive


def well_formed(header: str, value: str) -> bool:
    """Say whether a value is of its header's grammar; white space around it is HTTP's (RFC 9110 5.5)."""
    flags = re.IGNORECASE | re.ASCII if header in _FOLDED else re.ASCII
    return re.fullmatch(GRAMMAR[header], value.strip(" \t"), flags) is not None


HELD = "urn:uuid:held"
"""Stands for the token of the lock that is there."""

# Values, from the grammar and broken --------------------------------------------------------------

PATHS = st.sampled_from(
    ["/test/f", "/test/c/", "/test/c/x", "/test/new", "/test/", "/", "/none/x", "/test/%C3%BC", "*"]
)
REFS = st.one_of(
    PATHS,
    st.builds("http://{}{}".format, st.sampled_from(["h", "127.0.0.1:80", "[::1]", "u@h"]), PATHS),
    st.sampled_from(["/test/f?q", "https://h/test/x?q=1", "http:/test/new", "urn:x:y", "", "test/new", "//h/test/new"]),
)
TOKENS = st.sampled_from(["urn:uuid:none", "DAV:no-lock", "opaquelocktoken:a-b", "http://h/t", HELD, "x", ""])
ETAGS = st.sampled_from(['"a"', 'W/"a"', '""', "a", '"\xfc"', '"a b"'])
CONDITIONS = st.builds(
    "{}{}".format,
    st.sampled_from(["", "Not ", "not", "NOT\t", "No "]),
    st.one_of(TOKENS.map("<{}>".format), ETAGS.map("[{}]".format)),
)
LISTS = st.lists(CONDITIONS, max_size=3).map(lambda found: f"({' '.join(found)})")
UNTAGGED = st.lists(LISTS, max_size=3).map(" ".join)
TIMES = st.one_of(
    st.sampled_from(["Infinite", "infinite", "Second-4294967296", "Second-", "Second--1", "Second-1.5", "Forever", ""]),
    st.integers(0, 10**12).map("Second-{}".format),
)
VALUES = {
    "Depth": st.sampled_from(["0", "1", "infinity", "Infinity", "2", "00", "", "1,noroot", "infinity, 0"]),
    "Destination": REFS,
    "If": st.one_of(UNTAGGED, st.lists(st.builds("<{}> {}".format, REFS, UNTAGGED), max_size=3).map(" ".join)),
    "Lock-Token": st.one_of(TOKENS.map("<{}>".format), TOKENS),
    "Overwrite": st.sampled_from(["T", "F", "t", "f", "", "true", "T, F"]),
    "Timeout": st.lists(TIMES, max_size=3).map(", ".join),
}
GOOD_CONDITIONS = st.builds(
    "{}{}".format,
    st.sampled_from(["", "Not ", "not", "NOT\t"]),
    st.sampled_from(
        ["<urn:x>", f"<{HELD}>", "<DAV:no-lock>", "<http://h/t?q>", '["a"]', '[W/"a"]', '[ "" ]', '["\xfc]"]']
    ),
)
GOOD_LISTS = st.lists(st.lists(GOOD_CONDITIONS, min_size=1, max_size=3).map(" ".join).map("({})".format), min_size=1)
GOOD_TAGS = st.sampled_from(
    ["/test/f", "/test/none", "http://h/test/f", "https://[::1]:8/test/%C3%BC/", "/x", "http://h"]
)
GOOD = {
    "If": st.one_of(
        GOOD_LISTS.map(" ".join),
        st.lists(st.builds("<{}> {}".format, GOOD_TAGS, GOOD_LISTS.map("\t".join)), min_size=1, max_size=3).map(
            "".join
        ),
    ),
    "Lock-Token": st.sampled_from(["<urn:x>", f"<{HELD}>", "<DAV:no-lock>", "<http://h/t?q>", "<a+b:/%20>"]),
    "Overwrite": st.sampled_from(["T", "F", "t", "f"]),
    "Timeout": st.lists(
        st.one_of(st.integers(0, 2**32 - 1).map("Second-{}".format), st.just("Infinite")), min_size=1, max_size=4
    ).map(", ".join),
}
# No line breaks, which are another header's business, nor the VT and FF that cheroot takes for white space.
CHARACTERS = st.one_of(
    st.sampled_from("()<>[]\"',;:/?#%@ \t*\\{}|^`~"),
    st.characters(max_codepoint=255, exclude_characters="\r\n\x0b\x0c"),
)


@dataclass(frozen=True)
class Mutation:
    """One way to break a value, at a place given as a fraction of its length."""

    kind: str
    place: float
    character: str

    def __call__(self, value: str) -> str:
        """Break a value."""
        at = int(self.place * (len(value) + 1))
        before, here, after = value[:at], value[at : at + 1], value[at + 1 :]
        return {
            "insert": before + self.character + here + after,
            "replace": before + self.character + after,
            "delete": before + after,
            "double": before + here + here + after,
            "swap": before + after[:1] + here + after[1:],
            "cut": before,
            "twice": f"{value}{self.character}{value}",
        }[self.kind]


MUTATIONS = st.builds(
    Mutation,
    st.sampled_from(["insert", "replace", "delete", "double", "swap", "cut", "twice"]),
    st.floats(0, 1, exclude_max=True),
    CHARACTERS,
)


@st.composite
def values(draw: st.DrawFn, header: str) -> str:
    """Write a value of a header, and break it up to three times."""
    value = draw(VALUES[header])
    for mutation in draw(st.lists(MUTATIONS, max_size=3)):
        value = mutation(value)
    return value


# What is sent, and what has to come of it ---------------------------------------------------------


class Target:
    """A world, reset after each request that may have changed it."""

    def __init__(self, served: Served) -> None:
        self.client = served.client
        self.held = token(self.client, "/f")
        self.world = served.world
        self.state = self.world.state

    def send(self, line: str, header: str, value: str) -> tuple[int, bool]:
        """Send a request with the header; gives the status, and whether anything was changed."""
        method, path = line.split()
        body = {"LOCK": lockinfo(), "PUT": "new"}.get(method, "")
        headers = {**(XML if body else {}), **({"Destination": "/test/g"} if method in ("COPY", "MOVE") else {})}
        sent = value.replace(HELD, self.held[1:-1])
        answer = self.client(method, path, body, {**headers, header: sent})
        return answer.status, self.put_back()

    def put_back(self) -> bool:
        """Put everything back as it was; says whether anything was changed."""
        changed = self.world.state.root is not self.state.root
        self.world.state = self.state
        return changed


@pytest.fixture
def target(serve: Callable[..., Served]) -> Target:
    """A world with something in it, locked in part."""
    return Target(serve(scenario(TREE)))


CASES = {
    "Depth": ["PROPFIND /c/", "COPY /c/", "MOVE /c/", "DELETE /c/", "LOCK /c/"],
    "Destination": ["COPY /c/", "MOVE /c/x"],
    "If": [
        "GET /f",
        "PUT /f",
        "PUT /new",
        "DELETE /c/",
        "COPY /c/",
        "MOVE /c/x",
        "LOCK /c/",
        "MKCOL /n/",
        "PROPFIND /c/",
    ],
    "Lock-Token": ["UNLOCK /f", "UNLOCK /c/x"],
    "Overwrite": ["COPY /c/", "MOVE /c/"],
    "Timeout": ["LOCK /c/", "LOCK /new"],
}


@pytest.mark.parametrize("header", CASES)
@FUZZ
@given(data=st.data())
def test_a_header_is_understood_or_400(target: Target, header: str, data: st.DataObject) -> None:
    """RFC 4918 10: malformed is 400 (a Destination may be 502 besides), and nothing is done."""
    line = data.draw(st.sampled_from(CASES[header]))
    value = data.draw(values(header))
    status, changed = target.send(line, header, value)
    assert status < 500 or (status == 502 and header == "Destination")
    if not _accepted(header, value):
        assert status in ({400, 502} if header == "Destination" else {400})
    if status >= 400:
        assert not changed


def _accepted(header: str, value: str) -> bool:
    """Say whether a value may be taken: well-formed, or one of the leniencies of docs/compliance.md.

    These are a Lock-Token without its brackets, and any Timeout.
    """
    bracketed = "<" + value.strip(" \t") + ">"
    return (
        well_formed(header, value) or header == "Timeout" or (header == "Lock-Token" and well_formed(header, bracketed))
    )


@pytest.mark.parametrize("header", GOOD)
@FUZZ
@given(data=st.data())
def test_a_header_of_the_grammar_is_not_400(target: Target, header: str, data: st.DataObject) -> None:
    """RFC 4918 10: the other way round; it may be refused for what it says, not for how it says it."""
    line = data.draw(st.sampled_from(CASES[header]))
    value = data.draw(GOOD[header])
    assert well_formed(header, value)
    assert target.send(line, header, value)[0] != 400


@FUZZ
@given(
    line=st.sampled_from(["COPY /c/", "MOVE /c/", "LOCK /c/", "DELETE /c/", "UNLOCK /f", "PROPFIND /c/"]),
    sent=st.fixed_dictionaries({}, optional={header: values(header) for header in CASES}),
)
def test_all_headers_at_once(target: Target, line: str, sent: dict[str, str]) -> None:
    """RFC 4918 10: whatever comes together, no bug; and what is refused changed nothing."""
    method, path = line.split()
    answer = target.client(method, path, lockinfo() if method == "LOCK" else "", sent)
    changed = target.put_back()
    assert answer.status < 500 or answer.status == 502
    assert not changed or answer.status < 300


# Found one by one ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "/test/a\tb",
        "/te\tst/new",
        "/test/a b",
        "/test/a#",
        "/test/a#b",
        '/test/a"b',
        "/test/a<b",
        "/test/a\\b",
        "/test/a^b",
        "/test/a`b",
        "/test/a{b}",
        "/test/a|b",
        "/test/\xfc",
        "//h/test/new",
        "///test/new",
        "test/new",
        "new",
        "?",
        "#",
        "http:test/new",
        "http:///test/new",
        "http://h:x/test/new",
        "http://[::1/test/new",
        "http://h]/test/new",
        "http://[::1]/test/a[b]",
        "/test/a[b]",
        "http://h h/test/new",
        "://h/test/new",
        "1http://h/test/new",
        "/test/%",
        "/test/%4",
        "/test/%zz",
        "<http://h/test/new>",
        '"/test/new"',
        "/test/new, /test/other",
        "\xa0/test/new",
        "/test/new\xa0",
        "\x1c/test/new",
    ],
)
def test_a_destination_is_a_simple_ref(target: Target, value: str) -> None:
    """RFC 4918 8.3, 10.3: an absolute URI or an absolute path, of RFC 3986's characters; 502 if it is elsewhere."""
    status, changed = target.send("COPY /f", "Destination", value)
    assert status == 400 or (status == 502 and well_formed("Destination", value))
    assert not changed


@pytest.mark.parametrize(
    ("line", "header", "value"),
    [
        ("PROPFIND /c/", "Depth", "0\xa0"),
        ("PROPFIND /c/", "Depth", "\x1f1"),
        ("LOCK /c/", "Depth", "infinity\x85"),
        ("COPY /c/", "Overwrite", "F\xa0"),
        ("COPY /c/", "Overwrite", "\x1dT"),
        ("UNLOCK /f", "Lock-Token", "\xa0<urn:uuid:held>"),
        ("UNLOCK /f", "Lock-Token", "<urn:uuid:held>\x1c"),
        ("PUT /f", "If", "\xa0(<urn:uuid:held>)"),
        ("PUT /f", "If", "(<urn:uuid:held>)\xa0"),
        ("PUT /f", "If", "(\x85<urn:uuid:held>)"),
        ("PUT /f", "If", "(Not\xa0<urn:x> <urn:uuid:held>)"),
    ],
)
def test_white_space_is_space_and_tab(target: Target, line: str, header: str, value: str) -> None:
    """RFC 9110 5.6.3: no other character is, so that two readers agree on what was sent."""
    status, changed = target.send(line, header, value)
    assert (status, changed) == (400, False)
