"""Jobs that are to be enqueued."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Optional, TypedDict, Union

if TYPE_CHECKING:
    from typing_extensions import Unpack

Seconds = Union[timedelta, float]
"""A span of time; a bare number means seconds."""


@dataclass(frozen=True)
class Backoff:
    """How long a job waits after a failed attempt."""

    written: Mapping[str, Any]

    @classmethod
    def exponential(cls, base: Seconds, most: Seconds) -> Backoff:
        """Twice as long after each failure, from ``base`` up to ``most``."""
        return cls({"type": "exponential", "base_ms": millis(base), "most_ms": millis(most)})

    @classmethod
    def fixed(cls, wait: Seconds) -> Backoff:
        """The same each time."""
        return cls({"type": "fixed", "wait_ms": millis(wait)})

    @classmethod
    def listed(cls, waits: Sequence[Seconds]) -> Backoff:
        """One a failure; the last one repeats."""
        return cls({"type": "list", "waits_ms": [millis(wait) for wait in waits]})


@dataclass(frozen=True)
class Unique:
    """A wish that no other job of the same kind and arguments exists."""

    until: str = "finish"
    """``start``, ``finish``, or ``period``, which takes a period."""
    period: Optional[Seconds] = None
    args: Optional[Sequence[str]] = None
    """The names of the arguments that count; ``None`` means all of them."""
    on_conflict: str = "reject"
    """``reject``, ``replace``, ``debounce`` or ``keep_latest``."""

    def written(self) -> dict[str, Any]:
        unique: dict[str, Any] = {"until": self.until, "on_conflict": self.on_conflict}
        if self.period is not None:
            unique["period_ms"] = millis(self.period)
        if self.args is not None:
            unique["args"] = list(self.args)
        return unique


class JobOptions(TypedDict, total=False):
    """What may be asked for a job besides its arguments. ``None`` is the same as nothing."""

    priority: Optional[int]
    """From 0, which comes first, to 9."""
    run_at: Optional[datetime]
    delay: Optional[Seconds]
    expires_at: Optional[datetime]
    expires_in: Optional[Seconds]
    tags: Optional[Sequence[str]]
    max_attempts: Optional[int]
    timeout: Optional[Seconds]
    """How long one attempt may take."""
    backoff: Optional[Backoff]
    limit_key: Optional[str]
    """The key under which limits count it."""
    unique: Optional[Unique]
    user: Optional[str]
    """Whose job it is within the organization."""
    organization: Optional[str]
    """Whose job it is; only an operator's key may name another organization than its own."""


class NewJob:
    """A job that is to be enqueued: ``NewJob("email.send", {"to": […]}, priority=0, delay=60)``."""

    def __init__(self, kind: str, args: Optional[Mapping[str, Any]] = None, **options: Unpack[JobOptions]) -> None:
        self.kind = kind
        self.args = {} if args is None else args
        self.options = options

    def __repr__(self) -> str:
        return f"NewJob({self.kind!r}, {self.args!r})"

    def to_json(self) -> bytes:
        """The job as it is sent. Raises ``TypeError`` or ``ValueError`` for what JSON cannot say."""
        return to_json({"kind": self.kind, "args": self.args, **written(self.options)})


def written(options: JobOptions) -> dict[str, Any]:
    """The options as the API takes them."""
    job: dict[str, Any] = {}
    for name, value in options.items():
        if value is None:
            continue
        writer = WRITERS.get(name)
        if writer is None:
            raise TypeError(f"a job has no option {name!r}")
        member, write = writer
        job[member] = write(value)
    return job


def millis(span: Seconds) -> int:
    """A span in whole milliseconds."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    return round(seconds * 1000)


def rfc3339(instant: datetime) -> str:
    """An instant as the API reads it. One without a time zone could mean any."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone; write datetime(…, tzinfo=timezone.utc)")
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def same(value: Any) -> Any:
    return value


WRITERS: dict[str, tuple[str, Any]] = {
    "priority": ("priority", same),
    "run_at": ("run_at", rfc3339),
    "delay": ("delay_ms", millis),
    "expires_at": ("expires_at", rfc3339),
    "expires_in": ("expires_in_ms", millis),
    "tags": ("tags", list),
    "max_attempts": ("max_attempts", same),
    "timeout": ("timeout_ms", millis),
    "backoff": ("backoff", lambda backoff: backoff.written),
    "limit_key": ("limit_key", same),
    "unique": ("unique", Unique.written),
    "user": ("user", same),
    "organization": ("tenant", same),
}
"""Each option's member in the API, and how it is written."""
