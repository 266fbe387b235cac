"""Scenario files: a tree, what is in its way, the requests that show it, and the cure.

model      the types, and how they become a World
read       YAML 1.2 as plain data that knows where in the file it stood
check      all that is wrong with a file, at once
schema     the JSON Schema of the types
find       which scenarios there are
"""
