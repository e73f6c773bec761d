"""Profiles of segments: every feature of a segment's customers against that of all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.customers.partition import SEGMENT
from segkit.data.engine import Engine
from segkit.privacy.suppression import hidden_over_time, hidden_table, hidden_with
from segkit.segments.measure.assign import SegmentedBase
from segkit.segments.measure.profile_features import ProfileFeature, defining_columns, features
from segkit.segments.measure.segment_quality import segment_quality
from segkit.segments.measure.sizes import segment_sizes
from segkit.segments.models.contrast import NOTABLE, Contrast, mean_contrast, share_contrast
from segkit.segments.profile_records import SegmentProfile
from segkit.statistics.multiplicity import adjusted_p_values

_SEGMENTS: Final = 30
_ANSWERS: Final = 12
_AT_ONCE: Final = 20
_UNKNOWN: Final = -1
_REST: Final = -2
_COLUMNS: Final = (
    *("segment", "feature", "answer", "unit", "value", "rest", "index", "low", "high", "effect", "p_value"),
    *("distinct", "defining", "suppressed"),
)
_NUMBERS: Final = ["value", "rest", "index", "low", "high", "effect", "p_value"]


def segment_profile(segmented: SegmentedBase, *, columns: Sequence[str] = (), level: float = 0.95) -> SegmentProfile:
    """Compare each segment's means and shares with those of all other customers, with intervals and effect sizes.

    Numbers are compared by their means, texts and truth values by the share of each value. The twelve most frequent
    values are compared, and the rest as Other; of two values, one is enough. Unknown values are left out of both
    sides. A feature that defines the segments sets them apart by definition, and p-values mean something only for the
    others.

    Args:
        segmented: a segmented customer base.
        columns: columns of the customer table; empty for all that describe customers.
        level: confidence level.

    Raises:
        ParameterError: a column does not exist, or cannot be compared.
        DataError: the segments do not add up to the whole.
    """
    base = segmented.base
    ends = base.ends[-2:]
    totals = segmented.all_totals(ends)
    segments = segmented.present(*totals.values())
    counts = {end: [int(frame["customers"][i]) for i in range(len(segments))] for end, frame in totals.items()}
    hidden = hidden_over_time(counts, base.smallest)[base.as_of]
    now = counts[base.as_of]
    largest = sorted(range(len(segments)), key=lambda i: (-now[i], i))[:_SEGMENTS]
    kept = [i for i in sorted(largest) if now[i]]
    chosen = features(base, columns)
    table = _described(segmented, chosen, kept)
    hide = {i: hidden[i] for i in kept}
    engine = base.dataset.engine
    rows = _means(engine, table, [f for f in chosen if not f.counted], hide, base.smallest, level)
    rows += _shares(engine, table, [f for f in chosen if f.counted], hide, base.smallest, level)
    scale = 10**base.dataset.spec.money.decimals
    defining = defining_columns(base, segmented.segmentation.name)
    labels = {f.label for f in chosen if f.column in defining}
    frame = _frame(rows, {i: segments[i].name for i in kept}, labels, scale, level)
    return SegmentProfile(
        title=segmented.segmentation.title,
        unit_name=base.unit_name,
        end=base.as_of,
        money=base.dataset.spec.money,
        segments=tuple(segments[i] for i in kept),
        frame=frame,
        comparisons=int(frame["p_value"].notna().sum()),
        level=level,
        smallest=base.smallest,
        left_out=sum(1 for n in now if n) - len(kept),
        sizes=segment_sizes(segmented),
        quality=segment_quality(segmented),
    )


def _described(segmented: SegmentedBase, chosen: Sequence[ProfileFeature], kept: Sequence[int]) -> ir.Table:
    """Return the features and `_segment`, one row per customer. Segments that are not profiled are joined in `_REST`."""
    customers, assigned = segmented.base.customers(), segmented.assigned()
    place = assigned[SEGMENT].isin(list(kept)).ifelse(assigned[SEGMENT], _REST) if kept else ibis.literal(_REST)
    placed = assigned.select(_who=assigned.customer_id, _segment=place.cast("int64"))
    joined = customers.join(placed, customers.customer_id == placed["_who"])
    return joined.select("_segment", *dict.fromkeys(f.column for f in chosen))


def _means(
    engine: Engine,
    table: ir.Table,
    chosen: Sequence[ProfileFeature],
    hide: Mapping[int, bool],
    smallest: int,
    level: float,
) -> list[dict[str, Any]]:
    """Return one row per segment and number."""
    if not chosen:
        return []
    # cast first, since PostgreSQL's mean of whole numbers is a decimal
    means = {f"m{i}": table[f.column].cast("float64").mean() for i, f in enumerate(chosen)}
    whole = engine.collect(table.aggregate(**means)).iloc[0]
    # sums about a constant near the mean keep their digits; the constant must be the same on every engine
    centre = [0.0 if pd.isna(whole[f"m{i}"]) else float(f"{whole[f'm{i}']:.3g}") for i in range(len(chosen))]
    sums: dict[str, ir.Value] = {}
    for i, feature in enumerate(chosen):
        away = table[feature.column].cast("float64") - centre[i]
        sums |= {f"n{i}": table[feature.column].count(), f"s{i}": away.sum(), f"q{i}": (away * away).sum()}
    frame = engine.collect(table.group_by("_segment").aggregate(**sums)).set_index("_segment").fillna(0)
    rows = []
    for i, feature in enumerate(chosen):
        n, s, q = (frame[f"{part}{i}"].astype("float64") for part in "nsq")
        known = [int(n.get(at, 0)) for at in hide]
        hidden = hidden_with(
            known, [h or 0 < k < smallest for h, k in zip(hide.values(), known, strict=True)], smallest
        )
        for at, hidden_here in zip(hide, hidden, strict=True):
            (n1, n2), (s1, s2), (q1, q2) = ((x.get(at, 0.0), x.sum() - x.get(at, 0.0)) for x in (n, s, q))
            found = None
            if not hidden_here and min(n1, n2) >= max(2, smallest):
                (m1, v1), (m2, v2) = (_moments(*sums) for sums in ((n1, s1, q1), (n2, s2, q2)))
                found = mean_contrast(int(n1), centre[i] + m1, v1, int(n2), centre[i] + m2, v2, level=level)
            rows.append(_row(at, feature, "", found, hidden_here))
    return rows


def _moments(n: float, s: float, q: float) -> tuple[float, float]:
    """Compute mean and sample variance from sums about the constant. A variance that is only rounding counts as zero."""
    variance = (q - s * s / n) / (n - 1)
    return s / n, variance if variance > 1e-12 * max(q / n, 1e-12) else 0.0


def _shares(
    engine: Engine,
    table: ir.Table,
    chosen: Sequence[ProfileFeature],
    hide: Mapping[int, bool],
    smallest: int,
    level: float,
) -> list[dict[str, Any]]:
    """Return one row per segment and value of a text."""
    rows: list[dict[str, Any]] = []
    for first in range(0, len(chosen), _AT_ONCE):
        part = chosen[first : first + _AT_ONCE]
        answers = _answers(engine, table, part)
        counted = []
        for i, feature in enumerate(part):
            value = table[feature.column].cast("string")
            branches = [(value.isnull(), _UNKNOWN), *((value == a, code) for code, a in enumerate(answers[i]))]
            code = ibis.cases(*branches, else_=len(answers[i])).cast("int64")
            sized = table.mutate(_code=code).group_by("_segment", "_code").aggregate(n=ibis._.count())
            counted.append(sized.mutate(feature=ibis.literal(i, "int64")).select("feature", "_segment", "_code", "n"))
        frame = engine.collect(ibis.union(*counted)).astype("int64")
        for i, feature in enumerate(part):
            mine = frame[frame["feature"] == i].pivot(index="_segment", columns="_code", values="n").fillna(0)
            places = [*hide, *(at for at in mine.index if at not in hide)]
            codes = [*range(len(answers[i]) + 1), _UNKNOWN]
            counts = mine.reindex(index=places, columns=codes, fill_value=0).to_numpy(dtype=np.int64)
            already = np.zeros(counts.shape, dtype=bool)
            already[: len(hide)] = np.array([*hide.values()], dtype=bool)[:, None]
            hidden = hidden_table(counts, smallest, already)
            known, whole = counts[:, :-1].sum(axis=1), counts[:, :-1].sum(axis=0)
            implied = _implied(answers[i])
            for row, at in enumerate(hide):
                for column, answer in enumerate([*answers[i], "Other"]):
                    if not whole[column] or column in implied:
                        continue
                    k, n = int(counts[row, column]), int(known[row])
                    found = None
                    enough = n >= smallest
                    if enough and not hidden[row, column]:
                        others = (int(whole[column]) - k, int(known.sum()) - n)
                        found = share_contrast(k, n, *others, level=level)
                    rows.append(_row(at, feature, answer, found, not enough or bool(hidden[row, column])))
    return rows


def _answers(engine: Engine, table: ir.Table, chosen: Sequence[ProfileFeature]) -> list[list[str]]:
    """Return the most frequent values of each text."""
    parts = []
    for i, feature in enumerate(chosen):
        value = table[feature.column].cast("string")
        sizes = table.filter(value.notnull()).group_by(answer=value).aggregate(n=ibis._.count())
        top = sizes.order_by(ibis.desc("n"), "answer").limit(_ANSWERS)
        parts.append(top.mutate(feature=ibis.literal(i, "int64")).select("feature", "answer", "n"))
    frame = engine.collect(ibis.union(*parts)).sort_values(["feature", "n", "answer"], ascending=[True, False, True])
    return [frame.loc[frame["feature"] == i, "answer"].astype(str).tolist() for i in range(len(chosen))]


def _implied(answers: Sequence[str]) -> tuple[int, ...]:
    """Return, where there are two answers, the one that says nothing beside the other: "false", else the more
    frequent one.
    """
    if len(answers) != 2:
        return ()
    return (answers.index("false"),) if "false" in answers else (0,)


def _row(at: int, feature: ProfileFeature, answer: str, found: Contrast | None, suppressed: bool) -> dict[str, Any]:
    numbers = dict.fromkeys(_NUMBERS, np.nan)
    if found is not None:
        numbers = {name: np.nan if getattr(found, name) is None else getattr(found, name) for name in _NUMBERS}
    return {
        "at": at,
        "feature": feature.label,
        "answer": answer,
        "unit": feature.unit,
        "suppressed": suppressed,
    } | numbers


def _frame(
    rows: list[dict[str, Any]], names: Mapping[int, str], defining: set[str], scale: int, level: float
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["at", *_COLUMNS]).astype(dict.fromkeys(_NUMBERS, "float64"))
    money = frame["unit"] == "money"
    frame.loc[money, ["value", "rest"]] /= scale
    for name in _NUMBERS:  # the last digits of sums of floats may differ from run to run
        frame[name] = [float(f"{x:.9g}") for x in frame[name]]
    frame["p_value"] = adjusted_p_values(frame["p_value"].to_numpy(), "holm")
    frame["distinct"] = (frame["p_value"] < 1 - level) & (frame["effect"].abs() >= NOTABLE)
    frame["defining"] = frame["feature"].isin(defining).astype(bool)
    frame["suppressed"] = frame["suppressed"].astype(bool)
    frame["segment"] = frame["at"].map(names).astype(object)
    frame["strength"] = -frame["effect"].abs()
    frame = frame.sort_values(["at", "strength", "feature", "answer"], na_position="last", kind="stable")
    return frame[list(_COLUMNS)].reset_index(drop=True)
