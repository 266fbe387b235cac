"""Log in by a library that real clients stand on: ``python logins.py LIBRARY SCHEME URL USER PASSWORD`` sends four GETs.

It writes the statuses that the library gives its caller, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator

TIMES = 4
Statuses = Iterator[int]


def by_requests(scheme: str, url: str, user: str, password: str) -> Statuses:
    import requests
    from requests.auth import HTTPBasicAuth, HTTPDigestAuth

    login = (HTTPDigestAuth if scheme == "digest" else HTTPBasicAuth)(user, password)
    with requests.Session() as session:
        yield from (session.get(url, auth=login).status_code for _ in range(TIMES))


def by_niquests(scheme: str, url: str, user: str, password: str) -> Statuses:
    import niquests
    from niquests.auth import HTTPBasicAuth, HTTPDigestAuth

    login = (HTTPDigestAuth if scheme == "digest" else HTTPBasicAuth)(user, password)
    with niquests.Session() as session:
        yield from (session.get(url, auth=login).status_code for _ in range(TIMES))


def by_httpx(scheme: str, url: str, user: str, password: str) -> Statuses:
    import httpx

    login = (httpx.DigestAuth if scheme == "digest" else httpx.BasicAuth)(user, password)
    with httpx.Client(auth=login) as client:
        yield from (client.get(url).status_code for _ in range(TIMES))


def by_aiohttp(scheme: str, url: str, user: str, password: str) -> Statuses:
    import aiohttp

    async def ask() -> list[int]:
        digest = (aiohttp.DigestAuthMiddleware(user, password),) if scheme == "digest" else ()
        basic = aiohttp.BasicAuth(user, password, "utf-8") if scheme == "basic" else None
        async with aiohttp.ClientSession(middlewares=digest, auth=basic) as session:
            found = []
            for _ in range(TIMES):
                async with session.get(url) as answer:
                    found.append(answer.status)
            return found

    yield from asyncio.run(ask())


LIBRARIES: dict[str, Callable[[str, str, str, str], Statuses]] = {
    "requests": by_requests,
    "niquests": by_niquests,
    "httpx": by_httpx,
    "aiohttp": by_aiohttp,
}

if __name__ == "__main__":
    library, *arguments = sys.argv[1:]
    json.dump(list(LIBRARIES[library](*arguments)), sys.stdout)
