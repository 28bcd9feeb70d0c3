"""Which containers have a process in a mesh lab, by the last part of their image's name; all other pods are kwok's.

An image is here what it is elsewhere: files at their places, and a command that a pod may override.
"""

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

# For kwok's Stages: a condition in jq that holds for pods without any such container.
NO_PROCESS = ("- {key: '.spec | (.initContainers // []) + .containers | .[] | select(.image | test(\"(^|/)(%s)(:|@|$)\"))', "
              "operator: DoesNotExist}" % "|".join(IMAGES))


def image_of(container):
    name = container["image"].partition("@")[0].rpartition("/")[2].partition(":")[0]
    return IMAGES.get(name)


def has_process(pod):
    return any(image_of(container) for container in (*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]))
