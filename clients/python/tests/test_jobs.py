"""Jobs are enqueued, looked at, waited for and steered."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from windlass import (
    Backoff,
    Enqueued,
    JobNotOverError,
    JobUnsuccessfulError,
    NewJob,
    NotFoundError,
    RefusedError,
    Unique,
    Windlass,
)

HOUR = timedelta(hours=1)


def test_every_option_of_a_job_is_taken_by_the_server(windlass: Any, tag: str) -> None:
    options: dict[str, Any] = {
        "priority": 2,
        "delay": HOUR,
        "expires_in": 7_200,
        "tags": [tag],
        "max_attempts": 7,
        "timeout": 60,
        "backoff": Backoff.exponential(1, timedelta(seconds=90)),
        "limit_key": "customer-7",
        "unique": Unique(until="period", period=600, args=["ms"], on_conflict="keep_latest"),
    }
    args = {"ms": int(tag[-6:], 16) % 1_000_000}
    first = windlass.enqueue("diagnostic.sleep", args, **options)
    second = windlass.enqueue("diagnostic.sleep", args, **options)
    assert (first.acceptance, second.acceptance, second.id) == ("new", "replaced", first.id)

    job = windlass.get(first)
    assert (job.priority, job.max_attempts, job.tags, job.state) == (2, 7, (tag,), "scheduled")
    assert job.raw["limit_key"] == "customer-7"
    assert job.raw["backoff"] == {"type": "exponential", "base_ms": 1_000, "most_ms": 90_000}
    assert job.run_at - job.created_at >= HOUR - timedelta(seconds=5)


def test_instants_are_kept_to_the_millisecond(windlass: Any) -> None:
    at = datetime(2040, 1, 2, 3, 4, 5, 678_000, tzinfo=timezone(timedelta(hours=2)))
    job = windlass.get(windlass.enqueue("diagnostic.noop", run_at=at, expires_at=at + HOUR))
    assert job.run_at == at
    with pytest.raises(ValueError, match="time zone"):
        windlass.enqueue("diagnostic.noop", run_at=datetime(2040, 1, 2))


def test_an_operators_key_speaks_for_the_organization_that_is_named(windlass: Any, connect: Any) -> None:
    job = windlass.enqueue("diagnostic.noop", organization="acme", user="ada")
    seen = connect(organization="acme").get(job)
    assert (seen.organization, seen.tags) == ("acme", ("user.ada",))
    with pytest.raises(NotFoundError):
        connect(organization="other").get(job)


def test_what_is_refused_is_told_in_the_words_of_the_server(windlass: Any, connect: Any) -> None:
    with pytest.raises(NotFoundError, match="noob") as unknown:
        windlass.enqueue("diagnostic.noob")
    problem = unknown.value.problem
    assert (problem.name, problem.status) == ("unknown-kind", 404)
    assert problem.members["nearest"][0] == "diagnostic.noop"
    assert problem.request_id
    assert not unknown.value.is_transient

    with pytest.raises(RefusedError) as stranger:
        connect(key="not-the-key-of-this-server").enqueue("diagnostic.noop")
    assert stranger.value.problem.status == 401


def test_a_refused_job_keeps_no_other_out(windlass: Any) -> None:
    kinds = ["diagnostic.noop", "no.such.kind", "diagnostic.noop"]
    first, refused, last = windlass.enqueue_many(NewJob(kind) for kind in kinds)
    assert isinstance(first, Enqueued)
    assert isinstance(last, Enqueued)
    assert refused.problem.name == "unknown-kind"
    assert windlass.enqueue_many([]) == []


def test_a_result_is_waited_for(windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.noop")
    assert windlass.wait(job, timeout=20) is None
    over = windlass.wait_until_over(job.id, timeout=20)
    assert (over.state, over.progress, over.is_over) == ("completed", 100, True)


def test_a_job_that_is_given_up_is_told_with_its_last_error(windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.sleep", {"ms": 1, "fail_rate": 1}, max_attempts=1)
    with pytest.raises(JobUnsuccessfulError) as error:
        windlass.wait(job, timeout=20)
    assert error.value.job.state == "discarded"
    assert error.value.job.errors[-1].message in str(error.value)


def test_what_takes_too_long_goes_on(windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.sleep", {"ms": 60_000})
    with pytest.raises(TimeoutError) as error:
        windlass.wait(job, timeout=0.4)
    assert isinstance(error.value, JobNotOverError)
    assert not windlass.get(job).is_over
    windlass.cancel(job)


def test_a_job_is_followed_until_it_is_over(windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.sleep", {"ms": 1_000})
    steps = list(windlass.follow(job))
    assert len(steps) >= 2
    assert all(one != other for one, other in zip(steps, steps[1:]))
    assert (steps[-1].state, steps[-1].percent) == ("completed", 100)
    assert "completed" not in [step.state for step in steps[:-1]]


def test_what_is_not_there_is_not_waited_for(windlass: Any, missing: str) -> None:
    with pytest.raises(NotFoundError):
        windlass.wait(missing, timeout=20)
    with pytest.raises(NotFoundError):
        list(windlass.follow(missing))
    with pytest.raises(ValueError, match="no id"):
        windlass.get("../queues")


def test_all_jobs_that_match_are_listed_beyond_the_first_page(windlass: Any, tag: str) -> None:
    jobs = windlass.enqueue_many(NewJob("diagnostic.noop", tags=[tag], delay=HOUR) for _ in range(450))
    filter: dict[str, Any] = {"tag": tag, "state": "scheduled", "kind": "diagnostic.noop", "queue": "default"}
    page = windlass.list_page(limit=7, **filter)
    assert len(page.jobs) <= 7
    assert page.next
    long_ago = datetime(2000, 1, 1, tzinfo=timezone.utc)
    found = [job.id for job in windlass.list(**filter, created_from=long_ago)]
    assert sorted(found) == sorted(job.id for job in jobs)
    assert list(windlass.list(**filter, created_before=long_ago)) == []


def test_a_job_is_asked_about_cancelled_retried_and_deleted(windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.sleep", {"ms": 600_000}, delay=HOUR)
    why = windlass.why(job)
    assert (why.job, why.state, why.reasons[0]["reason"]) == (job.id, "scheduled", "scheduled_for")
    assert windlass.cancel(job).state == "cancelled"
    assert windlass.retry(job, {"ms": 1}).state == "available"
    over = windlass.wait_until_over(job, timeout=20)
    assert (over.state, over.args) == ("completed", {"ms": 1})
    windlass.retry(job)
    windlass.wait(job, timeout=20)
    with pytest.raises(RefusedError) as late:
        windlass.cancel(job)
    assert late.value.problem.name == "wrong-state"
    windlass.delete(job)
    with pytest.raises(NotFoundError):
        windlass.get(job)


def test_a_batch_is_followed_until_its_callback(windlass: Any) -> None:
    jobs = [NewJob("diagnostic.noop"), NewJob("no.such.kind"), NewJob("diagnostic.noop")]
    batch = windlass.enqueue_batch(jobs, description='two "lines"', callback=NewJob("diagnostic.noop"))
    members = [job for job in batch.jobs if isinstance(job, Enqueued)]
    for job in members:
        windlass.wait(job, timeout=20)
    windlass.wait(batch.callback, timeout=20)
    seen = windlass.batch(batch.id)
    assert (seen.total, seen.completed, seen.progress, seen.description) == (2, 2, 100, 'two "lines"')


def test_a_client_that_cannot_be_is_not_made() -> None:
    for wrong in ["", "jobs.example.com", "redis://127.0.0.1", "https://ada:secret@example.com"]:
        with pytest.raises(ValueError, match="URL of the server") as error:
            Windlass(wrong, "a-key-of-16-letters")
        assert "secret" not in str(error.value)
    with pytest.raises(ValueError, match="API key"):
        Windlass("http://127.0.0.1", "two words")
    with pytest.raises(TypeError, match="prioritty"):
        NewJob("diagnostic.noop", prioritty=1).to_json()  # type: ignore[call-arg]


def test_the_key_does_not_show() -> None:
    with Windlass("http://127.0.0.1:1", "a-key-of-16-letters") as windlass:
        assert "a-key-of" not in f"{windlass!r} {windlass._http.headers!r} {vars(windlass)!r}"
