"""A client of Windlass over HTTP.

``Windlass`` blocks, ``AsyncWindlass`` is for asyncio; both do the same in the same words.
"""

from ._async_client import AsyncWindlass
from ._client import Windlass
from ._watch import JobFilter
from .errors import (
    JobNotOverError,
    JobUnsuccessfulError,
    NoAnswerError,
    NotFoundError,
    Problem,
    RefusedError,
    UnreadableAnswerError,
    WindlassError,
)
from .models import Batch, Enqueued, EnqueuedBatch, Job, LogLine, Page, PastError, Progress, Steered, Why
from .new_job import Backoff, JobOptions, NewJob, Unique
from .retries import Retries

__all__ = [
    "AsyncWindlass",
    "Backoff",
    "Batch",
    "Enqueued",
    "EnqueuedBatch",
    "Job",
    "JobFilter",
    "JobNotOverError",
    "JobOptions",
    "JobUnsuccessfulError",
    "LogLine",
    "NewJob",
    "NoAnswerError",
    "NotFoundError",
    "Page",
    "PastError",
    "Problem",
    "Progress",
    "RefusedError",
    "Retries",
    "Steered",
    "Unique",
    "UnreadableAnswerError",
    "Why",
    "Windlass",
    "WindlassError",
]
