"""kubernetes/: rendered by kubectl, held against the schemas of Kubernetes, and its probes against a server."""

from __future__ import annotations

import subprocess
import urllib.request
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from dav424.commands.flags import SERVE_FLAGS
from tests.commands.test_cli import running

ROOT = Path(__file__).parents[2]
VERSIONS = ("1.28", kubernetes_validate.latest_version())
Rendered = Mapping[tuple[str, str], Any]
"""Documents by their kind and name."""


@pytest.fixture(scope="module")
def render(program: Callable[[str, str], str]) -> Callable[[str], Rendered]:
    """Render a folder as ``kubectl apply -k`` does."""
    found: dict[str, Rendered] = {}

    def rendered(folder: str) -> Rendered:
        if folder not in found:
            command = [program("kubectl", "kubernetes-client"), "kustomize", str(ROOT / "kubernetes" / folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode == 0, done.stderr
            documents = yaml.safe_load_all(done.stdout)
            found[folder] = {(each["kind"], each["metadata"]["name"]): each for each in documents}
        return found[folder]

    return rendered


@pytest.fixture
def base(render: Callable[[str], Rendered]) -> Rendered:
    """One server."""
    return render("base")


@pytest.fixture
def scale(render: Callable[[str], Rendered]) -> Rendered:
    """Replicas that share an engine."""
    return render("overlays/scale")


def pod_of(documents: Rendered, kind: str, name: str) -> Any:
    """Give the template of the pods."""
    return documents[kind, name]["spec"]["template"]


def container_of(documents: Rendered, kind: str, name: str) -> Any:
    """Give the only container of the pods."""
    (container,) = pod_of(documents, kind, name)["spec"]["containers"]
    return container


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", ["base", "overlays/scale"])
def test_it_is_valid(render: Callable[[str], Rendered], folder: str, version: str) -> None:
    """An older version of Kubernetes and the latest one know each key."""
    for document in render(folder).values():
        kubernetes_validate.validate(document, version, strict=True)


def test_an_unknown_key_would_be_seen(base: Rendered) -> None:
    """The schemas are strict."""
    wrong = deepcopy(base["Deployment", "dav424"])
    wrong["spec"]["template"]["spec"]["enableServiceLink"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_one_server_has_one_world(base: Rendered) -> None:
    """There is one deployment and one service, and never two servers at once."""
    assert base.keys() == {("Deployment", "dav424"), ("Service", "dav424")}
    spec = base["Deployment", "dav424"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_service_finds_the_pod(base: Rendered) -> None:
    """By its labels, and by the name of its port, which is the one that the image listens on."""
    labels = pod_of(base, "Deployment", "dav424")["metadata"]["labels"].items()
    service = base["Service", "dav424"]["spec"]
    assert service["selector"].items() <= labels
    assert base["Deployment", "dav424"]["spec"]["selector"]["matchLabels"].items() <= labels
    ports = {port["name"]: port["containerPort"] for port in container_of(base, "Deployment", "dav424")["ports"]}
    assert [ports[port["targetPort"]] for port in service["ports"]] == [4240]
    assert "\nEXPOSE 4240\n" in (ROOT / "Dockerfile").read_text()


def test_no_variable_of_the_service_reaches_the_server(base: Rendered) -> None:
    """Kubernetes would set DAV424_PORT to a URL."""
    assert pod_of(base, "Deployment", "dav424")["spec"]["enableServiceLinks"] is False
    assert ("Service", "dav424") in base


def test_the_probes_are_answered(base: Rendered) -> None:
    """A server with a token answers each of them with 200."""
    container = container_of(base, "Deployment", "dav424")
    assert {variable["name"] for variable in container["env"]} <= {flag.variable for flag in SERVE_FLAGS}
    probes = [container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")]
    assert {probe["port"] for probe in probes} == {"http"}
    with running("--port", "0", "--admin-token", "secret") as (_, url):
        for probe in probes:
            with urllib.request.urlopen(url + probe["path"].removeprefix("/"), timeout=20) as answer:
                assert answer.status == 200


def test_the_replicas_share_an_engine(scale: Rendered) -> None:
    """Their store is the port of the service that finds the pod of the engine, and nothing else reaches that."""
    (store,) = (each for each in container_of(scale, "Deployment", "dav424")["env"] if each["name"] == "DAV424_STORE")
    assert store["value"] == "valkey://valkey:6379"
    service = scale["Service", "valkey"]["spec"]
    labels = pod_of(scale, "StatefulSet", "valkey")["metadata"]["labels"].items()
    assert service["selector"].items() <= labels
    ports = {each["name"]: each["containerPort"] for each in container_of(scale, "StatefulSet", "valkey")["ports"]}
    assert [(each["port"], ports[each["targetPort"]]) for each in service["ports"]] == [(6379, 6379)]
    policy = scale["NetworkPolicy", "valkey"]["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels
    allowed = [each["podSelector"]["matchLabels"] for rule in policy["ingress"] for each in rule["from"]]
    assert allowed == [scale["Deployment", "dav424"]["spec"]["selector"]["matchLabels"]]


def test_the_replicas_keep_what_one_server_has(base: Rendered, scale: Rendered) -> None:
    """The probes, the token, the rights and the limit of memory."""
    one, many = (container_of(each, "Deployment", "dav424") for each in (base, scale))
    for key in ("startupProbe", "livenessProbe", "securityContext", "ports", "image"):
        assert many[key] == one[key]
    assert {each["name"] for each in many["env"]} == {each["name"] for each in one["env"]} | {"DAV424_STORE"}
    assert many["resources"]["limits"] == one["resources"]["limits"]


def test_no_two_versions_run_at_once(scale: Rendered) -> None:
    """A space belongs to one version, so that an update ends all pods before it starts new ones."""
    assert scale["Deployment", "dav424"]["spec"]["strategy"] == {"type": "Recreate"}


def test_a_replica_stays_in_service_without_its_engine(scale: Rendered) -> None:
    """Its answers say what is wrong; without an endpoint, clients would get no answer at all."""
    probe = container_of(scale, "Deployment", "dav424")["readinessProbe"]
    assert probe["httpGet"]["path"] == "/-/live"
    assert probe["periodSeconds"] == 5


def test_the_number_of_replicas_is_the_autoscalers(scale: Rendered) -> None:
    """It is three at least, the manifest sets no other one, and an eviction takes one at a time."""
    deployment = scale["Deployment", "dav424"]
    assert "replicas" not in deployment["spec"]
    scaler = scale["HorizontalPodAutoscaler", "dav424"]["spec"]
    assert (scaler["scaleTargetRef"]["kind"], scaler["scaleTargetRef"]["name"]) == ("Deployment", "dav424")
    assert scaler["minReplicas"] == 3
    assert "cpu" in container_of(scale, "Deployment", "dav424")["resources"]["requests"], (
        "its measure is a part of that"
    )
    budget = scale["PodDisruptionBudget", "dav424"]["spec"]
    assert budget == {"maxUnavailable": 1, "selector": deployment["spec"]["selector"]}


def test_the_engine_drops_no_space(scale: Rendered) -> None:
    """It keeps its data on a volume, and refuses writes when it is full; twice its limit fits into the pod."""
    container = container_of(scale, "StatefulSet", "valkey")
    words = " ".join(container["args"])
    assert "--appendonly yes" in words
    assert "--maxmemory 1gb --maxmemory-policy noeviction" in words
    assert container["resources"]["limits"]["memory"] == "2Gi"
    claims = [each["metadata"]["name"] for each in scale["StatefulSet", "valkey"]["spec"]["volumeClaimTemplates"]]
    assert claims == [each["name"] for each in container["volumeMounts"]]
