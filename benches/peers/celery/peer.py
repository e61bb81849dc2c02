"""Celery's part: `peer.py enqueue|trickle JOBS BYTES` and `peer.py version`; the worker is `celery --app peer worker`."""

import json
import os
import random
import sys
import time

from celery import Celery

app = Celery("peer", broker=os.environ.get("PEERS_REDIS_URL"))
app.conf.update(
    task_ignore_result=True,
    task_serializer="json",
    worker_prefetch_multiplier=64,
    worker_disable_rate_limits=True,
    worker_send_task_events=False,
)


def now_us():
    return time.monotonic_ns() // 1000


@app.task(name="bench")
def bench(at, load):
    if at:
        with open(os.environ["PEERS_STARTS"], "a") as starts:
            starts.write(f"{now_us() - at}\n")


def load_of(size):
    return "x" * (size - len('{"at":0,"load":""}'))


def enqueue(jobs, size):
    load = load_of(size)
    with app.producer_pool.acquire(block=True) as producer:
        # The connection belongs to the client's start, not to its work.
        producer.connection.ensure_connection()
        start = time.monotonic()
        for _ in range(jobs):
            bench.apply_async((0, load), producer=producer)
        return time.monotonic() - start


def trickle(jobs, size):
    load = load_of(size)
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(jobs):
            time.sleep(random.uniform(0.020, 0.030))
            bench.apply_async((now_us(), load), producer=producer)


def main():
    if sys.argv[1] == "version":
        import celery

        print(f"Celery {celery.__version__}, Python {sys.version.split()[0]}")
        return
    verb, jobs, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    seconds = {"enqueue": enqueue, "trickle": trickle}[verb](jobs, size)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
