"""The fingerprint of a server: two servers with the same one answer the same requests in the same bytes."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from dav424 import __version__


def fingerprint(
    scenarios: Mapping[str, Callable[[], object]],
    dialects: Mapping[str, Callable[[], object]],
    settings: Mapping[str, Any],
) -> str:
    """Make the fingerprint of all that answers follow from: the version, the files, and the settings.

    The sources of scenarios and dialects are those of ``scenario.load`` and of ``dialects.load``.
    """
    version = f"{__version__}, Python {'.'.join(platform.python_version_tuple()[:2])}"
    digest = blake2b(version.encode(), digest_size=6)
    for sources in (scenarios, dialects):
        for name in sorted(sources):
            digest.update(b"\0%b\0" % name.encode())
            digest.update(_content(sources[name]))
    digest.update(msgspec.json.encode(sorted((name, repr(value)) for name, value in settings.items())))
    return f"{__version__}-{digest.hexdigest()}"


def _content(source: Callable[[], object]) -> bytes:
    """Give the bytes of the file of a source, or else of that which it loads."""
    file = getattr(source, "file", None)
    return (
        file.read_bytes() if file is not None else msgspec.json.encode(source(), order="deterministic", enc_hook=repr)
    )
