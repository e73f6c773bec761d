"""What was called news week by week over whole histories of real data, and why: `python -m tests.news.real_series`.

Beside it what the gate before this one called news: a change beyond 3.865 times the median of the twelve changes before.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

import pandas as pd

import segkit as sk
from segkit.customers.timeline import timeline
from segkit.kpis.measure.figure_histories import histories
from segkit.kpis.measure.key_figures import judged_histories
from segkit.kpis.measure.sampling_errors import SamplingError, contract_errors, purchase_errors
from segkit.news.judgement import Judgement
from segkit.news.level import FEWEST
from segkit.news.page_judgement import judge_series

ROOT: Final = Path(__file__).resolve().parents[2]
SERIES: Final = {
    "grocery": (None, "", "2017-12-31"),
    "telecom": (None, "", "2025-12-28"),
    "CDNOW": ("cdnow_master", "\ncountry: US\n", "1998-06-28"),
    "Online Retail": ("online_retail", "", "2011-12-04"),
}
"""Name → dataset file of the tests (None for one that comes along), what it lacks, last whole week."""
_OLD: Final = 3.865
_NEEDS: Final = {
    "active_customers": "period_buyers",
    "net_revenue": "period_revenue",
    "orders": "period_orders",
    "under_contract": "under_contract",
    "recurring_revenue": "recurring",
}
_COUNTED: Final = {"began", "left"}
"""Figures that chance moves as Poisson says."""


@dataclass(frozen=True)
class Week:
    """What was said of a figure in a week."""

    end: dt.date
    figure: str
    value: float
    before: float | None
    judgement: Judgement
    old: bool


def opened(name: str) -> Any:
    """The customers of a data set as of its last whole week."""
    file, lacking, end = SERIES[name]
    if file is None:
        return sk.open(ROOT / "params" / "datasets" / f"{name}.yaml", as_of=end, periods=2)
    shared = Path(os.environ.get("SEGKIT_SHARED_DATA", ROOT.parent / "shared" / "data"))
    text = (ROOT / "tests" / "data" / "real" / f"{file}.yaml").read_text(encoding="utf-8")
    folder = Path(tempfile.mkdtemp()) / "params" / "datasets"
    folder.mkdir(parents=True)
    path = folder / f"{file}.yaml"
    path.write_text(text.replace("${SEGKIT_SHARED_DATA}", str(shared)) + lacking, encoding="utf-8")
    return sk.open(path, as_of=end, periods=2)


def weeks(base: Any) -> list[Week]:
    """Every week with enough weeks before it, each judged as if it were the last."""
    found = histories(base)
    series = judged_histories(base)
    time = timeline(base, found.ends)
    first = {key: next((i for i, v in enumerate(one.values) if v is not None), 0) for key, one in series.items()}
    said: list[Week] = []
    for last in range(min(first.values()) + FEWEST, len(found.ends)):
        errors = _errors(base, time.spans[: last + 1])
        for key in _COUNTED & series.keys():
            errors[key] = {"error": math.sqrt((series[key].values[last] or 0) + 0.375), "by_few": False}
        past = {
            key: replace(one, values=one.values[: last + 1], **errors.get(key, {"error": 0.0, "by_few": False}))
            for key, one in series.items()
        }
        spans = replace(time, spans=time.spans[: last + 1], marks=time.marks[: last + 1])
        for (key, one), judgement in zip(past.items(), judge_series(list(past.values()), spans), strict=True):
            if one.values[-1] is not None and judgement.state not in ("early", "missing"):
                said.append(
                    Week(found.ends[last], key, one.values[-1], one.values[-2], judgement, old_news(one.values[-13:]))
                )
    return said


def _errors(base: Any, spans: Any) -> dict[str, dict[str, Any]]:
    """By how much single customers move each figure of a week by chance, as `judged_histories` gives it of the last."""
    found: dict[str, SamplingError] = {}
    if "transactions" in base.dataset.tables:
        found |= purchase_errors(base, base.daily_purchases(), spans)
    if "subscriptions" in base.dataset.tables:
        found |= contract_errors(base, spans)
    scale = 10**base.dataset.spec.money.decimals
    units = {"net_revenue": scale, "recurring_revenue": scale}
    return {
        key: {"error": found[needs].error / units.get(key, 1), "by_few": found[needs].by_few}
        for key, needs in _NEEDS.items()
        if needs in found
    }


def old_news(values: Any) -> bool:
    """Whether the gate before this one called the last change news."""
    pairs = [(a, b) for a, b in pairwise(values[:-1]) if a is not None and b is not None]
    if len(pairs) < 8 or values[-1] is None or values[-2] is None:
        return False
    return bool(abs(values[-1] - values[-2]) > _OLD * median(abs(b - a) for a, b in pairs))


def counts(said: list[Week]) -> dict[str, int]:
    """Weeks (pages) judged, and on how many of them something was news: now, then, explained by the calendar, slow."""
    by: dict[str, set[dt.date]] = {"judged": {w.end for w in said}}
    for state in ("news", "slow", "calendar", "few"):
        by[state] = {w.end for w in said if w.judgement.state == state}
    by["old gate"] = {w.end for w in said if w.old}
    return {name: len(ends) for name, ends in by.items()}


def table(said: list[Week]) -> str:
    """What was called news, slow or the calendar's, a line each."""
    lines = []
    for week in said:
        told = week.judgement
        if told.state in ("normal",):
            continue
        before = "–" if week.before is None else f"{week.before:,.5g}"
        since = f", since {told.since}" if told.state == "slow" else ""
        lines.append(
            f"{week.end} {week.figure:18s} {told.state:9s} {week.value:>12,.5g} (before {before}; expected "
            f"{told.expected:,.5g}, normal {told.low:,.5g} to {told.high:,.5g}{since}) {told.event} [{told.compared}]"
            f"{' · old gate too' if week.old else ''}"
        )
    return "\n".join(lines)


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the tables of the data sets that are named, or of all."""
    for name in sys.argv[1:] or SERIES:
        said = weeks(opened(name))
        _say(f"\n## {name}\n")
        _say(table(said))
        by_figure = Counter((w.figure, w.judgement.state) for w in said if w.judgement.state != "normal")
        old = Counter(w.figure for w in said if w.old)
        _say(counts(said))
        _say(pd.Series(by_figure, dtype="int64").unstack(fill_value=0).assign(old=pd.Series(old)).to_string())


if __name__ == "__main__":
    main()
