"""Charts of how unevenly value is spread over customers."""

from __future__ import annotations

from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.style import ACTUAL, INK, MUTED, PREVIOUS, RULE, canvas
from segkit.page.format import capital
from segkit.page.precision import written_alike
from segkit.page.segments import records, slug
from segkit.page.tables import data_table
from segkit.page.telling import telling
from segkit.value.concentration_records import Concentration

_TENTHS = ("Top tenth", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "Last tenth")


def value_deciles(concentration: Concentration) -> Block:
    """Show the value that each tenth of customers brings, the most valuable tenth first."""
    prefix = _prefix(concentration)
    currency = concentration.money.currency
    rows = records(concentration.deciles)
    values = [Metric(f"{prefix}_decile_{r['decile']}_value", r["value"], "money", currency) for r in rows]
    shares = [Metric(f"{prefix}_decile_{r['decile']}_value_share", r["value_share"], "share") for r in rows]
    tenths = [Metric(f"{prefix}_decile_{r['decile']}", r["decile"], "count") for r in rows]
    counts = [Metric(f"{prefix}_decile_{r['decile']}_customers", r["customers"], "customers") for r in rows]
    means = [Metric(f"{prefix}_decile_{r['decile']}_mean", r["mean_value"], "money", currency) for r in rows]
    title = literal("No value to divide")
    if shares and shares[0].value is not None:
        title = Statement.of(
            "The top tenth of {unit} brings {share} of the value",
            unit=own_name(concentration.unit_name, 30),
            share=shares[0],
        )
    total = Metric(f"{prefix}_total", concentration.total, "money", currency)
    listed = [Statement.of("{d}: {s}", d=d, s=s) for d, s in zip(tenths, shares, strict=True)]
    with canvas(height(len(rows))) as (figure, axes):
        draw_bars(
            axes,
            [_TENTHS[int(r["decile"]) - 1] if len(rows) == len(_TENTHS) else str(r["decile"]) for r in rows],
            [metric.value for metric in values],
            [f"{v} ({s})" for v, s in zip(written_alike(values), written_alike(shares), strict=True)],
            [ACTUAL if position == 0 else PREVIOUS for position in range(len(rows))],
            strong=[position == 0 for position in range(len(rows))],
        )
        return assemble(
            figure,
            title=title,
            subtitle=Statement.of(
                "{what} by tenth of {unit}, {currency}, {end}; share of the whole",
                what=telling(concentration.value_name, "value"),
                unit=own_name(concentration.unit_name, 40),
                currency=own_name(currency),
                end=day(concentration.end),
            ),
            alt=Statement.of(
                "Bars: {what}, {total} in all, by tenth of {unit}, the most valuable first. Share by tenth: {list}.",
                what=telling(concentration.value_name, "value", inside=True),
                total=total,
                unit=own_name(concentration.unit_name, 40),
                list=Statement.join(listed),
            ),
            table=data_table(
                Statement.of("{what} by tenth", what=telling(concentration.value_name, "value")),
                ["Tenth", own_words(capital(concentration.unit_name), 40), "Value", "Value share", "Mean"],
                zip(tenths, counts, values, shares, means, strict=True),
            ),
        )


def lorenz_curve(concentration: Concentration, top: float = 0.2) -> Block:
    """Draw the Lorenz curve, and mark the share of value that the top customers bring.

    Args:
        concentration: the record.
        top: the share of customers to mark; one of `concentration.top_shares`.
    """
    import seaborn as sns

    prefix = _prefix(concentration)
    brought = concentration.top_shares.get(top)
    part = f"{top * 100:g}".replace(".", "_")
    cut = Metric(f"{prefix}_top_{part}_cut", top, "share")
    share = Metric(f"{prefix}_top_{part}_value_share", brought, "share")
    unit = own_name(concentration.unit_name, 40)
    rows = records(concentration.lorenz)
    with canvas(3.0) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=PREVIOUS, linewidth=1.2, linestyle=(0, (3, 3)))
        sns.lineplot(
            x=[r["customers_share"] for r in rows],
            y=[r["value_share"] for r in rows],
            color=ACTUAL,
            linewidth=2.4,
            errorbar=None,
            estimator=None,
            legend=False,
            ax=axes,
        )
        low = min([0.0, *(r["value_share"] for r in rows if r["value_share"] is not None)])
        axes.set_xlim(0, 1)
        axes.set_ylim(low, 1.02)
        ticks = [0.0, 0.5, 1.0]
        axes.set_xticks(ticks, [write(Metric("tick", tick, "share")) for tick in ticks])
        axes.set_yticks(ticks, [write(Metric("tick", tick, "share")) for tick in ticks])
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.grid(axis="y", color=RULE)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("least to most valuable", loc="center")
        axes.set_ylabel("")
        axes.text(0.33, 0.36, "all alike", color=MUTED, ha="right", va="bottom")
        if brought is not None:
            at = 1 - brought
            axes.plot([1 - top, 1 - top], [at, 1.0], color=ACTUAL, linewidth=1)
            axes.plot([1 - top], [at], marker="o", markersize=7, color=ACTUAL)
            axes.annotate(
                f"top {write(cut)}: {write(share)}",
                (1 - top, 0.99),
                xytext=(-7, 0),
                textcoords="offset points",
                ha="right",
                va="top",
                weight="bold",
                color=INK,
            )
        # the chart of tenths stands beside this one, and its title speaks of the top customers
        title = (
            literal("Value over customers")
            if concentration.share_for_80 is None
            else Statement.of(
                "{most} of the value comes from {few} of {unit}",
                most=Metric(f"{prefix}_target", 0.8, "share"),
                few=Metric(f"{prefix}_share_for_target", concentration.share_for_80, "share"),
                unit=unit,
            )
        )
        customers = Metric(f"{prefix}_customers", concentration.customers, "customers")
        gini = (
            Statement(())
            if concentration.gini is None
            else Statement.of(" Gini coefficient {g}.", g=Metric(f"{prefix}_gini", concentration.gini, "index"))
        )
        return assemble(
            figure,
            title=title,
            subtitle=Statement.of(
                "Cumulative share of {what} over {n} {unit}, {end}",
                what=telling(concentration.value_name, "value", inside=True),
                n=customers,
                unit=unit,
                end=day(concentration.end),
            ),
            alt=Statement.of(
                "Lorenz curve of {what} over {n} {unit}.{top}{gini}",
                what=telling(concentration.value_name, "value", inside=True),
                n=customers,
                unit=unit,
                top=Statement(())
                if brought is None
                else Statement.of(" The most valuable {cut} bring {share}.", cut=cut, share=share),
                gini=gini,
            ),
            table=data_table(
                Statement.of("Cumulative shares, from the least valuable {unit} on", unit=unit),
                ["Customers", "Value"],
                [
                    (
                        Metric(f"{prefix}_lorenz_{at}_cut", r["customers_share"], "share"),
                        Metric(f"{prefix}_lorenz_{at}", r["value_share"], "share"),
                    )
                    for at, r in enumerate(rows)
                    if at % 10 == 0
                ],
            ),
        )


def _prefix(concentration: Concentration) -> str:
    return f"concentration_{slug(concentration.value_name)}".rstrip("_")
