"""Dialects: how servers in the field answer; each is a file of data that sets traits.

trait          what a trait is, and how to write one
traits/        one file for each trait
answer         the model of an answer, which spelling traits change
answer_reader  the model of an XML answer, piece by piece if it is streamed
answer_writer  the bytes of a model
manner         how an answer is written: prefixes, white space, statuses
xml_tree       an XML element that keeps its infoset
prefixes       the prefixes of the properties in one document
outcomes       the outcomes of an exchange that an answer can be written from
request_names  the names and prefixes in the body of a request
creation_failures, error_bodies, href_change, property_values    what several traits share
faults, offers, spellings    the traits of each class
table          all traits, in the order in which they act
dialect        the traits of one dialect, compiled for the stages of a request
dialect_file   the type of a dialect file, made from the table, and its JSON Schema
load           the dialects of files, with what they extend, or all their problems at once
names          the name of the RFCs' answers, and the sign for faults
library        the dialects of a server by name
check_files    the check of files, of scenarios too
choice         the dialects that a user adds, and the one that a server speaks by default
"""
