"""Keeps the objects of one kind as the API server has them, and says when one changes."""

import http.client
import json
import sys
import threading
import time


class Watch(threading.Thread):
    """`changed(object, is_there)` is called in this thread, for every object that is found, changed or gone."""

    def __init__(self, api, path, changed):
        super().__init__(daemon=True)
        self.api, self.path, self.changed = api, path, changed
        self.objects, self.listed = {}, threading.Event()

    def run(self):
        while True:
            try:
                self._follow(self._list())
            except (OSError, http.client.HTTPException, ValueError) as error:
                print(f"{self.path}: {error!r}; listing again", file=sys.stderr, flush=True)
                time.sleep(0.5)

    def _list(self):
        status, body = self.api.request("GET", self.path)
        if status != 200:
            raise ValueError(f"status {status}")
        found = json.loads(body)
        now = {item["metadata"]["uid"]: item for item in found["items"]}
        for uid in self.objects.keys() - now.keys():
            self._gone(self.objects[uid])
        for item in now.values():
            self._there(item)
        self.listed.set()
        return found["metadata"]["resourceVersion"]

    def _follow(self, version):
        connection = http.client.HTTPSConnection("127.0.0.1", self.api.port, context=self.api.context, timeout=400)
        try:
            joint = "&" if "?" in self.path else "?"
            connection.request("GET", f"{self.path}{joint}watch=1&resourceVersion={version}&timeoutSeconds=300")
            response = connection.getresponse()
            if response.status != 200:
                raise ValueError(f"status {response.status} to a watch")
            while line := response.readline():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                (self._gone if event["type"] == "DELETED" else self._there)(event["object"])
        finally:
            connection.close()

    def _there(self, item):
        uid = item["metadata"]["uid"]
        if self.objects.get(uid, {}).get("metadata", {}).get("resourceVersion") != item["metadata"]["resourceVersion"]:
            self.objects[uid] = item
            self.changed(item, True)

    def _gone(self, item):
        self.objects.pop(item["metadata"]["uid"], None)
        self.changed(item, False)

    def find(self, namespace, name):
        for item in list(self.objects.values()):
            if item["metadata"]["name"] == name and item["metadata"].get("namespace") == namespace:
                return item
        return None
