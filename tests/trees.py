"""The tiny language of trees: what a scenario has, and what a client sees of it.

    /c/ /c/a=1 /c/b=2!

A collection ends in a slash, a document has its content behind ``=``, and ``!`` marks the root of a lock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

from lxml import etree

from dav424.proof.play import Answer
from tests.client import Client, told

XML = {"Content-Type": "application/xml"}
_SEEN = '<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:lockdiscovery/></D:prop></D:propfind>'


def scenario(tree: str, *causes: str, atomic: bool = False) -> str:
    """Write a scenario: what is marked with ``!`` is locked by somebody else, with all below it."""
    nodes: dict[str, dict[str, str]] = {}
    locks = []
    for word in tree.split():
        path, _, content = word.rstrip("!").partition("=")
        nodes[path] = {} if path.endswith("/") else {"content": content}
        if word.endswith("!"):
            locks.append(f"{{id: lock{path.replace('/', '.')}, kind: lock, path: {path}}}")
    said = f"causes: [{', '.join((*causes, *locks))}]\n" if causes or locks else ""
    return f"tree: {json.dumps(nodes)}\natomic: {str(atomic).lower()}\n{said}"


def tree(client: Client, top: str = "/") -> str:
    """Read everything below a path, the documents with their contents, and mark the roots of locks."""
    answer = client("PROPFIND", top, _SEEN, {**XML, "Depth": "infinity"})
    assert answer.status == 207, answer
    words = []
    for response in etree.fromstring(answer.body).iterfind("{DAV:}response"):
        href = response.findtext("{DAV:}href") or ""
        path = href.removeprefix(client.base)
        roots = [root.text for root in response.iterfind(".//{DAV:}lockroot/{DAV:}href")]
        content = "" if path.endswith("/") else "=" + client("GET", path).body.decode()
        words.append(unquote(path) + content + ("!" if href in roots else ""))
    return " ".join(word for word in words if word != "/")


def do(client: Client, line: str, headers: Mapping[str, str] | None = None) -> str:
    """Carry out ``METHOD /path``, for COPY and MOVE with the destination behind it, for PUT with the content."""
    method, path, *rest = line.split()
    sent = dict(headers or {})
    if method in ("COPY", "MOVE") and rest:
        sent["Destination"] = "{base}" + rest[0]
    return told(client(method, path, rest[0] if method == "PUT" and rest else "", sent))


def lockinfo(scope: str = "exclusive", owner: str = "") -> str:
    """Write the body of a LOCK."""
    return (
        f'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{scope}/></D:lockscope>'
        f"<D:locktype><D:write/></D:locktype>{owner}</D:lockinfo>"
    )


def lock(client: Client, path: str, headers: Mapping[str, str] | None = None, *, scope: str = "exclusive") -> Answer:
    """Ask for a lock."""
    return client("LOCK", path, lockinfo(scope), {**XML, **(headers or {})})


def token(client: Client, path: str, headers: Mapping[str, str] | None = None, *, scope: str = "exclusive") -> str:
    """Lock something that can be locked; gives the token in its angle brackets."""
    answer = lock(client, path, headers, scope=scope)
    assert answer.status in (200, 201), answer
    return answer.headers["Lock-Token"]


def holding(*pairs: str) -> dict[str, str]:
    """Write an If header of tagged lists: path, token, path, token and so on."""
    return {"If": " ".join(f"<{{base}}{path}> ({held})" for path, held in zip(pairs[::2], pairs[1::2], strict=True))}


def named(client: Client, answer: Answer) -> list[str]:
    """List the hrefs in an answer, decoded and from the scenario's root."""
    return [
        unquote(href.text or "").removeprefix(client.base) for href in etree.fromstring(answer.body).iter("{DAV:}href")
    ]
