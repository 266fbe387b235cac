"""Read multipart answers to batches (OData Protocol 11.7.7): one answer in each part, change sets within."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message

from dav424.diagnosis.pasted import BodyFacts, PastedAnswer, SaidStatus, UnreadableText, said_of_part

_BOUNDARY = re.compile(rb"\s*--([^\r\n]{1,200}?)[ \t]*\r?\n")
_STATUS_LINE = re.compile(rb"\s*HTTP/[0-9.]+[ \t]+([1-5][0-9]{2})[^\n]*\n?")
_DEEPEST = 3
"""A batch has change sets in it, and no deeper multiparts."""


def is_multipart(answer: PastedAnswer) -> bool:
    """Say whether a body is multipart, by its type, or by its first line if there is no head."""
    kind = answer.media_type
    return kind.startswith("multipart/") or (not kind and _BOUNDARY.match(answer.body) is not None)


def read_multipart(answer: PastedAnswer, read_inner: Callable[[PastedAnswer], BodyFacts]) -> BodyFacts:
    """Read each part; ``read_inner`` reads the bodies in them. Raises ``UnreadableText`` if there is no part."""
    kind = answer.headers.get("content-type", "")
    if "boundary" not in kind.lower():
        first = _BOUNDARY.match(answer.body)
        if first is None:
            raise UnreadableText("The multipart body has no boundary. Paste the Content-Type of the answer too.")
        kind = f'multipart/mixed; boundary="{first[1].decode("latin-1")}"'
    try:
        message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace") + answer.body)
    except (MessageError, ValueError):
        raise UnreadableText("The multipart body is malformed. Paste the whole body.") from None
    said = tuple(_parts(message, "", read_inner, 0))
    if not said:
        raise UnreadableText("The multipart body has no answer in its parts. Paste the whole body.")
    return BodyFacts(shape="multipart batch", said=said)


def _parts(
    message: Message, prefix: str, read_inner: Callable[[PastedAnswer], BodyFacts], depth: int
) -> Iterator[SaidStatus]:
    payload = message.get_payload()
    for number, part in enumerate(payload if isinstance(payload, list) else (), 1):
        position = f"{prefix}{number}"
        if not isinstance(part, Message):
            continue
        if part.is_multipart():
            if depth < _DEEPEST:
                yield from _parts(part, f"{position}.", read_inner, depth + 1)
            continue
        content = part.get_payload(decode=True)
        line = _STATUS_LINE.match(content) if isinstance(content, bytes) else None
        if isinstance(content, bytes) and line is not None:
            yield from _answer(int(line[1]), content[line.end() :], position, read_inner)


def _answer(
    status: int, rest: bytes, position: str, read_inner: Callable[[PastedAnswer], BodyFacts]
) -> Iterator[SaidStatus]:
    inner = message_from_bytes(rest)
    body = inner.get_payload(decode=True)
    headers = {name.lower(): str(value) for name, value in inner.items()}
    answer = PastedAnswer(status=status, headers=headers, body=body if isinstance(body, bytes) else b"")
    try:
        facts = read_inner(answer)
    except UnreadableText:
        facts = BodyFacts()
    yield from said_of_part(position, answer, facts)
