"""Data sets are read, or what is wrong is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tagger.datasets.multilabel import read_moods, read_table
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
    data = read_moods(arff(tmp_path, GOOD), COLUMNS)
    np.testing.assert_array_equal(data.features, [[1.5, 2], [-0.001, 0]])
    np.testing.assert_array_equal(data.labels, [[0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0]])


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",a,b," + ",".join(MOODS) + "\n0,1.5,2,0,1,0,0,0,1\n1,-1e-3,0,1,0,0,0,0,0\n")
    data = read_moods(path, COLUMNS)
    np.testing.assert_array_equal(data.features, [[1.5, 2], [-0.001, 0]])
    np.testing.assert_array_equal(data.labels, [[0, 1, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0]])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("quiet-still", "jazz"), "lacks the label quiet-still among its last 6 columns"),
        (GOOD.replace("'b'", "c"), "lacks the column b"),
        (GOOD.replace("0,0,1\n", "0,0,2\n"), "neither 0 nor 1"),
        (GOOD.replace("1.5", "?"), "line 12 lacks a value"),
        (GOOD.replace("1.5", "x"), "line 12 holds a value that is no number"),
        (GOOD.replace("1.5", "inf"), "line 12 holds a value that is not finite"),
        (GOOD.replace("'b'", "c"), "lacks the column b"),
        (GOOD.replace("'b' numeric", "b numeric\n@attribute c numeric").replace(",0,1", ",7,0,1", 1), "instead of 9"),
        (GOOD.replace("'b'", "a"), "has two columns a"),
        (GOOD + "1.5,2,0,0,0,0,0,1\n", "lines 12 and 14 hold the same song"),
        (GOOD.replace("1.5", "nan"), "line 12 lacks a value"),
        (GOOD.replace("1.5,", ""), "line 12 has 7 values instead of 8"),
        (HEAD, "no @data"),
        (HEAD + "@data\n", "holds no songs"),
    ],
)
def test_a_bad_arff_is_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_moods(arff(tmp_path, text), COLUMNS)


XML = '<?xml version="1.0"?><labels xmlns="http://mulan.sourceforge.net/labels">{}</labels>'
LABEL = '<label name="{}"></label>'


def test_mulans_xml_names_the_labels_wherever_they_stand(tmp_path: Path) -> None:
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
        (XML.format(LABEL.format("polka")), "names the label polka, which x.arff does not have"),
        (XML.format(""), "names no labels"),
        ("<labels>", "not an XML file"),
        ('<!DOCTYPE x [<!ENTITY a "aaa">]><labels/>', "declares a document type"),
    ],
)
def test_a_bad_xml_is_one_sentence(tmp_path: Path, xml: str, reason: str) -> None:
    path = tmp_path / "x.xml"
    path.write_text(xml)
    with pytest.raises(DataError, match=reason):
        read_moods(arff(tmp_path, GOOD), COLUMNS, path)
