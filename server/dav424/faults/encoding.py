"""XML in another encoding of Unicode, with a byte order mark (XML 4.3.3, RFC 7303 3)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt
from dav424.faults.xml_answer import is_xml

_CODECS = {
    "utf-16": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16be": ("utf-16-be", codecs.BOM_UTF16_BE),
    "utf-8-bom": ("utf-8", codecs.BOM_UTF8),
}
"""By the setting: the codec, and the byte order mark."""
_DECLARED = re.compile(r'^(<\?xml [^>]*?encoding=")[^"]*(")')


class OtherEncoding(Fault, frozen=True, kw_only=True, tag="encoding"):
    """The fault writes the XML of an answer in UTF-16, or in UTF-8 with a byte order mark.

    The answer stays right: the mark, the XML declaration and the charset of ``Content-Type`` say the same. XML 2.2 asks
    every parser to read both encodings.
    """

    to: Annotated[
        Literal["utf-16", "utf-16be", "utf-8-bom"],
        Meta(description="The encoding: UTF-16 (little-endian or big-endian) or UTF-8, each with a byte order mark."),
    ] = "utf-16"

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Write the body in the other encoding; a streamed one while it is sent."""
        if not is_xml(answer):
            return None
        headers = [
            (name, self._typed(value) if name.lower() == "content-type" else value)
            for name, value in answer.response.headers
        ]
        body = answer.body
        pieces = self._encoded([body] if isinstance(body, bytes) else body)
        changed = replace(
            answer.response, headers=headers, body=b"".join(pieces) if isinstance(body, bytes) else pieces
        )
        return Spoilt(changed, f"wrote the XML in {self.to}")

    def _typed(self, value: str) -> str:
        return f"{value.partition(';')[0].strip()}; charset={_CODECS[self.to][0][:6].rstrip('-')}"

    def _encoded(self, body: Iterable[bytes]) -> Iterator[bytes]:
        codec, mark = _CODECS[self.to]
        decoder, name = codecs.getincrementaldecoder("utf-8")(), codec[:6].rstrip("-")
        first = True
        for piece in body:
            text = decoder.decode(piece)
            if first and text:
                text = _DECLARED.sub(rf"\g<1>{name}\g<2>", text)
                yield mark
                first = False
            yield text.encode(codec)
