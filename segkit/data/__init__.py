"""A dataset file becomes checked tables in an engine; and the one crossing from the engine into Python.

Names load on first use: a mistake in a parameter file is told before an engine is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segkit.data.loading import Dataset, open_dataset, to_date
    from segkit.data.quality import Quality, QualityLine, TableQuality

__all__ = ["Dataset", "Quality", "QualityLine", "TableQuality", "open_dataset", "to_date"]

_HOME = {
    "Dataset": "loading",
    "open_dataset": "loading",
    "to_date": "loading",
    "Quality": "quality",
    "QualityLine": "quality",
    "TableQuality": "quality",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"segkit.data.{_HOME[name]}"), name)
