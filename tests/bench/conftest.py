"""The modules here that the dependency group ``bench`` is for can't be imported by tests."""

collect_ignore = ["isolation.py", "plots.py"]
