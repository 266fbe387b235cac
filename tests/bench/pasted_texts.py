"""Texts for ``dav424 diagnose``, in any size: each has a form that costs a careless reader the square of its length."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_HEAD = "HTTP/1.1 207 Multi-Status\nContent-Type: application/xml\n\n"
_MEMBER = "<D:response><D:href>/box/a{}.txt</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>"
_ABOVE = "<D:response><D:href>/d{}/</D:href><D:status>HTTP/1.1 424 X</D:status></D:response>"
_PAIR = (
    "<D:response><D:href>/box/a{}.txt</D:href><D:propstat><D:prop><a/></D:prop><D:status>HTTP/1.1 424 X</D:status></D:propstat>"
    "<D:propstat><D:prop><b/></D:prop><D:status>HTTP/1.1 403 X</D:status></D:propstat></D:response>"
)
_PART = "--r\nContent-Type: application/http\n\nHTTP/1.1 424 X\n\n\n"


def _multistatus(*pieces: str) -> str:
    return f"{_HEAD}<D:multistatus xmlns:D='DAV:'>{''.join(pieces)}</D:multistatus>"


def _numbered(piece: str, size: int) -> str:
    """Repeat a piece with a number in it up to a size in characters."""
    return "".join(piece.format(number) for number in range(max(size // (len(piece) + 4), 1)))


def _two_propstats(size: int) -> str:
    names = range(size // 16)
    failed, dependent = "".join(f"<b{name}/>" for name in names), "".join(f"<a{name}/>" for name in names)
    propstats = f"<D:propstat><D:prop>{failed}</D:prop><D:status>HTTP/1.1 403 X</D:status></D:propstat>"
    propstats += f"<D:propstat><D:prop>{dependent}</D:prop><D:status>HTTP/1.1 424 X</D:status></D:propstat>"
    return _multistatus(f"<D:response><D:href>/a</D:href>{propstats}</D:response>")


def _batch(size: int) -> str:
    """Write a batch with its request: groups of 90, each of which depends on the one before it."""
    numbers = range(size // 90)
    requests = ",".join(
        f'{{"id":"{n}","atomicityGroup":"g{n // 90}","dependsOn":["g{max(n // 90 - 1, 0)}"]}}' for n in numbers
    )
    responses = ",".join(f'{{"id":"{n}","status":424}}' for n in numbers)
    return f'POST / HTTP/1.1\n\n{{"requests":[{requests}]}}\nHTTP/1.1 200 OK\n\n{{"responses":[{responses}]}}'


def pasted_texts() -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Give the names of the texts, and functions that write them in a size in bytes."""
    ways: dict[str, Callable[[int], str]] = {
        "members": lambda size: _multistatus(_numbered(_MEMBER, size)),
        "properties of many resources": lambda size: _multistatus(_numbered(_PAIR, size)),
        "two propstats": _two_propstats,
        "collections above members": lambda size: _multistatus(_numbered(_ABOVE, size // 2), _numbered(_MEMBER, size // 2)),
        "answers": lambda size: "HTTP/1.1 423 Locked\n\n" * (size // 21),
        "requests": lambda size: "GET / HTTP/1.1\n\n" * (size // 16),
        "fields": lambda size: "HTTP/1.1 200 OK\n" + "a: b\n" * (size // 5),
        "curl -v": lambda size: "> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n" * (size // 36),
        "boundaries": lambda size: _numbered("HTTP/1.1 200 OK\n\n--a{}\n", size),
        "open elements": lambda size: _numbered("HTTP/1.1 200 OK\n\n<a{}>\n", size),
        "open comments": lambda size: "<!--" * (size // 4),
        "open tags": lambda size: "<html>" + "<p" * (size // 2),
        "a batch with its request": _batch,
        "a multipart batch": lambda size: f"HTTP/1.1 200 OK\nContent-Type: multipart/mixed; boundary=r\n\n{_PART * (size // len(_PART))}--r--\n",
        "links": lambda size: "HTTP/1.1 424 X\nLink: " + "<a" * (size // 2) + "\n\n",
        "words": lambda size: "status code " * (size // 12),
        "commands": lambda size: "curl " * (size // 5) + "-X PUT\nHTTP/1.1 423 L\n\n",
        "spaces": lambda size: " " * size + "x",
    }  # fmt: skip
    for name, way in ways.items():
        yield f"diagnose: {name}", lambda size, way=way: way(size).encode()
