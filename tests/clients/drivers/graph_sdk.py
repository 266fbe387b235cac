"""Send a batch with Graph's SDK for Python: the URL of a scenario, then requests as JSON on standard input.

A request is ``{"id", "method", "url", "headers", "body", "dependsOn"}``, with a text as body. The answer is a line of JSON:
for each id the status, the media type and the text of the body, as the SDK gives them. With ``--dependsOn`` the requests are
of a subclass that writes ``dependsOn``; the class of the SDK writes ``depends_on``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from kiota_abstractions.api_client_builder import register_default_deserializer, register_default_serializer
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
from msgraph_core import BaseGraphRequestAdapter
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem


class SequencedItem(BatchRequestItem):
    """An item that writes the member as Graph reads it."""

    def serialize(self, writer: Any) -> None:
        """Write all members, and dependsOn too."""
        super().serialize(writer)
        writer.write_collection_of_primitive_values("dependsOn", self.depends_on)


def item(asked: dict[str, Any], kind: type[BatchRequestItem]) -> BatchRequestItem:
    """Make a request of the SDK."""
    information = RequestInformation()
    information.http_method = Method[asked["method"]]
    information.url = asked["url"]
    for name, value in asked.get("headers", {}).items():
        information.headers.try_add(name, value)
    if "body" in asked:
        information.content = asked["body"].encode()
    return kind(information, asked["id"], asked.get("dependsOn"))


async def main(url: str, *options: str) -> None:
    """Send the batch, and print the answers."""
    register_default_serializer(JsonSerializationWriterFactory)
    register_default_deserializer(JsonParseNodeFactory)
    adapter = BaseGraphRequestAdapter(AnonymousAuthenticationProvider())
    adapter.base_url = f"{url}v1.0"
    kind = SequencedItem if "--dependsOn" in options else BatchRequestItem
    content = BatchRequestContent()
    for asked in json.load(sys.stdin):
        made = item(asked, kind)
        content.add_request(made.id, made)
    answer = await BatchRequestBuilder(adapter).post(content)
    json.dump({name: told(answer, name) for name in answer.responses}, sys.stdout)


def told(answer: Any, name: str) -> dict[str, Any]:
    """Give the answer to a request."""
    found = answer.get_response_by_id(name)
    stream = answer.get_response_stream_by_id(name)
    return {"status": found.status, "type": found.content_type, "text": stream.read().decode() if stream else ""}


asyncio.run(main(*sys.argv[1:]))
