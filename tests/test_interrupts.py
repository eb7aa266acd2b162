"""An interrupted command keeps finished work, and leaves neither processes nor warnings."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tagger import interrupts
from tests.sounds import song

FAULTS = Path(__file__).parent / "faults"
PATIENCE = 120
"""Timeout of waiting in seconds; a busy machine needs a few."""

COMMAND = """
import signal, sys, time
from tagger import interrupts
interrupts.install_handlers()
try:
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("stopping", flush=True)
    time.sleep(600)
"""


def until(done: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "timeout"
        time.sleep(0.05)


def running(group: int) -> list[str]:
    """Return the processes of a group that have not ended."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, owner = status.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if owner == str(group) and state not in "ZX":
            found.append(status.parent.name)
    return found


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four songs, and one that a worker never finishes."""
    folder = tmp_path_factory.mktemp("music")
    for number in range(4):
        song(folder / f"x{number}.mp3", 6, rate=22050, seed=number)
    (folder / "hang.mp3").write_bytes((folder / "x0.mp3").read_bytes())
    return folder


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes")
@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGHUP, True)])
def test_an_interrupted_scan_keeps_finished_work(
    music: Path, tmp_path: Path, own_store: Path, number: signal.Signals, group: bool
) -> None:
    opened, temporary = tmp_path / "opened", tmp_path / "tmp"
    temporary.mkdir()
    faults = {"PYTHONPATH": str(FAULTS), "EMOTAG_TEST_FAULTS": str(opened), "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "tagger", "scan", "--csv", os.devnull, "-j", "2", str(music)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, **faults}, start_new_session=True
    )
    try:
        # A third is given to the worker that does not hang when the result of the first is there.
        until(lambda: opened.exists() and len(opened.read_text().split()) > 2)
        (os.killpg if group else os.kill)(process.pid, number)
        _, stderr = process.communicate(timeout=PATIENCE)
        until(lambda: not running(process.pid))
    finally:
        process.kill()
    assert process.returncode == 130
    messages = stderr.splitlines()
    analysed = _analysed(own_store)
    assert analysed >= 1
    assert messages[0] == "emotag: interrupted; finished work is kept, and the next scan continues from there"
    assert messages[1].startswith(f"{analysed} analysed, 0 tagged, 0 unchanged, 0 skipped, 0 failed in ")
    assert len(messages) == 2, "no warnings about semaphores"
    assert not list(temporary.iterdir())
    assert sorted(file.name for file in own_store.parent.iterdir() if file.name.endswith(".claims")) == []


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_summary_after_ctrl_c_counts_what_is_in_the_library(
    music: Path, tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.terminal import CTRL_C, Terminal

    opened = tmp_path / "opened"
    shutil.copytree(music, tmp_path / "music")
    (tmp_path / "music" / "a text.mp3").write_text("not a song")
    monkeypatch.setenv("PYTHONPATH", str(FAULTS))
    monkeypatch.setenv("EMOTAG_TEST_FAULTS", str(opened))
    with Terminal("scan", "--yes", "-j", "2", tmp_path / "music") as terminal:
        # The text has failed and a song is analysed when the worker that does not hang has got its third song.
        until(lambda: opened.exists() and f"\n{opened.read_text()}".count("\nx") >= 3)
        terminal.type(CTRL_C)
        assert terminal.wait() == 130
    analysed = _analysed(own_store)
    assert analysed >= 1
    *_, last = messages = terminal.text.splitlines()
    assert last.startswith(f"{analysed} analysed, 0 tagged, 0 unchanged, 0 skipped, 1 failed in ")
    assert sum("a text.mp3: not audio" in message for message in messages) == 1, "failures are named, too"


def _analysed(store: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM audio").fetchone()[0])
    except sqlite3.Error:
        return 0


def interrupt(*numbers: int, before: Callable[[], object] | None = None) -> tuple[int, str]:
    """Send signals to a slow command; return its exit status and output."""
    process = subprocess.Popen([sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, text=True, preexec_fn=before)
    try:
        assert process.stdout is not None
        output = process.stdout.readline()
        for number in numbers:
            time.sleep(0.3)
            process.send_signal(number)
            if number is numbers[0]:
                output += process.stdout.readline()
        return process.wait(PATIENCE), output
    finally:
        process.kill()
        process.communicate()


def python(code: str) -> tuple[int, str, str]:
    """Run code; return its exit status, standard output and error."""
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return run.returncode, run.stdout, run.stderr


def test_a_second_signal_ends_the_process() -> None:
    assert interrupt(signal.SIGTERM, signal.SIGINT) == (130, "ready\nstopping\n")
    assert interrupt(signal.SIGHUP, signal.SIGTERM) == (130, "ready\nstopping\n")


def test_ignored_signals_stay_ignored() -> None:
    """As under nohup: the scan continues when the terminal is closed."""
    code = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nfrom tagger import interrupts\n"
    code += "interrupts.install_handlers()\nwith interrupts.defer_signals():\n    signal.raise_signal(signal.SIGHUP)\n"
    code += "signal.raise_signal(signal.SIGHUP)\nprint('on')"
    assert python(code) == (0, "on\n", "")


def test_other_handlers_are_deferred_and_restored() -> None:
    seen: list[int] = []
    before = {number: signal.signal(number, lambda n, _: seen.append(n)) for number in interrupts.STOP_SIGNALS}
    try:
        mine = signal.getsignal(signal.SIGTERM)
        with interrupts.defer_signals():
            signal.raise_signal(signal.SIGTERM)
            assert not seen
        assert seen == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_first_signal_is_deferred_and_another_one_is_not() -> None:
    seen: list[int] = []
    before = {number: signal.signal(number, lambda n, _: seen.append(n)) for number in interrupts.STOP_SIGNALS}
    try:
        with interrupts.defer_signals():
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
                signal.raise_signal(number)
            assert seen == [signal.SIGINT, signal.SIGTERM]
        assert seen == [signal.SIGINT, signal.SIGTERM, signal.SIGTERM]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_second_signal_ends_the_process_though_the_first_is_deferred() -> None:
    code = """
