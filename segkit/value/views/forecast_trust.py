"""How far to trust the value to come: how past forecasts did, and how this one was computed."""

from __future__ import annotations

import math

from segkit.forecast.models.forecast_errors import KNOWN_TIMES
from segkit.forecast.records import Backtest
from segkit.forecast.season import YEAR
from segkit.page import Block, Metric, Statement, day, literal, name, number, own_name
from segkit.page.columns import Row, TableColumn, numbered_rows, table_block, values_of
from segkit.page.notes import paragraphs
from segkit.page.telling import telling
from segkit.statistics.told import Told
from segkit.value.records import CustomerValue

_UNLIKE = 3.0
"""Held-out periods are unlike each other if their errors spread this many times as far as the model says."""


def backtest_table(value: CustomerValue) -> Block | None:
    """Show each held-out period: what came, what the model said with its interval, and the naive forecasts."""
    tested = value.backtest
    if tested is None:
        return None
    currency = value.money.currency
    columns = [
        TableColumn("Held-out period", "period", "words"),
        TableColumn("Came", "actual", currency),
        TableColumn("Model", "predicted", currency),
        TableColumn("From", "low", currency),
        TableColumn("To", "high", currency),
        TableColumn("Naive: last period", "baseline", currency),
        *([] if tested.cutoff_error is None else [TableColumn("Naive: recency cut-off", "cutoff", currency)]),
        TableColumn("Rank correlation", "rank_correlation", "index"),
    ]
    held = [values_of(period) | {"period": Statement((day(period.start, period.end),))} for period in tested.periods]
    errors = {"predicted": tested.model_error, "baseline": tested.baseline_error, "cutoff": tested.cutoff_error}
    names = {"predicted": "model", "baseline": "baseline", "cutoff": "cutoff"}
    missed = {part: Metric(f"customer_value_{names[part]}_error", error, "share") for part, error in errors.items()}
    rows = [
        *numbered_rows("customer_value_test", held),
        Row("customer_value_error", {"period": literal("Mean error"), **missed}, total=True, partial=True),
    ]
    caption = Statement.of(
        "Revenue of {unit} known at the start of each held-out period, {currency}, not discounted",
        unit=own_name(value.unit_name, 40),
        currency=own_name(value.money.currency),
    )
    return table_block(caption, columns, rows, notes=_verdicts(value, tested))


def _verdicts(value: CustomerValue, tested: Backtest) -> list[Statement]:
    model = Metric("customer_value_model_error", tested.model_error, "share")
    naive = Metric("customer_value_baseline_error", tested.baseline_error, "share")
    if tested.used == "baseline":
        notes = [
            Statement.of(
                "The model lost to the naive forecast (mean error {m} against {n}), so the naive number is used: "
                "customers bring what the last period brought.",
                m=model,
                n=naive,
            )
        ]
    else:
        notes = [
            Statement.of(
                "The model was nearer than the naive forecast: mean error {m} against {n}; its bias is {b}.",
                m=model,
                n=naive,
                b=number(Metric("customer_value_bias", tested.bias, "share"), "signed"),
            )
        ]
    notes += _moves(value, tested)
    judged = [period.covered for period in tested.periods if period.covered is not None]
    if judged:
        notes.append(
            Statement.of(
                "From and To come from how the other held-out periods were missed; {k} of {n} periods lie within. "
                "Intervals of this report are {f} times as wide as the model alone would draw them.",
                k=Metric("customer_value_covered", sum(judged), "count"),
                n=Metric("customer_value_judged", len(judged), "count"),
                f=Metric("customer_value_widening", tested.errors.widening(value.level), "index"),
            )
        )
    if tested.cutoff_error is not None and tested.cutoff_error < min(tested.model_error, tested.baseline_error):
        notes.append(literal("A plain recency cut-off came nearer than either; treat the totals with care."))
    return notes


