"""The workbench of a scenario: a request, its results, the answer byte by byte, and the stored resources."""
