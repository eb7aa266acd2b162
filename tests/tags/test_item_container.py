"""Names, encodings and layouts of other programs in containers whose tags are items."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import mutagen
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.apev2 import APEBinaryValue
from mutagen.flac import FLAC
from mutagen.ogg import OggPage

from tagger import tags
from tagger.audio.decode import hash_audio
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.tags.containers import open_container
from tagger.tags.raw.pages import Page, iter_pages
from tests.sounds import music
from tests.tags import irregular_tags
from tests.tags.conftest import KINDS
from tests.tags.irregular_tags import Parts
from tests.tags.test_irregular_tags import samples

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
NATIVE = {".flac": "MOOD", ".ogg": "MOOD", ".m4a": "MOOD", ".wv": "Mood", ".wma": "WM/Mood"}


def with_moods(originals: Path, path: Path, moods: list[tuple[str, bytes]]) -> Path:
    """Make a file with moods under several names, byte by byte."""
    original = (originals / f"song{path.suffix}").read_bytes()
    comments = Parts(b"vendor", [b"a=b", *(key.encode() + b"=" + value for key, value in moods), b"c=d"], b"", b"")
    match path.suffix:
        case ".flac":
            content = irregular_tags.flac(original, b"", comments, [], b"")
        case ".ogg":
            content = irregular_tags.ogg(originals / "song.ogg", comments, 4096, False, False, 0)
        case ".m4a":
            layout = {"front": True, "quicktime": False, "free": [], "more": "", "wide": False, "large": False}
            atoms = [irregular_tags.freeform(b"com.apple.iTunes", key.encode(), [(1, value)]) for key, value in moods]
            content = irregular_tags.mp4(original, atoms, {**layout, "trailing": b""})
        case ".wv":
            items = [struct.pack("<II", len(value), 0) + key.encode() + b"\0" + value for key, value in moods]
            content = irregular_tags.ape(original, Parts(b"header", items, b"", b""))
        case _:
            attributes = []
            for key, value in moods:
                name, text = (part.encode("utf-16-le") + b"\0\0" for part in (key, value.decode("latin-1")))
                attributes.append(struct.pack("<H", len(name)) + name + struct.pack("<HH", 0, len(text)) + text)
            content = irregular_tags.asf(
                original, [irregular_tags.attribute_list(irregular_tags.EXTENDED, attributes)], []
            )
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("suffix", sorted(NATIVE))
def test_several_names_are_read_and_become_one(originals: Path, tmp_path: Path, suffix: str) -> None:
    native = NATIVE[suffix]
    spelt = [("TMOO", b"Epic"), (native, b"Epic"), (native.lower(), b"Dark"), (native.upper(), b"Wild")]
    path = with_moods(originals, tmp_path / f"song{suffix}", spelt)
    assert tags.read(str(path)).moods == ("Epic", "Dark", "Wild")
    tags.write(str(path), EMOTION, MAKER)
    assert tags.read(str(path)).moods == ("Epic", "Dark", "Wild", *EMOTION.moods)
    names = [item.name for item in open_container(str(path)).items if item.name.lower() in {"tmoo", "mood", "wm/mood"}]  # type: ignore[attr-defined]
    assert set(names) == {native}
    assert path.read_bytes().count(EMOTION.moods[0].encode("utf-16-le" if suffix == ".wma" else "utf-8")) == 2


@pytest.mark.parametrize("suffix", sorted(set(NATIVE) - {".wma"}))
def test_moods_that_are_not_utf8_are_kept(originals: Path, tmp_path: Path, suffix: str) -> None:
    path = with_moods(originals, tmp_path / f"song{suffix}", [(NATIVE[suffix], b"tr\xe4ge")])
    before = path.read_bytes()
    tags.write(str(path), EMOTION, MAKER)
    assert tags.read(str(path)).moods == ("tr\xe4ge", *EMOTION.moods)
    assert b"tr\xe4ge" in path.read_bytes()
    tags.revert(str(path), lambda after: None, lambda audio, path: None)
    assert path.read_bytes() == before


@pytest.mark.parametrize("wrong", [".mp3", ".flac", ".ogg", ".m4a", ".wav", ".wma", ".wv"])
@pytest.mark.parametrize("suffix", KINDS)
def test_file_name_does_not_matter(originals: Path, tmp_path: Path, suffix: str, wrong: str) -> None:
    right = open_container(str(originals / f"song{suffix}")).label
    path = Path(shutil.copy(originals / f"song{suffix}", tmp_path / f"song{wrong}"))
    audio = hash_audio(str(path))
    tags.write(str(path), EMOTION, MAKER)
    state = tags.read(str(path))
    assert (state.container, state.moods) == (right, EMOTION.moods)
    assert hash_audio(str(path)) == audio


@pytest.mark.parametrize("name", ["Mood", "mood"])
def test_binary_mood_item_is_refused(fresh: Callable[[str], Path], name: str) -> None:
    path = fresh(".wv")
    file = mutagen.File(path)
    file.tags[name] = APEBinaryValue(b"\0\1\2", 1)
    file.save()
    before = path.read_bytes()
    with pytest.raises(TagError, match="does not hold text"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == before


@pytest.mark.parametrize("options", ["frag_keyframe+empty_moov", "frag_keyframe+default_base_moof", "faststart"])
def test_offsets_of_fragments_and_leading_tables_are_updated(tmp_path: Path, options: str) -> None:
    path, sound = tmp_path / "song.m4a", music(3.0).astype("float32")
    muxer_options = {"movflags": options, **({"frag_duration": "500000"} if options.startswith("frag") else {})}
    with path.open("wb+") as file, av.open(file, "w", format="ipod", options=muxer_options) as container:
        stream = container.add_stream("aac", rate=44100)
        for start in range(0, sound.shape[1] - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(sound[:, start : start + 1024].copy(), "fltp", "stereo")
            frame.sample_rate, frame.pts = 44100, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    before, samples_before = path.read_bytes(), samples(path)
    assert (b"moof" in before) == options.startswith("frag")
    tags.write(str(path), EMOTION, MAKER)
    assert tags.read(str(path)).moods == EMOTION.moods
    assert samples(path) == samples_before
    tags.revert(str(path), lambda after: None, lambda audio, path: None)
    assert path.read_bytes() == before


def test_offset_overflow_is_refused(originals: Path, tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    layout = {"front": True, "quicktime": False, "free": [], "more": "", "wide": False, "large": False, "trailing": b""}
    content = bytearray(irregular_tags.mp4((originals / "song.m4a").read_bytes(), [], layout))
    offset = content.index(b"stco") + 12
    content[offset : offset + 4] = b"\xff\xff\xff\xf0"
    path.write_bytes(content)
    container = open_container(str(path))
    container.put("moods", ("Epic",))
    with pytest.raises(TagError, match="too far"):
        container.save(str(path))
    assert path.read_bytes() == content


def test_64_bit_offsets_exceed_4_gigabytes(originals: Path, tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    layout = {"front": True, "quicktime": False, "free": [], "more": "", "wide": True, "large": True, "trailing": b""}
    content = bytearray(irregular_tags.mp4((originals / "song.m4a").read_bytes(), [], layout))
    offset = content.index(b"co64") + 12
    content[offset : offset + 8] = struct.pack(">Q", 5 << 30)
    path.write_bytes(content)
    container = open_container(str(path))
    container.put("moods", ("Epic",))
    container.save(str(path))
    new = path.read_bytes()
    (moved,) = struct.unpack_from(">Q", new, new.index(b"co64") + 12)
    assert moved == (5 << 30) + len(new) - len(content)


@pytest.mark.parametrize(("suffix", "size"), [(".ogg", 200_000), (".opus", 70_000), (".oga", 300_000)])
def test_comments_of_many_pages_and_additional_pages(originals: Path, tmp_path: Path, suffix: str, size: int) -> None:
    """In Opus the pages are full, so that the new fields need another page and all later pages are renumbered."""
    path = tmp_path / f"song{suffix}"
    spare = 255 * 255 * (1 + size // (255 * 255)) - 100 if suffix == ".opus" else size
    content = irregular_tags.ogg(
        originals / path.name, Parts(b"v", [b"A=" + b"x" * spare], b"", b""), 65025, True, True, 3
    )
    path.write_bytes(content)
    samples_before, expected = samples(path), open_container(str(path)).other_tags()
    tags.write(str(path), EMOTION, MAKER)
    assert samples(path) == samples_before
    with path.open("rb") as file:
        written = list(iter_pages(file))
    assert all(isinstance(page, Page) and page.to_bytes() == page_bytes(path, page) for page in written)
    tags.revert(str(path), lambda after: None, lambda audio, path: None)
    assert (samples(path), open_container(str(path)).other_tags()) == (samples_before, expected)
    assert suffix == ".opus" or path.read_bytes() == content


def page_bytes(path: Path, page: Page) -> bytes:
    return path.read_bytes()[page.start : page.stop]


def test_too_large_flac_block_is_refused(originals: Path, tmp_path: Path) -> None:
    path = tmp_path / "song.flac"
    parts = Parts(b"v", [b"A=" + b"x" * ((1 << 24) - 100)], b"", b"")
    path.write_bytes(irregular_tags.flac((originals / path.name).read_bytes(), b"", parts, [], b""))
    before = path.read_bytes()
    with pytest.raises(TagError, match="larger than a FLAC block can be"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == before


def test_damaged_tags_are_refused(originals: Path, tmp_path: Path) -> None:
    parts = Parts(b"v", [b"ARTIST=somebody"], b"", b"")
    content = irregular_tags.flac((originals / "song.flac").read_bytes(), b"", parts, [], b"")
    offset = content.index(b"ARTIST") - 4
    path = tmp_path / "song.flac"
    for length in (200, 0xFFFFFFFF):
        path.write_bytes(content[:offset] + struct.pack("<I", length) + content[offset + 4 :])
        with pytest.raises(TagError, match="its tags are damaged"):
            tags.write(str(path), EMOTION, MAKER)


DERIVED: dict[str, Callable[[bytes], set[int]]] = {
    ".flac": lambda content: set(),
    ".m4a": lambda content: set(),
    # Size and number of the items in the header of the last tag.
    ".wv": lambda content: set(range((at := content.rindex(b"APETAGEX", 0, len(content) - 32)) + 12, at + 20)),
    # The number of objects in the header, and the size of those in its extension.
    ".wma": lambda content: {*range(24, 28), *range((at := content.index(irregular_tags.EXTENSION) + 42), at + 4)},
}
"""Bytes that are computed from others, so that a change in them loses nothing."""


@pytest.mark.parametrize("suffix", sorted(DERIVED))
@given(data=st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_change_of_any_other_byte_is_detected(
    originals: Path, tmp_path: Path, suffix: str, data: st.DataObject
) -> None:
    path = with_moods(originals, tmp_path / f"song{suffix}", [("Artist", b"somebody"), ("Title", b"something")])
    content, before = path.read_bytes(), open_container(str(path)).other_tags()
    # Most bytes are audio; half of the offsets are drawn from the tags.
    tagged = content.find("Title".encode("utf-16-le") if suffix == ".wma" else b"Title")
    near = st.integers(max(0, tagged - 300), min(len(content) - 1, tagged + 100))
    offset = data.draw(st.one_of(st.integers(0, len(content) - 1), near))
    bit = data.draw(st.integers(0, 7))
    changed = content[:offset] + bytes([content[offset] ^ 1 << bit]) + content[offset + 1 :]
    path.write_bytes(changed)
    try:
        after = open_container(str(path)).other_tags()
    except TagError:
        return
    assert after != before or offset in DERIVED[suffix](content)


@pytest.mark.parametrize("suffix", [".ogg", ".opus"])
@given(data=st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_change_of_any_page_byte_is_detected(originals: Path, tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    path = Path(shutil.copy(originals / f"song{suffix}", tmp_path))
    content, before = path.read_bytes(), open_container(str(path)).other_tags()
    offset = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(content[:offset] + bytes([content[offset] ^ 1]) + content[offset + 1 :])
    try:
        after = open_container(str(path)).other_tags()
    except TagError:
        return
    with (originals / path.name).open("rb") as file:
        OggPage(file)
        second = file.tell()
    # Number and checksum of the page of the comments are computed from the rest.
    assert after != before or second + 18 <= offset < second + 26


@pytest.mark.parametrize("source", [".flac", ".ogg", ".opus", ".m4a", ".wv", ".wma", ".mp3"])
@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".wv", ".wma"])
def test_moods_are_found_after_conversion_by_ffmpeg(fresh: Callable[[str], Path], source: str, suffix: str) -> None:
    if not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg is not installed")
    path = fresh(source)
    tags.write(str(path), EMOTION, MAKER)
    converted = path.with_name(f"converted{suffix}")
    codec = {".ogg": "libvorbis", ".wma": "wmav2", ".wv": "wavpack", ".flac": "flac"}[suffix]
    # FFmpeg reads the tags of Ogg from the stream, not from the file.
    of_stream = "0:s:0" if source in (".ogg", ".opus") else "0"
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map_metadata", of_stream, "-c:a", codec, str(converted)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    state = tags.read(str(converted))
    # FFmpeg joins several values or keeps one of them.
    blocks_ = {mood for joined in state.moods for mood in joined.split(";")}
    assert blocks_ and blocks_ <= set(EMOTION.moods)
    assert (state.valence, state.marker) == (-0.412, f"{MAKER}; sad-lonely, quiet-still")
    container = open_container(str(converted))
    container.put("moods", ("Epic",))
    container.save(str(converted))
    assert tags.read(str(converted)).moods == ("Epic",)
    assert not any(mood.encode() in between(converted) for mood in blocks_)


def between(path: Path) -> bytes:
    """Return a file's bytes without the marker, which contains moods."""
    content = path.read_bytes()
    for codec in ("utf-8", "utf-16-le"):
        content = content.replace("sad-lonely, quiet-still".encode(codec), b"")
    return content


