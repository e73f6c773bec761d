"""No number reaches a page as mere words: a digit in words that are not the user's own is a number untraced.

Names of segments, campaigns, columns and categories are the user's own, and so are labels of rows and what is quoted from
the files. Where they come in, the code says so: `own_name` on a page, `Quoted` and `Told.own` in the rooms below. All else
that segkit words has to pass its numbers as metrics; a page refuses what does not.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import segkit
from segkit.campaigns.recent_records import RecentCampaigns
from segkit.churn.records import ChurnOutlook
from segkit.customers.views.quality import quality_section
from segkit.kpis.records import KeyFigures
from segkit.kpis.views.what_changed import what_changed
from segkit.page import head as page_head
from segkit.page.block import Block
from segkit.page.page_head import proposed
from segkit.page.result import Result
from segkit.page.statement import Name
from segkit.page.variation import direction_words
from segkit.segments.profile_records import SegmentProfile
from segkit.segments.records import SegmentSizes
from segkit.segments.views.profile import traits_table
from segkit.segments.views.profile_chart import trait_index
from segkit.statistics.told import Figure, Quoted, Told
from tests.campaigns.views import lift_sample
from tests.churn.views import churn_sample
from tests.kpis.views import sample
from tests.segments.views import profile_sample
from tests.value.views import value_sample

_DIGIT = re.compile(r"\d")
_FROM_CODE = re.compile(r"[A-Za-z]\w*_\w")

USERS_OWN = frozenset(
    {"0", "1", "2", "7+", "before 2017 Q1", "2017 Q1", "2016 Q3", "2016 Q4", "2017 Q3"}
    | {"row 88121", "2071-12-24", "row 1042"}
)
"""What the records made by hand hold of such: labels of rows (a tenth, a number of purchases, the quarter in which
customers began), and what is quoted from the files."""
REFUSED = Told.of("no model of {n} fits", n=Figure(3, "count"))


def records() -> Iterator[Result]:
    """Every result that is made by hand."""
    yield from (sample.sizes(), sample.migration(), sample.concentration(), sample.key_figures())
    yield from (profile_sample.quality(), profile_sample.profile())
    yield from (value_sample.value(), value_sample.value(REFUSED))
    yield from (churn_sample.risk(), churn_sample.risk(REFUSED), ChurnOutlook(churn_sample.risk()))
    yield from (churn_sample.snapshot(), churn_sample.snapshot(REFUSED))
    lifts = (lift_sample.randomised(), lift_sample.chosen())
    yield from (*lifts, lift_sample.ranked(), RecentCampaigns(sample.END, 28, lifts, 0, asked=True))


def blocks(made: list[Result]) -> Iterator[Block]:
    """What the records show."""
    # what needs sizes beside it
    alone = {"KeyFigures": {"changes"}, "SegmentProfile": {"table"}}
    for record in made:
        for view in sorted({*dir(record.show)} - alone.get(type(record).__name__, set())):
            shown = getattr(record.show, view)()
            yield from () if shown is None else (shown,) if isinstance(shown, Block) else shown
    profile = next(r for r in made if isinstance(r, SegmentProfile))
    yield from (block for view in (traits_table, trait_index) if (block := view(profile, profile.segments[0].name)))
    figures = next(r for r in made if isinstance(r, KeyFigures))
    sizes = next(r for r in made if isinstance(r, SegmentSizes))
    yield from (
        page_head(record, subject="Made")
        for record in made
        if any(lead.sentences for lead in proposed(record, "leads"))
    )
    yield page_head(*made, subject="Made", actions=sample.ACTIONS)
    yield what_changed(figures, sizes)
    yield quality_section(sample.quality())


def names(made: list[Result]) -> Iterator[Name]:
    """The names on those blocks."""
    return (name for block in blocks(made) for statement in block.statements() for name in statement.names)


def test_no_number_is_shown_as_words() -> None:
    """A block refuses segkit's own digits; the user's are those that the records hold."""
    said = list(names(list(records())))
    assert {name.text for name in said if name.whose == "user" and _DIGIT.search(name.text)} == USERS_OWN
    assert [name.text for name in said if name.whose == "segkit" and _DIGIT.search(name.text)] == []
    assert {name.text for name in said if name.whose == "author"} == {"Radcliffe 2007", "Yadlowsky et al. 2025"}


OWN = (
    *sample.NAMES,
    "households",
    "Lifecycle",
    "Usage",
    "Heavy",
    "Light",
    "Data",
    "Plan",
    "Large",
    "Postpaid",
    "Prepaid",
)
OWN += ("Grocery", "Spring mailing", "offer", "call", "control", "others", "Everyone")
"""What a user may call segments, customers, segmentations, columns, categories, campaigns and arms."""


def renamed(value: Any) -> Any:
    """The same record with a number in each of the user's own words."""
    match value:
        case Told():
            return Told._made([Quoted(renamed(p.text)) if isinstance(p, Quoted) else p for p in value.parts])
        case str():
            return f"{value} 20" if value in OWN and not hasattr(value, "value") else value
        case pd.DataFrame():
            found = value.copy()
            for column in found.columns:
                if not pd.api.types.is_numeric_dtype(found[column].dtype):
                    found[column] = pd.Series([renamed(v) for v in found[column]], index=found.index, dtype=object)
            return found
        case list() | tuple():
            made = [renamed(one) for one in value]
            return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
        case Mapping():
            return {renamed(k): renamed(v) for k, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: renamed(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        return dataclasses.replace(value, **fields)
    return value


def test_a_users_own_name_may_hold_a_number_everywhere() -> None:
    """A segment may be called “Top 20”, and so may all else that the user names."""
    made = [renamed(record) for record in records()]
    said = {name.text for name in names(made) if _DIGIT.search(name.text)} - USERS_OWN
    shown = {text.lower() for text in said}
    for own in (*sample.NAMES, "households", "Lifecycle", "Heavy", "Data", "Postpaid", "offer"):
        assert any(f"{own} 20".lower() in text for text in shown), own
    assert not any("20 20" in text for text in shown)


def test_no_check_writes_a_number_into_its_sentence() -> None:
    """What is filled into a check's sentence goes through `Told.of`; a format such as `:,` or `:.2g` has no place there."""
    faults = []
    for file in sorted((Path(segkit.__file__).parent / "campaigns").glob("m*/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Verdict":
                formats = [
                    n for n in ast.walk(node) if isinstance(n, ast.FormattedValue) and n.format_spec is not None
                ]
                faults += [f"{file.name}:{n.lineno}" for n in formats]
    assert faults == []


def calls(*called: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of one of these in the package, and where it stands."""
    home = Path(segkit.__file__).parent
    for file in sorted(home.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in called:
                yield f"{file.relative_to(home)}:{node.lineno}", node


def test_the_words_of_lower_rooms_hold_no_digit_no_direction_and_no_name_from_code() -> None:
    """A page would refuse them, and only on the day on which what they tell of occurs."""
    words = []
    for _, node in calls("Told.of"):
        words += [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
        words += [k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)]
    for _, node in calls("counted_fault"):
        told = [k.value for k in node.keywords if k.arg in ("what", "consequence")]
        words += [n.value for value in told for n in ast.walk(value) if isinstance(n, ast.Constant)]
    said = [re.sub(r"\{\w+\}", "", text) for text in words if isinstance(text, str)]
    assert len(said) > 200
    assert [text for text in said if _DIGIT.search(text) or direction_words(text) or _FROM_CODE.search(text)] == []


REASONS = (
    "ModelError",
    "Refusal",
    "NoClusters",
    "CampaignRefusal",
    "FitRecord",
    "Verdict",
    "Fault",
    "AbsentModel",
)
"""What carries a sentence to a page."""


def test_no_reason_has_a_number_among_its_words() -> None:
    """Why there is no number is told with its numbers apart: as `Told`, or in words that have none."""
    faults = [
        f"{where}: {ast.unparse(said)[:80]}"
        for where, node in calls(*REASONS)
        for said in (*node.args, *(k.value for k in node.keywords))
        if isinstance(said, ast.JoinedStr)
        or (isinstance(said, ast.Constant) and isinstance(said.value, str) and _DIGIT.search(said.value))
    ]
    assert faults == []


@pytest.mark.parametrize(
    "field", ["refusal", "reason", "no_forecast", "note", "unsound", "definition", "value_name", "message"]
)
def test_no_field_that_a_page_tells_has_a_number_among_its_words(field: str) -> None:
    """An f-string has no place where a record keeps a sentence; neither has the text of an error, which may hold one."""
    faults = []
    home = Path(segkit.__file__).parent
    for file in sorted(home.rglob("*.py")):
        if (
            file.relative_to(home).parts[0] in ("data", "project", "schedule", "demo", "page")
            or "views" in file.parts
        ):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            given = None
            if (isinstance(node, ast.keyword) and node.arg == field) or (
                isinstance(node, ast.Assign) and any(getattr(t, "id", "") == field for t in node.targets)
            ):
                given = node.value
            if given is None:
                continue
            for said in (given, *(getattr(given, side) for side in ("body", "orelse") if hasattr(given, side))):
                told = isinstance(said, ast.Call) and ast.unparse(said.func) == "str"
                if told or isinstance(said, ast.JoinedStr):
                    faults.append(f"{file.relative_to(home)}:{said.lineno}: {ast.unparse(said)[:80]}")
    assert faults == []


def test_the_users_own_words_are_no_sentence_of_segkits() -> None:
    """Nothing that is written in the code is the user's own; a format such as `:,` tells of a number of segkit's."""
    faults = []
    for where, node in calls("own_name", "own_words", "Quoted"):
        inside = list(ast.walk(node.args[0]))
        formats = [n for n in inside if isinstance(n, ast.FormattedValue) and n.format_spec is not None]
        typed = isinstance(node.args[0], ast.Constant) and _DIGIT.search(str(node.args[0].value))
        if (formats and not where.startswith("page/own_table.py")) or typed:
            faults.append(f"{where}: {ast.unparse(node)[:80]}")
    assert faults == []
