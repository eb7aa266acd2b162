"""Consent to write tags is asked for once, and only if there is something to write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tagger.errors import Declined
from tagger.library.store import Store
from tagger.library.walk import walk
from tagger.models.predictor import Predictor
from tagger.scanning.consent import FirstWrite, give_consent, has_consent, require_consent
from tagger.scanning.options import ScanOptions
from tagger.scanning.stages import tag_settings

OPTIONS = ScanOptions()


@pytest.fixture
def store() -> Iterator[Store]:
    with Store("") as opened:
        yield opened


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for name in ("a/1.mp3", "a/2.mp3", "ab/3.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def ask(store: Store, predictor: Predictor, *paths: Path, answer: bool = True) -> list[FirstWrite]:
    """Return what the user is asked."""
    asked: list[FirstWrite] = []

    def confirm(first: FirstWrite) -> bool:
        asked.append(first)
        return answer

    names = [str(path) for path in paths]
    require_consent(store, names, walk(names), OPTIONS, predictor, confirm)
    return asked


def test_consent_for_a_folder_is_for_what_is_inside_it_and_nothing_else(store: Store) -> None:
    give_consent(store, [b"/music/rock"])
    assert all(has_consent(store, key) for key in (b"/music/rock", b"/music/rock/a.mp3", b"/music/rock/deep/b"))
    assert not any(has_consent(store, key) for key in (b"/", b"/music", b"/music/rock 2", b"/music/rocky/a.mp3"))
    give_consent(store, [b"/"])
    assert has_consent(store, b"/anything")


def test_the_answer_is_remembered_for_each_folder(store: Store, predictor: Predictor, music: Path) -> None:
    assert ask(store, predictor, music / "a") == [FirstWrite([str(music / "a")], 2)]
    assert ask(store, predictor, music / "a", music / "a" / "1.mp3") == []
    assert ask(store, predictor, music / "a", music / "ab") == [FirstWrite([str(music / "ab")], 1)]
    assert ask(store, predictor, music) == [FirstWrite([str(music)], 3)]
    assert ask(store, predictor, music) == []


def test_a_no_is_asked_again(store: Store, predictor: Predictor, music: Path) -> None:
    for _ in range(2):
        with pytest.raises(Declined):
            ask(store, predictor, music, answer=False)
    assert ask(store, predictor, music) == [FirstWrite([str(music)], 3)]


def test_files_that_are_tagged_or_failed_before_are_not_counted(
    store: Store, predictor: Predictor, music: Path
) -> None:
    tagged, failed, _ = walk([str(music)])
    store.set_file(tagged.key, tagged.stat, store.add_audio("hash", 1.0, {}))
    store.set_tags_current(tagged.key, tagged.stat, tag_settings(predictor, OPTIONS))
    store.set_failure(failed.key, failed.stat, "not-audio", "no song")
    assert ask(store, predictor, music, answer=True) == [FirstWrite([str(music)], 1)]


def test_a_library_that_is_tagged_already_is_not_asked_about(store: Store, predictor: Predictor, music: Path) -> None:
    """One that was scanned before the store remembered consent."""
    for file in walk([str(music)]):
        store.set_file(file.key, file.stat, store.add_audio(file.path, 1.0, {}))
        store.set_tags_current(file.key, file.stat, tag_settings(predictor, OPTIONS))
    assert ask(store, predictor, music) == []
    (music / "a" / "new.mp3").touch()
    assert ask(store, predictor, music) == []


def test_an_empty_folder_is_no_consent(store: Store, predictor: Predictor, tmp_path: Path) -> None:
    assert ask(store, predictor, tmp_path) == []
    (tmp_path / "new.mp3").touch()
    assert ask(store, predictor, tmp_path) == [FirstWrite([str(tmp_path)], 1)]
