"""What a script may do to an exchange. Each function makes one fault."""

import gzip
import json

from faultserver import Response

# Seconds that a fault lasts if nobody leaves. A run is given half of them (world.py): one that ends has not waited for the fault's end.
HELD = 300


def status(code, body=b"", headers=None, delay=0):
    """An answer of our own; the application hears nothing of the request."""

    def fault(exchange):
        exchange.wait(delay)
        exchange.reply(Response(code, body, headers or {}))

    return fault


def api_status(code, message, reason="", details=None):
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason}
    return status(code, json.dumps({**body, "code": code, "details": details or {}}).encode())


def carried_out_but(code, body=b""):
    """The application did it, the client hears of an error."""

    def fault(exchange):
        exchange.answer()
        exchange.reply(Response(code, body))

    return fault


def body(data, headers=None):
    return status(200, data, headers)


def gzipped(data):
    return body(gzip.compress(data), {"Content-Encoding": "gzip"})


def gzipped_in_chunks(data, size):
    """`size` bytes of what is compressed at a time."""
    packed = gzip.compress(data)
    parts = [packed[start : start + size] for start in range(0, len(packed), size)]

    def fault(exchange):
        exchange.send(b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in [*parts, b""]:
            exchange.send(f"{len(part):x}\r\n".encode() + part + b"\r\n")

    return fault


def reset_before(exchange):
    exchange.reset()


def reset_after(exchange):
    """Carried out; the reply is lost."""
    exchange.answer()
    exchange.reset()


def close_before(exchange):
    exchange.close()


def close_after(exchange):
    exchange.answer()
    exchange.close()


def answer_and_close(exchange):
    """As a server that is shut down in order: whole, and the last one of this connection."""
    response = exchange.answer()
    response.headers["Connection"] = "close"
    exchange.reply(response)
    exchange.close()


def cut(count, carried_out=False):
    """The first `count` bytes of the body, then the end."""

    def fault(exchange):
        response = exchange.answer() if carried_out else Response(200, b"{" + b" " * 10000 + b"}")
        whole = response.encoded()
        exchange.send(whole[: len(whole) - len(response.body) + count])
        exchange.close()

    return fault


def raw(data):
    def fault(exchange):
        exchange.send(data)
        exchange.close()

    return fault


def hold(seconds=HELD):
    """No answer, as a backend that has died behind its load balancer."""

    def fault(exchange):
        exchange.wait(seconds)
        exchange.close()

    return fault


def slow(seconds):
    """The right answer, late."""

    def fault(exchange):
        exchange.wait(seconds)
        exchange.reply(exchange.answer())

    return fault


def begin(data):
    """The first bytes of an answer, and no more."""

    def fault(exchange):
        exchange.send(data)
        exchange.wait(HELD)
        exchange.close()

    return fault


def trickle(pause=0.05):
    """An answer of blanks, one at a time: no single step of it is slow, and no end comes."""

    def fault(exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(int(HELD / pause)):
            exchange.send(b" ")
            exchange.wait(pause)
        exchange.close()

    return fault


def announced(count):
    """A body that is too long by its own word."""
    return raw(f"HTTP/1.1 200 X\r\nContent-Length: {count}\r\n\r\n".encode())


def flood(mebibytes):
    """A body without a length and without an end in sight."""
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"

    def fault(exchange):
        exchange.send(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(mebibytes):
            exchange.send(chunk)
        exchange.wait(5)

    return fault
