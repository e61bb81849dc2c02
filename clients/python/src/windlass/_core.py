"""What both clients do, without sending anything.

Each operation is a generator: it yields what is to be done next, a request to send once or a pause to make, is given
what came of it, and returns its outcome. The clients differ only in how they send and how they pause.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Callable, Optional, TypeVar, Union

from . import _requests as requests
from ._requests import Answer, NoAnswer, Request
from .errors import NoAnswerError, NotFoundError, Problem, RefusedError, UnreadableAnswerError, WindlassError, refused
from .models import Enqueued, read_item
from .new_job import NewJob
from .retries import Retries

T = TypeVar("T")


@dataclass(frozen=True)
class Pause:
    """So many seconds in which nothing happens."""

    seconds: float


Step = Union[Request, Pause]
Reply = Union[Answer, NoAnswer, None]
Operation = Generator[Step, Reply, T]

Answers = list[Union[Enqueued, WindlassError]]
"""The answer for each of many jobs, at its place."""

NEVER = float("inf")


@dataclass(frozen=True)
class Core:
    """The operations."""

    retries: Retries

    def ask(self, request: Request, read: Callable[[Any], T], deadline: float = NEVER) -> Operation[T]:
        """Asks, and reads the answer."""
        body = yield from self.exchange(request, deadline)
        try:
            return read(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"the answer to {request.name} is not what was expected: {error!r}"
            raise UnreadableAnswerError(reason) from error

    def exchange(self, request: Request, deadline: float = NEVER) -> Operation[bytes]:
        """Asks, again where that makes sense and there is time; raises what it comes to in the end."""
        failures, done = 0, False
        while True:
            left = deadline - time.monotonic()
            reply = yield request if left == NEVER else replace(request, timeout=max(left, 0.001))
            if isinstance(reply, Answer) and 200 <= reply.status < 300:
                return reply.body
            failures += 1
            error, pause = self._failed(request, reply, failures)
            if pause is None or time.monotonic() + pause >= deadline:
                error.attempts, error.may_have_been_done = failures, done
                raise error
            done = done or not (isinstance(error, RefusedError) and error.problem.status == 429)
            yield Pause(pause)

    def _failed(self, request: Request, reply: Reply, failures: int) -> tuple[WindlassError, Optional[float]]:
        if isinstance(reply, Answer):
            problem = problem_of(reply)
            return refused(problem), self.retries.after_refusal(problem, request.repeat, failures)
        lost = reply if reply is not None else NoAnswer("nothing was sent", connected=False)
        pause = self.retries.after_no_answer(lost, request.repeat, failures)
        return NoAnswerError(request.name, lost.reason), pause

    def enqueue(self, job: NewJob, key: Optional[str]) -> Operation[Enqueued]:
        return (yield from self.ask(requests.enqueue(job, key or fresh_key()), Enqueued.read))

    def enqueue_many(self, jobs: Iterable[NewJob], key: Optional[str]) -> Operation[Answers]:
        answers: Answers = []
        portions = requests.enqueue_many(jobs, key or fresh_key())
        for index, (count, request) in enumerate(portions):
            try:
                answers += yield from self.ask(request, partial(items, count=count))
            except WindlassError as error:
                # What comes behind would most likely fail alike, each time after all its attempts.
                left = sum(count for count, _ in portions[index:])
                return answers + [error] * left
        return answers

    def delete(self, id: str) -> Operation[None]:
        try:
            yield from self.exchange(requests.delete(id))
        except NotFoundError as error:
            # It was there when it was first asked for, as far as anybody knows, and it is not there now.
            if not error.may_have_been_done:
                raise


def fresh_key() -> str:
    """An idempotency key that nobody else has."""
    return secrets.token_hex(16)


def items(answer: Any, count: int) -> Answers:
    read = [read_item(item) for item in answer["jobs"]]
    if len(read) != count:
        raise ValueError(f"it is for {len(read)} jobs, and {count} were sent")
    return read


def problem_of(answer: Answer) -> Problem:
    problem = Problem.of_answer(answer.status, answer.body)
    advice = answer.headers.get("retry-after", "").strip()
    # The other form, a date, would need the server's clock and ours to agree.
    retry_after = float(advice) if advice.isdigit() else None
    return replace(problem, retry_after=retry_after, request_id=answer.headers.get("x-request-id"))
