"""Learn a dialect: find the traits with which our own server answers as another one does, by serving them.

step, *_looks   short conversations, as data; the cases of the probe are looks too
seen            what a server answered in the looks
own_server      our server in this process, in any dialect
answer_text, features, xml_features   what two answers have in common, whatever their hosts, paths, tokens and dates
suggested, candidates                 the values to try for a trait
shown_by        the looks that show a trait
fit             the search: the value of each trait that makes the answers most alike
evidence        the exchange that shows a value
learn           all of it, for one server
nearest         the bundled dialect that is nearest to a server
dialect_text    the file
"""
