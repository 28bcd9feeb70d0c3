"""docs/plugins/authors.md, "Renew the SDK of a project": its commands, in a project whose SDK is an older one."""

import os
import re
import subprocess
from pathlib import Path

import pytest

BINARY = Path(os.environ["MESH_BUILD"]) / "bin" / "kubectl-mesh"
PAGE = (Path(__file__).resolve().parents[2] / "docs/plugins/authors.md").read_text()
SECTION = PAGE.partition("## Renew the SDK of a project\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^\d+\. `(.+)`$", SECTION, re.M)


def project(folder, language):
    words = [BINARY, "plugin", "new", "mine", "--point", "check/1", "--lang", language, "--output-dir", folder]
    subprocess.run(words, check=True, capture_output=True, env={"PATH": os.environ["PATH"], "HOME": str(folder.parent)})
    return folder


def files(folder) -> dict:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("language", ["c", "go", "rust"])
def test_the_page_renews_the_sdk_of_a_project_and_nothing_else(tmp_path, language):
    mine = project(tmp_path / "mine", language)
    fresh = files(mine)
    (mine / "README.md").write_text("my own words")
    (mine / "more").mkdir()
    (mine / "more/mine.txt").write_text("my own file")
    own = {name: text for name, text in files(mine).items() if not name.startswith("mesh/")}
    sdk = sorted(path for path in (mine / "mesh").rglob("*") if path.is_file())
    sdk[0].write_text("older")
    if len(sdk) > 1:
        sdk[1].unlink()
    (mine / "mesh/gone.h").write_text("no part of the SDK any more")

    assert len(COMMANDS) == 4 and " --lang go " in COMMANDS[0]
    script = "\n".join(COMMANDS).replace("kubectl mesh", str(BINARY)).replace("--lang go", f"--lang {language}")
    result = subprocess.run(["bash", "-ec", script], cwd=mine, capture_output=True, text=True,
                            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert result.returncode == 0, result.stderr
    now = files(mine)
    assert {name: text for name, text in now.items() if not name.startswith("mesh/")} == own
    assert {name: text for name, text in now.items() if name.startswith("mesh/")} == {
        name: text for name, text in fresh.items() if name.startswith("mesh/")}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_a_project_in_cpp_has_no_copy(tmp_path):
    assert not (project(tmp_path / "mine", "cpp") / "mesh").exists()
