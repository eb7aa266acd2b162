"""The user's own moods are learnt from what the library knows, and scans write them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import mutagen
import numpy as np
import pytest

from tagger import cli, models
from tagger.library.store import Store
from tests.sounds import write
from tests.synthetic_library import fill_library, song_features

Captured = pytest.CaptureFixture[str]
COUNT = 48
LOUD = np.arange(COUNT) % 2


@pytest.fixture
def songs(tmp_path: Path, own_store: Path) -> list[Path]:
    """Analysed songs, of which every second one is loud; the files do not exist."""
    paths = [tmp_path / "music" / f"{i}.mp3" for i in range(COUNT)]
    fill_library(own_store, paths, song_features(COUNT, LOUD), [f"artist {i // 2}" for i in range(COUNT)])
    return paths


def table(path: Path, songs: list[Path], labels: list[str]) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("path", "labels"), *zip(songs, labels, strict=True)])
    return str(path)


def playlist(path: Path, songs: list[Path]) -> str:
    path.write_text("\n".join(map(str, songs)))
    return str(path)


def test_playlists_become_a_model(songs: list[Path], tmp_path: Path, capsys: Captured) -> None:
    lists = [playlist(tmp_path / f"{name}.m3u", songs[i::2]) for i, name in enumerate(("Sleep", "Gym"))]
    few = playlist(tmp_path / "Rare.m3u8", [*songs[:9], tmp_path / "new.mp3"])
    arguments = [argument for path in (*lists, few) for argument in ("--playlist", path)]
    out = tmp_path / "mine.model"
    assert cli.run(["learn", *arguments, "-o", str(out)]) == 0
    printed = capsys.readouterr()
    assert "Rare: not learnt: 9 songs have it; at least 10 are needed" in printed.err
    assert f"{tmp_path}/new.mp3: not analysed yet, so left out" in printed.err
    assert f"emotag scan --model {out}" in printed.err
    lines = printed.out.splitlines()
    assert "chance: 0.50" in lines[0] and [line.split()[:2] for line in lines[1:]] == [["Gym", "24"], ["Sleep", "24"]]
    assert all(float(line.split()[2]) > 0.9 for line in lines[1:])
    model, card = models.load(out), json.loads(out.with_suffix(".json").read_text())
    assert isinstance(model, models.OwnMoodsModel) and model.labels == ("Gym", "Sleep")
    assert card["name"] == model.name and card["data"]["artists"] == 24
    assert card["figures"]["Gym"]["auc"]["mean"] == pytest.approx(float(lines[1].split()[2]), abs=0.005)
    assert card["data"]["source"] == ["playlist Sleep.m3u", "playlist Gym.m3u", "playlist Rare.m3u8"]


def test_one_playlist_needs_the_rest_of_the_library(songs: list[Path], tmp_path: Path, capsys: Captured) -> None:
    gym, out = playlist(tmp_path / "Gym.m3u", songs[1::2]), tmp_path / "mine.model"
    assert cli.run(["learn", "--playlist", gym, "-o", str(out)]) == 1
    assert "Gym: not learnt: 24 songs have it and 0 do not; at least 10 without it" in capsys.readouterr().err
    assert not out.exists()
    assert cli.run(["learn", "--playlist", gym, "--rest", "--json", "-o", str(out)]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["data"]["songs"] == COUNT and list(card["figures"]) == ["Gym"]


def test_a_label_that_cannot_be_predicted_is_not_learnt(songs: list[Path], tmp_path: Path, capsys: Captured) -> None:
    chance = np.random.default_rng(5).permutation(LOUD)
    labels = [f"{'loud' if a else 'quiet'};{'odd' if b else ''}" for a, b in zip(LOUD, chance, strict=True)]
    given, out = table(tmp_path / "given.csv", songs, labels), tmp_path / "mine.model"
    assert cli.run(["learn", "--csv", given, "--only", "LOUD", "--only", "odd", "-o", str(out)]) == 0
    printed = capsys.readouterr()
    assert "odd: not learnt: not better than chance on songs left out (AUC 0." in printed.err
    assert [line.split()[0] for line in printed.out.splitlines()[1:]] == ["loud"]


def test_the_songs_of_one_artist_are_not_enough(songs: list[Path], tmp_path: Path, capsys: Captured) -> None:
    with Store(str(tmp_path / "s.sqlite")):
        pass
    store = tmp_path / "one.sqlite"
    fill_library(store, songs, song_features(COUNT, LOUD), ["One" if loud else None for loud in LOUD])
    given = table(tmp_path / "given.csv", songs, ["loud" if loud else "quiet" for loud in LOUD])
    assert cli.run(["learn", "--csv", given, "-o", str(tmp_path / "a.model"), "--store", str(store), "--json"]) == 0
    printed = capsys.readouterr()
    assert "loud: not learnt: its 24 songs are all by one artist" in printed.err
    assert list(json.loads(printed.out)["figures"]) == ["quiet"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "say where the moods are: --tag, --folder, --playlist or --csv"),
        (["somewhere", "--folder", "."], "PATH selects songs for --tag"),
        (["--folder", ".", "-o", "mine.txt"], "must end in .model"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: list[str], message: str, songs: list[Path], capsys: Captured) -> None:
    assert cli.run(["learn", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_analysed_songs_is_one_error(songs: list[Path], tmp_path: Path, capsys: Captured) -> None:
    assert cli.run(["learn", "--folder", str(tmp_path), "-o", str(tmp_path / "a.model")]) == 1
    (tmp_path / "empty").mkdir()
    assert cli.run(["learn", "--folder", str(tmp_path / "empty"), "-o", str(tmp_path / "a.model")]) == 2
    assert "no analysed songs with labels" in capsys.readouterr().err


def test_without_a_library_it_says_what_to_do(tmp_path: Path, capsys: Captured) -> None:
    assert cli.run(["learn", "--tag", "MOOD"]) == 2
    assert "run `emotag scan` first" in capsys.readouterr().err


def test_of_very_many_songs_a_random_selection_is_used(
    songs: list[Path], tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagger.training.recipes.own_moods.MAX_SONGS", 40)
    given = table(tmp_path / "given.csv", songs, ["loud" if loud else "quiet" for loud in LOUD])
    assert cli.run(["learn", "--csv", given, "--json", "-o", str(tmp_path / "a.model")]) == 0
    printed = capsys.readouterr()
    assert "learning from 40 of 48 songs, chosen at random" in printed.err
    assert json.loads(printed.out)["data"]["songs"] == 40


def made(path: Path, loud: bool, seed: int) -> Path:
    """Write a song: beats of noise, or a soft chord."""
    random, t = np.random.default_rng(seed), np.arange(6 * 22050) / 22050
    if loud:
        samples = 0.8 * np.exp(-9 * (t % random.uniform(0.3, 0.4))) * random.normal(size=len(t))
    else:
        pitches = np.array([[220], [277.2], [329.6]]) * random.uniform(0.9, 1.1, (3, 1))
        samples = 0.1 * np.sin(2 * np.pi * pitches * t).sum(axis=0)
    return write(path, samples.clip(-1, 1)[None], rate=22050)


@pytest.mark.thorough
def test_own_moods_are_written_shown_exported_and_undone(tmp_path: Path, capsys: Captured) -> None:
    music = tmp_path / "music"
    music.mkdir()
    paths = [made(music / f"{i:02}.flac", bool(i % 2), i) for i in range(28)]
    for i, path in enumerate(paths):
        file = mutagen.File(path)
        file["artist"] = f"artist {i // 2}"
        if i < 24:
            file["MOOD"] = ["Gym" if i % 2 else "Sleep"]
        file.save()
    before = {path: path.read_bytes() for path in paths}
    scan = ["scan", "-q", "-j", "2", str(music)]
    assert cli.run(scan) == 0
    out = str(tmp_path / "mine.model")
    assert cli.run(["learn", "--tag", "MOOD", "-o", out]) == 0
    printed = capsys.readouterr()
    # The moods that the scan wrote are not among them.
    assert [line.split()[0] for line in printed.out.splitlines()[1:]] == ["Gym", "Sleep"]
    assert "not learnt" not in printed.err

    assert cli.run([*scan, "--model", out]) == 0
    new = mutagen.File(paths[27])
    assert new["MOOD"] == ["Gym"]
    assert mutagen.File(paths[26])["MOOD"] == ["Sleep"] and mutagen.File(paths[1])["MOOD"] == ["Gym"]
    assert new["EMOTAG"][0].endswith("; Gym") and " own-" in new["EMOTAG"][0]
    stamp = paths[27].stat().st_mtime_ns
    assert cli.run([*scan, "--model", out]) == 0 and paths[27].stat().st_mtime_ns == stamp

    capsys.readouterr()
    assert cli.run(["show", str(paths[27])]) == 0
    shown = capsys.readouterr().out
    assert "own moods" in shown and "tags match the prediction" in shown
    assert cli.run(["show", "--json", str(paths[27])]) == 0
    assert json.loads(capsys.readouterr().out)[0]["library"]["own_moods"] == ["Gym"]
    assert cli.run(["show", str(music)]) == 0
    assert "Gym" in capsys.readouterr().out
    assert cli.run(["export", "--csv", "-", str(music)]) == 0
    exported = capsys.readouterr().out
    assert cli.run(["scan", "-q", "--csv", "-", "--model", out, str(music)]) == 0
    assert capsys.readouterr().out == exported
    row = list(csv.DictReader(exported.splitlines()))[27]
    assert row["own_moods"] == "Gym" and float(row["p_own_Gym"]) > 0.5 > float(row["p_own_Sleep"])

    # Both kinds of moods; the user's own moods are not learnt from what emotag wrote.
    assert cli.run([*scan, "--model", out, "--own-moods", "beside"]) == 0
    assert set(mutagen.File(paths[27])["MOOD"]) > {"Gym"}
    capsys.readouterr()
    assert cli.run(["show", str(paths[27])]) == 0
    assert "tags match the prediction" in capsys.readouterr().out
    assert cli.run(["learn", "--tag", "MOOD", "--json", "-o", out]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["songs"] == 24

    # Without the model, emotag's moods come back, and are what the library shows.
    assert cli.run(scan) == 0
    assert "Gym" not in mutagen.File(paths[27])["MOOD"]
    capsys.readouterr()
    assert cli.run(["show", str(paths[27])]) == 0
    shown = capsys.readouterr().out
    assert "own moods" not in shown and "tags match the prediction" in shown
    assert cli.run(["undo", str(music)]) == 0
    assert {path: path.read_bytes() for path in paths} == before
