"""One request from its plan to its answer, and its entry in the journal."""