@pytest.mark.parametrize(
    ("suffix", "command"),
    [
        (".flac", ["metaflac", "--export-tags-to=-"]),
        (".flac", ["flac", "-t"]),
        (".ogg", ["vorbiscomment", "-R", "-l"]),
        (".opus", ["opusinfo"]),
        (".m4a", ["ffprobe", "-v", "error", "-show_format"]),
        (".wv", ["ffprobe", "-v", "error", "-show_format"]),
        (".wma", ["ffprobe", "-v", "error", "-show_format"]),
    ],
)
def test_other_programs_read_fields_among_irregular_ones(
    originals: Path, tmp_path: Path, suffix: str, command: list[str]
) -> None:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    path = tmp_path / f"song{suffix}"
    if suffix == ".opus":
        parts = Parts(b"v", [b"ARTIST=tr\xe4ge", b"no equals sign"], b"\x01binary", b"")
        path.write_bytes(irregular_tags.ogg(originals / path.name, parts, 300, True, False, 0))
    else:
        with_moods(originals, path, [("Artist", b"tr\xe4ge"), ("ARTIST", b"again")])
    tags.write(str(path), EMOTION, MAKER)
    run = subprocess.run([*command, path], capture_output=True, check=command[0] != "opusinfo")
    if command[0] != "flac":
        shown = run.stdout.decode("latin-1").upper()
        assert all(text in shown for text in ("QUIET-STILL", "=-0.412", "=0.500"))


