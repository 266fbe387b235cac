"""docs/wsgidav.md: each recipe is run as it stands on the page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import yaml

from tests.wsgi.hosts import free_port, wait_for

TEXT = (Path(__file__).parents[2] / "docs" / "wsgidav.md").read_text()
PYTHON, YAML = (re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL) for kind in ("python", "yaml"))


def test_the_recipes_in_python(tmp_path: Path) -> None:
    """The three recipes, in one file, are three tests that pass."""
    (tmp_path / "test_recipes.py").write_text("\n".join(PYTHON))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_recipes.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_recipe_in_yaml(tmp_path: Path) -> None:
    """WsgiDAV's own program serves the scenario, and gives MKCALENDAR to it."""
    (text,) = YAML
    port = free_port()
    file = tmp_path / "wsgidav.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(text), "port": port}))
    command = [sys.executable, "-c", "from wsgidav.server.server_cli import run; run()", "--config", str(file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            (shown,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
            pasted = ["sh", "-euc", shown.replace("8080", str(port))]
            answer = subprocess.run(pasted, capture_output=True, text=True, check=True, timeout=30).stdout
            assert answer.index("displayname") < answer.index("424 Failed Dependency"), answer
            assert "calendar-color" in answer
            assert "403 Forbidden" in answer
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                assert client.request("MKCALENDAR", "/calendars/calendars/mine/").status_code == 201
        finally:
            process.terminate()
