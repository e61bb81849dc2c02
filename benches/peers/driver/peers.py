"""The peers: how each is started, with which settings, and how much work Redis still holds for it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional

HERE = Path(__file__).resolve().parent.parent
INSTALLED = HERE.parent.parent / "target" / "peers"
CELERY_PYTHON = INSTALLED / "celery" / "bin" / "python"


@dataclass(frozen=True)
class Peer:
    """A queue that is measured from outside: by what its processes do and by what Redis then holds."""

    name: str
    # Called with `enqueue JOBS BYTES`, `trickle JOBS BYTES` or `version`; the environment says where Redis is.
    client: List[str]
    # The processes of its worker.
    workers: List[List[str]]
    # How many jobs wait or run, asked of Redis.
    unfinished: Callable
    settings: str
    # What has to be there; a missing one leaves the peer out.
    needs: List[Path]

    def missing(self) -> Optional[str]:
        absent = [need for need in self.needs if not need.exists()]
        return f"not installed ({absent[0].name} is missing)" if absent else None


def catalogue(profile):
    """All peers. `profile` is cargo's, `release` for figures that are to be believed."""
    rust = INSTALLED / "rust" / profile / "peers"
    return [
        _celery("Celery", ["--pool", "prefork", "--concurrency", "2"], 1, "its default pool, prefork, of 2"),
        _celery("Celery, solo pool", ["--pool", "solo"], 2, "2 workers with a solo pool"),
        _bullmq(),
        _sidekiq(),
        *(_rust(rust, *variant) for variant in RUST_VARIANTS),
    ]


def _celery(name, pool, processes, settings):
    app = HERE / "celery" / "peer.py"
    celery = [CELERY_PYTHON, "-m", "celery", "--app", "peer", "--workdir", app.parent, "worker", *pool]
    quiet = ["--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Peer(
        name=name,
        client=[CELERY_PYTHON, app],
        workers=[[*celery, *quiet, "--hostname", f"worker{number}"] for number in range(processes)],
        unfinished=lambda redis: redis.call("LLEN", "celery") + redis.call("HLEN", "unacked"),
        settings=f"{settings}, prefetch 64, no results, no events, early acknowledgement (its default)",
        needs=[CELERY_PYTHON],
    )


def _bullmq():
    node, peer = _program("node"), HERE / "bullmq" / "peer.mjs"
    return Peer(
        name="BullMQ",
        client=[node, peer],
        workers=[[node, peer, "work"]] * 2,
        unfinished=lambda redis: redis.call("LLEN", "bull:bench:wait") + redis.call("LLEN", "bull:bench:active"),
        settings="2 processes with concurrency 50, addBulk of 1,000, finished jobs removed at once",
        needs=[node, HERE / "bullmq" / "node_modules" / "bullmq"],
    )


def _sidekiq():
    ruby, peer = _program("ruby"), HERE / "sidekiq" / "peer.rb"
    sidekiq = _program("sidekiq")
    worker = [sidekiq, "--require", peer, "--concurrency", "10", "--environment", "production"]
    return Peer(
        name="Sidekiq",
        client=[ruby, peer],
        workers=[worker] * 2,
        unfinished=lambda redis: redis.call("LLEN", "queue:default"),
        settings="2 processes with 10 threads (its default), push_bulk of 1,000; jobs leave Redis before they run",
        needs=[ruby, sidekiq],
    )


def _rust(program, key, name, unfinished, settings):
    return Peer(
        name=name,
        client=[program, key],
        workers=[[program, key, "work"]],
        unfinished=unfinished,
        settings=settings,
        needs=[program],
    )


def _apalis_unfinished(redis):
    return redis.call("HLEN", "bench:data") - redis.call("SCARD", "bench:done")


RUST_VARIANTS = [
    (
        "rusty-sidekiq",
        "rusty-sidekiq",
        lambda redis: redis.call("LLEN", "queue:default"),
        "1 process with 16 workers, single calls on 16 connections; jobs leave Redis before they run",
    ),
    (
        "apalis",
        "apalis-redis",
        _apalis_unfinished,
        "1 process, default settings but for polling every 100 ms when idle, queue made ready by hand",
    ),
    (
        "apalis-tuned",
        "apalis-redis, tuned",
        _apalis_unfinished,
        "1 process, batches of 500, locks and events off, polling every 10 ms when idle, queue made ready by hand",
    ),
]


def _program(name):
    """Where a program is; a path that does not exist when it is nowhere."""
    return Path(shutil.which(name) or Path("not-on-the-path") / name)


def environment(url):
    """What every peer's process gets beside its arguments."""
    return {
        "PEERS_REDIS_URL": url,
        "REDIS_URL": url,
        "NODE_ENV": "production",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
