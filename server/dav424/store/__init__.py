"""The immutable tree of one world, and the draft that one request changes."""
