"""A tag keeps the version it has, and what stands in it, beside it and behind it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import mutagen
from mutagen import id3
from mutagen.apev2 import APEv2

from tagger import tags
from tests.tags.test_writer import EMOTION, MAKER, MOODS


def test_a_tag_of_version_2_2_stays_one(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    mutagen.File(path).delete()
    frame = b"TT2" + (6).to_bytes(3, "big") + b"\0Title"
    audio = path.read_bytes()
    path.write_bytes(b"ID3\x02\x00\x00" + bytes([0, 0, 0, len(frame)]) + frame + audio)
    tags.write(str(path), EMOTION, MAKER)
    after = id3.ID3(path)
    assert after.version == (2, 2, 0)
    assert after["TIT2"].text == ["Title"]
    assert after["TXXX:MOOD"].text == ["sad-lonely; quiet-still"]
    content = path.read_bytes()
    assert content[10:].startswith(frame)
    assert content.endswith(audio)


def test_moods_in_the_wrong_frame_are_found_and_not_doubled(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    tagged = mutagen.File(path)
    tagged.tags.add(id3.TXXX(encoding=3, desc="mood", text=["Sad-Lonely", "Epic"]))
    tagged.save()
    tags.write(str(path), EMOTION, MAKER)
    after = mutagen.File(path).tags
    assert after["TXXX:mood"].text == ["Sad-Lonely", "Epic"]
    assert after["TMOO"].text == ["quiet-still"]
    assert tags.read(str(path)).moods == ("Sad-Lonely", "Epic", "quiet-still")
    assert not tags.write(str(path), EMOTION, MAKER).changed


def tag_2_3(path: Path) -> None:
    frames = id3.ID3()
    frames.add(id3.TIT2(encoding=1, text="Título"))
    frames.add(id3.TYER(encoding=0, text="1999"))
    frames.add(id3.TDAT(encoding=0, text="2412"))
    frames.add(id3.IPLS(encoding=0, people=[["piano", "Ann"]]))
    frames.add(id3.TXXX(encoding=0, desc="mood", text="Epic; Dark"))
    frames.add(id3.POPM(email="a@b", rating=200, count=3))
    frames.add(id3.UFID(owner="http://musicbrainz.org", data=b"123"))
    frames.add(id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=os.urandom(3000)))
    frames.add(id3.USLT(encoding=1, lang="eng", desc="", text="la\nla"))
    frames.save(path, v2_version=3, v1=2)


def test_a_tag_of_version_2_3_stays_one_with_all_its_frames(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    tag_2_3(path)
    before = id3.ID3(path, translate=False)
    end = path.read_bytes()[-128:]
    tags.write(str(path), EMOTION, MAKER)
    after = id3.ID3(path, translate=False)
    assert after.version == (2, 3, 0)
    assert after["TXXX:mood"].text == ["Epic; Dark; sad-lonely; quiet-still"]
    assert not after.getall("TMOO")
    for key in before:
        if key != "TXXX:mood":
            assert repr(after[key]) == repr(before[key]), key
    assert path.read_bytes()[-128:] == end


def test_texts_are_written_as_players_of_their_version_read_them(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    for version, moods, encodings in (
        (3, "Epic", (id3.Encoding.LATIN1, id3.Encoding.LATIN1)),
        (3, "Épique; 夜", (id3.Encoding.UTF16, id3.Encoding.LATIN1)),
        (4, "Epic", (id3.Encoding.UTF8, id3.Encoding.UTF8)),
    ):
        frames = id3.ID3()
        frames.add(id3.TXXX(encoding=1, desc="MOOD", text=moods))
        frames.save(path, v2_version=version)
        tags.write(str(path), EMOTION, MAKER)
        after = id3.ID3(path, translate=False)
        ours = after["TMOO" if version == 4 else "TXXX:MOOD"], after["TXXX:VALENCE"]
        assert tuple(frame.encoding for frame in ours) == encodings
        assert tags.read(str(path)).moods == (*moods.split("; "), *MOODS)


def test_an_old_tag_at_the_end_stays_though_it_says_otherwise(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    end = b"TAG" + b"An old title, and what else a program of 1997 put here".ljust(125, b" ")
    path.write_bytes(path.read_bytes() + end)
    tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes()[-128:] == end
    assert path.read_bytes()[-256:-253] != b"TAG"


def test_a_new_tag_is_2_4_and_an_apev2_tag_beside_it_stays(fresh: Callable[[str], Path]) -> None:
    path = fresh(".mp3")
    mutagen.File(path).delete()
    ape = APEv2()
    ape["Mp3gain_Minmax"] = "089,195"
    ape.save(path)
    tags.write(str(path), EMOTION, MAKER)
    assert id3.ID3(path).version == (2, 4, 0)
    assert APEv2(path)["mp3gain_minmax"] == "089,195"
