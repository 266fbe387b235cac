"""Many servers that serve the same spaces: each space is a log on Valkey, which each server carries out in its order."""
