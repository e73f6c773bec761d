"""An analyst's own tables and charts: formatted like the page's, traced where they can be, marked where they cannot."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from segkit import page
from segkit.errors import ParameterError, ReportError
from segkit.page import Block, Metric, Statement

FRAME = pd.DataFrame(
    {
        "plan": ["Go <b>", "Plus", None],
        "mean_value": [12.345, 1_234_567.0, np.nan],
        "n": [10, 20_000, 0],
        "kept": [0.327, 1.0, 0.0],
    }
)
UNITS = {"mean_value": "EUR", "n": "customers", "kept": "share"}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def texts(block: Block) -> list[list[str]]:
    return [[cell.text.replace("\u202f", " ") for cell in row["cells"]] for row in block.fields["rows"]]


def notes(block: Block) -> list[str]:
    return [note.text for note in block.fields["notes"]]


def test_columns_with_units_are_written_as_the_page_writes_them_and_traced() -> None:
    block = page.table(FRAME, caption="Plans", units=UNITS)
    assert texts(block) == [
        ["Go <b>", "€12.34", "10", "32.7 %"],
        ["Plus", "€1.23m", "20,000", "100 %"],
        ["–", "–", "0", "0 %"],
    ]
    assert [column["label"].text for column in block.fields["columns"]] == ["Plan", "Mean value", "N", "Kept"]
    assert [column["align"] for column in block.fields["columns"]] == ["text", "number", "number", "number"]
    assert {m.key: (m.value, m.unit, m.currency) for m in block.metrics}["plans_plus_mean_value"] == (
        1_234_567.0,
        "money",
        "EUR",
    )
    assert notes(block) == []
    assert "unchecked" not in block.fields
    assert "<b>" not in block.html
    again = Block.from_payload(json.loads(json.dumps(block.payload())))
    assert again.html == block.html


def test_columns_without_a_unit_are_plain_and_marked() -> None:
    block = page.table(FRAME, caption="Plans", units={"n": "count"}, notes="Tax included.")
    assert texts(block)[1] == ["Plus", "1,234,567", "20,000", "1"]
    assert notes(block) == ["Tax included.", "Not checked by segkit: Mean value, Kept."]
    assert block.fields["unchecked"] is True
    assert notes(page.table(FRAME[["n"]], caption="Plans")) == ["Not checked by segkit."]


def test_a_typed_number_is_marked_and_a_traced_one_is_not() -> None:
    frame = FRAME[["plan", "n"]]
    assert notes(page.table(frame, caption="Plans of 2024", units={"n": "count"})) == ["Not checked by segkit."]
    traced = Statement.of("All {n}.", n=Metric("all", 20_010, "customers"))
    block = page.table(frame, caption="Plans", units={"n": "customers"}, notes=[traced])
    assert notes(block) == ["All 20,010."]
    assert "all" in {metric.key for metric in block.metrics}
    as_text = pd.DataFrame({"Plan": ["Plus"], "Price": ["€ 12"]})
    assert notes(page.table(as_text, caption="Prices")) == ["Not checked by segkit: Price."]


def test_indexes_series_metrics_dates_and_flags() -> None:
    sums = FRAME.dropna().groupby("plan")["n"].sum()
    assert texts(page.table(sums, caption="x", units={"n": "customers"})) == [["Go <b>", "10"], ["Plus", "20,000"]]
    order = FRAME.sort_values("n")
    assert texts(page.table(order[["plan"]], caption="x")) == [["–"], ["Go <b>"], ["Plus"]]
    mixed = pd.DataFrame(
        {
            "What": ["a", "b"],
            "Since": [dt.date(2024, 2, 29), pd.NaT],
            "At": pd.to_datetime(["2024-02-29 10:30", None]),
            "New": [True, False],
            "Sum": [Metric("sum", 3, "count"), Decimal("0.00012")],
            "Odd": [10**400, float("inf")],
        }
    )
    block = page.table(mixed, caption="x")
    assert texts(block) == [
        ["a", "29 Feb 2024", "2024-02-29 10:30", "yes", "3", "–"],
        ["b", "–", "–", "no", "0.00012", "–"],
    ]
    assert [metric.key for metric in block.metrics] == ["sum"]
    wide = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("n", "min"), ("n", "max")]))
    assert [c["label"].text for c in page.table(wide, caption="x").fields["columns"]] == ["n min", "n max"]
    assert texts(page.table(FRAME.iloc[:0], caption="x")) == []


def test_columns_alike_but_for_capitals_have_metrics_of_their_own() -> None:
    frame = pd.DataFrame({"a": ["x"], "n b": [1], "n_b": [2], "ñ b": [3]})
    units = dict.fromkeys(("n b", "n_b", "ñ b"), "count")
    assert [m.value for m in page.table(frame, caption="x", units=units).metrics] == [1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"units": {"nn": "count"}}, "there is no column `nn`; the columns are plan, mean_value, n, kept"),
        ({"units": {"n": "kg"}}, "`n: kg` is no unit; write a currency such as EUR, or one of customers"),
        ({"units": {"mean_value": "money"}}, "lacks a currency"),
        ({"caption": " "}, "caption is empty"),
        ({"frame": [1, 2]}, "a list is no pandas DataFrame"),
        ({"frame": pd.DataFrame([[1, 2]], columns=["a", "a"])}, "two columns have one name: a"),
    ],
)
def test_wrong_calls_are_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        page.table(**({"frame": FRAME, "caption": "Plans"} | wrong))


def test_what_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(ReportError, match="column `plan` counts customers, but holds 'Go <b>'"):
        page.table(FRAME, caption="Plans", units={"plan": "customers"})
    with pytest.raises(ReportError, match=r"201 rows and 1 columns are too many to read.*head"):
        page.table(pd.DataFrame({"a": range(201)}), caption="Long")


def drawn(**labels: str) -> Any:
    return FRAME.dropna().plot.bar(x="plan", y="n", legend=False, **labels)


def test_a_chart_is_the_pages_own_svg_and_marked() -> None:
    block = page.chart(drawn(), title="Plus leads", alt="Bars: Go 10, Plus 20,000.")
    html = block.html
    assert 'role="img" aria-label="Bars: Go 10, Plus 20,000."' in html
    assert "Not checked by segkit." in html
    assert "<details" not in html
    assert "Go &lt;b&gt;</text>" in html
    assert "fill: #16202b" in html
    assert "#000000" not in html
    assert "#ffffff" not in html
    assert html == page.chart(drawn(), title="Plus leads", alt="Bars: Go 10, Plus 20,000.").html
    again = Block.from_payload(json.loads(json.dumps(block.payload())))
    assert again.html == html


def test_a_chart_is_closed_so_that_jupyter_does_not_show_it_again() -> None:
    import matplotlib.pyplot as plt

    axes = drawn()
    assert plt.get_fignums() != []
    page.chart(axes, title="x", alt="y")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("kind", ["figure", "axes", "array", "grid", "list"])
def test_what_plotting_returns_is_a_chart(kind: str) -> None:
    import matplotlib.pyplot as plt
    import seaborn as sns

    made: Any
    match kind:
        case "figure":
            made, axes = plt.subplots()
            axes.plot([1, 2])
        case "axes":
            made = drawn()
        case "array":
            made = FRAME[["n", "kept"]].plot(subplots=True)
        case "grid":
            made = sns.catplot(FRAME.dropna(), x="plan", y="n", kind="bar", errorbar=None).set_axis_labels("", "")
        case _:
            made = plt.plot([1, 2])
    assert page.chart(made, title="x", alt="y").fields["svg"].startswith("<svg")


def test_many_marks_become_an_image_in_the_drawing_where_they_were() -> None:
    figure = mpl.figure.Figure()
    axes = figure.subplots()
    axes.scatter(range(5000), range(5000))
    svg = page.chart(figure, title="x", alt="y").fields["svg"]
    assert "data:image/png;base64," in svg
    assert len(svg) < 200_000
    (image,) = re.findall(r"<image [^>]*>", svg)
    width = float(re.search(r'width="([\d.]+)', image)[1])  # type: ignore[index]
    scale = float(re.search(r"scale\(([\d.]+)", image)[1])  # type: ignore[index]
    drawn_wide = width * scale
    marks = axes.transData.transform((4999, 0))[0] - axes.transData.transform((0, 0))[0]
    assert drawn_wide == pytest.approx(marks, rel=0.05)


def test_a_legends_ground_follows_the_scheme() -> None:
    figure = mpl.figure.Figure()
    axes = figure.subplots()
    axes.plot([1, 2], label="a")
    axes.legend()
    assert "#ffffff" not in page.chart(figure, title="x", alt="y").fields["svg"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"figure": "no"}, "is no matplotlib figure or axes"),
        ({"figure": FRAME}, "a pandas DataFrame is no matplotlib figure"),
        ({"title": ""}, "title is empty"),
        ({"alt": " "}, r"alt is empty\. Write page\.chart\(figure, title=…, alt=…\)"),
    ],
)
def test_wrong_charts_are_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        page.chart(**({"figure": drawn(), "title": "x", "alt": "y"} | wrong))


def test_a_link_that_runs_is_refused() -> None:
    axes = drawn()
    axes.patches[0].set_url("javascript:alert(1)")
    with pytest.raises(ReportError, match="links to 'javascript:alert"):
        page.chart(axes, title="x", alt="y")


def test_a_chart_that_shows_machinery_is_refused() -> None:
    with pytest.raises(ReportError, match=r"“x” cannot be shown:(.|\n)*mean_value"):
        page.chart(drawn(ylabel="mean_value"), title="x", alt="y")
