"""Playing scenarios over real HTTP: to prove them, and to show them.

    play      send a scenario's requests and read what the answers say
    prove     hold the answers, the state and the cure against what was promised
    show      the same for people: a transcript with the curl commands

Nothing here looks into the server: what it knows, it knows from the wire.
"""
