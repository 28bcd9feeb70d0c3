"""Plugins of version 0.1, built once in four languages: this version runs them, and they ask it for what they need."""

import lzma
import platform
import shutil
from pathlib import Path

import pytest

FROZEN = Path(__file__).resolve().parents[1] / "abi/frozen/v0.1-languages"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="they were built for x86_64")
@pytest.mark.parametrize("language", ["c", "cpp", "go", "rust"])
def test_a_plugin_of_version_0_1_lists_namespaces(world, language):
    library = world.folder / "my-command.so"
    if (FROZEN / f"{language}.so").exists():
        shutil.copy(FROZEN / f"{language}.so", library)
    else:
        library.write_bytes(lzma.decompress((FROZEN / f"{language}.so.xz").read_bytes()))
    installed = world.run("plugin", "install", str(library), "--trust", "--yes")
    assert installed.code == 0, installed.said
    listed = world.run("my-command", "list", "--contexts", world.contexts, "-o", "json")
    assert listed.code == 0, listed.said
    assert {("a", "default"), ("b", "default")} <= {(item["cluster"], item["name"]) for item in listed.document()["items"]}
