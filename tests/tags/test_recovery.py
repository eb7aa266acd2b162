"""An interrupted write in place is finished from the user's own journal, and nothing else is trusted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tagger import tags
from tagger.emotions import Emotion
from tagger.errors import TagError
from tagger.io import library_paths
from tagger.tags import atomic, in_place, recovery

EMOTION = Emotion(-0.4124, 0.5, ("sad-lonely", "quiet-still"), (0.1, 0.1, 0.2, 0.5, 0.6, 0.1))
MAKER = "emotag 0.1.0 moods-1 affect-2"
NOBODY = 65534

needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to be two users")


def journal() -> Path:
    return Path(library_paths.default_journal())


def copies(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".emotag-")]


class Interrupted:
    """A song with two names whose writer died after a share of the bytes was written."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch, share: float = 0.5) -> None:
        self.path = path
        self.old = path.read_bytes()
        os.link(path, path.with_name("twin"))

        class Died(BaseException):
            pass

        def die(copy: int, target: int) -> None:
            size = int(os.fstat(copy).st_size * share)
            os.pwrite(target, os.pread(copy, size, 0), 0)
            raise Died

        with monkeypatch.context() as patch:
            patch.setattr(in_place, "copy_content", die)
            with pytest.raises(Died):
                tags.write(str(path), EMOTION, MAKER)
        (self.copy,) = copies(path.parent)
        (self.record,) = journal().iterdir()
        self.new = self.copy.read_bytes()
        self.left = path.read_bytes()

    def recover(self) -> list[str]:
        return [result.message for result in recovery.recover(str(journal()))]

    @property
    def gone(self) -> bool:
        return not copies(self.path.parent) and not list(journal().iterdir())


@pytest.fixture
def interrupted(fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Interrupted]:
    return lambda suffix=".mp3", share=0.5: Interrupted(fresh(suffix), monkeypatch, share)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".ogg", ".m4a"])
def test_partly_written_file_is_finished(interrupted: Callable[..., Interrupted], suffix: str, share: float) -> None:
    song = interrupted(suffix, share)
    messages = song.recover()
    content = song.path.read_bytes()
    assert content == song.new or (share < 0.1 and content in (song.old, song.new))
    assert song.gone
    assert messages in ([], ["finished a write that was interrupted"])
    assert song.recover() == []


