"""Everything that is measured of a customer base, in plain Python, to compare one engine's with another's."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from segkit.customers import CustomerBase
from segkit.kpis.measure.key_figures import judged_histories, key_figures
from segkit.segments.measure.assign import segment
from segkit.segments.measure.moves import migration
from segkit.segments.measure.sizes import segment_sizes
from segkit.value.measure.concentrations import concentration
from tests.customers.made import showing


def everything(base: CustomerBase) -> dict[str, Any]:
    """The customer table at every end; of each segmentation the assignment, sizes and moves; concentration; figures."""
    engine = base.dataset.engine
    found: dict[str, Any] = {}
    for end in base.ends:
        found[f"customers {end}"] = _rows(engine.collect(base.customers(end), most=100_000), "customer_id")
    for name in base.dataset.spec.segmentations:
        segmented = segment(base, name)
        found[f"{name}: segments"] = [asdict(each) for each in segmented.segmentation.all_segments]
        found[f"{name}: assigned"] = _rows(engine.collect(segmented.assigned(), most=100_000), "customer_id")
        found[f"{name}: sizes"] = _rows(segment_sizes(showing(segmented, 1)).frame, "segment")
        found[f"{name}: history"] = segment_sizes(showing(segmented, 1)).history.astype(str).to_dict("records")
        moves = migration(showing(segmented, 1))
        assert moves is not None
        found[f"{name}: balance"] = _rows(moves.balance, "segment")
        found[f"{name}: flows"] = moves.flows.to_dict("records")
    uneven = concentration(showing(base, 1))
    found["concentration"] = {
        **{
            key: getattr(uneven, key)
            for key in ("customers", "total", "top_shares", "share_for_80", "gini", "below_zero")
        },
        "lorenz": uneven.lorenz.to_dict("records"),
        "deciles": uneven.deciles.to_dict("records"),
    }
    found["figures"] = [(f.key, f.values) for f in key_figures(base)]
    found["histories"] = {key: (one.values, one.error) for key, one in judged_histories(base).items()}
    return found


def _rows(frame: pd.DataFrame, key: str) -> dict[Any, dict[str, Any]]:
    rows = {row[key]: row for row in frame.to_dict("records")}
    assert len(rows) == len(frame)
    return rows


def differences(found: Any, wanted: Any, where: str = "") -> list[str]:
    """Where two results differ: whole numbers, money, texts and dates at all, fractions by more than 1e-12."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict) or found.keys() != wanted.keys():
            return [f"{where}: other keys"]
        return [text for key in wanted for text in differences(found[key], wanted[key], f"{where}/{key}")]
    if isinstance(wanted, list | tuple):
        if len(found) != len(wanted):
            return [f"{where}: {len(found)} entries for {len(wanted)}"]
        return [text for i, each in enumerate(wanted) for text in differences(found[i], each, f"{where}[{i}]")]
    left, right = _plain(found), _plain(wanted)
    if isinstance(left, float) and isinstance(right, float):
        same = abs(left - right) <= 1e-12 * max(abs(left), abs(right))
    else:
        same = left == right
    return [] if same else [f"{where}: {found!r} for {wanted!r}"]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value
