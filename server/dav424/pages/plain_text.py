"""A page as text for a terminal of 80 columns: the content of its ``main``, in its order.

Navigation, forms and elements of the class ``no-text`` are left out; those of the class ``only-text`` are in the text
alone. The lines of a ``pre`` are never wrapped, so that commands can be pasted.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from urllib.parse import urljoin

import lxml.html
from lxml.html import HtmlElement

WIDTH = 80
_LEFT_OUT = {"script", "style", "nav", "form", "button", "input", "select", "textarea", "svg", "template"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table", "ul",
}  # fmt: skip
_UNDERLINES = {"h1": "=", "h2": "-"}


def plain_text(html: str, root: str) -> str:
    """Write the content of a page as text; its links become URLs below ``root`` in angle brackets."""
    document = lxml.html.fromstring(html)
    (main,) = document.iter("main")
    writer = _Writer(urljoin(root, "/"))
    text = "\n\n".join(block for block in writer.blocks(main, WIDTH) if block.strip("\n"))
    return re.sub(r"[ \t]+\n", "\n", text).strip("\n") + "\n"


class _Writer:
    """Writes elements as blocks of lines."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def blocks(self, element: HtmlElement, width: int) -> Iterator[str]:
        """Give the blocks of an element, wrapped at a width."""
        if _is_left_out(element):
            return
        match element.tag:
            case "pre":
                yield "".join(element.itertext()).strip("\n")
            case "table":
                yield self._table(element, width)
            case "ul" | "ol" | "dl":
                yield "\n".join(self._items(element, width))
            case "h1" | "h2":
                heading = _wrap(self._inline(element), width)
                longest = max(map(len, heading.splitlines()), default=0)
                yield f"{heading}\n{_UNDERLINES[element.tag] * longest}"
            case _:
                yield from self._flow(element, width)

    def _flow(self, element: HtmlElement, width: int) -> Iterator[str]:
        """Give the blocks in an element, and the text between them as blocks."""
        loose = [element.text or ""]
        for child in element:
            if child.tag in _BLOCKS:
                yield _wrap("".join(loose), width)
                yield from self.blocks(child, width)
                loose = [child.tail or ""]
            else:
                loose += [self._phrase(child), child.tail or ""]
        yield _wrap("".join(loose), width)

    def _items(self, element: HtmlElement, width: int) -> Iterator[str]:
        number = 0
        for child in element:
            if _is_left_out(child):
                continue
            number += child.tag == "li"
            sign = {"ol": f"{number}. ", "ul": "* ", "dl": "" if child.tag == "dt" else "    "}[str(element.tag)]
            separator = "\n\n" if child.tag == "dd" else "\n"
            inner = separator.join(block for block in self.blocks(child, width - len(sign)) if block)
            yield sign + inner.replace("\n", "\n" + " " * len(sign))

    def _table(self, table: HtmlElement, width: int) -> str:
        """Write a table in columns; if it is too wide, each row as lines with the headings of its columns."""
        rows = [
            [" ".join(self._inline(cell).split()) for cell in row if cell.tag in ("td", "th")]
            for row in table.iter("tr")
            if not _is_left_out(row)
        ]
        columns = max(map(len, rows), default=0)
        rows = [[*row, *[""] * (columns - len(row))] for row in rows]
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(columns)]
        if sum(widths) + 2 * len(widths) <= width:
            return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
        has_heading = table.find(".//thead") is not None
        heading, body = (rows[0], rows[1:]) if has_heading and rows else ([""] * columns, rows)
        return "\n\n".join(
            "\n".join(
                _wrap(_labelled(name, cell), width, "" if index == 0 else "    ")
                for index, (name, cell) in enumerate(zip(heading, row, strict=True))
                if cell
            )
            for row in body
        )

    def _inline(self, element: HtmlElement) -> str:
        """Give the text of an element in one line, with the URLs of its links."""
        return (element.text or "") + "".join(
            (f" {self._phrase(child)} " if child.tag in _BLOCKS else self._phrase(child)) + (child.tail or "")
            for child in element
        )

    def _phrase(self, element: HtmlElement) -> str:
        if not isinstance(element.tag, str) or _is_left_out(element):
            return ""
        if element.tag == "br":
            return " "
        text = self._inline(element)
        target = element.get("href", "")
        if element.tag != "a" or not target or target.startswith("#"):
            return text
        url = urljoin(self._origin, target)
        return text if url == text.strip() else f"{text} <{url}>"


def _labelled(name: str, cell: str) -> str:
    """Write a cell behind the heading of its column. A link that only repeats the heading is written as its URL alone."""
    return f"{name}: {cell.removeprefix(f'{name} ')}" if name else cell


def _is_left_out(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in _LEFT_OUT:
        return True
    classes = element.get("class", "").split()
    return "no-text" in classes or ("hidden" in element.attrib and "only-text" not in classes)


def _wrap(text: str, width: int, indent: str = "") -> str:
    words = " ".join(text.split())
    return textwrap.fill(
        words,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
