"""What a killed scan leaves is removed by the next one, and nothing else is."""

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


def killed(store: str, temporary: Path) -> None:
    """Make a claim in a process that ends without tidying up."""
    code = "import os, sys\nfrom tagger.library.claim_folders import claim_folder\n"
    code += "with claim_folder(sys.argv[1]) as folder:\n"
    code += f"    open(os.path.join(folder, '{CLAIM}'), 'w').close()\n    os._exit(9)"
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", code, store]
    assert subprocess.run(command, check=False, timeout=60, env=environment).returncode == 9


def test_with_a_store_all_lies_beside_it_for_the_user_alone(temporary: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    killed(store, temporary)
    killed(store, temporary)
    assert os.listdir(f"{store}.claims") == [CLAIM]
    with claim_folders.claim_folder(store) as folder:
        assert folder == f"{store}.claims"
        assert os.stat(folder).st_mode & 0o777 == 0o700
        assert os.listdir(folder) == []
    assert not os.path.exists(f"{store}.claims")
    assert os.listdir(temporary) == []


def test_without_a_store_the_next_scan_removes_what_killed_ones_left(temporary: Path) -> None:
    killed("", temporary)
    with claim_folders.claim_folder("") as running:
        assert os.listdir(temporary) == [os.path.basename(running)], "that of the killed one is gone"
        killed("", temporary)
        with claim_folders.claim_folder("") as other:
            assert sorted(os.listdir(temporary)) == sorted(map(os.path.basename, (running, other)))
        assert os.path.isdir(running), "that of a running one is not"
    assert os.listdir(temporary) == []


def test_folders_of_the_first_version_go_after_a_day(temporary: Path) -> None:
    for name, age in (("emotag-abcdefgh", claim_folders.MAX_UNLOCKED_AGE + 60), ("emotag-ijklmnop", 60)):
        (temporary / name).mkdir(0o700)
        (temporary / name / CLAIM).touch()
        os.utime(temporary / name, (time.time() - age,) * 2)
    claim_folders.remove_stale_folders()
    assert os.listdir(temporary) == ["emotag-ijklmnop"]


def test_nothing_of_others_is_touched(temporary: Path, tmp_path: Path) -> None:
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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to give a folder away")
def test_folders_of_another_user_stay(temporary: Path) -> None:
    (temporary / "emotag-claims-other").mkdir(0o700)
    os.chown(temporary / "emotag-claims-other", 65534, 65534)
    claim_folders.remove_stale_folders()
    assert os.listdir(temporary) == ["emotag-claims-other"]


@pytest.mark.parametrize("make", [lambda p: p.touch(), lambda p: p.symlink_to("elsewhere"), lambda p: os.mkfifo(p)])
def test_where_no_folder_can_be_made_there_is_none(tmp_path: Path, temporary: Path, make: object) -> None:
    assert callable(make)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / CLAIM).touch()
    make(tmp_path / "s.sqlite.claims")
    with claim_folders.claim_folder(str(tmp_path / "s.sqlite")) as folder:
        assert folder == ""
    assert os.listdir(tmp_path / "elsewhere") == [CLAIM]


def test_errors_of_the_scan_are_not_swallowed(tmp_path: Path, temporary: Path) -> None:
    with pytest.raises(OSError, match="disk full"), claim_folders.claim_folder(str(tmp_path / "s.sqlite")):
        raise OSError("disk full")
