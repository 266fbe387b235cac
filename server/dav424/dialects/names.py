"""The names of dialects: that of the RFCs, and the sign behind a name that has faults work."""

from __future__ import annotations

RFC4918 = "rfc4918"
"""The dialect that a server speaks unless something else is chosen: it has no traits, and no file can give it some."""
FAULTS = "!"
"""Behind the name of a dialect: its faults work, too."""
