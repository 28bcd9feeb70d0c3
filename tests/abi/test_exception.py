"""A stranger's exception, thrown by the C++ library that he links, in the program as it is shipped: it has a C++ library of its
own, which the unit tests' programs have not."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ["MESH_BUILD"]) / "bin" / "kubectl-mesh"
KUBECONFIG = """
current-context: a
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: a, context: {cluster: a, user: ""}}]
"""


@pytest.mark.parametrize("isolation", ["helper", "process"])
@pytest.mark.parametrize("thrown, said", [('std::runtime_error("boom")', "(boom)"), ("42", "(not a std::exception)")])
def test_a_plugin_that_throws_costs_its_step(tmp_path, isolation, thrown, said):
    minimal = (ROOT / "sdk/examples/minimal-c/minimal.c").read_text()
    line = "if (host->cancelled(host->ctx)) return MESH_CANCELLED;"
    assert line in minimal
    (tmp_path / "throws.cpp").write_text("#include <stdexcept>\n" + minimal.replace(line, f"throw {thrown};"))
    (tmp_path / "plugins").mkdir()
    library = tmp_path / "plugins" / "throws.so"
    subprocess.run(["c++", "-std=c++20", "-shared", "-fPIC", "-I", ROOT / "sdk/include", tmp_path / "throws.cpp", "-o", library], check=True)
    manifest = subprocess.run([BINARY, "__manifest", library], capture_output=True, check=True).stdout
    (tmp_path / "plugins" / "throws.json").write_bytes(manifest)
    (tmp_path / "config").write_text(KUBECONFIG)
    (tmp_path / "config").chmod(0o600)
    kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    env = {**kept, "PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "config"),
           "KUBECTL_MESH_PLUGIN_PATH": str(tmp_path / "plugins"), "KUBECTL_MESH_ISOLATION": isolation}
    subprocess.run([BINARY, "plugin", "trust", "minimal", "--yes"], env=env, check=True, timeout=60)
    result = subprocess.run([BINARY, "hello", "greet", "--allow-unsandboxed=minimal"], env=env, capture_output=True, text=True, timeout=60)
    assert result.returncode == 7
    assert f"let an exception cross the C boundary {said}" in result.stderr
