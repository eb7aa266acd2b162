"""Strategies for all tags that mutagen can write to each kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mutagen
from hypothesis import strategies as st
from mutagen import apev2, asf, flac, id3, mp4
from mutagen.asf._attrs import (
    ASFBoolAttribute,
    ASFByteArrayAttribute,
    ASFDWordAttribute,
    ASFQWordAttribute,
    ASFUnicodeAttribute,
)

from tagger.tags.schema import NAMES

OURS = {name.casefold() for names in NAMES.values() for name in names.values()}

text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
latin = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), min_size=1, max_size=20)
ascii_ = st.text(st.characters(min_codepoint=33, max_codepoint=125, exclude_characters="="), min_size=2, max_size=15)
data = st.binary(max_size=200)
byte = st.integers(0, 255)
names = ascii_.filter(lambda name: name.casefold() not in OURS)

SPECS: dict[str, st.SearchStrategy[Any]] = {
    "EncodingSpec": st.sampled_from([id3.Encoding.LATIN1, id3.Encoding.UTF16]),
    "EncodedTextSpec": latin.filter(lambda name: name.casefold() not in OURS),
    "Latin1TextSpec": latin,
    "ByteSpec": byte,
    "SizedIntegerSpec": byte,
    "IntegerSpec": st.integers(1, 2**31),
    "BinaryDataSpec": data,
    "CTOCFlagsSpec": st.integers(0, 3),
    "Latin1TextListSpec": st.lists(latin, max_size=3),
    "KeyEventSpec": st.lists(st.tuples(st.integers(-128, 127), st.integers(0, 2**32 - 1)), min_size=1, max_size=3),
    "SynchronizedTextSpec": st.lists(st.tuples(latin, st.integers(0, 2**32 - 1)), min_size=1, max_size=3),
    "ChannelSpec": st.integers(0, 8),
    "VolumeAdjustmentSpec": st.integers(-63, 63),
    "VolumePeakSpec": st.sampled_from([0.25, 0.5, 1.0]),
    "VolumeAdjustmentsSpec": st.lists(st.tuples(st.integers(0, 9000), st.integers(-60, 60)), min_size=1, max_size=3),
    # Two changes and two peaks; mutagen never ends writing peaks below 0.
    "RVASpec": st.tuples(*[st.integers(-255, 255)] * 2, *[byte] * 2).map(list),
    "PictureTypeSpec": st.integers(0, 20),
    "FrameIDSpec": st.just("TIT2"),
    "ID3FramesSpec": latin.map(lambda title: [id3.TIT2(encoding=0, text=[title])]),
}
TEXTS = {
    "NumericTextFrame": st.integers(0, 9999).map(str),
    "NumericPartTextFrame": st.tuples(st.integers(1, 99), st.integers(1, 99)).map("{0[0]}/{0[1]}".format),
    "TimeStampTextFrame": st.sampled_from(["1999", "2001-02-03", "2001-02-03 04:05:06"]),
}


@st.composite
def frames(draw: st.DrawFn) -> id3.Frame:
    """Draw any frame that mutagen can make and write."""
    kind = draw(st.sampled_from([f for f in id3.Frames.values() if f.__name__ not in {"ASPI", "TMOO"}]))
    base = next((TEXTS[c.__name__] for c in kind.__mro__ if c.__name__ in TEXTS), latin)
    values: dict[str, Any] = {}
    specs: Any = kind._framespec
    for spec in specs:
        spec_name = type(spec).__name__
        if spec_name == "MultiSpec":
            paired = len(getattr(spec, "specs", ())) > 1
            values[spec.name] = draw(
                st.lists(st.lists(latin, min_size=2, max_size=2) if paired else base, min_size=1, max_size=3)
            )
        elif spec_name == "StringSpec":
            values[spec.name] = draw(st.text("abcxyz", min_size=spec.len, max_size=spec.len))
        else:
            values[spec.name] = draw(SPECS[spec_name])
    return kind(**values)


def put_id3(path: Path, drawn: list[id3.Frame], version: int) -> None:
    file = mutagen.File(path)
    file.delete()
    file = mutagen.File(path)
    file.add_tags()
    for frame in drawn:
        file.tags.add(frame)
    if path.suffix == ".tta":
        file.tags.save(path, v2_version=version)
    else:
        file.save(path, v2_version=version)


comments = st.lists(st.tuples(names, text), max_size=8)


def put_vorbis(path: Path, drawn: list[tuple[str, str]]) -> None:
    file = mutagen.File(path)
    file.tags[:] = drawn
    if path.suffix == ".flac":
        picture = flac.Picture()
        picture.data, picture.mime = bytes(len(drawn) * 50), "image/png"
        file.add_picture(picture)
    file.save()


items = st.dictionaries(
    names.filter(lambda name: name.upper() not in {"OGGS", "TAG", "ID3", "MP+"}),
    st.one_of(
        st.lists(text, min_size=1, max_size=3).map(lambda values: apev2.APETextValue("\0".join(values), apev2.TEXT)),
        data.map(lambda value: apev2.APEBinaryValue(value, apev2.BINARY)),
        ascii_.map(lambda value: apev2.APEExtValue(value, apev2.EXTERNAL)),
    ),
    max_size=6,
)


def put_ape(path: Path, drawn: dict[str, Any]) -> None:
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    for key, value in drawn.items():
        file.tags[key] = value
    file.save()


freeform = st.lists(
    st.tuples(data, st.sampled_from([mp4.AtomDataType.UTF8, mp4.AtomDataType.IMPLICIT, mp4.AtomDataType.INTEGER])).map(
        lambda pair: mp4.MP4FreeForm(*pair)
    ),
    min_size=1,
    max_size=3,
)
atoms = st.fixed_dictionaries(
    {},
    optional={
        "\xa9nam": st.lists(text, min_size=1, max_size=2),
        "\xa9lyr": st.lists(text, min_size=1, max_size=1),
        "trkn": st.just([(3, 12)]),
        "tmpo": st.lists(st.integers(0, 300), min_size=1, max_size=1),
        "cpil": st.booleans(),
        "rtng": st.just([4]),
        "covr": st.lists(data.map(mp4.MP4Cover), min_size=1, max_size=2),
        "----:com.apple.iTunes:MusicBrainz Track Id": freeform,
        "----:org.example:x": freeform,
    },
)


def put_mp4(path: Path, drawn: dict[str, Any]) -> None:
    file: Any = mp4.MP4(path)
    if file.tags is None:
        file.add_tags()
    file.tags.update(drawn)
    file.save()


attributes = st.lists(
    st.tuples(
        names,
        st.one_of(
            text.map(ASFUnicodeAttribute),
            data.map(ASFByteArrayAttribute),
            st.booleans().map(ASFBoolAttribute),
            st.integers(0, 2**32 - 1).map(ASFDWordAttribute),
            st.integers(0, 2**64 - 1).map(ASFQWordAttribute),
        ),
    ),
    max_size=6,
)


def put_asf(path: Path, drawn: list[tuple[str, Any]]) -> None:
    file: Any = asf.ASF(path)
    for key, value in drawn:
        file.tags.append((key, value))
    file.save()
