"""The settings of the documentation site, for Sphinx; ``docs/_ext/build.py`` builds it."""

from __future__ import annotations

from typing import Any

from dav424 import __version__
from docs._ext.docstrings import with_code_blocks

project = "dav424"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = f"dav424 {version}"
# The pages of the site work from a folder, too, where a browser lets no script read another page.
html_show_search_summary = False
html_copy_source = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
myst_heading_anchors = 4
suppress_warnings = [
    "misc.highlighting_failure",  # requests and responses have lines that their languages don't know
    "myst.header",  # make bench prints headings of the third level, whatever stands above them
]
smartquotes = False  # two hyphens are the beginning of a flag
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
add_module_names = False
python_use_unqualified_type_names = True
nitpicky = True
nitpick_ignore_regex = [
    (
        "py:.*",
        r"(collections\.abc|pathlib|datetime|ssl)\..*|Path",
    ),  # of the standard library, whose pages are elsewhere
    ("py:.*", r"StartResponse|WSGI\w+|DAVProvider"),  # of type checkers and of WsgiDAV
    ("py:.*", r"tuple\[.*"),  # how Sphinx splits the type of a field that holds others
    # Behind the public modules: their users get the objects, and name no class of them.
    ("py:.*", r"dav424\.(app|diagnosis|journal|scenario|testing|wsgidav)\..*|App|Cause|Response"),
]
"""The classes in signatures that have no place in the site."""


def setup(app: Any) -> None:
    """Let the docstrings of the code show their examples as code."""
    app.connect("autodoc-process-docstring", lambda *told: with_code_blocks(told[-1]))
