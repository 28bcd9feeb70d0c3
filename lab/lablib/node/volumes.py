"""A pod's volumes as directories, written anew when what they are made of changes."""

import base64
import json
import os
import shutil
import time

from .fields import Missing, field, not_found


def data_of(kind, item):
    if item is None:
        return None
    if kind == "secret":
        return {key: base64.b64decode(value) for key, value in (item.get("data") or {}).items()}
    plain = {key: value.encode() for key, value in (item.get("data") or {}).items()}
    return plain | {key: base64.b64decode(value) for key, value in (item.get("binaryData") or {}).items()}


class Volumes:
    """`read(kind, pod, name)` has the data of a ConfigMap or Secret of the pod's namespace; `api` makes tokens."""

    def __init__(self, directory, pod, api, read):
        self.directory, self.pod, self.api, self.read = directory, pod, api, read
        self.tokens = {}  # audience -> (when to ask anew, token)

    def write(self, pod):
        """Writes every volume of the pod; raises Missing while one cannot be."""
        self.pod = pod
        for volume in pod["spec"].get("volumes", []):
            try:
                files = self._files(volume)
            except Missing as missing:
                raise Missing(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {missing}') from None
            place = self.directory / volume["name"]
            place.mkdir(parents=True, exist_ok=True)
            if files is not None:
                _replace(place, files)

    def _files(self, volume):
        """Name -> bytes; None for a directory that is the pod's own."""
        for kind, name in (("configMap", "name"), ("secret", "secretName")):
            if kind in volume:
                return self._keys(kind, volume[kind][name], volume[kind])
        if "projected" in volume:
            return {name: text for source in volume["projected"]["sources"] for name, text in self._projected(source).items()}
        if "downwardAPI" in volume:
            return self._downward(volume["downwardAPI"])
        return None

    def _projected(self, source):
        if "serviceAccountToken" in source:
            return {source["serviceAccountToken"]["path"]: self._token(source["serviceAccountToken"])}
        if "downwardAPI" in source:
            return self._downward(source["downwardAPI"])
        for kind in ("configMap", "secret"):
            if kind in source:
                return self._keys(kind, source[kind]["name"], source[kind])
        return {}  # a clusterTrustBundle, optional in all that runs here

    def _keys(self, kind, name, wish):
        data = self.read(kind, self.pod, name)
        if data is None and not wish.get("optional"):
            raise Missing(not_found(kind, name))
        data = data or {}
        if "items" not in wish:
            return data
        missing = [item["key"] for item in wish["items"] if item["key"] not in data]
        if missing and not wish.get("optional"):
            raise Missing(f"references non-existent {kind.lower()} key: {missing[0]}")
        return {item["path"]: data[item["key"]] for item in wish["items"] if item["key"] in data}

    def _downward(self, wish):
        return {item["path"]: field(self.pod, item["fieldRef"]["fieldPath"]).encode() for item in wish.get("items", []) if "fieldRef" in item}

    def _token(self, wish):
        audience, seconds = wish.get("audience"), wish.get("expirationSeconds", 3600)
        renew, token = self.tokens.get(audience, (0, b""))
        if time.monotonic() < renew:
            return token
        metadata, account = self.pod["metadata"], self.pod["spec"].get("serviceAccountName", "default")
        bound = {"kind": "Pod", "apiVersion": "v1", "name": metadata["name"], "uid": metadata["uid"]}
        status, body = self.api.request(
            "POST", f"/api/v1/namespaces/{metadata['namespace']}/serviceaccounts/{account}/token",
            {"spec": {"audiences": [audience] if audience else [], "expirationSeconds": seconds, "boundObjectRef": bound}})
        if status != 201:
            raise Missing(f"a token of {account} (status {status})")
        token = json.loads(body)["status"]["token"].encode()
        self.tokens[audience] = (time.monotonic() + seconds * 0.7, token)
        return token

    def renewal(self):
        """When the next token is to be asked for."""
        return min((renew for renew, _ in self.tokens.values()), default=float("inf"))


def _replace(place, files):
    """As a kubelet does it: all files change at one moment, by a link that is replaced."""
    current = place / "..data"
    old = os.readlink(current) if current.is_symlink() else None
    if old and {str(f.relative_to(place / old)): f.read_bytes() for f in (place / old).rglob("*") if f.is_file()} == files:
        return
    fresh = f"..{time.time_ns()}"
    for name, text in files.items():
        (place / fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (place / fresh / name).write_bytes(text)
    (place / fresh).mkdir(exist_ok=True)
    (place / "..new").symlink_to(fresh)
    (place / "..new").rename(current)
    for name in {name.split("/")[0] for name in files}:
        if not (place / name).is_symlink():
            (place / name).symlink_to(f"..data/{name}")
    for link in place.iterdir():
        if link.is_symlink() and not link.name.startswith("..") and not link.exists():
            link.unlink()
    if old:
        shutil.rmtree(place / old)
