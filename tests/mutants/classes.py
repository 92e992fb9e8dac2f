"""Mistakes in what is done with whole classes: on a cluster, and in comparing submissions."""

import math

from mutants import mutant, replace
from tinytorch.grading.sandbox.inside.submission import forms
from tinytorch.grading.similarity import comparison


@mutant("test_what_a_lost_worker_had_is_done_by_another")
def no_second_try_on_a_cluster():
    from tinytorch.grading.classroom.cluster import executor

    executor.MAX_TRIES = 1


@mutant("test_every_task_has_its_own_result_and_is_run_once")
def tasks_run_twice_on_a_cluster():
    from tinytorch.grading.classroom.cluster.executor import ClusterPool

    def accept(self, task):
        self._waiting.put_nowait(task)
        self._waiting.put_nowait(task)

    ClusterPool._accept = accept


@mutant("test_without_a_scheduler_all_tasks_fail_at_once_and_none_is_tried_on")
def lost_schedulers_cost_the_submissions():
    from tinytorch.grading.classroom.cluster.executor import ClusterPool, WorkerDiedError

    async def again(self, task, error):
        self._end(task, error=WorkerDiedError(str(error)))

    ClusterPool._again = again


@mutant("test_a_copy_with_other_names_comments_texts_and_layout_is_the_same")
def texts_told_apart():
    forms._constant = repr


@mutant("test_other_numbers_operators_functions_and_attributes_are_not_the_same")
def numbers_not_told_apart():
    forms._constant = lambda value: type(value).__name__


@mutant("test_other_numbers_operators_functions_and_attributes_are_not_the_same")
def names_of_the_library_not_told_apart():
    right = forms.normalised

    def normalised(node, names=(), helpers=()):
        return right(node, names, {*helpers, "sum", "max"})

    replace("grading.sandbox.inside.submission.forms", "normalised", normalised)


@mutant("test_buckets_lose_no_pair_that_comparing_all_pairs_finds")
def too_few_buckets():
    comparison.math = type("math", (), {"ceil": lambda size: math.ceil(1.2 * size)})
