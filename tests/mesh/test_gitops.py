"""docs/gitops.md, "Keep the mesh in Git": a tree that is applied by its own commands alone makes the mesh that `up` makes."""

import json
import re

import pytest

from conftest import ALIAS, BINARY, PAIR, eventually, started

ROUNDS = 6
KINDS = "secrets,serviceentries.networking.istio.io,gateways.networking.istio.io,roles,rolebindings,poddisruptionbudgets,horizontalpodautoscalers"


def write_mesh_file(world):
    """Charts of a repository, in the version that `init` names, with values of the operator's own."""
    text = world.mesh("init", "--contexts", ",".join(PAIR)).stdout
    text = re.sub(r"charts: .*", f"charts: {world.where('LAB_CHART_REPO')}", text)
    text = re.sub(r"\n  version: .*", lambda line: line.group(0) + f"\n  valueFiles: {{istiod: [{world.where('LAB_ISTIO_VALUES')}]}}", text)
    text = re.sub(r"exports: .*", "exports: [{cluster: game-agones, service: default/app1}]", text)
    text = re.sub(r"namespaces: .*", "namespaces: [default]", text)
    world.file = world.folder / "mesh.yaml"
    world.file.write_text(text)


def without_chance(value):
    """Without what is another one in each cluster: addresses that the cluster gave, keys and certificates, what a kubelet or istiod writes."""
    if isinstance(value, dict):
        return {key: "CA" if key == "caBundle" else without_chance(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_chance(each) for each in value]
    if isinstance(value, str):
        value = re.sub(r"-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----\s*", "CERTIFICATE", value, flags=re.DOTALL)
        value = re.sub(r"\b\d{1,3}(\.\d{1,3}){3}\b", "ADDRESS", value)
        return re.sub(r"ADDRESS:\d+", "ADDRESS:PORT", value)
    return value


def shape(world, cluster):
    """Every object that was made, for comparing; of Secrets that they are there, of Helm's history the releases."""
    found = world.snapshot(cluster)
    for item in world.get(cluster, KINDS, "-A")["items"]:
        metadata = item["metadata"]
        name = re.sub(r"\.v\d+$", "", metadata["name"])
        # The inputs of a release name the chart repository, which is at another port in each lab.
        counted = ("version", "modifiedAt", "createdAt", "kubectl-mesh.dev/inputs")
        kept = {"labels": {key: label for key, label in metadata.get("labels", {}).items() if key not in counted},
                "annotations": sorted(metadata.get("annotations", {}))}
        found[f"{item['kind']} {metadata.get('namespace', '')}/{name}"] = (
            kept | ({"keys": sorted(item.get("data", {}))} if item["kind"] == "Secret" else {"spec": item.get("spec")}))
    for name, item in list(found.items()):
        annotations = item.get("metadata", {}).get("annotations", {}) if isinstance(item, dict) else {}
        if "control-plane.alpha.kubernetes.io/leader" in annotations:
            del found[name]
        for port in (item.get("spec") or {}).get("ports", []) if name.startswith("Service ") else []:
            port.pop("nodePort", None)
    del found["Service default/kubernetes"]  # the API server's own
    return without_chance(found)


def folders(tree):
    return sorted(path.parent for path in tree.rglob("kustomization.yaml"))


def built(world, folder) -> list:
    """What kubectl makes of a folder, as objects."""
    text = world.inside("kubectl", "kustomize", folder).stdout
    return re.findall(r"(?m)^apiVersion: (.*)$", text), text


def require_a_good_tree(world, tree):
    assert folders(tree)
    for folder in folders(tree):
        built(world, folder)
    for cluster in PAIR:
        listed = [path for path in (tree / cluster).rglob("*.yaml") if path.parent.parent == tree / cluster and path.name[:2].isdigit()
                  and path.parent.name != "patches"]
        objects = []
        for path in listed:
            text = path.read_text()
            assert "\n---" not in text, path
            objects.append((re.search(r"(?m)^kind: (.*)$", text).group(1), re.search(r"(?m)^  namespace: (.*)$", text), re.search(r"(?m)^  name: (.*)$", text).group(1)))
        keys = [(kind, name_space and name_space.group(1), name) for kind, name_space, name in objects]
        assert len(keys) == len(set(keys)), keys
    for path in tree.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert "PRIVATE KEY" not in text and "LS0tLS1CRUdJTi" not in text, path


def require_charts(tree):
    for cluster in PAIR:
        for release in ("istio-base", "istiod", "istio-eastwestgateway"):
            text = (tree / cluster / "charts" / f"{release}.yaml").read_text()
            for field in ("chart", "namespace", "release", "repository", "valueFiles", "version"):
                assert re.search(rf"(?m)^{field}:", text), f"{field} in\n{text}"
            assert (tree / cluster / "charts" / f"{release}.values.yaml").exists()
        assert (tree / cluster / "charts" / "istiod.values-1.yaml").exists()


@pytest.fixture(scope="module")
def by_up(tmp_path_factory):
    """What `up` makes of clusters of its own."""
    for world in started(tmp_path_factory):
        write_mesh_file(world)
        world.mesh("up", "-f", world.file, "--yes", seconds=600)
        yield {cluster: shape(world, cluster) for cluster in PAIR}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    for made in started(tmp_path_factory):
        write_mesh_file(made)
        made.tree = made.folder / "tree"
        yield made


def plan_into(world, name, *words):
    world.mesh("plan", "-f", "mesh.yaml", "--output-dir", name, *words)


def test_a_tree_of_empty_clusters_builds(world):
    before = {cluster: world.snapshot(cluster) for cluster in PAIR}
    plan_into(world, "tree")
    require_a_good_tree(world, world.tree)
    require_charts(world.tree)
    assert {cluster: world.snapshot(cluster) for cluster in PAIR} == before
    script = (world.tree / "apply.sh").read_text()
    assert "certs install" in script and "# - " in script, script


def test_secret_values_are_private_and_only_there_if_asked_for(world):
    plan_into(world, "secret-tree", "--show-secrets")
    keys = [path for path in (world.folder / "secret-tree").rglob("*") if path.is_file() and re.search("PRIVATE KEY|LS0tLS1CRUdJTi", path.read_text())]
    assert keys and all(path.stat().st_mode & 0o777 == 0o600 for path in keys)
    assert (world.folder / "secret-tree/private/.gitignore").read_text() == "*\n"


def test_applied_by_its_own_commands_it_becomes_complete(world):
    """Only `sh apply.sh`, as often as its last step plans again."""
    for _ in range(ROUNDS):
        script = (world.tree / "apply.sh").read_text()
        world.inside("sh", "-c", f'PATH="{BINARY.parent}:$PATH" sh tree/apply.sh', seconds=900)
        if "--output-dir" not in re.sub(r"(?m)^#.*", "", script):
            break
        require_a_good_tree(world, world.tree)
    else:
        raise AssertionError(f"after {ROUNDS} rounds there is more to plan:\n{script}")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "a call across the clusters")


def test_plan_afterwards_finds_nothing_to_do(world):
    result = world.mesh("plan", "-f", "mesh.yaml", expect=None)
    assert result.returncode == 0, result.stdout
    assert world.writes("up", "-f", "mesh.yaml", "--yes") == []


def test_a_tree_of_the_running_mesh_builds_and_has_its_charts(world):
    plan_into(world, "tree")
    require_a_good_tree(world, world.tree)
    require_charts(world.tree)
    assert list(world.tree.glob("*/*-dns/*deployment*")), "the DNS server is there already, and in the tree all the same"


def test_the_result_equals_up(world, request):
    made = {cluster: shape(world, cluster) for cluster in PAIR}
    world.lab("down")
    expected = request.getfixturevalue("by_up")
    for cluster in PAIR:
        assert sorted(made[cluster]) == sorted(expected[cluster])
    different = {f"{cluster}: {name}": (item, expected[cluster][name]) for cluster in PAIR for name, item in made[cluster].items()
                 if item != expected[cluster][name]}
    assert not different, json.dumps(different, indent=1, sort_keys=True)
