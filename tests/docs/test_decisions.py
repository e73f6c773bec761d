"""Decision records are short, have one form, and are all listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "adr"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
HEADINGS = ["Question", "Decision", "Why", "What it costs"]
LONGEST = 40


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_record_is_short_and_has_the_form(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == HEADINGS
    assert text.startswith(f"# {int(record.stem[:4])}. ")


def test_records_are_numbered_and_listed() -> None:
    assert [int(record.stem[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [record.name for record in RECORDS]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_every_path_in_a_record_exists(record: Path) -> None:
    paths = re.findall(r"`(segkit/[\w/]+(?:\.py)?)`", record.read_text(encoding="utf-8"))
    assert [path for path in paths if not (FOLDER.parents[1] / path).exists()] == []
