"""The command line.

cli         the parser, and the commands that send requests to a server of their own
flags       the table of flags, variables and defaults
serve       ``dav424 serve``
ask_server  ``dav424 health`` and ``dav424 journal``, which ask a running server
"""
