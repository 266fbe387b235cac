"""Where a real server and our dialect of it answer otherwise, and why no trait expresses that.

A pattern matches the server, the conversation, the number of the step in it, its method and its path. Each row is checked: the
answers do differ.
"""

DIFFERENCES = {
    r"(apache|lighttpd|cyrus) collections 6 |apache (delete|move-lock) 6 ": (
        "It gives a collection an entity-tag or a length; ours has none."
    ),
    r"(apache|lighttpd|nginx|tomcat|zope|nephele) locks 8 ": "It answers otherwise to UNLOCK with a token that it does not know.",
    r"(nginx|go|cyrus) documents 7 |(nginx|cyrus) copy 5 ": (
        "It answers otherwise than with 409 where the parent is missing."
    ),
    r"apache locks 10 ": "Apache answers 200 to a LOCK that makes a resource.",
    r"lighttpd properties [246] ": "lighttpd answers 204 to a PROPPATCH of which nothing failed.",
    r"lighttpd (locks (2|10)|locked-child 4|shared [34]|delete 4|copy-onto-lock 5|move-lock 4) ": (
        "lighttpd sends an entity-tag with a new lock."
    ),
    r"nginx shared [34] ": "nginx answers to a shared lock with an exclusive one.",
    r"lighttpd move-lock 5 ": "lighttpd answers 200 to a MOVE that meets a locked member.",
    r"nginx (collections 6|properties 3) ": "nginx lists neither entity-tags nor properties of clients.",
    r"nginx copy 2 |nginx copy 8 |nginx copy-onto-lock 6 ": "nginx does not tell a new destination from a replaced one.",
    r"(tomcat|zope) ((collections|delete) 6|properties 3) |tomcat move-lock 6 ": (
        "It writes other prefixes in listings than in answers to PROPPATCH."
    ),
    r"tomcat properties [24] |zope properties [24] ": "It has a propstat for each property where nothing failed, too.",
    r"cyrus collections 2 ": "Cyrus answers 403 with resource-must-be-null to a MKCOL of a collection that is there.",
    r"cyrus collections 3 ": "Cyrus makes a collection without its parent.",
    r"cyrus properties 3 ": "Cyrus drops dead properties of files, and stores those of calendars.",
    r"cyrus locks 5 ": "Cyrus says that a token is missing where a lock conflicts with another one.",
    r"(cyrus|nginx) locks 6 ": "It sends the Lock-Token of a lock that was refreshed.",
    r"(cyrus|go) shared 5 ": "An If header without a token is malformed: we answer 400, they 412.",
    r"cyrus copy [28] ": "Cyrus sends an entity-tag after COPY and MOVE.",
    r"cyrus copy-onto-lock 6 ": "Cyrus has no COPY of a collection.",
    r"cyrus move-lock 6 ": "Cyrus lists a missing resource twice.",
    r"go documents [289] |go locks 4 ": "Go answers 201 to a PUT that replaces a document.",
    r"(wsgidav|nephele) ((collections|delete|move-lock) 6|properties 3) ": (
        "It lists entity-tags without quotes, and sends them with quotes in ETag."
    ),
    r"nephele properties 10 ": "Nephele answers 500 to XML that is not well-formed.",
    r"nephele copy [45] ": "Nephele answers with a multistatus about the destination.",
    r"nephele move-lock 5 ": "Nephele names the destination of the member, and leaves out the condition.",
    r"xandikos collections 6 |xandikos properties 3 ": "Xandikos lists paths, and writes URLs in other answers.",
    r"xandikos properties 6 ": "Xandikos stores the displayname of a calendar alone.",
    r"xandikos properties 9 ": "Xandikos answers to a PROPPATCH of a missing resource with a multistatus.",
    r"(cyrus|radicale|xandikos)-calendar (events 7|properties 2) ": "It lists more of a calendar than ours, in other prefixes.",
    r"cyrus-calendar options 1 ": "Cyrus announces other methods for calendars than for files.",
    r"cyrus-calendar events 10 ": "Cyrus has no COPY inside a calendar.",
    r"radicale-calendar events 12 ": "Radicale answers to DELETE with a multistatus whose status line is 200.",
    r"radicale-calendar again 1 ": "Radicale answers 409 to a MKCALENDAR of a calendar that is there.",
    r"xandikos-calendar events 1[012] ": "Xandikos refuses a second resource with one UID, after MOVE, too.",
    r"xandikos-calendar properties 6 ": "Xandikos answers to a PROPPATCH of a missing resource with a multistatus.",
    r"xandikos-calendar again 1 ": "Xandikos describes the failure beside the condition.",
    r"zope documents 4 ": "Zope sends an entity-tag with HEAD alone.",
    r"zope properties [67] ": "Zope describes the failure with the error of its own program.",
    r"zope (locks (2|6|10)|locked-child 4|delete 4|copy-onto-lock 5|move-lock 4) ": "Zope writes the owner as Python does.",
}
