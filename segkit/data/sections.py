"""Sections of a dataset file that belong to a wing: kept as they are here, checked by the rules that the wing names.

What counts as churn and how a campaign was planned stand in the dataset file, once, though nothing down here knows
what churn or a campaign is.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from segkit.data.specfile import SpecFile, problem_sentences
from segkit.wing import load, sections


def read_sections(file: SpecFile) -> tuple[dict[str, Any], dict[str, Any], list[tuple[int, str]]]:
    """Split a dataset file into its own keys and the sections of wings, and check the latter.

    Returns:
        The file's own keys; section → its content as checked; findings with their lines.
    """
    readers = sections()
    own = {key: value for key, value in file.data.items() if key not in readers}
    found: dict[str, Any] = {}
    faults: list[tuple[int, str]] = []
    for name in file.data:
        if name not in readers:
            continue
        content = file.data[name] if file.data[name] is not None else {}
        model = load(readers[name])
        try:
            found[name] = TypeAdapter(model).validate_python(content)
        except ValidationError as error:
            problems = [{**problem, "loc": (name, *problem["loc"])} for problem in error.errors()]
            faults += problem_sentences(file, problems, model)
    return own, found, faults
