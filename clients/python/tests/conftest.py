"""One ``windlass dev`` for all tests, and both clients of it in the same clothes."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Callable, Union

import pytest
from proxy import Fault, Proxy

from windlass import AsyncWindlass, Retries, Windlass

INTRODUCTION = "API      "
"""What the development server says before its address."""


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    key: str


class Blocking:
    """An ``AsyncWindlass`` that is used like a ``Windlass``, so that every test is for both."""

    def __init__(self, windlass: AsyncWindlass, loop: asyncio.AbstractEventLoop) -> None:
        self._windlass = windlass
        self._loop = loop

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._windlass, name)

        def call(*args: Any, **options: Any) -> Any:
            outcome = method(*args, **options)
            return self._iterate(outcome) if inspect.isasyncgen(outcome) else self._loop.run_until_complete(outcome)

        return call

    def _iterate(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        while True:
            try:
                yield self._loop.run_until_complete(items.__anext__())
            except StopAsyncIteration:
                return


Client = Union[Windlass, Blocking]
Connect = Callable[..., Any]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    binary = os.environ.get("WINDLASS_BINARY")
    if not binary:
        pytest.exit("WINDLASS_BINARY is not set: run `cargo xtask clients`", returncode=2)
    folder = tmp_path_factory.mktemp("windlass")
    process = subprocess.Popen(
        [binary, "dev", "--diagnostics", "--listen", "127.0.0.1:0", "--data-dir", str(folder / "data")],
        cwd=folder,
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(address(process), (folder / "data" / "api-key").read_text().strip())
    finally:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if INTRODUCTION in line:
            return line.split(INTRODUCTION)[1].strip()
    raise RuntimeError(f"windlass ended with {process.wait()} before it said its address")


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, server: Server) -> Iterator[Connect]:
    """Makes clients: of the server, or of what stands before it. They do not wait long before they ask again."""
    loop = asyncio.new_event_loop()
    made: list[Any] = []

    def make(url: str = server.url, **options: Any) -> Client:
        options.setdefault("retries", Retries(first=0.01))
        key = options.pop("key", server.key)
        client: Client = Windlass(url, key, **options)
        if request.param == "async":
            client = Blocking(AsyncWindlass(url, key, **options), loop)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
    loop.close()


@pytest.fixture
def windlass(connect: Connect) -> Any:
    return connect()


@pytest.fixture
def faulty(server: Server) -> Iterator[Callable[[Sequence[Fault]], Proxy]]:
    """Makes proxies in front of the server, each with a plan of faults."""
    proxies: list[Proxy] = []

    def make(plan: Sequence[Fault]) -> Proxy:
        proxies.append(Proxy(server.url, plan))
        return proxies[-1]

    yield make
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def tag() -> str:
    """What tells the jobs of one test from those of all others."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def ids(server: Server, tag: str) -> Iterator[Callable[[], set[str]]]:
    """The ids of the jobs of this test. One that goes on while they are listed may be seen in two states."""
    with Windlass(server.url, server.key) as windlass:
        yield lambda: {job.id for job in windlass.list(tag=tag)}


@pytest.fixture
def missing() -> str:
    """The id of a job that is not there."""
    return str(uuid.UUID(int=7))
