"""The names that the XML parser keeps: forgotten when clients have sent many.

libxml2 keeps each name, prefix and namespace that it reads in a dictionary, and lxml has one dictionary for each thread
as long as the thread lives. The dictionary stands among the values of the thread, and lxml makes another one if it is not
there. A document that was read before keeps its own.
"""

from __future__ import annotations

import threading

MOST_READ = 1 << 19
"""The bytes of XML that a thread reads before it forgets their names; the names take up to ten times as much."""
KEY = "_ParserDictionaryContext"
"""Where lxml keeps the dictionary of a thread."""


class _Reading(threading.local):
    """The bytes of XML that this thread has read with its current dictionary."""

    bytes = 0


_reading = _Reading()


def read(length: int) -> bool:
    """Note that this thread read ``length`` bytes of XML; True if it forgot all names, and must use new parsers now.

    A parser that has read something keeps the old dictionary, and would bring it back.
    """
    _reading.bytes += length
    if _reading.bytes <= MOST_READ:
        return False
    _reading.bytes = 0
    values_of_thread().pop(KEY, None)
    return True


def values_of_thread() -> dict[str, object]:
    """Give the values that C code keeps for this thread."""
    import ctypes  # noqa: PLC0415 - most servers never need it

    get = ctypes.pythonapi.PyThreadState_GetDict
    get.restype = ctypes.c_void_p  # a borrowed reference; ctypes.py_object would give back what it did not take
    values = ctypes.cast(get(), ctypes.py_object).value
    assert isinstance(values, dict), "a thread that runs Python code has its values"
    return values
