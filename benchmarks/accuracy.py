"""Measure how accurate the models are, under every protocol, and write the figures to docs/accuracy.md.

Runs ``emotag evaluate`` for each protocol whose result is not in docs/accuracy/ yet, keeps the results there as JSON,
writes docs/accuracy.md from all of them, and copies the result of the invariance test into the models' cards.

    python benchmarks/accuracy.py DATA                      # protocols without a result
    python benchmarks/accuracy.py DATA --rerun cv notebook  # these protocols again
    python benchmarks/accuracy.py DATA --page-only          # only write the page
    python benchmarks/accuracy.py DATA --check              # only compare the page and the cards with the results

DATA is the folder of the data sets, with emotions/, deam/, emomusic/ and mer450/. With ``--check`` nothing is run or
written, and the exit status is 1 if the page or a card does not agree with the results.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import parser

DOCS = Path(__file__).resolve().parents[1] / "docs"
RESULTS = DOCS / "accuracy"
MODELS = DOCS.parent / "models"
INVARIANCE = {"invariance": ("emotion",), "invariance-classical": ("moods", "affect")}
"""Results of the invariance test, and the cards that get a copy."""

MOOD_METRICS = ("hamming", "hamming_at_half", "micro_f1", "micro_f1_generous", "macro_f1", "subset_accuracy")
RANKING_METRICS = ("ranking_loss", "lrap", "coverage", "one_error", "macro_auc")
QUADRANT_METRICS = (
    "auc_valence",
    "auc_valence_quiet",
    "auc_valence_loud",
    "auc_arousal",
    "quadrants_right",
    "contradictions",
)
WORD_METRICS = (
    "auc_amazed_surprised",
    "auc_happy_pleased",
    "auc_relaxing_calm",
    "auc_quiet_still",
    "auc_sad_lonely",
    "auc_angry_aggressive",
    "auc_moods",
    "calibration_error",
)
STUDY_METRICS = ("accuracy", "spread", "study", "precision", "recall", "f1")
AFFECT_METRICS = (
    "valence_r2",
    "arousal_r2",
    "valence_mae",
    "arousal_mae",
    "valence_pearson",
    "arousal_pearson",
    "valence_partial",
)
FRAME_METRICS = (
    "distance",
    "valence_mae",
    "arousal_mae",
    "valence_r2",
    "arousal_r2",
    "valence_concordance",
    "arousal_concordance",
)


@dataclass(frozen=True)
class Run:
    """One evaluation.

    Attributes
    ----------
    title, about : str
        Heading and introduction of the section on the page.
    command : str
        Arguments of ``emotag``, with ``DATA`` for the folder of the data sets.
    tables : tuple of tuple of str
        The metrics in each table of the section.
    """

    title: str
    about: str
    command: str
    tables: tuple[tuple[str, ...], ...]


EMOTIONS = "DATA/emotions/emotions"
DEAM = "--audio DATA/deam/audio --labels DATA/deam/labels.csv"
EMOMUSIC = "--audio DATA/deam/audio --labels DATA/emomusic"
JOINT = f"{DEAM} --quadrants DATA/mer450 --moods {EMOTIONS}.arff"

RUNS = {
    "quadrants": Run(
        "Joint model: quadrants of commercial music",
        "450 clips of mer450, 30 s of each, with a quadrant from experts, in ten folds by artist. AUC of valence "
        "and arousal against the sign that the quadrant gives, among all clips, among the quiet ones (sad or calm) "
        "and among the loud ones (tense or happy); share of clips with the right quadrant; share of clips whose "
        "quadrant and moods contradict each other. `classical features` is the joint model without the embedding. "
        "The classical models were not trained on these clips.",
        f"evaluate emotion --protocol quadrants {JOINT} --seeds 5",
        (QUADRANT_METRICS,),
    ),
    "words": Run(
        "Joint model: mood words of commercial music",
        "The same folds. AUC of each mood's probability against whether experts gave the clip a word for this mood, "
        "and the expected calibration error of all probabilities.",
        f"evaluate emotion --protocol words {JOINT} --seeds 5",
        (WORD_METRICS,),
    ),
    "ratings": Run(
        "Joint model: ratings of valence and arousal",
        "The same folds, 1200 songs of DEAM, by artist where the artist is known. `in-domain` is trained to predict "
        "the ratings as they are; see the model card for why the bundled model is not.",
        f"evaluate emotion --protocol ratings {JOINT} --seeds 5",
        (AFFECT_METRICS,),
    ),
    "left-out": Run(
        "Joint model: a data set left out",
        "What a model without any of the clips of mer450 predicts for them, and what it predicts for held-out songs of "
        "DEAM.",
        f"evaluate emotion --protocol left-out {JOINT}",
        (QUADRANT_METRICS, ("auc_moods", "valence_r2", "arousal_r2", "valence_partial")),
    ),
    "cv": Run(
        "Moods, by cross-validation",
        "Ten shuffled folds of the 593 songs. Scaling, feature selection and calibration are fitted on the training "
        "folds only, so the figures hold for new songs like those of the data set. `hamming` and `micro_f1` use "
        "the threshold of the bundled model, `_at_half` a threshold of 0.5, `_generous` one of 0.36; the most probable "
        "mood is always assigned.",
        f"evaluate moods {EMOTIONS}.arff --labels {EMOTIONS}.xml --all --seeds 3",
        (MOOD_METRICS, RANKING_METRICS),
    ),
    "split": Run(
        "Moods, on the official split",
        "Trained on 391 songs and tested on the other 202; the seeds are those of the models.",
        f"evaluate moods {EMOTIONS}-train.arff --protocol split --test {EMOTIONS}-test.arff --all --seeds 3",
        (MOOD_METRICS, RANKING_METRICS),
    ),
    "notebook": Run(
        "Moods, with the protocol of the study",
        "Nineteen label sets are the classes, and songs of rare classes are repeated until all classes are equally "
        "large. The study did this before it split the songs, so copies of test songs are in the training set; its "
        "figures say nothing about new songs (data leakage). With the split first, 27 to 35 % of the songs are "
        "classified correctly. `spread` is the standard deviation over the seeds, `study` the figure that the study "
        "reported.",
        f"evaluate moods {EMOTIONS}.arff --protocol notebook --all --seeds 10",
        (STUDY_METRICS,),
    ),
    "deam": Run(
        "Valence and arousal, by song",
        "The recipe of the bundled model on 1200 songs of DEAM, 10 s of each, in ten folds by song. The ratings of "
        "valence and arousal in DEAM are correlated: `in-domain` reproduces this correlation, `shipped` only a part of "
        "it (see the model card). `valence_partial` is the partial correlation of predicted and annotated valence, "
        "given annotated arousal. Mean absolute errors are on the scale of -1 to 1.",
        f"evaluate affect {DEAM} --seeds 5",
        (AFFECT_METRICS,),
    ),
    "emomusic": Run(
        "Valence and arousal, by artist",
        "The same on the 744 songs of emoMusic, with all songs of an artist in the same fold.",
        f"evaluate affect {EMOMUSIC} --protocol artists --seeds 5",
        (AFFECT_METRICS,),
    ),
    "emodj": Run(
        "EmoDJ's recipe",
        "Half-second segments of emoMusic, from seconds 30 to 40 of each song. EmoDJ reported a mean distance of "
        "0.2042 and mean absolute errors of 0.1357 and 0.1294 on random segments of seconds 15 to 45. With such a "
        "split, segments of the test songs are in the training set (data leakage). With a split by song, the valence "
        "is hardly predicted at all. Distances and mean absolute errors are on the scale of -1 to 1.",
        f"evaluate affect --recipe emodj --protocol frames {EMOMUSIC} --offset 30 --seeds 3",
        (FRAME_METRICS,),
    ),
}


HEAD = """\
# Accuracy of the models

