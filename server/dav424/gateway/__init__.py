"""Which space and which world a request is for, and who sends it."""
