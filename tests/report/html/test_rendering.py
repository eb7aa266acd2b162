"""Templates escape what they are given, and are part of the package."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from tagger.report.html import map_page
from tagger.report.html.rendering import embed_json, render


def test_values_are_escaped() -> None:
    text = render(
        "map.html",
        policy=map_page.POLICY,
        style="map.css",
        scripts=["let a = '</b>' < 1;"],
        folders=[(0, "</option><script>'\"&")],
        moods=("<i>",),
        data=embed_json({}),
    )
    assert '<option value="0">&lt;/option&gt;&lt;script&gt;&#39;&#34;&amp;</option>' in text
    assert "&lt;i&gt;" in text and "<i>" not in text
    assert "<script>let a = '</b>' < 1;</script>" in text


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("map.html", policy=(), style="map.css", scripts=[], folders=[], data=embed_json({}))


def test_json_that_was_not_embedded_is_escaped() -> None:
    text = render("map.html", policy=(), style="map.css", scripts=[], folders=[], moods=(), data="</script>")
    assert text.count("</script>") == 1


@pytest.mark.parametrize("name", ["base.html", "page.html", "map.html"])
def test_templates_are_package_data(name: str) -> None:
    assert resources.files("tagger.report.html").joinpath("templates", name).is_file()


@pytest.mark.parametrize("arguments", [["--help"], ["export"], ["undo", "."], ["show", "."], ["map", "--help"]])
def test_commands_without_pages_do_not_import_jinja2(arguments: list[str], tmp_path: Path) -> None:
    code = (
        f"import sys; from tagger import cli; cli.run({arguments!r}); print('jinja2' in sys.modules, file=sys.stderr)"
    )
    environment = {**os.environ, "EMOTAG_STORE": str(tmp_path / "library.sqlite")}
    run = subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert run.stderr.splitlines()[-1] == "False"
