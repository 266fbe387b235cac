"""The journal of the requests that a server answered, with the result and the reason of each action."""
