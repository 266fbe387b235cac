"""``addressbook-query`` (RFC 6352 8.6) on a real socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client, told
from tests.conftest import Served
from tests.methods.calendars import COLLECTIONS, NAMESPACES, XML, card, put

Serve = Callable[..., Served]

CARDS = {
    "ada": card("EMAIL;TYPE=work:ada@example.com", "NOTE:first\\, of all", "item1.TEL;TYPE=cell:1", uid="ada"),
    "grace": card("EMAIL;TYPE=home:grace@example.org", "NICKNAME:Amazing", uid="grace", name="Grace Hopper"),
    "joerg": card("TEL:2", uid="joerg", name="JÖRG"),
}


def query(inside: str, *, test: str = "", data: str = "", more: str = "") -> str:
    """Write an addressbook-query whose filter has these elements."""
    return (
        f"<B:addressbook-query {NAMESPACES}><D:prop><D:getetag/>{data}</D:prop><B:filter {test}>{inside}</B:filter>"
        f"{more}</B:addressbook-query>"
    )


def prop(name: str, inside: str = "", test: str = "") -> str:
    """Write a filter for a property."""
    return f'<B:prop-filter name="{name}" {test}>{inside}</B:prop-filter>'


def text(value: str, attributes: str = "") -> str:
    """Write a text match."""
    return f"<B:text-match {attributes}>{value}</B:text-match>"


def book(serve: Serve) -> Client:
    """Serve an address book with the cards."""
    client = serve(COLLECTIONS).client
    for name, content in CARDS.items():
        assert put(client, f"/book/{name}.vcf", content).status == 201
    return client


@pytest.mark.parametrize(
    ("inside", "test", "names"),
    [
        ("", "", ["ada", "grace", "joerg"]),
        (prop("EMAIL"), "", ["ada", "grace"]),
        (prop("EMAIL", "<B:is-not-defined/>"), "", ["joerg"]),
        (prop("FN", text("ada")), "", ["ada"]),
        (prop("FN", text("jörg")), "", ["joerg"]),
        (prop("FN", text("jörg", 'collation="i;ascii-casemap"')), "", []),
        (prop("FN", text("Ada Lovelace", 'match-type="equals"')), "", ["ada"]),
        (prop("FN", text("Ada", 'match-type="equals"')), "", []),
        (prop("FN", text("grace", 'match-type="starts-with"')), "", ["grace"]),
        (prop("FN", text("lace", 'match-type="ends-with"')), "", ["ada"]),
        (prop("NOTE", text("first, of")), "", ["ada"]),
        (prop("EMAIL", text("example") + text("org"), 'test="allof"'), "", ["grace"]),
        (prop("EMAIL", text("example") + text("org"), 'test="anyof"'), "", ["ada", "grace"]),
        (prop("EMAIL", '<B:param-filter name="TYPE"><B:text-match>WORK</B:text-match></B:param-filter>'), "", ["ada"]),
        (prop("NICKNAME") + prop("FN", text("ada")), "", ["ada", "grace"]),
        (prop("NICKNAME") + prop("FN", text("ada")), 'test="allof"', []),
        (prop("item1.TEL"), "", ["ada"]),
        (prop("item2.TEL"), "", []),
    ],
)
def test_a_filter_finds_what_matches(serve: Serve, inside: str, test: str, names: list[str]) -> None:
    """RFC 6352 10.5: properties, parameters and texts; any of the conditions, or all of them."""
    answer = book(serve)("REPORT", "/book/", query(inside, test=test), XML)
    assert [each.href.removeprefix("/book/").removesuffix(".vcf") for each in answer.reported] == names


def test_more_than_the_client_wants_is_507(serve: Serve) -> None:
    """RFC 6352 8.6.1: what fits is reported, and the Request-URI has the status 507."""
    limit = "<B:limit><B:nresults>2</B:nresults></B:limit>"
    answer = book(serve)("REPORT", "/book/", query("", more=limit), XML)
    assert [(each.href, each.status) for each in answer.reported] == [
        ("/book/ada.vcf", 200),
        ("/book/grace.vcf", 200),
        ("/book/", 507),
    ]
    all_fit = query(prop("EMAIL"), more=limit)
    assert told(book(serve)("REPORT", "/book/", all_fit, XML)) == "207  D:getetag 200, D:getetag 200"


def test_a_client_gets_the_properties_that_it_wants(serve: Serve) -> None:
    """RFC 6352 10.4: the version stays, as a card without it is none."""
    data = '<B:address-data><B:prop name="FN"/><B:prop name="EMAIL" novalue="yes"/></B:address-data>'
    body = book(serve)("REPORT", "/book/", query(prop("FN", text("ada")), data=data), XML).body.decode()
    written = body[body.index("BEGIN:VCARD") : body.index("END:VCARD")].replace("&#13;", "").replace("\r", "").split()
    assert written == ["BEGIN:VCARD", "VERSION:4.0", "FN:Ada", "Lovelace", "EMAIL;TYPE=work:"]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (query(prop("FN", text("a", 'collation="i;none"'))), "403 supported-collation"),
        (query("<B:nonsense/>"), "403 supported-filter"),
        (query(prop("FN", text("a", 'match-type="like"'))), "400"),
        (query("", more="<B:limit><B:nresults>x</B:nresults></B:limit>"), "400"),
        (query("", data='<B:address-data content-type="text/plain"/>'), "403 supported-address-data"),
    ],
)
def test_a_query_that_is_none_is_refused(serve: Serve, body: str, answer: str) -> None:
    """RFC 6352 8.6: the preconditions of the report."""
    assert told(serve(COLLECTIONS).client("REPORT", "/book/", body, XML)) == answer
