"""Strategies for irregular tags, built byte by byte, and functions that put them into files."""

from __future__ import annotations

import struct
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st
from mutagen.ogg import OggPage

from tests.tags.foreign_tags import OURS

data = st.binary(max_size=60)
name = st.text(st.characters(min_codepoint=33, max_codepoint=125, exclude_characters="="), min_size=2, max_size=12)
name = name.filter(lambda drawn: drawn.casefold() not in OURS)
odd_text = st.one_of(
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from([b"caf\xe9", b"", b"\xff\xfe\x00", b"a\0b", b"\xc3", b"x" * 70000]),
    data,
)
around = st.sampled_from(
    [
        b"",
        b"TAG" + b"t" * 125,
        b"TAG+" + b"e" * 223 + b"TAG" + b"t" * 125,
        b"LYRICSBEGININD0000200LYR00002ab" + b"000031LYRICS200" + b"TAG" + b"t" * 125,
        b"LYRICSBEGIN some words LYRICSEND" + b"TAG" + b"t" * 125,
    ]
)


class Parts(NamedTuple):
    """What was put into a file, and must be in it in this order after a write."""

    before: bytes
    items: list[bytes]
    trailing: bytes
    rest: bytes


def is_ours(raw: bytes) -> bool:
    key, equals, _ = raw.partition(b"=")
    return bool(equals) and key.decode("latin-1").casefold() in OURS


# Vorbis comments

comment = st.one_of(
    st.tuples(name, odd_text).map(lambda pair: pair[0].encode() + b"=" + pair[1]),
    st.sampled_from([b"", b"=", b"=x", b"no equals sign", b"ARTIST=A", b"artist=B", b"T\xc4=1", b"MOOD", b"a=b=c"]),
    data,
).filter(lambda raw: not is_ours(raw))
comments = st.builds(
    Parts,
    before=odd_text,
    items=st.lists(comment, max_size=8).map(lambda drawn: drawn + drawn[:1]),
    trailing=st.sampled_from([b"", bytes(50), b"\x01binary data trailing", b"\0\x01\xff"]),
    rest=st.just(b""),
)


def comment_header(parts: Parts) -> bytes:
    lengths = b"".join(struct.pack("<I", len(raw)) + raw for raw in parts.items)
    return struct.pack("<I", len(parts.before)) + parts.before + struct.pack("<I", len(parts.items)) + lengths


blocks = st.lists(
    st.sampled_from(
        [
            *((1, bytes(30)), (2, b"appldata"), (6, b"no picture"), (5, bytes(500)), (100, b"unknown")),
            *((1, b""), (3, bytes(18)), (6, bytes(40000)), (126, b"")),
        ]
    ),
    max_size=4,
)
id3 = st.sampled_from([b"", b"ID3\4\0\0\0\0\0\x0bTMOO\0\0\0\1\0\0\3", b"ID3\3\0\0\0\0\2\0" + bytes(256)])


