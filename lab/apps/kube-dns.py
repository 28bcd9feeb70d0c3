"""A stand-in for GKE's kube-dns: CoreDNS, with what the ConfigMap kube-dns means to the original written as a Corefile.

Honoured are stubDomains and upstreamNameservers, as JSON in files that change under /kube-dns-config.
"""

import json
import subprocess
import time
from pathlib import Path

CONFIG, COREFILE = Path("/kube-dns-config"), Path("/tmp/Corefile")
CLUSTER = """\
.:53 {{
    errors
    health :8080
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }}
    forward . {upstream}
    reload 2s
}}
"""
STUB = """\
{domain}:53 {{
    errors
    forward . {servers}
}}
"""


def read(name):
    """A value of the ConfigMap; one that is no JSON is told and left out, as the original does."""
    try:
        return json.loads((CONFIG / name).read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        print(f"{name}: {error}", flush=True)
        return None


def corefile():
    upstream = " ".join(read("upstreamNameservers") or ["/etc/resolv.conf"])
    stubs = sorted((read("stubDomains") or {}).items())
    return CLUSTER.format(upstream=upstream) + "".join(STUB.format(domain=d, servers=" ".join(s)) for d, s in stubs)


if __name__ == "__main__":
    COREFILE.write_text(corefile())
    server = subprocess.Popen(["/coredns", "-conf", str(COREFILE)])
    while server.poll() is None:
        time.sleep(1)
        if COREFILE.read_text() != corefile():
            COREFILE.write_text(corefile())
    raise SystemExit(server.returncode)
