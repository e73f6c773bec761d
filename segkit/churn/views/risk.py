"""The blocks of a page on churn: observed and predicted are kept apart, and a refusal stands in place of numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from segkit.churn.records import ChurnRisk
from segkit.customers.views.reach import reach_of
from segkit.page import Block, Metric, Statement, day, direction, literal, name, number, words
from segkit.page.format import plain_date
from segkit.page.head import head
from segkit.page.notes import hidden_note
from segkit.page.segments import keys, records
from segkit.page.spark import sparkline
from segkit.page.tables import column, row, table
from segkit.page.telling import telling
from segkit.page.tile import plain_tile

_PERIODS: Final = 12
MAY: Final = {"leave": "leave within", "stay away": "stay away for", "lapse": "lapse within"}
"""What customers may do, followed by the horizon."""
DID: Final = {"leave": "left", "stay away": "stayed away", "lapse": "lapsed"}
"""What they did."""


def risk_money(risk: ChurnRisk, key: str, amount: float | None) -> Metric:
    """An amount of the record as a metric."""
    return Metric(f"churn_{key}", amount, "money", risk.money.currency)


def whole_customers(value: float | None) -> int | None:
    """An expected number of customers, to the nearest whole one."""
    return None if value is None else round(value)


def churn_headline(risk: ChurnRisk, *, subject: str = "", decision: str | None = None) -> Block:
    """The page's first lines: how many may leave, how sure that is, and what it would cost.

    Args:
        risk: the record.
        subject: whom the page is about; the dataset's title if empty.
        decision: what the reader has to decide, in the analyst's words.
    """
    unit = name(risk.unit_name, 30)
    if risk.refusal is not None:
        sentence = Statement.of("Who among the {unit} will leave cannot be told from these data", unit=unit)
        told = Statement.of("{why}", why=name(risk.refusal, 1000))
    else:
        sentence = Statement.of(
            "{n} of {all} {unit} may " + MAY[risk.leaving] + " {horizon} ({low} to {high})",
            n=Metric("churn_expected", whole_customers(risk.expected), "customers"),
            all=Metric("churn_customers", risk.customers, "customers"),
            unit=unit,
            horizon=telling(risk.horizon_words, "churn", inside=True),
            low=Metric("churn_expected_low", whole_customers(risk.low), "customers"),
            high=Metric("churn_expected_high", whole_customers(risk.high), "customers"),
        )
        told = _decision(risk)
    return head(
        sentence,
        told,
        subject=subject or risk.subject,
        kicker=Statement.of("{title} · churn risk to {end}", title=name(risk.title), end=day(risk.horizon_end)),
        as_of=risk.end,
        period=(risk.end + dt.timedelta(days=1), risk.horizon_end),
        decision=decision,
        reach=reach_of(risk.coverage),
    )


def _decision(risk: ChurnRisk) -> Statement:
    if risk.save_customers is None:
        return Statement.of(
            "A call pays for fewer than {n} {unit}, too few to be shown, if {rate} of leavers called can be kept at "
            "{cost} each.",
            n=Metric("churn_smallest", risk.smallest, "count"),
            unit=name(risk.unit_name, 40),
            rate=Metric("churn_save_rate", risk.save_rate, "share"),
            cost=risk_money(risk, "contact_cost", risk.contact_cost),
        )
    if not risk.save_customers:
        return Statement.of(
            "No call pays: at {cost} a call and {rate} of leavers kept, nobody's expected value covers the cost.",
            cost=risk_money(risk, "contact_cost", risk.contact_cost),
            rate=Metric("churn_save_rate", risk.save_rate, "share"),
        )
    return Statement.of(
        "To decide: whether to call the {n} for whom a call pays, for an expected {profit}, if {rate} of leavers "
        "called can be kept at {cost} each.",
        n=Metric("churn_save_customers", risk.save_customers, "customers"),
        profit=risk_money(risk, "save_profit", risk.save_profit),
        rate=Metric("churn_save_rate", risk.save_rate, "share"),
        cost=risk_money(risk, "contact_cost", risk.contact_cost),
    )


def churn_tiles(risk: ChurnRisk) -> Block | None:
    """Observed churn of the last period, expected leavers, value at risk, how last predictions did, the save list."""
    tiles = []
    if risk.observed is not None and not risk.observed.periods.empty:
        tiles.append(_observed_tile(risk))
    if risk.refusal is None and risk.held_out is not None:
        held = risk.held_out
        used = next(c for c in held.candidates if c.used)
        mean = Metric("churn_mean_risk", risk.expected / risk.customers, "share")
        tiles.append(
            _tile(
                Statement.of("Risk, next {h}", h=telling(risk.horizon_words, "churn", inside=True)),
                mean,
                _change_words(risk),
            )
        )
        share = Metric("churn_value_share", risk.at_risk / risk.value if risk.value else None, "share")
        tiles.append(
            _tile(
                literal("Value at risk"),
                risk_money(risk, "at_risk", risk.at_risk),
                Statement.of(
                    "{s} of what {h} would bring", s=share, h=telling(risk.horizon_words, "churn", inside=True)
                ),
            )
        )
        came = Metric("churn_held_out_rate", held.left / held.customers, "share")
        tiles.append(
            _tile(
                literal("Predicted last time"),
                Metric("churn_held_out_mean", used.mean, "share"),
                Statement.of("{came} came", came=came),
            )
        )
        tiles.append(
            _tile(
                literal("Worth a call"),
                Metric("churn_save_customers", risk.save_customers, "customers"),
                Statement.of("expected profit {p}", p=risk_money(risk, "save_profit", risk.save_profit)),
            )
        )
    return Block.of("tiles", {"tiles": tiles}) if tiles else None


def _tile(label: Statement, value: Metric, note: Statement) -> dict[str, Any]:
    return plain_tile(label, Statement.of("{v}", v=value), note)


def _observed_tile(risk: ChurnRisk) -> dict[str, Any]:
    assert risk.observed is not None
    rows = records(risk.observed.periods)[-_PERIODS:]
    rates = [r["rate"] for r in rows]
    known = [rate for rate in rates if rate is not None]
    last = Metric("churn_observed_rate", rates[-1], "share")
    tile = _tile(literal("Observed churn"), last, literal("no earlier period"))
    before = rates[-2] if len(rates) > 1 else None
    if rates[-1] is not None and before is not None:
        change = Metric("churn_observed_change", rates[-1] - before, "points")
        verdict = direction(change, risk.observed.variation, "verdict")
        tile["change"] = Statement.of("{by}, {verdict}", by=number(change, "signed"), verdict=verdict)
        if risk.observed.variation == "news" and change.value:
            judged = direction(change, "news", "judgement", "down")
            tile["change"] = Statement.of(
                "{arrow} {by} ({judged})",
                arrow=direction(change, "news", "arrow"),
                by=number(change, "size"),
                judged=judged,
            )
            tile["tone"] = judged.text
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
        verdict=literal("more than chance moves it")
        if change.variation == "news"
        else literal("no more than chance moves it"),
    )


def churn_definition(risk: ChurnRisk, note: str = "") -> Block:
    """What counts as leaving, who can leave, and that observed churn and predicted risk are different words.

    Args:
        risk: the record.
        note: what has changed in the definition, in the analyst's words.
    """
    paragraphs = [
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
    paragraphs += _short_horizon(risk)
    if note.strip():
        paragraphs.append(Statement.of("Changed since the last report: {note}", note=name(note.strip(), 600)))
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
        paragraphs.append(
            Statement.of(
                "How much hangs on the horizon: of those there on one and the same day, {parts}.",
                parts=Statement.join(parts),
            )
        )
    return Block.of("notes", {"paragraphs": paragraphs, "terms": [], "definitions": definitions(risk)})


def _short_horizon(risk: ChurnRisk) -> list[Statement]:
    """A warning where most customers would count as lost while they buy as usual."""
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
    """What churn means on a page, for the next page to compare with its own."""
    return {"churn": f"{risk.event}; who can leave: {risk.eligible}"}


def _unit(risk: ChurnRisk, many: int) -> str:
    singular = risk.horizon_words.split(" ", 1)[1].rstrip("s")
    return singular if many == 1 else f"{singular}s"


def churn_table(risk: ChurnRisk) -> Block:
    """Every segment: observed churn of the last horizon, risk with its interval, what is at stake; the whole last."""
    if risk.refusal is not None or risk.frame is None or risk.held_out is None:
        return _refused(risk)
    seen = {} if risk.observed is None else {r["segment"]: r["rate"] for r in records(risk.observed.segments)}
    found = records(risk.frame)
    rows, notes = [], []
    for segment, key, given in zip(
        risk.segments, keys("churn_of", [str(r["segment"]) for r in found]), found, strict=True
    ):
        cells = given | {"observed": seen.get(segment.name)}
        rows.append(
            row(_cells(risk, key, words(segment.name, 80), cells), colour=segment.colour, quiet=cells["risk"] is None)
        )
        if cells["note"]:
            notes.append(Statement.of("{s}: {why}.", s=name(segment.name, 80), why=name(str(cells["note"]), 200)))
    n = risk.customers
    total = {
        "customers": n,
        "observed": risk.held_out.left / risk.held_out.customers,
        "risk": risk.expected / n,
        "low": risk.low / n,
        "high": risk.high / n,
        "expected": risk.expected,
        "value": risk.value,
        "at_risk": risk.at_risk,
    }
    rows.append(row(_cells(risk, "churn_all", literal("All"), total), total=True))
    columns = [column("Segment", "text"), column(words(risk.unit_name.capitalize(), 40)), column("Observed")]
    columns += [column(label) for label in ("Risk", "From", "To", "Leavers expected", "Value", "At risk")]
    caption = Statement.of(
        "Churn by segment: observed {span}, risk to {end}",
        span=day(risk.held_out.origin + dt.timedelta(days=1), risk.held_out.end),
        end=day(risk.horizon_end),
    )
    notes = [
        Statement.of(
            "From and To hold the share that leaves in {level} of cases like the one held out. Value is what {h} would "
            "bring; at risk is that times the risk.",
            level=Metric("churn_level", risk.level, "share"),
            h=telling(risk.horizon_words, "churn", inside=True),
        ),
        *_short_horizon(risk),
        *notes,
    ]
    if any(r["suppressed"] for r in found):
        notes.append(hidden_note(Metric("churn_smallest", risk.smallest, "count"), risk.unit_name))
    return Block.of("table", table(caption, columns, rows, notes=notes))


def _cells(risk: ChurnRisk, key: str, label: Statement, cells: Any) -> list[Statement]:
    currency = risk.money.currency
    metrics = [
        Metric(f"{key}_customers", cells["customers"], "customers"),
        *(Metric(f"{key}_{part}", cells[part], "share") for part in ("observed", "risk", "low", "high")),
        Metric(f"{key}_expected", whole_customers(cells["expected"]), "customers"),
        *(Metric(f"{key}_{part}", cells[part], "money", currency) for part in ("value", "at_risk")),
    ]
    return [label, *(Statement.of("{n}", n=metric) for metric in metrics)]


def _refused(risk: ChurnRisk) -> Block:
    """Why there is no risk; what was observed by segment where that is known."""
    if risk.observed is None or risk.observed.segments.empty:
        why = Statement.of("No risk is shown. The reason: {why}", why=name(risk.refusal or "", 2000))
        return Block.of("notes", {"paragraphs": [why], "terms": []})
    return observed_segments_table(risk)


def observed_segments_table(risk: ChurnRisk) -> Block:
    """Observed churn by segment alone, where there is no prediction."""
    assert risk.observed is not None
    rows = []
    found = records(risk.observed.segments)
    for key, cells in zip(keys("churn_seen", [str(r["segment"]) for r in found]), found, strict=True):
        rows.append(
            row(
                [
                    words(str(cells["segment"]), 80),
                    Statement.of("{n}", n=Metric(f"{key}_customers", cells["customers"], "customers")),
                    Statement.of("{n}", n=Metric(f"{key}_left", cells["left"], "customers")),
                    Statement.of("{n}", n=Metric(f"{key}_rate", cells["rate"], "share")),
                ],
                quiet=cells["suppressed"],
            )
        )
    columns = [column("Segment", "text"), column(words(risk.unit_name.capitalize(), 40)), column("Left")]
    notes = [] if risk.refusal is None else [Statement.of("No risk is shown. {why}", why=name(risk.refusal, 2000))]
    return Block.of(
        "table",
        table(
            Statement.of("Observed churn by segment, as of {d}", d=day(risk.observed.since)),
            [*columns, column("Observed churn")],
            rows,
            notes=notes,
        ),
    )
