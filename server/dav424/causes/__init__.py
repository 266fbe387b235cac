"""The causes that a scenario can set up.

A cause refuses a request, an action or a commit with a status other than 424. ``core.batch`` then gives 424 to
the actions that depended on the refused one. ``kinds.CAUSES`` lists all kinds.
"""
