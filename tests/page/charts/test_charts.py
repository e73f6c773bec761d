"""Charts: computed titles and descriptions, sound SVG, the same bytes for the same data."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from segkit.campaigns.views.arms_chart import leading_campaign
from segkit.campaigns.views.lift_charts import balance_plot, lift_funnel_chart, lift_profit, segment_forest
from segkit.campaigns.views.ranking_charts import qini_chart
from segkit.churn.views.drivers_chart import drivers_chart
from segkit.churn.views.observed_chart import observed_chart
from segkit.churn.views.retention_charts import cohort_retention, retention_chart
from segkit.churn.views.risk_charts import gains_by_decile, reliability_diagram, risk_against_value
from segkit.errors import ReportError
from segkit.kpis.views.control_charts import control_chart, control_charts
from segkit.page import Block, union
from segkit.segments.views.moves_chart import net_moves
from segkit.segments.views.profile_chart import trait_index
from segkit.segments.views.share_chart import share_chart
from segkit.segments.views.size_charts import segment_value, size_bars
from segkit.segments.views.trend_chart import segment_trend
from segkit.value.views.concentration_charts import lorenz_curve, value_deciles
from segkit.value.views.forecast_charts import (
    calibration_by_decile,
    calibration_by_history,
    holdout_tracking,
    size_against_value,
    value_by_decile,
    value_lorenz,
)
from tests.campaigns.views import lift_sample
from tests.churn.views import churn_sample
from tests.declared import declared
from tests.kpis.views import sample
from tests.segments.views import profile_sample
from tests.value.views import value_sample

CALM = ("normal",) * len(sample.NAMES)


def shown(block: Block | None) -> Block:
    """A chart that has something to show."""
    assert block is not None
    return block


MAKERS: dict[str, Callable[[], Block]] = {
    "size_bars": lambda: size_bars(sample.sizes()),
    "segment_trend": lambda: segment_trend(sample.sizes()),
    "segment_value": lambda: segment_value(sample.sizes()),
    "net_moves": lambda: shown(net_moves(sample.migration())),
    "control_chart": lambda: control_chart(sample.key_figures()[1], sample.MONEY),
    "observed_chart": lambda: shown(observed_chart(churn_sample.risk())),
    "lorenz_curve": lambda: lorenz_curve(sample.concentration()),
    "value_deciles": lambda: value_deciles(sample.concentration()),
    "calibration_by_decile": lambda: shown(calibration_by_decile(value_sample.value())),
    "calibration_by_history": lambda: shown(calibration_by_history(value_sample.value())),
    "holdout_tracking": lambda: shown(holdout_tracking(value_sample.value())),
    "size_against_value": lambda: shown(size_against_value(value_sample.value())),
    "leading_campaign": lambda: shown(leading_campaign(lift_sample.randomised())),
    "balance_plot": lambda: shown(balance_plot(lift_sample.chosen())),
    "lift_funnel_chart": lambda: shown(lift_funnel_chart(lift_sample.randomised())),
    "lift_profit": lambda: shown(lift_profit(lift_sample.randomised())),
    "segment_forest": lambda: shown(segment_forest(lift_sample.randomised())),
    "qini_chart": lambda: shown(qini_chart(lift_sample.ranked())),
    "trait_index": lambda: shown(trait_index(profile_sample.profile(), "Heavy")),
    "value_by_decile": lambda: shown(value_by_decile(value_sample.value())),
    "value_lorenz": lambda: shown(value_lorenz(value_sample.value())),
    "drivers_chart": lambda: shown(drivers_chart(churn_sample.risk())),
    "gains_by_decile": lambda: shown(gains_by_decile(churn_sample.risk())),
    "reliability_diagram": lambda: shown(reliability_diagram(churn_sample.risk())),
    "cohort_retention": lambda: shown(cohort_retention(churn_sample.risk())),
    "retention_chart": lambda: shown(retention_chart(churn_sample.risk())),
    "share_chart": lambda: shown(share_chart(replace(profile_sample.profile(), segments=sample.segments()))),
    "risk_against_value": lambda: shown(risk_against_value(churn_sample.risk())),
}


def test_every_chart_is_tried() -> None:
    # control_charts is control_chart for several key figures
    drawn = {place.rpartition(":")[2] for place in declared() if "chart" in place.partition(":")[0]}
    several = {"control_charts": "control_chart", "segment_forests": "segment_forest", "qini_charts": "qini_chart"}
    assert set(MAKERS) == {several.get(name, name) for name in drawn}


def test_control_charts_are_control_charts() -> None:
    together = control_charts(sample.key_figures(), most=2)
    assert [block.html for block in together] == [
        control_chart(one, sample.MONEY).html for one in sample.key_figures()[:2]
    ]


@pytest.mark.parametrize("maker", MAKERS)
def test_a_chart_is_sound(maker: str) -> None:
    block = MAKERS[maker]()
    svg, fields = block.fields["svg"], block.fields
    root = ET.fromstring(svg)  # well-formed
    assert svg.startswith("<svg")
    assert "<!DOCTYPE" not in svg
    assert "<metadata" not in svg
    assert "<style" not in svg
    assert "<image" not in svg
    width = float(root.attrib["viewBox"].split()[2])
    assert 311 <= width <= 313
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)]
    # drawn at 312 px on a phone of 320 px, the smallest text has at least 12 px
    assert sizes
    assert min(sizes) * 312 / width >= 11.99
    assert re.search(r"\d", fields["alt"].text)
    assert len(fields["title"].text.split()) <= 14
    assert fields["table"]["rows"]
    assert block.html.count('role="img"') == 1
    assert block.html == MAKERS[maker]().html


def test_ids_are_unique_on_a_page() -> None:
    ids = [found for make in MAKERS.values() for found in re.findall(r'\bid="([^"]+)"', make().fields["svg"])]
    assert len(ids) == len(set(ids))


def test_all_charts_state_the_same_numbers() -> None:
    union(make().metrics for make in MAKERS.values())


def test_titles_name_the_news() -> None:
    assert MAKERS["size_bars"]().fields["title"].text == "Overdue grew by 127"
    assert MAKERS["control_chart"]().fields["title"].text.startswith("Revenue, week fell 8.5")
    assert MAKERS["segment_value"]().fields["title"].text == "Active and Overdue bring 85.0\u202f% of the value"
    assert MAKERS["lorenz_curve"]().fields["title"].text == (
        "80\u202f% of the value comes from 38.8\u202f% of households"
    )


def test_no_direction_within_normal_variation() -> None:
    title = size_bars(sample.sizes(variation=CALM)).fields["title"].text
    assert title == "No segment left its normal range"
    calm = control_chart(sample.key_figures()[0], sample.MONEY)
    assert calm.fields["title"].text == "Active households at 11,855: within normal variation"
    unknown = control_chart(sample.key_figures()[3], sample.MONEY)
    assert unknown.fields["title"].text.endswith("too early to say")


def test_what_is_hidden_appears_nowhere() -> None:
    sizes = sample.sizes(hidden=("Unassigned", "New"))
    for make in (size_bars, segment_trend, segment_value):
        block = make(sizes)
        assert not any(metric.value in (14, 263) for metric in block.metrics)
        assert ">263" not in block.html
        assert "New 263" not in block.html


def test_without_an_earlier_period() -> None:
    sizes = sample.sizes(compared=False)
    block = size_bars(sizes)
    assert len(block.fields["table"]["columns"]) == 2
    assert "largest segment" in block.fields["title"].text


def test_hostile_names_are_only_text() -> None:
    names = ("<script>1</script>", "$x$ & $y$", "💀" * 40, "a\u202eb", "x" * 10_000, "Unassigned")
    for block in (
        size_bars(sample.sizes(names)),
        segment_trend(sample.sizes(names)),
        segment_value(sample.sizes(names)),
        net_moves(sample.migration(names)),
    ):
        ET.fromstring(block.fields["svg"])
        assert "<script" not in block.html
        assert "x" * 100 not in block.html


def test_many_segments_show_the_largest() -> None:
    many = _many(120)
    block = size_bars(many)
    assert "the 12 largest of 120" in block.fields["subtitle"].text
    assert len(segment_trend(many).fields["table"]["columns"]) == 13


def _many(n: int) -> object:
    base = sample.sizes()
    names = [f"Segment {at}" for at in range(n)]
    segments = tuple(dataclasses.replace(base.segments[0], name=name) for name in names)
    frame = pd.DataFrame(
        {
            "segment": names,
            "customers": pd.array(range(1, n + 1), dtype="Int64"),
            "previous_customers": pd.array(range(1, n + 1), dtype="Int64"),
            "share": [at / sum(range(1, n + 1)) for at in range(1, n + 1)],
            "value": [float(at) for at in range(1, n + 1)],
            "previous_value": [float(at) for at in range(1, n + 1)],
            "value_share": [at / sum(range(1, n + 1)) for at in range(1, n + 1)],
            "mean_value": [1.0] * n,
            "variation": ["normal"] * n,
            "suppressed": [False] * n,
        }
    )
    ends = (sample.END - dt.timedelta(days=7), sample.END)
    history = pd.concat([frame[["segment", "customers"]].assign(date=end) for end in ends])
    total = n * (n + 1) // 2
    return dataclasses.replace(
        base,
        segments=segments,
        frame=frame,
        history=history,
        total_customers=total,
        total_previous=total,
        total_value=float(total),
    )


def test_history_that_contradicts_the_sizes_is_refused() -> None:
    sizes = sample.sizes()
    wrong = sizes.history.copy()
    wrong.loc[wrong["date"] == sample.END, "customers"] += 1
    with pytest.raises(ReportError, match="two values"):
        segment_trend(dataclasses.replace(sizes, history=wrong))


def test_importing_figures_does_not_import_matplotlib() -> None:
    code = "import sys, segkit as sk; sk.segments.sizes, sk.kpis.read; print('matplotlib' in sys.modules, 'seaborn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_segment_that_would_hide_all_others_makes_the_chart_an_index() -> None:
    sizes = sample.sizes(variation=CALM)
    plain = segment_trend(sizes)
    assert "the first is" not in plain.fields["subtitle"].text
    few = sizes.history.assign(
        customers=[
            n if s == "Active" else n // 8
            for s, n in zip(sizes.history.segment, sizes.history.customers, strict=True)
        ]
    )
    frame = sizes.frame.assign(
        customers=[
            n if s == "Active" else n // 8 for s, n in zip(sizes.frame.segment, sizes.frame.customers, strict=True)
        ]
    )
    drawn = segment_trend(dataclasses.replace(sizes, history=few, frame=frame))
    # fourteen customers are too few for an index, and the table beneath has them all the same
    assert "; the first is 100, without segments that began with fewer than 20" in drawn.fields["subtitle"].text
    assert "for its size" in drawn.fields["title"].text
    assert ">Unassigned<" not in drawn.fields["svg"]
    assert [one["label"].text for one in drawn.fields["table"]["columns"]][1:] == list(sample.NAMES)
