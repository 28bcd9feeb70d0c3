"""What Istio's release process makes of its sources beside programs: charts with a version, a chart repository, Envoy's bootstrap.

The pinned commit is of the 1.31 line. Its charts say version 1.0.0 and hub `testing`, which a release replaces; so does this.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile

VERSION, HUB = "1.31.0", "docker.io/istio"
STAMPS = (f"istio.io/istio/pkg/version.buildVersion={VERSION}", "istio.io/istio/pkg/version.buildStatus=Clean")
# As it is called in the release -> where the sources have it.
CHARTS = {"base": "base", "istiod": "istio-control/istio-discovery", "gateway": "gateway"}
RELEASED = (  # file, pattern, replacement
    ("Chart.yaml", r"(?m)^(version|appVersion):.*$", rf"\1: {VERSION}"),
    ("values.yaml", r"(?m)^(\s+)hub: .*/testing$", rf"\1hub: {HUB}"),
    ("values.yaml", r"(?m)^(\s+)tag: latest$", rf"\1tag: {VERSION}"),
)


def _release(chart):
    for name, pattern, replacement in RELEASED:
        text = (chart / name).read_text()
        (chart / name).write_text(re.sub(pattern, replacement, text))


def write_files(entry, module):
    """Adds to the entry: charts/NAME, repository/NAME-VERSION.tgz with its index, envoy_bootstrap_tmpl.json."""
    sources, charts, repository = entry / "sources", entry / "charts", entry / "repository"
    subprocess.run([entry / "istio-files", sources], check=True)
    repository.mkdir()
    index = {"apiVersion": "v1", "entries": {}}
    for name, place in CHARTS.items():
        shutil.copytree(sources / place, charts / name)
        _release(charts / name)
        archive = repository / f"{name}-{VERSION}.tgz"
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(charts / name, arcname=name)
        index["entries"][name] = [{"apiVersion": "v2", "name": name, "version": VERSION, "appVersion": VERSION, "urls": [archive.name],
                                   "digest": hashlib.sha256(archive.read_bytes()).hexdigest()}]
    (repository / "index.yaml").write_text(json.dumps(index, indent=1))
    shutil.rmtree(sources)
    where = subprocess.run(["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "istio.io/istio"], cwd=module, check=True,
                           capture_output=True, text=True).stdout.strip()
    shutil.copyfile(f"{where}/tools/packaging/common/envoy_bootstrap.json", entry / "envoy_bootstrap_tmpl.json")
