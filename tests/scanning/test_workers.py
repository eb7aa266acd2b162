"""A worker that crashes, hangs, is killed or stopped costs no other file its result, on this machine and with Dask."""

from __future__ import annotations

import csv
import io
import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.scanning.scanned_library import FAULTS, PATIENCE, SONGS, Library, wait_until


@pytest.mark.thorough
def test_a_crash_and_a_hang_are_two_failures_among_many_songs(library: Library, originals: list[Path]) -> None:
    for i in range(SONGS):
        shutil.copy(originals[i % 6], library.folder / f"good{i:02}.mp3")
    for name in ("segfault.mp3", "hang.mp3"):
        shutil.copy(originals[0], library.folder / name)
    # Without its limit of 15 s the file would hang for hours, and `scan` does not wait so long.
    run = library.scan("--csv", "-", "--timeout", "15", "-j", "2")
    assert run.returncode == 1
    rows = {row["path"].rsplit("/", 1)[1]: row for row in csv.DictReader(io.StringIO(run.stdout, newline=""))}
    failed = {name: row["error"] for name, row in rows.items() if row["status"] == "failed"}
    assert failed == {"segfault.mp3": "its decoder crashed", "hang.mp3": "given up after 15 s"}
    assert sum(row["status"] == "ok" for row in rows.values()) == SONGS + 3


def attempts(library: Library, name: str) -> int:
    return library.opened.read_text().split().count(f"at-{name}")


@pytest.mark.thorough
def test_a_file_that_may_not_be_the_cause_is_analysed_in_three_scans(library: Library, originals: list[Path]) -> None:
    for name in ("segfault.mp3", "bug.mp3"):
        shutil.copy(originals[0], library.folder / name)
    for _ in range(3):
        run = library.scan("--csv", os.devnull)
        assert run.returncode == 1
        assert "0 skipped, 2 failed" in run.stderr
    run = library.scan("--csv", os.devnull)
    assert run.returncode == 0
    assert "2 skipped, 0 failed" in run.stderr
    assert "0 skipped, 2 failed" in library.scan("--csv", os.devnull, "--retry-failed").stderr
    # Another file with that name has its own three attempts.
    shutil.copy(originals[1], library.folder / "segfault.mp3")
    os.utime(library.folder / "segfault.mp3", (1, 1))
    assert "1 skipped, 1 failed" in library.scan("--csv", os.devnull).stderr


@pytest.mark.thorough
def test_a_file_that_fails_once_is_analysed_in_the_same_scan(library: Library, originals: list[Path]) -> None:
    for kind in ("segfault", "exit", "greedy", "terminated"):
        shutil.copy(originals[0], library.folder / f"once-{kind}.mp3")
    rows = library.report("-j", "2")
    assert [row["error"] for row in rows] == [""] * 7


@pytest.mark.thorough
def test_a_file_at_which_every_worker_is_killed_fails_for_one_scan(library: Library, originals: list[Path]) -> None:
    shutil.copy(originals[0], library.folder / "killed.mp3")
    run = library.scan("--csv", os.devnull)
    assert run.returncode == 1
    assert "killed.mp3: not analysed: its worker process was killed from outside" in run.stderr
    assert "3 analysed, 0 tagged, 0 unchanged, 0 skipped, 1 failed" in run.stderr
    (library.folder / "killed.mp3").rename(library.folder / "spared.mp3")
    assert library.summary("--csv", os.devnull) == "0 analysed, 0 tagged, 4 unchanged, 0 skipped, 0 failed"


