"""Why something did not come about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from .models import Job

TRANSIENT = frozenset({429, 502, 503, 504})
"""The statuses after which the same may come about later."""

EXCERPT_CHARACTERS = 200
"""How much is repeated of an answer that is no problem document."""


@dataclass(frozen=True)
class Problem:
    """A refusal in the words of the server (RFC 9457), or what could be made out of one that has none."""

    type: str
    """Its type, such as ``urn:windlass:problem:unknown-kind``; ``about:blank`` when the status says it all."""
    title: str
    status: int
    detail: str
    """What happened this time, and what to do about it."""
    retry_after: Optional[float] = None
    """After how many seconds the same may be asked again, where the server said so."""
    request_id: Optional[str] = None
    """Under which id the log of the server has more."""
    members: Mapping[str, Any] = field(default_factory=dict)
    """What else it tells: ``errors``, ``nearest``, ``limit``, …."""

    @property
    def name(self) -> str:
        """The last part of its type, such as ``unknown-kind``."""
        return self.type.rsplit(":", 1)[-1]

    @property
    def is_transient(self) -> bool:
        """Whether it may be gone when the same is asked again later."""
        # The first request with this idempotency key is worked on: the only conflict that passes by itself.
        return self.status in TRANSIENT or (self.status == 409 and self.name == "still-running")

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        request = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.title} ({self.status}){detail}{request}"

    @classmethod
    def of_document(cls, document: Mapping[str, Any], status: Optional[int] = None) -> Problem:
        """What a problem document says; ``status`` is that of the answer, where it is one."""
        known = ("type", "title", "status", "detail")
        return cls(
            type=str(document["type"]),
            title=str(document["title"]),
            status=status if status is not None else int(document.get("status", 0)),
            detail=str(document.get("detail", "")),
            members={name: value for name, value in document.items() if name not in known},
        )

    @classmethod
    def of_answer(cls, status: int, body: bytes) -> Problem:
        """What an answer with an error's status says, in whatever form."""
        try:
            return cls.of_document(json.loads(body), status)
        except (ValueError, KeyError, TypeError, AttributeError):
            text = body.decode("utf-8", "replace").strip()
            return cls("about:blank", f"Status {status}", status, text[:EXCERPT_CHARACTERS])


class WindlassError(Exception):
    """Something did not come about."""

    is_transient: bool = False
    """Whether the same may come about later, without anything being changed."""

    attempts: int = 1
    """How often the request was sent."""

    may_have_been_done: bool = False
    """Whether what was asked may have been done by an earlier one of the attempts."""

    def __reduce__(self) -> tuple[Any, ...]:
        # An error may cross to another process, as those of a pool do; it is made of more than its text.
        return rebuilt, (type(self), str(self), self.__dict__)


class NoAnswerError(WindlassError):
    """No full answer came: no connection, one that broke, or a time-out. Whatever may be sent again has been."""

    is_transient = True

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(f"the server gave no answer to {request}: {reason}")


class RefusedError(WindlassError):
    """The server refused."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.is_transient = problem.is_transient


class NotFoundError(RefusedError):
    """What is asked about is not there, or not the caller's."""


class UnreadableAnswerError(WindlassError):
    """The answer is not what was expected."""


class JobUnsuccessfulError(WindlassError):
    """The job has ended, and not by being completed."""

    def __init__(self, job: Job) -> None:
        said = f": {job.errors[-1].message}" if job.errors else ""
        super().__init__(f"the job {job.id} of the kind {job.kind} ended as {job.state}{said}")
        self.job = job


class JobNotOverError(WindlassError, TimeoutError):
    """The job has not ended in the time that was given to it. It goes on."""

    is_transient = True

    def __init__(self, id: str, seconds: float, state: Optional[str]) -> None:
        seen = f"it is {state}" if state else "the server could not be asked"
        super().__init__(f"the job {id} is not over after {seconds:g} s; {seen}")
        self.id = id
        self.state = state


def rebuilt(kind: type[WindlassError], text: str, members: Mapping[str, Any]) -> WindlassError:
    """The same error again."""
    error = kind.__new__(kind, text)
    Exception.__init__(error, text)
    error.__dict__.update(members)
    return error


def refused(problem: Problem) -> RefusedError:
    """The error for a problem."""
    return NotFoundError(problem) if problem.status == 404 else RefusedError(problem)
