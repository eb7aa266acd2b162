"""The library keeps the user's ratings and own moods."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagger.emotions import OwnMood, Prediction
from tagger.errors import StoreError
from tagger.library.analysed import analysed_files, audio_of_paths
from tagger.library.own_labels import own_labels
from tagger.library.prediction_order import make_newest
from tagger.library.ratings import Rating, ratings, remove_rating, set_rating
from tagger.library.records import FileStat
from tagger.library.store import Store

STAT = FileStat(1, 2, 3)
OWN = (OwnMood("Gym", 0.25, 0.5), OwnMood("Ärger", 0.75, 0.5))
PREDICTION = Prediction(0.25, -0.5, 0.375, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.2, 0.15, OWN)


def test_a_rating_adds_to_an_earlier_one() -> None:
    with Store("") as store:
        first, second = (store.add_audio(name, 1.0, {}) for name in "ab")
        assert set_rating(store, second, Rating(0.5, None)) == (0.5, None)
        assert set_rating(store, first, Rating(None, -1.0)) == (None, -1.0)
        assert set_rating(store, second, Rating(None, 0.25)) == (0.5, 0.25)
        assert ratings(store) == {first: (None, -1.0), second: (0.5, 0.25)}
        assert remove_rating(store, first) and not remove_rating(store, first)
        assert ratings(store) == {second: (0.5, 0.25)}


def test_pruning_removes_the_ratings_of_songs_that_are_gone() -> None:
    with Store("") as store:
        set_rating(store, store.add_audio("a", 1.0, {}), Rating(0.5, 0.5))
        store.prune()
        assert ratings(store) == {} and store.check() == []


def test_own_moods_come_back_as_they_were_stored() -> None:
    with Store("") as store:
        audio = store.add_audio("a", 1.0, {})
        store.add_prediction(audio, "own", PREDICTION)
        store.add_prediction(audio, "other", PREDICTION._replace(own=None))
        assert store.predictions([audio], "own")[audio].prediction == PREDICTION
        assert store.predictions([audio], "other")[audio].prediction.own is None
        assert own_labels(store) == ("Gym", "Ärger")
        store.write("DELETE FROM prediction WHERE model = 'own'")
        assert own_labels(store) is None


@pytest.mark.parametrize("text", ["", "{", "[1]", '[["a", 1]]', '[["a", "b", 1]]', "[[1, 0.5, 0.5]]", "[" * 9999])
def test_damaged_own_moods_are_one_error(text: str) -> None:
    with Store("") as store:
        audio = store.add_audio("a", 1.0, {})
        store.add_prediction(audio, "m", PREDICTION)
        store.write("UPDATE prediction SET own_moods = ?", text)
        with pytest.raises(StoreError, match="damaged library database"):
            store.predictions([audio], "m")


def test_files_are_found_below_folders_and_through_links(tmp_path: Path) -> None:
    with Store("") as store:
        audio = store.add_audio("a", 1.0, {})
        for name in ("x/1.flac", "x/2.flac", "y/3.flac"):
            store.set_file(f"{tmp_path}/{name}".encode(), STAT, audio)
        store.set_failure(f"{tmp_path}/x/bad.flac".encode(), STAT, "damaged", "no")
        assert [Path(file.path).name for file in analysed_files(store)] == ["1.flac", "2.flac", "3.flac"]
        assert [Path(file.path).name for file in analysed_files(store, [f"{tmp_path}/x"])] == ["1.flac", "2.flac"]
        assert {file.artist for file in analysed_files(store)} == {None}
        (tmp_path / "link").symlink_to(tmp_path / "x")
        paths = [f"{tmp_path}/{name}" for name in ("link/1.flac", "y/../y/3.flac", "x/bad.flac", "gone.flac")]
        assert list(audio_of_paths(store, paths).values()) == [audio, audio, None, None]


def test_the_prediction_that_is_used_again_is_the_newest() -> None:
    with Store("") as store:
        ids = [store.add_audio(name, 1.0, {}) for name in "abc"]
        for audio in ids:
            store.set_file(f"/{audio}".encode(), STAT, audio)
            for model in ("first", "second"):
                store.add_prediction(audio, model, PREDICTION)
        store.write("UPDATE prediction SET predicted_at = (model = 'second')")
        make_newest(store, ids[:2], "first")
        assert [row[3] for row in store.predicted_files()] == ["first", "first", "second"]
        make_newest(store, ids[1:], "second")
        assert [row[3] for row in store.predicted_files()] == ["first", "second", "second"]
