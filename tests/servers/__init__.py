"""Real WebDAV servers of other projects, each started for a test on loopback, with an empty writable root.

place       where a server may write, and the files that its configuration is made of
sources     the packages that the servers are from: is it here, and in which version
debian      how to start those of Debian
languages   how to start those of PyPI and npm
table       SERVERS: all of them, by name
running     started(NAME, FOLDER): one that answers, until the block ends
conversations, talk, differences    what a real server and ours are asked, and where they answer otherwise
page        docs/dialect-differences.md, from the differences
probed      the probe against one of them, which is started again if it ends
reproduction, servers_page, measured    docs/servers.md: the verdicts, the shortest requests, and another measurement
install     make servers-install: put those of PyPI and npm, and the one in Go, into build/servers

    with started("apache", tmp_path) as server:
        Client(server.url)("OPTIONS", "/")
"""