def _moves(value: CustomerValue, tested: Backtest) -> list[Statement]:
    """Say by how much the forecast was moved, and what the held-out periods cannot show."""
    notes = []
    if tested.errors.known:
        notes.append(
            Statement.of(
                "What came was {b} of what was said on average, a difference of more than {k} times its own error in {n} "
                "periods: what is to come is moved by it, segments by their own where that is known as well.",
                b=Metric("customer_value_came_to_said", math.exp(tested.errors.bias), "share"),
                k=Metric("customer_value_bias_times", KNOWN_TIMES, "count"),
                n=Metric("customer_value_bias_tests", tested.errors.tests, "count"),
            )
        )
    if tested.season is not None:
        notes.append(
            Statement.of(
                "The part of the year enters: {s} for the horizon, from what the same days of earlier years brought "
                "against the year around them. Periods are tested with it.",
                s=number(Metric("customer_value_season", tested.season - 1.0, "share"), "signed"),
            )
        )
    elif value.relation != "contractual" and tested.holdout_days < YEAR and tested.errors.factor >= _UNLIKE:
        notes.append(
            Statement.of(
                "The held-out periods are shorter than a year and were missed very differently. Whether that is season or "
                "chance these data cannot tell: it takes {y} years of them. Until then intervals are as wide as the "
                "periods were unlike.",
                y=Metric("customer_value_years_needed", 2.5, "index"),
            )
        )
    return notes


def value_method(value: CustomerValue) -> Block | None:
    """Say how the value to come was computed: models, parameters, rules."""
    method = value.method
    if method is None or value.backtest is None:
        return None
    contractual = value.relation == "contractual"
    told = [
        Statement.of(
            "{models}, fitted on {n} {unit} in {cells} cells; time in units of a {time}{width}.",
            models=name(", ".join(method.models), 200),
            n=Metric("customer_value_fitted", method.customers, "customers"),
            unit=own_name(value.unit_name, 40),
            cells=Metric("customer_value_cells", method.cells, "count"),
            time=name(method.time_unit),
            width=literal(", a model a plan")
            if contractual
            else Statement.of(
                "; cells of {days}", days=Metric("customer_value_cell_width", method.resolution_days, "days")
            ),
        ),
        Statement.of(
            "The held-out periods are of {held}; the horizon is {days}. What happens beyond the tested length is not "
            "covered by the intervals.",
            held=Metric("customer_value_holdout", value.backtest.holdout_days, "days"),
            days=Metric("customer_value_horizon_days", (value.horizon_end - value.end).days, "days"),
        ),
        Statement.of(
            "Value is {share} of revenue ({what}); returns are netted.",
            share=Metric("customer_value_margin_share", value.margin_share, "share"),
            what=telling(value.value_name, "value", inside=True),
        ),
    ]
    if method.spend_correlation is not None:
        told.append(
            Statement.of(
                "Correlation of frequency and mean spend: {c}; the spend model takes it to be none.",
                c=Metric("customer_value_spend_correlation", method.spend_correlation, "index"),
            )
        )
    if not contractual:
        told += [
            telling(message, f"customer_value_method_{at}", 10_000, inside=True)
            for at, message in enumerate(method.messages)
        ]
    choices = [_of_plan(message) for message in method.messages] if contractual else []
    terms = [
        {
            "term": telling(plan, f"customer_value_method_{at}"),
            "meaning": telling(why, f"customer_value_method_{at}", 10_000, inside=True),
        }
        for at, (plan, why) in enumerate(choices)
    ]
    terms += [
        {
            "term": Statement.of(
                "{model}: {name}",
                model=telling(parameter.model, f"customer_value_parameter_{at}", inside=True),
                name=name(parameter.name),
            ),
            "meaning": Statement.of(
                "{v}{error}",
                v=Metric(f"customer_value_parameter_{at}", parameter.estimate, "index"),
                error=Statement(())
                if parameter.standard_error is None
                else Statement.of(
                    " (standard error {e})",
                    e=Metric(f"customer_value_parameter_{at}_error", parameter.standard_error, "index"),
                ),
            ),
        }
        for at, parameter in enumerate(method.parameters)
    ]
    title = literal("Choice and parameters of the models" if contractual else "Parameters of the models")
    return paragraphs(*told, terms=terms, terms_title=title)


def _of_plan(message: str) -> tuple[str, str]:
    """Return the plan that is spoken of, and what is said of it."""
    if isinstance(message, Told):
        return message.around(": ")
    plan, _, said = message.partition(": ")
    return plan, said