def test_asf_attributes_stay_in_their_objects(originals: Path, tmp_path: Path) -> None:
    """Moods in the metadata library object, where other programs put the second one, stay there."""
    path = tmp_path / "song.wma"
    name, value = ("WM/Mood".encode("utf-16-le") + b"\0\0"), "Epic".encode("utf-16-le") + b"\0\0"
    attribute = struct.pack("<HHHHI", 3, 2, len(name), 0, len(value)) + name + value
    inner = [irregular_tags.attribute_list(irregular_tags.LIBRARY, [attribute])]
    path.write_bytes(irregular_tags.asf((originals / "song.wma").read_bytes(), [], inner))
    before = path.read_bytes()
    tags.write(str(path), EMOTION, MAKER)
    assert tags.read(str(path)).moods == ("Epic", *EMOTION.moods)
    assert attribute in path.read_bytes()
    assert [str(mood) for mood in mutagen.File(path)["WM/Mood"]] == ["Epic", *EMOTION.moods]
    tags.revert(str(path), lambda after: None, lambda audio, path: None)
    assert path.read_bytes() == before


def test_binary_attributes_with_own_names_are_kept(originals: Path, tmp_path: Path) -> None:
    path = tmp_path / "song.wma"
    attributes = []
    for key, kind, value in (("WM/Mood", 3, b"\7\0\0\0"), ("VALENCE", 1, b"some bytes")):
        name = key.encode("utf-16-le") + b"\0\0"
        attributes.append(struct.pack("<H", len(name)) + name + struct.pack("<HH", kind, len(value)) + value)
    objects = [irregular_tags.attribute_list(irregular_tags.EXTENDED, attributes)]
    path.write_bytes(irregular_tags.asf((originals / "song.wma").read_bytes(), objects, []))
    before = path.read_bytes()
    tags.write(str(path), EMOTION, MAKER)
    assert tags.read(str(path)).moods == EMOTION.moods
    assert all(attribute in path.read_bytes() for attribute in attributes)
    tags.revert(str(path), lambda after: None, lambda audio, path: None)
    assert path.read_bytes() == before


