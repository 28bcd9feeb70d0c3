"""sdk/include/mesh/plugin.h compiles alone and without a warning wherever a plugin may be written."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER_TEST = pathlib.Path(__file__).with_name("header.c")
MINIMAL = ROOT / "sdk/examples/minimal-c/minimal.c"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]

COMPILERS = {
    "c": {"gcc": "gcc", "clang": "clang"},
    "c++": {"gcc": "g++", "clang": "clang++"},
}
STANDARDS = {"c": ["c99", "c11", "c2x"], "c++": ["c++11", "c++17", "c++20"]}
MATRIX = [
    (language, family, standard)
    for language, standards in STANDARDS.items()
    for family in COMPILERS[language]
    for standard in standards
]


def compile_as(language, family, standard, source, *flags):
    compiler = shutil.which(COMPILERS[language][family])
    if compiler is None:
        pytest.skip(f"{family} is not installed")
    return subprocess.run(
        [compiler, "-x", language, f"-std={standard}", *WARNINGS, *flags,
         "-I", str(ROOT / "sdk/include"), "-fsyntax-only", str(source)],
        capture_output=True, text=True, check=False)


@pytest.mark.parametrize("language,family,standard", MATRIX)
def test_header_and_its_layout(language, family, standard):
    result = compile_as(language, family, standard, HEADER_TEST)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("family", COMPILERS["c"])
@pytest.mark.parametrize("standard", STANDARDS["c"])
def test_plugin_in_plain_c(family, standard):
    result = compile_as("c", family, standard, MINIMAL)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(MINIMAL.read_text().splitlines()) < 60


def test_a_moved_field_would_be_noticed(tmp_path):
    moved = tmp_path / "mesh"
    moved.mkdir()
    text = (ROOT / "sdk/include/mesh/plugin.h").read_text()
    (moved / "plugin.h").write_text(
        text.replace("  uint32_t abi_major; ", "  uint32_t inserted;\n  uint32_t abi_major; "))
    result = compile_as("c", "gcc", "c11", HEADER_TEST, "-I", str(tmp_path))
    assert result.returncode != 0
    assert "plugin_abi_major" in result.stderr


KEPT = [
    (r"at least every (\d+)\s+\* +seconds while an invoke runs", "bridge.hpp", r"silence = std::chrono::seconds\((\d+)\)"),
    (r"start\(\) has (\d+) seconds", "registry.cpp", r"k_start\{(\d+)\}"),
    (r"not answered (\d+) milliseconds after its deadline", "exchange.hpp", r"k_late\{(\d+)\}"),
    (r"runs on for (\d+) seconds? after the operator", "isolation.cpp", r"k_told_to_stop\{(\d+)000\}"),
    (r"KILL (\d+) seconds later", "helper_process.cpp", r"k_grace\{(\d+)000\}")]


@pytest.mark.parametrize("promise, file, constant", KEPT, ids=[constant for _, _, constant in KEPT])
def test_the_header_says_the_times_that_the_host_keeps(promise, file, constant):
    """How the host keeps them is tested with shorter ones: tests/unit/test_plugin_faults.cpp."""
    said = re.search(promise, (ROOT / "sdk/include/mesh/plugin.h").read_text())
    kept = re.search(constant, (ROOT / "kubectl-mesh/plugin" / file).read_text())
    assert said and kept and said.group(1) == kept.group(1)
