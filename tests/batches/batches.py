"""Batches in tests: request objects in a line, and what came of each in a word.

put("1", "a.txt"), put("2", "b.txt", dependsOn=["1"])   ->   "1 423, 2 424"
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from dav424.proof.play import Answer
from tests.client import Client

TEXT = {"content-type": "text/plain"}
JSON = {"Content-Type": "application/json"}
Object = dict[str, Any]


def put(name: str, url: str, body: str = "x", /, headers: Mapping[str, str] | None = None, **more: Any) -> Object:
    """Write a request object that puts a text; ``more`` are its other members."""
    return {"id": name, "method": "put", "url": url, "headers": {**TEXT, **(headers or {})}, "body": body, **more}


def ask(name: str, method: str, url: str, headers: Mapping[str, str] | None = None, **more: Any) -> Object:
    """Write any request object."""
    return {"id": name, "method": method, "url": url, **({"headers": dict(headers)} if headers else {}), **more}


def proppatch(name: str, url: str, *properties: str, **more: Any) -> Object:
    """Write a request object that sets properties to 1: in ``DAV:`` with the prefix D, else in ``urn:u``."""
    props = "".join(f"<{each}>1</{each}>" for each in properties)
    body = f'<D:propertyupdate xmlns:D="DAV:" xmlns="urn:u"><D:set><D:prop>{props}</D:prop></D:set></D:propertyupdate>'
    return ask(name, "proppatch", url, {"content-type": "text/xml", "accept": "text/xml"}, body=body, **more)


def send(client: Client, *requests: Any, path: str = "/$batch", **headers: str) -> Answer:
    """Send a batch; names of headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client("POST", path, json.dumps({"requests": requests}), {**JSON, **named})


def responses(answer: Answer) -> dict[str, Object]:
    """Give the response objects of a batch that was understood, by id."""
    assert answer.status == 200, answer
    return {each["id"]: each for each in json.loads(answer.body)["responses"]}


def told(answer: Answer) -> str:
    """Say what came of each request, in the order of the answer."""
    return ", ".join(f"{name} {each['status']}" for name, each in responses(answer).items())


def do(client: Client, *requests: Any, path: str = "/$batch", **headers: str) -> str:
    """Send a batch, and say what came of each request."""
    return told(send(client, *requests, path=path, **headers))


def content(response: Object) -> bytes:
    """Give the body of a response object as bytes."""
    body = response["body"]
    if isinstance(body, str) and response["headers"]["content-type"].startswith("text/"):
        return body.encode()
    return base64.urlsafe_b64decode(body + "===") if isinstance(body, str) else json.dumps(body).encode()


def problems(answer: Answer) -> dict[str, str]:
    """Give the problems of a batch that was refused, by JSON Pointer."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer
    said = json.loads(answer.body)
    assert (said["status"], said["detail"]) == (answer.status, said["errors"][0]["detail"])
    return {each["pointer"]: each["detail"] for each in said["errors"]}
