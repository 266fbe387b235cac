"""Faults of the bytes, as XML parsers read them: lxml, and expat of Python's library."""

from __future__ import annotations

import codecs
import gzip
import tracemalloc
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from dav424.core.message import Request, Response
from dav424.faults.cdata import CData
from dav424.faults.doctype import Doctype
from dav424.faults.encoding import OtherEncoding
from dav424.faults.fault import AnswerToSpoil
from dav424.proof.answer_body import ReportedStatus, read_body
from tests.client import Client
from tests.conftest import Served

TREE = """
tree:
  /f:
    content: x
    properties: {"{urn:u}ü": "größer > kleiner ]]> &", "{urn:u}other": {xml: '<other xmlns="urn:u"><D:q xmlns:D="DAV:"/><none xmlns=""/></other>'}}
"""
LEGAL = {
    "cdata": b"<![CDATA[",
    "comments": b"<!-- fault -->",
    "comments, where: inside": b"40<!-- fault -->",
    "processing-instructions, where: both": b"<?fault ignore?>",
    "default-namespace": b'<multistatus xmlns="DAV:"',
    "doctype": b"<!DOCTYPE D:multistatus [",
    "encoding": codecs.BOM_UTF16_LE + b"<\0?\0x\0",
    "encoding, to: utf-16be": codecs.BOM_UTF16_BE + b"\0<\0?\0x",
    "encoding, to: utf-8-bom": codecs.BOM_UTF8 + b"<?xml",
    "padding, bytes: 300000": b" " * 79,
    "padding, bytes: 300000, with: comments": b"fault fault",
    "repeated-propstat": b"404",
}
"""Faults after which an answer means the same: the kind with its settings, and a part of the body."""


def _props(client: Client) -> tuple[bytes, str]:
    """Ask for properties; gives the body and its media type."""
    body = '<propfind xmlns="DAV:"><allprop/><include><missing xmlns="urn:u"/></include></propfind>'
    answer = client("PROPFIND", "/f", body, {"Depth": "0", "Content-Type": "application/xml"})
    assert answer.status == 207
    return answer.body, answer.headers["Content-Type"]


def _meaning(body: bytes, base: str) -> dict[tuple[str, str | None], tuple[int, str]]:
    """Read a multistatus with lxml: the status and the text of each property."""
    _, reported = read_body("application/xml", body, base, "/f")
    return {(each.href, each.property): (each.status, _text(each)) for each in reported}


def _text(reported: ReportedStatus) -> str:
    return "".join(etree.fromstring(reported.xml).xpath("//text()"))


@pytest.mark.parametrize("kind", LEGAL)
def test_a_legal_spelling_means_the_same(serve: Callable[..., Served], kind: str) -> None:
    """The parsers find the same properties, values and statuses in the body."""
    plain = serve(TREE)
    served = serve(f"{TREE}\nfaults: [{{id: it, kind: {kind}}}]")
    body, media_type = _props(served.client)
    truth, _ = _props(plain.client)
    assert LEGAL[kind] in body
    if "inside" not in kind and "both" not in kind and kind != "comments":
        assert _meaning(body, served.client.base) == _meaning(truth, plain.client.base)
    expat, true = (ET.fromstring(each) for each in (body, truth))
    assert [each.tag for each in expat.iter("{DAV:}propstat")][:2] == ["{DAV:}propstat"] * 2
    assert {each.text for each in expat.iter("{DAV:}status")} == {each.text for each in true.iter("{DAV:}status")}
    assert "charset=utf-16" in media_type if "16" in kind or kind == "encoding" else "charset=utf-8" in media_type


def test_a_body_is_cut_inside_an_element(serve: Callable[..., Served]) -> None:
    """It ends in the middle of the last status, and its length fits."""
    served = serve(TREE + '\nfaults: [{id: it, kind: cut-body, inside: "{DAV:}status"}]')
    body, _ = _props(served.client)
    assert body.endswith(b"<D:status>HTTP/1.1 40")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


@pytest.mark.parametrize(("settings", "left"), [("", 5), (", bytes: 3", 3), (", bytes: 0", 0), (", bytes: 99", 10)])
def test_a_body_is_cut_at_a_byte(serve: Callable[..., Served], settings: str, left: int) -> None:
    """Without a number that is the middle; a shorter body stays."""
    served = serve(f"tree: {{/f: {{content: '0123456789'}}}}\nfaults: [{{id: it, kind: cut-body{settings}}}]")
    answer = served.client("GET", "/f")
    assert (answer.body, answer.headers["Content-Length"]) == (b"0123456789"[:left], str(left))


