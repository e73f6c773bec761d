"""Charts of customer value. Each returns None where there is no forecast to show."""

from __future__ import annotations

import datetime as dt
from typing import Any

from segkit.page import Block, Metric, Statement, day, literal, name, own_name, own_words, words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.labels import at_point, label_words, spread, wrapped
from segkit.page.charts.style import ACTUAL, INK, MUTED, PREVIOUS, canvas
from segkit.page.format import capital, plain_date
from segkit.page.metric import Unit
from segkit.page.precision import written_alike
from segkit.page.segments import keys, records
from segkit.page.tables import data_table
from segkit.page.telling import telling
from segkit.value.records import CustomerValue
from segkit.value.views.concentration_charts import lorenz_curve

_MOST_LABELS = 10


def value_by_decile(value: CustomerValue) -> Block | None:
    """Show what each tenth of customers has brought (dark) and is expected to bring (light)."""
    if value.spread is None or value.spread.deciles.empty:
        return None
    rows = records(value.spread.deciles)
    currency = value.money.currency
    parts = {
        part: [Metric(f"customer_value_decile_{r['decile']}_{part}", r[part], "money", currency) for r in rows]
        for part in ("past", "future", "total")
    }
    tenths = [Metric(f"customer_value_decile_{r['decile']}", r["decile"], "count") for r in rows]
    shares = [Metric(f"customer_value_decile_{r['decile']}_share", r["share"], "share") for r in rows]
    unit = own_name(value.unit_name, 30)
    with canvas(height(len(rows)) + 0.25) as (figure, axes):
        draw_bars(
            axes,
            [f"{'Top' if at == 0 else at + 1}" for at in range(len(rows))],
            [metric.value for metric in parts["total"]],
            written_alike(parts["total"]),
            [PREVIOUS] * len(rows),
            strong=[at == 0 for at in range(len(rows))],
        )
        axes.barh(range(len(rows)), [m.value or 0.0 for m in parts["past"]], height=0.62, color=ACTUAL, linewidth=0)
        if value.past_known:
            axes.text(1.0, 0.02, "dark: so far · light: to come", transform=axes.transAxes, ha="right", color=MUTED)
        return assemble(
            figure,
            title=Statement.of("The top tenth of {unit} holds {share} of the value", unit=unit, share=shares[0]),
            subtitle=Statement.of(
                "{what} " + ("so far and " if value.past_known else "") + "to come by tenth, {currency}, {end}",
                what=telling(value.value_name, "value"),
                currency=own_name(currency),
                end=day(value.end),
            ),
            alt=Statement.of(
                "Bars: past and future value by tenth of {unit}, most valuable first. Top tenth {past} so far, "
                "{future} to come."
                if value.past_known
                else "Bars: value to come by tenth of {unit}, most valuable first. Top tenth {future}.",
                unit=unit,
                past=parts["past"][0],
                future=parts["future"][0],
            ),
            table=data_table(
                Statement.of("Value by tenth of {unit}", unit=unit),
                ["Tenth", *(["So far"] if value.past_known else []), "To come", "Value share"],
                zip(tenths, *([parts["past"]] if value.past_known else []), parts["future"], shares, strict=True),
            ),
        )


def value_lorenz(value: CustomerValue) -> Block | None:
    """Draw the Lorenz curve of past and future value together."""
    if value.spread is None or not value.spread.concentration.top_shares.get(0.2):
        return None
    return lorenz_curve(value.spread.concentration)


