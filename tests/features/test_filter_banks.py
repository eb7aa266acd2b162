"""The shipped filter banks are those that librosa makes, and their file is read as it was written."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tagger.features import filter_banks, make_filter_banks


@pytest.mark.parametrize("name", filter_banks.SPECS)
def test_weights_equal_librosas_to_the_last_place(name: str) -> None:
    shipped, made = filter_banks.load(name), make_filter_banks.make(filter_banks.SPECS[name])
    spec = filter_banks.SPECS[name]
    assert shipped.weights.shape == (spec.bins, spec.filters)
    assert shipped.weights.dtype == np.float32
    np.testing.assert_array_max_ulp(shipped.weights, made.weights, maxulp=make_filter_banks.TOLERANCE)
    np.testing.assert_allclose(shipped.centres, made.centres, rtol=1e-14)


def test_filters_below_8_khz_have_no_weight_above() -> None:
    full = filter_banks.MelSpec(bins=filter_banks.FRAME // 2 + 1, filters=96, lowest=30, highest=8000)
    spec = filter_banks.SPECS["window_mel"]
    assert not make_filter_banks.make(full).weights[spec.bins :].any()


def test_the_file_keeps_every_weight() -> None:
    banks = {name: filter_banks.load(name) for name in filter_banks.SPECS}
    decoded = filter_banks.decode(filter_banks.encode(banks, "a test"))
    assert decoded.keys() == banks.keys()
    for name, bank in banks.items():
        np.testing.assert_array_equal(decoded[name].weights, bank.weights)
        np.testing.assert_array_equal(decoded[name].centres, bank.centres)


def test_loaded_filters_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        filter_banks.load("window_mel").weights[0, 0] = 1


def test_the_script_compares_the_file_with_librosa(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_filter_banks.main(["--check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(filter_banks.SPECS)


def test_the_script_reports_filters_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    other = filter_banks.ChromaSpec(bins=744, octave=4, width=2)
    monkeypatch.setitem(filter_banks.SPECS, "window_chroma", other)
    assert make_filter_banks.main(["--check"]) == 1


@pytest.mark.thorough
def test_the_script_writes_a_file_that_can_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("made") / filter_banks.FILE
    monkeypatch.setattr(make_filter_banks, "PATH", path)
    assert make_filter_banks.main([]) == 0
    assert filter_banks.decode(path.read_bytes()).keys() == filter_banks.SPECS.keys()


def test_features_do_not_import_librosa() -> None:
    code = "import sys; from tagger.features import affect, marsyas, segments; sys.exit('librosa' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
