"""Measure the size of the bundled models and the time to load them.

Prints the size of all bundled model files on disk, and the time to load the default model with the network of the
embedding, and to load the classical models: medians of 5 new processes each, without the time to import libraries.

    python benchmarks/model_loading.py [--check]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from importlib import resources

from common import Report, parser

RUNS = 5

LOAD = """
import time

import numpy

from tagger.features import embedding
from tagger.models import components
from tagger.models.predictor import Predictor

began = time.process_time()
predictor = Predictor({files})
predictor.loaded
if "embedding" in predictor.versions:
    embedding.bundled_network()
print(time.process_time() - began)
"""


def loading_cpu(*files: str) -> float:
    """Return the median CPU time of loading models in a new process, in seconds."""
    command = [sys.executable, "-c", LOAD.format(files=list(files))]
    outputs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(RUNS)]
    return statistics.median(map(float, outputs))


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__).parse_args()
    report = Report()
    sizes = {
        file.name: len(file.read_bytes())
        for file in resources.files("tagger.bundled").iterdir()
        if file.name.endswith(".model")
    }
    for name, size in sorted(sizes.items()):
        report.add(f"  {name}", size / 1e6, "MB", decimals=2)
    report.add("all model files", sum(sizes.values()) / 1e6, "MB", decimals=2, at_most=12)
    report.add("loading the default model", loading_cpu(), "s", decimals=2, at_most=0.6)
    report.add("loading the classical models", loading_cpu("classical"), "s", decimals=2, at_most=0.6)
    report.exit(options.check)


if __name__ == "__main__":
    main()
