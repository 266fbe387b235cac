"""The requests that a server answered, with the result and the reason of each action."""
