"""The results of a batch as multipart/mixed (OData Protocol 4.01 11.7.7.6): a part for each request and each change set.

A change set that failed has one part, with the first cause: the format has no place for its other requests, and so none
for their 424. A request that depended on a failure outside of its own change set is 424, in its own part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from dav424.core import writable
from dav424.core.batch import Done, Failed
from dav424.core.message import Response
from dav424.core.reason_phrases import reason
from dav424.methods.batch_requests.failed_dependencies import FailedDependencies
from dav424.methods.batch_requests.items import PROBLEM_TYPE
from dav424.methods.batch_requests.run_batch import BatchRun


def write(running: BatchRun) -> tuple[str, bytes]:
    """Write the results of all items that were begun; gives the media type with its boundary, and the content."""
    because = FailedDependencies(running)
    return _multipart(
        [_part(because, running, members) for members in running.members if members[0] < running.begun], "batch"
    )


def _part(because: FailedDependencies, running: BatchRun, members: Sequence[int]) -> bytes:
    """Write the part for a request, or for a change set."""
    if running.items[members[0]].group is None:
        return _http(because, running, members[0])
    outcomes = [because.outcome(index) for index in members]
    if all(isinstance(outcome, Done) for outcome in outcomes):
        content_type, content = _multipart([_http(because, running, index) for index in members], "changeset")
        return f"Content-Type: {content_type}\r\n\r\n".encode() + content
    # Without a failure of its own, the change set depended on a failure outside of it, or on a condition.
    failed = (index for index, outcome in zip(members, outcomes, strict=True) if isinstance(outcome, Failed))
    return _http(because, running, next(failed, members[0]), named=False)


def _http(because: FailedDependencies, running: BatchRun, index: int, *, named: bool = True) -> bytes:
    """Write one response as application/http, with the Content-ID of its request if there is one."""
    item, response = running.items[index], _response(because, running, index)
    assert isinstance(response.body, bytes), "a batch never streams the response of an item"
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {item.id}"] if named and " " not in item.id else []
    lines += ["", f"HTTP/1.1 {response.status} {reason(response.status)}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines += [f"Content-Length: {len(response.body)}"] if response.status not in (204, 304) else []
    return writable.head([*lines, ""]) + response.body


def _response(because: FailedDependencies, running: BatchRun, index: int) -> Response:
    result = running.results[index]
    if result is not None and isinstance(because.outcome(index), Done | Failed):
        return result.response
    return Response(
        because.status(index), [("Content-Type", PROBLEM_TYPE)], msgspec.json.encode(because.problem(index))
    )


def _multipart(written: Sequence[bytes], name: str) -> tuple[str, bytes]:
    """Join parts with a boundary that occurs in none of them; returns the media type and the content."""
    boundary = next(line for line in _boundaries(name) if not any(b"--" + line in part for part in written))
    pieces = [b"--" + boundary + b"\r\n" + part + b"\r\n" for part in written]
    return f"multipart/mixed; boundary={boundary.decode()}", b"".join([*pieces, b"--" + boundary + b"--\r\n"])


def _boundaries(name: str) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield f"{name}-response-{number}".encode()
