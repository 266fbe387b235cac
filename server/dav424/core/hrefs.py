"""How the URLs in the response to one request are written: they begin as its Request-URI was sent (RFC 4918 8.3).

    Request-URI  /me%40x.org/       href of a member  /me%40x.org/a@b.txt
    canonical    /me@x.org/                           /me@x.org/a@b.txt

Clients compare hrefs with the URL that they sent, often as text. The rest of an href is in the canonical form of
``paths.href``. URLs at or below the ``Destination`` begin as that was sent.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.memory import Remembered
from dav424.core.paths import Path, href, on_server, split
from dav424.core.patterns import pattern

_SLASHES = pattern(r"/+")
_SEGMENT = pattern(r"/+[^/]+")
_SAFE = "/%!$&'()*+,;=:@~"


class Spelling(Struct, frozen=True):
    """The path of a URL as it was sent, and in canonical form: a piece for each segment, with the slashes before it.

    ``end`` holds the slashes at the end. ``below`` is the beginning of each canonical path below it, and ``below_sent`` the
    same as it was sent: most hrefs of a large response are there.
    """

    sent: tuple[str, ...]
    canonical: tuple[str, ...]
    end: str
    below: str
    below_sent: str

    def shared_with(self, segments: list[str]) -> int:
        """Count the segments at the beginning of a canonical path that this URL has too."""
        count = 0
        for own, other in zip(self.canonical, segments, strict=False):
            if own != other:
                break
            count += 1
        return count

    def spell(self, segments: list[str], shared: int) -> str:
        """Write a canonical path so that its ``shared`` segments at the beginning are spelled as they were sent."""
        begin = "".join(self.sent[:shared])
        if shared == len(segments):
            return begin
        slash = _SLASHES.match(self.sent[shared] if shared < len(self.sent) else self.end or "/")
        return begin + (slash[0] if slash else "/") + "/".join(segments[shared:])


class Base(Struct, frozen=True):
    """The path of a world as canonical URLs begin, such as ``/NAME``; and the spellings of the URLs in the request.

    Without ``spellings``, the request spelled all of its URLs as the server does.
    """

    path: str = ""
    spellings: tuple[Spelling, ...] = ()

    def __str__(self) -> str:
        """Give the path in canonical form."""
        return self.path

    def url(self, path: str) -> str:
        """Write the URL of a canonical path in the world, such as that of ``paths.href``."""
        written = self.path + path
        if not self.spellings:
            return written
        first = self.spellings[0]
        if len(self.spellings) == 1 and written.startswith(first.below):
            return first.below_sent + written[len(first.below) :]
        segments = written.split("/")[1:]
        best = max(self.spellings, key=lambda spelling: spelling.shared_with(segments))
        shared = best.shared_with(segments)
        return best.spell(segments, shared) if shared else written


def spellings(sent: str, segments: Path, destination: str | None = None) -> tuple[Spelling, ...]:
    """Give the spellings of a Request-URI and of a ``Destination``; none if both are in the canonical form.

    ``sent`` is the path of the Request-URI, and ``segments`` are its decoded segments, both from the root of the server.
    """
    urls = [(sent, segments)]
    if destination is not None:
        reference = destination.strip(" \t")
        try:
            resolved = on_server(reference, "Destination")
        except Refused:
            resolved = None  # the method refuses it
        if resolved is not None:
            urls.append((urlsplit(reference).path, resolved[0]))
    if all(map(_is_canonical, urls)):
        return ()
    return tuple(_pieces(path, names) for path, names in urls)


def read(sent: str, destination: str | None = None) -> tuple[Path, bool, tuple[Spelling, ...]]:
    """Read the path of a Request-URI: its segments, whether it ends in a slash, and the spellings of both URLs.

    Refuses as ``split`` does.
    """
    segments, slash = split(sent)
    return segments, slash, spellings(sent, segments, destination)


READ = Remembered(read, most=1000)
"""The same for a path without a ``Destination``, which is not read again."""


def _is_canonical(url: tuple[str, Path]) -> bool:
    sent, segments = url
    plain = "/".join(["", *segments])
    if not segments or sent in (plain, plain + "/"):
        return True  # nothing in it was encoded
    own = href(segments)
    return sent in (own, own + "/")


def _pieces(sent: str, segments: Path) -> Spelling:
    """Split a path. A client could have sent characters that no URL has: they are encoded."""
    path = "/" + quote(sent, safe=_SAFE, encoding="latin-1").lstrip("/")  # "//" would begin the name of a host
    begin = path.rstrip("/")
    end = path[len(begin) :]
    canonical = href(segments) if segments else ""
    return Spelling(
        tuple(_SEGMENT.findall(begin)), tuple(canonical.split("/")[1:]), end, canonical + "/", begin + (end or "/")
    )
