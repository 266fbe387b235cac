"""The prefix of the elements of WebDAV."""

from __future__ import annotations

from functools import partial

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Prefix, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_prefix, value))


def _with_prefix(value: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.dav = value


DAV_PREFIX = Trait(
    name="dav-prefix",
    kind="spelling",
    values=Prefix,
    default="D",
    description="The prefix of elements in the namespace DAV:. An empty one is the default namespace.",
    reports=(
        "webdav-client#24",
        "webdav-client#338",
        "webdav-fs#4",
        "AFWebDAVManager#3",
        "rucio#5700",
        "webdav-client-cpp#17",
        "WebDav.NET#3",
        "redmine_dmsf#915",
    ),
    hooks=_hooks,
)
