"""The schedule and the company's file, changed at random: what is read can be acted on, and all else is refused in words."""

from __future__ import annotations

import copy
import datetime as dt
import random
import shutil
from pathlib import Path

import pytest
import yaml

from segkit.errors import ParameterError
from segkit.project.company import read_company
from segkit.schedule.occurrences import next_occurrence
from segkit.schedule.schedule_file import read_schedule
from tests.docs.test_how_to import code_blocks
from tests.project.mutated_projects import DOCS, ROOT
from tests.project.test_mutated_files import said_in_words
from tests.project.yaml_mutations import mutated

NOW = dt.datetime(2024, 3, 31, 12, tzinfo=dt.UTC)
FILES = {
    "schedule": ("schedule-reports", "schedule.yaml"),
    "schedule with people": ("tell-people", "schedule.yaml"),
    "company": ("make-pages-your-own", "project.yaml"),
}


def acted_on(root: Path) -> None:
    """Do what a minute of the schedule, and a page, do with the files first."""
    schedule = read_schedule(root)
    for entry in schedule.entries.values():
        moment = next_occurrence(entry.cron, entry.time_zone, NOW)
        dt.date.fromisoformat(entry.as_of(moment))
        assert entry.parts()
        assert entry.backoff + entry.deadline + entry.time_limit >= 0
    company = read_company(root)
    assert company.digest() or not company.style


@pytest.mark.parametrize("which", FILES)
@pytest.mark.parametrize("changes", [60, pytest.param(3000, marks=pytest.mark.soak)])
def test_a_changed_file_is_acted_on_or_refused_in_words(
    which: str, changes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    monkeypatch.setenv("MAIL_PASSWORD", "not-a-secret-of-anybody")
    monkeypatch.setenv("TEAMS_HOOK", "https://example.com/hook")
    for run in ("weekly_segments/grocery", "customer_value/grocery"):
        file = tmp_path / "params" / f"{run}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((ROOT / "params" / f"{run}.yaml").read_text(encoding="utf-8"))
    (tmp_path / "params" / "brand").mkdir()
    (tmp_path / "params" / "brand" / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (plain,) = code_blocks(DOCS / "schedule-reports.md", "yaml")
    (tmp_path / "params" / "schedule.yaml").write_text(plain)
    page, name = FILES[which]
    (block,) = code_blocks(DOCS / f"{page}.md", "yaml")
    said, target = yaml.safe_load(block), tmp_path / "params" / name
    target.write_text(block)
    acted_on(tmp_path)
    refused = 0
    for seed in range(changes):
        draw = random.Random(f"{which} {seed}")
        changed, did = mutated(copy.deepcopy(said), draw)
        target.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
        try:
            acted_on(tmp_path)
        except ParameterError as error:
            refused += 1
            said_in_words(error)
        except Exception as error:
            raise AssertionError(f"{which}, seed {seed}, {did}: {type(error).__name__}: {error}") from error
    assert 0 < refused < changes
