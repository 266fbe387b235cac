"""Scenario files: a tree, the causes of failures, the requests that show the failures, and the cure.

files              which scenario files the package and the user have
yaml_reader        YAML 1.2 as plain data, with the line and column of each value
load               a scenario from a file or text, or all its problems at once
schema_checks      the problems that the JSON Schema finds
semantic_checks    the problems that a schema can't find: paths, users, ids, patterns, sources
cause_checks       the problems of one cause, which the admin API finds too
requested_paths    the paths at which requests can make something
clark_names        mistakes in names in Clark notation
yaml_hints         what to write instead of text that is no YAML
file_problem       one problem, with its file, line and column
model              the types of a scenario file
json_schema        the JSON Schema of these types
blueprint          the tree and causes from which each world of a scenario starts
derived_documents  documents that the server makes from other documents
property_xml       the XML element of a property
"""
