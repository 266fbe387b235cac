"""The features of an XML answer: its elements, their texts and statuses, and the manner in which it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

_Found = tuple[str, str, str]
_DECLARATION = re.compile(r"\s*(<\?xml[^>]*\?>)")
_EMPTY = (
    (re.compile(r"<[^<>/?!\s][^<>]*[^<>/\s]/>|<[^<>/?!\s]/>"), "one tag"),
    (re.compile(r"<[^<>/?!\s][^<>]*\s/>"), "one tag with a space"),
    (re.compile(r"<([^<>/?!\s]+)(?:\s[^<>]*[^<>/])?></\1>"), "two tags"),
)
_STATUS = re.compile(r"\s*(\S+)\s+(\d{3})\s?(.*)", re.DOTALL)
_VERSION = re.compile(r"\d+(\.\d+)+")
_NUMBER = re.compile(r"\d+$")
_D = "{DAV:}"


@lru_cache(maxsize=4096)
def xml_features(text: str) -> tuple[_Found, ...]:
    """List the features of a document; one that is not well-formed is read as far as it goes."""
    return tuple(_document(text))


def _document(text: str) -> Iterator[_Found]:
    declaration = _DECLARATION.match(text)
    yield "declaration", "", declaration[1] if declaration else "none"
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        yield "parses", "", "no"
        root = etree.fromstring(text.encode(), etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
        if root is None:
            return
    yield "space", "", layout_of(root)
    if empty := empty_form(text):
        yield "empty", "", empty
    yield from _members(root)
    yield from _element(root, "", root)


def empty_form(text: str) -> str:
    """Say how most elements without content are written; empty if there are none."""
    found = Counter({kind: len(pattern.findall(text)) for pattern, kind in _EMPTY})
    return found.most_common(1)[0][0] if found.total() else ""


def layout_of(root: etree._Element) -> str:
    """Say how white space stands between the elements; in a multistatus, those inside the value of a property aside."""
    of_multistatus = root.tag == f"{_D}multistatus"
    elements = list(_structure(root)) if of_multistatus else list(root.iter(etree.Element))
    between = [each.text or "" for each in elements if len(each) and not (of_multistatus and _is_property(each))]
    between += [each.tail or "" for each in elements if each is not root]
    if not any(between):
        return "none"
    breaks = [each for each in between if "\n" in each]
    if any(each.replace("\r", "").strip("\n") for each in breaks):
        return "lines, indented"
    return "lines" if breaks else "spaces"


def _structure(element: etree._Element) -> Iterator[etree._Element]:
    yield element
    if not _is_property(element):
        for child in element.iterchildren(etree.Element):
            yield from _structure(child)


def _is_property(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == f"{_D}prop"


def _members(root: etree._Element) -> Iterator[_Found]:
    """Say in which order the members of a listing stand, and where the collection itself stands."""
    hrefs = [(each.findtext(f"{_D}href") or "").rstrip("/") for each in root.iterfind(f"{_D}response")]
    if len(hrefs) < 2:
        return
    shortest = min(hrefs, key=len)
    if all(each == shortest or each.startswith(f"{shortest}/") for each in hrefs):
        where = "first" if hrefs[0] == shortest else "last" if hrefs[-1] == shortest else "between"
        yield "order", "the collection itself", where
        hrefs.remove(shortest)
    if len(hrefs) > 2:
        rising, falling = sorted(hrefs), sorted(hrefs, reverse=True)
        yield "members", "", "rising" if hrefs == rising else "falling" if hrefs == falling else "mixed"


def _element(element: etree._Element, above: str, root: etree._Element) -> Iterator[_Found]:
    """Give the features of an element and of all in it; ``above`` is where it stands."""
    label = str(element.tag).removeprefix(_D)
    where = f"{above}>{label}{_of_whom(element)}"
    yield "element", where, ""
    of = f"{above.rpartition('>')[2].partition('[')[0]}>{label}"
    yield "prefix", of, _NUMBER.sub("", element.prefix or "")
    declared = _declared(element)
    if declared:
        yield "declares", of, " ".join(declared)
    yield from _said(element, where)
    children = list(element.iterchildren(etree.Element))
    if len(children) > 1 and label != "multistatus":
        kind = "properties" if label in {"prop", "resourcetype"} else "order"
        yield kind, where, " ".join(_short(each) for each in children)
    for child in children:
        yield from _element(child, where, root)


def _of_whom(element: etree._Element) -> str:
    """Say of which resource or property an element of a multistatus speaks."""
    if element.tag == f"{_D}response":
        return f"[{' '.join((each.text or '').strip() for each in element.iterfind(f'{_D}href'))}]"
    return ""


def _short(element: etree._Element) -> str:
    """Name an element, and a propstat by what it is about."""
    if element.tag == f"{_D}propstat":
        return f"propstat({' '.join(sorted(_properties(element)))})"
    return _local(element)


def _declared(element: etree._Element) -> list[str]:
    parent = element.getparent()
    above = {} if parent is None else parent.nsmap
    new = {prefix for prefix, uri in element.nsmap.items() if above.get(prefix) != uri}
    used = {each.prefix for each in element.iter(etree.Element)} if new else set()
    return sorted({_NUMBER.sub("", prefix or "") for prefix in new & used})


def _said(element: etree._Element, where: str) -> Iterator[_Found]:
    text = (element.text or "").strip()
    if not text:
        return
    if element.tag == f"{_D}status" and (status := _STATUS.match(text)):
        of_whom = where.rpartition(">response[")[2].partition("]")[0]
        for name in _about(element):
            yield "code", " of ".join(each for each in (name, of_whom) if each), status[2]
        yield "phrase", "status", f"{status[1]} {status[3]}"
    elif element.tag == f"{_D}getetag":
        yield "text", where, "weak" if text.startswith("W/") else "strong" if text.startswith('"') else "unquoted"
    elif element.tag != f"{_D}href" or not where.rpartition(">")[0].endswith("]"):
        is_sentence = element.tag == f"{_D}responsedescription" or (
            not str(element.tag).startswith(_D) and (len(text.split()) > 2 or _VERSION.fullmatch(text) is not None)
        )
        yield "sentence" if is_sentence else "text", where, text


def _about(status: etree._Element) -> list[str]:
    """Name the properties that a status is about; one of a resource has an empty name."""
    parent = status.getparent()
    return [] if parent is None else _properties(parent) or [""]


def _properties(propstat: etree._Element) -> list[str]:
    return [_local(each) for each in propstat.iterfind(f"{_D}prop/*")]


def _local(element: etree._Element) -> str:
    """Give the name of an element without its namespace; a prefix that nothing declares stays."""
    return str(element.tag).rpartition("}")[2]
