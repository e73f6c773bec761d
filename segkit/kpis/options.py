"""Options of own key figures, as the section `key_figures:` of a dataset file states them."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from segkit.data.options import Options
from segkit.kpis.records import BUILT_IN, FigureUnit
from segkit.page.metric import KEY
from segkit.page.segments import LONGEST_KEY
from segkit.page.variation import Better

Operation = Literal["sum", "mean", "count", "share", "ratio"]
OPERATIONS: Final[tuple[Operation, ...]] = ("sum", "mean", "count", "share", "ratio")
Ground = Literal["customers", "transactions", "subscriptions", "events", "survey"]
ROWS: Final = "rows"
"""Written in place of a column, it counts the rows themselves."""

_DERIVED: Final = re.compile(
    r"_(previous|change|change_relative|limit|low|high|periods|charted_low|charted_high|\d+_before|through_\w+"
    r"|year_ago|plan|less_plan|of_plan)"
)
"""Endings that a page adds to a figure's key for the numbers that belong to it."""


class OwnFigure(Options):
    """A sum, a mean, a count, a share or a ratio over a table's rows of each period, or over the customers."""

    sum: str = Field(default="", description="a column of numbers; the figure is their sum")
    mean: str = Field(default="", description="a column of numbers; the figure is their mean over the rows")
    count: str = Field(default="", description="`rows`, or a column whose different values are counted")
    share: str = Field(
        default="",
        description="a condition; the part of the rows for which it holds, or with `count` the part of a column's "
        "different values",
    )
    ratio: tuple[str, ...] = Field(
        default=(), description="two columns of numbers: the sum of the first ÷ that of the second"
    )
    of: Ground = Field(
        description="`customers`, the customer table as of each period end; or the table whose rows of each period are "
        "looked at: `transactions`, `events` and `survey` by their day, `subscriptions` by their start"
    )
    where: str = Field(default="", description="a condition; only rows for which it holds are looked at")
    label: str = Field(default="", max_length=60, description="what a reader calls it; the key in words if left out")
    unit: FigureUnit | None = Field(
        default=None,
        description="what it counts: customers, money, share, orders, days, index; where it is not clear from the columns",
    )
    better: Better | None = Field(
        default=None, description="which direction is good: up or down; left out where neither is"
    )
    definition: str = Field(
        default="", max_length=400, description="how it is computed, for readers; in words from the above if left out"
    )

    @property
    def operation(self) -> Operation:
        """Which of the five it is."""
        given = [name for name in OPERATIONS if getattr(self, name)]
        return "share" if "share" in given else given[0]

    @model_validator(mode="after")
    def _one_operation(self) -> Self:
        given = [name for name in OPERATIONS if getattr(self, name)]
        if len(given) != 1 and sorted(given) != ["count", "share"]:
            said = " and ".join(f"`{name}`" for name in given) or "none"
            raise ValueError(
                f"write one of {', '.join(OPERATIONS)} (share may have a count beside it); there is {said}"
            )
        if self.share and self.count == ROWS:
            raise ValueError("a share counts rows by itself; leave `count: rows` out")
        if self.ratio and len(self.ratio) != 2:
            raise ValueError("`ratio` is two columns, such as [period_revenue, period_orders]")
        if self.unit == "share" and self.operation not in ("share", "ratio"):
            raise ValueError(f"only a share or a ratio has the unit share, not a {self.operation}")
        if self.operation == "share" and self.unit not in (None, "share"):
            raise ValueError(f"a share has the unit share, not {self.unit}")
        return self


def clash(key: str, other: str) -> bool:
    """Return whether two figures cannot stand on one page: one key is the other, or a number that belongs to the
    other.

    >>> clash("orders_change", "orders"), clash("orders_online", "orders")
    (True, False)
    """
    short, long = sorted((key, other), key=len)
    return key == other or (long.startswith(short) and _DERIVED.fullmatch(long.removeprefix(short)) is not None)


def free_key(key: str) -> str:
    """Return the key, if a figure of one's own may have it.

    Raises:
        ValueError: the text is no key, or the key of a built-in figure.
    """
    if not KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        raise ValueError(f"a key is small letters, digits and single _, at most {LONGEST_KEY}, such as online_share")
    taken = next((one for one in BUILT_IN if clash(key, one)), None)
    if taken is not None:
        raise ValueError(
            f"the name belongs to the built-in key figure `{taken}`; give yours another one, such as own_{key}"
        )
    return key


def _distinct(found: dict[str, OwnFigure]) -> dict[str, OwnFigure]:
    for key in found:
        for other in found:
            if key != other and clash(key, other):
                long, short = sorted((key, other), key=len, reverse=True)
                raise ValueError(f"`{long}` is a number that belongs to `{short}`; give one of them another name")
    return found


OwnFigures = Annotated[
    dict[Annotated[str, AfterValidator(free_key)], OwnFigure],
    BeforeValidator(lambda found: {str(k): v or {} for k, v in found.items()} if isinstance(found, dict) else found),
    AfterValidator(_distinct),
]
"""Key → the figure."""
