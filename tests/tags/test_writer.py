"""Tags are written under the names of the schema, and nothing else in the file changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import mutagen
import pytest
from mutagen import id3
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4, MP4Cover, MP4Tags

from tagger import tags
from tagger.audio.decode import hash_audio
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.tags import delta, writer
from tagger.tags.containers import open_container
from tagger.tags.id3 import Id3

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
OTHER = Emotion(0.3, -0.0001, ("happy-pleased",), (0.1, 0.7, 0.2, 0.1, 0.1, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
MARKER = f"{MAKER}; sad-lonely, quiet-still"
MOODS = ["sad-lonely", "quiet-still"]


def texts(values: Any) -> list[str]:
    return [bytes(v).decode() if isinstance(v, bytes) else str(v) for v in values]


def id3_fields(path: Path) -> dict[str, list[str]]:
    blocks_ = mutagen.File(path).tags
    return {key: texts(blocks_[key].text) for key in ("TMOO", "TXXX:VALENCE", "TXXX:AROUSAL", "TXXX:EMOTAG")}


def named(*names: str) -> Callable[[Path], dict[str, list[str]]]:
    return lambda path: {name: texts(mutagen.File(path).tags[name]) for name in names}


ITUNES = "----:com.apple.iTunes:"
READERS: dict[str, Callable[[Path], dict[str, list[str]]]] = {
    ".mp3": id3_fields,
    ".wav": id3_fields,
    ".aiff": id3_fields,
    ".flac": named("MOOD", "VALENCE", "AROUSAL", "EMOTAG"),
    ".ogg": named("MOOD", "VALENCE", "AROUSAL", "EMOTAG"),
    ".opus": named("MOOD", "VALENCE", "AROUSAL", "EMOTAG"),
    ".m4a": named(*(ITUNES + n for n in ("MOOD", "VALENCE", "AROUSAL", "EMOTAG"))),
    ".m4b": named(*(ITUNES + n for n in ("MOOD", "VALENCE", "AROUSAL", "EMOTAG"))),
    **dict.fromkeys((".oga", ".spx"), named("MOOD", "VALENCE", "AROUSAL", "EMOTAG")),
    **dict.fromkeys((".dsf", ".tta"), id3_fields),
    **dict.fromkeys((".wv", ".ape", ".mpc", ".tak"), named("Mood", "Valence", "Arousal", "Emotag")),
    ".wma": named("WM/Mood", "VALENCE", "AROUSAL", "EMOTAG"),
}


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_fields_have_the_names_of_the_schema(fresh: Callable[[str], Path], suffix: str) -> None:
    path = fresh(suffix)
    audio = hash_audio(str(path))
    assert tags.write(str(path), EMOTION, MAKER).changed
    assert list(READERS[suffix](path).values()) == [MOODS, ["-0.412"], ["0.500"], [MARKER]]
    assert hash_audio(str(path)) == audio
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_read_returns_written_values(fresh: Callable[[str], Path], suffix: str) -> None:
    path = str(fresh(suffix))
    assert tags.read(path).marker is None
    tags.write(path, EMOTION, MAKER)
    state = tags.read(path)
    assert (state.moods, state.valence, state.arousal, state.marker) == (tuple(MOODS), -0.412, 0.5, MARKER)


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_writing_same_values_does_not_touch_file(fresh: Callable[[str], Path], suffix: str) -> None:
    path = fresh(suffix)
    tags.write(str(path), EMOTION, MAKER)
    before = path.stat()
    assert not tags.write(str(path), EMOTION, MAKER).changed
    assert path.stat() == before or path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_marker_names_models_and_is_kept_by_newer_version_of_tool(fresh: Callable[[str], Path]) -> None:
    path = str(fresh(".flac"))
    tags.write(path, EMOTION, MAKER)
    assert not tags.write(path, EMOTION, MAKER.replace("0.1.0", "0.2.0")).changed
    newer = "emotag 0.2.0 moods-2 affect-2"
    assert tags.write(path, EMOTION, newer).changed
    assert tags.read(path).marker == f"{newer}; sad-lonely, quiet-still"


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_another_model_replaces_only_own_moods(fresh: Callable[[str], Path], suffix: str) -> None:
    path = str(fresh(suffix))
    container = open_container(path)
    container.put("moods", ("Epic", "Sad-Lonely"))
    container.save(path)
    tags.write(path, EMOTION, MAKER)
    assert tags.read(path).moods == ("Epic", "Sad-Lonely", "quiet-still")
    tags.write(path, OTHER, MAKER)
    assert tags.read(path).moods == ("Epic", "Sad-Lonely", "happy-pleased")
    assert tags.read(path).arousal == 0.0


def test_policies_replace_and_keep(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    tagged = FLAC(path)
    tagged["mood"] = "Epic"
    tagged.save()
    tags.write(str(path), EMOTION, MAKER, policy="keep")
    assert tags.read(str(path)).moods == ("Epic",)
    tags.write(str(path), EMOTION, MAKER, policy="replace")
    assert tags.read(str(path)).moods == tuple(MOODS)
    assert FLAC(path)["mood"] == MOODS


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3", ".m4a", ".wv"])
def test_ffmpeg_reads_fields(fresh: Callable[[str], Path], suffix: str) -> None:
    """Most players read tags with FFmpeg."""
    path = fresh(suffix)
    tags.write(str(path), EMOTION, MAKER)
    with av.open(str(path)) as container:
        streams = [s.metadata for s in container.streams]
        blocks_ = {k.upper(): v for metadata in (container.metadata, *streams) for k, v in metadata.items()}
    assert (blocks_["VALENCE"], blocks_["AROUSAL"]) == ("-0.412", "0.500")
    assert "sad-lonely" in blocks_.get("MOOD", blocks_.get("TMOO", ""))


@pytest.mark.parametrize(
    ("suffix", "command"),
    [
        (".flac", ["metaflac", "--export-tags-to=-"]),
        (".ogg", ["vorbiscomment", "-l"]),
        (".opus", ["opusinfo"]),
        (".mp3", ["mid3v2", "-l"]),
        (".m4a", ["ffprobe", "-v", "error", "-show_format"]),
        (".wv", ["ffprobe", "-v", "error", "-show_format"]),
        (".wma", ["ffprobe", "-v", "error", "-show_format"]),
        (".tta", ["mid3v2", "-l"]),
        (".dsf", ["ffprobe", "-v", "error", "-show_format"]),
        (".ape", ["ffprobe", "-v", "error", "-show_format"]),
        (".tak", ["ffprobe", "-v", "fatal", "-show_format"]),
        (".mpc", ["ffprobe", "-v", "fatal", "-show_format"]),
        (".m4b", ["ffprobe", "-v", "error", "-show_format"]),
        (".aiff", ["ffprobe", "-v", "error", "-show_format"]),
        (".spx", ["ffprobe", "-v", "error", "-show_streams"]),
        (".oga", ["ffprobe", "-v", "error", "-show_streams"]),
    ],
)
def test_other_programs_read_fields(fresh: Callable[[str], Path], suffix: str, command: list[str]) -> None:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    path = fresh(suffix)
    tags.write(str(path), EMOTION, MAKER)
    run = subprocess.run([*command, path], capture_output=True, text=True, check=True)
    shown = run.stdout.upper()
    assert "SAD-LONELY" in shown
    assert re.search(r"VALENCE ?= ?-0\.412", shown)
    assert re.search(r"AROUSAL ?= ?0\.500", shown)


def test_pictures_and_atoms_are_kept(fresh: Callable[[str], Path]) -> None:
    flac, m4a = fresh(".flac"), fresh(".m4a")
    picture = Picture()
    picture.data, picture.mime = os.urandom(100_000), "image/jpeg"
    tagged = FLAC(flac)
    tagged.add_picture(picture)
    tagged.save()
    itunes = MP4(m4a)
    itunes["covr"] = [MP4Cover(os.urandom(5000))]
    itunes["----:com.apple.iTunes:Mood"] = [b"Epic"]
    itunes.save()
    for path in (flac, m4a):
        tags.write(str(path), EMOTION, MAKER)
    assert FLAC(flac).pictures[0].data == picture.data
    assert MP4(m4a)["covr"] == itunes["covr"]
    assert texts(MP4(m4a)["----:com.apple.iTunes:Mood"]) == ["Epic", *MOODS]
    assert "----:com.apple.iTunes:MOOD" not in MP4(m4a)


def test_symbolic_and_hard_links_are_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    link, twin = path.with_name("link.flac"), path.with_name("twin.flac")
    link.symlink_to(path.name)
    os.link(path, twin)
    tags.write(str(link), EMOTION, MAKER)
    assert link.is_symlink()
    assert path.stat().st_ino == twin.stat().st_ino
    assert tags.read(str(twin)).moods == tuple(MOODS)
    assert sorted(os.listdir(path.parent)) == ["link.flac", "song.flac", "twin.flac"]


def test_mode_is_kept_and_mtime_on_request(fresh: Callable[[str], Path]) -> None:
    path = fresh(".ogg")
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18))
    tags.write(str(path), EMOTION, MAKER, preserve_mtime=True)
    assert (path.stat().st_mode & 0o777, path.stat().st_mtime_ns) == (0o640, 10**18)
    tags.write(str(path), OTHER, MAKER)
    assert path.stat().st_mtime_ns > 10**18


@pytest.mark.parametrize("step", ["fsync", "rename", "fchmod", "listxattr"])
def test_failure_at_any_step_leaves_file_unchanged_and_no_leftovers(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = fresh(".mp3")
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(TagError, match="No space left"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_write_that_changes_audio_is_refused(fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = fresh(".wav")
    before = path.read_bytes()
    real = Id3.save

    def save(self: Any, copy: str) -> None:
        real(self, copy)
        content = bytearray(Path(copy).read_bytes())
        content[5000] ^= 1
        Path(copy).write_bytes(content)

    monkeypatch.setattr("tagger.tags.id3.Id3.save", save)
    with pytest.raises(TagError, match="audio would have changed"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == before


def retitle(file: Any) -> None:
    """Change a tag of another program, as a faulty library would."""
    match file.tags:
        case id3.ID3():
            file.tags.add(id3.TIT2(encoding=3, text="Another"))
        case MP4Tags():
            file.tags["\xa9nam"] = ["Another"]
        case _:
            file.tags["Title"] = ["Another"]


@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("suffix", sorted(READERS))
def test_write_that_changes_other_tags_is_refused(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, suffix: str, undo: bool
) -> None:
    path = fresh(suffix)
    if undo:
        tags.write(str(path), EMOTION, MAKER)
    before = path.read_bytes()
    kind = type(open_container(str(path)))
    real = kind.save
    file = type(mutagen.File(path))

    def save(self: Any, copy: str) -> None:
        real(self, copy)
        written = file(copy)
        if written.tags is None:
            written.add_tags()
        retitle(written)
        written.save(copy)

    monkeypatch.setattr(kind, "save", save)
    with pytest.raises(TagError, match="other tags would have changed"):
        if undo:
            tags.revert(str(path), lambda _: None, lambda *_: None)
        else:
            tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == before


def test_write_that_changes_pictures_chapters_or_id3v1_is_refused(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, ape = Picture(), APEv2()
    picture.data = b"a picture"
    ape["Mp3gain_Minmax"] = "089,195"
    for suffix, meddle in (
        (".flac", lambda copy: (file := FLAC(copy)).add_picture(picture) or file.save()),
        (".mp3", ape.save),
        (".mp3", lambda copy: id3.ID3(copy).save(copy, v1=2)),
    ):
        path = fresh(suffix)
        before = path.read_bytes()
        kind = type(open_container(str(path)))
        with monkeypatch.context() as patch:
            real = kind.save
            patch.setattr(kind, "save", lambda self, copy: (real(self, copy), meddle(copy)))  # noqa: B023
            with pytest.raises(TagError, match="other tags would have changed"):
                tags.write(str(path), EMOTION, MAKER)
        assert path.read_bytes() == before


def test_file_changed_during_write_is_not_overwritten(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fresh(".flac")

    def meddle(*arguments: Any) -> None:
        path.write_bytes(path.read_bytes() + b"x")

    monkeypatch.setattr(writer, "_check", meddle)
    with pytest.raises(TagError, match="another program changed"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes().endswith(b"x")


def test_write_that_undo_cannot_restore_is_refused(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fresh(".flac")
    before = path.read_bytes()
    make_delta = delta.make_delta
    for wrong in (lambda *_: b"damaged", lambda old, new: make_delta(new, new)):
        monkeypatch.setattr(delta, "make_delta", wrong)
        with pytest.raises(TagError, match="another program changed"):
            tags.write(str(path), EMOTION, MAKER, save_record=lambda _: None)
        assert path.read_bytes() == before


def test_untaggable_container_is_reported(fresh: Callable[[str], Path]) -> None:
    with pytest.raises(tags.NotTaggable, match="no tags"):
        tags.write(str(fresh(".mka")), EMOTION, MAKER)


def test_file_names_that_are_not_utf8(originals: Path, tmp_path: Path) -> None:
    path = os.path.join(tmp_path, os.fsdecode(b"caf\xe9.flac"))
    shutil.copy(originals / "song.flac", path)
    tags.write(path, EMOTION, MAKER)
    assert tags.read(path).moods == tuple(MOODS)


def test_plan_changes_nothing_and_returns_old_and_new_values(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    before = path.read_bytes()
    change = tags.plan(str(path), EMOTION, MAKER)
    assert change.fields["moods"] == ((), tuple(MOODS))
    assert path.read_bytes() == before
