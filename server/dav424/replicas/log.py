"""The log of one space, as the engine keeps it: ask for the missing entries, and append."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from dav424.replicas.engine import Engine, script
from dav424.replicas.scripts import ASK, LOAD, REMOVE, SAVE

MOST_ENTRIES, MOST_BYTES = 64, 4 << 20
"""The entries, and their bytes, that one answer of the engine brings. Who misses more appends nothing until it has them."""
CHECKPOINT_AFTER = 256
"""The entries after which a checkpoint is written, if it is small."""
_TOKEN, _TIME = 16, 13
_ASK, _SAVE, _LOAD, _REMOVE = map(script, (ASK, SAVE, LOAD, REMOVE))


class LogPlace(Struct):
    """A place in the log of a space: after the entry ``at`` in an ``epoch``, which had a ``token``.

    ``chain`` is the digest of all answers up to it.
    """

    epoch: bytes = b""
    at: int = 0
    token: bytes = b""
    chain: bytes = b""


class Asker(Struct, frozen=True):
    """The facts about a replica that asks: its ``fingerprint``, its ``place``, and when the space expires there, in milliseconds."""

    fingerprint: str
    place: LogPlace
    idle: int | None = None


class LoggedEntry(Struct, frozen=True):
    """An entry as the log has it; ``told`` is the digest of all answers up to it, if a replica has told it."""

    token: bytes
    at: float
    data: bytes
    told: bytes | None = None


class LogReply(Struct, frozen=True):
    """What the engine says of a log.

    * ``none``: there is no such space.
    * ``print``: its replicas have another fingerprint.
    * ``differs``: the answers up to the place differ from those of another replica.
    * ``load``: the place is before the checkpoint, from which the caller has to begin.
    * ``far``: the ``entries`` after ``start`` are not all, and nothing was appended.
    * ``due``: as ``ok``, and the caller should write a checkpoint soon.
    * ``ok``: they are all. ``own`` is the position of the entry that was appended, 0 if there was none, ``time`` its time.
    """

    word: str
    epoch: bytes = b""
    base: int = 0
    tail: int = 0
    start: int = 0
    own: int = 0
    time: float = 0
    entries: Sequence[LoggedEntry] = ()
    fingerprint: str = ""


def keys_of(name: str) -> list[str]:
    """Name the keys of a space. A cluster keeps all of them on one node, because the braces hold the same name."""
    return [f"dav424:{{{name}}}:{key}" for key in ("meta", "log", "point")]


class Birth(Struct, frozen=True):
    """A space to be made: its new ``epoch``, and the milliseconds without a request after which it expires; 0 for never."""

    epoch: bytes
    idle: int


def ask(
    engine: Engine, name: str, asker: Asker, own: tuple[bytes, bytes] | None = None, birth: Birth | None = None
) -> LogReply:
    """Ask for the entries after a place, and append the ``own`` entry, a token and its bytes, if there is one.

    With a ``birth``, a space that does not exist is made. Raises ``StoreError``.
    """
    token, data = own or (b"", b"")
    place, idle = asker.place, b"" if asker.idle is None else asker.idle
    words = [place.epoch, place.at, place.token, place.chain, asker.fingerprint, token, data, MOST_ENTRIES, MOST_BYTES]
    born = [birth.epoch, birth.idle] if birth is not None else [b"", idle]
    return _read(engine.run(_ASK, keys_of(name), [*words, *born, CHECKPOINT_AFTER]))


def save(engine: Engine, name: str, place: LogPlace, fingerprint: str, state: bytes) -> bool:
    """Keep the state of a space at a place, in place of the entries up to it; False if the log has gone elsewhere. Raises ``StoreError``."""
    words = [place.epoch, place.at, place.token, place.chain, state, fingerprint]
    return bool(engine.run(_SAVE, keys_of(name), words))


def load(engine: Engine, name: str, fingerprint: str) -> tuple[LogPlace, bytes] | None:
    """Give the state of a space at its last checkpoint, and the place; None if there is none. Raises ``StoreError``."""
    answer = engine.run(_LOAD, keys_of(name), [fingerprint])
    if not answer:
        return None
    epoch, base, token, chain, state = answer
    return LogPlace(epoch, base, token, chain), state


def remove(engine: Engine, name: str) -> bool:
    """Remove a space; False if there is none. Raises ``StoreError``."""
    return bool(engine.run(_REMOVE, keys_of(name), []))


def _read(answer: list[Any]) -> LogReply:
    match answer:
        case [b"none"]:
            return LogReply("none")
        case [b"print", epoch, base, tail, fingerprint]:
            return LogReply("print", epoch, base, tail, fingerprint=fingerprint.decode())
        case [b"differs" | b"load" as word, epoch, base, tail, *_]:
            return LogReply(word.decode(), epoch, base, tail)
        case [word, epoch, base, tail, start, own, time, missing, told]:
            entries = [_entry(*each) for each in zip(missing, told, strict=True)]
            return LogReply(word.decode(), epoch, base, tail, start, own, time / 1000, entries)
    message = f"the script has answered {answer!r:.80}"
    raise AssertionError(message)


def _entry(raw: bytes, told: bytes | None) -> LoggedEntry:
    begin = _TOKEN + _TIME
    return LoggedEntry(raw[:_TOKEN], int(raw[_TOKEN:begin]) / 1000, raw[begin:], told)
