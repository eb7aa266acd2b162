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


def test_functions_take_turns_after_a_run_that_warms_up() -> None:
    result = run("-c", "import common; common.cpu_times({n: lambda n=n: print(n) for n in 'ab'}, runs=2)")
    assert result.stdout.split() == ["a", "b"] * 3, result.stderr


@pytest.mark.parametrize("work", ["subprocess.run([sys.executable, '-c', SPIN])", "in_thread(lambda: exec(SPIN))"])
def test_cpu_time_includes_threads_and_child_processes(work: str) -> None:
    code = (
        "import subprocess, sys, threading, common\n"
        "SPIN = 'import time; end = time.process_time() + 0.2\\nwhile time.process_time() < end: pass'\n"
        "def in_thread(work):\n"
        "    thread = threading.Thread(target=work); thread.start(); thread.join()\n"
        f"print(*common.cpu_times({{'work': lambda: {work}}}, runs=1)['work'])"
    )
    result = run("-c", code)
    assert float(result.stdout) >= 0.19, result.stderr


def test_a_ratio_is_taken_within_each_turn() -> None:
    result = run("-c", "import common; print(common.median_ratio([2, 8, 3], [1, 4, 3]))")
    assert float(result.stdout) == 2, result.stderr


def run_with_short_song(script: str, *arguments: str, patch: str = "") -> subprocess.CompletedProcess[str]:
    """Run a benchmark of one song on a song of 10 seconds."""
    code = (
        f"import sys; sys.argv = {[script, *arguments]}; import {script} as script; script.SONG_SECONDS = 10; {patch}\n"
        "script.main()"
    )
    return run("-c", code)


def figures(output: str) -> dict[str, str]:
    """Return the figures, or the words in their place, by the names of the rows."""
    return {line[:52].strip(): line[52:].strip() for line in output.splitlines()}


@pytest.mark.thorough
def test_the_cost_of_a_song_is_printed_for_both_models_and_each_part() -> None:
    result = run_with_short_song("song_cpu")
    assert result.returncode == 0, result.stderr
    rows = figures(result.stdout)
    assert "budget <= 2.5" in rows["complete analysis / decoding"]
    assert "budget <= 1.6" in rows["complete analysis, --model classical / decoding"]
    assert float(rows["embedding of a patch"].split()[0]) > 0


@pytest.mark.thorough
def test_peers_that_are_not_installed_are_left_out() -> None:
    result = run_with_short_song("peers", "--runs=1", patch="script.version = lambda package: None")
    assert result.returncode == 0, result.stderr
    rows = figures(result.stdout)
    assert rows["Essentia, MusicExtractor"] == rows["emotag / bliss-audio, Song"] == "not installed"
    assert rows["emotag"].endswith("ms")
    assert rows["emotag / decoding with PyAV"]


@pytest.mark.thorough
def test_peers_are_measured_with_their_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bliss_audio.py").write_text("def Song(path): assert path.endswith('song.mp3')\n")
    (tmp_path / "essentia").mkdir()
    (tmp_path / "essentia" / "__init__.py").write_text("class log: infoActive = True\n")
    (tmp_path / "essentia" / "standard.py").write_text("def MusicExtractor(): return lambda path: sum(range(10**6))\n")
    for package in ("bliss_audio", "essentia"):
        info = tmp_path / f"{package}-98.7.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 98.7\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    result = run_with_short_song("peers", "--runs=1", "--check")
    rows = figures(result.stdout)
    assert rows["bliss-audio"] == rows["essentia"] == "98.7", result.stderr
    assert float(rows["Essentia, MusicExtractor"].split()[0]) > 0
    assert rows["emotag / bliss-audio, Song"].endswith("MISSED")
    assert result.returncode == 1


@pytest.mark.thorough
def test_the_size_of_all_models_is_printed() -> None:
    rows = figures(run("model_loading.py").stdout)
    models = Path(__file__).resolve().parents[1] / "models"
    expected = sum(path.stat().st_size for path in models.glob("*.model")) / 1e6
    assert float(rows["all model files"].split()[0]) == pytest.approx(expected, abs=0.01)
    assert float(rows["loading the default model"].split()[0]) > 0
