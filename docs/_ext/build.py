"""Builds the site: ``python -m docs._ext.build build/docs``; a warning is an error."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import build_main

from docs._ext.dialects_page import page
from docs._ext.stage import DOCS, llms_txt, stage


def build(target: Path) -> int:
    """Build the site anew in a folder, with the sources of its pages beside them; gives the exit status of Sphinx."""
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        stage(source)
        status = render(source, target)
        for page in (*source.rglob("*.md"), source / "llms.txt"):
            shutil.copy(page, target / page.relative_to(source))
    return status


def render(source: Path, target: Path) -> int:
    """Let Sphinx write a folder of Markdown pages as HTML; gives 1 after a warning, else 0."""
    flags = ["--quiet", "--fail-on-warning", "--keep-going", "--conf-dir", str(DOCS)]
    return build_main([*flags, "--doctree-dir", str(source.with_name("doctrees")), str(source), str(target)])


def main(arguments: list[str]) -> int:
    """Write docs/llms.txt or docs/dialects.md, or build the site in the named folder."""
    if arguments == ["--llms"]:
        (DOCS / "llms.txt").write_text(llms_txt(reference=False), encoding="utf-8")
        return 0
    if arguments == ["--dialects"]:
        (DOCS / "dialects.md").write_text(page(), encoding="utf-8")
        return 0
    if len(arguments) != 1:
        print(
            "usage: python -m docs._ext.build FOLDER, --llms to write docs/llms.txt, or --dialects to write docs/dialects.md",
            file=sys.stderr,
        )
        return 2
    return build(Path(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
