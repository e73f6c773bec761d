"""Hand-made records of a retailer's week, as measures would give them; every total reconciles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from segkit.customers.partition import Segment
from segkit.customers.periods import Period
from segkit.data.quality import Quality, QualityLine, TableQuality
from segkit.data.schema import Money
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.news.judgement import EARLY, Judgement, Variation
from segkit.page.palette import UNASSIGNED, colours
from segkit.segments.records import Migration, SegmentSizes
from segkit.statistics.told import Figure, Told
from segkit.value.concentration_records import Concentration

MONEY = Money("USD", 2)
VALUE = Told.of("revenue, last {months} months", months=Figure(12, "count"))
END = dt.date(2017, 12, 24)
BEFORE = dt.date(2017, 12, 17)
DATES = tuple(END - dt.timedelta(weeks=back) for back in range(11, -1, -1))

NAMES = ("New", "Active", "Overdue", "Lapsed", "Reactivated", "Unassigned")
DEFINITIONS = (
    Told.of("First purchase within the last {days} days.", days=Figure(28, "count")),
    "Bought within twice the customer's own usual gap between purchases.",
    "Silent for two to four times the customer's own usual gap.",
    "Silent for more than four times the customer's own usual gap.",
    Told.of("Bought again within the last {days} days after having lapsed.", days=Figure(28, "count")),
    "No purchase with a valid date.",
)
PREVIOUS = (318, 11_842, 3_095, 4_212, 401, 14)
FLOWS = (
    ("Active", "Overdue", 296, 61_240.5),
    ("Overdue", "Active", 171, 58_310.0),
    ("Overdue", "Lapsed", 84, 4_120.25),
    ("New", "Active", 73, 12_004.0),
    ("Lapsed", "Reactivated", 52, 3_871.5),
    ("Reactivated", "Active", 47, 6_020.0),
    ("New", "Overdue", 86, 5_210.0),
)
ARRIVED = (104, 9, 0, 0, 0, 0)
VALUES = (46_210.55, 4_310_884.10, 905_310.42, 641_222.08, 231_904.11, 0.0)
NEWS: tuple[Variation, ...] = ("normal", "normal", "news", "normal", "normal", "normal")


def segments(names: Sequence[str] = NAMES) -> tuple[Segment, ...]:
    """The segments; the last one is the grey of Unassigned."""
    palette = (*colours(len(names) - 1, ordered=False), UNASSIGNED)
    return tuple(Segment(name, DEFINITIONS[at % len(DEFINITIONS)], palette[at]) for at, name in enumerate(names))


def migration(names: Sequence[str] = NAMES) -> Migration:
    """Who moved."""
    renamed = dict(zip(NAMES, names, strict=True))
    came = {name: sum(n for _, to, n, _ in FLOWS if to == name) for name in NAMES}
    left = {name: sum(n for source, _, n, _ in FLOWS if source == name) for name in NAMES}
    rows = [
        {
            "segment": renamed[name],
            "previous": before,
            "arrived": new,
            "moved_in": came[name],
            "moved_out": left[name],
            "now": before + new + came[name] - left[name],
        }
        for name, before, new in zip(NAMES, PREVIOUS, ARRIVED, strict=True)
    ]
    flows = sorted(FLOWS, key=lambda flow: -flow[2])
    return Migration(
        "Lifecycle",
        "households",
        MONEY,
        BEFORE,
        END,
        segments(names),
        pd.DataFrame(rows),
        pd.DataFrame(
            [(renamed[a], renamed[b], n, value) for a, b, n, value in flows],
            columns=["from_segment", "to_segment", "customers", "value"],
        ),
        10,
    )


def sizes(
    names: Sequence[str] = NAMES,
    variation: Sequence[Variation] = NEWS,
    hidden: Sequence[str] = (),
    compared: bool = True,
) -> SegmentSizes:
    """How big each segment is.

    Args:
        names: of the segments, as many as in NAMES.
        variation: one a segment.
        hidden: names of suppressed segments.
        compared: whether there is an earlier period.
    """
    now = [int(n) for n in migration().balance["now"]]
    total, value = sum(now), sum(VALUES)
    rows = []
    for at, name in enumerate(names):
        shown = name not in hidden
        rows.append(
            {
                "segment": name,
                "customers": now[at] if shown else pd.NA,
                "previous_customers": PREVIOUS[at] if shown and compared else pd.NA,
                "share": now[at] / total if shown else float("nan"),
                "value": VALUES[at] if shown else float("nan"),
                "previous_value": VALUES[at] * 0.99 if shown and compared else float("nan"),
                "value_share": VALUES[at] / value if shown else float("nan"),
                "mean_value": VALUES[at] / now[at] if shown else float("nan"),
                "variation": variation[at] if compared else "early",
                "suppressed": not shown,
            }
        )
    frame = pd.DataFrame(rows).astype({"customers": "Int64", "previous_customers": "Int64"})
    history = []
    for back, date in enumerate(reversed(DATES)):
        for at, name in enumerate(names):
            drift = (PREVIOUS[at] - now[at]) if back else 0
            wave = ((back * 7 + at * 3) % 5 - 2) * max(PREVIOUS[at] // 150, 1) if back else 0
            slope = -24 * back if at == 2 else 6 * back if at == 1 else 0
            count = now[at] + drift + wave + slope
            history.append((date, name, pd.NA if name in hidden else max(count, 0)))
    return SegmentSizes(
        title="Lifecycle",
        unit_name="households",
        value_name=VALUE,
        money=MONEY,
        period=Period(BEFORE + dt.timedelta(days=1), END, "week"),
        previous_end=BEFORE if compared else None,
        segments=segments(names),
        frame=frame,
        total_customers=total,
        total_previous=sum(PREVIOUS) if compared else None,
        total_value=value,
        total_previous_value=value * 0.99 if compared else None,
        smallest=10,
        history=pd.DataFrame(history, columns=["date", "segment", "customers"]).astype({"customers": "Int64"}),
    )


def figures(*chosen: KeyFigure) -> KeyFigures:
    """Key figures of the retailer's week."""
    return KeyFigures(chosen, "Grocery", MONEY, Period(BEFORE + dt.timedelta(days=1), END, "week"))


