"""The store gives back what was put in, for paths of any bytes, and knows whose folder is whose."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tagger.library.ledger import Ledger
from tagger.library.store import FileStat, Store, Vectors

STAT = FileStat(1, 2, 3)
names = st.binary(min_size=1, max_size=12).filter(lambda name: b"/" not in name and b"\0" not in name)
paths = st.lists(names, min_size=1, max_size=4).map(lambda parts: b"/" + b"/".join(parts))


@given(known=st.sets(paths, max_size=30), asked=st.sets(paths, max_size=30))
def test_files_are_found_by_any_path(known: set[bytes], asked: set[bytes]) -> None:
    with Store("") as store:
        audio = store.add_audio("ab", 1.0, {})
        for path in known:
            store.set_file(path, STAT, audio)
            store.set_tagged(path, STAT, "by us")
        assert store.files(asked | known).keys() == known
        assert store.files(asked).keys() == asked & known
        tagged = store.tagged(asked, "by us")
        assert {row[0] for row in tagged} & asked == asked & known
        assert store.tagged(asked, "by others") == set()


@given(files=st.sets(paths, max_size=30), seen=st.sets(paths, max_size=30), root=paths)
def test_only_unseen_files_below_a_folder_are_forgotten(files: set[bytes], seen: set[bytes], root: bytes) -> None:
    with Store("") as store:
        audio = store.add_audio("ab", 1.0, {})
        for path in files:
            store.set_file(path, STAT, audio)
        # None of these paths exists, nor do most of their folders: what has no folder is kept.
        store.forget_gone(root, seen & files)
        left = store.files(files).keys()
        assert seen & files <= left
        assert {path for path in files if not path.startswith(root + b"/")} <= left
        assert {path for path in files if not os.path.isdir(os.path.dirname(path))} <= left


def test_a_file_that_failed_is_not_tagged(own_store: Path) -> None:
    with Store(str(own_store)) as store:
        store.set_file(b"/a", STAT, store.add_audio("ab", 1.0, {}))
        store.set_tagged(b"/a", STAT, "by us")
        store.set_failure(b"/a", STAT, "damaged", "why")
        assert store.tagged([b"/a"], "by us") == set()
        assert store.files([b"/a"])[b"/a"].message == "why"


def test_a_worker_learns_what_is_analysed_and_what_another_is_at(own_store: Path, tmp_path: Path) -> None:
    versions = (("moods", 1),)
    with Store(str(own_store)) as store:
        store.add_audio("old", 1.0, {"moods": Vectors(0, 1, b"1234")})
        store.add_audio("known", 1.0, {"moods": Vectors(1, 1, b"1234")})
        store.commit()
        ledger = Ledger(str(own_store), str(tmp_path), versions)
        assert ledger.knows("known")
        assert not ledger.knows("old")
        assert ledger.knows("old"), "another worker is at it"
        ledger.release("old")
        assert not ledger.knows("old")
