"""Change the hrefs of an answer: those of its responses, and those in its conditions."""

from __future__ import annotations

from collections.abc import Callable

from dav424.dialects.answer import ERROR, Item, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.xml_tree import XmlElement, walk
from dav424.spine.exchange import OpenExchange

HREF = "{DAV:}href"
ChangeHref = Callable[[str], str]


def origin(exchange: OpenExchange) -> tuple[str, str]:
    """Give the scheme and the authority of the server, as the request names them."""
    request = exchange.request
    return request.scheme, request.headers.get("host", "localhost")


def change_hrefs(answer: SpelledAnswer, change: ChangeHref) -> None:
    """Change the hrefs of each response, and those in conditions."""

    def of_resource(resource: ResourceAnswer) -> None:
        resource.hrefs = [change(href) for href in resource.hrefs]

    answer.each_resource(of_resource)
    change_conditions(answer, lambda error: _change_inside(error, change))


def change_conditions(answer: SpelledAnswer, change: Callable[[XmlElement], object]) -> None:
    """Change each ``DAV:error`` of an answer: the one that is the document, and those of failures in a multistatus."""
    if answer.root is None:
        return
    if answer.root == ERROR:
        for code in answer.all_items():
            if isinstance(code, XmlElement):
                change(code)
        return

    def of_failure(failure: ResourceAnswer | PropstatAnswer) -> None:
        if failure.error is not None:
            change(failure.error)

    def each(item: Item) -> Item:
        if isinstance(item, ResourceAnswer):
            of_failure(item)
            for propstat in item.propstats:
                of_failure(propstat)
        elif isinstance(item, PropstatAnswer):
            of_failure(item)
        return item

    answer.each_item(each)


def _change_inside(element: XmlElement, change: ChangeHref) -> None:
    for each in walk(element):
        if each.name == HREF:
            each.content = [change(each.text)]
