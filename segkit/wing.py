"""The register of wings: sections of the dataset file, key figures, and the views of results.

A wing is a package with a module `wing` that holds one `WING`. segkit finds its own wings by looking at its packages,
and those of others by entry points of the group `segkit.wings`, so there is no list to add a wing to. A declaration
names everything by a string, `module:name`, which is loaded on first use; reading a declaration imports nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

GROUP: Final = "segkit.wings"


@dataclass(frozen=True, slots=True)
class Wing:
    """The declaration of a wing.

    Attributes:
        question: the question that the wing answers, in a sentence.
        sections: section of the dataset file → the model or the function that reads it.
        check: a function that compares the wing's sections with the tables of an opened dataset, and refuses what is
            wrong; empty for none.
        reach: a function of an opened dataset and the name of a period that says how far the data reach; empty for none.
        parameters: a function of a customer base and a run's parameters that refuses what the report's notebook would
            refuse, with the words that the run would have; empty for none.
        members: a function of a customer base and the rule of a population that returns the ids of whom the rule holds
            for; empty for none.
        key_figures: a function of a customer base that returns key figures; empty for none.
        views: name of a record → name of a view → the function that makes it. Jupyter shows the first view of a record.
        leads: name of a record → the function of the record and the segment that a page looks at ("" for none), which
            returns what the record proposes for the headline (`segkit.page.lead`).
        decisions: name of a record → the function, likewise, that returns what it asks the reader to decide
            (`segkit.page.decision`).
        series: name of a record → the function, likewise, that draws what its headline is about, for the head of the page;
            it returns a chart, or None where there is nothing to draw.
        advice: views, as `Record.view`, that say what to do now; where the data of the last period are not complete, a
            sentence stands in their place.
        renamed: old name of a report's parameter → its name now, so that an error for an old file can give the new name.
    """

    question: str
    sections: Mapping[str, str] = field(default_factory=dict)
    check: str = ""
    reach: str = ""
    parameters: str = ""
    members: str = ""
    key_figures: str = ""
    views: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, str] = field(default_factory=dict)
    advice: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


@cache
def wings() -> dict[str, Wing]:
    """Return all wings by name, segkit's own and those of installed packages."""
    # looked up as files, since asking a package for its modules would import it
    own = sorted(path.parent.name for path in Path(__file__).parent.glob("*/wing.py"))
    places = {name: f"segkit.{name}.wing" for name in own}
    found = {point.name: point.load() for point in entry_points(group=GROUP)}
    return {**found, **{name: import_module(place).WING for name, place in places.items()}}


@cache
def wing_of(module: str) -> Wing | None:
    """Return the wing that a module belongs to: that of the innermost package around it that has one."""
    parts = module.split(".")
    for length in range(len(parts) - 1, 0, -1):
        place = ".".join([*parts[:length], "wing"])
        if find_spec(place) is not None:
            wing = getattr(import_module(place), "WING", None)
            if isinstance(wing, Wing):
                return wing
    return None


def sections() -> dict[str, str]:
    """Return every section of a dataset file that a wing reads → what reads it."""
    return {name: reader for wing in wings().values() for name, reader in wing.sections.items()}


def checks() -> list[str]:
    """Return what the wings check of an opened dataset, in the order of their names."""
    return [wing.check for _, wing in sorted(wings().items()) if wing.check]


def reaches() -> list[str]:
    """Return what says how far the data of an opened dataset reach, in the order of the wings' names."""
    return [wing.reach for _, wing in sorted(wings().items()) if wing.reach]


def parameter_checks() -> list[str]:
    """Return what the wings check of a run's parameters, in the order of their names."""
    return [wing.parameters for _, wing in sorted(wings().items()) if wing.parameters]


def member_readers() -> list[str]:
    """Return what reads the rule of a population, in the order of the wings' names."""
    return [wing.members for _, wing in sorted(wings().items()) if wing.members]


def renamed() -> dict[str, str]:
    """Return every renamed parameter of a report → its name now."""
    return {old: new for wing in wings().values() for old, new in wing.renamed.items()}


def load(where: str) -> Any:
    """Import what stands at `module:name`.

    >>> load("math:sqrt")(9.0)
    3.0
    """
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)
