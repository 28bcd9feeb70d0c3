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


def rights(mesh, version, provides=("ca/1:corp-ca",), **needs):
    """Another version of the plugin with other rights: trust reads its manifest and hashes its library, and runs neither."""
    manifest = json.loads(MANIFEST.read_text())
    manifest["version"] = version
    manifest["provides"] = [{"point": one.split(":")[0], "name": one.split(":")[1], "needs": needs} for one in provides]
    mesh.plugins.mkdir(parents=True, exist_ok=True)
    (mesh.plugins / "corp-ca.json").write_text(json.dumps(manifest))
    (mesh.plugins / "corp-ca.so").write_bytes(LIBRARY.read_bytes() + version.encode())
    return hashlib.sha256((mesh.plugins / "corp-ca.so").read_bytes()).hexdigest()


OTHER = "0" * 64


def test_trusts_the_named_hash_without_a_question_and_no_other(mesh):
    right = rights(mesh, "1.0.0")
    refused = mesh("plugin", "trust", "corp-ca", "--sha256", OTHER, "--yes", expect=4)
    assert right in refused.stderr and mesh.card("corp-ca")["trust"] == "not trusted"
    assert mesh("plugin", "trust", "corp-ca", "--sha256", right.upper()).stdout == "plugin/corp-ca trusted\n"
    assert mesh("plugin", "trust", "corp-ca", "--sha256", right).stdout == "plugin/corp-ca unchanged (trusted)\n"
    # What is trusted already is refused under another hash as well.
    mesh("plugin", "trust", "corp-ca", "--sha256", OTHER, expect=4)
    rights(mesh, "1.0.1")
    mesh("plugin", "trust", "corp-ca", "--sha256", right, expect=4)
    assert mesh.card("corp-ca")["trust"] == "changed"


@pytest.mark.parametrize("hash", ["", "0" * 63, "0" * 65, "g" * 64, "sha256:" + "0" * 57])
def test_what_is_no_hash_is_a_usage_error(mesh, hash):
    rights(mesh, "1.0.0")
    assert "64 hexadecimal digits" in mesh("plugin", "trust", "corp-ca", "--sha256", hash, "--yes", expect=2).stderr
    assert mesh.card("corp-ca")["trust"] == "not trusted"


@pytest.mark.parametrize("which", ["library", "archive"])
def test_installs_the_named_library_or_archive_and_no_other(mesh, tmp_path, which):
    packed = archive(tmp_path, ("corp-ca.so", LIBRARY), ("corp-ca.json", MANIFEST))
    named = hashlib.sha256((packed if which == "archive" else LIBRARY).read_bytes()).hexdigest()
    refused = mesh("plugin", "install", packed, "--trust", "--sha256", OTHER, expect=4)
    assert named in refused.stderr and mesh.installed() == []
    card = json.loads(mesh("plugin", "install", packed, "--trust", "--sha256", named, "-o", "json").stdout)["items"][0]
    assert card["trust"] == "trusted" and mesh.installed() == ["corp-ca.json", "corp-ca.so"]
    refused = mesh("plugin", "install", LIBRARY, "--sha256", hashlib.sha256(packed.read_bytes()).hexdigest(), expect=4)
    assert hashlib.sha256(LIBRARY.read_bytes()).hexdigest() in refused.stderr


def changes(mesh, expect):
    text = mesh("plugin", "trust", "corp-ca", "--show-changes", expect=expect).stdout
    card = json.loads(mesh("plugin", "trust", "corp-ca", "--show-changes", "-o", "json", expect=expect).stdout)["items"][0]
    assert text.splitlines()[1:] == [f"+ {right}" for right in card["gained"]] + [f"- {right}" for right in card["lost"]]
    return text.splitlines()[0], card["gained"], card["lost"]


def test_shows_what_a_version_may_do_beyond_the_trusted_one(mesh):
    rights(mesh, "1.0.0", reads=["v1/Service", "v1/Pod"], programs=["step>=0.20"], files=["/etc/step"], network=True)
    assert changes(mesh, 1) == ("plugin/corp-ca 1.0.0, not trusted", [
        "read v1/Service v1/Pod", "start programs: step>=0.20", "read files: /etc/step", "open connections", "be asked as ca/1:corp-ca"], [])
    assert mesh.card("corp-ca")["trust"] == "not trusted"
    mesh("plugin", "trust", "corp-ca", "--yes")
    assert changes(mesh, 0) == ("plugin/corp-ca 1.0.0, trusted was 1.0.0: the same rights", [], [])

    rights(mesh, "1.1.0", ["ca/1:corp-ca", "check/1:corp-ca"], reads=["v1/Service", "v1/Secret"], programs=["step>=0.25"], pods=True)
    now = changes(mesh, 1)
    assert now == ("plugin/corp-ca 1.1.0, trusted was 1.0.0",
                   ["read v1/Secret", "ask pods", "be asked as check/1:corp-ca"],
                   ["read v1/Pod", "read files: /etc/step", "open connections"])
    assert mesh.card("corp-ca")["gained"] == now[1]
    assert "Gained:    read v1/Secret" in mesh("plugin", "info", "corp-ca").stdout
    mesh("plugin", "trust", "corp-ca", "--yes")
    assert changes(mesh, 0)[0] == "plugin/corp-ca 1.1.0, trusted was 1.1.0: the same rights"


@pytest.mark.parametrize("before,now,gained,lost", [
    ({"reads": ["*"]}, {"reads": ["v1/Pod"]}, [], ["read *"]),
    ({"reads": ["v1/Pod"]}, {"reads": ["*"]}, ["read *"], []),
    ({"reads": ["*"]}, {"reads": ["*", "v1/Secret"]}, ["read v1/Secret"], []),
    ({"asks": ["dns/1"]}, {"asks": ["dns/1:coredns"]}, [], ["ask other plugins: dns/1"]),
    ({"writes": ["v1/ConfigMap"]}, {"reads": ["v1/ConfigMap"]}, ["read v1/ConfigMap"], ["plan changes of v1/ConfigMap"]),
    ({"files": ["/etc/step"]}, {"files": ["/etc"]}, ["read files: /etc"], ["read files: /etc/step"]),
], ids=["narrower", "wider", "secret", "one-of-a-point", "another-list", "folder"])
def test_what_is_covered_already_is_not_gained(mesh, before, now, gained, lost):
    rights(mesh, "1.0.0", **before)
    mesh("plugin", "trust", "corp-ca", "--yes")
    rights(mesh, "1.1.0", **now)
    assert changes(mesh, 1)[1:] == (gained, lost)


def test_changes_of_what_was_untrusted_are_all_of_its_rights(mesh):
    rights(mesh, "1.0.0", network=True)
    mesh("plugin", "trust", "corp-ca", "--yes")
    mesh("plugin", "untrust", "corp-ca")
    assert changes(mesh, 1) == ("plugin/corp-ca 1.0.0, not trusted", ["open connections", "be asked as ca/1:corp-ca"], [])


def test_showing_changes_trusts_nothing(mesh):
    rights(mesh, "1.0.0")
    assert "cannot be used together" in mesh("plugin", "trust", "corp-ca", "--show-changes", "--yes", expect=2).stderr
    mesh("plugin", "trust", "corp-ca", "--show-changes", "--sha256", OTHER, expect=4)
    assert "part of kubectl mesh" in mesh("plugin", "trust", "certs", "--sha256", OTHER, expect=2).stderr
    assert mesh("plugin", "trust", "certs", "--show-changes").stdout.endswith(": the same rights\n")
    assert mesh.card("corp-ca")["trust"] == "not trusted"
