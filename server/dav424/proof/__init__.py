"""Send the requests of scenarios over real HTTP, to prove the scenarios and to show them.

answer_body  the statuses that the body of an answer reports
play         send a scenario's requests and read the answers
prove        compare the answers, the stored state and the cure with the scenario file
struck_causes  which causes of the scenario refused or delayed a request
show         a human-readable transcript with curl commands

Nothing here reads the server's memory: all knowledge comes from HTTP responses.
"""
