"""webdav4: its Client; properties with its ``request``, which checks a 207 and raises for a failure in it."""

from __future__ import annotations

from importlib.metadata import version
from io import BytesIO
from typing import Any

import webdav4.client
from answering import XML, Calls, Value, answer, mkcol, propertyupdate


def connect(url: str) -> Calls:
    client = webdav4.client.Client(url, retry=False)

    def get(path: str) -> Value:
        into = BytesIO()
        client.download_fileobj(path, into)
        return Value(into.getvalue().decode())

    def names(path: str) -> Value:
        return Value([name.rpartition("/")[2] for name in client.ls(path, detail=False)])

    def proppatch(path: str, properties: list[list[str]]) -> str:
        return f"returned {client.request('PROPPATCH', path, content=propertyupdate(properties), headers=XML)!r}"

    def mkcol_with(path: str, properties: list[list[str]]) -> str:
        return f"returned {client.request('MKCOL', path, content=mkcol(properties), headers=XML)!r}"

    def put(path: str, content: str) -> Any:
        return client.upload_fileobj(BytesIO(content.encode()), path, overwrite=True)

    return {
        "mkdir": client.mkdir,
        "put": put,
        "list": names,
        "get": get,
        "proppatch": proppatch,
        "mkcol": mkcol_with,
        "copy": lambda source, to: client.copy(source, to, overwrite=True),
        "move": lambda source, to: client.move(source, to, overwrite=True),
        "delete": client.remove,
    }


answer(version("webdav4"), connect)
