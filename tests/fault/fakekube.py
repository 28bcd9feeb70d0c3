"""An API server in memory, as far as `certs` and the host's own reads and writes go.

Objects have uid, resourceVersion and managedFields; server-side apply keeps who owns which field and answers
conflicts as the real one does. Truth is tested on real clusters; this one is for what they cannot be made to do.
"""

import base64
import copy
import datetime
import itertools
import json
import re
import threading
import urllib.parse
import uuid

from faultserver import Response

KINDS = {"secrets": "Secret", "configmaps": "ConfigMap", "pods": "Pod", "namespaces": "Namespace", "leases": "Lease"}


def now():
    return datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")


def failure(code, reason, message, causes=None):
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    body.update(reason=reason, code=code, details={"causes": causes or []})
    return Response(code, json.dumps(body).encode())


def success(document, code=200):
    return Response(code, json.dumps(document).encode())


def leaves(value, path=()):
    """Every field of an object with its value; lists are whole."""
    if not isinstance(value, dict):
        return {path: value}
    found = {}
    for key, below in value.items():
        found.update(leaves(below, (*path, key)))
    return found


def put(target, path, value):
    for key in path[:-1]:
        target = target.setdefault(key, {})
    target[path[-1]] = value


def take(target, path):
    for key in path[:-1]:
        target = target.get(key, {})
    target.pop(path[-1], None)


def selector(text):
    """`a=b,c in (d,e)`, as far as this tool asks."""
    sets = [(key, values.split(",")) for key, values in re.findall(r"(\S+) in \(([^)]*)\)", text)]
    pairs = [(key, [value]) for key, value in re.findall(r"([^,=\s]+)=([^,]*)", text)]
    return lambda labels: all(labels.get(key) in values for key, values in sets + pairs)


IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"), ("metadata", "resourceVersion")}


