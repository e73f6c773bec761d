"""docs/architecture.md shows the house as it is: its layers, its wings with their rooms, and modules that exist."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

MOST_STATIONS = 10


def layers_of(container: str) -> list[set[str]]:
    """The layers of a contract, each as the packages that share it."""
    (found,) = [c for c in CONTRACTS if c["type"] == "layers" and container in c["containers"]]
    return [set(re.findall(r"\w+", layer)) for layer in found["layers"]]


def wings() -> list[str]:
    """The wings, as the contract on their rooms names them."""
    (found,) = [c for c in CONTRACTS if c["type"] == "layers" and c["containers"] != ["segkit"]]
    return [container.removeprefix("segkit.") for container in found["containers"]]


def section(heading: str) -> str:
    """The text under a heading of the page."""
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head; a bar inside a cell is written `\\|`."""
    lines = [line for line in section(heading).splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def quoted(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def packages(folder: Path) -> set[str]:
    """Packages and modules right inside a folder of the package."""
    inside = {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}
    return inside | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def test_the_layers_are_those_of_the_contract() -> None:
    assert [set(quoted(first)) for first, _ in table("The layers")] == layers_of("segkit")


def test_every_package_is_named_and_every_named_one_exists() -> None:
    named = {name for first, _ in table("The layers") for name in quoted(first)}
    assert named == packages(ROOT / "segkit")


def test_every_wing_stands_with_the_rooms_that_it_has() -> None:
    shown = {quoted(wing)[0]: set(quoted(rooms)) for wing, rooms, _ in table("The wings and their rooms")}
    there = {
        wing: {path.name for path in (ROOT / "segkit" / wing).iterdir() if (path / "__init__.py").exists()}
        for wing in wings()
    }
    assert shown == there


def test_the_walk_has_few_stations_and_each_names_a_module() -> None:
    stations = re.split(r"^\d+\. ", section("From a file to a page"), flags=re.MULTILINE)[1:]
    assert 5 <= len(stations) <= MOST_STATIONS
    assert [station for station in stations if not re.search(r"`segkit/[\w/]+\.py`", station)] == []


@pytest.mark.parametrize("path", sorted({text for text in quoted(PAGE) if re.fullmatch(r"[\w./-]+/[\w./-]+", text)}))
def test_every_path_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", sorted({text for text in quoted(PAGE) if text.startswith("segkit.")}))
def test_every_dotted_name_leads_somewhere(name: str) -> None:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return
    pytest.fail(f"{name} is not importable")
