"""Readiness and startup probes of a container, asked from the node as a kubelet asks them."""

import http.client
import socket
import ssl
import time

UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname, UNVERIFIED.verify_mode = False, ssl.CERT_NONE
SOONEST = 0.2  # until a probe succeeds it is asked more often than it wishes, so that nobody waits for nothing


class Probe:
    def __init__(self, container, kind, address):
        self.container, self.wish, self.address = container, container.get(kind), address
        self.passed, self.next = self.wish is None, 0
        self.error = self.told = ""  # why it failed last, and what an event was made of

    def ask(self):
        """Whether it passes, asked now if it is time to."""
        if self.wish is None or time.monotonic() < self.next:
            return self.passed
        self.passed = self._holds()
        self.next = time.monotonic() + (max(1, self.wish.get("periodSeconds", 10) / 2) if self.passed else SOONEST)
        return self.passed

    def _port(self, port):
        names = {each.get("name"): each["containerPort"] for each in self.container.get("ports", [])}
        return names.get(port) or int(port)

    def _holds(self):
        timeout, self.error = self.wish.get("timeoutSeconds", 1), ""
        try:
            if "tcpSocket" in self.wish:
                socket.create_connection((self.address, self._port(self.wish["tcpSocket"]["port"])), timeout).close()
            elif "httpGet" in self.wish:
                return self._get(self.wish["httpGet"], timeout)
            return True  # exec and gRPC probes are not asked
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.error = str(error)
            return False

    def _get(self, wish, timeout):
        port = self._port(wish["port"])
        secure = wish.get("scheme") == "HTTPS"
        connection = (http.client.HTTPSConnection(self.address, port, timeout=timeout, context=UNVERIFIED) if secure
                      else http.client.HTTPConnection(self.address, port, timeout=timeout))
        try:
            connection.request("GET", wish.get("path", "/"), headers={h["name"]: h["value"] for h in wish.get("httpHeaders", [])})
            status = connection.getresponse().status
            self.error = "" if 200 <= status < 400 else f"HTTP probe failed with statuscode: {status}"
            return not self.error
        finally:
            connection.close()
