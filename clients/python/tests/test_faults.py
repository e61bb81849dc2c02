"""Connections break, the server is busy: nothing is enqueued twice."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from proxy import CutAnswer, CutRequest, Pass, Say, Silence

from windlass import Enqueued, NewJob, NoAnswerError, NotFoundError, RefusedError, Retries

BUSY = Say("429 Too Many Requests", "retry-after: 1\r\n")
AWAY = Say("502 Bad Gateway", body="away")
MOST = 1 << 30


@pytest.mark.parametrize("after", [0, 1, 20, 90, MOST])
def test_a_job_whose_answers_break_off_anywhere_is_there_once(
    connect: Any, faulty: Any, ids: Any, tag: str, after: int
) -> None:
    proxy = faulty([CutAnswer(after), CutRequest(), CutAnswer(after)])
    job = connect(proxy.url).enqueue("diagnostic.noop", tags=[tag])
    assert proxy.requests == ["POST /api/v1/jobs"] * 4
    assert ids() == {job.id}


def test_many_jobs_whose_answers_break_off_are_each_there_once(connect: Any, faulty: Any, ids: Any, tag: str) -> None:
    first = [CutAnswer(3_000), CutRequest(), CutAnswer(0), Pass()]
    proxy = faulty([*first, AWAY, CutAnswer(MOST), Pass(), CutAnswer(60_000)])
    answers = connect(proxy.url).enqueue_many(NewJob("diagnostic.noop", tags=[tag]) for _ in range(2_500))
    assert all(isinstance(answer, Enqueued) for answer in answers)
    assert len(answers) == 2_500
    assert ids() == {answer.id for answer in answers}
    assert len(ids()) == 2_500
    assert proxy.requests == ["POST /api/v1/jobs/batch"] * 9


def test_a_portion_that_gets_no_answer_ends_the_sending(connect: Any, faulty: Any, ids: Any, tag: str) -> None:
    proxy = faulty([Pass(), CutRequest()])
    answers = connect(proxy.url, retries=Retries(attempts=1)).enqueue_many(
        NewJob("diagnostic.noop", tags=[tag]) for _ in range(2_100)
    )
    assert [isinstance(answer, NoAnswerError) for answer in answers] == [False] * 1_000 + [True] * 1_100
    assert (len(ids()), len(proxy.requests)) == (1_000, 2)


def test_a_busy_server_is_given_the_time_that_it_asks_for(connect: Any, faulty: Any) -> None:
    proxy = faulty([BUSY, AWAY])
    start = time.monotonic()
    connect(proxy.url).enqueue("diagnostic.noop")
    assert time.monotonic() - start >= 1
    assert len(proxy.requests) == 3


def test_a_server_that_asks_for_too_much_time_is_not_waited_for(connect: Any, faulty: Any) -> None:
    proxy = faulty([Say("503 Service Unavailable", "retry-after: 3600\r\n")])
    with pytest.raises(RefusedError) as error:
        connect(proxy.url).enqueue("diagnostic.noop")
    assert error.value.problem.retry_after == 3600
    assert error.value.is_transient
    assert len(proxy.requests) == 1


def test_a_server_that_says_nothing_is_given_up_and_asked_again(connect: Any, faulty: Any, ids: Any, tag: str) -> None:
    proxy = faulty([Silence()])
    connect(proxy.url, timeout=1.0).enqueue("diagnostic.noop", tags=[tag])
    assert (len(proxy.requests), len(ids())) == (2, 1)


def test_once_the_attempts_are_used_up_the_same_key_leads_to_the_same_job(
    connect: Any, faulty: Any, ids: Any, tag: str
) -> None:
    windlass = connect(faulty([CutAnswer(0)]).url, retries=Retries(attempts=1))
    with pytest.raises(NoAnswerError) as error:
        windlass.enqueue("diagnostic.noop", tags=[tag], idempotency_key=tag)
    assert error.value.is_transient
    windlass.enqueue("diagnostic.noop", tags=[tag], idempotency_key=tag)
    assert len(ids()) == 1


def test_a_batch_whose_answer_is_lost_is_not_sent_again(connect: Any, faulty: Any, ids: Any, tag: str) -> None:
    proxy = faulty([BUSY, CutAnswer(0)])
    with pytest.raises(NoAnswerError):
        connect(proxy.url).enqueue_batch([NewJob("diagnostic.noop", tags=[tag])])
    assert (len(proxy.requests), len(ids())) == (2, 1)


def test_an_order_to_run_again_whose_answer_is_lost_is_not_given_again(
    connect: Any, faulty: Any, windlass: Any
) -> None:
    job = windlass.enqueue("diagnostic.noop")
    windlass.wait(job, timeout=20)
    proxy = faulty([BUSY, CutAnswer(0)])
    with pytest.raises(NoAnswerError):
        connect(proxy.url).retry(job)
    assert len(proxy.requests) == 2


def test_a_cancellation_whose_answer_is_lost_is_a_cancellation(connect: Any, faulty: Any, windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.noop", delay=3_600)
    proxy = faulty([CutAnswer(0), CutAnswer(30)])
    assert connect(proxy.url).cancel(job).state == "cancelled"
    assert len(proxy.requests) == 3


def test_a_deletion_whose_answer_is_lost_is_a_deletion(connect: Any, faulty: Any, windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.noop")
    windlass.wait(job, timeout=20)
    proxy = faulty([CutAnswer(0)])
    connect(proxy.url).delete(job)
    assert len(proxy.requests) == 2
    with pytest.raises(NotFoundError):
        connect(faulty([BUSY]).url).delete(job)


def test_a_server_that_is_away_for_a_while_does_not_end_a_wait(connect: Any, faulty: Any, windlass: Any) -> None:
    job = windlass.enqueue("diagnostic.noop")
    proxy = faulty([CutRequest()] * 12)
    connect(proxy.url).wait(job, timeout=20)
    assert len(proxy.requests) == 13


def test_where_nobody_listens_the_error_says_so(connect: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = "http://{}:{}".format(*unused.getsockname())
    with pytest.raises(NoAnswerError, match="POST /jobs") as error:
        connect(url).enqueue("diagnostic.noop")
    assert error.value.attempts == 5
