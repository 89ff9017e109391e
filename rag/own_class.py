"""Finds the class that a setting names as `package.module:Class`."""

from __future__ import annotations

import importlib
from typing import Any

from rag.errors import BadSettings


def own_class(setting: str, name: str) -> type[Any]:
    """The class of that name. Raises BadSettings, which names the setting, where there is none."""
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadSettings(f"{setting}: {name} cannot be imported: {error}.", hint="Is it on the PYTHONPATH?") from error
    if not isinstance(found, type):
        raise BadSettings(f"{setting}: {name} is no class.", hint="Name a class, as package.module:Class.")
    return found
