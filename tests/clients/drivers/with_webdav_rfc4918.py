"""webdav-rfc4918: its FileSystem, and none of its lower layers."""

from __future__ import annotations

from contextlib import ExitStack
from importlib.metadata import version
from io import BytesIO
from typing import Any

import webdav
from answering import Calls, Value, answer


def connect(url: str) -> Calls:
    files = webdav.FileSystem(url)
    held: dict[str, ExitStack] = {}

    def get(path: str) -> Value:
        with files.open(path, "rb") as document:
            return Value(document.read().decode())

    def named(properties: list[list[str]]) -> dict[Any, str]:
        return {(namespace, name): value for namespace, name, value in properties}

    def propget(path: str, namespace: str, name: str) -> Value:
        return Value(files.get_props(path, props=[(namespace, name)]).text(namespace, name))

    def lock(path: str) -> str:
        stack = ExitStack()
        stack.enter_context(files.locked(path))
        held[path] = stack
        return "returned the lock"

    return {
        "mkdir": files.mkdir,
        "put": lambda path, content: files.upload_fileobj(BytesIO(content.encode()), path, overwrite=True),
        "list": lambda path: Value([found.name.rstrip("/").rpartition("/")[2] for found in files.ls(path)]),
        "get": get,
        "proppatch": lambda path, properties: files.set_props(path, set_props=named(properties)),
        "propget": propget,
        "mkcol": lambda path, properties: files.mkdir(path, set_props=named(properties)),
        "copy": lambda source, to: files.copy(source, to, overwrite=True),
        "move": lambda source, to: files.move(source, to, overwrite=True),
        "lock": lock,
        "unlock": lambda path: held.pop(path).close(),
        "delete": files.remove,
    }


answer(version("webdav-rfc4918"), connect)
