"""The profile ``cluster`` of docker-compose.yml: its parts fit together, and haproxy reads its configuration."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = {name: each for name, each in COMPOSE["services"].items() if each.get("profiles") == ["cluster"]}
REPLICAS = ("replica-1", "replica-2", "replica-3")
CONFIGURATION = ROOT / "cluster" / "haproxy.cfg"


def test_one_server_needs_no_profile() -> None:
    """``docker compose up`` starts it alone."""
    assert COMPOSE["services"].keys() - SERVICES.keys() == {"dav424"}


def test_the_replicas_share_an_engine() -> None:
    """All three are the same, and name the service of the engine."""
    assert SERVICES.keys() == {*REPLICAS, "balancer", "valkey"}
    assert SERVICES["replica-1"] == SERVICES["replica-2"] == SERVICES["replica-3"]
    assert SERVICES["replica-1"]["environment"]["DAV424_STORE"] == "valkey://valkey:6379"


def test_the_balancer_is_the_only_door() -> None:
    """No other service of the profile has a port of the machine, and this one only on loopback."""
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["balancer"]
    assert SERVICES["balancer"]["ports"][0].startswith("127.0.0.1:")


def test_what_is_waited_for_has_a_health_check() -> None:
    """The engine in this file, and the replicas in their image."""
    for name, service in SERVICES.items():
        for needed, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}, name
            assert needed in REPLICAS or "healthcheck" in SERVICES[needed]
    assert "\nHEALTHCHECK " in (ROOT / "Dockerfile").read_text()


def test_haproxy_reads_its_configuration(program: Callable[[str], str]) -> None:
    """Each variable in it is set in the compose file, and leads to a replica."""
    variables = SERVICES["balancer"]["environment"]
    assert set(re.findall(r"\$\{(\w+)\}", CONFIGURATION.read_text())) == variables.keys()
    assert [variables[f"REPLICA_{number}"] for number in (1, 2, 3)] == [f"{name}:4240" for name in REPLICAS]
    done = subprocess.run(
        [program("haproxy"), "-c", "-f", str(CONFIGURATION)],
        env={**variables, "BALANCER": "127.0.0.1:4240"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    others = [line for line in done.stderr.splitlines() if "WARNING" in line and "could not resolve" not in line]
    assert not others, "the names of the replicas are known to compose alone"
