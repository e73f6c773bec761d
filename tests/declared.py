"""Every place that a wing names."""

from __future__ import annotations

from collections.abc import Iterator

from segkit.wing import wings


def declared() -> Iterator[str]:
    """Every place that a wing names."""
    for wing in wings().values():
        yield from wing.sections.values()
        yield from (place for place in (wing.check, wing.parameters, wing.key_figures) if place)
        for views in wing.views.values():
            yield from views.values()
        yield from (*wing.leads.values(), *wing.decisions.values(), *wing.series.values())
