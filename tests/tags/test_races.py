"""Changes that another program makes while emotag writes a file are never lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tagger import tags
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.io import disk
from tagger.tags import atomic, delta, in_place, metadata, writer

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"


def edit(path: Path, *, secretly: bool) -> bytes:
    """Change a byte, optionally keeping the modification time; return the content."""
    status = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    if secretly:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return bytes(content)


def replaced(path: Path, *, secretly: bool) -> bytes:
    """Replace a file by another one with a changed byte."""
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    content = edit(other, secretly=secretly)
    other.rename(path)
    return content


STEPS: dict[str, tuple[Any, str]] = {
    "after the tags were read": (writer, "plan_change"),
    "while it is copied": (atomic, "temporary_copy"),
    "while the copy is changed": (writer, "_write_values"),
    "while the copy is checked": (writer, "_check"),
    "while the copy gets its mode": (metadata, "copy_metadata"),
    "while the copy is flushed": (disk, "flush_handle"),
    "while the difference is worked out": (delta, "make_delta"),
    "just before the names are exchanged": (disk, "exchange_names"),
    "while the write is recorded": (in_place, "_create_record"),
}
CASES = [
    (step, linked, exchanged, edit_file)
    for step in STEPS
    for linked in (False, True)
    for exchanged in (False, True)
    for edit_file in (edit, replaced)
    if not (linked and STEPS[step][1] in ("copy_metadata", "exchange_names"))
    if not (not linked and STEPS[step][1] == "_create_record")
    if exchanged or (not linked and STEPS[step][1] != "exchange_names")
]
"""All combinations that reach the step."""


@pytest.mark.parametrize("secretly", [False, True])
@pytest.mark.parametrize(("step", "linked", "exchanged", "edit_file"), CASES)
def test_edit_at_any_step_is_kept(
    fresh: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    linked: bool,
    exchanged: bool,
    secretly: bool,
    edit_file: Callable[..., bytes],
) -> None:
    path = fresh(".mp3")
    module, name = STEPS[step]
    if linked:
        os.link(path, path.with_name("twin.mp3"))
    real_exchange = disk.exchange_names
    if not exchanged:
        monkeypatch.setattr(disk, "exchange_names", lambda one, other: False)
    edits: list[bytes] = []
    real = getattr(module, name)

    def meddle(*arguments: Any, **options: Any) -> Any:
        result = real(*arguments, **options) if name != "exchange_names" else None
        if not edits:
            edits.append(edit_file(path, secretly=secretly))
        return real_exchange(*arguments) if name == "exchange_names" else result

    monkeypatch.setattr(module, name, meddle)
    records: list[Any] = []
    try:
        tags.write(str(path), EMOTION, MAKER, save_record=records.append)
    except TagError as error:
        assert "another program changed" in str(error) or "audio would have changed" in str(error)
        assert path.read_bytes() == edits[0]
    else:
        # The edit was made before the copy, which contains it.
        assert undo(path, records) == edits[0]
    assert not [name for name in os.listdir(path.parent) if name.startswith(".emotag-")]


def undo(path: Path, records: list[Any]) -> bytes:
    tags.revert(str(path), {written.after: written for written in records}.get, lambda *_: None)
    return path.read_bytes()


def test_mode_changed_during_write_is_kept(fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = fresh(".flac")
    real = disk.flush_handle

    def meddle(handle: int) -> None:
        real(handle)
        path.chmod(0o600)

    monkeypatch.setattr(disk, "flush_handle", meddle)
    with pytest.raises(TagError, match="another program changed"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.stat().st_mode & 0o777 == 0o600


def test_both_versions_are_kept_if_both_were_edited(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fresh(".flac")
    real = disk.exchange_names
    edits: list[bytes] = []

    def meddle(one: str, other: str) -> bool:
        edits.append(edit(path, secretly=False))
        return real(one, other)

    monkeypatch.setattr(disk, "exchange_names", meddle)
    if not real(str(path), str(path)):
        pytest.skip("this file system cannot exchange names")
    with pytest.raises(TagError, match="the other version is kept as") as caught:
        tags.write(str(path), EMOTION, MAKER)
    (other,) = [p for p in path.parent.iterdir() if p.name.startswith(".emotag-")]
    assert str(other) in str(caught.value)
    assert {path.read_bytes(), other.read_bytes()} == set(edits)
    assert atomic.remove_leftovers([str(other)])
    assert other.exists()


EDITOR = """
import os, sys
path = sys.argv[1]
print(flush=True)
for number in range(int(sys.argv[2])):
    while True:  # edits a copy and replaces the file only if it is unchanged
        before = os.stat(path)
        content = open(path, "rb").read()
        offset = content.index(b"edit number ")
        changed = content[:offset] + b"edit number %06d" % (number + 1) + content[offset + 18:]
        open(path + ".new", "wb").write(changed)
        now = os.stat(path)
        if (now.st_ino, now.st_mtime_ns) == (before.st_ino, before.st_mtime_ns):
            os.replace(path + ".new", path)
            break
"""


def test_edits_of_concurrent_process_are_kept(fresh: Callable[[str], Path]) -> None:
    """Every edit that was finished before a write began is in the file after it."""
    from mutagen.flac import FLAC

    path = fresh(".flac")
    file = FLAC(path)
    file["comment"] = "edit number 000000"
    file.save()
    editor = subprocess.Popen([sys.executable, "-c", EDITOR, str(path), "400"], stdout=subprocess.PIPE)
    assert editor.stdout is not None
    editor.stdout.readline()
    seen, wrote, refused = 0, 0, 0
    moods = [("sad-lonely",), ("happy-pleased",)]
    while editor.poll() is None:
        emotion = Emotion(0.1, 0.2, moods[(wrote + refused) % 2], (0.1,) * 6)
        try:
            tags.write(str(path), emotion, MAKER)
            wrote += 1
        except TagError:
            refused += 1
        number = int(FLAC(path)["comment"][0].split()[-1])
        assert number >= seen, "an edit was taken back"
        seen = number
    editor.stdout.close()
    assert editor.returncode == 0
    assert int(FLAC(path)["comment"][0].split()[-1]) == 400
    assert wrote + refused > 0
