"""The blocks of a page on churn. Observed and predicted are kept apart; a refusal stands in place of numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from segkit.churn.records import ChurnRisk
from segkit.page import Block, Metric, Statement, day, literal, name, number, own_name, own_words
from segkit.page.columns import TableColumn, named_rows, segment_rows, table_block, whole_row
from segkit.page.format import plain_date
from segkit.page.judged_words import change_words, judged_metrics, would_be_news
from segkit.page.notes import hidden_note, paragraphs
from segkit.page.segments import records
from segkit.page.sparkline import sparkline
from segkit.page.telling import telling
from segkit.page.tile import plain_tile

_PERIODS: Final = 12
NO_AMOUNTS: Final = "The data hold no amounts, so that nothing is said of what is at stake."
MAY: Final = {"leave": "leave within", "stay away": "stay away for", "lapse": "lapse within"}
"""What customers may do; the horizon follows it."""


def risk_money(risk: ChurnRisk, key: str, amount: float | None) -> Metric:
    """Return an amount of the record as a metric."""
    return Metric(f"churn_{key}", amount, "money", risk.money.currency)


def whole_customers(value: float | None) -> int | None:
    """Round an expected number of customers to a whole one."""
    return None if value is None else round(value)


def churn_tiles(risk: ChurnRisk) -> Block | None:
    """Show observed churn, the risk and how the last forecast did, what is at stake, and the save list."""
    tiles = []
    if risk.observed is not None and not risk.observed.periods.empty:
        tiles.append(_observed_tile(risk))
    if risk.refusal is None and risk.held_out is not None:
        held = risk.held_out
        used = next(c for c in held.candidates if c.used)
        mean = Metric("churn_mean_risk", risk.expected / risk.customers, "share")
        horizon = telling(risk.horizon_words, "churn", inside=True)
        share = Metric("churn_value_share", risk.at_risk / risk.value if risk.value else None, "share")
        came = Metric("churn_held_out_rate", held.left / held.customers, "share")
        told = [(Statement.of("Risk, next {h}", h=horizon), mean, _change_words(risk))]
        if risk.valued:
            told.append(
                (
                    Statement.of("Expected loss, next {h}", h=horizon),
                    risk_money(risk, "at_risk", risk.at_risk),
                    Statement.of("{s} of what {h} would bring", s=share, h=horizon),
                )
            )
            told.append(
                (
                    literal("Worth a call"),
                    Metric("churn_save_customers", risk.save_customers, "customers"),
                    Statement.of("gain {p}, if kept as assumed", p=risk_money(risk, "save_profit", risk.save_profit)),
                )
            )
        made = [plain_tile(*one) for one in told]
        said = Metric("churn_held_out_mean", used.mean, "share")
        made[0]["beside"] = [Statement.of("the last forecast: {said}; {came} came", said=said, came=came)]
        tiles += made
    return Block.of("tiles", {"tiles": tiles}) if tiles else None


def observed_over(risk: ChurnRisk) -> str:
    """Return the stretch of time that observed churn is counted over: a day, a week or a month."""
    assert risk.observed is not None
    one = records(risk.observed.periods)[-1]
    days = (plain_date(one["end"]) - plain_date(one["start"])).days
    return "a day" if days <= 1 else "a week" if days <= 7 else "a month"


def _observed_tile(risk: ChurnRisk) -> dict[str, Any]:
    assert risk.observed is not None
    rows = records(risk.observed.periods)[-_PERIODS:]
    rates = [r["rate"] for r in rows]
    known = [rate for rate in rates if rate is not None]
    last = Metric("churn_observed_rate", rates[-1], "share")
    tile = plain_tile(Statement.of("Churn, {a}", a=name(observed_over(risk))), last, literal("no earlier period"))
    before = rates[-2] if len(rates) > 1 else None
    judged = judged_metrics("churn_observed", risk.observed.judgement, rates[-1], before, "share")
    if rates[-1] is not None and before is not None:
        tile["change"], tile["tone"] = change_words(judged, judged.change, "down")
        tile["limits"] = would_be_news(judged)
    first, end = plain_date(rows[-1]["start"]), plain_date(rows[-1]["end"])
    tile["versus"] = Statement.of("{span}", span=day(first + dt.timedelta(days=1), end))
    tile["spark"] = sparkline(rates)
    if tile["spark"] is not None:
        tile["range"] = Statement.of(
            "{low} to {high} in {n} periods",
            low=Metric("churn_observed_low", min(known), "share"),
            high=Metric("churn_observed_high", max(known), "share"),
            n=Metric("churn_observed_periods", len(known), "count"),
        )
    return tile


def _change_words(risk: ChurnRisk) -> Statement:
    change = risk.change
    if change is None:
        return literal("no earlier period")
    by = Metric("churn_risk_change", change.now - change.previous, "points")
    return Statement.of(
        "{by} against {then}: {verdict}",
        by=number(by, "signed"),
        then=day(change.previous_end),
        verdict=literal("more than chance alone") if change.beyond_chance else literal("no more than chance"),
    )


def churn_definition(risk: ChurnRisk, note: str = "") -> Block:
    """Say what counts as leaving, who can leave, and that observed churn and predicted risk differ.

    Args:
        risk: the record.
        note: what has changed in the definition, in the analyst's words; empty for nothing.
    """
    told = [
        Statement.of(
            "Churn here: {event}. Who can leave: {who}.",
            event=telling(risk.event, "churn", 300, inside=True),
            who=telling(risk.eligible, "churn", 200, inside=True),
        ),
        literal(
            "Observed churn is what was seen: leavers over those who could leave. Risk is a probability of what has not "
            "happened yet. The two are never mixed on this page."
        ),
    ]
    warned = _short_horizon(risk)
    if note.strip():
        warned.append(Statement.of("Changed since the last report: {note}", note=own_name(note.strip(), 600)))
    told += warned
    observed = risk.observed
    if observed is not None and not observed.sensitivity.empty:
        parts = [
            Statement.of(
                "{rate} in {n} {unit}",
                rate=Metric(f"churn_within_{r['units']}_rate", r["rate"], "share"),
                n=Metric(f"churn_within_{r['units']}", r["units"], "count"),
                unit=name(_unit(risk, int(r["units"]))),
            )
            for r in records(observed.sensitivity)
        ]
        told.append(
            Statement.of(
                "How much hangs on the horizon: of those there on one and the same day, {parts}.",
                parts=Statement.join(parts),
            )
        )
    return paragraphs(*told, definitions=definitions(risk), unfolded=bool(warned))


def _short_horizon(risk: ChurnRisk) -> list[Statement]:
    """Say so where most customers would count as lost although they buy as usual."""
    gap = risk.usual_gap
    if gap is None or not gap.short:
        return []
    return [
        Statement.of(
            "Take care: {h} is short for these customers. Half of those who have bought more than once let {days} days or "
            "more pass between purchases, and for {longer} of them the usual gap is longer than the horizon: they count "
            "as lost while they buy as usual. A horizon of {enough} {unit} would hold the usual gap of nine in ten.",
            h=telling(risk.horizon_words, "churn", inside=True),
            days=Metric("churn_usual_gap", round(gap.days), "count"),
            longer=Metric("churn_gap_longer", gap.longer, "share"),
            enough=Metric("churn_gap_enough", gap.enough, "count"),
            unit=name(_unit(risk, gap.enough)),
        )
    ]


def definitions(risk: ChurnRisk) -> dict[str, str]:
    """Return what churn means on a page, which the next page compares with its own definition."""
    return {"churn": f"{risk.event}; who can leave: {risk.eligible}"}


def _unit(risk: ChurnRisk, many: int) -> str:
    singular = risk.horizon_words.split(" ", 1)[1].rstrip("s")
    return singular if many == 1 else f"{singular}s"


def churn_table(risk: ChurnRisk) -> Block:
    """Show every segment: observed churn, risk with its interval, what is at stake; all customers last."""
    if risk.refusal is not None or risk.frame is None or risk.held_out is None:
        return _refused(risk)
    seen = {} if risk.observed is None else {r["segment"]: r["rate"] for r in records(risk.observed.segments)}
    found = records(risk.frame)
    read = [
        one
        | {
            "observed": seen.get(segment.name),
            "expected": whole_customers(one["expected"]),
            # set back where there is no risk, be it hidden or refused
            "suppressed": one["risk"] is None,
        }
        for segment, one in zip(risk.segments, found, strict=True)
    ]
    whole = {
        "customers": risk.customers,
        "observed": risk.held_out.left / risk.held_out.customers,
        "risk": risk.expected / risk.customers,
        "low": risk.low / risk.customers,
        "high": risk.high / risk.customers,
        "expected": whole_customers(risk.expected),
        "value": risk.value,
        "at_risk": risk.at_risk,
    }
    rows = [*segment_rows("churn_of", risk.segments, read), whole_row("churn", whole)]
    horizon = telling(risk.horizon_words, "churn", inside=True)
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn("Can leave", "customers", "customers"),
        TableColumn(Statement.of("Left, last {h}", h=horizon), "observed", "share"),
        TableColumn(Statement.of("Risk, next {h}", h=horizon), "risk", "share"),
        TableColumn("From", "low", "share"),
        TableColumn("To", "high", "share"),
        TableColumn("Leavers expected", "expected", "customers"),
    ]
    if risk.valued:
        columns += [
            TableColumn("Would bring", "value", risk.money.currency),
            TableColumn(Statement.of("Expected loss, next {h}", h=horizon), "at_risk", risk.money.currency),
        ]
    caption = Statement.of(
        "Churn by segment: observed {span}, risk to {end}",
        span=day(risk.held_out.origin + dt.timedelta(days=1), risk.held_out.end),
        end=day(risk.horizon_end),
    )
    notes = [
        Statement.of(
            "The share that leaves lies between From and To in {level} of cases like the last one. "
            + (
                "Would bring: in the next {h}, if nobody left. The expected loss is that times the risk."
                if risk.valued
                else NO_AMOUNTS
            ),
            level=Metric("churn_level", risk.level, "share"),
            **({"h": telling(risk.horizon_words, "churn", inside=True)} if risk.valued else {}),
        ),
        *_short_horizon(risk),
        *(
            Statement.of(
                "{s}: {why}.",
                s=own_name(segment.name, 80),
                why=telling(one["note"], f"churn_note_{at}", inside=True),
            )
            for at, (segment, one) in enumerate(zip(risk.segments, found, strict=True))
            if one["note"]
        ),
    ]
    if any(r["suppressed"] for r in found):
        notes.append(hidden_note(Metric("churn_smallest", risk.smallest, "count"), risk.unit_name))
    return table_block(caption, columns, rows, notes=notes)


def _refused(risk: ChurnRisk) -> Block:
    """Say why there is no risk, and show what was observed by segment where that is known."""
    if risk.observed is None or risk.observed.segments.empty:
        return paragraphs(
            Statement.of("No risk is shown. The reason: {why}", why=telling(risk.refusal or "", "churn_refused"))
        )
    return observed_segments_table(risk)


def observed_segments_table(risk: ChurnRisk) -> Block:
    """Show observed churn by segment, where there is no prediction."""
    assert risk.observed is not None
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn(own_words(risk.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Left", "left", "customers"),
        TableColumn(Statement.of("Churn, {h}", h=telling(risk.horizon_words, "churn", inside=True)), "rate", "share"),
    ]
    caption = Statement.of("Observed churn by segment, as of {d}", d=day(risk.observed.since))
    notes = (
        []
        if risk.refusal is None
        else [Statement.of("No risk is shown. {why}", why=telling(risk.refusal, "churn_refused"))]
    )
    rows = named_rows("churn_seen", records(risk.observed.segments), "segment")
    return table_block(caption, columns, rows, notes=notes)
