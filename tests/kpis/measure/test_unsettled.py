"""Whoever's contract ended lately may yet sign another: a period with such ends is neither compared nor judged."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path

import pytest

import segkit
from segkit.kpis.measure.judged import judged
from segkit.kpis.measure.key_figures import judged_histories
from segkit.kpis.records import KeyFigures
from segkit.kpis.views.figure_decisions import figure_decisions, figure_leads
from segkit.kpis.views.what_changed import what_changed
from segkit.segments.measure.assign import SegmentedBase
from segkit.segments.views.segment_decisions import moves_leads, sizes_leads

LAST = dt.date(2024, 12, 1)
OF_ENDS = ("under_contract", "recurring_revenue", "left")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight of 1,200 customers leave every week, and one in ten renews within days, so that no end is certain at once."""
    draw, place = random.Random(7), tmp_path_factory.mktemp("unsettled")
    first = LAST - dt.timedelta(weeks=80)
    rows = ["customer_id,start,end,plan,recurring_amount"]
    for who in range(1200):
        start = first - dt.timedelta(days=draw.randrange(300))
        end = first + dt.timedelta(days=draw.randrange(80 * 7)) if who < 8 * 80 else None
        rows.append(f"{who},{start},{'' if end is None else end},{'SM'[who % 2]},{9 + who % 5}")
        if end is not None and who % 10 == 0:
            rows.append(f"{who},{end + dt.timedelta(days=draw.choice((1, 3, 6)))},,S,9")
    (place / "contracts.csv").write_text("\n".join(rows) + "\n")
    (place / "params" / "datasets").mkdir(parents=True)
    (place / "params" / "datasets" / "club.yaml").write_text(
        "title: Club\nrelation: contractual\ncurrency: EUR\ntime_zone: Europe/Berlin\n"
        "tables: {subscriptions: {path: contracts.csv}}\n"
        "segmentations:\n  lifecycle: {kind: lifecycle}\n  plan: {kind: attribute, column: plan}\n"
    )
    return place / "params" / "datasets" / "club.yaml"


def figures(file: Path, by: str = "lifecycle", period: str = "week") -> tuple[SegmentedBase, KeyFigures]:
    split = segkit.segments.assign(segkit.open(file, str(LAST), period=period), by)
    return split, segkit.kpis.read(split, most=4)


def test_who_left_is_not_known_of_the_last_week(folder: Path) -> None:
    split, read = figures(folder)
    left = read["left"]
    assert left.value is None
    assert left.unsettled == (LAST,)
    assert all(value is not None and value >= 5 for value in left.values[-13:-1] if value is not None)
    assert left.last_settled is not None
    assert left.last_settled[0] == LAST - dt.timedelta(weeks=1)
    for key in OF_ENDS:
        assert read[key].variation == "unsettled"
        assert read[key].change is None
    assert read["began"].variation != "unsettled"
    longer = judged_histories(split.base)
    assert longer["left"].values[-1] is None
    assert None not in longer["under_contract"].values[-50:]


def test_days_within_which_others_may_follow_are_all_unsettled(folder: Path) -> None:
    split, read = figures(folder, period="day")
    first = min(read["left"].unsettled)
    assert LAST - dt.timedelta(days=6) <= first <= LAST
    assert [end for end in read["left"].dates if end >= first] == list(read["left"].unsettled)
    # what is still counted of the last day is not of the days before it
    stock = dict(zip(read["under_contract"].dates, read["under_contract"].values, strict=True))
    assert {end for end, value in stock.items() if value is None} == set(read["left"].unsettled) - {LAST}
    assert not [
        v for v in judged_histories(split.base)["left"].values[-len(read["left"].unsettled) :] if v is not None
    ]