This page is written by `python benchmarks/accuracy.py DATA` from the results in `docs/accuracy/`; do not edit it. Each
section has the command that produced its figures, where `DATA` is a folder with the data sets (they cannot be
redistributed). Figures are means over the seeds with their standard errors. The error does not include the uncertainty
from the small number of songs, which is about 0.006 for 593 songs."""


def main() -> None:
    """Run the evaluations and write the page."""
    arguments = parser(__doc__)
    arguments.add_argument("data", metavar="DATA", help="folder with emotions/, deam/, emomusic/ and mer450/")
    arguments.add_argument(
        "--rerun",
        nargs="*",
        choices=[*RUNS, *INVARIANCE],
        default=[],
        help="protocols to run again",
    )
    arguments.add_argument("--page-only", action="store_true", help="write the page from the results, run nothing")
    options = arguments.parse_args()
    if not options.page_only and not options.check:
        run_evaluations(Path(options.data), options.rerun)
    outdated = [path for path, content in outputs().items() if path.read_text("utf-8") != content]
    if options.check:
        for path in outdated:
            print(f"{path} does not agree with the results in {RESULTS}")
        raise SystemExit(1 if outdated else 0)
    for path, content in outputs().items():
        path.write_text(content, "utf-8")


def run_evaluations(data: Path, rerun: list[str]) -> None:
    """Run the protocols without a result, and those of `rerun`; keep the results as JSON."""
    RESULTS.mkdir(exist_ok=True)
    songs = sorted(map(str, (data / "emomusic" / "audio").iterdir()))
    commands = {name: run.command.replace("DATA", str(data)).split() for name, run in RUNS.items()}
    commands["invariance"] = ["evaluate", "invariance", *songs]
    commands["invariance-classical"] = ["evaluate", "invariance", "--model", "classical", *songs]
    for name, command in commands.items():
        result = RESULTS / f"{name}.json"
        if name in rerun or not result.exists():
            process = [sys.executable, "-m", "tagger", *command, "--json"]
            result.write_text(subprocess.run(process, check=True, stdout=subprocess.PIPE, text=True).stdout)


def outputs() -> dict[Path, str]:
    """Return the content of the page and of the models' cards, by path."""
    sections = [_section(run, RESULTS / f"{name}.json") for name, run in RUNS.items()]
    invariance = {name: json.loads((RESULTS / f"{name}.json").read_text()) for name in INVARIANCE}
    tables = [_invariance(name, result) for name, result in invariance.items()]
    contents = {DOCS / "accuracy.md": "\n\n".join([HEAD, *filter(None, sections), *tables]) + "\n"}
    for name, kinds in INVARIANCE.items():
        for kind in kinds:
            card = MODELS / f"{kind}.json"
            content = {**json.loads(card.read_text("utf-8")), "invariance": invariance[name]}
            contents[card] = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return contents