def workers(process: subprocess.Popen[str]) -> list[int]:
    """Return the worker processes of a scan."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == process.pid and b"LokyProcess" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


@pytest.mark.thorough
@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds the workers in /proc")
def test_no_good_file_fails_though_workers_are_killed(library: Library, originals: list[Path]) -> None:
    kills = int(os.environ.get("EMOTAG_WORKER_KILLS", "4"))
    for i in range(10 * kills):
        shutil.copy(originals[i % 6], library.folder / f"good{i:04}.mp3")
    rng = random.Random(0)
    done = 0
    while done < kills:
        process = library.start("--tag", "--force", "-j", "2")
        while process.poll() is None and done < kills:
            time.sleep(rng.uniform(0.5, 2))
            found = workers(process)
            if found:
                with suppress(ProcessLookupError):
                    os.kill(rng.choice(found), signal.SIGKILL)
                    done += 1
        process.communicate(timeout=PATIENCE + 5 * kills)
    rows = library.report()
    assert [row["path"] for row in rows if row["status"] != "ok"] == []
    assert len(rows) == 10 * kills + 3


@pytest.mark.thorough
@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds the workers in /proc")
@pytest.mark.parametrize("who", ["scan", "worker", "both"])
def test_a_stopped_process_fails_no_file(library: Library, originals: list[Path], who: str) -> None:
    shutil.copy(originals[3], library.folder / "slow.mp3")
    process = library.start("--csv", os.devnull, "--timeout", "6", "-j", "1")
    wait_until(lambda: library.opened.exists() and "at-slow.mp3" in library.opened.read_text().split())
    stopped = [process.pid] * (who != "worker") + workers(process) * (who != "scan")
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(8)
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    stderr = process.communicate(timeout=PATIENCE)[1]
    assert "4 analysed" in stderr
    assert process.returncode == 0
    assert attempts(library, "slow.mp3") == 2, "opened once for its audio, and once for its tags"


@pytest.mark.thorough
def test_excessive_memory_and_internal_errors_are_failures(library: Library, originals: list[Path]) -> None:
    for name in ("greedy.mp3", "bug.mp3"):
        shutil.copy(originals[5], library.folder / name)
    rows = {row["path"].rsplit("/", 1)[1]: row for row in library.report("-j", "1")}
    assert rows["greedy.mp3"]["error"] == "needs more memory than a worker may use"
    assert rows["bug.mp3"]["error"].startswith("internal error (RuntimeError")
    assert sum(row["status"] == "ok" for row in rows.values()) == 3


@pytest.mark.thorough
def test_dask_workers_give_the_same_report_though_one_is_killed_in_the_middle(
    library: Library, originals: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
    for i in range(SONGS):
        shutil.copy(originals[i % 6], library.folder / f"good{i:02}.mp3")
    shutil.copy(originals[0], library.folder / "segfault.mp3")
    # Long enough for the first song of a worker on a busy machine, for which it loads its libraries.
    arguments = ("--csv", "-", "--no-store", "--timeout", "60")
    local = library.scan(*arguments).stdout
    library.opened.unlink()
    monkeypatch.setenv("PYTHONPATH", str(FAULTS))
    monkeypatch.setenv("EMOTAG_TEST_FAULTS", str(library.opened))
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "1")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        command = library.command(*arguments, "--dask", cluster.scheduler_address)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=library.environment)
        wait_until(lambda: library.opened_count() > 4)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        report = process.communicate(timeout=PATIENCE)[0]
    assert len(report.splitlines()) == SONGS + 5
    assert report.count(",failed,") == 1, [line for line in report.splitlines() if ",failed," in line]
    assert report == local


@pytest.mark.thorough
def test_a_file_that_takes_too_long_on_a_dask_worker_fails_alone(
    library: Library, originals: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
    shutil.copy(originals[0], library.folder / "hang.mp3")
    monkeypatch.setenv("PYTHONPATH", str(FAULTS))
    monkeypatch.setenv("EMOTAG_TEST_FAULTS", str(library.opened))
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        rows = library.report("--no-store", "--timeout", "4", "--dask", cluster.scheduler_address)
    assert {row["path"].rsplit("/", 1)[1]: row["error"] for row in rows} == {
        **{f"{i}.mp3": "" for i in range(3)},
        "hang.mp3": "given up after 4 s",
    }


@pytest.mark.thorough
def test_a_dask_worker_that_cannot_see_the_files_reports_it(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
    monkeypatch.setenv("PYTHONPATH", str(FAULTS))
    monkeypatch.setenv("EMOTAG_TEST_UNSEEN", str(library.folder))
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        run = library.scan("--csv", os.devnull, "--dask", cluster.scheduler_address)
    assert run.returncode == 1
    assert "0.mp3: the Dask worker on" in run.stderr
    assert "cannot see it: workers need the music under the same path" in run.stderr
    # The files are not the cause: the next scan analyses them.
    assert library.summary().startswith("3 analysed, 3 tagged")