def test_a_body_is_left_out(serve: Callable[..., Served]) -> None:
    """The status and the headers stay."""
    answer = serve(TREE + "\nfaults: [{id: it, kind: empty-body}]").client("PROPFIND", "/f")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (207, b"", "0")


PROTECTED = "PROPPATCH /f set u:a=1 set D:getetag=x set u:b=2"


def test_the_causes_are_left_out(serve: Callable[..., Served]) -> None:
    """The 424s are there, and nothing says on what they depended. The journal has both."""
    served = serve(TREE + "\nfaults: [{id: it, kind: omitted-causes}]")
    assert served.client.say(PROTECTED) == "207  u:a 424, u:b 424"
    assert serve(TREE).client.say(PROTECTED) == "207  u:a 424, u:b 424, D:getetag 403 cannot-modify-protected-property"
    entry = next(iter(served.space.journal))
    assert b" 403 " in entry.answer.body
    assert b" 403 " not in entry.sent.response.body


def test_a_response_that_has_nothing_left_is_left_out(serve: Callable[..., Served]) -> None:
    """A LOCK over a locked member names the collection alone."""
    causes = "causes: [{id: held, kind: lock, path: /d/a}]\n"
    served = serve("tree: {/d/a: {content: x}}\n" + causes + "faults: [{id: it, kind: omitted-causes}]")
    body = '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
    answer = served.client("LOCK", "/d/", body, {"Content-Type": "application/xml"})
    assert {(each.href, each.status) for each in answer.reported} == {("/d/", 424)}


def test_an_answer_without_a_424_keeps_its_failures(serve: Callable[..., Served]) -> None:
    """It is no match: nothing is counted."""
    served = serve(TREE + "\nfaults: [{id: it, kind: omitted-causes}]")
    assert served.client.say("PROPFIND /f u:missing") == "207  u:missing 404"
    assert served.world.counts == {}


def test_a_response_says_nothing(serve: Callable[..., Served]) -> None:
    """The first response has a path alone."""
    body, _ = _props(serve(TREE + "\nfaults: [{id: it, kind: bare-response}]").client)
    assert [each.tag for each in etree.fromstring(body)[0]] == ["{DAV:}href"]


def test_a_status_stands_beside_propstats(serve: Callable[..., Served]) -> None:
    """It is that of the last propstat, if the scenario wants it."""
    body, _ = _props(serve(TREE + "\nfaults: [{id: it, kind: status-beside-propstat, repeats: last}]").client)
    response = etree.fromstring(body)[0]
    assert [each.tag for each in response][:2] == ["{DAV:}href", "{DAV:}status"]
    assert response.findtext("{DAV:}status") == "HTTP/1.1 404 Not Found"


def test_propstats_of_one_status(serve: Callable[..., Served]) -> None:
    """Each property has a propstat of its own, and none is lost; a single one comes twice."""
    served = serve(TREE + "\nfaults: [{id: it, kind: repeated-propstat}]")
    body, _ = _props(served.client)
    assert {len(each) for each in etree.fromstring(body).iter("{DAV:}prop")} == {1}
    single = served.client(
        "PROPFIND", "/f", '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>', {"Depth": "0"}
    )
    assert single.body.count(b"<D:propstat>") == 2


def test_what_a_client_stored_stays(serve: Callable[..., Served]) -> None:
    """A GET of an XML document is no XML answer; a body that is no XML stays, too."""
    served = serve("tree: {/f.xml: {content: <a/>}}\nfaults: [{id: x, kind: doctype}, {id: y, kind: encoding}]")
    assert served.client("GET", "/f.xml").body == b"<a/>"
    assert served.client("GET", "/none").status == 404
    assert served.world.counts == {}


def test_a_fault_is_for_users_methods_and_paths(serve: Callable[..., Served]) -> None:
    """It counts as a cause does: the second and the third match."""
    served = serve(
        "tree: {/d/f: {content: x}, /g: {content: x}}\n"
        "faults: [{id: it, kind: empty-body, methods: [GET], path: /d, after: 1, times: 2}]"
    )
    sent = [served.client("GET", "/d/f").body for _ in range(4)]
    assert sent == [b"x", b"", b"", b"x"]
    assert served.client("GET", "/g").body == b"x"
    assert served.world.counts == {"it": 4}


