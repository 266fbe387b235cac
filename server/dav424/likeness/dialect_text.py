"""Write a dialect that was learned as a file: each trait with the exchange that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dav424.dialects.table import TRAITS
from dav424.dialects.trait import Trait
from dav424.likeness.answer_text import HERE, OfServer, normaliser
from dav424.likeness.evidence import TraitShown
from dav424.likeness.features import Feature
from dav424.likeness.learn import Differing, Learned
from dav424.scenario.yaml_writer import write_key

_SHOWN_HEADERS = ("Depth", "Destination", "Overwrite", "If", "Range", "Content-Range", "Timeout", "Prefer")
_LONGEST = 160
_CONTROL = re.compile(r"[^\x20-\x7e\xa1-\ud7ff]")
_NAMES_IN_A_LINE = 6


def write_dialect(learned: Learned, *, version: str, date: str) -> str:
    """Write the file; ``dav424 check`` accepts it."""
    set_here = [trait for trait in TRAITS if trait.name in learned.values]
    kept = [trait for trait in TRAITS if trait.name in learned.shown and trait.name not in learned.values]
    faults = [trait for trait in set_here if trait.kind == "fault"]
    others = [trait for trait in set_here if trait.kind != "fault"]
    name = learned.seen.server or "a server that does not say its name"
    lines = [
        "# yaml-language-server: $schema=https://dav424.github.io/dialect.schema.json",
        *_comment(
            f"Learned by dav424 {version} on {date}, from {learned.seen.requests} requests to {learned.seen.url}"
        ),
        *_comment(f"With these traits, our server answers {learned.alike} of them alike."),
        write_key("title", f"As {name} answers"),
        write_key("source", f"dav424 probe --learn, version {version}, {date}, {learned.seen.url}: {name}"),
    ]
    lines += _section("Otherwise than the RFCs say", others, learned)
    lines += _section("Faults: they work only where the dialect is named with an exclamation mark", faults, learned)
    lines += _section("As the RFCs say", kept, learned)
    lines += _not_observed(learned.not_observed)
    lines += _differing(learned.differing)
    return "\n".join(lines) + "\n"


def _section(title: str, traits: Iterable[Trait], learned: Learned) -> Iterator[str]:
    for number, trait in enumerate(traits):
        if not number:
            yield from ("", *_comment(f"{title}."), "")
        for shown in learned.shown[trait.name]:
            yield from _shown(shown, learned)
        yield write_key(trait.name, learned.values.get(trait.name, trait.default))


def _shown(shown: TraitShown, learned: Learned) -> Iterator[str]:
    answer = shown.answer
    path = answer.path.removeprefix(shown.base) or "the collection"
    sent = answer.sent.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")[1:]
    put_aside = normaliser(OfServer(learned.seen.origin), shown.base)
    headers = [put_aside(line) for line in sent if line.partition(":")[0] in _SHOWN_HEADERS]
    request = ", ".join([f"{answer.method} {path}", *headers])
    about = f"{shown.member}: " if shown.member and shown.member != answer.method else ""
    yield from _comment(f"{about}{request} -> {answer.status}: {in_words(shown.feature, present=shown.present)}")


def in_words(feature: Feature, *, present: bool) -> str:
    """Say a feature in words."""
    kind, where, what = feature
    where, what = where.replace(HERE, ""), what.replace(HERE, "")
    said = {
        "status": f"the status {what}",
        "phrase": f"the reason phrase {what!r}",
        "parses": "XML that is not well-formed",
        "content": f"the content {what[:40]!r}",
        "code": f"the status {what} of {where or 'the resource'}",
        "type": f"the type {what}" if what not in {"absent", "no body"} else what.replace("absent", "no type"),
        "header": f"{where}: {what}",
        "declaration": f"the declaration {what}",
        "space": f"white space: {what}",
        "empty": f"empty elements with {what}",
        "order": f"{what} in this order in {where.rpartition('>')[2] or where}" if ">" in where else f"{where} {what}",
        "text": f"{what[:60]!r} in {where.rpartition('>')[2]}",
        "element": f"the element {where.rpartition('>')[2]}",
        "prefix": f"the prefix {what or 'none'!r} of {where}",
        "declares": f"the declaration of {what} in {where}",
        "properties": f"properties in the order {what}",
        "members": f"members in {what} order",
        "sentence": f"the sentence {what!r}",
        "page": f"{what} in the page",
    }.get(kind, kind)
    return said if present else f"without {said}"


def _not_observed(names: Sequence[str]) -> Iterator[str]:
    if not names:
        return
    yield ""
    yield from _comment("Not observed, so that the default holds:")
    for start in range(0, len(names), _NAMES_IN_A_LINE):
        yield from _comment(f"  {', '.join(names[start : start + _NAMES_IN_A_LINE])}")


def _differing(differing: Sequence[Differing]) -> Iterator[str]:
    if not differing:
        return
    yield ""
    yield from _comment("Answers that no trait makes alike; the other server is named first:")
    for line in dict.fromkeys(map(in_a_line, differing)):
        yield from _comment(f"  {line}")


def in_a_line(each: Differing) -> str:
    """Say in one line how an answer differs."""
    asked = f"{each.method} {each.path or 'the collection'}"
    if not each.features:
        return f"{asked}: not sent to both, since an earlier answer differed"
    theirs = [in_words(feature, present=True) for feature, count in each.features if count > 0]
    ours = [in_words(feature, present=True) for feature, count in each.features if count < 0]
    return f"{asked}: {_few(theirs) or 'nothing more'}; ours: {_few(ours) or 'nothing more'}"


def _few(said: Sequence[Any]) -> str:
    more = f", and {len(said) - 2} more" if len(said) > 2 else ""
    return ", ".join(said[:2]) + more


def _comment(text: str) -> Iterator[str]:
    """Write a comment of one line, without characters that a comment can't have."""
    clean = _CONTROL.sub(" ", text)
    yield f"# {clean}" if len(clean) <= _LONGEST else f"# {clean[: _LONGEST - 3]}..."
