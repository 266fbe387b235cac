"""The sources of the site: the pages of the repository, with their links turned to the site, and the reference.

In the site, docs/ is the root: ``docs/ci.md`` becomes ``ci.md``, and ``ARCHITECTURE.md`` stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path

from msgspec import Struct

from docs._ext.reference import PAGES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)


class ListedPage(Struct, frozen=True):
    """A page on the list of pages: the heading above it, its title, its file, and one line about it."""

    heading: str
    title: str
    file: str
    subject: str


def listed() -> list[ListedPage]:
    """Read the list of pages in docs/index.md."""
    pages = []
    heading = ""
    for line in (DOCS / "index.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        if line.startswith("| ["):
            _, links, subject, _ = line.split("|")
            pages += [
                ListedPage(heading, title, file, subject.strip())
                for title, file in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", links)
            ]
    return pages


def llms_txt(*, reference: bool) -> str:
    """Write llms.txt: the purpose of dav424, and each page with one line about it; with or without the reference."""
    title, purpose = (DOCS / "index.md").read_text(encoding="utf-8").split("\n\n")[:2]
    lines = [title, "", f"> {' '.join(purpose.replace('*', '').split())}"]
    heading = ""
    for page in listed():
        if page.heading != heading:
            heading = page.heading
            lines += ["", f"## {heading}", ""]
            if reference and heading == "Reference":
                lines += [f"- [{made.title}](reference/{name}.md): {made.subject}" for name, made in PAGES.items()]
        file = site_path(DOCS / page.file) if reference else Path(page.file)
        lines.append(f"- [{page.title}]({file.as_posix()}): {page.subject}")
    return "\n".join([*lines, ""])


def site_path(file: Path) -> Path:
    """Give the place of a file of the repository in the site."""
    file = file.resolve()
    return file.relative_to(DOCS if file.is_relative_to(DOCS) else ROOT)


def stage(target: Path) -> None:
    """Write all sources of the site to a folder. Raises ValueError for a link to no file, or to no page."""
    for page in pages():
        _write(target / site_path(page), _linked(page, target))
    _write(target / "index.md", _with_reference((target / "index.md").read_text(encoding="utf-8")))
    _write(target / "decisions" / "index.md", _decisions())
    for name, made in PAGES.items():
        _write(target / "reference" / f"{name}.md", made.markdown())
    _write(target / "llms.txt", llms_txt(reference=True))


def pages() -> list[Path]:
    """List the Markdown files of the repository that become pages."""
    return [ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")), *_records()]


def _records() -> list[Path]:
    return sorted((DOCS / "decisions").glob("*.md"))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _linked(page: Path, target: Path) -> str:
    """Turn the links of a page to their places in the site; a file that is no page comes along."""
    here = site_path(page).parent
    known = set(pages())

    def turned(match: re.Match[str]) -> str:
        file = (page.parent / match[1]).resolve()
        if not file.exists() or (file.suffix == ".md" and file not in known):
            raise ValueError(
                f"{page.relative_to(ROOT)} has a link to {match[1]}, which is no file or no page of the site; correct it"
            )
        if file.is_dir():
            file = file / "index.md"
        elif file.suffix != ".md":
            copy = target / site_path(file)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
        return f"]({Path(relpath(site_path(file), here)).as_posix()}{match[2] or ''})"

    return "".join(
        part if part.startswith("```") else _LINK.sub(turned, part)
        for part in _FENCE.split(page.read_text(encoding="utf-8"))
    )


def _with_reference(index: str) -> str:
    """Put the list of the reference in the place of the sentence about it, and add the tables of contents."""
    before, mark, rest = index.partition("<!-- reference -->\n")
    head = "| page | subject |\n| --- | --- |\n"
    _, table, after = rest.partition(head)
    if not mark or not table:
        raise ValueError("docs/index.md needs the comment <!-- reference --> before the table of the reference")
    made = "".join(f"| [{page.title}](reference/{name}.md) | {page.subject} |\n" for name, page in PAGES.items())
    return f"{before}{head}{made}{after}\n" + "\n".join(_contents())


def _contents() -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for page in listed():
        groups.setdefault(page.heading, []).append(site_path(DOCS / page.file).as_posix())
    made = [f"reference/{name}.md" for name in PAGES]
    groups["Reference"] = [*made, *groups["Reference"]]
    groups["Change dav424"] += ["decisions/index.md", "CHANGELOG.md"]
    for heading, files in groups.items():
        yield "\n".join([f"```{{toctree}}\n:hidden:\n:caption: {heading}\n", *files, "```\n"])


def _decisions() -> str:
    names = [record.name for record in _records()]
    return "\n".join(
        [
            "# Decisions\n",
            "Each record gives the context, the decision and its price.\n",
            "```{toctree}\n:maxdepth: 1\n",
            *names,
            "```\n",
        ]
    )