def holdout_tracking(value: CustomerValue) -> Block | None:
    """Show cumulative revenue of the latest held-out period: what came (dark) and what was predicted (light)."""
    if value.backtest is None or value.backtest.tracking.empty:
        return None
    period = value.backtest.periods[0]
    rows = records(value.backtest.tracking)
    currency = value.money.currency
    dates = [plain_date(r["date"]) for r in rows]
    series = {
        part: [
            Metric(f"customer_value_tracking_{at}_{part}", r[part], "money", currency) for at, r in enumerate(rows)
        ]
        for part in ("predicted", "actual")
    }
    last = {part: metrics[-1] for part, metrics in series.items()}
    places = list(range(len(rows) + 1))
    with canvas(2.8) as (figure, axes):
        lines = {part: [0.0, *(m.value or 0.0 for m in metrics)] for part, metrics in series.items()}
        axes.plot(places, lines["predicted"], color=PREVIOUS, linewidth=2.2, linestyle=(0, (4, 2)))
        axes.plot(places, lines["actual"], color=ACTUAL, linewidth=2.4)
        top = max(max(line) for line in lines.values()) or 1.0
        order = ("predicted", "actual")
        at = spread([lines[part][-1] for part in order], top * 0.13, 0.0, top * 1.08)
        for part, where in zip(order, at, strict=True):
            colour, weight = (INK, "bold") if part == "actual" else (MUTED, "normal")
            text = f"{'model' if part == 'predicted' else 'came'} {write(last[part])}"
            at_point(axes, places[-1], where, text, colour=colour, weight=weight)
        axes.set_ylim(0, top * 1.1)
        axes.set_xlim(0, places[-1])
        within = period.start.year == dates[-1].year
        ends = [_short(date) if within else day(date).text for date in (period.start, dates[-1])]
        axes.set_xticks([0, places[-1]], ends)
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.locator_params(axis="y", nbins=4)
        ticks = [tick for tick in axes.get_yticks() if 0 <= tick <= top * 1.1]
        axes.set_yticks(ticks, [write(Metric("tick", float(tick), "money", currency)) for tick in ticks])
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        off = (last["predicted"].value or 0.0) / (last["actual"].value or 1.0) - 1.0
        error = Metric("customer_value_tracking_error", abs(off), "share")
        return assemble(
            figure,
            title=Statement.of("The latest test missed the total by {e}", e=error),
            subtitle=Statement.of(
                "Cumulative revenue, {currency}, {span}, of {unit} known at its start",
                currency=own_name(currency),
                span=day(period.start, dates[-1]),
                unit=own_name(value.unit_name, 40),
            ),
            alt=Statement.of(
                "Two lines, cumulative revenue over {span}: {a} came, the model had said {p}.",
                span=day(period.start, dates[-1]),
                a=last["actual"],
                p=last["predicted"],
            ),
            table=data_table(
                literal("Cumulative revenue in the latest held-out period"),
                ["Until", "Model", "Came"],
                [
                    (Statement((day(date),)), p, a)
                    for date, p, a in zip(dates, series["predicted"], series["actual"], strict=True)
                ],
            ),
        )


def calibration_by_history(value: CustomerValue) -> Block | None:
    """Show mean purchases (or months) in the latest held-out period by history: came (dark), model (light)."""
    if value.backtest is None or value.backtest.by_group.empty:
        return None
    tested = value.backtest
    rows = records(tested.by_group)
    labels = [str(r["group"]) for r in rows]
    prefix = "customer_value_calibration_history"
    return _calibration(value, rows, labels, prefix, "index", tested.counted, tested.grouping, None)


def calibration_by_decile(value: CustomerValue) -> Block | None:
    """Show mean revenue in the latest held-out period by tenth of the prediction: came (dark), model (light)."""
    if value.backtest is None or value.backtest.by_decile.empty:
        return None
    rows = records(value.backtest.by_decile)
    labels = ["Top" if at == 0 else str(at + 1) for at in range(len(rows))]
    currency = value.money.currency
    return _calibration(
        value,
        rows,
        labels,
        "customer_value_calibration_decile",
        "money",
        "revenue",
        "tenth of the forecast",
        currency,
    )


def _calibration(
    value: CustomerValue,
    rows: list[dict[str, Any]],
    labels: list[str],
    prefix: str,
    unit: Unit,
    what: str,
    grouping: str,
    currency: str | None,
) -> Block:
    came = [Metric(f"{prefix}_{at}_actual", r["actual"], unit, currency) for at, r in enumerate(rows)]
    said = [Metric(f"{prefix}_{at}_predicted", r["predicted"], unit, currency) for at, r in enumerate(rows)]
    counts = [Metric(f"{prefix}_{at}_customers", r["customers"], "customers") for at, r in enumerate(rows)]
    with canvas(height(len(rows)) + 0.25) as (figure, axes):
        draw_bars(
            axes,
            labels,
            [metric.value for metric in came],
            [f"{a} (model {p})" for a, p in zip(written_alike(came), written_alike(said), strict=True)],
            [ACTUAL] * len(rows),
            previous=[metric.value for metric in said],
        )
        held = value.backtest.periods[0] if value.backtest is not None else None
        assert held is not None, "there is a backtest here"
        return assemble(
            figure,
            title=Statement.of("Held-out {what} by {grouping}", what=name(what), grouping=name(grouping)),
            subtitle=Statement.of(
                "Mean of a customer in {span}: came (dark), model (light)", span=day(held.start, held.end)
            ),
            alt=Statement.of(
                "Paired bars: mean held-out {what} by {grouping}. {list}.",
                what=name(what),
                grouping=name(grouping),
                list=Statement.join(
                    [
                        Statement.of("{g}: {a} came, model {p}", g=own_name(g), a=a, p=p)
                        for g, a, p in zip(labels, came, said, strict=True)
                    ],
                    "; ",
                ),
            ),
            table=data_table(
                Statement.of("Held-out {what} a customer, by {grouping}", what=name(what), grouping=name(grouping)),
                [words(capital(grouping), 40), "Customers", "Came", "Model"],
                zip([own_words(label) for label in labels], counts, came, said, strict=True),
            ),
            names=[own_words(label) for label in labels],
        )


