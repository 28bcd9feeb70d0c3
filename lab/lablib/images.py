"""Which containers have a process in a mesh lab, by the last part of their image's name; all other pods are kwok's.

An image is here what it is elsewhere: files at their places, and a command that a pod may override.
"""

import re
from dataclasses import dataclass

from .state import LAB

APPS = LAB / "apps"


@dataclass(frozen=True)
class Image:
    entrypoint: tuple
    files: dict       # path in the pod -> (tool, file), or a file of ours
    environment: tuple = ()


# Envoy is the project's own, without the two filters that Istio's build adds to it and that istiod would configure.
STOCK_ENVOY = (("PILOT_ENABLE_METADATA_EXCHANGE", "false"), ("PILOT_ENABLE_ALPN_FILTER", "false"))

IMAGES = {
    "pilot": Image(("/usr/local/bin/pilot-discovery",), {"/usr/local/bin/pilot-discovery": ("pilot-discovery", "pilot-discovery")},
                   STOCK_ENVOY),
    "proxyv2": Image(("/usr/local/bin/pilot-agent",), {
        "/usr/local/bin/pilot-agent": ("pilot-agent", "pilot-agent"),
        "/usr/local/bin/envoy": ("envoy", "envoy"),
        "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json": ("istio-files", "envoy_bootstrap_tmpl.json"),
    }),
    "coredns": Image(("/coredns",), {"/coredns": ("coredns", "coredns")}),
    "k8s-dns-kube-dns": Image(("/usr/bin/python3", "/kube-dns.py"),
                              {"/coredns": ("coredns", "coredns"), "/kube-dns.py": APPS / "kube-dns.py"}),
    "lab-echo": Image(("/usr/bin/python3", "/echo.py"), {"/echo.py": APPS / "echo.py"}),
}

# There is no registry. What stands for one has every image but these; kwok's Stages judge by the same expressions.
NO_REGISTRY = r"^[^/]*[.]invalid(:[0-9]+)?/"  # a host that no name server knows (RFC 6761)
NO_IMAGE = r":no-such[^/]*$"                  # a tag that the registry does not have

# For kwok's Stages: a condition in jq that holds for pods without a container that has a process here, or shall fail here.
NO_PROCESS = ("- {key: '.spec | (.initContainers // []) + .containers | .[] | select(.image | test(\"(^|/)(%s)(:|@|$)|%s|%s\"))', "
              "operator: DoesNotExist}" % ("|".join(IMAGES), NO_REGISTRY, NO_IMAGE))


def pull_error(image):
    """What a container runtime says of an image that cannot be had, in a kubelet's words; None for all others."""
    said = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}"'
    if re.search(NO_REGISTRY, image):
        host = image.partition("/")[0]
        return f'{said}: failed to do request: Head "https://{host}/v2/": dial tcp: lookup {host.partition(":")[0]}: no such host'
    if re.search(NO_IMAGE, image):
        return f"rpc error: code = NotFound desc = {said}: {image}: not found"
    return None


def image_of(container):
    name = container["image"].partition("@")[0].rpartition("/")[2].partition(":")[0]
    return IMAGES.get(name)


def has_process(pod):
    return any(image_of(container) or pull_error(container["image"]) for container in (*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]))
