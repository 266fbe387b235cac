"""The standard output: a server goes on without a reader of it."""

from __future__ import annotations

import logging
import os
import sys

log = logging.getLogger("dav424")


def say(text: str) -> None:
    """Print a text at once; if nothing can be printed any more, log why, and continue without output."""
    try:
        print(text, flush=True)
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # a reader such as head has what it wants
            log.warning("The output can't be written: %s. The server goes on without it.", error.strerror)
        discard_output()


def discard_output() -> None:
    """Send all further output to nowhere, that which waits in a buffer and the last flush of Python included."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
