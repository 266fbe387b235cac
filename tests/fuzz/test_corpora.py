"""Every input that the fuzzer starts from goes through its reader; what once found a bug stays there."""

from __future__ import annotations

import pytest

from tests.fuzz.fuzz import CORPUS, INSTRUMENTED
from tests.fuzz.readers import READERS


def test_every_reader_has_a_corpus() -> None:
    """Each has inputs of its own, and no corpus is without a reader."""
    assert {path.name for path in CORPUS.iterdir()} == READERS.keys() == INSTRUMENTED.keys()
    assert all(any((CORPUS / name).iterdir()) for name in READERS)


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_understands_or_refuses(reader: str) -> None:
    """No input raises another exception, or breaks a rule of its reader."""
    for file in sorted((CORPUS / reader).iterdir()):
        READERS[reader](file.read_bytes())