class FakeKube:
    """Call it with a Request; it answers a Response."""

    def __init__(self):
        self.objects = {}  # (namespace, resource, name) -> object
        self.owners = {}  # the same -> {path: manager}
        self.forbidden = set()  # (verb, resource) that an access review denies
        self.page_size = None  # a smaller page than asked for
        self.kinds = dict(KINDS)  # resource -> kind; a test may add some of any group
        self.before = None  # told of each request before it is carried out
        self.lock = threading.RLock()
        self._versions = itertools.count(1000)
        for name in ("kube-system", "default"):
            self.create("", "namespaces", name, {})

    # What tests do behind the tool's back.

    def create(self, namespace, resource, name, content, manager="someone"):
        document = {"apiVersion": "v1", "kind": self.kinds[resource], **copy.deepcopy(content)}
        document.setdefault("metadata", {}).update(name=name)
        if namespace:
            document["metadata"]["namespace"] = namespace
        with self.lock:
            self._store((namespace, resource, name), document, manager, leaves(document))
        return document

    def get(self, namespace, resource, name):
        return self.objects.get((namespace, resource, name))

    def secret(self, key="ca-cert.pem"):
        """A file of cacerts, decoded."""
        return base64.b64decode(self.get("istio-system", "secrets", "cacerts")["data"][key]).decode()

    def snapshot(self):
        with self.lock:
            return copy.deepcopy(self.objects)

    # What the tool sees.

    def __call__(self, request):
        if self.before:
            self.before(request)
        with self.lock:
            return self._route(request)

    def _route(self, request):
        path = request.path.strip("/").split("/")
        query = dict(urllib.parse.parse_qsl(request.target.partition("?")[2]))
        if path == ["version"]:
            return success({"major": "1", "minor": "31", "gitVersion": "v1.31.0"})
        if path[-1] == "selfsubjectaccessreviews":
            return self._review(json.loads(request.body))
        namespace, resource, name = self._address(path[2:] if path[0] == "api" else path[3:])
        if resource not in self.kinds:
            return failure(404, "NotFound", "the server could not find the requested resource")
        if not name and request.method == "POST":
            return self._post(namespace, resource, json.loads(request.body), query)
        if not name:
            return self._list(namespace, resource, query)
        return getattr(self, "_" + request.method.lower())((namespace, resource, name), request, query)

    @staticmethod
    def _address(path):
        if path and path[0] == "namespaces" and len(path) > 2:
            return path[1], path[2], path[3] if len(path) > 3 else ""
        return "", path[0] if path else "", path[1] if len(path) > 1 else ""

    def _review(self, review):
        asked = review["spec"]["resourceAttributes"]
        denied = (asked["verb"], asked["resource"]) in self.forbidden
        review["status"] = {"allowed": not denied, "reason": "no role allows it" if denied else ""}
        return success(review, 201)

    def _list(self, namespace, resource, query):
        selects = selector(query.get("labelSelector", ""))
        items = [
            document
            for key, document in sorted(self.objects.items())
            if key[1] == resource
            and namespace in ("", key[0])
            and selects(document["metadata"].get("labels", {}))
        ]
        start = int(query.get("continue", 0))
        size = min(int(query.get("limit", 500)), self.page_size or 500)
        rest = str(start + size) if start + size < len(items) else ""
        meta = {"resourceVersion": str(next(self._versions)), "continue": rest}
        # Items of a real list say neither their kind nor their version.
        page = [{part: value for part, value in item.items() if part not in ("kind", "apiVersion")} for item in items[start : start + size]]
        return success({"apiVersion": "v1", "kind": self.kinds[resource] + "List", "metadata": meta, "items": page})

    def _get(self, key, request, query):
        found = self.objects.get(key)
        return success(found) if found else failure(404, "NotFound", f'{key[1]} "{key[2]}" not found')

    def _post(self, namespace, resource, document, query):
        key = (namespace, resource, document["metadata"]["name"])
        if ("create", resource) in self.forbidden:
            return failure(403, "Forbidden", f'{resource} is forbidden: User "operator" cannot create resource "{resource}"')
        if key in self.objects:
            return failure(409, "AlreadyExists", f'{resource} "{key[2]}" already exists')
        self._store(key, document, query["fieldManager"], leaves(document))
        return success(document, 201)

    def _patch(self, key, request, query):
        if key[0] and ("", "namespaces", key[0]) not in self.objects:
            return failure(404, "NotFound", f'namespaces "{key[0]}" not found')
        kind = request.headers["content-type"]
        if kind == "application/apply-patch+yaml":
            return self._apply(key, json.loads(request.body), query)
        if key not in self.objects:
            return failure(404, "NotFound", f'{key[1]} "{key[2]}" not found')
        if kind == "application/json-patch+json":
            return self._json_patch(key, json.loads(request.body), query)
        return failure(415, "UnsupportedMediaType", kind)

    def _apply(self, key, wanted, query):
        live, manager = self.objects.get(key), query["fieldManager"]
        version = wanted["metadata"].get("resourceVersion")
        if version and (live is None or live["metadata"]["resourceVersion"] != version):
            return self._modified(key)
        fields = {path: value for path, value in leaves(wanted).items() if path not in IDENTITY}
        owners, have = self.owners.get(key, {}), leaves(live or {})
        stranger = {
            path: owners[path]
            for path, value in fields.items()
            if owners.get(path, manager) != manager and have.get(path) != value
        }
        if stranger:
            return self._conflict(stranger)
        document = copy.deepcopy(live) if live else {"apiVersion": "v1", "kind": self.kinds[key[1]], "metadata": {}}
        for path in [path for path, owner in owners.items() if owner == manager and path not in fields]:
            take(document, path)
        for path, value in fields.items():
            put(document, path, value)
        document["metadata"].update(name=key[2], **({"namespace": key[0]} if key[0] else {}))
        if "dryRun" not in query:
            self._store(key, document, manager, fields)
        return success(document, 200 if live else 201)

    @staticmethod
    def _modified(key):
        text = f'Operation cannot be fulfilled on {key[1]} "{key[2]}": the object has been modified'
        return failure(409, "Conflict", text)

    @staticmethod
    def _conflict(stranger):
        causes = [
            {"reason": "FieldManagerConflict", "message": f'conflict with "{owner}"', "field": "." + ".".join(path)}
            for path, owner in stranger.items()
        ]
        return failure(409, "Conflict", f"Apply failed with {len(causes)} conflicts", causes)

    def _json_patch(self, key, operations, query):
        document = copy.deepcopy(self.objects[key])
        for operation in operations:
            path = tuple(part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:])
            if operation["op"] == "test":
                if leaves(document).get(path) != operation["value"]:
                    return failure(422, "Invalid", "the server rejected our request: test failed")
            elif operation["op"] == "remove":
                take(document, path)
            else:
                put(document, path, operation["value"])
        if "dryRun" not in query:
            self._store(key, document, query["fieldManager"], {})
        return success(document)

    def _delete(self, key, request, query):
        found = self.objects.get(key)
        if not found:
            return failure(404, "NotFound", f'{key[1]} "{key[2]}" not found')
        for field, value in json.loads(request.body or b"{}").get("preconditions", {}).items():
            if found["metadata"][field] != value:
                return self._modified(key)
        del self.objects[key]
        self.owners.pop(key, None)
        return success({"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _store(self, key, document, manager, fields):
        meta = document["metadata"]
        meta.setdefault("uid", str(uuid.uuid4()))
        meta.setdefault("creationTimestamp", now())
        meta["resourceVersion"] = str(next(self._versions))
        owners = self.owners.setdefault(key, {})
        owners.update({path: manager for path in fields})
        there = leaves(document)
        meta["managedFields"] = [
            {"manager": owner, "operation": "Apply", "time": now(), "fieldsV1": fields_v1(path for path in owners if path in there and owners[path] == owner)}
            for owner in sorted({manager, *owners.values()})
        ]
        self.objects[key] = document


def fields_v1(paths):
    """The tree that structured-merge-diff writes of a set of paths."""
    tree = {}
    for path in paths:
        below = tree
        for part in path:
            below = below.setdefault(f"f:{part}", {})
    return tree
