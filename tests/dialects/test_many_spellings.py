"""Many spellings at once, over the answers of all bundled scenarios: nothing breaks, and the statuses are the same."""

from __future__ import annotations

import typing
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dav424.core.message import Response
from dav424.dialects.dialect import Dialect
from dav424.dialects.dialect_file import DialectFile
from dav424.dialects.spellings import SPELLINGS
from dav424.dialects.trait import Trait
from tests.dialects.bundled_answers import BundledAnswer, bundled_answers
from tests.servers.table import SERVERS

ANSWERS = st.deferred(lambda: st.sampled_from(bundled_answers()))
PATTERNED: dict[str, list[str]] = {
    "dav-prefix": ["", "d", "ns0", "n", "x1"],
    "dav-property-prefix": ["lp1", "ns0", "n"],
    "property-prefixes": ["", "~request", "ns0", "x1", "n", "D"],
    "xml-declaration": ["", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-8'?>"],
    "status-protocol": ["HTTP/2", "HTTP/1.0"],
    "xml-type": ["absent", "text/xml"],
    "undeclared-prefix": ["DAV"],
    "status-line": ["absent", "Multi-status"],
    "lock-order": ["owner timeout", "locktoken depth owner"],
    "absent-properties": [["getetag"], ["lockdiscovery", "displayname"]],
    "namespaces-lost": [["PROPFIND"], ["PROPPATCH", "MKCOL"]],
    "lock-manner": [{"white-space": "indented"}, {"xml-declaration": "", "xml-type": "text/xml"}],
    "missing-parent": [{"PUT": 404}, {"COPY": 403, "MKCOL": 404}],
    "whole-failures": ["multistatus", "propstats", {"MOVE": "multistatus"}],
    "update-manner": [{"white-space": "none"}, {"empty-elements": "one-tag-with-space"}],
    "error-manner": [{"white-space": "indented"}, {"empty-elements": "two-tags"}],
}
"""Values of the traits that have a pattern, a list or a mapping."""
OTHERWISE = {
    "unmapped",
    "unknown-methods",
    "whole-failures",
    "existing-mkcol",
    "delete-status",
    "done-as-multistatus",
    "mkcol-success",
    "mkcol-failure",
    "mkcalendar-failure",
    "lock-refusal",
    "member-failures",
    "update-failures",
    "dependents",
    "etags",
    "modified-dates",
    "creation-dates",
    "quota-unlimited",
    "collection-length",
    "missing-properties",
    "self",
    "protected-status",
    "multistatus-status",
    "registered-codes",
    "href-slash",
    "href-encoding",
    "href-form",
    "error-body",
    "proppatch-success",
    "missing-parent",
    "collection-etags",
    "display-names",
    "absent-properties",
    "lockdiscovery-place",
    "unsupported-locks",
    "namespaces-lost",
    "listed-etags",
}
"""The traits that report other statuses, or name resources and properties otherwise."""


WELL_FORMED = [trait for trait in SPELLINGS if trait.name != "undeclared-prefix"]
"""All but the one that is there to break the document."""


def values(trait: Trait) -> list[Any]:
    """List the values of a trait that are not the default."""
    if trait.values is bool:
        return [not trait.default]
    chosen = PATTERNED.get(trait.name) or list(typing.get_args(trait.values))
    return [value for value in chosen if value != trait.default]


def spellings(traits: typing.Iterable[Trait]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a set of traits, each with one of its values."""
    of_each = {trait.name: st.sampled_from(values(trait)) for trait in traits}
    return st.fixed_dictionaries({}, optional=of_each)


def spoken(answer: BundledAnswer, chosen: dict[str, Any]) -> Response:
    """Give the answer in a dialect, read whole."""
    response = Dialect("tried", chosen).told(answer.exchange, answer.response)
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    return msgspec.structs.replace(response, body=body)


def is_xml(response: Response) -> bool:
    """Say whether a response has a document of WebDAV."""
    return isinstance(response.body, bytes) and b"DAV:" in response.body and response.body.lstrip().startswith(b"<")


def said(body: bytes) -> Counter[tuple[str, str, int]]:
    """Count what a document says: href, property and code."""
    found: Counter[tuple[str, str, int]] = Counter()
    root = etree.fromstring(body)
    owners = root.findall("{DAV:}response") or [root]
    for owner in owners:
        where = [each.text or "" for each in owner.findall("{DAV:}href")] or [""]
        for status in owner.findall("{DAV:}status"):
            found.update((href, "", code(status)) for href in where)
        for propstat in owner.findall("{DAV:}propstat"):
            for each in propstat.find("{DAV:}prop"):
                found.update((href, str(each.tag), code(propstat.find("{DAV:}status"))) for href in where)
    return found


def code(status: Any) -> int:
    """Read the code of a ``DAV:status``."""
    return int(status.text.split()[1])


@settings(max_examples=25)
@given(spellings(WELL_FORMED))
def test_any_spellings_give_well_formed_xml(chosen: dict[str, Any]) -> None:
    """No trait stands in the way of another one; a status is one of HTTP."""
    for answer in bundled_answers():
        response = spoken(answer, chosen)
        assert 200 <= response.status < 600
        if is_xml(response) and chosen.get("error-body") not in (
            "apache",
            "tomcat",
            "lighttpd",
            "zope",
            "wsgidav",
            "nginx",
            "cyrus",
        ):
            etree.fromstring(typing.cast("bytes", response.body))


@settings(max_examples=25)
@given(spellings(each for each in WELL_FORMED if each.name not in OTHERWISE))
def test_statuses_stay(chosen: dict[str, Any]) -> None:
    """Whatever the prefixes, the order and the texts are, each property has the status that it had."""
    for answer in bundled_answers():
        response = spoken(answer, chosen)
        if is_xml(answer.response) and answer.exchange.request.method not in ("GET", "POST"):
            assert said(typing.cast("bytes", response.body)) == said(answer.body)
        elif answer.response.status < 300:
            assert response.body == answer.body


@given(ANSWERS, spellings(SPELLINGS))
def test_an_answer_is_the_same_each_time(answer: BundledAnswer, chosen: dict[str, Any]) -> None:
    """README: the same requests get the same bytes."""
    assert spoken(answer, chosen) == spoken(answer, chosen)


@given(ANSWERS, spellings(SPELLINGS), st.integers(1, 400))
def test_a_streamed_answer_is_the_same(answer: BundledAnswer, chosen: dict[str, Any], size: int) -> None:
    """It comes in pieces of any size, and has the bytes that it has in one."""
    pieces = [answer.body[start : start + size] for start in range(0, len(answer.body), size)]
    streamed = msgspec.structs.replace(answer, response=msgspec.structs.replace(answer.response, body=pieces))
    assert spoken(streamed, chosen).body == spoken(answer, chosen).body


@pytest.mark.parametrize("trait", SPELLINGS, ids=lambda trait: trait.name)
def test_each_value_can_be_chosen(trait: Trait) -> None:
    """A dialect file can have each value; one that is no value is refused."""
    assert values(trait)
    for value in values(trait):
        msgspec.convert({trait.name: value}, DialectFile)
        assert Dialect("tried", {trait.name: value}).values == {trait.name: value}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({trait.name: "no\nvalue"}, DialectFile)


@pytest.mark.parametrize("trait", SPELLINGS, ids=lambda trait: trait.name)
def test_each_trait_names_reports_or_servers(trait: Trait) -> None:
    """A trait is there because clients met it, or because a server that the tests start answers so."""
    assert trait.kind == "spelling"
    assert trait.reports or trait.servers
    assert set(trait.servers) <= set(SERVERS)
    assert all("#" in report for report in trait.reports)
