"""The recipes of `emotag train affect` and `emotag evaluate affect`."""

from __future__ import annotations

from tagger.training.recipes import affect_windows, emodj
from tagger.training.recipes.base import Recipe

RECIPES: dict[str, Recipe] = {"windows": affect_windows, "emodj": emodj}
"""Recipes by the value of ``--recipe``."""
