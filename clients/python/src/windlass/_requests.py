"""Requests, and what may come of one that is sent once."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from .new_job import NewJob, rfc3339, to_json

MOST_JOBS = 1_000
"""How many jobs one request may bring."""

MOST_BYTES = 4 << 20
"""How large the body of many jobs gets, unless a single one is larger. The server takes 16 MiB."""

MOST_KEY_CHARACTERS = 251
"""The longest idempotency key; the server adds the place of a job among many."""


class Repeat(enum.Enum):
    """Whether a request may be sent again when nobody knows what became of it."""

    HARMLESS = enum.auto()
    """Its effect is the same however often it arrives."""
    DOUBLES = enum.auto()
    """A second one would do it a second time, so it is sent again only when the first had no effect."""


@dataclass(frozen=True)
class Request:
    """What is asked of the server. Each time it is sent, it is the same to the byte."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Optional[bytes] = None
    key: Optional[str] = None
    """The idempotency key."""
    repeat: Repeat = Repeat.HARMLESS
    timeout: Optional[float] = None
    """How many seconds there are left for it, where that is less than usual."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """A full answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class NoAnswer:
    """None, or not a full one."""

    reason: str
    connected: bool
    """Whether there was a connection, so that the request may have arrived."""


def enqueue(job: NewJob, key: str) -> Request:
    return Request("POST", "/jobs", body=job.to_json(), key=checked_key(key))


def enqueue_many(jobs: Iterable[NewJob], key: str) -> list[tuple[int, Request]]:
    """Requests with the number of their jobs. The same jobs always make the same requests under the same keys."""
    bodies = portions([job.to_json() for job in jobs])
    return [
        (count, Request("POST", "/jobs/batch", body=body, key=checked_key(f"{key}:{index}")))
        for index, (count, body) in enumerate(bodies)
    ]


def portions(jobs: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Jobs in their order, as bodies of bounded size."""
    gathered: list[list[bytes]] = []
    size = 0
    for job in jobs:
        size += len(job) + 1
        if not gathered or len(gathered[-1]) >= MOST_JOBS or size > MOST_BYTES:
            gathered.append([])
            # What stands around the jobs counts too.
            size = len(job) + len(b'{"jobs":[]}')
        gathered[-1].append(job)
    return [(len(portion), b'{"jobs":[' + b",".join(portion) + b"]}") for portion in gathered]


def enqueue_batch(description: str, callback: Optional[NewJob], jobs: Iterable[NewJob]) -> Request:
    members = [b'"description":' + to_json(description)]
    if callback is not None:
        members.append(b'"callback":' + callback.to_json())
    members.append(b'"jobs":[' + b",".join(job.to_json() for job in jobs) + b"]")
    return Request("POST", "/batches", body=b"{" + b",".join(members) + b"}", repeat=Repeat.DOUBLES)


def get(id: str) -> Request:
    return Request("GET", f"/jobs/{segment(id)}")


def get_batch(id: str) -> Request:
    return Request("GET", f"/batches/{segment(id)}")


def why(id: str) -> Request:
    return Request("GET", f"/jobs/{segment(id)}/why")


def cancel(id: str) -> Request:
    return Request("POST", f"/jobs/{segment(id)}/cancel")


def retry(id: str, args: Optional[Mapping[str, Any]]) -> Request:
    body = None if args is None else to_json({"args": args})
    return Request("POST", f"/jobs/{segment(id)}/retry", body=body, repeat=Repeat.DOUBLES)


def delete(id: str) -> Request:
    return Request("DELETE", f"/jobs/{segment(id)}")


def list_page(filter: Mapping[str, Any], cursor: Optional[str], limit: int) -> Request:
    query = {name: as_text(value) for name, value in filter.items() if value is not None}
    query["limit"] = str(limit)
    if cursor is not None:
        query["cursor"] = cursor
    return Request("GET", "/jobs", query=query)


def as_text(value: Any) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def checked_key(key: str) -> str:
    """The idempotency key, where the server would take it."""
    if not (1 <= len(key) <= MOST_KEY_CHARACTERS and all("!" <= character <= "~" for character in key)):
        raise ValueError(f"an idempotency key has 1 to {MOST_KEY_CHARACTERS} visible ASCII characters")
    return key


def segment(id: str) -> str:
    """An id as a part of a path; anything else would ask for something else."""
    if not id or not all(character.isascii() and (character.isalnum() or character == "-") for character in id):
        raise ValueError(f"{id!r} is no id of a job or a batch")
    return id
