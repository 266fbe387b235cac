"""Cut a pasted text into answers: raw heads and bodies, the output of ``curl -i`` and ``curl -v``, or a body alone.

    $ curl -i -X PROPPATCH ...      a command: the method, if it has one
    > PROPPATCH /a.txt HTTP/1.1     the head of a request, raw or as curl -v prints it
    < HTTP/1.1 207 Multi-Status     the head of an answer
    <D:multistatus ...>             its body, which ends where its format ends

Each search starts where the last one ended, so that the time is linear in the length of the text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from dav424.diagnosis.pasted import PastedAnswer, UnreadableText, looks_like_json
from dav424.diagnosis.sentences import read_sentences

_HEAD = re.compile(
    rb"^(?:(?:HTTP/[0-9.]{1,3}|Status:|:status:?|status:)[ \t]+([1-5][0-9]{2})(?![0-9])[^\r\n]*"
    rb"|([A-Z][A-Z-]{1,19})[ ](\S{1,8000})[ ]HTTP/[0-9.]{1,3})\r?$",
    re.MULTILINE,
)
"""The first line of an answer, with its status, or of a request, with its method and target."""
_SHORT_STATUS = re.compile(
    rb"\A\s*(?:HTTP[ \t]+)?([1-5][0-9]{2})(?:[ \t]+[A-Za-z][A-Za-z '-]{0,60})?[ \t]*\r?(?:\n|\Z)"
)
_FIELD = re.compile(rb"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([^\r\n]*)\Z")
_METHOD_OF_CURL = re.compile(
    rb"^[ \t$#%>]*curl\b[^\r\n]*?(?:-X[ \t]*|--request[ \t=]+)['\"]?([A-Za-z-]{2,20})", re.MULTILINE
)
_HEAD_OF_CURL = re.compile(rb"^[ \t$#%>]*curl\b[^\r\n]*?[ \t](?:-[a-zA-Z]*I|--head)\b", re.MULTILINE)
_VERBOSE = re.compile(rb"^(?:< HTTP/|> [A-Z-]+ \S+ HTTP/)", re.MULTILINE)
_REMARKS = (b"* ", b"{ [", b"} [")
_ROOT = re.compile(
    rb"\s*+(?:\xef\xbb\xbf)?(?:<\?[^>]*+>\s*+|<!--(?:[^-]|-(?!->))*+-->\s*+|<![A-Za-z][^>]*+>\s*+)*+<([^\s<>/!?]++)[^<>]*+>"
)
_BOUNDARY = re.compile(rb"boundary=\"?([^\s\";,]{1,200})", re.IGNORECASE)
_FIRST_BOUNDARY = re.compile(rb"\s*--([^\s]{1,200})\r?\n")
_MOST_ABSENT = 100
_WITHOUT_BODY = frozenset({204, 304})
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ")


def split_text(text: bytes) -> list[PastedAnswer]:
    """Cut a text into its answers, in their order. Raises ``UnreadableText`` for a text without any."""
    text = _decoded(text)
    if not text.strip():
        raise UnreadableText("The text is empty. Paste the answer of the server, as curl -i prints it.")
    if _VERBOSE.search(text):
        text = _without_marks(text)
    boundary = _FIRST_BOUNDARY.match(text)
    if boundary is not None and b"--" + boundary[1] + b"--" in text:
        return [_bare(text)]
    answers = list(_answers(text))
    if answers or text.lstrip().startswith(b"<") or looks_like_json(text) or _SHORT_STATUS.match(text):
        return answers or [_bare(text)]
    return read_sentences(text) or [_bare(text)]


def _decoded(text: bytes) -> bytes:
    """Turn UTF-16 with a byte order mark into UTF-8; refuse compressed text."""
    if text.startswith(_COMPRESSED):
        raise UnreadableText(
            "The text is compressed. Unpack it first: nothing here opens an archive (try curl --compressed)."
        )
    if text.startswith(_UTF16):
        return text.decode("utf-16", "replace").encode()
    return text.removeprefix(codecs.BOM_UTF8)


def _without_marks(text: bytes) -> bytes:
    """Take away the marks at the lines of ``curl -v``, and its remarks."""
    lines = []
    for line in text.split(b"\n"):
        if line.startswith((b"> ", b"< ")):
            lines.append(line[2:])
        elif line.rstrip() in {b">", b"<"}:
            lines.append(b"")
        elif not line.startswith(_REMARKS) and line.strip() != b"*":
            lines.append(line)
    return b"\n".join(lines)


class _Request:
    """The parts of the request that came before an answer."""

    def __init__(self) -> None:
        self.method = self.target = ""
        self.headers: dict[str, str] = {}
        self.body = b""


class _Search:
    """Finds texts; one that was not found once is not looked for again, since each search begins after the last one.

    After ``_MOST_ABSENT`` texts that are nowhere, nothing is found any more: a text made for it would take the square of its
    length.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._absent: set[bytes] = set()

    def find(self, wanted: bytes, start: int) -> int:
        """Find the position of a text; -1 if it is not there."""
        hopeless = wanted in self._absent or len(self._absent) >= _MOST_ABSENT
        place = -1 if hopeless else self._text.find(wanted, start)
        if place < 0:
            self._absent.add(wanted)
        return place


