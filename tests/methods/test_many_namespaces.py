"""Properties in bodies with many or long namespaces: each is stored whole, and the time is linear."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import canonicalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dav424.core.batch import Refused
from dav424.dav.property_writer import Allowance, PropertyWriter
from tests.client import Client
from tests.conftest import Served
from tests.effort import calls
from tests.trees import XML, scenario

PROP = '<D:propertyupdate xmlns:D="DAV:"{}><D:set><D:prop>{}</D:prop></D:set></D:propertyupdate>'
SEVENTEEN = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(17))


@pytest.fixture
def f(serve: Callable[[str], Served]) -> Client:
    """A document."""
    return serve(scenario("/f=1")).client


def stored(client: Client, name: str) -> etree._Element:
    """Read a property, named in Clark notation."""
    namespace, _, local = name[1:].partition("}")
    body = f'<D:propfind xmlns:D="DAV:"><D:prop><a:{local} xmlns:a="{namespace}"/></D:prop></D:propfind>'
    answer = client("PROPFIND", "/f", body, {**XML, "Depth": "0"})
    found = etree.fromstring(answer.body).find(f"{{DAV:}}response/{{DAV:}}propstat/{{DAV:}}prop/{name}")
    assert found is not None, answer
    return found


def test_a_long_word_is_read_once(f: Client) -> None:
    """A value of 300,000 letters, in a body with 17 namespaces, is stored."""
    word = "a" * 300_000
    answer = f("PROPPATCH", "/f", PROP.format(SEVENTEEN, f"<n1:a>{word}</n1:a>"), XML)
    assert answer.status == 207
    assert stored(f, "{urn:1}a").text == word


@pytest.mark.parametrize(
    ("inside", "prefixes"),
    [
        ("n3:b", {"n1", "n3"}),
        ("1n3:b n4", {"n1", "n3"}),
        ("-n3:b", {"n1", "n3"}),
        ("n3.:b n5:", {"n1", "n5"}),
        ("\u00e9:b n3:n4:n5", {"n1", "n3", "n4"}),
        ('<b c="n7:d"/>', {"n1", "n7"}),
        ('<n2:b n4:c=""/>', {"n1", "n2", "n4"}),
        ("<b/>n3:x", {"n1", "n3"}),
        ('<b xmlns:n3="urn:other">n3:x</b>', {"n1", "n3"}),
    ],
)
def test_a_property_keeps_the_prefixes_that_it_uses(f: Client, inside: str, prefixes: set[str]) -> None:
    """With more than 16 namespaces in scope, it keeps those in its names and values (RFC 4918 4.3)."""
    f("PROPPATCH", "/f", PROP.format(SEVENTEEN, f"<n1:a>{inside}</n1:a>"), XML)
    found = stored(f, "{urn:1}a")
    assert {prefix for prefix in found.nsmap if prefix != "D"} == prefixes
    assert all(found.nsmap[prefix] == f"urn:{prefix[1:]}" for prefix in prefixes)


def test_names_of_any_letters_are_kept(f: Client) -> None:
    """With many namespaces, elements, attributes and prefixes have the letters of all languages, too."""
    inside = '<n1:é xmlns:中="urn:z" 中:ü="ß">ñ:x n3:y</n1:é>'
    assert f("PROPPATCH", "/f", PROP.format(SEVENTEEN, inside), XML).status == 207
    found = stored(f, "{urn:1}é")
    assert (found.text, dict(found.attrib)) == ("ñ:x n3:y", {"{urn:z}ü": "ß"})
    assert found.nsmap.keys() >= {"n1", "n3", "中"}


def test_all_of_sixteen_namespaces_are_kept(f: Client) -> None:
    """Up to that number, it keeps those that it does not use, too."""
    fifteen = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(15))
    f("PROPPATCH", "/f", PROP.format(fifteen, "<n1:a/>"), XML)
    assert len(stored(f, "{urn:1}a").nsmap) == 16


def test_a_thousand_namespaces_and_as_many_properties(f: Client) -> None:
    """Each property is in its own namespace."""
    declared = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(1000))
    properties = "".join(f"<n{number}:a>{number}</n{number}:a>" for number in range(1000))
    answer = f("PROPPATCH", "/f", PROP.format(declared, properties), XML)
    assert answer.status == 207
    assert [each.status for each in answer.reported] == [200] * 1000
    assert [stored(f, f"{{urn:{number}}}a").text for number in (0, 500, 999)] == ["0", "500", "999"]


def test_the_work_for_a_property_does_not_depend_on_the_namespaces() -> None:
    """A hundred properties take about as many calls with 400 namespaces as with 100."""

    def work(namespaces: int) -> int:
        declared = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(namespaces))
        root = etree.fromstring(PROP.format(declared, "<n1:a><n2:b/></n1:a>" * 100))
        prop = root[0][0]
        writer = PropertyWriter(root, Allowance(1000))
        return calls(lambda: [writer.write(element) for element in prop])

    assert work(400) < 1.2 * work(100) + 2000


LONG = "urn:" + "x" * 100_000


@pytest.mark.parametrize(
    ("attributes", "inside"),
    [
        pytest.param(f' xmlns:n="{LONG}"', "<n:a/>" * 20_000, id="a namespace of the properties"),
        pytest.param(f' xmlns="{LONG}"', "<a/>" * 20_000, id="a default namespace"),
        pytest.param(f' xmlns:n="{LONG}"', '<a n:b=""/>' * 20_000, id="a namespace of attributes"),
        pytest.param(f' xmlns:n="{LONG}"{SEVENTEEN}', "<n1:a>n:b</n1:a>" * 20_000, id="a namespace in values"),
        pytest.param(f' xml:lang="{LONG}"', "<a/>" * 20_000, id="a language"),
    ],
)
def test_a_body_that_would_grow_is_refused(f: Client, attributes: str, inside: str) -> None:
    """A long text that each of 20,000 properties would repeat is 413, and nothing is stored."""
    before = f("PROPFIND", "/f", "", {"Depth": "0"}).body
    assert f("PROPPATCH", "/f", PROP.format(attributes, inside), XML).status == 413
    assert f("PROPFIND", "/f", "", {"Depth": "0"}).body == before


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "iso-8859-1"])
def test_a_body_that_would_grow_is_refused_in_any_encoding(f: Client, encoding: str) -> None:
    """The limit is one of characters."""
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = declared + PROP.format(f" xmlns:n='{LONG}'", "<n:a/>" * 20_000)
    assert f("PROPPATCH", "/f", body.encode(encoding), XML).status == 413


@pytest.mark.parametrize("attributes", [f' xmlns:n="{LONG}"', f' xml:lang="{LONG}"'])
def test_long_texts_that_few_properties_repeat_are_kept(f: Client, attributes: str) -> None:
    """A long namespace or language is no mistake in itself."""
    body = PROP.format(attributes, '<a xmlns="urn:u">1</a>')
    assert f("PROPPATCH", "/f", body, XML).status == 207
    assert stored(f, "{urn:u}a").text == "1"


def test_a_long_namespace_that_no_property_uses_is_left_out(f: Client) -> None:
    """Many properties take along only what they use, once all of it would be too much."""
    body = PROP.format(f' xmlns:n="{LONG}" xmlns:u="urn:u"', "".join(f"<u:a{number}/>" for number in range(5000)))
    assert f("PROPPATCH", "/f", body, XML).status == 207
    assert "n" not in stored(f, "{urn:u}a4999").nsmap


PREFIXES = st.sampled_from(["", "a", "b", "c", "n0"])
NAMESPACES = st.sampled_from(["urn:a", "urn:b", "urn:c"])


@st.composite
def elements(draw: st.DrawFn, scope: dict[str, str], levels: int) -> str:
    """Write an element with declarations of its own, attributes, text and children."""
    own = draw(st.dictionaries(PREFIXES, NAMESPACES, max_size=2))
    if draw(st.booleans()) and "" in scope and "" not in own:
        own[""] = ""
    inside = {**scope, **own}
    bound = [prefix for prefix in inside if prefix]
    prefix = draw(st.sampled_from(["", *bound]))
    name = f"{prefix}:e" if prefix else "e"
    declared = "".join(f' xmlns{":" if each else ""}{each}="{uri}"' for each, uri in own.items())
    used = {inside[each]: each for each in draw(st.lists(st.sampled_from(bound), max_size=2))} if bound else {}
    attributes = "".join(f' {each}:x="&lt;&quot;a:b&#10;"' for each in used.values())
    text = draw(st.sampled_from(["", "&amp;", "a:b &#13;", "<!--x-->", "<?p q?>", "]]&gt;"]))
    children = [draw(elements(inside, levels - 1)) + text for _ in range(draw(st.integers(0, 2)))] if levels else []
    return f"<{name}{declared}{attributes}>{text}{''.join(children)}</{name}>"


def meaning(text: str) -> tuple[str, list[str | None]]:
    """Give XML in a form in which equal XML is equal text, and the prefixes of its elements."""
    root = etree.fromstring(text)
    return canonicalize(text, rewrite_prefixes=True, with_comments=True), [each.prefix for each in root.iter("{*}*")]


@given(data=st.data())
def test_a_property_is_the_same_alone(data: st.DataObject) -> None:
    """Whatever is declared where, the text of a property alone means what it meant in the body."""
    scope = data.draw(st.dictionaries(PREFIXES, NAMESPACES))
    declared = "".join(f' xmlns{":" if each else ""}{each}="{uri}"' for each, uri in scope.items())
    element = data.draw(elements(scope, 2))
    others = "".join(f' xmlns:o{number}="urn:o"' for number in range(17))
    root = etree.fromstring(f"<p:root xmlns:p='urn:p'{declared}{others}>{element}</p:root>")
    written = PropertyWriter(root, Allowance(1000)).write(root[0])
    alone = etree.tostring(root[0], encoding="unicode", with_tail=False)
    assert meaning(written) == meaning(alone)


def test_the_allowance_is_for_the_whole_body() -> None:
    """What one property took is not there for the next."""
    allowance = Allowance(0)
    allowance.take(1 << 20)
    with pytest.raises(Refused):
        allowance.take(1)
