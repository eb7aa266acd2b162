"""Words of the settings and of ``--words`` are written to tags, shown, and exchanged without listening again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import mutagen
import pytest

import tagger
from tagger import cli
from tagger.errors import WordsError
from tests.sounds import song

Captured = pytest.CaptureFixture[str]

ALL = 'amazed-surprised = "Wow"\nhappy-pleased = "Froh 😀"\nrelaxing-calm = "Chill"\nquiet-still = "Chill"\n'
ALL += 'sad-lonely = "悲しい"\nangry-aggressive = ["Wut", "Loud"]\n'
TEXTS = {"Wow", "Froh 😀", "Chill", "悲しい", "Wut", "Loud"}


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config.toml"
    file.write_text("")
    monkeypatch.setenv("EMOTAG_CONFIG", str(file))
    return file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "music").mkdir()
    return song(tmp_path / "music" / "a.flac", 6, rate=22050)


def moods(path: Path) -> set[str]:
    return set(mutagen.File(path).get("mood", []))


@pytest.mark.thorough
def test_words_are_written_shown_exchanged_and_undone(configuration: Path, path: Path, capsys: Captured) -> None:
    before = path.read_bytes()
    assert cli.run(["scan", "-q", str(path)]) == 0
    labels = moods(path)
    assert labels <= set(tagger.MOODS)
    configuration.write_text(f"[moods]\n{ALL}")
    for count in (1, 0):
        assert cli.run(["scan", "-v", str(path)]) == 0
        assert f"0 analysed, {count} tagged, {1 - count} unchanged" in capsys.readouterr().err
    assert moods(path) <= TEXTS
    assert len(moods(path)) == len(mutagen.File(path)["mood"])
    assert cli.run(["show", str(path), str(path.parent)]) == 0
    shown = capsys.readouterr().out
    assert "tags match the prediction" in shown
    assert shown.count("Wut, Loud ") == 2
    assert not any(label in shown for label in tagger.MOODS)
    configuration.write_text("")
    assert cli.run(["show", str(path)]) == 0
    assert "tags differ from the prediction: moods" in capsys.readouterr().out
    assert cli.run(["scan", "-q", str(path)]) == 0
    assert moods(path) == labels
    assert cli.run(["undo", "-q", str(path)]) == 0
    assert path.read_bytes() == before


def test_a_file_of_words_takes_precedence_over_the_settings(
    configuration: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration.write_text(f"[moods]\n{ALL}")
    file = tmp_path / "words.toml"
    for table, text in (("", ""), ("[moods]\n", "Same")):
        file.write_text(table + "".join(f'{mood} = "{text}"\n' for mood in tagger.MOODS))
        assert cli.run(["scan", "-q", "--words", str(file), str(path)]) == 0
        assert moods(path) == ({text} if text else set())
    file.write_text("".join(f'{mood} = "Other"\n' for mood in tagger.MOODS))
    monkeypatch.setenv("EMOTAG_SCAN_WORDS", str(file))
    assert cli.run(["scan", "-q", str(path)]) == 0
    assert moods(path) == {"Other"}


@pytest.mark.thorough
def test_reports_have_labels(configuration: Path, path: Path, capsys: Captured) -> None:
    configuration.write_text(f"[moods]\n{ALL}")
    assert cli.run(["scan", "-q", "--csv", "-", str(path)]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert set(row["moods"].split("; ")) <= set(tagger.MOODS)
    assert cli.run(["show", "--json", str(path)]) == 0
    (card,) = json.loads(capsys.readouterr().out)
    assert set(card["library"]["moods"]) <= set(tagger.MOODS)
    assert cli.run(["scan", "-q", "-n", "--csv", "-", str(path)]) == 0  # what would be written has the words
    changes = {row["field"]: row["new"] for row in csv.DictReader(capsys.readouterr().out.splitlines())}
    assert set(changes["moods"].split("; ")) <= TEXTS


def test_config_prints_words_as_a_settings_file(configuration: Path, capsys: Captured) -> None:
    configuration.write_text(f"[scan]\njobs = 1\n[moods]\n{ALL.replace('Wow', '')}")
    assert cli.run(["config"]) == 0
    printed = capsys.readouterr().out
    configuration.write_text(printed)
    assert cli.run(["config"]) == 0
    assert capsys.readouterr().out == printed
    assert 'amazed-surprised = ""  # file\n' in printed
    assert 'angry-aggressive = ["Wut", "Loud"]  # file\n' in printed


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[moods]\nxyz = "a"\n', "[moods]: 'xyz' is not a mood; choose from amazed-surprised, "),
        ("[moods]\nsad-lonely = []\n", "[moods]: sad-lonely is an empty list"),
        ('[moods]\nsad-lonely = "a/b"\n', "[moods]: sad-lonely: 'a/b' contains '/', at which programs split moods"),
        ("moods = 3\n", "moods is not a table of words for moods"),
        ('[mods]\nsad-lonely = "a"\n', "mods is not a table for a command; did you mean moods?"),
    ],
)
def test_invalid_words_in_the_settings_are_reported_in_one_line(
    content: str, reason: str, configuration: Path, path: Path, capsys: Captured
) -> None:
    configuration.write_text(content)
    for command in ("scan", "export"):
        assert cli.run([command, str(path)]) == 2
        message = capsys.readouterr().err
        assert message.startswith(f"emotag: {configuration}: {reason}")
        assert message.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('sad-lonely = "a;b"\n', "sad-lonely: 'a;b' contains ';'"),
        ("[moods\n", "not TOML"),
        ('[scan]\njobs = "1"\n', "'scan' is not a mood"),
    ],
)
def test_an_invalid_file_of_words_is_reported(
    content: str, reason: str, path: Path, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "words.toml"
    file.write_text(content)
    before = path.read_bytes()
    assert cli.run(["scan", "--words", str(file), str(path)]) == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith(f"emotag: Invalid value for '--words': {file}: {reason}")
    assert path.read_bytes() == before


def test_an_output_does_not_overwrite_the_file_of_words(path: Path, tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "words.toml"
    file.write_text(ALL)
    assert cli.run(["scan", "--words", str(file), "--csv", str(file), str(path)]) == 2
    assert "is read by this command and will not be overwritten" in capsys.readouterr().err
    assert file.read_text() == ALL


def test_python_programs_pass_words(path: Path) -> None:
    words = {mood: ["Eins", "Zwei"] for mood in tagger.MOODS}
    (result,) = tagger.scan([path], tag=True, jobs=1, words=words)
    assert moods(path) == {"Eins", "Zwei"}
    assert result.emotion is not None
    assert set(result.emotion.moods) <= set(tagger.MOODS)
    with pytest.raises(WordsError, match="contains '/'"):
        next(tagger.scan([path], words={"sad-lonely": "a/b"}))
