"""Claims of a killed scan are removed by the next one, and no other files."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tagger.library import claim_folders

CLAIM = "0" * 32


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def run_killed_scan(store: str, temporary: Path) -> None:
    """Claim audio in a process that ends without cleaning up."""
    code = "import os, sys\nfrom tagger.library.claim_folders import claim_folder\n"
    code += "with claim_folder(sys.argv[1]) as folder:\n"
    code += f"    open(os.path.join(folder, '{CLAIM}'), 'w').close()\n    os._exit(9)"
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", code, store]
    assert subprocess.run(command, check=False, timeout=60, env=environment).returncode == 9


def test_folder_beside_a_store_is_private(temporary: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    run_killed_scan(store, temporary)
    run_killed_scan(store, temporary)
    assert os.listdir(f"{store}.claims") == [CLAIM]
    with claim_folders.claim_folder(store) as folder:
        assert folder == f"{store}.claims"
        assert os.stat(folder).st_mode & 0o777 == 0o700
        assert os.listdir(folder) == []
    assert not os.path.exists(f"{store}.claims")
    assert os.listdir(temporary) == []


def test_folders_of_killed_scans_without_a_store_are_removed(temporary: Path) -> None:
    run_killed_scan("", temporary)
    with claim_folders.claim_folder("") as running:
        assert os.listdir(temporary) == [os.path.basename(running)], "that of the killed one is gone"
        run_killed_scan("", temporary)
        with claim_folders.claim_folder("") as other:
            assert sorted(os.listdir(temporary)) == sorted(map(os.path.basename, (running, other)))
        assert os.path.isdir(running), "that of a running one is not"
    assert os.listdir(temporary) == []


def test_folders_of_version_0_1_0_are_removed_after_a_day(temporary: Path) -> None:
    for name, age in (("emotag-abcdefgh", claim_folders.MAX_UNLOCKED_AGE + 60), ("emotag-ijklmnop", 60)):
        (temporary / name).mkdir(0o700)
        (temporary / name / CLAIM).touch()
        os.utime(temporary / name, (time.time() - age,) * 2)
    claim_folders.remove_stale_folders()
    assert os.listdir(temporary) == ["emotag-ijklmnop"]


def test_other_files_are_not_removed(temporary: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / CLAIM).write_text("precious")
    (temporary / "emotag-claims-link").symlink_to(victim)
    (temporary / "emotag-claims-full").mkdir(0o700)
    (temporary / "emotag-claims-full" / "notes.txt").touch()
    (temporary / "emotag-claims-file").touch()
    os.mkfifo(temporary / "emotag-claims-fifo")
    (temporary / "emotag-claims-open").mkdir()
    (temporary / "emotag-claims-open").chmod(0o777)
    (temporary / "emotag-report").mkdir()
    before = sorted(os.listdir(temporary))
    claim_folders.remove_stale_folders()
    assert sorted(os.listdir(temporary)) == before
    assert (victim / CLAIM).read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to change an owner")
def test_folders_of_another_user_are_not_removed(temporary: Path) -> None:
    (temporary / "emotag-claims-other").mkdir(0o700)
    os.chown(temporary / "emotag-claims-other", 65534, 65534)
    claim_folders.remove_stale_folders()
    assert os.listdir(temporary) == ["emotag-claims-other"]


@pytest.mark.parametrize("make", [lambda p: p.touch(), lambda p: p.symlink_to("elsewhere"), lambda p: os.mkfifo(p)])
def test_no_folder_if_it_cannot_be_created(tmp_path: Path, temporary: Path, make: object) -> None:
    assert callable(make)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / CLAIM).touch()
    make(tmp_path / "s.sqlite.claims")
    with claim_folders.claim_folder(str(tmp_path / "s.sqlite")) as folder:
        assert folder == ""
    assert os.listdir(tmp_path / "elsewhere") == [CLAIM]


def test_errors_of_the_scan_are_raised(tmp_path: Path, temporary: Path) -> None:
    with pytest.raises(OSError, match="disk full"), claim_folders.claim_folder(str(tmp_path / "s.sqlite")):
        raise OSError("disk full")
