"""The spec names tasks, engines and formats without importing what serves them: both must name the same."""

from __future__ import annotations

from typing import get_args

import pytest

from maxctl.core import spec
from maxctl.health import prepared_model
from maxctl.runtimes import FORMATS
from maxctl.serving import engines, inputs, tasks


def test_the_spec_knows_the_tasks_that_can_be_served():
    assert list(get_args(spec.Task)) == tasks.names()


def test_the_spec_knows_the_engines_that_can_be_served():
    assert set(get_args(spec.Engine)) <= set(engines.names())
    assert {form.engine for form in prepared_model._PREPARED.values()} == set(get_args(spec.Engine))


def test_the_spec_knows_only_formats_that_are_recognised():
    assert set(get_args(spec.Preparation.model_fields["format"].annotation)) <= set(FORMATS)


def test_labels_are_asked_for_where_the_task_needs_them():
    assert set(prepared_model.NEED_LABELS) == {
        name for name in tasks.names() if tasks.find(name).needs_labels
    }


@pytest.mark.parametrize("kind", inputs.names())
def test_the_upload_is_called_the_same_where_the_spec_does_not_say(kind: str):
    assert spec.Input(kind=kind).field == inputs.find(kind).default_field  # type: ignore[arg-type]
