"""The traits, one file for each; ``table`` lists them."""
