"""Docstrings, comments and errors speak one dialect, in plain English.

- A function says what to do: its docstring opens with a verb in the imperative ("Return …", "Fit …"). One word would often be
  noun or verb ("Value", "Test"); such a word counts as a verb where an article or the like follows it ("Test the arms").
- A record, a module and a property say what they are: their docstrings do not open with a verb.
- No docstring opens with "Of …", and nothing speaks as nobody speaks any more.
- Sections are headed Args, Attributes, Returns and Raises.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "segkit"


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS: Final = words(
    """
    add adjust answer append apply ask assemble assign assume blend bring build carry check choose clip close collect combine
    compare compute continue convert copy correct create cut deal decide declare define describe discard distribute divide
    drop encode ensure estimate evaluate execute expand explain export fetch fill find fit follow format gather generate
    get give go hide import insert integrate invert iterate join judge keep lay learn leave let load look make mark match
    maximise merge minimise move multiply narrow normalise open parse pick pool predict prepare print publish put raise
    read rebuild recalibrate receive reconcile refuse register reject remove rename render replace require resolve return
    run save say scale see select send serve set settle show shrink simulate solve sort split standardise start stop
    subtract suppress swap tabulate take tell transform translate trim try turn undo unfold update use verify wait widen wrap write
    yield
    """
)
"""What a function's docstring opens with."""
VERBS_OR_NOUNS: Final = words(
    """
    average bin bound change count cross draw end figure forecast group index label limit link list map measure name number
    order pair place plan plot rank record report round sample score search segment share step store sum table test time
    trace value view weight word
    """
)
"""Verbs where one of DETERMINERS follows, else nouns."""
DETERMINERS: Final = words(
    """
    a all an another any both customers each every everybody how its many one several single the these this those two up what
    whether which who whom whose
    """
)
ARTICLES: Final = words("a an the each every all one")

GONE: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\w*manieth\b",
        r"\b(is|are|be|been|was|were|may be) told of\b",
        r"\bmay be told\b",
        r"\btells? of\b",
        r"\breckon(s|ed|ing|ings)?\b",
        r"\b(of|by|to|from) nobody\b",
        r"\bnobody's\b",
        r"\b(whence|thence|hither|thither|hitherto|heretofore|henceforth)\b",
        r"\b(there|where|here)(of|in|upon|unto|with)\b",
        r"\b(whosoever|whatsoever|naught|nought|lest|albeit|amongst|whilst|ere|oft|unto|nigh)\b",
        r"\b(has|have|is|are|be) but\b",
        r"\ba (row|column|place|query|cell|line|number|segment|module) an? \w",
    )
)
"""Words and turns that have to be read twice, such as "every so manieth", "is told of", and "a row a customer", which is
"one row per customer"."""


class Docstring(NamedTuple):
    place: str
    kind: str
    private: bool
    text: str


def sources() -> Iterator[tuple[str, str]]:
    """Path, source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def docstrings(path: str, source: str) -> Iterator[Docstring]:
    tree = ast.parse(source)
    if (text := ast.get_docstring(tree)) is not None:
        yield Docstring(path, "module", False, text)
    yield from _inside(tree, path, private=False)


def _inside(node: ast.AST, place: str, *, private: bool) -> Iterator[Docstring]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            hidden = private or child.name.startswith("_")
            there = f"{place}:{child.name}"
            if (text := ast.get_docstring(child)) is not None:
                yield Docstring(there, _kind(child), hidden, text)
            yield from _inside(child, there, private=hidden)
        else:
            yield from _inside(child, place, private=private)


def _kind(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        return "record"
    decorators = {ast.unparse(one).split("(")[0].split(".")[-1] for one in node.decorator_list}
    return "property" if decorators & {"property", "cached_property"} else "function"


def opens_with_a_verb(text: str) -> bool:
    """In the imperative."""
    first, second = _two_words(text)
    return first in VERBS or (first in VERBS_OR_NOUNS and second in DETERMINERS)


def opens_as_a_record_should(text: str) -> bool:
    """With no verb, neither in the imperative nor in the third person."""
    first, second = _two_words(text)
    third = first.endswith("s") and first.removesuffix("s") in VERBS | VERBS_OR_NOUNS and second in ARTICLES
    return not (opens_with_a_verb(text) or third)


def _two_words(text: str) -> tuple[str, str]:
    words = [*re.split(r"[\s,;:.]+", text, maxsplit=2)[:2], "", ""]
    return words[0].lower(), words[1].lower()


def fault(one: Docstring) -> str | None:
    if one.text.startswith("Of "):
        return "opens with “Of …”"
    if one.kind == "function":
        return None if opens_with_a_verb(one.text) else "does not open with a verb in the imperative"
    return None if opens_as_a_record_should(one.text) else f"is a {one.kind}, and opens with a verb"


def faults(*, private: bool) -> list[str]:
    return [
        f"{one.place} {found}: {one.text.splitlines()[0]}"
        for path, source in sources()
        for one in docstrings(path, source)
        if one.private == private and (found := fault(one)) is not None
    ]


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Comments, docstrings (of attributes, too), and the words of errors that are raised, each with its line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, " ".join(text.split())
            case ast.Raise(exc=ast.Call() as error):
                for part in ast.walk(error):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.lineno, part.value


def test_public_functions_open_with_a_verb_and_records_do_not() -> None:
    assert faults(private=False) == []


def test_private_functions_do_as_public_ones_where_they_say_anything() -> None:
    assert faults(private=True) == []


def test_sections_of_docstrings_have_one_heading() -> None:
    headings = re.compile(
        r"^\s*(Parameters|Arguments|Yields|Note|Notes|Example|Examples):?$|^\s*-{3,}$", re.MULTILINE
    )
    found = [
        f"{one.place}: write Args:, Attributes:, Returns: and Raises:"
        for path, source in sources()
        for one in docstrings(path, source)
        if headings.search(one.text)
    ]
    assert found == []


def test_nothing_has_to_be_read_twice_for_its_words() -> None:
    found = [
        f"{path}:{line} {words.group()!r}"
        for path, source in sources()
        for line, text in prose(source)
        for pattern in GONE
        if (words := pattern.search(text)) is not None
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Return the customers who bought.", True),
        ("Returns the customers who bought.", False),
        ("Count the buyers.", True),
        ("Count of buyers.", False),
        ("Value of a customer.", False),
        ("Of the scores, kept off 0 and 1.", False),
        ("The customers who bought.", False),
        ("Whether anybody bought.", False),
    ],
)
def test_what_counts_as_a_verb(text: str, verb: bool) -> None:
    assert opens_with_a_verb(text) is verb


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("How big each segment is.", True),
        ("Counts, means and variances of a cell.", True),
        ("Builds the features of customers.", False),
        ("Build the features of customers.", False),
    ],
)
def test_what_a_record_may_open_with(text: str, right: bool) -> None:
    assert opens_as_a_record_should(text) is right


@pytest.mark.parametrize(
    "text",
    [
        "every so manieth by customer_id",
        "what a reckoning of churn risk may be told",
        "a row a customer",
        "of nobody",
    ],
)
def test_what_is_gone(text: str) -> None:
    assert any(pattern.search(text) for pattern in GONE)
