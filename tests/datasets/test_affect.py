"""Data sets of rated songs are read from every supported form; errors are one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.datasets.affect import read_affect_dataset
from tagger.errors import DataError

HEAD = "song_id,valence_mean,arousal_mean,artist\n"


def songs(folder: Path, *names: str) -> Path:
    audio = folder / "audio"
    audio.mkdir(exist_ok=True)
    for name in names or ("1.ogg", "2.mp3"):
        (audio / name).touch()
    return audio


def ratings(folder: Path, text: str) -> tuple[Path, Path]:
    labels = folder / "labels.csv"
    labels.write_text(text)
    return songs(folder), labels


def emomusic(folder: Path, **replaced: str) -> Path:
    """Write two songs in the form of emoMusic; `replaced` maps the first word of a file name to other contents."""
    files = {
        "static_annotations.csv": "song_id,mean_arousal,std_arousal,mean_valence,std_valence\n1,9,1,5,1\n2,1,1,6,1\n",
        "valence_cont_average.csv": "song_id,sample_15000ms,sample_15500ms\n1,-0.1,-0.2\n2,0.3,0.4\n",
        "arousal_cont_average.csv": "song_id,sample_15000ms,sample_15500ms\n1,0.5,0.6\n2,0.7,\n",
        "songs_info.csv": '"song_id","file_name","Artist"\n1,"\t1.mp3","\tThe Band\t"\n2,"2.mp3","the band"\n',
    }
    labels = folder / "emomusic"
    labels.mkdir()
    for name, text in files.items():
        (labels / name).write_text(replaced.get(name.split("_")[0], text))
    return labels


def test_ratings_are_scaled_to_minus_one_to_one(tmp_path: Path) -> None:
    data = read_affect_dataset(*ratings(tmp_path, "song_id,valence_mean,arousal_mean\n2,9,5\n1,1,6\n"))
    assert [path.name for path in data.paths] == ["2.mp3", "1.ogg"]
    np.testing.assert_array_equal(data.labels, [[1, 0], [-1, 0.25]])


def test_emomusic_has_ratings_tracks_and_artists(tmp_path: Path) -> None:
    data = read_affect_dataset(songs(tmp_path), emomusic(tmp_path))
    np.testing.assert_array_equal(data.labels, [[0, 1], [0.25, -1]])
    np.testing.assert_array_equal(data.tracks[0], [[15, -0.1, 0.5], [15.5, -0.2, 0.6]])
    np.testing.assert_array_equal(data.tracks[1], [[15, 0.3, 0.7]])
    assert list(data.artists) == ["the band", "the band"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("song_id,valence_mean\n1,2\n", "column arousal_mean is missing"),
        (HEAD + "1,2,3\n1,2,3\n", "line 3: duplicate song 1"),
        (HEAD + "7,2,3\n", "the audio of song 7 is missing"),
        (HEAD + "1,,3\n", "line 2: valence_mean is missing"),
        (HEAD + "1,2\n", "line 2: arousal_mean is missing"),
        (HEAD + "1,2,x\n", "line 2: a value is not a number"),
        (HEAD + "1,2,nan\n", "line 2: a value is missing"),
        (HEAD, "no songs found"),
        ("", "column song_id is missing"),
    ],
)
def test_errors_in_a_table_are_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_affect_dataset(*ratings(tmp_path, text))


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("static", "song_id,mean_arousal\n1,2\n", r"static_annotations.csv: column mean_valence is missing"),
        ("valence", "song_id,sample_15000ms\n1,0\n", r"valence_cont_average.csv: song 2 is missing"),
        ("arousal", "song_id,sample_15000ms\n1,0\n2,x\n", r"arousal_cont_average.csv: line 3: a value is not a number"),
        ("arousal", "song_id,sample_soon\n1,0\n2,0\n", "column sample_soon has no time in its name"),
        ("songs", "song_id,Artist\n1,a\n", "songs_info.csv: song 2 is missing"),
    ],
)
def test_errors_in_emomusic_are_one_sentence(tmp_path: Path, file: str, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_affect_dataset(songs(tmp_path), emomusic(tmp_path, **{file: text}))


def test_two_audio_files_of_a_song_are_refused(tmp_path: Path) -> None:
    audio, labels = ratings(tmp_path, HEAD + "1,2,3\n")
    songs(tmp_path, "1.flac", "2.wav")  # song 2 has two files too, but no rating
    with pytest.raises(DataError, match=r"both 1\.flac and 1\.ogg match song 1"):
        read_affect_dataset(audio, labels)


def test_songs_with_a_known_artist_are_selected(tmp_path: Path) -> None:
    songs(tmp_path, "3.mp3")
    data = read_affect_dataset(*ratings(tmp_path, HEAD + "1,2,3,A\n2,2,3,\n3,4,5,B\n")).with_artists()
    assert [path.stem for path in data.paths] == ["1", "3"]
    assert data.labels.shape == (2, 2)
    assert "2 of 3 songs" in data.notes[-1]
    with pytest.raises(DataError, match="fewer than two artists"):
        read_affect_dataset(*ratings(tmp_path, HEAD + "1,2,3,A\n2,2,3,\n")).with_artists()
