"""LaLonde's treated against the CPS sample: whatever is done, the page calls it no effect."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.models.evidence import Badge, forbidden_words
from segkit.campaigns.records import CampaignLift
from segkit.data import Dataset
from segkit.statistics.effects import Effect
from tests.campaigns.measure.test_tamper import page_of
from tests.customers.made import made_base
from tests.customers.worlds import World

START, END = dt.date(2024, 1, 1), dt.date(2024, 12, 31)
KNOWN = ("age", "educ", "black", "hisp", "marr", "nodegree")


@pytest.fixture(scope="module")
def against_cps(shared_data: Path, like: Dataset) -> CampaignLift:
    """Earnings become revenue: 1975 the year before the campaign, 1978 the campaign's year."""
    rows = []
    for name, keep in (("nsw_dw", "1"), ("nsw_cps", None)):
        with (shared_data / "lalonde_nsw" / f"{name}.csv").open(newline="") as file:
            rows += [row for row in csv.DictReader(file) if keep is None or float(row["treat"]) == float(keep)]
    n = len(rows)
    money: dict[str, list[int]] = {c: [round(float(row[c]) * 100) for row in rows] for c in ("re75", "re78")}
    before, during = START - dt.timedelta(days=180), START + dt.timedelta(days=180)
    ids = list(range(n))
    tables = {
        "transactions": pa.table(
            {
                "customer_id": pa.array([*ids, *ids], pa.int64()),
                "day": pa.array([before] * n + [during] * n, pa.date32()),
                "amount": pa.array([*money["re75"], *money["re78"]], pa.int64()),
                "is_purchase": pa.array([True] * (2 * n)),
                "order_id": pa.array(range(2 * n), pa.int64()),
            }
        ),
        "customers": pa.table(
            {"customer_id": ids, **{c: pa.array([float(row[c]) for row in rows], pa.float64()) for c in KNOWN}}
        ),
        "campaigns": pa.table(
            {
                "campaign_id": ["training"],
                "start": pa.array([START], pa.date32()),
                "end": pa.array([END], pa.date32()),
                "randomised": [False],
                "control_arm": pa.array([None], pa.string()),
            }
        ),
        "contacts": pa.table(
            {
                "customer_id": pa.array([i for i in ids if float(rows[i]["treat"]) == 1], pa.int64()),
                "campaign_id": pa.array(["training"] * 185),
                "arm": pa.array(["trained"] * 185),
            }
        ),
    }
    base = made_base(
        like, tables, END, segmentations={"age": {"kind": "bands", "column": "age", "edges": [30]}}, periods=1
    )
    return campaign_lift(base, segmentations="age", covariates=[*KNOWN, "revenue_before"])


def test_the_comparison_cannot_be_published_as_an_effect(against_cps: CampaignLift) -> None:
    assert against_cps.facts.customers == (15_992, 185)
    assert against_cps.evidence.badge is Badge.DESCRIPTIVE
    assert not against_cps.evidence.publishable
    assert against_cps.chosen is not None
    assert "blocked" in {v.status for v in against_cps.chosen.verdicts}
    revenue = next(c for c in against_cps.chosen.comparisons if c.metric.key == "revenue")
    assert isinstance(revenue.naive, Effect)
    assert revenue.naive.difference == pytest.approx(-8497.516, abs=0.05)  # the published naive difference
    assert revenue.estimates == ()


def test_its_page_says_descriptive_and_uses_no_causal_word(against_cps: CampaignLift) -> None:
    page = page_of(against_cps)
    assert "Descriptive" in page.html
    assert "no comparison group is like them" in page.headline
    assert not forbidden_words(page.headline, Badge.DESCRIPTIVE)
    for word in ("incremental", "caused", "lift by", "uplift"):
        assert word not in page.html.split("<body", 1)[1].replace("Campaign lift", "")


def test_the_save_desk_is_adjusted_and_never_called_caused(telecom: World) -> None:
    """Customers at risk were called; what decided is in the tables, so that adjusting is sound, and is called that."""
    lift = campaign_lift(telecom.base, "save_desk", segmentations="tenure")
    assert lift.evidence.badge is Badge.ADJUSTED
    assert lift.comparisons == ()
    assert lift.chosen is not None
    converted = next(c for c in lift.chosen.comparisons if c.metric.key == "converted")
    assert [e.estimator for e in converted.estimates] == ["regression", "inverse-propensity", "doubly-robust"]
    assert isinstance(converted.naive, Effect)
    for estimate in converted.estimates:
        assert estimate.value > converted.naive.difference  # those called would have accepted less often anyway
        assert estimate.lower < 0.08  # planted: .08 under 24 months, .04 beyond
        assert estimate.upper > 0.04
    page = page_of(lift)
    assert "adjusted, not proven" in page.headline
    for word in ("incremental", "caused", "uplift"):
        assert word not in page.html.split("<body", 1)[1]
