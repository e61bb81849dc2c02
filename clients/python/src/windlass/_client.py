"""The client that blocks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, TypeVar

import httpx

from . import _requests as requests
from . import _transport as transport
from ._core import Answers, Core, Operation, Pause, Reply, Step
from ._transport import Timeouts
from ._watch import Following, JobFilter, JobReference, Listing, Watch, id_of
from .models import Batch, Enqueued, EnqueuedBatch, Job, Page, Progress, Steered, Why
from .new_job import JobOptions, NewJob
from .retries import Retries

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class Windlass:
    """A client of the Windlass at ``url``, with an API key or a JWT. It may be shared by threads.

    Use it in a ``with`` statement, or call ``close``. Nothing is sent until something is asked.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        organization: Optional[str] = None,
        retries: Optional[Retries] = None,
        timeout: float = 20.0,
        connect_timeout: float = 5.0,
    ) -> None:
        """``timeout`` is how many seconds the server may say nothing; it gives up by itself after 15.

        ``organization`` is for keys that may speak for any: an operator's.
        """
        self._core = Core(retries or Retries())
        self._timeouts = Timeouts(timeout, connect_timeout)
        self._http = httpx.Client(**transport.settings(url, key, organization, self._timeouts))

    def __enter__(self) -> Windlass:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def enqueue(
        self,
        kind: str,
        args: Optional[Mapping[str, Any]] = None,
        *,
        idempotency_key: Optional[str] = None,
        **options: Unpack[JobOptions],
    ) -> Enqueued:
        """Enqueues one job, once, however often the request has to be sent.

        Without an ``idempotency_key`` the client makes one for this call. Give your own, made of what the job is
        about, to be able to call again after an error or a crash: what came before under the same key is the answer
        then.
        """
        return self._run(self._core.enqueue(NewJob(kind, args, **options), idempotency_key))

    def enqueue_many(self, jobs: Iterable[NewJob], *, idempotency_key: Optional[str] = None) -> Answers:
        """Enqueues any number of jobs, in portions of up to 1,000 jobs and 4 MiB, and answers for each job at its
        place.

        A job that is refused keeps no other out. When a portion is not answered, that error stands for each of its
        jobs, and for those of the portions behind it, which are not sent any more. Under your own key, the same jobs
        in the same order may be enqueued again, and those that are there already are not doubled.
        """
        return self._run(self._core.enqueue_many(jobs, idempotency_key))

    def enqueue_batch(
        self, jobs: Iterable[NewJob], *, description: str = "", callback: Optional[NewJob] = None
    ) -> EnqueuedBatch:
        """Enqueues 1 to 1,000 jobs that end together, and a callback that is enqueued when all of them have.

        A batch is new each time it is posted, so that it is sent again only while it has certainly not been taken.
        When the answer is lost, it may be there or not.
        """
        return self._run(self._core.ask(requests.enqueue_batch(description, callback, jobs), EnqueuedBatch.read))

    def get(self, job: JobReference) -> Job:
        """The job, with all that is known of it."""
        return self._run(self._core.ask(requests.get(id_of(job)), Job.read))

    def list(self, **filter: Unpack[JobFilter]) -> Iterator[Job]:
        """All jobs that match, fetched page by page while they are taken.

        A job that goes on meanwhile may come in its old state and in its new one.
        """
        listing = Listing(self._core, filter)
        while (jobs := self._run(listing.advance())) is not None:
            yield from jobs

    def list_page(self, *, after: Optional[str] = None, limit: int = 20, **filter: Unpack[JobFilter]) -> Page:
        """A page of up to ``limit`` (1 to 200) jobs; ``after`` is the ``next`` of the page before."""
        return self._run(self._core.ask(requests.list_page(filter, after, limit), Page.read))

    def wait(self, job: JobReference, *, timeout: Optional[float] = None) -> Any:
        """Waits for what a job results in, up to ``timeout`` seconds; ``None`` waits for ever.

        Raises ``JobUnsuccessfulError`` for a job that was cancelled or given up, and ``JobNotOverError``, which is a
        ``TimeoutError``, when the time is over. A server that is away for a while does not end the wait.
        """
        return self._run(Watch(self._core, id_of(job)).result(timeout))

    def wait_until_over(self, job: JobReference, *, timeout: Optional[float] = None) -> Job:
        """Waits until a job is over, however it ends. See ``wait``."""
        return self._run(Watch(self._core, id_of(job)).until_over(timeout))

    def follow(self, job: JobReference) -> Iterator[Progress]:
        """How far a job is: now, and each time that is seen to have changed, until it is over."""
        following = Following(self._core, id_of(job))
        while (progress := self._run(following.advance())) is not None:
            yield progress

    def cancel(self, job: JobReference) -> Steered:
        """Cancels the job: at once, or by request to the worker that runs it."""
        return self._run(self._core.ask(requests.cancel(id_of(job)), Steered.read))

    def retry(self, job: JobReference, args: Optional[Mapping[str, Any]] = None) -> Steered:
        """Runs the job now, or again, perhaps with other arguments.

        It is sent again only while it has certainly not been taken: a job that was over meanwhile would run once
        more. When the answer is lost, look at the job.
        """
        return self._run(self._core.ask(requests.retry(id_of(job), args), Steered.read))

    def delete(self, job: JobReference) -> None:
        """Removes the job, unless it runs."""
        self._run(self._core.delete(id_of(job)))

    def why(self, job: JobReference) -> Why:
        """Why the job does not run."""
        return self._run(self._core.ask(requests.why(id_of(job)), Why.read))

    def batch(self, id: str) -> Batch:
        """How far a batch is."""
        return self._run(self._core.ask(requests.get_batch(id), Batch.read))

    def _run(self, operation: Operation[T]) -> T:
        reply: Reply = None
        while True:
            try:
                step = operation.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            reply = self._do(step)

    def _do(self, step: Step) -> Reply:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return transport.answer(self._http.request(**transport.arguments(step, self._timeouts)))
        except httpx.RequestError as error:
            return transport.no_answer(error)
