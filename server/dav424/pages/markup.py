"""The templates of the pages. Each value in them is escaped, and an unknown name is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dav424 import __version__

TEMPLATES = Path(__file__).parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
PAUSE = "\f"
"""A form feed, which is white space in HTML."""
_ENVIRONMENT.globals |= {"version": __version__, "pause": PAUSE}


def render(template: str, values: Mapping[str, Any]) -> str:
    """Write a page as HTML."""
    return _ENVIRONMENT.get_template(template).render(values)


def render_in_pieces(template: str, values: Mapping[str, Any]) -> Iterator[bytes]:
    """Write a page as HTML while its values come: a piece up to each ``{{ pause }}``, and the rest."""
    written: list[str] = []
    for text in _ENVIRONMENT.get_template(template).generate(values):
        if text == PAUSE:
            yield "".join(written).encode()
            written = []
        else:
            written.append(text)
    yield "".join(written).encode()
