"""A job that is under way, and a list that goes on: operations that remember where they are."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Optional, TypedDict, Union

from . import _requests as requests
from ._core import NEVER, Core, Operation, Pause
from .errors import JobNotOverError, JobUnsuccessfulError, WindlassError
from .models import Enqueued, Job, Page, Progress

FIRST_PAUSE = 0.05
"""The pause after the first look at a job, in seconds."""

LONGEST_PAUSE = 2.0
"""The longest pause between two looks, in seconds."""

PAGE = 200
"""How many jobs a page has at the most."""

JobReference = Union[str, Enqueued, Job]
"""A job, by its id or by what was answered for it."""


class JobFilter(TypedDict, total=False):
    """Which jobs; all that is given must match, and ``None`` is the same as nothing."""

    state: Optional[str]
    kind: Optional[str]
    queue: Optional[str]
    tag: Optional[str]
    created_from: Optional[datetime]
    """They were enqueued at this instant or later."""
    created_before: Optional[datetime]


def id_of(job: JobReference) -> str:
    return job if isinstance(job, str) else job.id


class Watch:
    """Looks at one job, again and again.

    Whoever waits or follows takes what it sees and knows nothing of how it sees: here it asks, at growing intervals
    while nothing changes.
    """

    def __init__(self, core: Core, id: str) -> None:
        self.core = core
        self.id = id
        self.pause: Optional[float] = None
        self.seen: Optional[Progress] = None

    def look(self, deadline: float = NEVER) -> Operation[Job]:
        if self.pause is not None:
            yield Pause(max(0.0, min(self.pause, deadline - time.monotonic())))
        self.pause = FIRST_PAUSE if self.pause is None else min(self.pause * 1.5, LONGEST_PAUSE)
        job = yield from self.core.ask(requests.get(self.id), Job.read, deadline)
        progress = Progress.of(job)
        if progress != self.seen:
            self.pause = FIRST_PAUSE
            self.seen = progress
        return job

    def until_over(self, seconds: Optional[float]) -> Operation[Job]:
        deadline = NEVER if seconds is None else time.monotonic() + seconds
        while True:
            try:
                job = yield from self.look(deadline)
                if job.is_over:
                    return job
            except WindlassError as error:
                # A server that is away for a while does not end the wait.
                if not error.is_transient:
                    raise
            if time.monotonic() >= deadline:
                raise JobNotOverError(self.id, seconds or 0.0, self.seen.state if self.seen else None)

    def result(self, seconds: Optional[float]) -> Operation[Any]:
        job = yield from self.until_over(seconds)
        if job.state != "completed":
            raise JobUnsuccessfulError(job)
        return job.result


class Following:
    """How far a job is, each time that is seen to have changed."""

    def __init__(self, core: Core, id: str) -> None:
        self.watch = Watch(core, id)
        self.last: Optional[Progress] = None
        self.over = False

    def advance(self) -> Operation[Optional[Progress]]:
        """The next change; ``None`` behind the last one."""
        while not self.over:
            job = yield from self.watch.look()
            progress = Progress.of(job)
            self.over = job.is_over
            if progress != self.last:
                self.last = progress
                return progress
        return None


class Listing:
    """All jobs that match, page by page."""

    def __init__(self, core: Core, filter: JobFilter) -> None:
        self.core = core
        self.filter = filter
        self.cursor: Optional[str] = None
        self.ended = False

    def advance(self) -> Operation[Optional[tuple[Job, ...]]]:
        """The jobs of the next page; ``None`` behind the last one."""
        if self.ended:
            return None
        page = yield from self.core.ask(requests.list_page(self.filter, self.cursor, PAGE), Page.read)
        self.cursor = page.next
        self.ended = page.next is None
        return page.jobs
