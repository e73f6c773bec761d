"""The blocks of a page on customer value. Where there is no forecast, a sentence takes the place of every number."""

from __future__ import annotations

from typing import Final

from segkit.forecast.records import Backtest
from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words
from segkit.page.columns import Row, TableColumn, segment_rows, table_block, whole_row
from segkit.page.notes import hidden_note, paragraphs
from segkit.page.segments import records
from segkit.page.telling import telling
from segkit.page.tile import plain_tile
from segkit.value.records import CustomerValue

_AT_RISK = {
    "contractual": "what would come if nobody left within the horizon, less what is expected",
    "non_contractual": "what would come if everybody were still there, less what is expected",
    "naive": "what is to come times the probability that the customer has left",
}


def value_money(value: CustomerValue, key: str, amount: float | None) -> Metric:
    """Return an amount of the record as a metric."""
    return Metric(f"customer_value_{key}", amount, "money", value.money.currency)


_PAST_UNKNOWN: Final = literal(
    "What customers have brought so far is not known: the data have contracts and their fees, and no payments or purchases."
)


def value_tiles(value: CustomerValue) -> Block | None:
    """Show what customers have brought, what they will bring, what may be lost, and the error of tests."""
    if value.refusal is not None or value.backtest is None:
        return None
    tested = value.backtest
    known = Statement.of("since {day}", day=day(value.known_from))
    between = Statement.of(
        "{low} to {high}",
        low=value_money(value, "future_low", value.low),
        high=value_money(value, "future_high", value.high),
    )
    naive = _naive(value)
    would = value.future + (0.0 if naive else value.risk_value)
    risk = Metric("customer_value_at_risk_share", value.risk_value / would if would else None, "share")
    lost = Statement.of("{s} of what is to come" if naive else "{s} of what would come if nobody were lost", s=risk)
    periods = Metric("customer_value_held_out_periods", len(tested.periods), "count")
    months = Metric("customer_value_horizon", value.horizon_months, "count")
    tiles: list[tuple[Statement, Metric, Statement]] = [
        *([(literal("Brought so far"), value_money(value, "past", value.past), known)] if value.past_known else []),
        (Statement.of("To come, {m} months", m=months), value_money(value, "future", value.future), between),
        (Statement.of("May be lost, {m} months", m=months), value_money(value, "at_risk", value.risk_value), lost),
        (literal("Mean error when tested"), _error(tested), Statement.of("in {n} held-out periods", n=periods)),
    ]
    return Block.of("tiles", {"tiles": [plain_tile(*one) for one in tiles]})


def _error(tested: Backtest) -> Metric:
    used = tested.baseline_error if tested.used == "baseline" else tested.model_error
    return Metric("customer_value_error", used, "share")


def value_table(value: CustomerValue) -> Block:
    """Show every segment's past and future value with its interval; all customers last.

    Where there is no forecast, a sentence says why, and past value alone is shown.
    """
    if value.refusal is not None and not value.frame.empty:
        return _past_table(value, value.refusal)
    if value.refusal is not None:
        return paragraphs(
            Statement.of("No value is shown. The reason: {why}", why=telling(value.refusal, "customer_value_refused"))
        )
    found = records(value.frame)
    whole = {
        "customers": value.customers,
        "past": value.past,
        "future": value.future,
        "low": value.low,
        "high": value.high,
        "total": value.total,
        "share": 1.0 if value.total > 0 else None,
        "mean": value.total / value.customers if value.customers else None,
        "risk_value": value.risk_value,
    }
    rows = [*segment_rows("value_of", value.segments, found), whole_row("customer_value", whole)]
    currency = value.money.currency
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn(own_words(value.unit_name.capitalize(), 40), "customers", "customers"),
        *([TableColumn("So far", "past", currency)] if value.past_known else []),
        TableColumn("To come", "future", currency),
        TableColumn("From", "low", currency),
        TableColumn("To", "high", currency),
        *([TableColumn("Together", "total", currency)] if value.past_known else []),
        TableColumn("Value share", "share", "share"),
        TableColumn("Mean", "mean", currency),
        TableColumn("May be lost", "risk_value", currency),
    ]
    caption = Statement.of(
        "{what} by segment, {end}: "
        + ("so far, and " if value.past_known else "")
        + "to come until {until}, discounted "
        "at {rate} a year",
        what=telling(value.value_name, "value"),
        end=day(value.end),
        until=day(value.horizon_end),
        rate=Metric("customer_value_annual_rate", value.annual_rate, "share"),
    )
    notes = [
        Statement.of(
            "What comes lies between From and To in {level} of periods like those that were held out. May be lost: {what}.",
            level=Metric("customer_value_level", value.level, "share"),
            what=literal(_AT_RISK["naive" if _naive(value) else value.relation]),
        )
    ]
    if not value.past_known:
        notes.append(_PAST_UNKNOWN)
    if any(r["suppressed"] for r in found):
        notes.append(hidden_note(Metric("customer_value_smallest", value.smallest, "count"), value.unit_name))
    return table_block(caption, columns, rows, notes=notes)