import signal, time
from tagger import interrupts
interrupts.COALESCE_SECONDS = 600  # the machine may be busy
interrupts.install_handlers()
with interrupts.defer_signals():
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGHUP)  # counts as the same signal
    print("deferred", flush=True)
    interrupts.COALESCE_SECONDS = 0
    time.sleep(0.1)
    signal.raise_signal(signal.SIGINT)
    print("not reached", flush=True)
"""
    assert python(code) == (130, "deferred\n", "")


def test_signals_at_the_same_time_count_as_one() -> None:
    code = """
import signal
from tagger import interrupts
interrupts.COALESCE_SECONDS = 600  # the machine may be busy
interrupts.install_handlers()
try:
    signal.raise_signal(signal.SIGTERM)
except KeyboardInterrupt:
    signal.raise_signal(signal.SIGHUP)
    print("finished work is kept")
"""
    assert python(code) == (0, "finished work is kept\n", "")


def test_a_thread_defers_no_signals() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    began, end = threading.Event(), threading.Event()

    def work() -> None:
        with interrupts.defer_signals():
            began.set()
            end.wait(PATIENCE)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert began.wait(PATIENCE)
        signal.raise_signal(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
    finally:
        end.set()
        thread.join()
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs masks of signals")
def test_a_process_of_a_block_starts_with_the_signals_blocked_until_it_ignores_them() -> None:
    code = """
import signal
from tagger import interrupts
assert set(interrupts.STOP_SIGNALS) <= signal.pthread_sigmask(signal.SIG_BLOCK, ())
signal.raise_signal(signal.SIGTERM)
interrupts.ignore_signals()
assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
signal.raise_signal(signal.SIGINT)
print("alive")
"""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with interrupts.block_signals():
        assert python(code) == (0, "alive\n", "")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask


def test_a_system_without_masks_of_signals_blocks_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask", raising=False)
    with interrupts.block_signals():
        pass
