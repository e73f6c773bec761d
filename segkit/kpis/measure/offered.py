"""Key figures from code: those that wings declare, and those of installed packages.

A package offers them as an entry point of the group `segkit.key_figures`, a wing in its declaration. Each is a
function of a customer base that returns key figures, which `KeyFigure.of` makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Final

from segkit.customers import CustomerBase
from segkit.errors import ParameterError
from segkit.kpis.options import clash, free_key
from segkit.kpis.records import KeyFigure
from segkit.statistics.told import Told
from segkit.wing import load, wings

GROUP: Final = "segkit.key_figures"

Offer = Callable[[CustomerBase], Sequence[KeyFigure]]


def offered_figures(base: CustomerBase) -> tuple[KeyFigure, ...]:
    """Return the key figures of wings, then those of packages, each group by name.

    Raises:
        ParameterError: a function cannot be imported, or returns something else than key figures of these customers.
    """
    return tuple(figure for where, offer in _offers() for figure in _checked(base, where, offer(base)))


def ask_distinct(figures: Sequence[KeyFigure]) -> None:
    """Refuse two figures that cannot stand on one page.

    Raises:
        ParameterError: two figures have one key, or one has the key of a number that belongs to the other.
    """
    for at, figure in enumerate(figures):
        for other in figures[:at]:
            if clash(figure.key, other.key):
                raise ParameterError(
                    f"the key figures `{other.key}` ({other.label}) and `{figure.key}` ({figure.label}) would write the "
                    "same numbers of a page. Give one of them another key."
                )


def _offers() -> Iterator[tuple[str, Offer]]:
    for name, wing in sorted(wings().items()):
        if wing.key_figures:
            yield f"wing {name} ({wing.key_figures})", load(wing.key_figures)
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        try:
            found = point.load()
        except (ImportError, AttributeError) as error:
            raise ParameterError(
                f"entry point {point.name} of {GROUP}: `{point.value}` cannot be imported ({error})."
            ) from error
        yield f"entry point {point.name} of {GROUP} ({point.value})", found


def _checked(base: CustomerBase, where: str, given: object) -> Sequence[KeyFigure]:
    asked = (*base.missing_ends, *base.ends)
    if not isinstance(given, Sequence) or not all(isinstance(figure, KeyFigure) for figure in given):
        raise ParameterError(
            f"{where} returns {str(given)[:60]}, not a list of key figures. Make each with sk.kpis.KeyFigure.of(…)."
        )
    for figure in given:
        if figure.dates != asked:
            raise ParameterError(
                f"{where}: `{figure.key}` has {len(figure.dates)} dates, not the {len(asked)} period ends of the report. "
                "Write dates=(*base.missing_ends, *base.ends), and None where the data do not reach."
            )
        try:
            free_key(figure.key)
        except ValueError as error:
            raise ParameterError(f"{where}: `{figure.key}`: {error}.") from None
    if where.startswith("wing "):
        return given
    # what a package says of its figures is its author's own
    return [replace(figure, definition=Told.own(figure.definition)) for figure in given]
