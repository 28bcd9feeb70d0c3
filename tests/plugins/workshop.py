"""Where authors work: their tools, with what those keep from run to run in build/authors, and a project of each template."""

import os
import shutil
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from world import BINARY

STAGE = BINARY.resolve().parents[1]
KEPT = STAGE.parent / "authors"
TOOLS = {"rust": "cargo", "go": "go", "cpp": "cmake", "c": "make"}
# cargo holds its folder for itself: Rust is one lane, everybody else the other.
LANES = [["rust"], ["go", "cpp", "c"]]
POINTS = ["check", "command", "dns", "ca"]


def environment() -> dict:
    """An author's tools on PATH, kubectl mesh among them; compilers keep what they have compiled."""
    ccache = {"CC": "ccache cc", "CXX": "ccache c++", "CCACHE_DIR": str(KEPT / "ccache")} if shutil.which("ccache") else {}
    home = Path.home()
    return {"PATH": f"{STAGE}/bin:{os.environ['PATH']}", "CMAKE_PREFIX_PATH": str(STAGE), "GOFLAGS": "-buildvcs=false",
            "GOCACHE": str(KEPT / "go"), "CARGO_TARGET_DIR": str(KEPT / "cargo"),
            "CARGO_HOME": os.environ.get("CARGO_HOME", str(home / ".cargo")),
            "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(home / ".rustup")), **ccache}


def commands(page: Path) -> list:
    return [line.strip() for line in page.read_text().splitlines() if line.startswith("    ")]


def replace_changed(made: Path, project: Path):
    """The project is what was made now; a file that is as it was keeps its time, by which cargo knows it."""
    wanted = {file.relative_to(made) for file in made.rglob("*") if file.is_file()}
    stale = [file for file in project.rglob("*") if file.is_file() and file.relative_to(project) not in wanted | {Path("Cargo.lock")}]
    for file in stale:
        file.unlink()
    for name in wanted:
        if not (project / name).exists() or (project / name).read_bytes() != (made / name).read_bytes():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made / name, project / name)


def forget_libraries():
    """cargo has one folder for all projects, where their libraries have one name: a missing one is surely made anew."""
    for library in (KEPT / "cargo").rglob("libplugin.so"):
        library.unlink()


def build(language: str, point: str) -> Path:
    """The library, made by the commands of the project's README; those of kubectl mesh are what the tests are about."""
    name, project = f"my-{point}", KEPT / f"{language}-{point}"
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([BINARY, "plugin", "new", name, "--point", f"{point}/1", "--lang", language, "--output-dir", f"{folder}/made"],
                              env={"HOME": folder, "PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60)
        assert made.returncode == 0, made.stderr
        replace_changed(Path(folder, "made"), project)
    if language == "rust":
        forget_libraries()
    words = commands(project / "README.md")
    for command in (word for word in words if not word.startswith("kubectl mesh")):
        result = subprocess.run(["bash", "-ec", command], cwd=project, env={**os.environ, **environment()},
                                capture_output=True, text=True, timeout=900)
        assert result.returncode == 0, f"{command}\n{result.stdout[-4000:]}{result.stderr[-4000:]}"
    library = next(word for word in words if word.startswith("kubectl mesh plugin install")).split()[-1]
    built = KEPT / "cargo" / library.removeprefix("target/") if language == "rust" else project / library
    kept = KEPT / "libraries" / f"{language}-{point}.so"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(built, kept)
    return kept


class Workshop:
    """Builds templates in the background, lane by lane, in the order in which the tests ask."""

    def __init__(self, wanted: list):
        self.results = {}
        self.done = {row: threading.Event() for row in wanted}
        self.pool = ThreadPoolExecutor(len(LANES))
        for lane in LANES:
            self.pool.submit(self.work, [row for row in wanted if row[0] in lane])

    def work(self, rows: list):
        for row in rows:
            try:
                self.results[row] = build(*row)
            except Exception as error:  # it is the test's, which asks for this one
                self.results[row] = error
            self.done[row].set()

    def library(self, language: str, point: str) -> Path:
        self.done[language, point].wait()
        result = self.results[language, point]
        if isinstance(result, Exception):
            raise result
        return result
