"""Lets the user's own shell reach a mesh lab: connections to loopback outside are passed to the same port inside.

The launcher opens the listening sockets outside; this process inherits them and stands in the network inside.
It ends when the lab's outermost process ends.
"""

import asyncio
import os
import socket
import sys

from .place import network_of
from .processes import Process, end
from .state import LAB


def start(directory, world, ports):
    """Starts it for these ports, instead of one for others."""
    process, passed = Process(directory / "relay"), directory / "relay.ports"
    wanted = " ".join(map(str, ports))
    if process.pid() and passed.read_text() == wanted:
        return
    end([process])
    sockets = [socket.socket() for _ in ports]
    for port, listener in zip(ports, sockets):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    numbers = [listener.fileno() for listener in sockets]
    process.start([*network_of(world), sys.executable, "-B", "-m", "lablib.relay", world, *numbers], pass_fds=numbers, cwd=LAB)
    for listener in sockets:
        listener.close()
    passed.write_text(wanted)


async def pump(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


async def main(world, listeners):
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(os.pidfd_open(world), ended.set)

    async def pass_on(reader, writer):
        port = writer.get_extra_info("sockname")[1]
        try:
            there, here = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pump(reader, here), pump(there, writer))
            here.close()
        except OSError:
            pass
        finally:
            writer.close()

    servers = [await asyncio.start_server(pass_on, sock=socket.socket(fileno=number)) for number in listeners]
    await ended.wait()
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), [int(number) for number in sys.argv[2:]]))
