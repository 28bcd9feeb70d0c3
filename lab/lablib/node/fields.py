"""What a pod's specification means for its containers: environment, arguments, the downward API."""

import json
import os
import re

UNITS = {"m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Missing(Exception):
    """Something that the pod needs is not there yet; a kubelet waits for it."""


def not_found(kind, name):
    """As a kubelet says it."""
    return f'{kind.lower()} "{name}" not found'


def field(pod, path):
    """The text of a downward API field of the pod."""
    subscript = re.fullmatch(r"(.+)\['(.+)'\]", path)
    value = pod
    for part in (subscript.group(1) if subscript else path).split("."):
        value = (value or {}).get(part)
    if subscript:
        return (value or {}).get(subscript.group(2), "")
    if isinstance(value, dict):
        return "".join(f"{key}={json.dumps(each)}\n" for key, each in sorted(value.items()))
    return "" if value is None else str(value)


def quantity(text):
    number, unit = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(text)).groups()
    return float(number) * UNITS[unit]


def resource(container, reference):
    """A limit of the container in units of the divisor; without a limit, what the machine has."""
    kind, _, name = reference["resource"].partition(".")
    machine = {"cpu": os.cpu_count(), "memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")}
    resources = container.get("resources", {})
    value = resources.get(kind, {}).get(name) or resources.get("limits", {}).get(name) or machine.get(name, 0)
    divisor = quantity(reference.get("divisor", 1)) or 1
    return str(max(1, -int(-quantity(value) // divisor)))


def _from(source, pod, container, read):
    if "fieldRef" in source:
        return field(pod, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return resource(container, source["resourceFieldRef"])
    kind = "configMap" if "configMapKeyRef" in source else "secret"
    reference = source[f"{kind}KeyRef"]
    data = read(kind, pod, reference["name"])
    value = (data or {}).get(reference["key"])
    if data is None and not reference.get("optional"):
        raise Missing(not_found(kind, reference["name"]))
    if value is None and not reference.get("optional"):
        raise Missing(f"couldn't find key {reference['key']} in {kind} {pod['metadata']['namespace']}/{reference['name']}")
    return None if value is None else value.decode()


def expand(text, environment):
    """$(NAME) as in a pod's commands; an unknown name stays."""
    return re.sub(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)", lambda found: environment.get(found.group(1), found.group(0)), text)


def environment(pod, container, image, kubernetes, read):
    made = {"PATH": PATH, "HOME": "/", "HOSTNAME": pod["metadata"]["name"],
            "KUBERNETES_SERVICE_HOST": kubernetes, "KUBERNETES_SERVICE_PORT": "443"}
    for source in container.get("envFrom", []):
        kind = "configMap" if "configMapRef" in source else "secret"
        reference = source[f"{kind}Ref"]
        data = read(kind, pod, reference["name"])
        if data is None and not reference.get("optional"):
            raise Missing(not_found(kind, reference["name"]))
        for name, value in (data or {}).items():
            made[source.get("prefix", "") + name] = value.decode()
    for variable in container.get("env", []):
        value = expand(variable.get("value", ""), made)
        if "valueFrom" in variable:
            value = _from(variable["valueFrom"], pod, container, read)
        if value is not None:
            made[variable["name"]] = value
    for name, value in image.environment:
        made.setdefault(name, value)
    return made


def command(container, image, variables):
    words = [*(container.get("command") or image.entrypoint), *container.get("args", [])]
    return [expand(word, variables) for word in words]
