"""aiowebdav2: its Client; COPY with ``depth="infinity"``, as for its relative webdavclient3."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from aiowebdav2.client import Client
from aiowebdav2.models import Property, PropertyRequest
from answering import Calls, Failure, Value, answer

RUNNER = asyncio.Runner()


def waited(call: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    """Make a call of a coroutine function in the one loop that there is."""

    def wait(*arguments: Any) -> Any:
        async def run() -> Any:
            return await call(*arguments)

        return RUNNER.run(run())

    return wait


def connect(url: str) -> Calls:
    async def made() -> Client:
        return Client(url, "", "")

    client = RUNNER.run(made())
    atexit.register(lambda: RUNNER.run(client.close()))
    held: dict[str, Any] = {}

    async def get(path: str) -> Value:
        return Value(b"".join([piece async for piece in await client.download_iter(path)]).decode())

    async def names(path: str) -> Value:
        return Value([name.rstrip("/").rpartition("/")[2] for name in await client.list_files(path)])

    async def mkdir(path: str) -> Any:
        return await client.mkdir(path) or Failure("returned False")

    async def proppatch(path: str, properties: list[list[str]]) -> Any:
        named = [Property(namespace=namespace, name=name, value=value) for namespace, name, value in properties]
        return await client.set_property_batch(path, named)

    async def propget(path: str, namespace: str, name: str) -> Value:
        found = await client.get_property(path, PropertyRequest(namespace=namespace, name=name))
        return Value(found.value if found else None)

    async def lock(path: str) -> str:
        held[path] = await client.lock(path)
        return "returned a LockClient"

    async def move(source: str, to: str) -> Any:
        return await client.move(source, to, overwrite=True)

    calls: dict[str, Callable[..., Awaitable[Any]]] = {
        "mkdir": mkdir,
        "put": lambda path, content: client.upload_iter(content, path),
        "list": names,
        "get": get,
        "proppatch": proppatch,
        "propget": propget,
        "copy": lambda source, to: client.copy(source, to, "infinity"),  # type: ignore[arg-type]
        "move": move,
        "lock": lock,
        "unlock": lambda path: held.pop(path).__aexit__(None, None, None),
        "delete": client.clean,
    }
    return {name: waited(call) for name, call in calls.items()}


answer(version("aiowebdav2"), connect)
