"""The checks, one file or folder each, in the order in which they run."""

from __future__ import annotations

from maxctl.health.checks.dead_code import DeadCode
from maxctl.health.checks.dependencies.check import Dependencies
from maxctl.health.checks.interface import Check
from maxctl.health.checks.lint import Lint
from maxctl.health.checks.model_files.check import ModelFiles

CHECKS: tuple[type[Check], ...] = (Lint, DeadCode, Dependencies, ModelFiles)

__all__ = ["CHECKS"]
