"""Plugins of somebody else: looked at, installed, trusted, taken away; and files that are none."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

BUILD = Path(os.environ["MESH_BUILD"])
BINARY = BUILD / "bin" / "kubectl-mesh"
LIBRARY = BUILD / "examples" / "corp-ca.so"
MANIFEST = BUILD / "examples" / "corp-ca.json"


class Mesh:
    def __init__(self, home):
        self.home = home
        self.plugins = home / ".local/share/kubectl-mesh/plugins"
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        self.environment = {**kept, "PATH": os.environ["PATH"], "HOME": str(home)}

    def __call__(self, *words, expect=0, **env):
        result = subprocess.run([BINARY, *map(str, words)], env={**self.environment, **env}, capture_output=True, text=True,
                                timeout=60, stdin=subprocess.DEVNULL)
        assert result.returncode == expect, f"{words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    def card(self, plugin) -> dict:
        return json.loads(self("plugin", "info", plugin, "-o", "json").stdout)["items"][0]

    def installed(self) -> list:
        return sorted(path.name for path in self.plugins.glob("*"))


@pytest.fixture()
def mesh(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return Mesh(home)


def archive(folder, *files, name="corp-ca.tar.gz"):
    """A .tar.gz with (name in it, file on disk or a link's target)."""
    with tarfile.open(folder / name, "w:gz") as tar:
        for member, file in files:
            if isinstance(file, Path):
                tar.add(file, member)
            else:
                link = tarfile.TarInfo(member)
                link.type, link.linkname = tarfile.SYMTYPE, file
                tar.addfile(link)
    return folder / name


def test_a_plugin_is_looked_at_before_it_is_installed(mesh):
    card = mesh.card(LIBRARY)
    assert card["name"] == "corp-ca" and card["trust"] == "not trusted"
    assert card["sha256"] == hashlib.sha256(LIBRARY.read_bytes()).hexdigest()
    said = mesh("plugin", "info", LIBRARY).stdout
    assert "Corp PKI" in said and "ca/1:corp-ca" in said and "read the files that its settings name" in said
    assert mesh.installed() == []


def test_installed_trusted_changed_and_taken_away(mesh):
    result = mesh("plugin", "install", LIBRARY)
    assert result.stdout == "plugin/corp-ca installed\n" and "plugin trust corp-ca" in result.stderr
    assert mesh.installed() == ["corp-ca.json", "corp-ca.so"]
    assert mesh("plugin", "install", LIBRARY).stdout == "plugin/corp-ca unchanged\n"
    no_terminal = mesh("plugin", "trust", "corp-ca", expect=2)
    assert "--yes" in no_terminal.stderr
    assert mesh("plugin", "trust", "corp-ca", "--yes").stdout == "plugin/corp-ca trusted\n"
    assert mesh("plugin", "trust", "corp-ca").stdout == "plugin/corp-ca unchanged (trusted)\n"
    assert "trusted" in mesh("plugin", "list").stdout

    with (mesh.plugins / "corp-ca.so").open("ab") as library:
        library.write(b"\0")
    card = mesh.card("corp-ca")
    assert card["trust"] == "changed" and card["trustedSha256"] == hashlib.sha256(LIBRARY.read_bytes()).hexdigest()
    assert "changed" in mesh("plugin", "list").stdout
    mesh("plugin", "install", LIBRARY)
    assert mesh.card("corp-ca")["trust"] == "trusted"

    assert mesh("plugin", "untrust", "corp-ca").stdout == "plugin/corp-ca untrusted\n"
    assert mesh("plugin", "untrust", "corp-ca").stdout == "plugin/corp-ca unchanged (not trusted)\n"
    assert mesh("plugin", "remove", "corp-ca").stdout == "plugin/corp-ca removed\n"
    assert mesh.installed() == []
    assert "there is no plugin" in mesh("plugin", "remove", "corp-ca", expect=2).stderr


def test_installed_and_trusted_at_once(mesh):
    mesh("plugin", "install", LIBRARY, "--trust", expect=2)
    assert mesh.installed() == []
    result = json.loads(mesh("plugin", "install", LIBRARY, "--trust", "--yes", "-o", "json").stdout)
    assert result["items"][0]["trust"] == "trusted" and result["items"][0]["done"] == "installed"
    assert mesh("plugin", "remove", "corp-ca", "-o", "name").stdout.strip() == "corp-ca"
    assert json.loads((mesh.home / ".local/share/kubectl-mesh/trusted-plugins.json").read_text())["plugins"] == {}


@pytest.mark.parametrize("inside", ["", "corp-ca-1.0.0/", "../../etc/", "a name with spaces/"])
def test_from_a_folder_and_from_an_archive_with_any_paths(mesh, tmp_path, inside):
    packed = archive(tmp_path, (f"{inside}corp-ca.so", LIBRARY), (f"{inside}corp-ca.json", MANIFEST))
    mesh("plugin", "install", packed)
    assert mesh.installed() == ["corp-ca.json", "corp-ca.so"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corp-ca.tar.gz", "home"]
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(LIBRARY, folder)
    assert mesh("plugin", "install", folder).stdout == "plugin/corp-ca unchanged\n"


def cut(folder):
    (folder / "cut.so").write_bytes(LIBRARY.read_bytes()[:5000])
    return folder / "cut.so"


def text(folder):
    (folder / "text.so").write_text("not a library")
    return folder / "text.so"


def other_machine(folder):
    code = bytearray(LIBRARY.read_bytes())
    code[18:20] = (0xF3).to_bytes(2, "little")  # e_machine: RISC-V
    (folder / "riscv.so").write_bytes(code)
    return folder / "riscv.so"


def linked(folder):
    (folder / "link.so").symlink_to(LIBRARY)
    return folder / "link.so"


def two(folder):
    for name in ("a.so", "b.so"):
        shutil.copy(LIBRARY, folder / name)
    return folder


def cut_archive(folder):
    whole = archive(folder, ("corp-ca.so", LIBRARY)).read_bytes()
    (folder / "cut.tar.gz").write_bytes(whole[:2000])
    return folder / "cut.tar.gz"


def lying(folder):
    shutil.copy(LIBRARY, folder)
    (folder / "corp-ca.json").write_text(MANIFEST.read_text().replace("1.0.0", "1.0.1"))
    return folder


def no_plugin(folder):
    (folder / "none.c").write_text("int nothing(void) { return 0; }")
    subprocess.run(["cc", "-shared", "-fPIC", folder / "none.c", "-o", folder / "none.so"], check=True)
    return folder / "none.so"


@pytest.mark.parametrize("make, status, said", [
    (cut, 7, "is cut off: of at least "),
    (text, 7, "cannot be loaded"),
    (other_machine, 7, "cannot be loaded"),
    (linked, 2, "is a symbolic link"),
    (two, 2, "several libraries: "),
    (cut_archive, 2, "is no whole .tar.gz"),
    (lying, 7, "is not the one that the library holds"),
    (no_plugin, 7, "does not export kubectl_mesh_plugin_v1"),
    (lambda folder: archive(folder, ("x.so", "/etc/passwd")), 7, "cannot be loaded"),
    (lambda folder: archive(folder, ("README", MANIFEST)), 2, "has no library"),
    (lambda folder: folder / "nowhere.so", 2, "is not there"),
], ids=["cut", "text", "machine", "link", "two", "cut-archive", "lying", "no-plugin", "link-inside", "no-library", "missing"])
def test_what_is_no_plugin_is_one_clear_error_and_nothing_is_installed(mesh, tmp_path, make, status, said):
    folder = tmp_path / "source"
    folder.mkdir()
    result = mesh("plugin", "install", make(folder), expect=status)
    assert said in result.stderr and result.stderr.count("error:") == 1
    assert mesh.installed() == []


def test_a_plugin_of_the_name_or_the_address_of_another_is_refused(mesh, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    for file in (LIBRARY, MANIFEST):
        shutil.copy(file, elsewhere)
    result = mesh("plugin", "install", LIBRARY, expect=4, KUBECTL_MESH_PLUGIN_PATH=str(elsewhere))
    assert "there is a plugin corp-ca already" in result.stderr and mesh.installed() == []


def test_the_tool_itself_needs_no_trust(mesh):
    assert mesh("plugin", "trust", "certs").stdout == "plugin/certs unchanged (bundled)\n"
    assert "part of kubectl mesh" in mesh("plugin", "untrust", "certs", expect=2).stderr
    assert "was not installed by" in mesh("plugin", "remove", "certs", expect=4).stderr
    assert "did you mean certs?" in mesh("plugin", "info", "cert", expect=2).stderr


def placed(mesh, concern, **lifecycle):
    """A plugin of one concern, to be ordered by its manifest: nothing of it is loaded before that."""
    plugin = f"plugin-{concern}"
    manifest = {"apiVersion": "kubectl-mesh.dev/v1", "kind": "Plugin", "name": plugin, "version": "1.0.0", "abi": {"major": 1},
                "provides": [{"point": "command/1", "name": concern, "verbs": [{"name": "go", "changes": True}],
                              "lifecycle": {"up": "go", "down": "go", **lifecycle}}]}
    mesh.plugins.mkdir(parents=True, exist_ok=True)
    (mesh.plugins / f"{plugin}.json").write_text(json.dumps(manifest))
    (mesh.plugins / f"{plugin}.so").write_text("no library")


def refusal(mesh, verb):
    kubeconfig = mesh.home / "config"
    cluster = {"name": "a", "cluster": {"server": "https://127.0.0.1:1"}}
    kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "users": [],
                                      "contexts": [{"name": "a", "context": {"cluster": "a", "user": ""}}]}))
    return json.loads(mesh(verb, "--contexts", "a", "--kubeconfig", kubeconfig, "-o", "json", expect=7).stdout)["problems"][0]


@pytest.mark.parametrize("verb", ["plan", "up", "down"])
def test_concerns_in_a_cycle_are_refused_with_the_plugins_that_make_it(mesh, verb):
    placed(mesh, "early", after=["helm", "absent"], before=["certs"])
    problem = refusal(mesh, verb)
    assert problem["code"] == "plugin-refused" and "skip: [certs]" in problem["hint"]
    assert problem["message"] == ("the order of the concerns has a cycle: certs after early (plugin plugin-early), "
                                  "early after helm (plugin plugin-early), helm after certs (plugin helm)")


BUNDLED = ["certs", "helm", "serviceentry", "dns", "inject"]


@pytest.mark.parametrize("earlier,later", zip(BUNDLED, BUNDLED[1:]))
def test_bundled_concerns_say_their_order(mesh, earlier, later):
    """Whoever stands between two of them the wrong way round makes a cycle."""
    placed(mesh, "wrong", after=[later], before=[earlier])
    assert "has a cycle" in refusal(mesh, "plan")["message"]


def test_verify_comes_after_concerns_that_do_not_name_it(mesh):
    placed(mesh, "late", after=["verify"])
    assert "verify after late (plugin verify)" in refusal(mesh, "plan")["message"]