def key_figures() -> KeyFigures:
    """Four key figures: one is news and bad, one is normal, one is news and good, one has no history."""
    return figures(
        KeyFigure(
            "active_households",
            "Active households",
            "customers",
            "up",
            DATES,
            (11780, 11802, 11795, 11830, 11810, 11822, 11808, 11841, 11833, 11850, 11842, 11855),
            "Households that bought within twice their own usual gap.",
            judgement=Judgement("normal", 11_835, 11_700, 11_970, "lately", periods=52),
        ),
        KeyFigure(
            "weekly_revenue",
            "Revenue, week",
            "money",
            "up",
            DATES,
            (91_800, 92_450, 90_900, 93_100, 92_000, 91_500, 92_800, 93_050, 92_200, 91_900, 93_400, 85_420.37),
            "Amounts paid in the week, returns deducted.",
            judgement=Judgement("news", 92_500, 89_000, 96_100, "lately", periods=52),
        ),
        KeyFigure(
            "share_at_risk",
            "At risk of leaving",
            "share",
            "down",
            DATES,
            (0.148, 0.149, 0.149, 0.150, 0.151, 0.150, 0.152, 0.153, 0.154, 0.154, 0.1557, 0.1612),
            "Households at risk as a share of all.",
            judgement=Judgement("news", 0.155, 0.152, 0.158, "lately", periods=52),
        ),
        KeyFigure(
            "orders_per_household",
            "Orders a household",
            "index",
            "up",
            DATES,
            (None,) * 11 + (3.42,),
            Told.of("Orders in the last {months} months divided by households.", months=Figure(12, "count")),
            judgement=EARLY,
        ),
    )


def concentration() -> Concentration:
    """How value is spread."""
    total = 6_135_531.26
    shares = (0.412, 0.187, 0.122, 0.089, 0.067, 0.049, 0.035, 0.023, 0.012, 0.004)
    count = 19_995
    curve = [0.0]
    for share in reversed(shares):
        start = curve[-1]
        curve += [start + share * step / 10 for step in range(1, 11)]
    return Concentration(
        value_name=VALUE,
        unit_name="households",
        money=MONEY,
        end=END,
        customers=count,
        total=total,
        top_shares={0.01: 0.094, 0.1: 0.412, 0.2: 0.599, 0.5: 0.877},
        share_for_80=0.388,
        gini=0.5612,
        below_zero=23,
        lorenz=pd.DataFrame({"customers_share": [step / 100 for step in range(101)], "value_share": curve}),
        deciles=pd.DataFrame(
            {
                "decile": range(1, 11),
                "customers": [2000] * 5 + [1999] * 5,
                "value": [share * total for share in shares],
                "value_share": shares,
                "mean_value": [share * total / 2000 for share in shares],
            }
        ),
    )


def quality() -> Quality:
    """What came in."""
    return Quality(
        "grocery",
        END,
        MONEY,
        (
            TableQuality(
                "transactions",
                "data/2017/transactions.parquet",
                1_469_307,
                1_469_181,
                4_598_431.12,
                4_598_020.02,
                dt.date(2017, 1, 1),
                END,
                (
                    QualityLine("transactions", "no customer id", 84, 84, ("row 1042", "row 88121")),
                    QualityLine("transactions", "date in the future", 44, 42, ("2071-12-24",)),
                    QualityLine("transactions", "amount of zero", 9_120, 0, ()),
                ),
            ),
            TableQuality("customers", "demographics.parquet", 801, 801, None, None, None, None, ()),
        ),
        ("Returns are negative amounts and are deducted from the revenue of the day of the return.",),
    )


ACTIONS = (
    {
        "action": "Send the win-back voucher to households at risk",
        "owner": "Head of CRM",
        "due": "2018-01-05",
        "effect": "1.6 pp more of them buy again, ± 0.8",
    },
    {
        "action": "Find out why the week's revenue is short",
        "owner": "Category lead",
        "due": "2017-12-29",
        "effect": "Cause named",
    },
)
