"""Each audio is analysed by one worker, and rather twice than never."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagger.features import VERSIONS
from tagger.library.records import FeatureBlob
from tagger.library.store import Store
from tagger.library.work_claims import WorkClaims

NEEDED = tuple(VERSIONS.items())


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "claims").mkdir()
    return str(tmp_path / "claims")


def test_one_worker_has_a_claim_until_it_is_released(folder: str) -> None:
    workers = [WorkClaims(folder=folder) for _ in range(3)]
    assert [worker.claim("ab") for worker in workers] == [True, False, False]
    assert workers[1].claim("cd")
    workers[0].release("ab")
    assert [worker.claim("ab") for worker in workers] == [True, False, False]


def test_without_a_folder_every_claim_succeeds(folder: str) -> None:
    for claims in (WorkClaims(), WorkClaims(folder=f"{folder}/deleted")):
        assert claims.claim("ab")
        assert claims.claim("ab")
        claims.release("ab")


def test_audio_is_claimed_unless_the_store_has_all_its_features(tmp_path: Path, folder: str) -> None:
    path = str(tmp_path / "a % ? #.sqlite")
    with Store(path) as store:
        store.add_audio("ab", 1.0, {kind: FeatureBlob(version, 1, bytes(4)) for kind, version in NEEDED})
        store.add_audio("old", 1.0, {kind: FeatureBlob(version - 1, 1, bytes(4)) for kind, version in NEEDED})
        store.add_audio("part", 1.0, {kind: FeatureBlob(version, 1, bytes(4)) for kind, version in NEEDED[:1]})
    claims = WorkClaims(path, folder, NEEDED)
    assert not claims.claim("ab")
    assert all(claims.claim(audio) for audio in ("old", "part", "new"))


def test_audio_is_claimed_if_the_store_cannot_be_read(tmp_path: Path, folder: str) -> None:
    (tmp_path / "damaged").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20)
    for name in ("missing", "damaged"):
        claims = WorkClaims(str(tmp_path / name), folder, NEEDED)
        assert claims.claim(name)
        assert not (tmp_path / "missing").exists()
