"""botocore, on which the SDKs of AWS stand, against derived documents at the paths that it asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Served
from tests.installed import NotInstalledError

from .install import at_hand

DRIVER = Path(__file__).parent / "drivers" / "models.py"
MODELS = """
tree:
  /weights.bin: {content: "0101"}
  /model/a.parrot-v1:0/invoke:
    {from: [/weights.bin], type: application/json, template: '{"weights": "$1"}', methods: [GET, POST], spelling: bedrock}
  /endpoints/parrot/invocations:
    {from: [/weights.bin], type: application/json, template: '{"weights": "$1"}', methods: [GET, POST], spelling: sagemaker}
"""
FAILING = MODELS + "causes: [{id: fails, kind: unreadable, path: /weights.bin, status: 500, times: 2}]\n"
CAUSE = "Not done, because this failed: read /weights.bin (500 Internal Server Error)."


def invoke(served: Served) -> list[dict[str, Any]]:
    """Invoke both models; gives what botocore tells its caller: the body, or the name of its exception and what is in it."""
    try:
        folder = at_hand("botocore")
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(DRIVER), served.url.rstrip("/")],
        cwd=DRIVER.parent,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(folder), "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


@pytest.mark.own_server
def test_botocore_raises_the_error_of_a_model(serve: Callable[[str], Served]) -> None:
    """The service's own exception, with the status and the name of what failed."""
    served = serve(FAILING)
    bedrock, sagemaker = invoke(served)
    base = served.client.base
    assert bedrock == {
        "raised": "ModelErrorException",
        "status": 424,
        "message": CAUSE,
        "originalStatusCode": 500,
        "resourceName": f"{base}/weights.bin",
    }
    assert sagemaker == {
        "raised": "ModelError",
        "status": 424,
        "message": CAUSE,
        "OriginalStatusCode": 500,
        "OriginalMessage": "/weights.bin can't be read: its store failed.",
    }


@pytest.mark.own_server
def test_botocore_reads_what_a_model_makes(serve: Callable[[str], Served]) -> None:
    """Without a failure."""
    assert invoke(serve(MODELS)) == [{"body": '{"weights": "0101"}'}] * 2
