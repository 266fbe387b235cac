"""The methods whose answers list resources with the values of their properties."""

LISTING = frozenset({"PROPFIND", "BPROPFIND", "REPORT"})
