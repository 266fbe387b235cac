"""The admin API under ``/-/``: manage spaces, change their causes, clocks and trees, and read the journal.

``routes.ROUTES`` is the table of all routes.
"""
