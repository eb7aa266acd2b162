"""Lists of songs have a line for each song and a summary."""

from __future__ import annotations

import json

from tagger.emotions import Emotion
from tagger.library.relative import RelativePosition
from tagger.library.songs import Song
from tagger.report.text.song_list import list_json, list_lines

SONG = Song(
    "/bad\udcff.mp3",
    1,
    180.0,
    Emotion(0.25, -0.5, ("relaxing-calm", "quiet-still"), (0.0, 0.1, 0.9, 0.5, 0.2, 0.0)),
    "m",
    RelativePosition("rank", 0.5, -1.0),
    title="T",
    artist="A",
    genres=("Jazz",),
)


def test_lines_have_point_quadrant_path_and_moods() -> None:
    first, second, total, *_ = list_lines([SONG, SONG], lambda path: path.upper())
    assert first == second == "+0.25 -0.50 calm   /BAD\udcff.MP3  (relaxing-calm; quiet-still)"
    assert total == "total: 2 songs, 0.1 h"


def test_json_has_tags_and_prediction() -> None:
    (value,) = json.loads(json.dumps(list_json([SONG])))
    assert (value["title"], value["artist"], value["album"], value["genres"]) == ("T", "A", "", ["Jazz"])
    assert value["path"].startswith("file:///bad%FF")
    assert value["library"]["moods"] == ["relaxing-calm", "quiet-still"]
    assert value["library"]["probabilities"]["relaxing-calm"] == 0.9
    assert (value["library"]["valence_rank"], value["library"]["arousal_rank"]) == (0.5, -1.0)