def flac(original: bytes, front: bytes, parts: Parts, others: list[tuple[int, bytes]], trailing: bytes) -> bytes:
    """Put blocks into a FLAC file; without a block of comments if there is no vendor."""
    position, blocks_ = 4, []
    while True:
        size = int.from_bytes(original[position + 1 : position + 4], "big")
        blocks_.append((original[position] & 0x7F, original[position + 4 : position + 4 + size]))
        last, position = original[position] & 0x80, position + 4 + size
        if last:
            break
    written = [blocks_[0], *others]
    if parts.before:
        written.insert(1 + len(others) // 2, (4, comment_header(parts) + parts.trailing))
    made = b"".join(
        bytes([code | (0x80 if number == len(written) else 0)]) + len(content).to_bytes(3, "big") + content
        for number, (code, content) in enumerate(written, 1)
    )
    return front + b"fLaC" + made + original[position:] + trailing


PACKETS = {".ogg": b"\x03vorbis", ".opus": b"OpusTags", ".spx": b"", ".oga": b"\x04"}


def ogg(path: Path, parts: Parts, page_size: int, other_stream: bool, twice: bool, skip: int) -> bytes:
    """Put comments into an Ogg file with new pages, optionally with another stream and a joined second file."""
    with path.open("rb") as file:
        pages = []
        while file.peek(1):
            pages.append(OggPage(file))
    head, rest = pages[0], pages[1:]
    headers = [page for page in rest if page.position == 0]
    packets = OggPage.to_packets(headers)
    audio = rest[len(headers) :]
    content = comment_header(parts)
    if path.suffix == ".oga":
        content = b"\x84"[: len(packets) == 1] + b"\x04"[: len(packets) > 1] + len(content).to_bytes(3, "big") + content
    else:
        framing = b"\x01" if path.suffix == ".ogg" else b""
        content = PACKETS[path.suffix] + content + framing + parts.trailing
    packets[0] = content
    new = OggPage.from_packets(packets, 1, page_size, 0)
    for page in new:
        page.serial = head.serial
        page.position = 0 if page.packets and (page.complete or len(page.packets) > 1) else -1
    for number, page in enumerate(audio):
        page.sequence = new[-1].sequence + 1 + number + (skip if number > 3 else 0)
    link = [head, *new, *audio]
    if other_stream:
        others = []
        for number in range(5):
            page = OggPage()
            page.serial, page.sequence, page.packets = (
                head.serial + 1,
                number,
                [b"a other_stream" + bytes([number]) * 90],
            )
            page.first, page.last = number == 0, number == 4
            others.append(page)
        link = [head, others[0], new[0], others[1], *new[1:], others[2], *audio[:1], others[3], *audio[1:], others[4]]
    written = b"".join(page.write() for page in link)
    return written + (path.read_bytes() if twice else b"")


# APEv2

ape_name = name.filter(lambda drawn: drawn.upper() not in {"OGGS", "TAG", "ID3", "MP+"})
ape_item = st.builds(
    lambda key, value, flags: struct.pack("<II", len(value), flags) + key.encode() + b"\0" + value,
    st.one_of(ape_name, st.sampled_from(["Title", "TITLE", "title", "Cover Art (Front)"])),
    st.one_of(odd_text, st.sampled_from([b"one\0two", b"cover.jpg\0\xff\xd8", b"TAG" + bytes(125)])),
    st.sampled_from([0, 1, 2, 3, 4, 6, 0x80, 0xF0000000]),
)
ape_tag = st.builds(
    Parts,
    before=st.sampled_from([b"header", b"no header", b"version 1", b""]),
    items=st.lists(ape_item, max_size=6).map(lambda drawn: drawn + drawn[:1]),
    trailing=around,
    rest=st.sampled_from([b"", b"slack", bytes(40)]),
)


def ape(original: bytes, parts: Parts) -> bytes:
    """Append an APE tag to a file, unless `parts.before` is empty."""
    if not parts.before:
        return original + parts.trailing
    content = b"".join(parts.items) + parts.rest
    version, flags = (1000, 0) if parts.before == b"version 1" else (2000, 0)
    header = b""
    if parts.before == b"header":
        flags = 1 << 31 | 1
        header = struct.pack("<8sIIIIQ", b"APETAGEX", version, len(content) + 32, len(parts.items), flags | 1 << 29, 7)
    footer = struct.pack("<8sIIIIQ", b"APETAGEX", version, len(content) + 32, len(parts.items), flags, 7)
    return original + header + content + footer + parts.trailing


# MP4


def atom(kind: bytes, content: bytes, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), kind) + content


def freeform(mean: bytes, label: bytes, values: list[tuple[int, bytes]]) -> bytes:
    values_ = b"".join(atom(b"data", struct.pack(">II", kind, 0) + value) for kind, value in values)
    return atom(b"----", atom(b"mean", bytes(4) + mean) + atom(b"name", bytes(4) + label) + values_)


