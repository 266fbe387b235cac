"""The readers of untrusted text, each as a function of bytes: it refuses a text in the way it should, or understands it.

A wrong exception is a bug, and so is a result that breaks a rule of the reader.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import suppress

from lxml import etree

from dav424.core.batch import Refused
from dav424.core.markup import escape
from dav424.core.memory import NO_LIMIT
from dav424.core.message import Request
from dav424.core.paths import href, is_uri, on_server, split
from dav424.dav import charset, headers, if_header
from dav424.diagnosis import UnreadableText, diagnose
from dav424.diagnosis.report import as_data, as_text
from dav424.dialects.dialect import Dialect
from dav424.dialects.load import load_dialect
from dav424.gateway.credentials import read_credentials, read_user_name
from dav424.methods import properties
from dav424.methods.batch_requests import if_expression, multipart_reader
from dav424.methods.batch_requests.graph_reader import GraphBatchReader
from dav424.methods.batch_requests.items import BatchItem, MalformedBatch
from dav424.methods.batch_requests.json_reader import JsonBatchReader
from dav424.methods.propfind import read as read_propfind
from dav424.objects import calendar_data, calendar_reader, card_reader
from dav424.objects.excerpts import CalendarExcerpt, CardExcerpt
from dav424.objects.filters import CalendarMatcher, CardFilter, CompFilter, PropFilter, TextMatch
from dav424.objects.instances import EXPANDED
from dav424.objects.moments import TimeRange
from dav424.objects.steps import StepBudget
from dav424.scenario.file_problem import FileProblem, ScenarioError
from dav424.scenario.load import load
from dav424.wire import framing, head

MOST_CHUNKED = 1 << 16


def read_head(data: bytes) -> None:
    """Read the head of a request: names are tokens, and no value has a line break."""
    head.target_of(data)
    with suppress(Refused):
        found = head.parse(data)
        framing.refuse_expectations(found)
        assert not any(character in "".join(found.headers.values()) for character in "\r\n\0")
        assert all(name == name.lower() and name.isascii() for name in found.headers)
        assert " " not in found.method + found.target
        assert found.length >= 0
        assert not (found.chunked and found.length)


class _Chunks(io.BytesIO):
    """A stream that has all of its bytes."""

    def has_data(self) -> bool:
        """Say that there is nothing to wait for."""
        return True

    def wait(self, _: float) -> bool:
        """Wait for nothing."""
        return True


def read_chunks(data: bytes) -> None:
    """Read a body in chunks: it is never longer than the limit, nor than the bytes on the wire."""
    with suppress(Refused):
        body, _ = framing._read_chunks(_Chunks(data), MOST_CHUNKED, NO_LIMIT)
        assert len(body) <= min(len(data), MOST_CHUNKED)


_HEADERS: Mapping[str, tuple[str, Callable[[Request], object]]] = {
    "content-language": ("PUT", headers.content_language),
    "depth": ("PROPFIND", lambda request: headers.depth(request, "0", "1", "infinity")),
    "destination": ("COPY", headers.destination_and_slash),
    "lock-token": ("UNLOCK", headers.lock_token),
    "ordering-type": ("MKCOL", headers.ordering_type),
    "overwrite": ("COPY", headers.overwrite),
    "position": ("PUT", headers.position),
    "prefer": ("PROPFIND", lambda request: headers.preference(request, "return", "depth-noroot")),
    "timeout": ("LOCK", headers.timeout),
    "transaction": ("BDELETE", headers.transaction),
    "accept": ("GET", lambda request: headers.accepted(request.headers["accept"], ["a/b", "text/html"])),
    "if-modified-since": ("GET", lambda request: headers.http_date(request.headers["if-modified-since"], 1.7e9)),
    "content-type": ("PUT", lambda request: charset.charset(request.headers["content-type"])),
}


def read_headers(data: bytes) -> None:
    """Read the values of headers: the first byte chooses one."""
    names = sorted(_HEADERS)
    name = names[data[0] % len(names)] if data else names[0]
    method, reader = _HEADERS[name]
    with suppress(Refused):
        reader(Request(method, ("f",), headers={name: data[1:].decode("latin-1")}, base_path=("lin",)))


def read_if(data: bytes) -> None:
    """Read an ``If`` header: written again, its lists are the same."""
    text = data.decode("latin-1")
    with suppress(Refused):
        lists = if_header.parse(Request("PUT", ("f",), headers={"if": text}))
        assert lists
        again = "".join(if_header.written(each.conditions) for each in lists)
        found = if_header.parse(Request("PUT", ("f",), headers={"if": again}))
        assert [each.conditions for each in found] == [each.conditions for each in lists]


def read_paths(data: bytes) -> None:
    """Read paths and URLs: a path that is written again is the same path."""
    text = data.decode("latin-1")
    is_uri(text)
    with suppress(Refused):
        segments, _ = split(text)
        assert not any(segment in ("", ".", "..") or "/" in segment for segment in segments)
        assert split(href(segments))[0] == segments
    with suppress(Refused):
        on_server(text, "Destination")


def read_login(data: bytes) -> None:
    """Read an ``Authorization`` header."""
    text = data.decode("latin-1")
    read_user_name(text)
    with suppress(Refused):
        read_credentials(text)


def read_xml(data: bytes) -> None:
    """Read an XML body: what is stored of a property is well-formed alone, and has its name and text."""
    sent = {"content-type": "text/xml"}
    with suppress(Refused):
        read_propfind(Request("PROPFIND", (), headers=sent, body=data))
    with suppress(Refused):
        request = Request("PROPPATCH", (), headers=sent, body=data)
        root = properties.request_xml.parse(request)
        for each in properties.read(request, root, removal=True):
            if each.xml is not None:
                alone = etree.fromstring(each.xml)
                assert alone.tag == each.name
                assert properties.request_xml.text(alone) == each.text


def _check(items: list[BatchItem]) -> None:
    for item in items:
        assert not any(character in name + value for name, value in item.headers.items() for character in "\r\n")
        assert item.references is not None


def read_json(data: bytes) -> None:
    """Read a JSON batch, in both forms: the standard library reads whatever is understood, too."""
    for make in (JsonBatchReader, lambda: GraphBatchReader(strict=False)):
        with suppress(MalformedBatch):
            items = make().read(data)
            assert len(items) == len(json.loads(data)["requests"])
            _check(items)


def read_multipart(data: bytes) -> None:
    """Read a multipart batch, with the boundary ``b``."""
    with suppress(MalformedBatch):
        _check(multipart_reader.read(data, "multipart/mixed; boundary=b", frozenset({"GET"})))


def read_condition(data: bytes) -> None:
    """Read the ``if`` of a request in a batch: whatever is understood can be evaluated."""
    with suppress(if_expression.ExpressionError):
        found = if_expression.parse(data.decode("latin-1"))
        assert found.holds(lambda _: True) in (True, False)


def read_objects(data: bytes) -> None:
    """Read a stream of calendar objects or cards: each object alone has its UID."""
    for kind in calendar_data.KINDS:
        with suppress(Refused):
            for item in calendar_data.split(data, kind):
                if item.uid:
                    assert calendar_data.single(item.content, kind).uid == item.uid


_WEEK = TimeRange(1_767_225_600.0, 1_767_830_400.0)
_EXCERPT = CalendarExcerpt(expand=_WEEK)


def read_calendar(data: bytes) -> None:
    """Read a calendar object: one that is understood can be matched and expanded, or is refused then."""
    with suppress(Refused):
        found = calendar_reader.read(data)
        assert found.uid
        assert found.parts
        wanted = CompFilter("VCALENDAR", comps=(CompFilter(found.kind, span=_WEEK),))
        matches = CalendarMatcher(wanted, StepBudget()).matches(data, found)
        written = _EXCERPT.of(data, found, StepBudget())
        assert written.startswith("BEGIN:VCALENDAR")
        assert matches == (f"BEGIN:{found.kind}" in written) or found.kind not in EXPANDED


def read_card(data: bytes) -> None:
    """Read a vCard: one that is understood has a UID, and an excerpt with its version."""
    with suppress(Refused):
        found = card_reader.read(data)
        assert found.uid
        CardFilter("anyof", (PropFilter("FN", texts=(TextMatch("a", "i;unicode-casemap"),)),)).matches(found.root)
        assert "VERSION" in CardExcerpt({"FN": True}).of(data).upper()


def read_yaml(data: bytes) -> None:
    """Read a scenario file: each problem has its line and its column."""
    problems: list[FileProblem] = []
    try:
        load(data, "fuzz.yaml")
    except ScenarioError as error:
        problems = list(error.problems)
        escape(str(error))
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def read_dialect(data: bytes) -> None:
    """Read a dialect file: each problem has its line and its column, and a dialect without problems can be compiled."""
    problems: list[FileProblem] = []
    try:
        Dialect("fuzz", load_dialect(data, "fuzz.yaml").values, faults=True)
    except ScenarioError as error:
        problems = list(error.problems)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def read_pasted(data: bytes) -> None:
    """Diagnose a pasted text: its report can be printed, and written as JSON."""
    with suppress(UnreadableText):
        report = diagnose(data)
        assert as_text(report)
        assert report.exit_status in {0, 1, 2}
        json.dumps(as_data(report))


READERS: Mapping[str, Callable[[bytes], None]] = {
    "head": read_head,
    "chunks": read_chunks,
    "headers": read_headers,
    "if": read_if,
    "paths": read_paths,
    "login": read_login,
    "xml": read_xml,
    "json": read_json,
    "multipart": read_multipart,
    "condition": read_condition,
    "objects": read_objects,
    "calendar": read_calendar,
    "card": read_card,
    "yaml": read_yaml,
    "dialect": read_dialect,
    "pasted": read_pasted,
}