def _answers(text: bytes) -> Iterator[PastedAnswer]:
    position, request, search = 0, _Request(), _Search(text)
    while (found := _HEAD.search(text, position)) is not None:
        _learn_method(text[position : found.start()], request)
        headers, start = _fields(text, found.end())
        if found[1] is None:
            request.method, request.target, request.headers = (
                found[2].decode(),
                found[3].decode("utf-8", "replace"),
                headers,
            )
            position = _end_of_body(text, start, headers, search)
            request.body = text[start:position].strip()
            continue
        status = int(found[1])
        if status < 200:
            position = start
            continue
        bodiless = status in _WITHOUT_BODY or request.method == "HEAD"
        position = start if bodiless else _end_of_body(text, start, headers, search)
        yield PastedAnswer(
            status=status,
            headers=headers,
            body=text[start:position].strip(),
            method=request.method,
            target=request.target,
            request_headers=request.headers,
            request_body=request.body,
        )
        request = _Request()


def _learn_method(text: bytes, request: _Request) -> None:
    """Take the method from a command of curl that was pasted before its answer."""
    if request.method:
        return
    methods = _METHOD_OF_CURL.findall(text)
    if methods:
        request.method = methods[-1].decode().upper()
    elif _HEAD_OF_CURL.search(text):
        request.method = "HEAD"


def _fields(text: bytes, start: int) -> tuple[dict[str, str], int]:
    """Read the header fields behind a first line; gives them, and where the body begins."""
    fields: dict[str, list[str]] = {}
    position = _next_line(text, start)
    while position < len(text):
        end = _next_line(text, position)
        line = text[position:end].strip(b"\r\n")
        if not line.strip():
            return _joined(fields), end
        field = _FIELD.match(line)
        if field is None:
            return _joined(fields), position
        name = field[1].decode("ascii").lower()
        fields.setdefault(name, []).append(field[2].decode("utf-8", "replace").strip())
        position = end
    return _joined(fields), position


def _joined(fields: dict[str, list[str]]) -> dict[str, str]:
    return {name: ", ".join(values) for name, values in fields.items()}


def _next_line(text: bytes, position: int) -> int:
    end = text.find(b"\n", position)
    return len(text) if end < 0 else end + 1


def _end_of_body(text: bytes, start: int, headers: dict[str, str], search: _Search) -> int:
    """Find where a body ends: by its Content-Length if a head or nothing follows there, else by its format."""
    length = headers.get("content-length", "")
    if length.isdecimal() and len(length) < 15:
        end = start + int(length)
        if end <= len(text) and (not text[end : end + 500].strip() or _HEAD.match(text, _skip_space(text, end))):
            return end
    boundary = _BOUNDARY.search(headers.get("content-type", "").encode()) or _FIRST_BOUNDARY.match(text, start)
    if boundary is not None and (end := search.find(b"--" + boundary[1] + b"--", start)) >= 0:
        return end + len(boundary[1]) + 4
    root = _ROOT.match(text, start)
    if root is not None:
        if root[0].endswith(b"/>"):
            return root.end()
        closing = search.find(b"</" + root[1], root.end())
        if closing >= 0:
            return text.find(b">", closing) + 1 or len(text)
    head = _HEAD.search(text, start)
    return head.start() if head is not None else len(text)


def _skip_space(text: bytes, position: int) -> int:
    while position < len(text) and text[position] in b" \t\r\n":
        position += 1
    return position


def _bare(text: bytes) -> PastedAnswer:
    """Read a text without the head of an answer: a body alone, or a short status such as ``424 Failed Dependency``."""
    status = _SHORT_STATUS.match(text)
    if status is None:
        return PastedAnswer(body=text.strip())
    headers, start = _fields(text, status.end() - 1)
    return PastedAnswer(status=int(status[1]), headers=headers, body=text[start:].strip())
