"""Read the captures: exchanges that real servers had, one after the other, in ``captures/NAME.http``.

--- [case] >>> METHOD /path
    Header: value               request headers, indented
body of the request
<<< 207 Multi-Status
    Header: value               response headers, indented
body of the answer
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

FILES = sorted((Path(__file__).parent / "captures").glob("*.http"))
_FIRST_LINE = re.compile(r"^--- \[(\w+)\] >>> (\S+) (\S+)$", re.MULTILINE)


class Message(Struct, frozen=True):
    """The headers, as they were written, and the body of a request or an answer."""

    headers: list[str]
    body: str

    def header(self, name: str) -> str | None:
        """Give the value of a header; None if the message does not have it."""
        return next((value for key, _, value in (each.partition(": ") for each in self.headers) if key == name), None)

    def raw(self, first_line: str) -> str:
        """Write the message as it was on the wire."""
        return "\r\n".join([first_line, *self.headers, "", self.body])


class Capture(Struct, frozen=True):
    """One exchange of one server; ``case`` is the letter of the case that the head of the file explains."""

    server: str
    case: str
    method: str
    target: str
    status: int
    request: Message
    answer: Message

    @property
    def name(self) -> str:
        """A name for a test."""
        return f"{self.server}-{self.case}-{self.method}-{self.target.strip('/').replace('/', '-')}"

    def request_text(self) -> str:
        """The request as raw HTTP."""
        return self.request.raw(f"{self.method} {self.target} HTTP/1.1")

    def answer_text(self) -> str:
        """The answer as raw HTTP, without a reason phrase."""
        return self.answer.raw(f"HTTP/1.1 {self.status}")


def captures() -> Iterator[Capture]:
    """Read all captures of all servers."""
    for file in FILES:
        text = file.read_text()
        heads = list(_FIRST_LINE.finditer(text))
        for head, after in zip(heads, [*heads[1:], None], strict=True):
            yield _capture(file.stem, head, text[head.end() : after.start() if after else len(text)])


def _capture(server: str, head: re.Match[str], rest: str) -> Capture:
    sent, _, came = rest.partition("\n<<< ")
    status, _, answer = came.partition("\n")
    return Capture(
        server, head[1], head[2], head[3], int(status.split()[0]), _message(sent.removeprefix("\n")), _message(answer)
    )


def _message(text: str) -> Message:
    lines = text.split("\n")
    count = next((place for place, line in enumerate(lines) if not line.startswith("    ")), len(lines))
    return Message([line.strip() for line in lines[:count]], "\n".join(lines[count:]).strip())