def test_a_long_multistatus_takes_little_memory(serve: Callable[..., Served]) -> None:
    """50 MB are sent in pieces, with their length, and are never held whole."""
    served = serve(TREE + "\nfaults: [{id: it, kind: padding, with: responses}]")
    assert served.client("PROPPATCH", "/none").status  # all that a first request loads
    tracemalloc.start()
    try:
        size = _size_of_padded(served)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 50_000_000 <= size < 50_010_000
    assert peak < 5_000_000


def _size_of_padded(served: Served) -> int:
    import http.client

    connection = http.client.HTTPConnection(served.client.host, served.client.port, timeout=60)
    connection.request("PROPFIND", f"{served.client.base}/f", headers={"Depth": "0"})
    response = connection.getresponse()
    size = responses = 0
    tail = b""
    while piece := response.read(1 << 16):
        size += len(piece)
        whole = tail + piece
        responses += whole.count(b"</D:response>")
        tail = whole[whole.rfind(b"<") :]
    connection.close()
    assert responses > 10_000
    assert int(response.headers["Content-Length"]) == size
    return size


def test_a_padded_body_in_another_encoding(serve: Callable[..., Served]) -> None:
    """A streamed body is encoded while it is streamed, and in chunks: its length is not known."""
    served = serve(TREE + "\nfaults: [{id: e, kind: encoding}, {id: p, kind: padding, bytes: 500000}]")
    body, _ = _props(served.client)
    assert len(body) > 900_000
    assert etree.fromstring(body).tag == "{DAV:}multistatus"
    assert [each.id for each in next(iter(served.space.journal)).sent.faults] == ["p", "e"]


def test_a_streamed_answer_is_rewritten_up_to_a_limit(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long listing is rewritten as a whole; one beyond the limit is sent unchanged, and is no match."""
    tree = "tree: {" + ", ".join(f"/{number}: {{content: x}}" for number in range(1000)) + "}\n"
    served = serve(f"{tree}faults: [{{id: it, kind: default-namespace}}]")
    ask = lambda: served.client("PROPFIND", "/", headers={"Depth": "1"}).body  # noqa: E731 - short
    whole = ask()
    assert whole.count(b"<response>") == 1001
    monkeypatch.setattr("dav424.faults.apply.MOST_REWRITTEN", 100_000)
    assert ask().count(b"<D:response>") == 1001
    assert served.world.counts == {"it": 1}


def test_an_answer_of_the_door_is_changed_too(serve: Callable[..., Served]) -> None:
    """A 401 comes from the gateway, and not from a method: it keeps its challenge, and loses its body."""
    served = serve("users: {ada: lovelace}\nfaults: [{id: it, kind: empty-body}]")
    answer = served.client("GET", "/")
    assert (answer.status, answer.body) == (401, b"")
    assert answer.headers["WWW-Authenticate"]
    entry = next(iter(served.space.journal))
    assert entry.answer.body
    assert entry.sent.response.body == b""


def test_a_fault_for_a_user(serve: Callable[..., Served]) -> None:
    """Only the answers to Ada are changed."""
    served = serve(
        "users: {ada: lovelace, bob: builder}\ntree: {/f: {content: x}}\n"
        "faults: [{id: it, kind: empty-body, users: [ada]}]"
    )
    logins = {"ada": "Basic YWRhOmxvdmVsYWNl", "bob": "Basic Ym9iOmJ1aWxkZXI="}
    got = {name: served.client("GET", "/f", headers={"Authorization": login}).body for name, login in logins.items()}
    assert got == {"ada": b"", "bob": b"x"}


def test_gzip_is_no_xml() -> None:
    """A body in a content coding is cut or left out, and never parsed or encoded."""
    headers = [("Content-Type", "application/xml"), ("Content-Encoding", "gzip")]
    answer = AnswerToSpoil(Request("PROPFIND", ()), Response(207, headers, gzip.compress(b"<a/>")))
    for fault in (OtherEncoding(id="e"), Doctype(id="d"), CData(id="c")):
        assert fault.spoil(answer) is None
