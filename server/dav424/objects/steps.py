"""The work of one report: steps through recurrences, and what the server has to read of objects that it does not know yet.

A step is about a microsecond. Each kind of work has its price in steps:

    recurrence.py        a time that a rule gives, a period that a rule looks through
    instances.py         an object that is prepared for its expansion
    calendar_reader.py   an instance that is made, and one that is written
"""

from __future__ import annotations

from dav424.core.batch import Refused
from dav424.core.condition_codes import NUMBER_OF_MATCHES_WITHIN_LIMITS

MOST_STEPS = 2_000_000
"""The steps that one report may take: about two seconds."""
MOST_READ = 256_000
"""The lines, values and parameters that one report may read: 12,000 events of 20 each."""


class StepBudget:
    """What one report may still do; ``spend`` and ``read`` raise ``Refused`` with 507 beyond it.

    ``left`` are the steps that it has not taken yet.
    """

    def __init__(self) -> None:
        self.left = float(MOST_STEPS)
        self._read = MOST_READ
        self._paid: set[bytes] = set()

    def spend(self, steps: float) -> None:
        """Take some steps."""
        self.left -= steps
        if self.left < 0:
            raise Refused(
                507,
                f"The recurrences in the collection take more than {MOST_STEPS} steps up to the end of the time range. "
                "Ask for a range that ends sooner, or for fewer members.",
                NUMBER_OF_MATCHES_WITHIN_LIMITS,
            )

    def spend_once(self, content: bytes, steps: float) -> None:
        """Take the steps that prepare an object, unless the report has prepared it already."""
        if content not in self._paid:
            self.spend(steps)
            self._paid.add(content)

    def read(self, pieces: int) -> None:
        """Read the lines, values and parameters of an object that the server does not know yet."""
        self._read -= pieces
        if self._read < 0:
            raise Refused(
                507,
                f"The report would have to read more than {MOST_READ} lines, values and parameters of objects. "
                "The server remembers the objects that it has read: ask again, or ask for fewer members.",
                NUMBER_OF_MATCHES_WITHIN_LIMITS,
            )