tag_atom = st.one_of(
    st.builds(
        freeform,
        st.sampled_from([b"com.apple.iTunes", b"COM.APPLE.ITUNES", b"org.example", b"\xff"]),
        st.one_of(name.map(str.encode), st.sampled_from([b"Same", b"SAME", b"caf\xe9", b""])),
        st.lists(st.tuples(st.sampled_from([0, 1, 2, 13, 21, 255, 0x01000001]), odd_text), max_size=3),
    ),
    st.builds(
        lambda kind, value: atom(kind, atom(b"data", struct.pack(">II", 1, 0) + value)),
        st.sampled_from([b"\xa9nam", b"\xa9nam", b"covr", b"zzzz", b"trkn", b"\0\1\2\3"]),
        odd_text,
    ),
    st.builds(atom, st.sampled_from([b"free", b"----", b"cpil"]), data),
    st.just(freeform(b"com.apple.iTunes", b"MOOD", [(21, b"\5"), (13, b"\xff\xd8")])),
)
tag_atoms = st.lists(tag_atom, max_size=7).map(lambda drawn: drawn + drawn[:1])
layouts = st.fixed_dictionaries(
    {
        "front": st.booleans(),
        "quicktime": st.booleans(),
        "free": st.lists(st.sampled_from([0, 8, 300]), max_size=2),
        "more": st.sampled_from(["", "udta", "meta", "ilst", "none", "no ilst", "empty udta"]),
        "wide": st.booleans(),
        "large": st.booleans(),
        "trailing": st.sampled_from([b"", b"\0\0\0", b"junk that is no atom"]),
    }
)
CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


def atoms(content: bytes) -> list[tuple[bytes, bytes]]:
    blocks_, position = [], 0
    while position + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        blocks_.append((kind, content[position + 8 : position + size]))
        position += size
    return blocks_


def with_offsets(content: bytes, shift: int, large: bool) -> bytes:
    """Rebuild a movie atom's content with shifted offsets, optionally in tables of 64 bits."""
    built = []
    for kind, inner in atoms(content):
        if kind in CONTAINERS:
            built.append(atom(kind, with_offsets(inner, shift, large)))
        elif kind == b"stco":
            count = struct.unpack_from(">I", inner, 4)[0]
            moved = [offset + shift for offset in struct.unpack_from(f">{count}I", inner, 8)]
            form = ">4sI" + str(count) + ("Q" if large else "I")
            built.append(atom(b"co64" if large else b"stco", struct.pack(form, inner[:4], count, *moved)))
        elif kind != b"udta":
            built.append(atom(kind, inner))
    return b"".join(built)


