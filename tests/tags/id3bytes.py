"""Strategies for ID3v2 tags, built byte by byte: regular ones and irregular ones of other programs."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from hypothesis import strategies as st

UNSYNCHRONISED, EXTENDED, FOOTER = 0x80, 0x40, 0x10
SHORT = {
    **{"TXXX": "TXX", "USLT": "ULT", "COMM": "COM", "POPM": "POP", "GEOB": "GEO", "APIC": "PIC", "UFID": "UFI"},
    **{"TIT2": "TT2", "TIT3": "TT3", "TPE1": "TP1", "TALB": "TAL", "TCOM": "TCM", "TCON": "TCO"},
}
"""Names in ID3v2.2."""

MOOD_NAMES = ("mood", "MOOD", "Mood", "TMOO", "tmoo")


def syncsafe(number: int, count: int = 4) -> bytes:
    return bytes(number >> 7 * offset & 127 for offset in reversed(range(count)))


def unsynchronise(data: bytes) -> bytes:
    """Unsynchronise with a simple loop."""
    out = bytearray()
    for offset, byte in enumerate(data):
        out.append(byte)
        following = data[offset + 1] if offset + 1 < len(data) else 0
        if byte == 0xFF and (following == 0 or following >= 0xE0):
            out.append(0)
    return bytes(out)


def remove_unsynchronisation(data: bytes) -> bytes:
    return data.replace(b"\xff\0", b"\xff")


@dataclass
class Frame:
    """A frame, and its moods if it can be decoded."""

    name: str
    body: bytes
    flags: int = 0
    moods: tuple[str, ...] = ()

    def to_bytes(self, version: int, plain_sizes: bool) -> bytes:
        if version == 2:
            name = SHORT.get(self.name, self.name[:3])
            return name.encode("latin-1") + len(self.body).to_bytes(3, "big") + self.body
        size = syncsafe(len(self.body)) if version == 4 and not plain_sizes else struct.pack(">I", len(self.body))
        return self.name.encode("latin-1") + size + struct.pack(">H", self.flags) + self.body


@dataclass
class Tag:
    """A whole tag."""

    version: int
    frames: list[Frame]
    unsynchronised: bool = False
    extended: str = ""
    footer: bool = False
    padding: int = 0
    junk: bytes = b""
    plain_sizes: bool = False
    raws: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.raws = [frame.to_bytes(self.version, self.plain_sizes) for frame in self.frames]

    def to_bytes(self) -> bytes:
        frames = b"".join(self.raws)
        padding = 0 if self.footer else self.padding
        junk = b"" if self.footer else self.junk
        body = self._extended(frames, padding, junk) + frames
        if self.unsynchronised and self.version < 4:
            body = unsynchronise(body)
        body += bytes(padding) + junk
        flags = UNSYNCHRONISED * self.unsynchronised | EXTENDED * bool(self.extended) | FOOTER * self.footer
        head = bytes([self.version, 0, flags]) + syncsafe(len(body))
        return b"ID3" + head + body + (b"3DI" + head if self.footer else b"")

    def _extended(self, frames: bytes, padding: int, junk: bytes) -> bytes:
        wrong = 1 if self.extended == "wrong" else 0
        if not self.extended:
            return b""
        if self.version == 3:
            if self.extended == "short":
                return struct.pack(">IHI", 6, 0, padding)
            return struct.pack(">IHII", 10, 0x8000, padding, zlib.crc32(frames) ^ wrong)
        if self.extended == "short":
            return syncsafe(6) + b"\x01\x00"
        checksum = zlib.crc32(frames + bytes(padding) + junk) ^ wrong
        return syncsafe(15) + b"\x01\x70\x00\x05" + syncsafe(checksum, 5) + b"\x01\x00"


words = st.text("abcxyzäöéÿ ", min_size=1, max_size=12)
binary = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from([b"\xff", b"\0", b"\xfb", b"\xe0", b"x", b"ID3\4\0\0", b"3DI", b"TAG"]), max_size=20).map(
        b"".join
    ),
    st.integers(100, 700).map(lambda size: bytes(range(1, 251)) * 3 + bytes(size)),
)


def encode_text(text: str, encoding: int) -> bytes:
    codec = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}[encoding]
    return text.encode(codec)


def terminator(encoding: int) -> bytes:
    return b"\0\0" if encoding in (1, 2) else b"\0"


@st.composite
def regular_frames(draw: st.DrawFn) -> Frame:
    """A frame that complies with the standard; several may have the same key."""
    kind = draw(st.sampled_from(["text", "USLT", "COMM", "POPM", "PRIV", "GEOB", "APIC", "TXXX", "UFID"]))
    text, encoding = draw(words), draw(st.sampled_from([0, 1]))
    match kind:
        case "text":
            return Frame(draw(st.sampled_from(["TIT2", "TPE1", "TPE1", "TALB"])), bytes([0]) + encode_text(text, 0))
        case "USLT" | "COMM":
            key = draw(st.sampled_from(["", "x"]))
            return Frame(
                kind,
                bytes([encoding])
                + b"eng"
                + encode_text(key, encoding)
                + terminator(encoding)
                + encode_text(text, encoding),
            )
        case "POPM":
            return Frame(
                kind, b"a@b\0" + bytes([draw(st.integers(0, 255))]) + draw(st.sampled_from([b"", b"\0\0\0\7"]))
            )
        case "PRIV" | "UFID":
            return Frame(kind, b"owner\0" + draw(binary))
        case "GEOB":
            return Frame(kind, b"\0application/x\0name\0text\0" + draw(binary))
        case "APIC":
            return Frame(kind, b"\0image/png\0\3\0" + draw(binary))
    return Frame(
        kind, bytes([encoding]) + encode_text("key", encoding) + terminator(encoding) + encode_text(text, encoding)
    )


@st.composite
def irregular_frames(draw: st.DrawFn, version: int) -> Frame:
    """A frame that violates the standard, or that few programs can read."""
    kind = draw(
        st.sampled_from(["utf8", "nul", "bom", "odd", "empty", "unknown", "name", "flags", "encoding", "short"])
    )
    text = draw(words)
    match kind:
        case "utf8":
            return Frame(draw(st.sampled_from(["TIT2", "TCOM"])), b"\3" + (text + "é").encode("latin-1"))
        case "nul":
            return Frame("POPM", b"a@b\xc8")
        case "bom":
            return Frame("TPE1", b"\1" + text.encode("utf-16-le"))
        case "odd":
            return Frame("TIT3", b"\1" + encode_text(text, 1) + b"x")
        case "empty":
            return Frame(draw(st.sampled_from(["TIT2", "TMOO", "TXXX", "XXXX"])), b"")
        case "unknown":
            return Frame(draw(st.sampled_from(["XYZ1", "WXYZ", "NCON", "TXYZ"])), draw(binary) or b"x")
        case "name":
            return Frame(draw(st.sampled_from(["tit2", "T\xe9T2", "a\0b ", "TT2\0", "TXX\0"])), draw(binary) or b"x")
        case "encoding":
            return Frame(draw(st.sampled_from(["TXXX", "TMOO", "TIT2"])), bytes([9]) + draw(binary))
        case "short":
            return Frame(draw(st.sampled_from(["USLT", "APIC", "GEOB", "UFID", "TXXX"])), b"\0")
    if version == 2:
        return Frame("TIT2", b"\0x")
    packed = zlib.compress(b"\0" + text.encode("latin-1"))
    if version == 3:
        return draw(
            st.sampled_from(
                [
                    Frame("TIT2", struct.pack(">I", len(text) + 1) + packed, 0x80),
                    Frame("TXXX", b"\1" + b"secret", 0x40),
                    Frame("TCON", b"\7\0" + b"grouped", 0x20),
                    Frame("TMOO", b"\1" + b"secret", 0x40),
                    Frame("TIT2", b"\0kept", 0xE000),
                ]
            )
        )
    return draw(
        st.sampled_from(
            [
                Frame("TIT2", syncsafe(len(text) + 1) + packed, 0x09),
                Frame("TMOO", b"\1" + b"secret", 0x04),
                Frame("TCON", b"\7\0" + b"grouped", 0x40),
                Frame("APIC", unsynchronise(b"\0image/png\0\3\0\xff\xd8\xff\xe0\xff\0"), 0x02),
                Frame("TIT2", syncsafe(5) + b"\0kept", 0x01),
            ]
        )
    )


@st.composite
def frames_with_moods(draw: st.DrawFn, version: int) -> Frame:
    """A frame with moods, as other programs write them."""
    moods = tuple(draw(st.lists(st.sampled_from(["Epic", "Dark", "Träge"]), min_size=1, max_size=2, unique=True)))
    encoding = draw(st.sampled_from([0, 1] if version < 4 else [0, 1, 2, 3]))
    name = "TXXX" if version == 2 else draw(st.sampled_from(["TMOO", "TXXX"]))
    joined = draw(st.sampled_from([";", "; "]))
    texts = [joined.join(moods)] if version < 4 or draw(st.booleans()) else list(moods)
    if name == "TXXX":
        texts = [draw(st.sampled_from(MOOD_NAMES)), *texts]
    body = bytes([encoding]) + terminator(encoding).join(encode_text(text, encoding) for text in texts)
    return Frame(name, body + draw(st.sampled_from([b"", terminator(encoding)])), moods=moods)


@st.composite
def tags(draw: st.DrawFn, *, most: int = 8) -> Tag:
    """Any tag."""
    version = draw(st.sampled_from([2, 3, 3, 4, 4]))
    frames = draw(
        st.lists(st.one_of(regular_frames(), irregular_frames(version), frames_with_moods(version)), max_size=most)
    )
    footer = version == 4 and draw(st.booleans()) and draw(st.booleans())
    return Tag(
        version,
        frames,
        unsynchronised=draw(st.booleans()) and draw(st.booleans()),
        extended=draw(st.sampled_from(["", "", "", "short", "checksum", "wrong"])) if version > 2 else "",
        footer=footer,
        padding=draw(st.sampled_from([0, 5, 20, 300, 3000])),
        junk=draw(st.sampled_from([b"", b"", b"", b"\xff\xfbjunk", b"TIT2\x7f\x7f\x7f\x7f\0\0cut", b"x"])),
        plain_sizes=version == 4 and draw(st.booleans()) and draw(st.booleans()),
    )
