"""What is measured of a peer, from outside: nothing here knows which one it is."""

import json
import statistics
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .peers import environment
from .processes import Background, Failed, output_of
from .redis_server import fresh_redis

# How often Redis is asked what is left: seldom enough to cost it nothing that could be seen.
LOOK_SECONDS = 0.02
# A drain that makes no progress for so long will not come to its end.
STALLED_SECONDS = 60
# The worker's first jobs pay for connections and caches.
WARM_UP = 20


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    seconds: float
    payload: int
    trickle: int
    first_guess: int


@dataclass(frozen=True)
class Numbers:
    """How many jobs keep this peer busy for as long as was wished."""

    enqueue: int
    drain: int


def calibrate(peer, size):
    """How many jobs are to be measured of this peer."""

    def rates(jobs):
        with fresh_redis() as redis:
            seconds = _enqueue(peer, redis, jobs, size)
            return jobs / seconds, _drain(peer, redis, jobs)

    return grow(rates, size)


def grow(rates, size):
    """Grows the number of jobs until a run is long enough to be judged, and scales from there.

    `rates` fills and empties a queue with so many jobs, and answers with both rates.
    """
    jobs, enough = size.first_guess, size.seconds / 8
    while True:
        filled, emptied = rates(jobs)
        slowest = jobs / min(filled, emptied)
        if slowest >= enough:
            break
        jobs = int(jobs * min(20, 1.5 * enough / slowest)) + 1
    # A tenth more, since a longer run also warms up further.
    wish = 1.1 * size.seconds
    return Numbers(enqueue=int(filled * wish) + 1, drain=int(emptied * wish) + 1)


def measure(peer, size, numbers):
    """One round: fill, fill and empty, idle."""
    figures = {}
    with fresh_redis() as redis:
        empty = redis.figures()
        seconds = _enqueue(peer, redis, numbers.enqueue, size)
        full = redis.figures()
        figures["enqueue_per_second"] = numbers.enqueue / seconds
        figures["bytes_per_job"] = (full.memory_bytes - empty.memory_bytes) / numbers.enqueue
    with fresh_redis() as redis:
        before = redis.figures()
        _enqueue(peer, redis, numbers.drain, size)
        figures["drain_per_second"] = _drain(peer, redis, numbers.drain)
        after = redis.figures()
        figures["commands_per_job"] = (after.commands - before.commands) / numbers.drain
        figures["redis_us_per_job"] = 1e6 * (after.cpu_seconds - before.cpu_seconds) / numbers.drain
    with fresh_redis() as redis:
        figures.update(_idle(peer, redis, size))
    return figures


def _enqueue(peer, redis, jobs, size):
    """Fills the queue from one process, which says how long it took without its own start."""
    words = [*peer.client, "enqueue", jobs, size.payload]
    answer = output_of(words, environment(redis.url), limit=60 + 20 * size.seconds)
    found = peer.unfinished(redis)
    if found != jobs:
        raise Failed(f"{found} of {jobs} jobs are in Redis after the enqueue")
    return max(json.loads(answer.splitlines()[-1])["seconds"], 1e-3)


def _drain(peer, redis, jobs):
    """Empties the queue. The clock runs from the first job that is gone to the last, so no start of a worker counts."""
    with _working(peer, redis) as workers:
        left, last_change, first_gone = jobs, time.monotonic(), None
        while True:
            now, seen = time.monotonic(), peer.unfinished(redis)
            if seen < left:
                left, last_change = seen, now
                # What the first look finds gone went before the clock started.
                first_gone = first_gone or (now, jobs - seen)
            if left == 0:
                started, gone_before = first_gone
                return _rate(jobs, gone_before, now - started)
            if now - last_change > STALLED_SECONDS:
                raise Failed(f"{left} of {jobs} jobs are left and none went for {STALLED_SECONDS} s")
            for worker in workers:
                worker.check()
            time.sleep(LOOK_SECONDS)


def _rate(jobs, gone_before, seconds):
    """Jobs a second; a drain shorter than one look is only known to have been that short."""
    if seconds < LOOK_SECONDS:
        return jobs / LOOK_SECONDS
    return (jobs - gone_before) / seconds


def _idle(peer, redis, size):
    """How soon an idle worker starts a job, and the memory that it takes while it waits."""
    with tempfile.TemporaryDirectory(prefix="windlass-peers-") as folder:
        starts = Path(folder) / "starts"
        starts.touch()
        with _working(peer, redis, {"PEERS_STARTS": str(starts)}) as workers:
            _trickle(peer, redis, WARM_UP, size)
            _wait_for(starts, WARM_UP, workers)
            time.sleep(min(2.0, size.seconds / 4))
            memory = sum(worker.resident_bytes() for worker in workers)
            _trickle(peer, redis, size.trickle, size)
            waits = _wait_for(starts, WARM_UP + size.trickle, workers)[WARM_UP:]
    cuts = statistics.quantiles(waits, n=100, method="inclusive")
    return {"pickup_p50_ms": cuts[49] / 1000, "pickup_p99_ms": cuts[98] / 1000, "worker_rss_bytes": memory}


def _trickle(peer, redis, jobs, size):
    words = [*peer.client, "trickle", jobs, size.payload]
    output_of(words, environment(redis.url), limit=60 + jobs)


def _wait_for(starts, jobs, workers):
    """The waits of all jobs, each written down by its handler as it started."""
    deadline = time.monotonic() + STALLED_SECONDS
    while True:
        lines = starts.read_text().splitlines(keepends=True)
        if len(lines) >= jobs and lines[-1].endswith("\n"):
            return [int(line) for line in lines]
        if time.monotonic() > deadline:
            raise Failed(f"only {len(lines)} of {jobs} single jobs have started")
        for worker in workers:
            worker.check()
        time.sleep(LOOK_SECONDS)


@contextmanager
def _working(peer, redis, more=None):
    """The peer's worker, with all its processes."""
    variables = {**environment(redis.url), **(more or {})}
    with ExitStack() as stack:
        yield [stack.enter_context(Background(words, variables)) for words in peer.workers]
