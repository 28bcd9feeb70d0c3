"""A TLS server that answers HTTP/1.1 by an application, except where its script says otherwise.

A script is a list of rules. A rule names a method, a path and which of the matching requests it means; its
fault gets the Exchange and decides what the client sees. Every request is logged before any fault.
"""

import contextlib
import email.utils
import fnmatch
import itertools
import socket
import ssl
import struct
import threading
import time
import warnings
from dataclasses import dataclass, field
from typing import Callable, Optional


@dataclass
class Request:
    method: str
    target: str
    headers: dict
    body: bytes
    connection: int
    time: float
    peer: str = ""  # common name of the client's certificate
    status: int = 0  # 0: the client got no whole answer

    @property
    def path(self):
        return self.target.split("?")[0]

    @property
    def is_write(self):
        review = self.path.endswith("selfsubjectaccessreviews")
        return self.method != "GET" and not review and "dryRun" not in self.target


@dataclass
class Response:
    status: int
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    def encoded(self):
        headers = {"Content-Type": "application/json", "Content-Length": str(len(self.body)), **self.headers}
        head = f"HTTP/1.1 {self.status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return head.encode() + b"\r\n" + self.body


class Gone(Exception):
    """This connection is over."""


class Exchange:
    """One request and the means to answer it well or badly."""

    def __init__(self, server, stream, request):
        self.server, self.stream, self.request = server, stream, request

    def answer(self):
        """What the application says; the request counts as carried out."""
        return self.server.application(self.request)

    def send(self, data):
        self.stream.sendall(data)

    def reply(self, response):
        self.request.status = response.status
        date = email.utils.formatdate(time.time() + self.server.clock, usegmt=True)
        self.send(Response(response.status, response.body, {"Date": date, **response.headers}).encoded())

    def wait(self, seconds):
        """Sleeps, but not beyond the end of the server or of the client's patience."""
        deadline = time.monotonic() + seconds
        self.stream.settimeout(0.02)
        while time.monotonic() < deadline and not self.server.closing.is_set():
            try:
                if self.stream.recv(1) == b"":
                    raise Gone
            except (TimeoutError, ssl.SSLWantReadError):
                continue
        self.stream.settimeout(None)

    def reset(self):
        """RST instead of a goodbye."""
        victim = socket.socket(fileno=self.stream.detach())
        victim.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        victim.close()
        raise Gone

    def close(self):
        raise Gone


Fault = Callable[[Exchange], None]


@dataclass
class Rule:
    method: str
    path: str
    fault: Fault
    nth: Optional[set] = None  # which of the matching requests, from 1; None: all
    seen: int = 0

    def takes(self, request):
        if self.method not in ("*", request.method) or not fnmatch.fnmatch(request.path, self.path):
            return False
        self.seen += 1
        return self.nth is None or self.seen in self.nth


def tls_context(pair, client_ca=None, newest=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair.files())
    if client_ca:
        context.load_verify_locations(cadata=client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    if newest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # they are old: that is the point
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
    return context


class FaultServer:
    """Listens on loopback, a thread per connection."""

    def __init__(self, application, tls, host="127.0.0.1"):
        self.application, self.tls = application, tls
        self.rules, self.requests, self.handshake_failures = [], [], []
        self.clock = 0  # seconds ahead of this machine's
        self.on_accept = None  # told of each raw socket before TLS; may raise Gone
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._numbers = itertools.count(1)
        self._open = set()
        self._listener = socket.create_server((host, 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def script(self, method, path, fault, nth=None):
        """`nth`: a number or several; None: every matching request."""
        wanted = {nth} if isinstance(nth, int) else nth
        self.rules.append(Rule(method, path, fault, wanted))

    def writes(self):
        """What a run writes, beside the Lease that it takes for it."""
        return [request for request in self.requests if request.is_write and "/leases" not in request.path]

    def drop_connections(self):
        """Closes what is open, as a server that restarts does."""
        with self.lock:
            streams = list(self._open)
        for stream in streams:
            stream.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or accept() would keep it open
        self._listener.close()

    def _accept(self):
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw, next(self._numbers)), daemon=True).start()

    def _serve(self, raw, number):
        self.connections = max(self.connections, number)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.on_accept:
                self.on_accept(raw)
            stream = self._shake_hands(raw)
        except (Gone, OSError):
            raw.close()
            return
        with self.lock:
            self._open.add(stream)
        try:
            while self._one(stream, number):
                pass
        except (Gone, OSError, ValueError):
            pass
        finally:
            with self.lock:
                self._open.discard(stream)
            stream.close()

    def _shake_hands(self, raw):
        with raw.dup() as spare:
            try:
                return self.tls.wrap_socket(raw, server_side=True)
            except OSError as error:
                self.handshake_failures.append(str(error))
                read_to_the_end(spare)
                raise

    def _one(self, stream, number):
        request = read_request(stream, number)
        if request is None:
            return False
        subject = dict(pair for rdn in (stream.getpeercert() or {}).get("subject", ()) for pair in rdn)
        request.peer = subject.get("commonName", "")
        with self.lock:
            self.requests.append(request)
            faults = [rule.fault for rule in self.rules if rule.takes(request)]
        exchange = Exchange(self, stream, request)
        if faults:
            faults[0](exchange)
        else:
            exchange.reply(exchange.answer())
        return True


def read_to_the_end(connection):
    """Who closes with something unread resets the connection, and what he said last may be lost with it."""
    with contextlib.suppress(OSError):
        connection.settimeout(2)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def read_request(stream, number):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(65536)
        if not piece:
            return None
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += stream.recv(65536)
    method, target, _ = lines[0].split(" ")
    return Request(method, target, headers, body, number, time.monotonic())