def test_pages_written_in_another_order_are_finished(interrupted: Callable[..., Interrupted]) -> None:
    song = interrupted(".mp3")
    longest = max(len(song.old), len(song.new))
    old, new = (content.ljust(longest, b"\0") for content in (song.old, song.new))
    mixed = b"".join((old, new)[n % 2][n * 4096 : (n + 1) * 4096] for n in range(longest // 4096 + 1))
    song.path.write_bytes(mixed)
    assert song.recover() == ["finished a write that was interrupted"]
    assert song.path.read_bytes() == song.new


@pytest.mark.parametrize("edit", ["append", "flip", "other", "shorter"])
def test_file_changed_since_is_not_overwritten(interrupted: Callable[..., Interrupted], edit: str) -> None:
    song = interrupted()
    flipped = bytearray(song.left)
    flipped[len(flipped) // 2 + 5000] ^= 1
    content = {"append": song.new + b"x" * 9999, "flip": bytes(flipped), "other": b"x" * 999, "shorter": b""}[edit]
    song.path.write_bytes(content)
    (sentence,) = song.recover()
    assert "changed since" in sentence
    assert str(song.copy) in sentence
    assert song.path.read_bytes() == content
    assert song.copy.read_bytes() == song.new


@pytest.mark.parametrize("state", ["old", "new"])
def test_complete_file_is_unchanged_and_copy_removed(interrupted: Callable[..., Interrupted], state: str) -> None:
    song = interrupted()
    content = getattr(song, state)
    song.path.write_bytes(content)
    assert song.recover() == []
    assert song.path.read_bytes() == content
    assert song.gone


def test_renamed_file_is_finished(interrupted: Callable[..., Interrupted]) -> None:
    song = interrupted()
    moved = song.path.rename(song.path.with_name("moved.mp3"))
    song.path.with_name("twin").unlink()
    assert song.recover() == ["finished a write that was interrupted"]
    assert moved.read_bytes() == song.new


def test_record_is_kept_while_drive_is_missing(interrupted: Callable[..., Interrupted], tmp_path: Path) -> None:
    song = interrupted()
    away = tmp_path.rename(tmp_path.with_name("away"))
    assert song.recover() == []
    assert song.record.exists()
    away.rename(tmp_path)
    assert song.recover() == ["finished a write that was interrupted"]


def test_symbolic_links_are_not_followed(interrupted: Callable[..., Interrupted], tmp_path: Path) -> None:
    song = interrupted()
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    real = song.path.rename(elsewhere / song.path.name)
    song.path.symlink_to(real)
    song.path.with_name("twin").unlink()
    (sentence,) = song.recover()
    assert "moved or replaced" in sentence
    assert real.read_bytes() == song.left
    song.path.unlink()
    real.rename(song.path)
    moved = song.copy.rename(elsewhere / "copy")
    song.copy.symlink_to(moved)
    (sentence,) = song.recover()
    assert "not a regular file" in sentence
    assert song.path.read_bytes() == song.left
    # The link is not followed if it is a folder of the path either.
    song.copy.unlink()
    moved.rename(song.copy)
    folder = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    tmp_path.symlink_to(folder)
    recovery.recover(str(journal()))
    assert (folder / song.path.name).read_bytes() == song.left


def test_copy_with_other_content_is_not_used(interrupted: Callable[..., Interrupted]) -> None:
    song = interrupted()
    song.copy.write_bytes(b"planted")
    (sentence,) = song.recover()
    assert "not what was written" in sentence
    assert song.path.read_bytes() == song.left


def test_missing_copy_is_reported_once(interrupted: Callable[..., Interrupted]) -> None:
    song = interrupted()
    song.copy.unlink()
    (sentence,) = song.recover()
    assert "copy is gone" in sentence
    assert song.recover() == []
    assert song.path.read_bytes() == song.left


@pytest.mark.parametrize("record", [b"", b"x", b"[" * 100_000, b"{}", b'{"target": 5}', None])
def test_damaged_record_is_renamed_and_reported_once(
    interrupted: Callable[..., Interrupted], record: bytes | None
) -> None:
    song = interrupted()
    values = json.loads(song.record.read_bytes()) | {"inode": str(song.path.stat().st_ino)}
    song.record.write_bytes(json.dumps(values).encode() if record is None else record)
    (sentence,) = song.recover()
    assert "a damaged record" in sentence
    assert song.recover() == []
    assert [path.name for path in journal().iterdir()] == [song.record.name + ".damaged"]
    assert song.path.read_bytes() == song.left
    assert any("without a record" in message for message in atomic.remove_leftovers([str(song.copy)]))
    assert song.copy.exists()


def test_journal_is_private(interrupted: Callable[..., Interrupted]) -> None:
    song = interrupted()
    assert journal().stat().st_mode & 0o777 == 0o700
    assert song.record.stat().st_mode & 0o777 == 0o600
    assert song.copy.stat().st_mode & 0o777 == 0o600
    journal().chmod(0o755)
    song.recover()
    assert journal().stat().st_mode & 0o777 == 0o700


def test_leftovers_of_version_0_1_0_are_reported_and_kept(fresh: Callable[[str], Path]) -> None:
    path = fresh(".flac")
    before = path.read_bytes()
    planted = path.with_name(f".emotag-{'0' * 12}-{path.stat().st_ino}.fill")
    planted.write_bytes(b"planted")
    link = path.with_name(f".emotag-{'1' * 12}-{path.stat().st_ino}.fill")
    link.symlink_to("/etc/passwd")
    messages = atomic.remove_leftovers([str(planted), str(link)])
    assert len(messages) == 2
    assert all("earlier version" in sentence for sentence in messages)
    assert planted.read_bytes() == b"planted"
    assert link.is_symlink()
    assert path.read_bytes() == before


def test_only_regular_leftovers_are_removed(fresh: Callable[[str], Path], tmp_path: Path) -> None:
    path = fresh(".flac")
    before = path.read_bytes()
    kinds = [tmp_path / f".emotag-{str(n) * 12}.tmp" for n in range(4)]
    kinds[0].symlink_to(path)
    os.mkfifo(kinds[1])
    kinds[2].mkdir()
    kinds[3].write_bytes(b"dead")
    atomic.remove_leftovers(map(str, kinds))
    assert [os.path.lexists(kind) for kind in kinds] == [True, True, True, False]
    assert path.read_bytes() == before


def test_version_of_another_program_is_not_removed(tmp_path: Path) -> None:
    known, other = (tmp_path / f".emotag-{'a' * 12}-{n * 32}-{'b' * 32}.swap" for n in "01")
    content = b"what was there"
    known.write_bytes(content)
    known = known.rename(tmp_path / f".emotag-{'a' * 12}-{_hash(content)}-{'b' * 32}.swap")
    other.write_bytes(b"an edit")
    (sentence,) = atomic.remove_leftovers([str(known), str(other)])
    assert str(other) in sentence
    assert [known.exists(), other.exists()] == [False, True]


def _hash(content: bytes) -> str:
    import hashlib

    return hashlib.blake2b(content, digest_size=16).hexdigest()


@needs_root
def test_another_users_leftovers_journal_and_links_harm_nobody(
    fresh: Callable[[str], Path], tmp_path: Path, own_store: Path
) -> None:
    """Root scans a folder in which another user has placed files that version 0.1.0 would have copied."""
    from tests.cli.test_undo import emotag

    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    folder = tmp_path / "theirs"
    folder.mkdir()
    secret = tmp_path / "secret"
    secret.write_bytes(b"root's own")
    secret.chmod(0o600)
    song = Path(shutil.copy(fresh(".flac"), folder))
    before = song.read_bytes()
    os.chown(folder, NOBODY, NOBODY)
    os.chown(song, NOBODY, NOBODY)
    plant = f"""
import os
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
folder = {str(folder)!r}
secret = {str(secret)!r}
inode = os.stat(secret).st_ino
for number, names in enumerate(((f"-{{inode}}.fill",), (f"-{{os.stat(folder + '/song.flac').st_ino}}.fill",))):
    for end in (*names, ".tmp", ".whole", f"-{{'a' * 32}}-{{'b' * 32}}.swap"):
        path = f"{{folder}}/.emotag-{{str(number) * 12}}{{end}}"
        if number:
            os.symlink(secret, path)
        else:
            open(path, "w").write("planted")
os.symlink(secret, f"{{folder}}/{{'x'}}.flac")
"""
    subprocess.run([sys.executable, "-c", plant], check=True)
    planted = {path.name for path in copies(folder)}
    assert len(planted) == 8
    run = emotag("undo", folder)
    assert secret.read_bytes() == b"root's own"
    assert song.read_bytes() == before
    assert run.stderr.count("earlier version") == 2
    # No other user can read root's file through a copy that root made.
    for path in copies(folder):
        assert path.is_symlink() or b"root's own" not in path.read_bytes()


@needs_root
def test_journal_of_another_user_is_not_used(interrupted: Callable[..., Interrupted]) -> None:
    song = interrupted()
    os.chown(journal(), NOBODY, NOBODY)
    assert song.recover() == []
    assert song.path.read_bytes() == song.left
    os.chown(journal(), 0, 0)
    os.chown(song.copy, NOBODY, NOBODY)
    (sentence,) = song.recover()
    assert "another user" in sentence
    assert song.path.read_bytes() == song.left


def test_hard_linked_file_is_not_written_without_journal(
    fresh: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = fresh(".flac")
    os.link(path, path.with_name("twin.flac"))
    before = path.read_bytes()
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMOTAG_STORE", str(tmp_path / "file" / "store"))
    with pytest.raises(TagError, match=r"journal .* cannot be used"):
        tags.write(str(path), EMOTION, MAKER)
    assert path.read_bytes() == before
    assert copies(path.parent) == []
