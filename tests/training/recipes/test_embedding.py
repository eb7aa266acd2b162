"""`emotag train embedding` makes the same network every time, and only from the right wheel."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tagger import cli
from tagger.errors import DataError
from tagger.features import embedding
from tagger.features.embedding_network import Network, pack, unpack
from tagger.training.recipes import embedding as recipe
from tests.sounds import song
from tests.training.musicnn_variables import random_variables


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    folder = tmp_path / "audio"
    folder.mkdir()
    for i in range(2):
        song(folder / f"{i}.flac", 6, rate=22050, seed=i)
    (folder / "notes.txt").write_text("no music")
    return folder


def test_another_wheel_is_refused_and_nothing_is_written(
    audio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "musicnn-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK")
    out = tmp_path / "e.model"
    assert cli.run(["train", "embedding", "--wheel", str(wheel), "--audio", str(audio), "-o", str(out)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "not musicnn-0.1.0-py3-none-any.whl of PyPI" in output.err
    assert output.err.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"audio", wheel.name}


def test_a_network_with_other_values_is_refused() -> None:
    recipe.check(embedding.bundled_network(), "the network")
    changed = unpack_bundled()
    changed.dense.bias[0] += 0.01
    with pytest.raises(DataError, match="the network differs by"):
        recipe.check(changed, "the network")


def test_a_network_of_nan_is_refused() -> None:
    changed = unpack_bundled()
    changed.dense.offset[0] = np.nan
    with pytest.raises(DataError, match="differs by nan"):
        recipe.check(changed, "the network")


def unpack_bundled() -> Network:
    return unpack(pack(embedding.bundled_network()))


@pytest.mark.thorough
def test_training_twice_gives_the_same_files(
    audio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setattr(recipe, "read_wheel", lambda path: random_variables())
    monkeypatch.setattr(recipe, "check", lambda network, name: None)
    wheel = tmp_path / "any.whl"
    wheel.touch()
    files = [tmp_path / "a.model", tmp_path / "b.model"]
    for file in files:
        arguments = ["--wheel", str(wheel), "--audio", str(audio), "-o", str(file)]
        assert cli.run(["train", "embedding", *arguments]) == 0
        card = json.loads(capsys.readouterr().out)
        assert card["created"] == "2023-11-14"
        assert card["figures"]["songs"] == 2
        assert card["filters"] == {"original": 39, "shipped": 13}
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].with_suffix(".json").read_text() == files[1].with_suffix(".json").read_text()
    assert unpack(files[0].read_bytes()).embed(np.zeros((187, 96), np.float32)).shape == (200,)


def test_fewer_than_two_songs_are_refused() -> None:
    with pytest.raises(DataError, match="at least two"):
        recipe.choose([Path("a.mp3")])


def test_songs_are_chosen_evenly() -> None:
    songs = [Path(str(i)) for i in range(400)]
    assert recipe.choose(songs) == songs[::10]
    assert recipe.choose(songs[:3]) == songs[:3]
