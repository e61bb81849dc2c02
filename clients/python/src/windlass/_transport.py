"""What both clients hand to httpx, and take from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, TypedDict

import httpx

from ._requests import Answer, NoAnswer, Request

VERSION = "0.1.0"

NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What happened before anything was sent."""


class Settings(TypedDict):
    """What an httpx client is made of."""

    base_url: str
    headers: dict[str, str]
    timeout: httpx.Timeout
    follow_redirects: bool


@dataclass(frozen=True)
class Timeouts:
    """In seconds."""

    attempt: float
    connect: float

    def of(self, request: Request) -> httpx.Timeout:
        attempt = self.attempt if request.timeout is None else min(self.attempt, request.timeout)
        return httpx.Timeout(attempt, connect=min(self.connect, attempt))


def settings(url: str, key: str, organization: Optional[str], timeouts: Timeouts) -> Settings:
    """The settings of an httpx client of the Windlass at ``url``. Raises ``ValueError`` for what none can be made
    of."""
    address = httpx.URL(url)
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError(f"the URL of the server begins with https:// or http:// and a host, not as {address!r}")
    if address.userinfo:
        raise ValueError("the URL of the server holds a user or a password; the API key is given by itself")
    if not key or not all("!" <= character <= "~" for character in key):
        raise ValueError("the API key has characters that no header can carry")
    headers = {
        "authorization": f"Bearer {key}",
        "accept": "application/json",
        "user-agent": f"windlass-python/{VERSION}",
    }
    if organization is not None:
        headers["windlass-organization"] = organization
    return {
        "base_url": url.rstrip("/") + "/api/v1",
        "headers": headers,
        "timeout": httpx.Timeout(timeouts.attempt, connect=timeouts.connect),
        # An order that is led elsewhere would lose its body or its key on the way.
        "follow_redirects": False,
    }


def arguments(request: Request, timeouts: Timeouts) -> dict[str, Any]:
    """The arguments of an httpx client's ``request``."""
    headers = {} if request.key is None else {"idempotency-key": request.key}
    if request.body is not None:
        headers["content-type"] = "application/json"
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.query) or None,
        "content": request.body,
        "headers": headers,
        "timeout": timeouts.of(request),
    }


def answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content)


def no_answer(error: httpx.RequestError) -> NoAnswer:
    return NoAnswer(f"{type(error).__name__}: {error}", not isinstance(error, NEVER_CONNECTED))
