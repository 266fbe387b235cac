"""What the tests of memory share: they begin when nothing of the tests before them waits to be freed."""

from __future__ import annotations

import gc

import pytest

from dav424.store.disposal import dispose


@pytest.fixture(autouse=True)
def settled() -> None:
    """Free what earlier tests left. A tree that something still has is not waited for."""
    gc.collect()
    dispose.idle(1.0)
    gc.collect()
