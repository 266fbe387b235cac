"""The slash at the end of the hrefs of collections."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import ResourceAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_without_slashes, value == "absent-in-listings"))


def _without_slashes(listings: bool, exchange: OpenExchange, answer: SpelledAnswer) -> None:  # noqa: FBT001 - of a partial
    if listings or exchange.request.method not in LISTING:
        answer.each_resource(_without_slash)


def _without_slash(resource: ResourceAnswer) -> None:
    resource.hrefs = [href.rstrip("/") or href for href in resource.hrefs]


HREF_SLASH = Trait(
    name="href-slash",
    kind="spelling",
    values=Literal["sent", "absent", "absent-in-listings"],
    default="sent",
    description="Whether the hrefs of collections end with a slash; they can lack it in all answers but listings, or in "
    "listings, too.",
    reports=("webdav-client#127", "sardine#119", "omv-webdav#23"),
    hooks=_hooks,
)
