"""The server in a container, for testcontainers-python (to install: ``pip install testcontainers``)."""

from __future__ import annotations

import secrets
from typing import Any, Self

from testcontainers.core.container import DockerContainer  # type: ignore[import-not-found,unused-ignore]  # as below

from dav424.core.clocks import monotonic, sleep
from dav424.testing.server import Server

PORT = 4240


class Dav424Container(DockerContainer):  # type: ignore[misc,unused-ignore]  # testcontainers may not be installed
    """A container of dav424's image; ``server()`` gives the ``Server`` of ``dav424.testing`` for it.

    The container publishes its port on all addresses of the machine, so the admin API needs a ``token``. Each container
    generates its own.
    """

    def __init__(self, image: str = "dav424:latest", **settings: Any) -> None:
        super().__init__(image, **settings)
        self.with_exposed_ports(PORT)
        self.with_env("DAV424_HOST", "0.0.0.0")  # noqa: S104 - inside the container
        self.token = secrets.token_urlsafe()
        self.with_env("DAV424_ADMIN_TOKEN", self.token)

    @property
    def url(self) -> str:
        """The root of the server, with a slash at the end."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}/"

    def server(self) -> Server:
        """Give the server, for making spaces."""
        return Server.at(self.url, self.token)

    def start(self) -> Self:
        """Start the container and wait until the server is ready; raises TimeoutError after 30 seconds."""
        super().start()
        deadline = monotonic() + 30
        while True:
            try:
                self.server().ready()
            except OSError as error:
                if monotonic() > deadline:
                    raise TimeoutError(f"the server at {self.url} is not ready after 30 seconds: {error}") from None
                sleep(0.05)
            else:
                return self
