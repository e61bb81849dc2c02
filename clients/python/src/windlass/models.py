"""What the server tells, as types. Members that this client does not know are in ``raw`` where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional, Union

from .errors import Problem, WindlassError, refused

FINAL = frozenset({"completed", "cancelled", "discarded"})
"""The states after which nothing more happens by itself."""


@dataclass(frozen=True)
class Enqueued:
    """The answer for a job that was accepted."""

    id: str
    """The id of the job that stands for what was asked."""
    state: str
    acceptance: str
    """``new``, ``duplicate`` (the same idempotency key came before), ``conflict`` or ``replaced``."""

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Enqueued:
        return cls(answer["id"], answer["state"], answer["acceptance"])


@dataclass(frozen=True)
class PastError:
    """How an attempt failed."""

    attempt: int
    at: datetime
    reason: str
    """``transient``, ``permanent``, ``panic``, ``timeout``, ``undecodable``, ``poison`` or ``expired``."""
    message: str


@dataclass(frozen=True)
class LogLine:
    """A line of a job's log."""

    attempt: int
    at: datetime
    line: str


@dataclass(frozen=True)
class Job:
    """A job with what is known of it."""

    id: str
    kind: str
    queue: str
    organization: str
    state: str
    """``scheduled``, ``pending``, ``available``, ``running`` or ``retryable``; then it is over: ``completed``,
    ``cancelled`` or ``discarded``.
    """
    priority: int
    attempt: int
    """The attempts used so far, one that is running included."""
    max_attempts: int
    progress: int
    """From 0 to 100."""
    message: Optional[str]
    args: Any
    result: Any
    tags: tuple[str, ...]
    errors: tuple[PastError, ...]
    logs: tuple[LogLine, ...]
    batch: Optional[str]
    cancel_requested: bool
    created_at: Optional[datetime]
    run_at: Optional[datetime]
    attempted_at: Optional[datetime]
    finished_at: Optional[datetime]
    raw: Mapping[str, Any] = field(repr=False, compare=False)
    """All that the server told."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in FINAL

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Job:
        return cls(
            id=answer["id"],
            kind=answer["kind"],
            queue=answer["queue"],
            organization=answer.get("tenant", ""),
            state=answer["state"],
            priority=answer.get("priority", 0),
            attempt=answer.get("attempt", 0),
            max_attempts=answer.get("max_attempts", 0),
            progress=answer.get("progress", 0),
            message=answer.get("message"),
            args=answer.get("args"),
            result=answer.get("result"),
            tags=tuple(answer.get("tags", ())),
            errors=tuple(
                PastError(past["attempt"], instant(past["at"]), past["reason"], past["message"])
                for past in answer.get("errors", ())
            ),
            logs=tuple(LogLine(log["attempt"], instant(log["at"]), log["line"]) for log in answer.get("logs", ())),
            batch=answer.get("batch"),
            cancel_requested=answer.get("cancel_requested", False),
            created_at=optional_instant(answer.get("created_at")),
            run_at=optional_instant(answer.get("run_at")),
            attempted_at=optional_instant(answer.get("attempted_at")),
            finished_at=optional_instant(answer.get("finished_at")),
            raw=answer,
        )


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    state: str
    percent: int
    message: Optional[str]
    attempt: int

    @classmethod
    def of(cls, job: Job) -> Progress:
        return cls(job.state, job.progress, job.message, job.attempt)


@dataclass(frozen=True)
class Page:
    """A part of a list. It may be short, or empty, although more follow: the end is where ``next`` is ``None``."""

    jobs: tuple[Job, ...]
    next: Optional[str]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Page:
        return cls(tuple(Job.read(job) for job in answer["jobs"]), answer["next"])


@dataclass(frozen=True)
class Steered:
    """A job after an order."""

    id: str
    state: str
    cancel_requested: bool
    """Whether its worker has been told to stop, and the job goes on until it does."""

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Steered:
        return cls(answer["id"], answer["state"], answer.get("cancel_requested", False))


@dataclass(frozen=True)
class Why:
    """What holds a job up, what counts first coming first. None at all: it runs, it is over, or it is next."""

    job: str
    state: str
    reasons: tuple[Mapping[str, Any], ...]
    """Each with its name in ``reason``, such as ``no_workers``, and what belongs to it."""

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Why:
        return cls(answer["job"], answer["state"], tuple(answer["reasons"]))


@dataclass(frozen=True)
class EnqueuedBatch:
    """A batch that was accepted, with the answer for each job at its place."""

    id: str
    callback: Optional[str]
    jobs: tuple[Union[Enqueued, WindlassError], ...]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> EnqueuedBatch:
        return cls(answer["id"], answer["callback"], tuple(read_item(item) for item in answer["jobs"]))


@dataclass(frozen=True)
class Batch:
    """How far a batch is."""

    id: str
    description: str
    sealed: bool
    """Whether all its jobs are there."""
    total: int
    pending: int
    completed: int
    cancelled: int
    discarded: int
    progress: int
    """How many have ended, in percent, rounded down."""
    finished_at: Optional[datetime]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Batch:
        counts = ("total", "pending", "completed", "cancelled", "discarded", "progress")
        return cls(
            id=answer["id"],
            description=answer["description"],
            sealed=answer["sealed"],
            finished_at=optional_instant(answer["finished_at"]),
            **{name: answer[name] for name in counts},
        )


def read_item(item: Mapping[str, Any]) -> Union[Enqueued, WindlassError]:
    """The answer for one job among many."""
    if "error" in item:
        return refused(Problem.of_document(item["error"]))
    return Enqueued.read(item)


def instant(text: str) -> datetime:
    """An instant in RFC 3339, of which Python 3.9 reads less than there is."""
    text = re.sub(r"\.(\d+)", lambda digits: "." + (digits[1] + "000000")[:6], text.replace("Z", "+00:00"))
    return datetime.fromisoformat(text)


def optional_instant(text: Optional[str]) -> Optional[datetime]:
    return None if text is None else instant(text)
