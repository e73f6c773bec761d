"""What `smallest` says holds for everything: frames, histories and counts of records, metrics and text of pages."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import segkit as sk
from segkit.customers import CustomerBase
from segkit.project.rendering import metrics_json, render
from segkit.segments.measure.assign import SegmentedBase
from tests.customers.made import showing
from tests.customers.worlds import World
from tests.notebooks.test_notebooks import papermill

ROOT = Path(__file__).resolve().parents[2]
SMALLEST = 300

NO_CUSTOMERS = {
    *("decimals", "smallest", "comparisons", "horizon_months", "weeks", "flow_weeks", "days", "left_off"),
    *("look", "planned_looks", "holdout_days", "resolution_days", "tests", "freedom", "cells", "cut", "months"),
    *("tenth", "decile", "units", "parts", "features", "df", "columns", "answers", "sampled_every", "counts"),
    *("horizon", "horizons", "enough", "hidden_for_others", "periods"),
}
"""Whole numbers in records that count no customers."""

Walked = Iterator[tuple[str, str, Any]]


def walk(found: Any, path: str, name: str = "") -> Walked:
    """Every whole number in a record: where it stands, the name of its field or column, and its value."""
    if isinstance(found, pd.DataFrame):
        for column in found.columns:
            if pd.api.types.is_integer_dtype(found[column]):
                for at, value in enumerate(found[column].dropna()):
                    yield f"{path}.{column}[{at}]", str(column), int(value)
    elif dataclasses.is_dataclass(found) and not isinstance(found, type):
        for field in dataclasses.fields(found):
            yield from walk(getattr(found, field.name), f"{path}.{field.name}", field.name)
        frame = getattr(found, "frame", None) if "frame" not in {f.name for f in dataclasses.fields(found)} else None
        yield from walk(frame, f"{path}.frame", "frame")
        if getattr(found, "unit", "") == "customers" and hasattr(found, "values"):
            yield from ((f"{path}.values[{at}]", "values", int(v)) for at, v in enumerate(found.values) if v)
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from walk(value, f"{path}[{key!r}]", name)
    elif isinstance(found, list | tuple):
        for at, value in enumerate(found):
            yield from walk(value, f"{path}[{at}]", name)
    elif isinstance(found, int) and not isinstance(found, bool):
        yield path, name, found


def leaks(found: Any) -> list[str]:
    """Numbers of fewer customers than are shown."""
    return [
        f"{path} = {value}"
        for path, name, value in walk(found, type(found).__name__)
        if name not in NO_CUSTOMERS and 0 < value < SMALLEST
    ]


Asked = Callable[[CustomerBase, SegmentedBase], Any]
QUICK: dict[str, Asked] = {
    "sizes": lambda _, split: sk.segments.sizes(split),
    "moves": lambda _, split: sk.segments.moves(split),
    "returning": lambda _, split: sk.segments.returning(split),
    "quality": lambda _, split: sk.segments.quality(split),
    "profile": lambda _, split: sk.segments.profile(split),
    "cross": lambda _, split: sk.segments.cross(split, "value"),
    "figures": lambda _, split: sk.kpis.read(split),
    "concentration": lambda base, _: sk.value.concentration(base),
    "plan": lambda _, split: sk.campaigns.plan(split),
}
SLOW: dict[str, Asked] = {
    "panel": lambda _, split: sk.segments.panel(split),
    "value": lambda _, split: sk.value.forecast(split),
    "risk": lambda _, split: sk.churn.risk(split),
    "outlook": lambda _, split: sk.churn.outlook(split),
    "lift": lambda base, _: sk.campaigns.lift(base, "Type A 18" if base.dataset.name == "grocery" else ""),
    "recent": lambda _, split: sk.campaigns.recent(split, days=400),
}


@pytest.mark.parametrize("world", ["grocery", "telecom"])
@pytest.mark.parametrize(
    "asked", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)  # fmt: skip
def test_a_record_hands_out_nothing_that_is_too_small(world: str, asked: str, request: pytest.FixtureRequest) -> None:
    found: World = request.getfixturevalue(world)
    base = showing(found.base, SMALLEST)
    assert leaks((QUICK | SLOW)[asked](base, sk.segments.assign(base, "lifecycle"))) == []


def test_what_is_hidden_is_there(grocery: World) -> None:
    """The test before would find it: with `smallest` as in the dataset file, small groups are handed out."""
    split = sk.segments.assign(grocery.base, "lifecycle")
    for asked in ("sizes", "moves", "figures"):
        assert leaks(QUICK[asked](grocery.base, split)), asked


def test_an_arm_that_is_too_small_is_refused(grocery: World) -> None:
    base = showing(grocery.base, SMALLEST)
    with pytest.raises(
        sk.DataError, match=r"fewer than 300 households are in the arm .*; nothing of so few is shown"
    ):
        sk.campaigns.lift(base, "Type B 19")


DIFFERENCES = re.compile(r"_(change|net|limit)$")
"""Two shown numbers, one less the other; and how large that is where it is no news."""
EXPECTED = re.compile(r"_expected(_low|_high)?$|^churn_loss_\d+_customers$|^planned_")
"""What a model expects, or a plan asks for; nobody has been counted."""
NOTEBOOKS = ("weekly_segments", "segment_profile", "customer_value", "churn_risk", "campaign_lift")


@pytest.mark.parametrize("report", [pytest.param(name, marks=pytest.mark.slow) for name in NOTEBOOKS])
def test_a_page_shows_nothing_that_is_too_small(report: str, tmp_path: Path, grocery: World) -> None:
    params = ROOT / "params" / report / "grocery.yaml"
    arguments = ("-f", str(params), "-p", "as_of", "2017-12-24", "-p", "smallest", str(SMALLEST))
    page = render(papermill(ROOT / "notebooks" / f"{report}.ipynb", tmp_path / "out.ipynb", *arguments))
    found = [
        f"{metric.key} = {metric.value}"
        for metric in page.metrics.values()
        if metric.unit == "customers" and metric.value is not None and 0 < metric.value < SMALLEST
        and not DIFFERENCES.search(metric.key) and not EXPECTED.search(metric.key)
    ]  # fmt: skip
    assert found == []
    assert json.loads(metrics_json(page.metrics))
    text = re.sub(r"<[^>]+>", " ", page.html)
    sizes = sk.segments.sizes(sk.segments.assign(showing(grocery.base, 1), "lifecycle")).frame
    hidden = [int(n) for n in sizes["customers"] if 0 < n < SMALLEST]
    assert hidden
    for n in hidden:
        assert not re.search(rf"\b{n} households", text), n


def test_smallest_is_stated_in_one_place() -> None:
    """A number in the dataset file, or of the base that is opened; no function has one of its own."""
    found = []
    for path in sorted((ROOT / "segkit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                named = [*node.args.args, *node.args.kwonlyargs]
                defaults = [*[None] * (len(node.args.args) - len(node.args.defaults)), *node.args.defaults]
                defaults += node.args.kw_defaults
                pairs = zip([argument.arg for argument in named], defaults, strict=True)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                pairs = iter([(node.target.id, node.value)])
            else:
                continue
            found += [
                (path.relative_to(ROOT).as_posix(), ast.unparse(default))
                for name, default in pairs
                if name == "smallest" and default is not None and ast.unparse(default) not in ("0", "1")
            ]
    assert [place for place, _ in found] == ["segkit/data/spec.py", "segkit/segments/kinds/hierarchy.py"], found
    # a place of its own in a hierarchy is another matter: so many customers make a segment
    assert "default=5" in found[0][1]
