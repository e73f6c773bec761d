"""Charts of churn. Each returns None where there is no prediction to show."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from segkit.churn.records import ChurnRisk
from segkit.page import Block, Metric, Statement, day, literal, number, own_name, words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.style import ACTUAL, INK, MUTED, PREVIOUS, RULE, canvas
from segkit.page.precision import written_alike
from segkit.page.segments import records
from segkit.page.tables import column, data_table, row, table

if TYPE_CHECKING:
    from matplotlib.patches import Rectangle

_LEVELS: Final = ("high", "middling", "low")
"""Levels of risk and of value, in the order of the squares."""


def reliability_diagram(risk: ChurnRisk) -> Block | None:
    """Show predicted risk against the share that left, for tenths of like risk in the held-out horizon."""
    held = risk.held_out
    if held is None or held.tenths.empty:
        return None
    rows = records(held.tenths)
    said = [Metric(f"churn_tenth_{r['tenth']}_predicted", r["predicted"], "share") for r in rows]
    came = [Metric(f"churn_tenth_{r['tenth']}_observed", r["observed"], "share") for r in rows]
    sizes = [Metric(f"churn_tenth_{r['tenth']}_customers", r["customers"], "customers") for r in rows]
    places = [Metric(f"churn_tenth_{r['tenth']}", r["tenth"], "count") for r in rows]
    used = next(c for c in held.candidates if c.used)
    error = Metric(f"churn_test_{used.name}_error", used.error, "points")
    gaps = [r["observed"] - r["predicted"] for r in rows]
    worst = max(range(len(gaps)), key=lambda at: abs(gaps[at]))
    gap = Metric("churn_tenth_gap", gaps[worst], "points")
    with canvas(3.3) as (figure, axes):
        xs, ys = [m.value or 0.0 for m in said], [m.value or 0.0 for m in came]
        top = max([*xs, *ys, 0.01]) * 1.12
        axes.plot([0, top], [0, top], color=PREVIOUS, linewidth=1.6, linestyle=(0, (4, 2)))
        axes.plot(xs, ys, color=ACTUAL, linewidth=1.6)
        axes.plot(xs, ys, linestyle="none", marker="o", markersize=7, color=ACTUAL)
        axes.text(top * 0.03, top * 0.97, "dashed: as predicted", ha="left", va="top", color=MUTED)
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        axes.locator_params(axis="both", nbins=4)
        ticks = [tick for tick in axes.get_xticks() if 0 <= tick <= top]
        labels = [write(Metric("tick", round(float(tick), 6), "share")) for tick in ticks]
        axes.set_xticks(ticks, labels)
        axes.set_yticks(ticks, labels)
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("risk that was predicted")
        return assemble(
            figure,
            title=Statement.of(
                "Predicted risks were off by {e} on average, tenth by tenth",
                e=number(error, "size"),
            ),
            subtitle=Statement.of(
                "Share that left against predicted risk, {span}, {n} {unit} in tenths of like risk",
                span=day(held.origin + dt.timedelta(days=1), held.end),
                n=Metric("churn_held_out_customers", held.customers, "customers"),
                unit=own_name(risk.unit_name, 30),
            ),
            alt=Statement.of(
                "Points, one a tenth of like risk, at most {far} off the diagonal, on which as many left as predicted; "
                "there {far_p} was predicted and {far_c} left. Tenth at most risk: {p} predicted, {c} left; at "
                "least risk: {q} predicted, {d} left.",
                far=number(gap, "size"),
                far_p=said[worst],
                far_c=came[worst],
                p=said[0],
                c=came[0],
                q=said[-1],
                d=came[-1],
            ),
            table=data_table(
                literal("Predicted and observed by tenth of risk"),
                ["Tenth", "Customers", "Predicted", "Left"],
                zip(places, sizes, said, came, strict=True),
            ),
        )


def gains_by_decile(risk: ChurnRisk) -> Block | None:
    """Draw the share of all who left by tenth of predicted risk, with the lift of the first tenth."""
    held = risk.held_out
    if held is None or held.tenths.empty:
        return None
    rows = records(held.tenths)
    shares = [Metric(f"churn_tenth_{r['tenth']}_share", r["share"], "share") for r in rows]
    rate = held.left / held.customers
    lifts = [Metric(f"churn_tenth_{r['tenth']}_lift", r["observed"] / rate, "index") for r in rows]
    places = [Metric(f"churn_tenth_{r['tenth']}", r["tenth"], "count") for r in rows]
    so_far = [sum(r["share"] for r in rows[: at + 1]) for at in range(len(rows))]
    gains = [
        Metric(f"churn_gain_{r['tenth']}", min(total, 1.0), "share") for r, total in zip(rows, so_far, strict=True)
    ]
    with canvas(height(len(rows)) + 0.25) as (figure, axes):
        draw_bars(
            axes,
            ["Top" if at == 0 else str(at + 1) for at in range(len(rows))],
            [metric.value for metric in shares],
            [f"{s} (lift {n})" for s, n in zip(written_alike(shares), written_alike(lifts), strict=True)],
            ([ACTUAL] * 2 + [PREVIOUS] * len(rows))[: len(rows)],
            strong=[at == 0 for at in range(len(rows))],
        )
        two = gains[min(1, len(gains) - 1)]
        return assemble(
            figure,
            title=Statement.of("The two tenths at most risk held {share} of those who left", share=two),
            subtitle=Statement.of(
                "Share of leavers by tenth of predicted risk, {span}; lift: against the mean",
                span=day(held.origin + dt.timedelta(days=1), held.end),
            ),
            alt=Statement.of(
                "Bars: share of all leavers by tenth of predicted risk, most risk first. First tenth {a}, lift {b}; first "
                "two {c} together.",
                a=shares[0],
                b=lifts[0],
                c=two,
            ),
            table=data_table(
                literal("Gain and lift by tenth of predicted risk"),
                ["Tenth", "Share of leavers", "Gain so far", "Lift"],
                zip(places, shares, gains, lifts, strict=True),
            ),
        )


def risk_against_value(risk: ChurnRisk) -> Block | None:
    """Draw the expected loss in nine cells: who is both likely to leave and worth keeping."""
    if risk.refusal is not None or risk.matrix is None or not risk.valued:
        return None
    found = records(risk.matrix)
    values = list(dict.fromkeys(str(r["value"]) for r in found))
    bands = list(dict.fromkeys(str(r["risk"]) for r in found))
    currency = risk.money.currency
    stakes = [Metric(f"churn_cell_{at}_at_risk", r["at_risk"], "money", currency) for at, r in enumerate(found)]
    sizes = [Metric(f"churn_cell_{at}_customers", r["customers"], "customers") for at, r in enumerate(found)]
    top = max(range(len(found)), key=lambda at: stakes[at].value or 0.0)
    highest = stakes[top].value or 1.0
    short = {"Most valuable fifth": "most valuable", "Next three tenths": "middle", "Least valuable half": "least"}
    with canvas(3.3) as (figure, axes):
        for at, r in enumerate(found):
            x, y = values.index(str(r["value"])), bands.index(str(r["risk"]))
            amount = stakes[at].value
            side = 0.94 * ((amount or 0.0) / highest) ** 0.5
            axes.add_patch(_box(x, y, 0.94, 0.92, RULE, filled=False))
            if amount:
                axes.add_patch(
                    _box(x, y - 0.14, side * 0.9, side * 0.55, ACTUAL if at == top else PREVIOUS, filled=True)
                )
            axes.annotate(
                f"{write(stakes[at])}",
                (x, y + 0.29),
                ha="center",
                va="center",
                color=INK,
                weight="bold" if at == top else "normal",
                annotation_clip=False,
            )
        axes.set_xlim(-0.6, 2.6)
        axes.set_ylim(2.5, -0.5)
        axes.set_xticks(range(3), [short.get(v, v) for v in values])
        axes.xaxis.tick_top()
        axes.set_yticks(range(3), ["highest tenth", "next three", "lower six"])
        axes.tick_params(length=0)
        for side_name in ("left", "bottom", "top", "right"):
            axes.spines[side_name].set_visible(False)
        return assemble(
            figure,
            title=Statement.of(
                "Most loss is expected where value is {value} and risk {band}: {stake}",
                stake=stakes[top],
                value=literal(_LEVELS[values.index(str(found[top]["value"]))]),
                band=literal(_LEVELS[bands.index(str(found[top]["risk"]))]),
            ),
            subtitle=Statement.of(
                "Expected loss to {end}, by risk (at the side) and value (across), {currency}",
                end=day(risk.horizon_end),
                currency=own_name(currency),
            ),
            alt=Statement.of(
                "Nine squares by risk and value, the area the expected loss. Largest: {stake} with {n} {unit}.",
                stake=stakes[top],
                n=sizes[top],
                unit=own_name(risk.unit_name, 30),
            ),
            table=table(
                Statement.of("Customers and expected loss by risk and value"),
                [column("Risk", "text"), column("Value", "text"), column("Customers"), column("Expected loss")],
                [
                    row([words(str(r["risk"])), words(str(r["value"])), n, m])
                    for r, n, m in zip(found, sizes, stakes, strict=True)
                ],
            ),
        )


def _box(x: float, y: float, width: float, depth: float, colour: str, *, filled: bool) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (x - width / 2, y - depth / 2),
        width,
        depth,
        facecolor=colour if filled else "none",
        edgecolor=colour,
        linewidth=0 if filled else 1,
    )
