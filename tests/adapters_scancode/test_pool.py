"""Forked workers: every task is answered, and a task that kills or holds its worker costs only itself."""

import os
import signal
import time

from maxctl.adapters.scancode import pool
from maxctl.adapters.scancode.pool import Lost


def answers(work, tasks, jobs=2, limit_s=60.0):
    found = dict(pool.each(work, tasks, jobs, limit_s))
    return [found[number] for number in range(len(tasks))]


def test_each_task_is_answered_whatever_the_number_of_workers():
    for jobs in (1, 2, 7):
        assert answers(lambda task: task * 2, [1, 2, 3, 4, 5], jobs) == [2, 4, 6, 8, 10]


def test_no_tasks_need_no_worker():
    assert answers(os.fork, []) == []


def test_large_results_come_whole():
    assert answers(lambda task: b"x" * task, [3_000_000, 1, 2_000_000]) == [
        b"x" * 3_000_000,
        b"x",
        b"x" * 2_000_000,
    ]


def test_a_worker_that_dies_loses_its_task_only():
    def work(task):
        if task == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    found = answers(work, [1, 2, 3, 4])
    assert found == [1, Lost("ended with exit code 137 (SIGKILL)"), 3, 4]


def test_workers_that_all_die_lose_one_task_each():
    found = answers(lambda task: os._exit(7), [1, 2, 3])
    assert found == [Lost("ended with exit code 7")] * 3


def test_an_exception_ends_the_worker_and_its_task_only(capfd):
    found = answers(lambda task: 1 // task, [1, 0, 1], jobs=1)
    assert (found[0], found[2]) == (1, 1)
    assert isinstance(found[1], Lost)


def test_a_task_that_takes_too_long_is_given_up():
    def work(task):
        while task == 2:
            signal.pause()
        return task

    began = time.monotonic()
    assert answers(work, [2, 1, 3], limit_s=0.3) == [Lost("took more than 0.3 s"), 1, 3]
    assert time.monotonic() - began < 20


def test_workers_end_when_their_results_are_no_longer_wanted():
    results = pool.each(lambda task: os.getpid(), [1, 2, 3, 4], 2, 60.0)
    _, worker = next(results)
    results.close()
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        return
    raise AssertionError("the worker still runs")