def mp4(original: bytes, items: list[bytes], layout: dict[str, Any]) -> bytes:
    """Put a list of tags into an MP4 file, with a new layout."""
    outer = dict(atoms(original))
    handler = atom(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    version = b"" if layout["quicktime"] else bytes(4)
    free = b"".join(atom(b"free", bytes(size)) for size in layout["free"])
    more = layout["more"]
    tags = atom(b"ilst", b"".join(items)) + (atom(b"ilst", items[-1]) if more == "ilst" and items else b"")
    meta = atom(
        b"meta", version + handler + ("" if more == "no ilst" else tags.decode("latin-1")).encode("latin-1") + free
    )
    metas = meta * 2 if more == "meta" else meta
    user = atom(b"udta", atom(b"name", b"\0\0\0\0x") + metas + (bytes(4) if layout["quicktime"] else b""))
    users = {"udta": atom(b"udta", atom(b"cprt", b"123456")) + user, "none": b"", "empty udta": atom(b"udta", b"")}
    user = users.get(more, user)
    mdat = atom(b"mdat", outer[b"mdat"], layout["wide"])
    start = original.index(b"mdat") + 4
    ftyp = atom(b"ftyp", outer[b"ftyp"])
    movie = atom(b"moov", with_offsets(outer[b"moov"], 0, layout["large"]) + user)
    head = len(mdat) - len(outer[b"mdat"])
    position = len(ftyp) + head + (len(movie) + len(free) if layout["front"] else 0)
    movie = atom(b"moov", with_offsets(outer[b"moov"], position - start, layout["large"]) + user)
    order = (ftyp, movie, free, mdat) if layout["front"] else (ftyp, mdat, free, movie)
    trailing: bytes = layout["trailing"]
    return b"".join(order) + trailing


# ASF

EXTENDED, METADATA, LIBRARY, EXTENSION, PADDING = (
    uuid.UUID(text).bytes_le
    for text in (
        "d2d0a440-e307-11d2-97f0-00a0c95ea850",
        "c5f8cbea-5baf-4877-8467-aa8c44fa4cca",
        "44231c94-9498-49d1-a141-1d134e457054",
        "5fbf03b5-a92e-11cf-8ee3-00c00c205365",
        "1806d474-cadf-4509-a4ba-9aabcb96aae8",
    )
)
asf_name = st.one_of(name, st.sampled_from(["Title", "Author", "WM/Genre", "", "WM/Picture"])).map(
    lambda drawn: drawn.encode("utf-16-le") + b"\0\0"
)
short_data = st.one_of(data, st.sampled_from([b"\xd8\xd8", b"odd", "text\0".encode("utf-16-le"), bytes(60000)]))
short = st.builds(
    lambda key, kind, value: struct.pack("<H", len(key)) + key + struct.pack("<HH", kind, len(value)) + value,
    asf_name,
    st.sampled_from([0, 1, 2, 3, 4, 5, 6, 9]),
    short_data,
)
long = st.builds(
    lambda language, stream, key, kind, value: (
        struct.pack("<HHHHI", language, stream, len(key), kind, len(value)) + key + value
    ),
    st.sampled_from([0, 1, 7]),
    st.sampled_from([0, 1, 127]),
    asf_name,
    st.sampled_from([0, 1, 2, 3, 4, 5, 6, 9]),
    st.one_of(short_data, st.just(bytes(70000))),
)


def make_object(label: bytes, content: bytes) -> bytes:
    return label + struct.pack("<Q", 24 + len(content)) + content


def attribute_list(label: bytes, items: list[bytes], rest: bytes = b"") -> bytes:
    return make_object(label, struct.pack("<H", len(items)) + b"".join(items) + rest)


asf_objects = st.lists(
    st.one_of(
        st.builds(
            attribute_list, st.just(EXTENDED), st.lists(short, min_size=1, max_size=4).map(lambda drawn: drawn * 2)
        ),
        st.builds(make_object, st.just(PADDING), st.sampled_from([b"", bytes(100)])),
        st.builds(make_object, st.just(b"an unknown make_object"[:16]), data),
    ),
    max_size=4,
)
asf_inner = st.lists(
    st.one_of(
        st.builds(attribute_list, st.just(METADATA), st.lists(long, max_size=3)),
        st.builds(attribute_list, st.just(LIBRARY), st.lists(long, max_size=3), st.sampled_from([b"", b"rest"])),
        st.builds(make_object, st.just(b"one unknown more"[:16]), data),
        st.builds(make_object, st.just(PADDING), st.just(bytes(10))),
    ),
    max_size=4,
)


def asf(original: bytes, objects: list[bytes], inner: list[bytes]) -> bytes:
    """Replace the tags in the header of an ASF file by other objects."""
    stop, count = struct.unpack_from("<QI", original, 16)
    kept, position = [], 30
    for _ in range(count):
        (size,) = struct.unpack_from("<Q", original, position + 16)
        if original[position : position + 16] not in (EXTENDED, EXTENSION):
            kept.append(original[position : position + size])
        elif original[position : position + 16] == EXTENSION:
            extension = original[position + 24 : position + 42]
        position += size
    content = b"".join(inner)
    kept.insert(1, make_object(EXTENSION, extension + struct.pack("<I", len(content)) + content))
    made = b"".join((*kept, *objects))
    head = original[:16] + struct.pack("<QI", 30 + len(made), len(kept) + len(objects)) + original[28:30]
    return head + made + original[stop:]
