"""The clocks of the process, which stay real in tests that patch ``time`` and ``datetime``.

Libraries such as freezegun replace the functions of the module ``time``, wherever a module has imported them. A server in
the process of such a test still has to tell how long a connection or a space was idle. So this module has functions of
its own: those of a second copy of the built-in module.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from typing import cast

from dav424.core.waits import about_to_wait

_SPEC = BuiltinImporter.find_spec("time")
assert _SPEC is not None, "the module time is built in"
_TIME = module_from_spec(_SPEC)
BuiltinImporter.exec_module(_TIME)
_CLOCK_REALTIME_COARSE = 5
"""A clock of Linux that shows the same time; time-machine replaces the other one inside of Python itself."""


def _coarse() -> float:
    return cast("float", _TIME.clock_gettime(_CLOCK_REALTIME_COARSE))


monotonic = cast("Callable[[], float]", _TIME.monotonic)
"""Give the seconds since some time in the past."""
real_time = _coarse if sys.platform == "linux" else cast("Callable[[], float]", _TIME.time)
"""Give the time in seconds since the epoch."""


def sleep(seconds: float) -> None:
    """Wait a number of seconds."""
    about_to_wait()
    _TIME.sleep(seconds)


def real_datetime() -> type[dt.datetime]:
    """Give the class of the standard library, whether or not a test has put a class of its own in its place.

    A patch reaches each global variable that holds the class, so call this where it is needed.
    """
    return next(each for each in dt.datetime.__mro__ if each.__module__ == "datetime")
