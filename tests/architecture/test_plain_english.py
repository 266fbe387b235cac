"""Words and patterns that made readers stop are in no text: not in the docs, the help, the messages, the comments.

``docs/contributing.md`` has the rule. This file has the list, made from sentences that readers had to read twice;
``python -m tests.architecture.test_plain_english FILE...`` prints where a file breaks it.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AVOID = {
    r"whoever|whosoever|whomever": "name the person or program: the client, the caller, the user",
    r"nobody|somebody|everybody|anybody": "name the person or program: no client, another user",
    r"what (?:is|was|were|are)(?! wrong)": "use a noun: the response, the resources that",
    r"what (?:came|comes|stands|stood|holds|can|can't|could|had|has|must|may|would|fails?|failed|depend(?:s|ed))": "a noun",
    r"(?:can|can't|could|may|to) be had": "say available, or what the user can do",
    r"(?:be|been|is|are|was) had": "say available",
    r"so long(?! as)|for so long|so many": "say how long or how many: for N seconds, N bytes",
    r"in (?:the|its|their|whose|an action's|this request's) way": "say that a cause refuses, blocks or limits it",
    r"if absent": "say (default: X)",
    r"(?:came|come|comes) of": "say result or outcome",
    r"let (?:it )?pass|lets? pass": "say accepted although malformed",
    r"none that (?:there )?is|none there is|all (?:that )?there (?:is|are)": "say all, or none",
    r"of its own(?! accord)(?= (?:reason|kind)\b)|(?:for )?a reason of its own": "say that it failed on its own",
    r"(?:is|are|was|were|be|been) told": "say that the server reports or sends it to the client",
    r"asked (?:of|for by)": "say requested, or sent to",
    r"goes? (?:when|if|after) (?:no|nobody)": "say expires or is deleted",
    r"less (?:its|their)": "say without",
    r"as it (?:is|was|were)\b(?! (?:sent|stored|received|read|written))": "say unchanged, or the current X",
    r"(?:the one|that one) of the other": "name both things",
    r"for people": "say human-readable, or for a person",
    r"it is (?:he|she|they|those) who": "put the subject first",
    r"thereof|therein|thereby|whereof|wherein|whereby|hitherto|hence": "use a plain word",
    r"the (?:former|latter)": "repeat the noun",
}
"""Patterns, and what to write instead; case and line breaks do not matter."""
_PATTERNS = {
    re.compile(r"\b(?:" + pattern.replace(" ", r"\s+") + r")\b", re.IGNORECASE): cure for pattern, cure in AVOID.items()
}
TEXTS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")),
    *(ROOT / name for name in ("Dockerfile", "docker-compose.yml", "action.yml", "Makefile")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "kubernetes").rglob("*.yaml")),
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    *sorted((ROOT / "scenarios").glob("*.yaml")),
    *sorted((ROOT / "dialects").glob("*.yaml")),
    *sorted((ROOT / "my-scenarios").glob("*.yaml")),
    *(
        ROOT / "bindings" / name
        for name in ("node/index.js", "node/setup.js", "java/dav424/Dav424.java", "go/dav424.go")
    ),
    *sorted((ROOT / "server").rglob("*.py")),
    *sorted((ROOT / "server").rglob("*.yaml")),
]


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """List the texts of a file with their lines: of Python the strings and comments, else all of it."""
    source = file.read_text()
    if file.suffix != ".py":
        # The rule itself quotes what it forbids.
        yield (
            1,
            re.sub(
                r"<!-- quoted -->.*?<!-- end -->", lambda match: "\n" * match[0].count("\n"), source, flags=re.DOTALL
            ),
        )
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    comments: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.removeprefix("#")
            if comments and comments[-1][0] + comments[-1][1].count("\n") + 1 == token.start[0]:
                comments[-1] = (comments[-1][0], f"{comments[-1][1]}\n{text}")
            else:
                comments.append((token.start[0], text))
    yield from comments


def offences(file: Path) -> list[str]:
    """List where a file uses what is to be avoided: line, words, and what to write instead."""
    found = [
        (line + text.count("\n", 0, match.start()), " ".join(match[0].split()), cure)
        for line, text in prose(file)
        for pattern, cure in _PATTERNS.items()
        for match in pattern.finditer(text)
    ]
    return [f"{file.relative_to(ROOT)}:{line}: {words!r}: {cure}" for line, words, cure in sorted(found)]


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_texts_are_plain(file: Path) -> None:
    """No text has one of the words."""
    assert offences(file) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ask whoever knows.", ["whoever"]),
        ("What\n  was stored", ["What was"]),
        ("an hour if absent", ["if absent"]),
        ("Errors: what is wrong, what was received", ["what was"]),
        ("The client sends a request.", []),
    ],
)
def test_the_words_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, found: list[str]) -> None:
    """The rule finds its words across lines and in either case, and leaves plain sentences alone."""
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    file = tmp_path / "text.md"
    file.write_text(text)
    assert [line.split("'")[1] for line in offences(file)] == found


if __name__ == "__main__":
    lines = [line for name in sys.argv[1:] for line in offences(Path(name).resolve())]
    print("\n".join(lines))  # noqa: T201 - a command
    sys.exit(bool(lines))
