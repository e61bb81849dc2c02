"""A Redis of our own for one measurement, and the few commands that the driver sends to it."""

import contextlib
import os
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass

from .processes import Background, Failed

# A script's own call is not work of its own: what it calls is counted, for everybody alike.
CALLS_OF_SCRIPTS = {"eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro"}


@dataclass(frozen=True)
class Figures:
    """What the server says of itself at one moment."""

    cpu_seconds: float
    commands: int
    memory_bytes: int


@contextlib.contextmanager
def fresh_redis():
    """A server with an empty data set: AOF `everysec`, no snapshots, everything else as Redis comes."""
    program = os.environ.get("REDIS_SERVER") or shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise Failed("there is no redis-server on the PATH")
    with tempfile.TemporaryDirectory(prefix="windlass-peers-") as folder:
        port = _free_port()
        words = [program, "--port", port, "--bind", "127.0.0.1", "--dir", folder]
        words += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
        with Background(words, {}) as process, _connected(process, port) as server:
            yield server


class Server:
    """A connection to the server. It counts its own commands, so that they can be left out."""

    def __init__(self, port):
        self.url = f"redis://127.0.0.1:{port}/0"
        self.sent = 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.answers = self.socket.makefile("rb")

    def call(self, *words):
        encoded = [str(word).encode() for word in words]
        parts = [b"*%d\r\n" % len(encoded)] + [b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded]
        self.socket.sendall(b"".join(parts))
        self.sent += 1
        return self._answer()

    def clear(self):
        self.call("FLUSHALL", "SYNC")

    def version(self):
        info = self._info("server")
        return info.get("valkey_version") or info["redis_version"]

    def figures(self):
        """CPU of all its threads, commands of others than this connection, and the memory of the data.

        Connections and the AOF's buffer come and go with the traffic, so they do not belong to the data.
        """
        sent_before = self.sent
        stats = self._info("commandstats")
        calls = {
            name[len("cmdstat_") :]: int(line.split(",")[0].partition("=")[2]) for name, line in stats.items()
        }
        others = sum(count for name, count in calls.items() if name not in CALLS_OF_SCRIPTS) - sent_before
        cpu, memory = self._info("cpu"), self._info("memory")
        passing = ("mem_aof_buffer", "mem_clients_normal")
        return Figures(
            cpu_seconds=float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"]),
            commands=others,
            memory_bytes=int(memory["used_memory"]) - sum(int(memory.get(name, 0)) for name in passing),
        )

    def _info(self, section):
        lines = self.call("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def _answer(self):
        line = self.answers.readline()
        if not line.endswith(b"\r\n"):
            raise Failed("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Failed(f"Redis answered: {rest.decode()}")
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest.decode()
        if kind == b"$":
            return None if rest == b"-1" else self.answers.read(int(rest) + 2)[:-2].decode()
        return [self._answer() for _ in range(int(rest))]


@contextlib.contextmanager
def _connected(process, port):
    server = _patiently(process, lambda: Server(port))
    try:
        yield server
    finally:
        server.answers.close()
        server.socket.close()


def _patiently(process, connect):
    """The server listens a moment after its start."""
    for _ in range(200):
        process.check()
        try:
            return connect()
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise Failed("redis-server does not listen")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
