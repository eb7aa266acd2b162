"""Multi-label data sets are read; errors are one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.datasets.multilabel import read_mood_dataset, read_table
from tagger.emotions import MOODS
from tagger.errors import DataError

COLUMNS = ("a", "b")
HEAD = "@relation x\n@attribute a numeric\n@attribute 'b' numeric\n" + "".join(
    f"@attribute {label} {{0,1}}\n" for label in ("amazed-suprised", *MOODS[1:])
)
GOOD = HEAD + "@data\n% a comment\n1.5,2,0,1,0,0,0,1\n-1e-3,0,1,0,0,0,0,0\n"


def arff(folder: Path, text: str) -> Path:
    path = folder / "x.arff"
    path.write_text(text)
    return path


def test_arff(tmp_path: Path) -> None:
    data = read_mood_dataset(arff(tmp_path, GOOD), COLUMNS)
    np.testing.assert_array_equal(data.features, [[1.5, 2], [-0.001, 0]])
    np.testing.assert_array_equal(data.labels, [[0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0]])


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",a,b," + ",".join(MOODS) + "\n0,1.5,2,0,1,0,0,0,1\n1,-1e-3,0,1,0,0,0,0,0\n")
    data = read_mood_dataset(path, COLUMNS)
    np.testing.assert_array_equal(data.features, [[1.5, 2], [-0.001, 0]])
    np.testing.assert_array_equal(data.labels, [[0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0]])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("quiet-still", "jazz"), "label quiet-still is not among the last 6 columns"),
        (GOOD.replace("'b'", "c"), "column b is missing"),
        (GOOD.replace("0,0,1\n", "0,0,2\n"), "neither 0 nor 1"),
        (GOOD.replace("1.5", "?"), "line 12: a value is missing"),
        (GOOD.replace("1.5", "x"), "line 12: a value is not a number"),
        (GOOD.replace("1.5", "inf"), "line 12: a value is not finite"),
        (GOOD.replace("'b'", "c"), "column b is missing"),
        (GOOD.replace("'b' numeric", "b numeric\n@attribute c numeric").replace(",0,1", ",7,0,1", 1), "instead of 9"),
        (GOOD.replace("'b'", "a"), "duplicate column a"),
        (GOOD + "1.5,2,0,0,0,0,0,1\n", "lines 12 and 14 contain the same song"),
        (GOOD.replace("1.5", "nan"), "line 12: a value is missing"),
        (GOOD.replace("1.5,", ""), "line 12 has 7 values instead of 8"),
        (HEAD, "@data is missing"),
        (HEAD + "@data\n", "no songs found"),
    ],
)
def test_errors_in_an_arff_file_are_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_mood_dataset(arff(tmp_path, text), COLUMNS)


XML = '<?xml version="1.0"?><labels xmlns="http://mulan.sourceforge.net/labels">{}</labels>'
LABEL = '<label name="{}"></label>'


def test_an_xml_file_names_labels_in_any_column(tmp_path: Path) -> None:
    names = ["jazz", "a"]
    xml = tmp_path / "x.xml"
    xml.write_text(XML.format("".join(map(LABEL.format, names))))
    text = "@relation x\n@attribute a {0,1}\n@attribute b numeric\n@attribute jazz {0,1}\n@data\n1,?,0\n0,2.5,1\n"
    table = read_table(arff(tmp_path, text), xml)
    assert table.names == ("jazz", "a")
    assert table.columns == ("b",)
    np.testing.assert_array_equal(table.labels, [[0, 1], [1, 0]])
    np.testing.assert_array_equal(table.features, [[np.nan], [2.5]])


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (XML.format(LABEL.format("polka")), "label polka is not a column of x.arff"),
        (XML.format(""), "no labels found"),
        ("<labels>", "not an XML file"),
        ('<!DOCTYPE x [<!ENTITY a "aaa">]><labels/>', "document type declarations are not allowed"),
    ],
)
def test_errors_in_an_xml_file_are_one_sentence(tmp_path: Path, xml: str, reason: str) -> None:
    path = tmp_path / "x.xml"
    path.write_text(xml)
    with pytest.raises(DataError, match=reason):
        read_mood_dataset(arff(tmp_path, GOOD), COLUMNS, path)