def _invariance(name: str, result: dict[str, Any]) -> str:
    """Return the section on songs in several encodings."""
    classical = name == "invariance-classical"
    title, model = ("classical models", "--model classical ") if classical else ("joint model", "")
    lines = ["| compared with WAV | valence | arousal | moods |", "|---|---|---|---|"]
    for name, differences in result["moved"].items():
        cells = (f"{figure['mean']:.4f} / {figure['max']:.4f}" for figure in differences.values())
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    about = (
        f"Mean / greatest absolute difference over {result['songs']} songs of 45 s. Valence and arousal are in "
        f"-1..1, moods are probabilities. `emotag evaluate invariance {model}DATA/emomusic/audio/*`"
    )
    return "\n\n".join([f"## The same song in other encodings, {title}", about, "\n".join(lines)])


def _section(run: Run, file: Path) -> str:
    """Return the section of an evaluation, or an empty text if there is no result."""
    if not file.exists():
        return ""
    result = json.loads(file.read_text())
    parts = [f"## {run.title}", run.about, f"`emotag {run.command}` ({result['data']}, {result['seeds']} seeds)"]
    parts += [_table(result["models"], metrics) for metrics in run.tables]
    leaks = dict.fromkeys(f"\\* leaks: {model['leak']}." for model in result["models"] if model["leak"])
    notes = [f"- {note}" for note in result["notes"]]
    return "\n\n".join([*parts, *leaks, *(["\n".join(notes)] if notes else [])])


def _table(models: list[dict[str, Any]], metrics: tuple[str, ...]) -> str:
    """Return a Markdown table with a row per model."""
    lines = ["| | " + " | ".join(metrics) + " |", "|---" * (len(metrics) + 1) + "|"]
    for model in models:
        name = f"{model['name']} \\*" if model["leak"] else model["name"]
        lines.append(f"| {name} | " + " | ".join(_figure(model["figures"].get(metric)) for metric in metrics) + " |")
    return "\n".join(lines)


def _figure(figure: dict[str, float] | None) -> str:
    """Return a figure with its standard error."""
    if figure is None:
        return ""
    error = f" ± {figure['se']:.3f}" if figure["se"] else ""
    return f"{figure['mean']:.3f}{error}"


if __name__ == "__main__":
    main()
