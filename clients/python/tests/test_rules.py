"""What is decided without a server."""

from __future__ import annotations

import ast
import inspect
import json
import pickle
import re
from pathlib import Path

import pytest

from windlass import AsyncWindlass, JobNotOverError, NotFoundError, Problem, Retries, Windlass
from windlass._requests import MOST_BYTES, NoAnswer, Repeat, checked_key, portions


def test_a_pause_doubles_up_to_its_bound_and_is_at_least_half_of_it() -> None:
    retries = Retries(attempts=20)
    for failures, whole in [(1, 0.2), (2, 0.4), (3, 0.8), (6, 6.4), (7, 10), (19, 10)]:
        pause = retries.after_refusal(Problem.of_answer(503, b""), Repeat.HARMLESS, failures)
        assert pause is not None
        assert whole / 2 <= pause <= whole


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 422, 500, 501])
def test_what_another_attempt_cannot_change_is_not_attempted(status: int) -> None:
    assert Retries().after_refusal(Problem.of_answer(status, b""), Repeat.HARMLESS, 1) is None


def test_the_only_conflict_that_passes_is_a_request_that_is_worked_on() -> None:
    worked_on = Problem("urn:windlass:problem:still-running", "Conflict", 409, "", retry_after=1.0)
    assert Retries().after_refusal(worked_on, Repeat.HARMLESS, 1) == 1.0
    other = Problem("urn:windlass:problem:wrong-state", "Conflict", 409, "", retry_after=1.0)
    assert Retries().after_refusal(other, Repeat.HARMLESS, 1) is None


def test_what_would_be_done_twice_is_sent_again_only_when_it_was_not_done() -> None:
    retries = Retries()
    assert retries.after_no_answer(NoAnswer("", connected=False), Repeat.DOUBLES, 1) is not None
    assert retries.after_no_answer(NoAnswer("", connected=True), Repeat.DOUBLES, 1) is None
    assert retries.after_refusal(Problem.of_answer(503, b""), Repeat.DOUBLES, 1) is None
    assert retries.after_refusal(Problem.of_answer(429, b""), Repeat.DOUBLES, 1) is not None


def test_attempts_come_to_an_end() -> None:
    lost = NoAnswer("", connected=True)
    assert Retries().after_no_answer(lost, Repeat.HARMLESS, 4) is not None
    assert Retries().after_no_answer(lost, Repeat.HARMLESS, 5) is None
    assert Retries(attempts=1).after_no_answer(lost, Repeat.HARMLESS, 1) is None


def test_portions_are_bounded_in_jobs_and_in_bytes() -> None:
    assert [count for count, _ in portions([b"{}"] * 2_001)] == [1_000, 1_000, 1]
    assert portions([]) == []
    large = [b'"' + b"x" * ((1 << 20) - 2) + b'"'] * 8
    for jobs, counts in [(large, [3, 3, 2]), ([b"1", b" " * MOST_BYTES + b"2", b"3"], [1, 1, 1])]:
        made = portions(jobs)
        assert [count for count, _ in made] == counts
        assert [len(json.loads(body)["jobs"]) for _, body in made] == counts
        assert all(len(body) <= MOST_BYTES for count, body in made if count > 1)


def test_what_a_gateway_says_in_its_own_way_is_a_problem_too() -> None:
    problem = Problem.of_answer(502, b"<html>Bad Gateway</html>")
    assert (problem.name, problem.status, problem.is_transient) == ("blank", 502, True)
    assert "Bad Gateway" in str(problem)
    assert Problem.of_answer(500, b"[1]").status == 500


def test_a_key_that_the_server_would_refuse_is_not_sent() -> None:
    for wrong in ["", "two words", "schlüssel", "k" * 252]:
        with pytest.raises(ValueError, match="idempotency key"):
            checked_key(wrong)
    assert checked_key("k" * 251)


def test_both_clients_do_the_same_in_the_same_words() -> None:
    def face(client: type) -> dict[str, tuple[list[str], str]]:
        methods = inspect.getmembers(client, inspect.isfunction)
        public = {name: method for name, method in methods if not name.startswith("_")}
        return {name: (list(inspect.signature(it).parameters), it.__doc__ or "") for name, it in public.items()}

    assert face(Windlass) == face(AsyncWindlass)
    assert len(face(Windlass)) > 12


def test_an_error_crosses_to_another_process_as_it_is() -> None:
    refused = NotFoundError(Problem.of_answer(404, b'{"type":"a:b","title":"None","status":404,"queue":"email"}'))
    for error in [refused, JobNotOverError("an-id", 2.0, "running")]:
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("page", ["clients/python/README.md", "docs/guides/clients.md"])
def test_the_examples_are_python_and_name_what_there_is(page: str) -> None:
    text = (Path(__file__).parents[3] / page).read_text()
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        tree = compile(example, page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
        for line in (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)):
            exec(compile(ast.Module([line], []), page, "exec"))
        for method in (node for node in ast.walk(tree) if isinstance(node, ast.Attribute)):
            if isinstance(method.value, ast.Name) and method.value.id == "windlass":
                assert hasattr(Windlass, method.attr), method.attr
