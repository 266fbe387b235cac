"""Lets ``python -m dav424`` do what the ``dav424`` command does."""

import sys

from dav424.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
