"""YAML files that people write, read with line numbers; their mistakes as sentences."""

from segkit.data.specfile.extending import PLACE, read_extended, read_recipe, recipe_names
from segkit.data.specfile.findings import describe_problems, problem_sentences
from segkit.data.specfile.reading import SpecFile, read_assignments, read_scalar, read_specfile
from segkit.data.specfile.references import Location
from segkit.data.specfile.wording import ended, redact, shown, shows_secret, suggestion

__all__ = [
    "PLACE",
    "Location",
    "SpecFile",
    "describe_problems",
    "ended",
    "problem_sentences",
    "read_assignments",
    "read_extended",
    "read_recipe",
    "read_scalar",
    "read_specfile",
    "recipe_names",
    "redact",
    "shown",
    "shows_secret",
    "suggestion",
]
