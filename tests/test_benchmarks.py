"""The benchmarks start, say what they measure, and report missed budgets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
SCRIPTS = sorted(path.name for path in BENCHMARKS.glob("*.py") if path.name != "common.py")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=BENCHMARKS, capture_output=True, text=True)


@pytest.mark.thorough
@pytest.mark.parametrize("script", SCRIPTS)
def test_help_says_what_is_measured(script: str) -> None:
    result = run(script, "--help")
    assert result.returncode == 0, result.stderr
    assert "Prints" in result.stdout or "Runs" in result.stdout
    assert "--check" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "check", "status"),
    [("2, at_most=1", True, 1), ("2, at_most=1", False, 0), ("2, at_least=1", True, 0), ("0.5, at_least=1", True, 1)],
)
def test_a_missed_budget_fails_with_check_only(arguments: str, check: bool, status: int) -> None:
    code = f"import common; r = common.Report(); r.add('a figure', {arguments}); r.exit({check})"
    result = run("-c", code)
    assert result.returncode == status, result.stderr
    assert ("MISSED" in result.stdout) == (arguments in ("2, at_most=1", "0.5, at_least=1"))


def test_the_accuracy_page_agrees_with_the_results() -> None:
    result = run("accuracy.py", "unused", "--check")
    assert result.returncode == 0, result.stdout + result.stderr
