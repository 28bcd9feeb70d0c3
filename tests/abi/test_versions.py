"""How versions meet: each row of the table in docs/plugins/authors.md, with plugins made for it of the example in C and of a header as a
later kubectl mesh may have it. A row that stands in one of the two places only is a failure."""

import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ["MESH_BUILD"]) / "bin" / "kubectl-mesh"
SOURCE = (ROOT / "sdk/examples/minimal-c/minimal.c").read_text()
HEADER = (ROOT / "sdk/include/mesh/plugin.h").read_text()
PAGE = (ROOT / "docs/plugins/authors.md").read_text()
KUBECONFIG = """
current-context: a
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: a, context: {cluster: a, user: ""}}]
"""
GREETED = "hello from C"
ANSWER = "return reply->write(reply->ctx, REPORT, sizeof(REPORT) - 1);"
ASKS = """
  static const mesh_text later = {"later/1", 7};
  if (host->call(host->ctx, later, later, request, reply) != MESH_UNSUPPORTED) return MESH_FAILED;
  """
LOOKS = """
  const uint32_t needed = offsetof(mesh_host, later) + sizeof(host->later);
  if (host->struct_size >= needed) return MESH_FAILED;
  """


def edited(text, *edits):
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return text


def built(folder, source=(), header=()):
    (folder / "mesh").mkdir(parents=True)
    (folder / "mesh/plugin.h").write_text(edited(HEADER, *header))
    (folder / "plugin.c").write_text("#include <stddef.h>\n" + edited(SOURCE, *source))
    library = folder / "minimal.so"
    subprocess.run(["cc", "-std=c11", "-shared", "-fPIC", "-fvisibility=hidden", "-I", folder, folder / "plugin.c", "-o", library], check=True)
    return library


class Operator:
    """Who installs a plugin and uses it."""

    def __init__(self, folder):
        (folder / "config").write_text(KUBECONFIG)
        (folder / "config").chmod(0o600)
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        self.environment = {**kept, "PATH": os.environ["PATH"], "HOME": str(folder), "KUBECONFIG": str(folder / "config")}

    def run(self, *words):
        return subprocess.run([BINARY, *words], env=self.environment, capture_output=True, text=True, timeout=60)

    def is_greeted(self, library):
        self.installs(library)
        result = self.run("hello", "greet", "-o", "json")
        assert result.returncode == 0, result.stderr
        assert [item["text"] for item in json.loads(result.stdout)["items"]] == [GREETED]

    def installs(self, library):
        result = self.run("plugin", "install", library, "--trust", "--yes")
        assert result.returncode == 0, result.stderr

    def is_refused(self, library, *words):
        result = self.run("plugin", "install", library, "--trust", "--yes")
        assert result.returncode == 7 and result.stderr.count("error:") == 1, result.stderr
        for word in words:
            assert word in result.stderr
        assert "minimal" not in self.run("plugin", "list", "-o", "name").stdout


@pytest.fixture()
def operator(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Operator(home)


def older_minor(operator, folder):
    if platform.machine() != "x86_64":
        pytest.skip("the frozen plugin was built for x86_64")
    operator.is_greeted(shutil.copy(ROOT / "tests/abi/frozen/v1.0/minimal.so", folder))


def newer_minor(operator, folder):
    header = [("define MESH_ABI_MINOR UINT32_C(0)", "define MESH_ABI_MINOR UINT32_C(7)"),
              ("void (*stop)(void* self);\n", "void (*stop)(void* self);\n  void (*pause)(void* self);\n  uint64_t more[16];\n"),
              ("uint64_t (*deadline)(void* ctx);\n", "uint64_t (*deadline)(void* ctx);\n  uint64_t (*later)(void* ctx);\n")]
    operator.is_greeted(built(folder, [(r"\"minor\":0", r"\"minor\":7"), (ANSWER, LOOKS + ANSWER)], header))


def newer_major(operator, folder):
    library = built(folder, [(r"\"major\":1", r"\"major\":2")], [("MESH_ABI_MAJOR UINT32_C(1)", "MESH_ABI_MAJOR UINT32_C(2)")])
    operator.is_refused(library, "ABI 2", "ABI 1")


def newer_symbol(operator, folder):
    both = [("kubectl_mesh_plugin_v1(void) {", "kubectl_mesh_plugin_v1(void) {\n  return kubectl_mesh_plugin_v2();\n}\n"
             "const mesh_plugin* kubectl_mesh_plugin_v2(void) {")]
    header = [("MESH_EXPORT const mesh_plugin* kubectl_mesh_plugin_v1(void);",
               "MESH_EXPORT const mesh_plugin* kubectl_mesh_plugin_v1(void);\nMESH_EXPORT const mesh_plugin* kubectl_mesh_plugin_v2(void);")]
    operator.is_greeted(built(folder, both, header))


def only_newer_symbol(operator, folder):
    renamed = [("kubectl_mesh_plugin_v1", "kubectl_mesh_plugin_v2")]
    operator.is_refused(built(folder, renamed, renamed), "it does not export kubectl_mesh_plugin_v1")


def missing_slot(operator, folder):
    for slot in ("start", "invoke"):
        operator.is_refused(built(folder / slot, [(f"{slot},\n", "NULL,\n")]), f"its function `{slot}` is missing")
    assert SOURCE.count("NULL}") == 1, "the example itself has no `stop`"
    operator.is_greeted(built(folder / "stop"))


def unknown_service(operator, folder):
    operator.is_greeted(built(folder, [(ANSWER, ASKS + ANSWER)]))


def unknown_verb(operator, folder):
    operator.installs(built(folder, [('is(verb, "greet")', 'is(verb, "other")')]))
    result = operator.run("hello", "greet")
    assert result.returncode != 0 and result.stderr.count("error:") == 1, result.stderr
    assert "minimal" in result.stderr and "greet" in result.stderr


def unknown_point(operator, folder):
    more = r'\"summary\":\"say hello\"}]},{\"point\":\"later/1\",\"name\":\"hello\",\"summary\":\"of a later version\"}]}"'
    operator.is_greeted(built(folder, [(r'\"summary\":\"say hello\"}]}]}"', more)]))


def unknown_field(operator, folder):
    operator.is_greeted(built(folder, [(r"\"summary\":\"a plugin in plain C\",", r"\"summary\":\"a plugin in plain C\",\"later\":{},"),
                                       (r"\"kind\":\"GreetingList\",", r"\"kind\":\"GreetingList\",\"later\":[1],")]))


ROWS = {row.__name__.replace("_", "-"): row for row in (
    older_minor, newer_minor, newer_major, newer_symbol, only_newer_symbol, missing_slot, unknown_service, unknown_verb, unknown_point, unknown_field)}


def test_the_table_has_a_row_for_each():
    table = PAGE.split("## How versions meet")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_versions_meet_as_the_table_says(operator, tmp_path, row):
    folder = tmp_path / "plugin"
    folder.mkdir()
    ROWS[row](operator, folder)
