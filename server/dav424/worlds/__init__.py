"""Who shares what: a space has worlds, a clock and a journal."""
