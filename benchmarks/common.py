"""Shared by the benchmarks: temporary folders, CPU times, runs of the command, and budgets."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import av
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.sounds import song

if TYPE_CHECKING:
    from tagger.emotions import Prediction
    from tagger.models.predictor import Predictor
    from tagger.training.estimators.joint_data import JointSongs, SharedData
    from tagger.training.recipes.emotion_figures import JointData

SONG_SECONDS = 240
"""Length of the MP3 file that the benchmarks of one song analyse."""


@dataclass
class Report:
    """The figures of a benchmark, printed one per line, and the budgets that they missed.

    Attributes
    ----------
    missed : list of str
        Names of the figures that missed their budget.
    """

    missed: list[str] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: float,
        unit: str = "",
        *,
        decimals: int = 0,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        """Print a figure with its budget.

        Parameters
        ----------
        name : str
        value : float
        unit : str, optional
        decimals : int, optional
        at_most, at_least : float, optional
            Budget; a value beyond it is counted as missed.
        """
        too_high = at_most is not None and value > at_most
        too_low = at_least is not None and value < at_least
        limits = [f"{word} {limit:g}" for word, limit in (("<=", at_most), (">=", at_least)) if limit is not None]
        budget = f"   budget {limits[0]}{' MISSED' if too_high or too_low else ''}" if limits else ""
        print(f"{name:52} {value:10.{decimals}f} {unit:5}{budget}".rstrip(), flush=True)
        if too_high or too_low:
            self.missed.append(name)

    def note(self, name: str, text: str) -> None:
        """Print a line without a figure.

        Parameters
        ----------
        name, text : str
        """
        print(f"{name:52} {text:>10}", flush=True)

    def exit(self, check: bool) -> None:
        """End the process: with status 1 if `check` is set and a budget was missed, else with 0.

        Parameters
        ----------
        check : bool
            Value of the option ``--check``.
        """
        sys.exit(1 if check and self.missed else 0)


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser of the command line with the option ``--check``.

    Parameters
    ----------
    doc : str or None
        Docstring of the benchmark, which is its help text.

    Returns
    -------
    argparse.ArgumentParser
    """
    result = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--check", action="store_true", help="exit with status 1 if a budget is missed")
    return result


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a temporary folder, which is deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="emotag-benchmark-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def cpu_time() -> float:
    """Return the CPU time of this process so far, with all its threads and its ended child processes, in seconds."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cpu_times(works: Mapping[str, Callable[[], object]], runs: int = 7) -> dict[str, list[float]]:
    """Measure the CPU times of several functions in turns, after one run of each that warms up.

    A busy machine slows down all that runs at the same time, so functions that take turns can be compared.

    Parameters
    ----------
    works : dict of str to callable
        The functions by name.
    runs : int, optional
        Runs of each function.

    Returns
    -------
    dict of str to list of float
        In seconds, with one thread of the mathematical libraries, as in a worker of a scan.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    with threadpool_limits(1):
        for work in works.values():
            work()
        for _ in range(runs):
            for name, work in works.items():
                began = cpu_time()
                work()
                times[name].append(cpu_time() - began)
    return times


def median_ratio(times: list[float], others: list[float]) -> float:
    """Return the median ratio of two times of `cpu_times` that were measured in the same turn.

    Parameters
    ----------
    times, others : list of float

    Returns
    -------
    float
    """
    return statistics.median(time / other for time, other in zip(times, others, strict=True))


def decode(path: str) -> None:
    """Decode a whole song with PyAV in one thread.

    Parameters
    ----------
    path : str
    """
    with av.open(path) as container:
        container.streams.audio[0].codec_context.thread_count = 1
        for _ in container.decode(audio=0):
            pass


def predict(path: str, predictor: Predictor) -> Prediction:
    """Analyse a song completely: extract the features that the models need, and predict.

    Parameters
    ----------
    path : str
    predictor : Predictor

    Returns
    -------
    Prediction

    Raises
    ------
    SystemExit
        If the song cannot be analysed.
    """
    from tagger.analysis import extraction
    from tagger.analysis.results import Analysis

    analysis = extraction.analyse(path, kinds=tuple(predictor.versions))
    if not isinstance(analysis, Analysis):
        raise SystemExit(f"{path}: {analysis}")
    return predictor.predict_song(analysis.features)


@dataclass(frozen=True)
class Run:
    """The cost of one run of the command.

    Attributes
    ----------
    wall, cpu : float
        Seconds; the CPU time includes worker processes.
    peak : float
        Peak memory of the command itself in MB, without workers.
    """

    wall: float
    cpu: float
    peak: float


def emotag(*arguments: str | Path, store: Path) -> Run:
    """Run the command.

    Parameters
    ----------
    *arguments : str or Path
    store : Path
        Library database.

    Returns
    -------
    Run

    Raises
    ------
    SystemExit
        If the command fails.
    """
    environment = {**os.environ, "EMOTAG_STORE": str(store)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = [sys.executable, "-m", "tagger", *map(str, arguments)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{command} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cpu, usage.ru_maxrss / 1024)


class JointTrainingData(NamedTuple):
    """The data sets of the joint model with their features.

    Attributes
    ----------
    sets : JointData
    songs : JointSongs
        Those with quadrants, then those with ratings.
    shared : SharedData
        What is in every training set.
    """

    sets: JointData
    songs: JointSongs
    shared: SharedData


def joint_training_data(data: Path) -> JointTrainingData:
    """Read the data sets of the joint model, and extract the features of their songs, which takes minutes.

    Parameters
    ----------
    data : Path
        Folder of the data sets.

    Returns
    -------
    JointTrainingData
    """
    from tagger.datasets import mer450
    from tagger.datasets.affect import read_affect_dataset
    from tagger.datasets.multilabel import read_mood_dataset
    from tagger.features import marsyas
    from tagger.scanning.workers import available_processors
    from tagger.training.recipes.base import RunConfig
    from tagger.training.recipes.emotion import extract_features
    from tagger.training.recipes.emotion_figures import JointData

    sets = JointData(
        read_affect_dataset(data / "deam" / "audio", data / "deam" / "labels.csv"),
        mer450.read(data / "mer450"),
        read_mood_dataset(data / "emotions" / "emotions.arff", marsyas.COLUMNS),
    )
    training = extract_features(sets, RunConfig(jobs=available_processors()))
    return JointTrainingData(sets, training.songs, training.shared)


__all__ = [
    "SONG_SECONDS",
    "Report",
    "Run",
    "cpu_times",
    "decode",
    "emotag",
    "joint_training_data",
    "median_ratio",
    "parser",
    "predict",
    "scratch",
    "song",
]
