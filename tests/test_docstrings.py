"""Public classes, functions and methods have docstrings."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

import tagger

MODULES = sorted(module.name for module in pkgutil.walk_packages(tagger.__path__, "tagger."))


def public_members(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the public classes, functions, methods and properties that a module defines, with their names."""
    for name, member in vars(module).items():
        if name.startswith("_") or getattr(member, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(member) or inspect.isfunction(member):
            yield name, member
        if inspect.isclass(member):
            for attribute, value in vars(member).items():
                method = inspect.isfunction(value) and value.__name__ == attribute  # and not the default of a field
                if not attribute.startswith("_") and (method or isinstance(value, property)):
                    yield f"{name}.{attribute}", getattr(member, attribute)


@pytest.mark.parametrize("name", [name for name in MODULES if name != "tagger.__main__"])
def test_public_names_have_docstrings(name: str) -> None:
    # `getdoc` returns the docstring of the base class for a method that overrides another one.
    module = import_module(name)
    assert [member for member, value in public_members(module) if not inspect.getdoc(value)] == []
