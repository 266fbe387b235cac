"""Read one pasted answer: its status line, its headers, and its body in whichever format it is."""

from __future__ import annotations

import re

from msgspec.structs import replace

from dav424.diagnosis.json_body import read_json, tool_server_facts
from dav424.diagnosis.multipart_body import is_multipart, read_multipart
from dav424.diagnosis.pasted import BODY, HEADER, BodyFacts, PastedAnswer, SaidStatus, SaidThing, looks_like_json
from dav424.diagnosis.xml_body import is_html, read_html, read_xml

_LINK = re.compile(r'<([^<>]*)>\s*;\s*rel="urn:dav424:failed-dependency"\s*;\s*status=([1-5][0-9]{2})')
_NAMELESS = frozenset({"model error", "tool server error"})
_AZURE_STATUS = "ms-azureml-model-error-statuscode"
_AZURE_REASON = "ms-azureml-model-error-reason"


def read_answer(answer: PastedAnswer) -> BodyFacts:
    """Give what an answer says in its body and its headers. Raises ``UnreadableText`` for a body that can't be read."""
    facts = _read_body(answer)
    named = _in_headers(answer, {entry.thing.href for entry in facts.said})
    if not named:
        return facts
    if facts.shape in _NAMELESS:  # the header names the failure that the body only describes
        return replace(facts, said=tuple(replace(entry, description=facts.description) for entry in named))
    return replace(facts, said=(*facts.said, *named))


def _read_body(answer: PastedAnswer) -> BodyFacts:
    """Choose the reader by what the body looks like: a pasted head can be absent, and servers name wrong types."""
    start = answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if is_multipart(answer):
        return read_multipart(answer, _read_body)
    if start == b"<":
        return _read_page(answer) if is_html(answer.body) else read_xml(answer.body)
    if looks_like_json(answer.body) and not answer.media_type.startswith("text/plain"):
        return read_json(answer, _read_body)
    sentence = " ".join(answer.body[:500].decode("utf-8", "replace").split())
    if "MCP server" in sentence:
        return tool_server_facts(sentence)
    return BodyFacts(shape="text" if sentence else "", description=sentence)


def _read_page(answer: PastedAnswer) -> BodyFacts:
    status, sentence = read_html(answer.body)
    if answer.status is not None or status is None:
        return BodyFacts(shape="page", description=sentence)
    said = SaidStatus(thing=SaidThing(), status=status, where=BODY, description=sentence)
    return BodyFacts(shape="page", said=(said,), description=sentence)


def _in_headers(answer: PastedAnswer, known: set[str]) -> tuple[SaidStatus, ...]:
    """Read the failures that headers name: ``Link`` of this server, and those of Azure Machine Learning."""
    links = _LINK.findall(answer.headers.get("link", ""))
    said = [
        SaidStatus(thing=SaidThing(href=href), status=int(status), where=HEADER)
        for href, status in links
        if href not in known
    ]
    status = answer.headers.get(_AZURE_STATUS, "")
    if status and not links:
        said.append(
            SaidStatus(
                thing=SaidThing(href="the model behind the endpoint"),
                status=int(status) if status.isdecimal() and len(status) == 3 else None,
                where=HEADER,
                description=answer.headers.get(_AZURE_REASON, ""),
            )
        )
    return tuple(said)