def size_against_value(value: CustomerValue) -> Block | None:
    """Show how many customers each segment has and what one of them is worth, with direct labels."""
    if value.refusal is not None:
        return None
    rows = [r for r in records(value.frame) if not r["suppressed"] and r["customers"] and r["mean"] is not None]
    rows = sorted(rows, key=lambda r: -(r["total"] or 0.0))[:_MOST_LABELS]
    if not rows:
        return None
    currency = value.money.currency
    by_name = dict(
        zip(value.frame["segment"], keys("value_of", [str(s) for s in value.frame["segment"]]), strict=True)
    )
    sizes = [Metric(f"{by_name[r['segment']]}_customers", r["customers"], "customers") for r in rows]
    means = [Metric(f"{by_name[r['segment']]}_mean", r["mean"], "money", currency) for r in rows]
    colours = {segment.name: segment.colour for segment in value.segments}
    best = max(range(len(rows)), key=lambda at: means[at].value or 0.0)
    with canvas(3.4) as (figure, axes):
        right = max(float(m.value or 0.0) for m in sizes)
        top = max(1e-9, *(float(m.value or 0.0) for m in means))
        heights = spread([float(m.value or 0.0) for m in means], top * 0.085, 0.0, top * 1.05)
        for r, x, y, label_at in zip(rows, sizes, means, heights, strict=True):
            axes.plot(
                [float(x.value or 0.0)],
                [float(y.value or 0.0)],
                marker="o",
                markersize=9,
                color=colours[r["segment"]],
                clip_on=False,
            )
            axes.annotate(
                wrapped(own_name(str(r["segment"])).text),
                (float(x.value or 0.0), label_at),
                xytext=(-9 if float(x.value or 0.0) > right * 0.55 else 9, 0),
                textcoords="offset points",
                ha="right" if float(x.value or 0.0) > right * 0.55 else "left",
                va="center",
                color=INK,
                annotation_clip=False,
            )
        axes.set_xlim(0, right * 1.05)
        axes.set_ylim(0, top * 1.1)
        axes.locator_params(axis="both", nbins=4)
        xs = [tick for tick in axes.get_xticks() if 0 <= tick <= right * 1.05]
        ys = [tick for tick in axes.get_yticks() if 0 <= tick <= top * 1.1]
        axes.set_xticks(xs, [write(Metric("tick", float(round(tick)), "customers")) for tick in xs])
        axes.set_yticks(ys, [write(Metric("tick", float(tick), "money", currency)) for tick in ys])
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("number of customers")
        return assemble(
            figure,
            title=Statement.of(
                "{segment} is worth the most a customer: {mean}",
                segment=own_name(str(rows[best]["segment"]), 40),
                mean=means[best],
            ),
            subtitle=Statement.of(
                "Mean value "
                + ("so far and " if value.past_known else "")
                + "to come against number of {unit}, {end}",
                unit=own_name(value.unit_name, 40),
                end=day(value.end),
            ),
            alt=Statement.of(
                "Points, a segment each. {list}.",
                list=Statement.join(
                    [
                        Statement.of("{s}: {n} at {m}", s=own_name(str(r["segment"]), 40), n=n, m=m)
                        for r, n, m in zip(rows, sizes, means, strict=True)
                    ],
                    "; ",
                ),
            ),
            table=data_table(
                literal("Size and mean value of segments"),
                ["Segment", "Customers", "Mean value"],
                zip([own_words(str(r["segment"]), 80) for r in rows], sizes, means, strict=True),
            ),
            names=label_words(own_name(str(r["segment"])).text for r in rows),
        )


def _short(date: dt.date) -> str:
    return day(date).text.rsplit(" ", 1)[0]
