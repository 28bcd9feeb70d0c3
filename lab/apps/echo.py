"""The demo's application: says who it is, where it runs, and whom the mesh says it is speaking with."""

import http.server
import json
import os
import signal
import threading

# Seconds that it serves on when it is told to end: until everybody knows that it is going, as long as Envoy beside it drains.
DRAIN = 5


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        said = {"app": os.environ.get("APP", ""), "cluster": os.environ.get("CLUSTER", ""), "pod": os.environ.get("HOSTNAME", ""),
                "path": self.path, "host": self.headers.get("Host", ""),
                "x-forwarded-client-cert": self.headers.get("X-Forwarded-Client-Cert", "")}
        body = json.dumps(said).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_request(self, code="-", size="-"):
        if self.path != "/ready":  # the probes of the node would be most of the log
            super().log_request(code, size)


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Echo)
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(DRAIN, server.shutdown).start())
    server.serve_forever()
