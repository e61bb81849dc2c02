"""Windlass measures itself, by `windlass bench`; here its answers get the names of the table."""

import json
import tempfile
import time

from .measure import grow
from .processes import Background, Failed, output_of
from .redis_server import fresh_redis

# How many jobs the worker runs at the same time.
CONCURRENCY = 1_000


class Windlass:
    """Our side of the table."""

    name = "Windlass"
    settings = f"1 process with concurrency {CONCURRENCY}, batches of 1,000, default retention and events"

    def __init__(self, program):
        self.program = program

    def missing(self):
        return None if self.program.exists() else f"not built ({self.program} is missing)"

    def version(self):
        return output_of([self.program, "--version"], {}, limit=30).strip()

    def calibrate(self, size):
        def rates(jobs):
            return [self._bench(what, jobs, size)["jobs_per_second"] for what in ("enqueue", "drain")]

        return grow(rates, size)

    def measure(self, size, numbers):
        filled = self._bench("enqueue", numbers.enqueue, size)
        emptied = self._bench("drain", numbers.drain, size)
        picked_up = self._bench("latency", size.trickle, size)
        return {
            "enqueue_per_second": filled["jobs_per_second"],
            "bytes_per_job": filled["redis_bytes_per_queued_job"],
            "drain_per_second": emptied["jobs_per_second"],
            "commands_per_job": emptied["per_job"]["redis_commands"],
            "redis_us_per_job": emptied["per_job"]["redis_cpu_us"],
            "pickup_p50_ms": picked_up["p50_ms"],
            "pickup_p99_ms": picked_up["p99_ms"],
            "worker_rss_bytes": self._idle_memory(size),
        }

    def _bench(self, what, jobs, size):
        with fresh_redis() as redis:
            words = [self.program, "bench", what, "--redis-url", redis.url, "--jobs", jobs]
            words += ["--payload", size.payload, "--json"]
            words += [] if what == "enqueue" else ["--concurrency", CONCURRENCY]
            answer = output_of(words, {}, limit=60 + 20 * size.seconds)
        try:
            return json.loads(answer.splitlines()[-1])
        except (IndexError, ValueError):
            raise Failed(f"`bench {what}` ended without a line of JSON") from None

    def _idle_memory(self, size):
        with fresh_redis() as redis, tempfile.TemporaryDirectory(prefix="windlass-peers-") as folder:
            words = [self.program, "worker", "--redis-url", redis.url, "--data-dir", folder]
            with Background(words, {}) as worker:
                time.sleep(max(1.0, min(3.0, size.seconds / 4)))
                worker.check()
                return worker.resident_bytes()
