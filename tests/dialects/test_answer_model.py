"""The model of an answer: what was read is written again, with the same infoset and, in the usual manner, the same bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from dav424.core.hrefs import Base
from dav424.core.markup import escape
from dav424.core.message import Request, Response
from dav424.dav import multistatus
from dav424.dav.multistatus import XML_TYPE, Propstat
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.answer_reader import read_answer
from dav424.dialects.answer_writer import write_answer
from dav424.dialects.manner import CHILD_ORDERS, LAYOUTS, ChildOrder, Manner
from dav424.spine.exchange import OpenExchange
from tests.dialects.bundled_answers import bundled_answers

EXCHANGE: Any = OpenExchange(Request("PROPFIND", ()), None, None, {})  # type: ignore[arg-type]  # the reader looks at the method
PREFIXES = st.sampled_from(["", "D", "d", "X", "n", "ns1", "lp1"])
NAMESPACES = st.sampled_from(["", "DAV:", "urn:x", "urn:y"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=8)
LOCAL = st.sampled_from(["a", "b", "getetag"])


@st.composite
def properties(draw: st.DrawFn, depth: int = 2) -> str:
    """Write a property as a client could have stored it: any prefixes, attributes, languages and mixed content."""
    prefix, namespace = draw(PREFIXES), draw(NAMESPACES)
    if not namespace:
        prefix = ""
    name = f"{prefix}:{draw(LOCAL)}" if prefix else draw(LOCAL)
    declared = f' xmlns{":" if prefix else ""}{prefix}="{namespace}"'
    other = ' xmlns:q="urn:q" q:kind="q:date"' if draw(st.booleans()) else ""
    language = ' xml:lang="en"' if draw(st.booleans()) else ""
    inner = escape(draw(TEXTS))
    if depth and draw(st.booleans()):
        inner += draw(properties(depth=depth - 1)) + draw(st.sampled_from(["", "<!-- c -->", "<?p i?>", "q:tail"]))
    return f"<{name}{declared}{other}{language}>{inner}</{name}>"


def read(body: bytes | list[bytes]) -> SpelledAnswer:
    """Read a multistatus."""
    return read_answer(EXCHANGE, Response(207, [("Content-Type", XML_TYPE)], body))


def written(answer: SpelledAnswer) -> bytes:
    """Write an answer, and give its body."""
    body = write_answer(answer).body
    return body if isinstance(body, bytes) else b"".join(body)


def listing(found: list[str]) -> bytes:
    """Write a multistatus with properties that were found and a few that were not."""
    propstats = [Propstat(200, found), Propstat(404, ["<D:displayname/>", '<n:z xmlns:n="urn:z"/>'])]
    return multistatus.document(
        "{DAV:}multistatus", multistatus.response(Base(), "/a%20b&c", propstats, "Because & why")
    )


def infoset(body: bytes) -> list[Any]:
    """Give the names, attributes and texts of a document, without the white space between elements of WebDAV."""
    return _infoset(etree.fromstring(body), structure=True)


def _infoset(element: Any, *, structure: bool) -> list[Any]:
    if not isinstance(element.tag, str):
        return [type(element).__name__, element.text]
    inside = structure and element.tag != "{DAV:}prop"
    children: list[Any] = []
    for child in element:
        own = structure and isinstance(child.tag, str)
        children += [_infoset(child, structure=inside and own), (child.tail or "").strip(" \n" if structure else "")]
    text = element.text or ""
    return [element.tag, dict(element.attrib), text.strip(" \n") if structure and len(element) else text, children]


def test_an_answer_of_a_bundled_scenario_is_the_same() -> None:
    """Read and written again, it has the same bytes: status, headers and body."""
    for answer in bundled_answers():
        response = replace(answer.response, headers=list(answer.response.headers))
        assert write_answer(read_answer(answer.exchange, response)) == response, answer.scenario


def test_most_answers_were_read() -> None:
    """The test above has read answers of each kind."""
    roots = {read_answer(each.exchange, each.response).root for each in bundled_answers()}
    assert {None, "{DAV:}multistatus", "{DAV:}error", "{DAV:}mkcol-response"} <= roots


@given(st.lists(properties(), max_size=3))
def test_a_property_keeps_its_infoset(found: list[str]) -> None:
    """Names, attributes, languages, mixed content, comments and processing instructions stay."""
    body = listing(found)
    assert infoset(written(read(body))) == infoset(body)


@given(st.lists(properties(), max_size=3), st.data())
def test_pieces_are_read_as_the_whole(found: list[str], data: st.DataObject) -> None:
    """A streamed answer can be cut anywhere, also inside a character."""
    body = listing(found)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=5)))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert written(read(pieces)) == written(read(body))


@st.composite
def manners(draw: st.DrawFn) -> Manner:
    """Draw a manner of writing."""
    return Manner(
        dav=draw(PREFIXES),
        of_properties=draw(st.none() | PREFIXES),
        numbered=draw(st.none() | PREFIXES),
        declared=draw(st.sampled_from(["property", "propstat", "response", "multistatus"])),
        known=draw(st.sampled_from([{}, {"X": "urn:x", "D": "urn:y"}, {"d": "DAV:", "n": "urn:z"}])),
        layout=draw(st.sampled_from(list(LAYOUTS))),
        empty=draw(st.sampled_from(["/>", " />", "></>"])),
    )


@given(st.lists(properties(), max_size=3), manners())
def test_no_manner_changes_the_infoset(found: list[str], manner: Manner) -> None:
    """Whatever the prefixes, the declarations and the white space are, the document says the same."""
    body = listing(found)
    answer = read(body)
    answer.manner = manner
    assert infoset(written(answer)) == infoset(body)


@given(st.lists(properties(), max_size=3), manners())
def test_prefixes_in_values_stay_bound(found: list[str], manner: Manner) -> None:
    """A value such as ``q:date`` keeps its namespace in scope (RFC 4918 4.3)."""
    answer = read(listing(found))
    answer.manner = manner
    for element in etree.fromstring(written(answer)).iter("{*}*"):
        if "{urn:q}kind" in element.attrib:
            assert element.nsmap["q"] == "urn:q"


@pytest.mark.parametrize("order", CHILD_ORDERS.values())
def test_an_order_of_children(order: ChildOrder) -> None:
    """Each order has all children, and the usual one is the first."""
    answer = read(listing([]))
    answer.manner.children = order
    children = [etree.QName(each).localname for each in etree.fromstring(written(answer)).find(".//{*}propstat")]
    assert children == [name for name in order.propstat if name in ("prop", "status")]
