"""Batches: several requests in one POST, with dependencies among them.

    json_reader, graph_reader, multipart_reader   a body becomes a ``Batch`` of items
    run_batch                                     items become groups and needs; each item is a request that the spine runs
    failed_dependencies                           the failures that a 424 depended on, down to the root
    odata, graph, multipart                       results become a response

``core.batch`` decides which item gets a 424, as it does for all methods.
"""
