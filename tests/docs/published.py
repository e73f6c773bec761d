"""What pages publish: the views of every wing, and the families of metric keys that the views write."""

from __future__ import annotations

import ast
from pathlib import Path

from segkit.wing import wings

ROOT = Path(__file__).resolve().parents[2]
_PREFIXES = ("churn_", "lift_", "customer_value_", "planned_", "snapshot_")


def views() -> set[str]:
    """Every view of every record, as `Record.view`."""
    return {f"{record}.{view}" for wing in wings().values() for record, each in wing.views.items() for view in each}


def families() -> dict[str, set[str]]:
    """What a metric's key says that is written in a room of views → the modules that write it.

    The text behind the last part that is filled in, else the text before the first: `{segment}_rate` is of the family
    `rate`, `lift_balance_{at}` of `balance`. A table's column names the last part of its keys.
    """
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "segkit").glob("*/views/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called, named = getattr(node.func, "id", ""), []
            if called in ("Metric", "metric_of"):
                named = [_family(node.args[0])]
            elif called == "TableColumn" and ast.unparse(node.args[2]) not in ("'own'", "'words'"):
                parts = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
                named = [_family(part) for part in parts]
            for family in filter(None, named):
                found.setdefault(family, set()).add(str(path.relative_to(ROOT)))
    return found


def _family(key: ast.expr) -> str:
    if isinstance(key, ast.Constant):
        text = str(key.value)
    elif isinstance(key, ast.JoinedStr):
        ends = [part.value if isinstance(part, ast.Constant) else "" for part in (key.values[-1], key.values[0])]
        text = str(ends[0] or ends[1])
    else:
        return ""
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return text.strip("_")
