"""Every kind of segmentation over one made customer table, in any engine, in plain Python to compare."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from segkit.data.engine import Engine
from segkit.segments.kind_registry import known_kinds
from tests.customers.made import Loader
from tests.segments.kinds.everyone import KINDS, context, purchases, rows, survey, table

OTHERS: dict[str, dict[str, Any]] = {
    "typing": {"kind": "needs", "typing": ["usage_voice_minutes", "city"], "typing_least": 0.05},
    "fixed": {"kind": "lifecycle", "windows": "fixed"},
    "rules in full": {
        "kind": "rules",
        "rules": [
            {"name": "a", "when": "revenue / orders > 100.5"},
            {"name": "b", "when": "lower(city) like 'city 1%' or abs(age - 40) < 5"},
            {"name": "c", "when": "year(first_purchase) = 2024 and coalesce(age, 30) between 20 and 60"},
            {"name": "d", "when": "country in ('AT', 'CH') and not member and marital is not null"},
        ],
    },
}


def every_kind(engine: Engine, load: Loader) -> dict[str, Any]:
    """Of each kind the segments, and each customer's."""
    people = table(rows(400))
    customers = load(engine, "everyone", people)
    answers, bought = load(engine, "answers", survey(300)), load(engine, "purchases", purchases(people))
    told = context(engine, {"survey": answers, "transactions": bought})
    found: dict[str, Any] = {}
    for name, options in {**KINDS, **OTHERS}.items():
        kind = str(options.get("kind", name))
        fitted = known_kinds()[kind].model_validate({**options, "kind": kind}).fit(name, customers, told)
        assigned = fitted.assign(customers).select("customer_id", "segment").order_by("customer_id")
        frame = engine.collect(assigned)
        found[name] = {
            "segments": [asdict(segment) for segment in fitted.segments],
            "notes": list(fitted.record.notes) if fitted.record else [],
            "assigned": {int(c): int(s) for c, s in zip(frame["customer_id"], frame["segment"], strict=True)},
        }
    return found
