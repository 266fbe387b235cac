"""Builds the documentation site: the pages of docs/, and a reference that is made from the code."""
