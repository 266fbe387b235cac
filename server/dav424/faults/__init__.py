"""The faults of a scenario: what happens to an answer after it was decided and recorded.

A fault removes, repeats, re-encodes, pads, delays or cuts. It never changes the tree, and never makes a status that
the true answer doesn't have. ``kinds.FAULTS`` lists all kinds in the order in which they are applied: what changes the XML comes
before what changes its bytes, and that before what happens on the connection. The tag of a class is the ``kind`` in a
scenario file.
"""
