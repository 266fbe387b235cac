"""The types that all rooms share: the batch that decides 424, requests, paths, condition codes. No input or output."""
