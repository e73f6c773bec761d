"""Records of key figures: a number for each period, and what made it change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import pandas as pd

from segkit.customers.periods import Period
from segkit.data.coverage import Coverage
from segkit.data.schema import Money
from segkit.kpis.target_options import Target
from segkit.news.feasts import OwnEvent
from segkit.news.judgement import EARLY, Judgement, Variation
from segkit.page.result import Listed
from segkit.page.variation import Better

FigureUnit = Literal["customers", "money", "share", "orders", "days", "index"]
"""What a number counts. `money` is in major units (dollars, not cents) of the record's currency;
`share` is a fraction of one."""


_YEAR: Final = {"week": 52, "month": 12}
"""Periods from the same one a year ago to this one."""
BUILT_IN: Final = (
    *("under_contract", "recurring_revenue", "began", "left", "churned_share"),
    *("active_customers", "net_revenue", "orders", "revenue_per_order", "overdue", "warning_signs"),
)
"""Keys of the key figures that segkit computes itself, where the data allow it."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor of a key figure brought to its last change.

    Attributes:
        factor: what a reader calls it ("orders per buyer").
        amount: the contribution in the figure's unit; those of all factors sum to the change.
    """

    factor: str
    amount: float


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number that leadership follows, with its history.

    Attributes:
        key: a snake_case name, unique on a page; also the key in metrics.json.
        label: its name for readers.
        unit: what it counts.
        better: which direction is good.
        dates: period ends, the oldest first; the last is the period of the report.
        values: a value for each date, None where the data do not reach back or too few customers are behind it.
            `money` is in major units.
        definition: a sentence that says how it is computed.
        contributions: what its factors contributed to the last change; empty where it has no factors, or one of them
            was not positive.
        stock: whether it is what has gathered (contracts, members), which is judged by its change.
        judgement: whether the last value is news, what was expected, and what would have been news.
        hidden: the period ends whose value is not shown, since too few customers are behind it.
        unsettled: the period ends as of which it may still turn out otherwise; such a value is compared with nothing.
        history: the values as far back as they are judged by, of whole periods up to the last, the oldest first; longer
            than `values` where the data reach back further. Empty where nothing was judged.
    """

    key: str
    label: str
    unit: FigureUnit
    better: Better | None
    dates: tuple[dt.date, ...]
    values: tuple[float | None, ...]
    definition: str
    contributions: tuple[Contribution, ...] = ()
    stock: bool = False
    judgement: Judgement = EARLY
    history: tuple[float | None, ...] = ()
    hidden: tuple[dt.date, ...] = ()
    unsettled: tuple[dt.date, ...] = ()

    @classmethod
    def of(
        cls,
        key: str,
        *,
        label: str,
        unit: FigureUnit,
        dates: Sequence[dt.date],
        values: Sequence[float | None],
        better: Better | None = None,
        definition: str = "",
        contributions: Sequence[Contribution] = (),
        stock: bool = False,
    ) -> Self:
        """Make a key figure from its history. Whether its last value is news is judged with the others of its page."""
        return cls(
            key=key,
            label=label,
            unit=unit,
            better=better,
            dates=tuple(dates),
            values=tuple(values),
            definition=definition,
            contributions=tuple(contributions),
            stock=stock,
        )

    def __repr__(self) -> str:
        return (
            f"KeyFigure: {self.key} ({self.label}), {self.value} {self.unit} as of {self.dates[-1]}, "
            f"{self.previous} a period earlier, {self.variation}"
        )

    @property
    def variation(self) -> Variation:
        """Whether the last value is news."""
        return self.judgement.state

    @property
    def moved(self) -> float | None:
        """How far news has moved it: from the expected, or slowly from the year before; None where it is no news."""
        told = self.judgement
        if told.state == "slow" and told.lately is not None and told.before is not None:
            return told.lately - told.before
        if told.state == "news" and self.value is not None and told.expected is not None:
            return self.value - told.expected
        return None

    @property
    def value(self) -> float | None:
        """The figure of the report's period; None where it is not known."""
        return self.values[-1]

    @property
    def previous(self) -> float | None:
        """The figure one period earlier; None where it is not known, and where this period is not settled."""
        return self.values[-2] if len(self.values) > 1 and not self.is_unsettled else None

    @property
    def is_hidden(self) -> bool:
        """Whether too few customers are behind the figure of the report's period to show it."""
        return self.dates[-1] in self.hidden

    @property
    def is_unsettled(self) -> bool:
        """Whether the figure of the report's period may still turn out otherwise."""
        return self.dates[-1] in self.unsettled

    @property
    def last_settled(self) -> tuple[dt.date, float] | None:
        """The last period end that is settled, and its value; None where no value of a settled period is known."""
        settled = zip(reversed(self.dates), reversed(self.values), strict=True)
        return next(((end, value) for end, value in settled if value is not None and end not in self.unsettled), None)

    @property
    def earlier(self) -> tuple[float, ...]:
        """The values of earlier periods that are known, as far back as the figure is judged by."""
        return tuple(value for value in (self.history or self.values)[:-1] if value is not None)

    def year_ago(self, period: str) -> float | None:
        """Return the value a year earlier: of the same week of 52 weeks ago, or the same month; None where not known.

        Args:
            period: week or month; a day has no year-ago value.
        """
        back = _YEAR.get(period, 0)
        return self.history[-1 - back] if 0 < back < len(self.history) else None

    @property
    def change(self) -> float | None:
        """The value less the previous one; None where either is not known."""
        if self.value is None or self.previous is None:
            return None
        return self.value - self.previous


@dataclass(frozen=True, slots=True, repr=False)
class KeyFigures(Listed):
    """The key figures of a page, in their order. Each is found by its place or by its key.

    Attributes:
        figures: the key figures; the first ones appear as tiles.
        subject: whom they are about: the dataset's title.
        money: how amounts are written.
        period: the report's period.
        coverage: how far the data reach.
        targets: what is planned for the period, of these figures and of the page's segments.
        events: what happened, the most important first, for the charts over time.
        smallest: numbers of fewer customers are not shown.
        certain_after: how many days must pass before it is certain that a contract has ended; 0 where all ends are.
    """

    figures: tuple[KeyFigure, ...]
    subject: str
    money: Money
    period: Period
    coverage: Coverage | None = None
    targets: tuple[Target, ...] = ()
    events: tuple[OwnEvent, ...] = ()
    smallest: int = 0
    certain_after: int = 0

    def target(self, key: str) -> Target | None:
        """Return what is planned of a key figure; None where nothing is."""
        return next((one for one in self.targets if one.metric == key and not one.segment), None)

    @property
    def _items(self) -> tuple[KeyFigure, ...]:
        return self.figures

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, str):
            found = {figure.key: figure for figure in self.figures}
            if at not in found:
                raise KeyError(f"no key figure {at!r}; there are {', '.join(found)}")
            return found[at]
        return self.figures[at]

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each period end, with a column for each figure; missing where the data do not reach back."""
        dates = self.figures[0].dates if self.figures else ()
        return pd.DataFrame({figure.key: figure.values for figure in self.figures}, index=pd.Index(dates, name="end"))

    def describe(self) -> str:
        return f"{', '.join(figure.key for figure in self.figures)}, {self.period.end}"
