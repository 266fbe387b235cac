"""A long answer: padding makes a multistatus as large as a scenario wants it, and no memory holds it whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from lxml import etree
from msgspec import Meta, field
from msgspec.structs import replace

from dav424.core.message import SizedBody
from dav424.core.namespaces import DAV
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import multistatus, parsed

_PIECE = 1 << 16
_LONGEST_COMMENT = 1000


class Padding(Fault, frozen=True, kw_only=True, tag="padding"):
    """The fault pads the XML of an answer before the end of its root element, with white space, comments or responses.

    The server writes the padding while it sends it. ``responses`` repeats the last response of a multistatus.
    """

    bytes: Annotated[
        int, Meta(ge=1, le=1_000_000_000, description="The size that the body gets at least (default: 50,000,000).")
    ] = 50_000_000
    filling: Annotated[
        Literal["white-space", "comments", "responses"], Meta(description="What the padding is made of.")
    ] = field(default="white-space", name="with")

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Write the padding before the end tag of the root element."""
        root, body = parsed(answer), answer.body
        if root is None or not isinstance(body, bytes) or len(body) >= self.bytes:
            return None
        unit = _unit(self.filling, answer)
        at = body.rfind(b"</")
        if at < 0 or not unit:
            return None
        times = -((len(body) - self.bytes) // len(unit))
        length = len(body) + times * len(unit)
        padded = SizedBody(length, _pieces(body[:at], unit, times, body[at:]))
        return Spoilt(replace(answer.response, body=padded), f"padded the body to {length} bytes with {self.filling}")


def _unit(filling: str, answer: AnswerToSpoil) -> bytes:
    """Give the bytes to repeat; none if they would be a response, and the answer has none."""
    if filling == "white-space":
        return b" " * 79 + b"\n"
    if filling == "comments":
        return b"<!--" + b"fault " * (_LONGEST_COMMENT // 6) + b"-->\n"
    root = multistatus(answer)
    responses = root.findall(f"{DAV}response") if root is not None else []
    return etree.tostring(responses[-1], encoding="utf-8", with_tail=False) + b"\n" if responses else b""


def _pieces(begin: bytes, unit: bytes, times: int, end: bytes) -> Iterator[bytes]:
    """Write the body in pieces of about 64 KiB."""
    yield begin
    at_once = max(1, _PIECE // len(unit))
    block = unit * at_once
    for _ in range(times // at_once):
        yield block
    yield unit * (times % at_once) + end
