"""Rendering of the templates in ``templates/`` to HTML pages that need no other file and no network.

Values are escaped by jinja2 (autoescape). Three kinds of text are inserted as they are, and all are safe: style sheets
and scripts of this package and of Plotly, and JSON from `embed_json`. A Content-Security-Policy lets the browser run
only the scripts of the page, identified by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("tagger.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, *, policy: Sequence[str], style: str, scripts: Sequence[str], **values: Any) -> str:
    """Render a page.

    Parameters
    ----------
    template : str
        Name of the template.
    policy : sequence of str
        Directives of the Content-Security-Policy, without ``script-src``.
    style : str
        Name of the package's style sheet.
    scripts : sequence of str
        Source code of the scripts, in the order in which they run.
    **values
        Variables of the template; strings are escaped, those of `embed_json` excepted.

    Returns
    -------
    str
        The page.
    """
    directives = (*policy, f"script-src {' '.join(map(script_hash, scripts))}")
    return (
        _environment()
        .get_template(template)
        .render(
            policy="; ".join(directives),
            style=Markup(read_asset(style)),
            scripts=[Markup(script) for script in scripts],
            **values,
        )
    )


def embed_json(value: Any) -> Markup:
    """Return a value as JSON that is safe in a ``script`` element.

    Parameters
    ----------
    value : object
        Any value that `json.dumps` accepts, without NaN and infinities.

    Returns
    -------
    markupsafe.Markup
        ASCII without ``<``, so that no text in it can end the element or begin a comment.
    """
    return Markup(json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))


def script_hash(script: str) -> str:
    """Return the source expression that allows a script in a Content-Security-Policy.

    Parameters
    ----------
    script : str
        Source code, exactly as in the page.

    Returns
    -------
    str
        ``'sha256-...'``, with the quotes.
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def read_asset(name: str) -> str:
    """Return the content of a style sheet or script of the package.

    Parameters
    ----------
    name : str
        Name of the file, such as ``page.css``.

    Returns
    -------
    str
    """
    return resources.files("tagger.report.html").joinpath(name).read_text("utf-8")
