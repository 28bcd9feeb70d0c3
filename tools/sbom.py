"""Software of others in the archive: which Debian package each library is from, its license, the SBOM (CycloneDX)."""

import re
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path

# What we ship of a package, as SPDX has it. Debian's copyright files speak of tests and packaging, too, in words of their own.
LICENSES = {
    "libboost-dev": "BSL-1.0",
    "libboost-program-options-dev": "BSL-1.0",
    "libbrotli1": "MIT",
    "libcpprest2.10": "MIT AND MS-PL",
    "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libldns3": "BSD-3-Clause",
    "libseccomp2": "LGPL-2.1-only",
    "libssl3": "Apache-2.0",
    "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libvalijson-dev": "BSD-2-Clause AND BSL-1.0",
    "libyaml-cpp0.7": "MIT",
    "nlohmann-json3-dev": "MIT",
    "zlib1g": "Zlib",
}
# From headers and static archives.
COMPILED_IN = ("libboost-dev", "libboost-program-options-dev", "nlohmann-json3-dev", "libvalijson-dev")


def run(*words):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    return result.stdout if result.returncode == 0 else ""


def query(root, *words):
    return run("dpkg-query", "--admindir", root / "var/lib/dpkg", *words)


def owner_of(path, root):
    """Since /lib became a link to /usr/lib, a package may own a file under either name."""
    for candidate in (path, path.resolve()):
        inside = str(candidate.relative_to(root)).removeprefix("usr/")
        for name in (f"/{inside}", f"/usr/{inside}"):
            told = query(root, "-S", name)
            if told:
                return told.split(":")[0]
    sys.exit(f"error: no Debian package owns {path}")


def debian_packages(sources, root):
    """By name: version, SPDX expression, text of the license, libraries. `sources`: library to where it was copied from, under `root`."""
    libraries = {name: [] for name in COMPILED_IN}
    for name, path in sorted(sources.items()):
        libraries.setdefault(owner_of(path, root), []).append(name)
    packages = {}
    for name, inside in sorted(libraries.items()):
        if name not in LICENSES:
            sys.exit(f"error: {name} has no SPDX id\n  look into its copyright file and add a row to tools/sbom.py")
        packages[name] = {"version": query(root, "-W", "-f", "${Version}\n", name).splitlines()[0], "spdx": LICENSES[name],
                          "text": (root / f"usr/share/doc/{name}/copyright").read_text(errors="replace"), "libraries": inside}
    return packages


def notices(packages):
    parts = ["Software of others in this archive, from Debian, under the licenses given here.\n"]
    for name, package in packages.items():
        inside = ", ".join(package["libraries"]) or "compiled in"
        parts.append(f"{'=' * 80}\n{name} {package['version']}: {inside}\n{'=' * 80}\n\n{package['text'].strip()}\n")
    return "\n".join(parts)


def licenses(spdx):
    return [{"expression": spdx}] if " " in spdx else [{"license": {"id": spdx}}]


def component(name, package, architecture):
    purl = f"pkg:deb/debian/{name}@{package['version']}?arch={architecture}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": package["version"], "purl": purl,
            "licenses": licenses(package["spdx"])}


def document(version, architecture, packages, checksum, epoch):
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, checksum)}",
            "metadata": {"timestamp": datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "component": {"type": "application", "name": "kubectl-mesh", "version": version, "licenses": licenses("Apache-2.0"),
                                       "hashes": [{"alg": "SHA-256", "content": checksum}]}},
            "components": [component(*item, architecture) for item in packages.items()]}
