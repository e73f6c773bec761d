"""What goes with leaving, drawn: risk differences with their intervals, one for each feature."""

from __future__ import annotations

from typing import Final

from segkit.churn.records import ChurnRisk, Driver
from segkit.page import Block, Metric, Statement, literal, number, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import height
from segkit.page.charts.labels import few_ticks, wrapped
from segkit.page.charts.style import ACTUAL, BAD, INK, MUTED, PREVIOUS, canvas
from segkit.page.table_cells import one_number
from segkit.page.tables import data_table
from segkit.page.telling import telling
from segkit.statistics.told import Figure, Told

_MOST_DRIVERS: Final = 8
_LINE: Final = 46
"""Characters of a line above a driver's interval; what goes with leaving is said in full, in two lines where needed."""


def drivers_chart(risk: ChurnRisk) -> Block | None:
    """Draw what goes with leaving, in percentage points of risk with intervals."""
    if risk.refusal is not None:
        return None
    subtitle = Statement.of(
        "Difference in the risk to leave within {h}, all else alike, {level} intervals; associations, not causes",
        h=telling(risk.horizon_words, "churn", inside=True),
        level=Metric("churn_driver_level", 0.95, "share"),
    )
    return draw_drivers(risk.drivers, subtitle)


def draw_drivers(drivers: tuple[Driver, ...], subtitle: Statement) -> Block | None:
    """Draw the strongest clear driver of each important feature; None where there is none."""
    shown = strongest(drivers)
    if not shown:
        return None
    # the numbers of the table beside the chart, by the same keys
    points = [Metric(f"churn_driver_{at}_difference", d.difference, "points") for at, d in enumerate(shown)]
    lows = [Metric(f"churn_driver_{at}_low", d.low, "points") for at, d in enumerate(shown)]
    highs = [Metric(f"churn_driver_{at}_high", d.high, "points") for at, d in enumerate(shown)]
    told = [wrapped(str(_short(driver)), _LINE) for driver in shown]
    with canvas(height(len(shown)) * (1.8 if any("\n" in one for one in told) else 1.35) + 0.4) as (figure, axes):
        for at, driver in enumerate(shown):
            colour = BAD if driver.difference > 0 else ACTUAL
            axes.plot([0, 0], [at + 0.02, at + 0.34], color=PREVIOUS, linewidth=1.2)
            axes.plot([driver.low, driver.high], [at + 0.18] * 2, color=colour, linewidth=2.4)
            axes.plot([driver.difference], [at + 0.18], marker="o", markersize=7, color=colour)
            place = axes.get_yaxis_transform()
            axes.text(0.0, at - 0.04, told[at], transform=place, color=INK, va="bottom", linespacing=1.05)
        edge = max(max(abs(d.low), abs(d.high)) for d in shown) * 1.1
        axes.set_xlim(
            min(0.0, *(d.low for d in shown)) - 0.05 * edge, max(0.0, *(d.high for d in shown)) + 0.05 * edge
        )
        axes.set_ylim(len(shown) - 0.4, -0.75)
        axes.set_yticks([])
        few_ticks(axes, lambda tick: write(Metric("tick", tick, "points"), "signed"))
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.spines["left"].set_visible(False)
        return assemble(
            figure,
            title=Statement.of(
                "{what}: {by} of risk",
                what=telling(_short(shown[0]), "churn_driver_drawn_0", 70),
                by=number(points[0], "signed"),
            ),
            subtitle=subtitle,
            alt=Statement.of(
                "Points with intervals. {list}.",
                list=Statement.join(
                    [
                        Statement.of(
                            "{d}: {p}", d=telling(_short(d), f"churn_driver_drawn_{at}", 80), p=number(p, "signed")
                        )
                        for at, (d, p) in enumerate(zip(shown, points, strict=True))
                    ],
                    "; ",
                ),
            ),
            table=data_table(
                literal("Differences in risk"),
                ["What", "Difference in risk", "From", "To"],
                [
                    [telling(_short(d), f"churn_driver_drawn_{at}", 120), *(one_number(m, "signed") for m in cells)]
                    for at, (d, *cells) in enumerate(zip(shown, points, lows, highs, strict=True))
                ],
            ),
            names=[telling(_short(d), f"churn_driver_drawn_{at}") for at, d in enumerate(shown)],
        )


def strongest(drivers: tuple[Driver, ...]) -> list[Driver]:
    """Return, for each of the most important features, the clear driver with the largest difference.

    The chart and the table of drivers show these.
    """
    found: dict[str, Driver] = {}
    for driver in drivers:
        known = found.get(driver.feature)
        if driver.sure and (known is None or abs(driver.difference) > abs(known.difference)):
            found[driver.feature] = driver
    return list(found.values())[:_MOST_DRIVERS]


def _short(driver: Driver) -> str:
    if driver.step is None:
        return driver.label
    if driver.doubling:
        return Told.of("{what}, doubled", what=driver.label)
    if driver.step < 0:
        return Told.of("{what}: two fifths less", what=driver.label)
    return Told.of("{what}, {step}", what=driver.label, step=Figure(driver.step, "difference"))
