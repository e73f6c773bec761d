"""No number reaches a page as mere words: a digit in words that are not the user's own is a number untraced.

Names of segments, campaigns, columns and categories are the user's own. All else that segkit words has to pass its
numbers as metrics. What does not yet is listed here; the list may only shrink.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from segkit.campaigns.recent_records import RecentCampaigns
from segkit.churn.records import ChurnOutlook
from segkit.customers.views.quality import quality_section
from segkit.kpis.views.headline import headline
from segkit.kpis.views.what_changed import what_changed
from segkit.page.block import Block
from segkit.page.result import Result
from segkit.page.variation import direction_words
from tests.campaigns.views import lift_sample
from tests.churn.views import churn_sample
from tests.kpis.views import sample
from tests.segments.views import profile_sample
from tests.value.views import value_sample

_DIGIT = re.compile(r"\d")

USERS_OWN = frozenset(
    {"0", "1", "2", "7+", "before 2017 Q1", "2017 Q1", "2016 Q3", "2016 Q4", "2017 Q3"}
    | {"row 88121", "2071-12-24", "row 1042"}
)
"""Labels of rows (a tenth, a number of purchases, the quarter in which customers began), which claim nothing, and what
is quoted from the files."""

UNTRACED = {
    "definitions of segments, of the kinds": {
        "First purchase within the last 28 days.",
        "Bought again within the last 28 days after having lapsed.",
    },
    "what value is": {"revenue, last 12 months"},
    "messages of the models of purchases": {"BG/NBD is used: the least AIC of the sound fits (BG/NBD 100.0)."},
    "refusals": {"20 customers are too few for a risk; 30 are needed", "no model of 3 fits", "too few: 3 left"},
    "labels of features": {
        "Ticket, times in the last 3 months",
        "Ticket, times in the last 3 months, +1",
        "data, last month against the 3 before (log ratio)",
        "data, last month against the 3 before: −2/5",
    },
    "sources": {
        "Qini: area between the curve of gains and the straight line of a random order, a customer, with the share "
        "contacted from none to all (Radcliffe 2007; the rank-weighted effect with weight u of Yadlowsky et al. 2025). "
        "AUUC: area under the same curve. Neither is divided by a perfect ranking",
    },
}
"""Where the words come from → the words. Nothing may be added; a new sentence passes its numbers as metrics."""


def records() -> Iterator[Result]:
    """Every result that is made by hand."""
    yield from (sample.sizes(), sample.migration(), sample.concentration(), sample.key_figures())
    yield from (profile_sample.quality(), profile_sample.profile())
    yield from (value_sample.value(), value_sample.value("no model of 3 fits"))
    yield from (churn_sample.risk(), churn_sample.risk("too few: 3 left"), ChurnOutlook(churn_sample.risk()))
    lifts = (lift_sample.randomised(), lift_sample.chosen())
    yield from (*lifts, lift_sample.ranked(), RecentCampaigns(sample.END, 28, lifts, 0, asked=True))


def blocks() -> Iterator[Block]:
    """What the records show."""
    # what needs sizes beside it
    alone = {"KeyFigures": {"head", "changes"}, "SegmentProfile": {"table"}}
    for record in records():
        for view in {*dir(record.show)} - alone.get(type(record).__name__, set()):
            shown = getattr(record.show, view)()
            yield from () if shown is None else (shown,) if isinstance(shown, Block) else shown
    figures, sizes = sample.key_figures(), sample.sizes()
    yield headline(figures, sizes, subject="Made")
    yield what_changed(figures, sizes)
    yield quality_section(sample.quality())


@pytest.fixture(scope="module")
def untraced() -> set[str]:
    """Words with a digit that are traced to nothing."""
    said = (name.text for block in blocks() for statement in block.statements() for name in statement.names)
    return {text for text in said if _DIGIT.search(text)} - USERS_OWN


def test_no_number_is_shown_as_words(untraced: set[str]) -> None:
    known = {text.lower() for texts in UNTRACED.values() for text in texts}
    assert sorted(text for text in untraced if text.lower() not in known) == []


def test_the_list_of_exceptions_only_shrinks(untraced: set[str]) -> None:
    """What is mended leaves the list, so that it cannot come back."""
    shown = {text.lower() for text in untraced}
    assert sorted(text for texts in UNTRACED.values() for text in texts if text.lower() not in shown) == []


def test_no_check_writes_a_number_into_its_sentence() -> None:
    """What is filled into a check's sentence goes through `Told.of`; a format such as `:,` or `:.2g` has no place there."""
    import segkit.campaigns as wing

    faults = []
    for file in sorted(Path(wing.__file__).parent.glob("m*/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Verdict":
                formats = [
                    n for n in ast.walk(node) if isinstance(n, ast.FormattedValue) and n.format_spec is not None
                ]
                faults += [f"{file.name}:{n.lineno}" for n in formats]
    assert faults == []


def test_the_words_of_checks_hold_no_digit_and_no_direction() -> None:
    """A page would refuse them, and only on the day on which a fault of that kind occurs."""
    import segkit

    words = []
    for file in sorted(Path(segkit.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Told.of" and node.args:
                words += [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "counted_fault":
                told = [k.value for k in node.keywords if k.arg in ("what", "consequence")]
                words += [n.value for value in told for n in ast.walk(value) if isinstance(n, ast.Constant)]
    assert len(words) > 30
    said = [text for text in words if isinstance(text, str)]
    assert [text for text in said if _DIGIT.search(text) or direction_words(text)] == []
