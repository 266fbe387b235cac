"""One request from plan to answer."""