def test_the_page_says_why_and_judges_nothing_that_is_not_settled(folder: Path) -> None:
    split, read = figures(folder)
    tiles = {tile["label"].text: tile for tile in read.show.tiles().fields["tiles"]}
    left = tiles["Customers who left"]
    assert left["value"].text == "–"
    assert left["change"].text == (
        "not settled yet: contracts that ended less than 7 days ago may still be followed by others"
    )
    assert left["limits"] is None
    assert (
        left["beside"][0].text
        == f"last known: {read['left'].last_settled[1]:.0f}, week to {split.base.previous:%-d %b %Y}"
    )  # type: ignore[index]
    there = tiles["Customers under contract"]
    assert there["change"].text == left["change"].text
    assert there["versus"] is None
    heads = [lead.sentences[0].text for lead in figure_leads(read) if lead.sentences]
    assert not [head for head in heads if "left" in head.replace("left its normal range", "") or "contract" in head]
    assert not [one for one in figure_decisions(read) if any(key in one.key for key in OF_ENDS)]
    sizes, moves = segkit.segments.sizes(split), segkit.segments.moves(split)
    bullets = [bullet["text"].text for bullet in what_changed(read, sizes, moves).fields["bullets"]]
    assert not [said for said in bullets if "switched" in said or "went from" in said]
    assert moves_leads(moves) == []  # type: ignore[arg-type]
    assert "not settled yet" in sizes_leads(sizes)[0].sentences[0].text


def test_segments_are_unsettled_where_they_depend_on_who_left(folder: Path) -> None:
    split, _ = figures(folder)
    sizes = segkit.segments.sizes(split)
    states = dict(zip(sizes.frame["segment"], sizes.frame["variation"], strict=True))
    assert states["Active"] == states["Churned"] == "unsettled"
    assert states["New"] != "unsettled"
    assert sizes.certain_after == 7
    plans = segkit.segments.sizes(figures(folder, by="plan")[0])
    assert "unsettled" not in set(plans.frame["variation"])
    assert plans.certain_after == 0


def test_a_settled_period_is_judged_as_before(folder: Path, tmp_path: Path) -> None:
    """Without an end in the last week nothing is open, and where ends are certain at once neither."""
    stated = tmp_path / "params" / "datasets" / "club.yaml"
    stated.parent.mkdir(parents=True)
    text = folder.read_text().replace("path: contracts.csv", "path: contracts.csv, followed_within: 0")
    stated.write_text(text)
    (tmp_path / "contracts.csv").write_bytes((folder.parents[2] / "contracts.csv").read_bytes())
    _, read = figures(stated)
    assert read["left"].value is not None
    assert read["left"].unsettled == ()
    assert read["left"].variation in ("normal", "news", "slow")
    assert read.certain_after == 0


def test_news_that_holds_whoever_has_left_is_told(folder: Path, tmp_path: Path) -> None:
    """Everybody pays a third more from the last Monday on: that holds with and without those in doubt."""
    text = (folder.parents[2] / "contracts.csv").read_text().splitlines()
    monday = LAST - dt.timedelta(days=6)
    rows = [text[0]]
    for row in text[1:]:
        who, start, end, plan, amount = row.split(",")
        if end or start >= str(monday):
            rows.append(row)
            continue
        rows += [f"{who},{start},{monday},{plan},{amount}", f"{who},{monday},,{plan},{float(amount) * 4 / 3:.2f}"]
    stated = tmp_path / "params" / "datasets" / "club.yaml"
    stated.parent.mkdir(parents=True)
    stated.write_text(folder.read_text())
    (tmp_path / "contracts.csv").write_text("\n".join(rows) + "\n")
    _, read = figures(stated)
    assert read["left"].variation == "unsettled"
    assert read["under_contract"].variation == "unsettled"
    revenue = read["recurring_revenue"]
    assert revenue.variation == "news"
    assert revenue.change is not None
    assert revenue.change > 0
    assert max(revenue.contributions, key=lambda part: part.amount).factor == "mean recurring amount"


@pytest.mark.parametrize("other_news", [False, True])
def test_a_count_of_a_segment_that_is_not_settled_is_no_news(folder: Path, other_news: bool) -> None:
    """What it would be without those in doubt is known of contracts and their revenue alone."""
    split, read = figures(folder)
    known = read["under_contract"]
    steady = [100.0 + end.day % 3 for end in known.dates]
    watched = replace(known, key="warning_signs", values=(*steady[:-1], 900.0))
    beside = replace(known, key="recurring_revenue", values=(*steady[:-1], 1e6))
    found = judged(split.base, [watched, beside] if other_news else [watched], {})
    assert found[0].variation == "unsettled"
    assert [one.variation for one in found[1:]] == ["news"] * other_news