def _naive(value: CustomerValue) -> bool:
    """Return whether the forecast is simply the last period's number, which ignores who has left."""
    return value.relation != "contractual" and value.backtest is not None and value.backtest.used == "baseline"


def _past_table(value: CustomerValue, refusal: str) -> Block:
    found = records(value.frame)
    whole = {"customers": value.customers, "past": value.past, "share": 1.0 if value.past > 0 else None}
    rows = [*segment_rows("value_of", value.segments, found), whole_row("customer_value", whole)]
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn(own_words(value.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("So far", "past", value.money.currency),
        TableColumn("Value share", "share", "share"),
    ]
    caption = Statement.of(
        "{what} by segment so far, {start} to {end}",
        what=telling(value.value_name, "value"),
        start=day(value.known_from),
        end=day(value.end),
    )
    notes = [
        Statement.of("No value to come is shown. The reason: {why}", why=telling(refusal, "customer_value_refused"))
    ]
    if any(r["suppressed"] for r in found):
        notes.append(hidden_note(Metric("customer_value_smallest", value.smallest, "count"), value.unit_name))
    return table_block(caption, columns, rows, notes=notes)


def value_deciles_table(value: CustomerValue) -> Block | None:
    """Show a profile of each tenth of customers by total value, and what the costliest customers cost."""
    spread = value.spread
    if spread is None or spread.deciles.empty:
        return None
    currency = value.money.currency
    contractual = value.relation == "contractual"
    read = [
        one | {"decile": Metric(f"customer_value_decile_{one['decile']}", one["decile"], "count")}
        for one in records(spread.deciles)
    ]
    rows = [Row(one["decile"].key, one) for one in read]
    # under contract purchases are bills, which say nothing of a customer
    columns = [
        TableColumn("Tenth", "decile", "count"),
        TableColumn(own_words(value.unit_name.capitalize(), 40), "customers", "customers"),
        *([TableColumn("So far", "past", currency)] if value.past_known else []),
        TableColumn("To come", "future", currency),
        TableColumn("Value share", "share", "share"),
        *([] if contractual else [TableColumn("Repeat purchase days", "frequency", "index")]),
        TableColumn("Months a customer" if contractual else "Days since last purchase", "days_since", "index"),
        TableColumn("Risk of loss", "risk", "share"),
    ]
    notes = []
    found = spread.concentration
    if found.gini is not None and spread.gini_low is not None and spread.gini_high is not None:
        notes.append(
            Statement.of(
                "Gini coefficient {g} ({low} to {high}).",
                g=Metric("customer_value_gini", found.gini, "index"),
                low=Metric("customer_value_gini_low", spread.gini_low, "index"),
                high=Metric("customer_value_gini_high", spread.gini_high, "index"),
            )
        )
    if found.share_for_80 is not None:
        notes.append(
            Statement.of(
                "{most} of the value lies with {few} of {unit}.",
                most=Metric("customer_value_target", 0.8, "share"),
                few=Metric("customer_value_share_for_target", found.share_for_80, "share"),
                unit=own_name(value.unit_name, 40),
            )
        )
    if spread.losses is not None:
        notes.append(
            Statement.of(
                "{n} {unit} have cost more than they brought: {loss} of margin so far.",
                n=Metric("customer_value_loss_makers", spread.losses[0], "customers"),
                unit=own_name(value.unit_name, 40),
                loss=value_money(value, "losses", spread.losses[1]),
            )
        )
    caption = Statement.of(
        "{unit} by tenth of total value, {end}", unit=own_name(value.unit_name.capitalize(), 40), end=day(value.end)
    )
    return table_block(caption, columns, rows, notes=notes)
