"""Columns, formats and escaping of the report."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from tagger.emotions import Emotion, OwnMood
from tagger.report.text.columns import COLUMNS
from tagger.report.text.rows import writers
from tagger.scanning.result import ScanResult

HEADER = (
    "path,status,duration,valence,arousal,quadrant,moods,p_amazed_surprised,p_happy_pleased,p_relaxing_calm,"
    "p_quiet_still,p_sad_lonely,p_angry_aggressive,model,error"
)
EMOTION = Emotion(-0.41234, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.2, 0.3, 0.4, 0.55556, 0.0))
GOOD = ScanResult("/music/a.mp3", duration=61.5, audio_hash="f00", emotion=EMOTION, model="moods-1 affect-1")
BAD = ScanResult("/music/b.mp3", error='=HYPERLINK(1), "quoted"\nand more')


def as_csv(*outcomes: ScanResult) -> str:
    file = io.StringIO(newline="")
    write = writers()["csv"](file)
    for outcome in outcomes:
        write(outcome)
    return file.getvalue()


def test_the_header_has_the_documented_columns() -> None:
    assert ",".join(COLUMNS) == HEADER
    assert as_csv() == HEADER + "\r\n"


def test_a_row_has_the_predictions() -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv(GOOD), newline=""))
    assert row["status"] == "ok"
    assert (row["duration"], row["valence"], row["arousal"]) == ("61.5000", "-0.4123", "0.5000")
    assert (row["quadrant"], row["moods"]) == ("tense", "sad-lonely; quiet-still")
    assert row["p_sad_lonely"] == "0.5556"
    assert (row["model"], row["error"]) == ("moods-1 affect-1", "")


def test_a_failed_row_has_its_error_and_no_numbers() -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv(BAD), newline=""))
    assert (row["status"], row["path"]) == ("failed", "/music/b.mp3")
    assert row["error"] == "'" + str(BAD.error)
    assert not any(row[c] for c in COLUMNS if c not in ("path", "status", "error"))


def test_json_lines_have_the_same_keys_and_moods_as_a_list() -> None:
    file = io.StringIO()
    write = writers()["jsonl"](file)
    write(GOOD)
    write(BAD)
    good, bad = map(json.loads, file.getvalue().splitlines())
    assert list(good) == list(bad) == list(COLUMNS)
    assert good["moods"] == ["sad-lonely", "quiet-still"]
    assert good["valence"] == -0.4123
    assert bad["valence"] is None


@pytest.mark.parametrize("known", [True, False])
def test_deviations_are_the_last_columns_if_requested(known: bool) -> None:
    outcome = replace(GOOD, emotion=EMOTION._replace(valence_sd=0.21116, arousal_sd=0.2)) if known else GOOD
    file, lines = io.StringIO(newline=""), io.StringIO()
    for kind, sink in (("csv", file), ("jsonl", lines)):
        writers(sd=True)[kind](sink)(outcome)
    (row,) = csv.DictReader(io.StringIO(file.getvalue(), newline=""))
    assert [*row] == [*COLUMNS, "valence_sd", "arousal_sd"]
    assert (row["valence_sd"], row["arousal_sd"]) == (("0.2112", "0.2000") if known else ("", ""))
    line = json.loads(lines.getvalue())
    assert (line["valence_sd"], line["arousal_sd"]) == ((0.2112, 0.2) if known else (None, None))


def test_own_moods_have_columns_if_a_model_predicts_them() -> None:
    own = (OwnMood("Gym", 0.75, 0.5), OwnMood("=Late", 0.6, 0.5), OwnMood("Sleep", 0.1, 0.5))
    file = io.StringIO(newline="")
    write = writers(own=("Gym", "=Late", "Sleep", "Another"))["csv"](file)
    for result in (replace(GOOD, emotion=EMOTION._replace(own=own)), GOOD, BAD):
        write(result)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert list(rows[0])[-5:] == ["own_moods", "p_own_Gym", "p_own_=Late", "p_own_Sleep", "p_own_Another"]
    assert list(rows[0].values())[-5:] == ["Gym; =Late", "0.7500", "0.6000", "0.1000", ""]
    assert list(rows[1].values())[-5:] == list(rows[2].values())[-5:] == [""] * 5
    assert rows[0]["moods"] == "sad-lonely; quiet-still"


def test_columns_of_own_moods_can_be_requested() -> None:
    own = (OwnMood("Gym", 0.75, 0.5), OwnMood("Sleep", 0.1, 0.5))
    file = io.StringIO(newline="")
    write = writers(own=("Gym", "Sleep"), columns="path,own_moods,p_own_Sleep,p_own_Other")["csv"](file)
    write(replace(GOOD, emotion=EMOTION._replace(own=own)))
    (row,) = csv.DictReader(io.StringIO(file.getvalue(), newline=""))
    assert list(row) == ["path", "own_moods", "p_own_Sleep", "p_own_Other"]
    assert list(row.values())[1:] == ["Gym", "0.1000", ""]
