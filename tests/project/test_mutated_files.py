"""Whatever `segkit check` calls valid runs to a page: every YAML file of the repository, changed at random."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from segkit.demo.grocery import locate_grocery
from segkit.errors import DataError, ModelError, ParameterError, SegkitError
from segkit.project.checking import check_run
from segkit.project.request import RunRequest, read_request
from tests.project.mutated_projects import (
    Project,
    documented_projects,
    prepared,
    recipe_projects,
    shipped_projects,
    small_projects,
)
from tests.project.page_in_process import page_of

# words of Python's own and of libraries', which tell a person who wrote YAML nothing
MACHINERY = re.compile(
    r"Traceback|NoneType|object has no|not subscriptable|unhashable|positional argument|KeyError|ValueError|TypeError"
    r"|ibis\.|pandas|pydantic|<class|Catalog|Binder"
)
SOAK_SECONDS = 600


def said_in_words(error: SegkitError) -> None:
    """A refusal is a sentence, and none of a library's."""
    said = str(error)
    assert said.strip()
    assert not MACHINERY.search(said), said


def found_valid(file: Path) -> RunRequest | None:
    """The run that check calls valid; None where it says in words what is wrong."""
    try:
        request = read_request(file)
        check_run(request)
    except SegkitError as error:
        said_in_words(error)
        return None
    return request


def page_or_words(request: RunRequest) -> str:
    """Make the page; what only a fit finds out, such as an attribute that knows who has left, is said in words."""
    try:
        page = page_of(request)
    except (DataError, ModelError) as error:
        said_in_words(error)
        return "refused by the run"
    assert page.headline
    assert not MACHINERY.search(page.html)
    return "page"


def tried(project: Project, root: Path, seed: int, with_page: Callable[[], bool]) -> str:
    """Change a project by a seed, check it, and run what is valid; the return says what came of it."""
    file = project.written(root, random.Random(f"{project} {seed}"))
    try:
        request = found_valid(file)
        if request is None:
            return "refused"
        return page_or_words(request) if with_page() else "valid"
    except Exception as error:
        spec = root / "params" / "datasets" / f"{project.name}.yaml"
        told = f"{project}, seed {seed}: {type(error).__name__}: {error}"
        raise AssertionError(f"{told}\n{file.read_text()}\n{spec.read_text()}") from error


def at_random(
    projects: Sequence[Project], root: Path, monkeypatch: pytest.MonkeyPatch, goes_on: Callable[[Counter[str]], bool]
) -> Counter[str]:
    """Change one project after the other, as long as it goes on; the return counts what came of it."""
    prepared(root, list(projects))
    monkeypatch.chdir(root)
    found: Counter[str] = Counter()
    while goes_on(found):
        number = found.total()
        found[tried(projects[number % len(projects)], root, number, lambda: True)] += 1
    return found


def test_what_a_hurried_hand_wrote_is_taken_or_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few changes of a small file: some must be refused and one be taken, else they would show nothing."""
    (project,) = (one for one in small_projects() if str(one) == "weekly_segments-people")
    prepared(tmp_path, [project])
    monkeypatch.chdir(tmp_path)
    found: Counter[str] = Counter()
    while found.total() < 8 or not (found["refused"] and found["valid"]):
        assert found.total() < 40, f"nothing but {list(found)}"
        found[tried(project, tmp_path, found.total(), lambda: False)] += 1


@pytest.mark.slow
def test_what_check_calls_valid_runs_to_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    projects = small_projects()
    found = at_random(projects, tmp_path, monkeypatch, lambda found: found["page"] < 2)
    assert found["refused"]


EVERYTHING = {
    "small": small_projects,
    "recipes": recipe_projects,
    "documented": documented_projects,
    "shipped": shipped_projects,
}


@pytest.mark.soak
@pytest.mark.parametrize("which", EVERYTHING)
def test_ten_minutes_of_changed_files(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    if which == "shipped":
        try:
            locate_grocery()
        except ParameterError as error:
            pytest.skip(str(error))
    projects, end = EVERYTHING[which](), time.monotonic() + SOAK_SECONDS
    found = at_random(projects, tmp_path, monkeypatch, lambda found: time.monotonic() < end)
    record_property("came_of_it", dict(found))
    assert found["page"] > 0
    assert found["refused"] > 0
