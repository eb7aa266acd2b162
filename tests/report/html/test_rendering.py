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


def render_map(**values: object) -> str:
    return render("map.html", policy=map_page.POLICY, style="map/map.css", **{"scripts": [], **values})  # type: ignore[arg-type]


def test_values_are_escaped() -> None:
    scripts = ["let a = '</b>' < 1;"]
    text = render_map(name="</title><script>'\"&<i>", scripts=scripts, data=embed_json({}))
    assert "<title>Mood map: &lt;/title&gt;&lt;script&gt;&#39;&#34;&amp;&lt;i&gt;</title>" in text
    assert "<h1>Mood map: &lt;/title&gt;" in text and "<i>" not in text
    assert "<script>let a = '</b>' < 1;</script>" in text


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render_map(data=embed_json({}))


def test_json_that_was_not_embedded_is_escaped() -> None:
    assert render_map(name="", data="</script>").count("</script>") == 1


@pytest.mark.parametrize("name", map_page.SCRIPTS)
def test_scripts_are_package_data_and_short(name: str) -> None:
    text = resources.files("tagger.report.html").joinpath("map", f"{name}.js").read_text("utf-8")
    assert text.startswith('"use strict";\n//')
    assert len(text.splitlines()) < 400


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
