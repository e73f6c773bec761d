"""Public names that load on first use, so that a report loads only the wings that it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package whose public names load when they are asked for.

    Args:
        package: the package's `__name__`.
        homes: public name → `module:name`, or `module` where the name is a module itself.

    >>> getattr_, _, names = lazy("here", {"root": "math:sqrt", "os": "os"})
    >>> getattr_("root")(9.0), names
    (3.0, ['os', 'root'])
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}. It has: {', '.join(sorted(homes))}")
        module, _, attribute = homes[name].partition(":")
        found = import_module(module)
        return getattr(found, attribute) if attribute else found

    return load, lambda: sorted(homes), sorted(homes)
