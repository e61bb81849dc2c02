"""A proxy in front of the server that loses what it is told to lose. Each request is a connection of its own."""

from __future__ import annotations

import re
import socket
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, Union
from urllib.parse import urlsplit


@dataclass(frozen=True)
class CutRequest:
    """The connection is cut before the server hears of it."""


@dataclass(frozen=True)
class CutAnswer:
    """The server does what it is asked, and the connection is cut after so many bytes of its answer."""

    after: int


@dataclass(frozen=True)
class Silence:
    """The server does what it is asked, and nothing comes back, though the connection stays open."""


@dataclass(frozen=True)
class Say:
    """This is the answer, and the server hears of nothing."""

    status: str
    headers: str = ""
    body: str = ""

    def bytes(self) -> bytes:
        return (
            f"HTTP/1.1 {self.status}\r\n{self.headers}content-length: {len(self.body)}\r\n"
            f"connection: close\r\n\r\n{self.body}"
        ).encode()


@dataclass(frozen=True)
class Pass:
    """Nothing is lost."""


Fault = Union[CutRequest, CutAnswer, Silence, Say, Pass]

MOST = 1 << 30


class Proxy:
    """Listens until it is closed. When the plan is at its end, every further request passes."""

    def __init__(self, server: str, plan: Sequence[Fault]) -> None:
        parts = urlsplit(server)
        assert parts.hostname and parts.port
        self._server = (parts.hostname, parts.port)
        self._plan: deque[Fault] = deque(plan)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.requests: list[str] = []
        """The requests so far, such as ``POST /api/v1/jobs``."""
        self.url = "http://{}:{}".format(*self._listener.getsockname())
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except socket.timeout:
                continue
            client.settimeout(30)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            request = read_request(client)
            if request is None:
                return
            self.requests.append(" ".join(request.decode("latin-1").split(" ", 2)[:2]))
            fault = self._plan.popleft() if self._plan else Pass()
            if isinstance(fault, CutRequest):
                return
            if isinstance(fault, Say):
                client.sendall(fault.bytes())
                return
            answer = self._ask(request)
            if isinstance(fault, Silence):
                client.recv(1)
            elif isinstance(fault, CutAnswer):
                client.sendall(answer[: min(fault.after, len(answer) - 1)])
            else:
                client.sendall(answer)

    def _ask(self, request: bytes) -> bytes:
        with socket.create_connection(self._server, timeout=30) as server:
            server.sendall(request)
            return b"".join(iter(lambda: server.recv(1 << 16), b""))


def read_request(client: socket.socket) -> Optional[bytes]:
    """One whole request, which has the server close the connection behind its answer."""
    request = b""
    while b"\r\n\r\n" not in request:
        piece = client.recv(1 << 16)
        if not piece:
            return None
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    while length is not None and len(body) < int(length[1]):
        body += client.recv(1 << 16)
    head = re.sub(rb"\r\nconnection:[^\r]*", b"", head, flags=re.IGNORECASE)
    return head + b"\r\nconnection: close\r\n\r\n" + body
