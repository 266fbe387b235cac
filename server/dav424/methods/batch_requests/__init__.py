"""Batches: several requests in one POST, with dependencies among them.

    odata, graph, multipart   bytes become a ``Batch`` of parts, and results become bytes
    running                   parts become groups and needs; each part goes down the spine by itself
    because                   what a 424 depended on, down to the root

Whether a part is 424 is decided where every other 424 is: in ``dav424.batch``.
"""
