"""When, and how often, a request is sent again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Optional

from ._requests import NoAnswer, Repeat
from .errors import Problem


@dataclass(frozen=True)
class Retries:
    """When, and how often, a request is sent again.

    Sent again is what got no full answer, and what was answered with 429, 502, 503 or 504, or with 409 while the first
    request with the same idempotency key is still being worked on. The pause doubles each time, and its second half is
    drawn by lot. A ``Retry-After`` of the server is waited for, unless it is longer than ``longest_advice``.
    """

    attempts: int = 5
    """How often a request is sent at the most; 1 means never again."""
    first: float = 0.2
    """The pause after the first failure, in seconds."""
    longest: float = 10.0
    """The longest pause that the client chooses by itself, in seconds."""
    longest_advice: float = 60.0
    """The longest ``Retry-After`` that is waited for, in seconds. A longer one ends the attempts."""

    def after_no_answer(self, lost: NoAnswer, repeat: Repeat, failures: int) -> Optional[float]:
        """The pause before the next attempt; ``None`` when there is none."""
        # A connection that was never made has carried nothing.
        may = repeat is Repeat.HARMLESS or not lost.connected
        return self._pause(0.0, failures) if may else None

    def after_refusal(self, problem: Problem, repeat: Repeat, failures: int) -> Optional[float]:
        """The pause before the next attempt; ``None`` when there is none."""
        # A gateway or a server that gave up may have done the work all the same.
        may = problem.is_transient if repeat is Repeat.HARMLESS else problem.status == 429
        return self._pause(problem.retry_after or 0.0, failures) if may else None

    def _pause(self, advice: float, failures: int) -> Optional[float]:
        if failures >= self.attempts or advice > self.longest_advice:
            return None
        backoff = min(self.longest, self.first * 2.0 ** min(failures - 1, 31))
        return max(advice, backoff / 2 + random.uniform(0, backoff / 2))
