"""What everything speaks: the batch that decides 424, requests and responses, paths, condition codes. No input or output."""