def test_picture_larger_than_its_block_is_refused(originals: Path, tmp_path: Path) -> None:
    """Some programs write pictures of more than 16 MB, whose size does not fit the block's header."""
    path = tmp_path / "song.flac"
    content = irregular_tags.flac(
        (originals / path.name).read_bytes(), b"", Parts(b"", [], b"", b""), [(6, bytes(99)), (1, b"")], b""
    )
    offset = content.index(bytes([6, 0, 0, 99])) + 1
    path.write_bytes(content[:offset] + b"\0\0\x42" + content[offset + 3 :])
    with pytest.raises(TagError, match="its tags are damaged"):
        tags.write(str(path), EMOTION, MAKER)


def test_undo_restores_file_without_comments(originals: Path, tmp_path: Path) -> None:
    path = tmp_path / "song.flac"
    path.write_bytes(irregular_tags.flac((originals / path.name).read_bytes(), b"", Parts(b"", [], b"", b""), [], b""))
    before = path.read_bytes()
    tags.write(str(path), EMOTION, MAKER)
    assert FLAC(path)["MOOD"] == list(EMOTION.moods)
    tags.revert(str(path), lambda after: None, lambda audio, path: None)
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".flac", ".m4a", ".wv"])
def test_tags_with_too_many_items_are_refused(originals: Path, tmp_path: Path, suffix: str) -> None:
    path, many = tmp_path / f"song{suffix}", 1 << 18
    original = (originals / path.name).read_bytes()
    if suffix == ".flac":
        content = irregular_tags.flac(original, b"", Parts(b"v", [b""] * many, b"", b""), [], b"")
    elif suffix == ".m4a":
        layout = {"front": False, "quicktime": False, "free": [], "more": "", "wide": False, "large": False}
        content = irregular_tags.mp4(original, [irregular_tags.atom(b"free", b"")] * many, {**layout, "trailing": b""})
    else:
        content = irregular_tags.ape(original, Parts(b"header", [bytes(8) + b"AB\0"] * many, b"", b""))
    path.write_bytes(content)
    with pytest.raises(TagError, match="too many"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == content
