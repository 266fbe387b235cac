"""webdavclient3: its Client; COPY with ``depth="infinity"``, because RFC 4918 9.8.3 has no COPY of depth 1."""

from __future__ import annotations

from importlib.metadata import version
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from answering import Calls, Failure, Value, answer
from webdav3.client import Client


def connect(url: str) -> Calls:
    parts = urlsplit(url)
    client = Client({"webdav_hostname": f"{parts.scheme}://{parts.netloc}", "webdav_root": parts.path})
    held: dict[str, Any] = {}

    def get(path: str) -> Value:
        into = BytesIO()
        client.download_from(into, path)
        return Value(into.getvalue().decode())

    def proppatch(path: str, properties: list[list[str]]) -> Any:
        named = [{"namespace": namespace, "name": name, "value": value} for namespace, name, value in properties]
        return client.set_property_batch(path, named)

    def propget(path: str, namespace: str, name: str) -> Value:
        return Value(client.get_property(path, {"namespace": namespace, "name": name}))

    def mkdir(path: str) -> Any:
        return client.mkdir(path) or Failure("returned False")

    def lock(path: str) -> str:
        held[path] = client.lock(path)
        return "returned a LockClient"

    return {
        "mkdir": mkdir,
        "put": lambda path, content: client.upload_to(content, path),
        "list": lambda path: Value(client.list(path)),
        "get": get,
        "proppatch": proppatch,
        "propget": propget,
        "copy": lambda source, to: client.copy(source, to, depth="infinity"),
        "move": lambda source, to: client.move(source, to, overwrite=True),
        "lock": lock,
        "unlock": lambda path: held.pop(path).__exit__(None, None, None),
        "delete": client.clean,
    }


answer(version("webdavclient3"), connect)
