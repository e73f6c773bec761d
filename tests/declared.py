"""Every place that a wing names."""

from __future__ import annotations

from collections.abc import Iterator

from segkit.wing import wings


def declared() -> Iterator[str]:
    """Every place that a wing names."""
    for wing in wings().values():
        yield from wing.sections.values()
        yield from wing.checks.values()
        if wing.key_figures:
            yield wing.key_figures
        for views in wing.views.values():
            yield from views.values()
