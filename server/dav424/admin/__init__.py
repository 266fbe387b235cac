"""The admin API under ``/-/``: look at spaces, change what is in the way, and ask what happened and why.

``routes.ROUTES`` is the table of contents.
"""
