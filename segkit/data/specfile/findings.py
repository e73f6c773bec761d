"""Pydantic's findings about a file, as sentences with file and line that say what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from segkit.data.specfile.reading import SpecFile
from segkit.data.specfile.wording import ended, redact, suggestion

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


def describe_problems(file: SpecFile, problems: Iterable[Mapping[str, Any]], model: Any) -> str:
    """Describe pydantic's findings as sentences with file and line, all of them.

    Args:
        file: the file that was validated.
        problems: what `ValidationError.errors()` gave.
        model: what the file was validated against, or the part of it that the problems are in; it knows which keys
            there are.
    """
    return "\n".join(sentence for _, sentence in problem_sentences(file, problems, model))


def problem_sentences(file: SpecFile, problems: Iterable[Mapping[str, Any]], model: Any) -> list[tuple[int, str]]:
    """Return such sentences with their lines, so that others can be sorted in between.

    The model may be a mapping of models.
    """
    sentences: list[tuple[int, str]] = []
    for problem in problems:
        location = _location(file, problem["loc"])
        name = ".".join(str(part) for part in location) or "the file"
        match problem["type"]:
            case "extra_forbidden":
                said = f"`{name}` is not a known key.{suggestion(str(location[-1]), fields_beside(model, location))}"
            case "missing":
                said = f"`{name}` is missing. {_what_to_write(fields_beside(model, location).get(str(location[-1])))}"
            case _:
                found = _short(problem.get("input"), file.secrets)
                said = f"`{name}`: {ended(rule(problem))} Found: {found}."
        sentence = (file.line(location), f"{file.where(location)}: {redact(said, file.secrets)}")
        if sentence not in sentences:
            sentences.append(sentence)
    return sentences


def fields_beside(model: Any, location: Iterable[str | int]) -> Mapping[str, FieldInfo]:
    """Return the keys that may stand where the last one of `location` stands."""
    here = _model_in(model)
    if here is None:
        return {}
    for part in location:
        field = next((f for n, f in here.model_fields.items() if (f.alias or n) == str(part)), None)
        inner = _model_in(field.annotation) if field else None  # a name that the writer chose, or a list's index
        here = inner or here
    return {field.alias or name: field for name, field in here.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if hasattr(annotation, "model_fields"):
        return annotation  # type: ignore[no-any-return]
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _what_to_write(field: FieldInfo | None) -> str:
    """Say what to write for a required key: its values or its meaning."""
    if field is None:
        return "It must be given."
    values = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    asked = f"Write one of {', '.join(values)}" if values else "It must be given"
    return f"{asked}: {field.description}." if field.description else f"{asked}."


def _location(file: SpecFile, loc: Iterable[str | int]) -> list[str | int]:
    # pydantic adds the tag of the branch it took in a union, and [key]; such parts stand nowhere in the file
    location = [
        part for part in loc if not (isinstance(part, str) and (part.startswith("function-") or part == "[key]"))
    ]
    while location and tuple(location) not in file.lines and _is_tag(file, location):
        location.pop(-1)
    return location


def rule(problem: Mapping[str, Any]) -> str:
    """Say what would be right, in the words of a person who writes YAML."""
    context = problem.get("ctx", {})
    match str(problem["type"]):
        case "string_type":
            return "must be text; put it in quotes"
        case "literal_error" | "enum":
            return f"must be one of {context['expected']}"
        case "bool_type" | "bool_parsing":
            return "must be true or false"
        case "int_type" | "int_parsing" | "int_from_float":
            return "must be a whole number"
        case "float_type" | "float_parsing":
            return "must be a number"
        case "tuple_type" | "list_type":
            return "must be a list, such as [a, b]"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "must hold lines of the form `key: value`"
        case kind if kind.startswith(("date_", "datetime_")):
            return "must be a date, such as 2017-12-24"
        case "greater_than_equal":
            return f"must be {context['ge']} or more"
        case "less_than_equal":
            return f"must be {context['le']} or less"
        case "greater_than":
            return f"must be more than {context['gt']}"
        case "less_than":
            return f"must be less than {context['lt']}"
    message = str(problem["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{message[:1].lower()}{message[1:]}"


def _is_tag(file: SpecFile, location: list[str | int]) -> bool:
    return tuple(location[:-1]) in file.lines and not isinstance(_at(file.data, location[:-1]), dict | list)


def _at(data: Any, location: Iterable[str | int]) -> Any:
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _short(value: Any, secrets: Iterable[str]) -> str:
    text = redact(
        repr(value) if isinstance(value, str) else as_written(value) if value is not None else "nothing", secrets
    )
    return text if len(text) <= 80 else text[:79] + "…"


def as_written(value: Any) -> str:
    """Return a value as a person writes it in a YAML file, on one line.

    >>> as_written({"name": "a", "from": None, "on": True, "edges": [50, 30]})
    '{name: a, from: null, on: true, edges: [50, 30]}'
    >>> as_written(""), as_written("9%")
    ("''", '9%')
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{as_written(key)}: {as_written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple | set):
        return "[" + ", ".join(map(as_written, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = " ".join(str(value).split())
    return text or "''"
